"""A model as a typed graph: nodes are inputs, layers, operations and models inside models."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from specc.catalogue.layer import Layer, Weight
from specc.catalogue.ops.base import Operation
from specc.program.dims import Dim
from specc.program.types import ITEM_BYTES, TensorType
from specc.source import Span

if TYPE_CHECKING:
    import networkx as nx


@dataclass(frozen=True, slots=True)
class Port:
    """One output of a node."""

    node: str
    index: int = 0

    def __str__(self) -> str:
        return self.node if self.index == 0 else f"{self.node}:{self.index}"


Operand: TypeAlias = Port | float | int
"""What a node takes: another node's output, or for operations also a number."""


@dataclass(frozen=True, slots=True)
class Start:
    """How a model that is used as a layer begins: with weights from elsewhere, and whether training changes them.

    Attributes:
        weights: a file below the spec's folder, ``imagenet``, or None for new weights.
        trainable: False where training changes no weight of it.
    """

    weights: str | None = None
    trainable: bool = True

    @property
    def record(self) -> dict[str, Any]:
        """What differs from the defaults, by name."""
        own = {"weights": self.weights, "trainable": self.trainable}
        return {name: value for name, value in own.items() if value != getattr(NEW, name)}


NEW: Final = Start()
"""New weights that are trained."""


@dataclass(frozen=True, slots=True)
class Node:
    """One application in a model.

    Attributes:
        name: unique in its model; the Keras layer gets the same name.
        kind: ``input``, ``layer``, ``op`` or ``model``.
        inputs: what it takes, in order.
        outputs: the types of what it makes.
        layer: the layer or operation with its arguments; None for inputs and models.
        model: for ``model`` nodes, the name of the model in the program.
        shares: the earlier node whose layer (and weights) this one uses again, if any.
        weights: the weights it owns itself; empty when it shares or is a model.
        flops: operations per example, without those of a nested model's nodes.
        start: for ``model`` nodes, the weights that it begins with; that of the first use where it shares.
        span: where in the spec it was applied.
    """

    name: str
    kind: Literal["input", "layer", "op", "model"]
    inputs: tuple[Operand, ...]
    outputs: tuple[TensorType, ...]
    span: Span = field(compare=False)
    layer: Layer | Operation | None = None
    model: str | None = None
    shares: str | None = None
    weights: tuple[Weight, ...] = ()
    flops: Dim = 0
    start: Start = NEW

    @property
    def type_name(self) -> str:
        """What people call it: ``Conv2D``, ``Input``, or the nested model's name."""
        if self.kind == "input":
            return "Input"
        return type(self.layer).__name__ if self.layer is not None else str(self.model)

    @property
    def ports(self) -> list[Port]:
        """The inputs that are other nodes' outputs."""
        return [i for i in self.inputs if isinstance(i, Port)]


@dataclass
class ModelGraph:
    """A model, or an ensemble as the one model that it makes together.

    Attributes:
        name: unique in the program.
        members: the nodes by name; each comes after those it takes from.
        outputs: what the model returns, by name, in order.
        parameters: the values that its parameters were given.
        trainable: False where training must not change any weight of it.
    """

    name: str
    span: Span
    kind: Literal["model", "ensemble"] = "model"
    members: dict[str, Node] = field(default_factory=dict[str, Node])
    outputs: dict[str, Port] = field(default_factory=dict[str, Port])
    parameters: dict[str, Any] = field(default_factory=dict[str, Any])
    definition: str = ""
    """The name of the definition in the spec; several graphs may come from one, with other parameters."""

    @property
    def graph(self) -> nx.DiGraph:
        """The model as a networkx graph over node names; each holds its `Node` as the attribute ``node``.

        Made anew at each call. Importing networkx takes longer than checking a spec, so only who asks pays for it.
        """
        import networkx as nx

        graph: nx.DiGraph = nx.DiGraph()
        graph.add_nodes_from((node.name, {"node": node}) for node in self.nodes)
        graph.add_edges_from((port.node, node.name) for node in self.nodes for port in node.ports)
        return graph

    def add(self, node: Node) -> None:
        """Add a node; its inputs must be there already."""
        self.members[node.name] = node

    def __getitem__(self, name: str) -> Node:
        return self.members[name]

    def __contains__(self, name: str) -> bool:
        return name in self.members

    def __len__(self) -> int:
        return len(self.members)

    @property
    def nodes(self) -> Iterator[Node]:
        """All nodes; every node comes after the nodes it takes from."""
        return iter(self.members.values())

    @property
    def inputs(self) -> dict[str, TensorType]:
        """The model's inputs by name, in order."""
        return {n.name: n.outputs[0] for n in self.nodes if n.kind == "input"}

    @property
    def output_types(self) -> dict[str, TensorType]:
        """The types of the model's outputs by name, in order."""
        return {name: self.type_of(port) for name, port in self.outputs.items()}

    def leading_to(self, names: Iterable[str], *, owners: bool = False) -> set[str]:
        """These nodes and all that they hang on; with ``owners``, also the first uses of the layers that they share."""
        found: set[str] = set()
        pending = list(names)
        while pending:
            name = pending.pop()
            if name not in found:
                found.add(name)
                node = self[name]
                pending += [port.node for port in node.ports]
                if owners and node.shares is not None:
                    pending.append(node.shares)
        return found

    def owner(self, node: Node) -> Node:
        """The node whose layer and weights a node uses: itself, or the earlier one that it shares them with."""
        return node if node.shares is None else self[node.shares]

    def type_of(self, port: Port) -> TensorType:
        """The type of one output of a node."""
        return self[port.node].outputs[port.index]


@dataclass(frozen=True, slots=True)
class Cost:
    """What a model takes: weights (count and bytes) and operations per example."""

    trainable: Dim = 0
    frozen: Dim = 0
    weight_bytes: Dim = 0
    flops: Dim = 0

    @property
    def parameters(self) -> Dim:
        """All parameters, trainable or not."""
        return self.trainable + self.frozen

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            self.trainable + other.trainable,
            self.frozen + other.frozen,
            self.weight_bytes + other.weight_bytes,
            self.flops + other.flops,
        )


def cost_of_weights(weights: tuple[Weight, ...], flops: Dim, *, trainable: bool = True) -> Cost:
    """The cost of one node."""
    learned: Dim = 0
    frozen: Dim = 0
    total: Dim = 0
    for weight in weights:
        size = weight.size
        total = total + size * ITEM_BYTES[weight.dtype]
        if weight.trainable and trainable:
            learned = learned + size
        else:
            frozen = frozen + size
    return Cost(learned, frozen, total, flops)
