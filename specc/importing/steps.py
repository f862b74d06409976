"""A model's graph as a row of steps, in the order in which people write: each branch is followed to its end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from specc.catalogue.declare import Declaration
from specc.importing.layers import is_automatic
from specc.program.graph import ModelGraph, Node, Port
from specc.program.types import TensorType


@dataclass(frozen=True, slots=True)
class Ref:
    """A result of a step; an input of the body where ``step`` is None."""

    step: Step | None
    index: int = 0


Taken: TypeAlias = Ref | float


@dataclass(eq=False, slots=True)
class Step:
    """One application in a body: of a layer, a function, a model or a block.

    Attributes:
        kind: ``layer``, ``op``, ``model`` or ``block``.
        type: the name of what is applied.
        arguments: those that aren't by default.
        label: the name that people gave it.
        made: the layer or function, for what the catalogue says of it.
        shares: the step whose layer this one applies again.
        is_shared: whether another step applies its layer again.
        node: the name of the node that it comes from.
        fixed: what of its arguments can't differ between the places of a block, once somebody asked.
    """

    kind: str
    type: str
    arguments: dict[str, Any]
    inputs: list[Taken]
    outputs: tuple[TensorType, ...]
    label: str | None = None
    made: Declaration | None = None
    shares: Step | None = None
    is_shared: bool = False
    node: str = ""
    has_weights: bool = False
    fixed: str | None = None

    @property
    def refs(self) -> list[Ref]:
        """What it takes of other steps."""
        return [i for i in self.inputs if isinstance(i, Ref)]

    @property
    def is_bound(self) -> bool:
        """Whether its layer is applied several times, so that it stays where it is."""
        return self.is_shared or self.shares is not None


@dataclass(eq=False)
class Body:
    """The steps of a model or block.

    Attributes:
        inputs: names and types; in a block, sizes may be names.
        outputs: what it gives, by name.
        parameters: the names of a block's parameters.
        is_block: whether it is a block's.
        is_typed: whether the types of its steps hold everywhere, and not in one place where it stands only.
    """

    name: str
    inputs: dict[str, TensorType]
    steps: list[Step] = field(default_factory=list[Step])
    outputs: dict[str, Ref] = field(default_factory=dict[str, Ref])
    parameters: frozenset[str] = frozenset()
    is_block: bool = False
    is_typed: bool = True

    def type_of(self, ref: Ref) -> TensorType:
        """The type of a tensor."""
        return ref.step.outputs[ref.index] if ref.step is not None else list(self.inputs.values())[ref.index]

    def takers(self) -> dict[Ref, list[Step | None]]:
        """The steps that take each tensor; None for an output of the body."""
        found: dict[Ref, list[Step | None]] = {}
        for step in self.steps:
            for ref in step.refs:
                found.setdefault(ref, []).append(step)
        for ref in self.outputs.values():
            found.setdefault(ref, []).append(None)
        return found


def is_chain(steps: Sequence[Step], inputs: Sequence[Ref], outputs: Sequence[Ref]) -> bool:
    """Whether steps are a row of layers: each takes what the one before gives, and nothing else."""
    before = [*inputs, *(Ref(s) for s in steps)]
    return (
        len(inputs) == 1
        and list(outputs) == [before[-1]]
        and all(s.kind != "op" and s.inputs == [b] and len(s.outputs) == 1 for s, b in zip(steps, before, strict=False))
    )


def body_of(model: ModelGraph) -> Body:
    """The steps of a model."""
    inputs = list(model.inputs)
    body = Body(model.name, model.inputs)
    made: dict[str, Step] = {}

    def ref(port: Port) -> Ref:
        return Ref(None, inputs.index(port.node)) if port.node in model.inputs else Ref(made[port.node], port.index)

    for node in _in_depth(model):
        step = made[node.name] = _step(model, node, [ref(i) if isinstance(i, Port) else i for i in node.inputs])
        body.steps.append(step)
    owners: dict[str, Step] = {}
    for step in body.steps:
        owner = model[step.node].shares or step.node
        if (first := owners.setdefault(owner, step)) is not step:
            step.shares, first.is_shared = first, True
    body.outputs = {name: ref(port) for name, port in model.outputs.items()}
    return body


def _in_depth(model: ModelGraph) -> Iterable[Node]:
    """The nodes, each right after what it takes: what was made for it last stands before it."""
    seen = {*model.inputs}
    for port in model.outputs.values():
        path = [(model[port.node], iter(model[port.node].ports))] if port.node not in seen else []
        seen.add(port.node)
        while path:
            node, rest = path[-1]
            following = next((p for p in rest if p.node not in seen), None)
            if following is None:
                path.pop()
                yield node
            else:
                seen.add(following.node)
                path.append((model[following.node], iter(model[following.node].ports)))


def _step(model: ModelGraph, node: Node, inputs: list[Taken]) -> Step:
    given: Mapping[str, Any] = node.layer.given if node.layer is not None else {}
    owner = node.shares or node.name
    label = None if node.kind == "op" or is_automatic(owner, node.type_name) else owner
    return Step(
        node.kind,
        node.type_name,
        dict(given),
        inputs,
        node.outputs,
        label=label,
        made=node.layer,
        node=node.name,
        has_weights=bool(model[owner].weights) or node.kind == "model",
    )
