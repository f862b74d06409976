"""The typed program: what both the language and the JSON form elaborate to, and all later phases read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from specc.program.dims import Dim
from specc.program.graph import Cost, ModelGraph, Node, cost_of_weights
from specc.program.plans import DataPlan, EnsemblePlan, ExportPlan, TrainPlan, TunePlan
from specc.source import Source, Span


@dataclass
class Program:
    """Models as graphs, plans by the name of their target.

    ``places`` says where a part comes from, for diagnostics of later phases: ``("train", "Digits", "loss")``.
    """

    source: Source
    models: dict[str, ModelGraph] = field(default_factory=dict[str, ModelGraph])
    data: dict[str, DataPlan] = field(default_factory=dict[str, DataPlan])
    trains: dict[str, TrainPlan] = field(default_factory=dict[str, TrainPlan])
    ensembles: dict[str, EnsemblePlan] = field(default_factory=dict[str, EnsemblePlan])
    tunes: dict[str, TunePlan] = field(default_factory=dict[str, TunePlan])
    exports: dict[str, ExportPlan] = field(default_factory=dict[str, ExportPlan])
    places: dict[tuple[str, ...], Span] = field(default_factory=dict[tuple[str, ...], Span])

    def place(self, *path: str) -> Span:
        """The place of a part, or of the nearest enclosing part that has one."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.places:
                return self.places[path[:length]]
        return Span(self.source)

    def nested(self, model: ModelGraph) -> Iterable[tuple[Node, ModelGraph]]:
        """The models inside a model: their nodes and graphs."""
        return ((n, self.models[n.model]) for n in model.nodes if n.model is not None)

    def train_plan(self, target: str) -> TrainPlan | None:
        """The plan that trains a model or ensemble: its own, or that of the definition it comes from."""
        graph = self.models.get(target)
        return self.trains.get(target) or (self.trains.get(graph.definition) if graph else None)

    def node_cost(self, node: Node) -> Cost:
        """Parameters, bytes and FLOPs of one node, a nested model included."""
        if node.model is not None:
            inner = self.cost(self.models[node.model])
            return inner if node.shares is None else Cost(flops=inner.flops)
        trainable = bool(getattr(node.layer, "trainable", True))
        return cost_of_weights(node.weights, node.flops, trainable=trainable)

    def cost(self, model: ModelGraph) -> Cost:
        """Parameters, weight bytes and FLOPs per example of a model."""
        total = Cost()
        for node in model.nodes:
            total = total + self.node_cost(node)
        return total


def show_dim(dim: Dim) -> str:
    """A size for tables: numbers with separators, symbols as they are."""
    return f"{dim:,}" if isinstance(dim, int) else str(dim)
