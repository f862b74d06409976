"""The typed program: what both the language and the JSON form elaborate to, and all later phases read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, MutableMapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from specc.program.dims import Dim
from specc.program.graph import Cost, ModelGraph, Node, cost_of_weights
from specc.source import Source, Span

if TYPE_CHECKING:
    from specc.program.plans import DataPlan, EnsemblePlan, ExportPlan, Plan, TrainPlan, TunePlan

    P = TypeVar("P", bound=Plan)
else:
    P = TypeVar("P")


class Plans(MutableMapping[str, P], Generic[P]):
    """Plans of one kind by name. A plan is made when it is first asked for: checking a spec needs only its values,
    and loading pydantic takes a good part of the time of a check.
    """

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._made: dict[str, P] = {}
        self.values_of: dict[str, dict[str, Any]] = {}
        """The values that each plan is made of, as elaborated."""

    def add(self, name: str, /, **values: Any) -> None:
        """Add the values of a plan."""
        self.values_of[name] = values

    def __getitem__(self, name: str) -> P:
        if name not in self._made:
            from specc.program import plans

            self._made[name] = getattr(plans, self._kind)(**self.values_of[name])
        return self._made[name]

    def __setitem__(self, name: str, plan: P) -> None:
        self._made[name] = plan
        self.values_of[name] = dict(plan)

    def __delitem__(self, name: str) -> None:
        del self.values_of[name]
        self._made.pop(name, None)

    def __contains__(self, name: object) -> bool:
        return name in self.values_of

    def __iter__(self) -> Iterator[str]:
        return iter(self.values_of)

    def __len__(self) -> int:
        return len(self.values_of)


@dataclass
class Program:
    """Models as graphs, plans by the name of their target.

    ``places`` says where a part comes from, for diagnostics of later phases: ``("train", "Digits", "loss")``.
    ``version`` is the one that the file gives itself; it is no part of the JSON form and the hash.
    """

    source: Source
    models: dict[str, ModelGraph] = field(default_factory=dict[str, ModelGraph])
    data: Plans[DataPlan] = field(default_factory=lambda: Plans("DataPlan"))
    trains: Plans[TrainPlan] = field(default_factory=lambda: Plans("TrainPlan"))
    ensembles: Plans[EnsemblePlan] = field(default_factory=lambda: Plans("EnsemblePlan"))
    tunes: Plans[TunePlan] = field(default_factory=lambda: Plans("TunePlan"))
    exports: Plans[ExportPlan] = field(default_factory=lambda: Plans("ExportPlan"))
    places: dict[tuple[str, ...], Span] = field(default_factory=dict[tuple[str, ...], Span])
    version: str | None = None

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

    @property
    def explicit_trains(self) -> dict[str, TrainPlan]:
        """The plan of everything that is trained, by its own name also where that is its definition's."""
        found = {name: self.trains[name] for name in self.trains}
        for name, model in self.models.items():
            if name not in found and model.definition in self.trains:
                found[name] = self.trains[model.definition].model_copy(update={"target": name})
        return found

    def node_cost(self, node: Node) -> Cost:
        """Parameters, bytes and FLOPs of one node, a nested model included."""
        if node.model is not None:
            inner = self.cost(self.models[node.model])
            if node.shares is not None:
                return Cost(flops=inner.flops)
            return inner if node.start.trainable else Cost(0, inner.parameters, inner.weight_bytes, inner.flops)
        trainable = bool(getattr(node.layer, "trainable", True))
        return cost_of_weights(node.weights, node.flops, trainable=trainable)

    def cost(self, model: ModelGraph) -> Cost:
        """Parameters, weight bytes and FLOPs per example of a model."""
        total = Cost()
        for node in model.nodes:
            total = total + self.node_cost(node)
        return total


def bytes_text(size: Dim) -> str:
    """A number of bytes for people."""
    if not isinstance(size, int):
        return f"{size} B"
    amount, units = float(size), ["B", "KiB", "MiB", "GiB", "TiB"]
    for unit in units:
        if amount < 1024 or unit == units[-1]:
            return f"{int(amount)} B" if unit == "B" else f"{amount:.2f} {unit}"
        amount /= 1024
    return ""


def show_dim(dim: Dim) -> str:
    """A size for tables: numbers with separators, symbols as they are."""
    return f"{dim:,}" if isinstance(dim, int) else str(dim)
