"""A rule about sharing: two inputs that are compared go through the same layers, not through equal ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from specc.check.follow import is_own
from specc.diagnostics import Diagnostic, Related
from specc.diagnostics.codes import NOT_SHARED
from specc.program.graph import ModelGraph, Node
from specc.program.program import Program

_COMPARING: Final = frozenset(("Subtract", "subtract", "Dot"))
_JOINING: Final = frozenset(("Concatenate", "concatenate"))

_FEW: Final = 2
"""Layers with weights that each side has at least where the two are only joined."""


def compared_inputs_share_layers(program: Program) -> Iterator[Diagnostic]:
    """Inputs of one type that go through equal layers, and are compared then, are meant to share their weights."""
    for model in program.models.values():
        if model.kind == "ensemble" or len(model.inputs) < 2:
            continue
        joins = [n for n in model.nodes if n.type_name in _COMPARING | _JOINING and len(n.ports) == 2]
        if not joins:
            continue
        forms = _forms(program, model)
        for join in joins:
            first, second = (model[p.node] for p in join.ports)
            if first.name != second.name and forms[first.name] == forms[second.name]:
                yield from _unshared(program, model, join, first, second)


def _forms(program: Program, model: ModelGraph) -> dict[str, int]:
    """A number for each node: equal where the same is done to inputs of the same type."""
    numbers: dict[Any, int] = {}
    forms: dict[str, int] = {}
    for node in model.nodes:
        if node.kind == "input":
            key: Any = ("input", str(node.outputs[0]))
        else:
            inputs = tuple((forms[i.node], i.index) if not isinstance(i, int | float) else i for i in node.inputs)
            key = (_what(program, node), inputs)
        forms[node.name] = numbers.setdefault(key, len(numbers))
    return forms


def _what(program: Program, node: Node) -> Any:
    if node.model is not None:
        return ("model", node.model)
    given = node.layer.given if node.layer is not None else {}
    return (node.type_name, str({k: v for k, v in given.items() if k not in ("name", "seed")}))


def _unshared(program: Program, model: ModelGraph, join: Node, first: Node, second: Node) -> Iterator[Diagnostic]:
    one, other = _leading_to(model, first), _leading_to(model, second)
    inputs = [[n for n in side if n.kind == "input"] for side in (one, other)]
    if any(len(i) != 1 for i in inputs) or inputs[0] == inputs[1]:
        return
    owners = [[n for n in side if _owner_has_weights(program, model, n)] for side in (one, other)]
    least = _FEW if join.type_name in _JOINING else 1
    if {n.shares or n.name for n in owners[0]} & {n.shares or n.name for n in owners[1]} or len(owners[0]) < least:
        return
    (left,), (right,) = inputs
    mine, theirs = owners[1][0], owners[0][0]
    related = (Related(theirs.span, f"the layers for `{left.name}`"), Related(join.span, "they meet here"))
    if mine.span == theirs.span or not is_own(program, mine.span):
        mine, related = join, (Related(theirs.span, "the layers of both"),)
    yield Diagnostic(
        NOT_SHARED,
        f"`{left.name}` and `{right.name}` go through equal layers with weights of their own before they meet",
        mine.span,
        related=related,
        help=("to share the weights, bind the layers to a name and apply it to both: `encode = … -> …`",),
    )


def _owner_has_weights(program: Program, model: ModelGraph, node: Node) -> bool:
    owner = model[node.shares] if node.shares else node
    if owner.model is not None:
        return any(
            _owner_has_weights(program, program.models[owner.model], n) for n in program.models[owner.model].nodes
        )
    return bool(owner.weights)


def _leading_to(model: ModelGraph, node: Node) -> list[Node]:
    """The nodes that a value is made of, itself included, in the model's order."""
    pending, seen = [node.name], set[str]()
    while pending:
        name = pending.pop()
        if name not in seen:
            seen.add(name)
            pending.extend(port.node for port in model[name].ports)
    return [n for n in model.nodes if n.name in seen]
