"""A rule about sharing: two inputs that are compared go through the same layers, not through equal ones."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from specc.check.follow import is_own
from specc.diagnostics import Diagnostic, Related
from specc.diagnostics.codes import NOT_SHARED
from specc.program.graph import ModelGraph, Node
from specc.program.program import Program

_COMPARING: Final = frozenset(("Subtract", "subtract", "Dot"))
_JOINING: Final = frozenset(("Concatenate", "concatenate"))

_MOST: Final = 20
"""Most pairs of a model that are looked at."""

_FEW: Final = 2
"""Layers with weights that each side has at least where the two are only joined."""


def compared_inputs_share_layers(program: Program) -> Iterator[Diagnostic]:
    """Inputs of one type that go through equal layers, and are compared then, are meant to share their weights."""
    learning = _learning(program)
    for model in program.models.values():
        if model.kind == "ensemble" or len(model.inputs) < 2:
            continue
        pairs = [n for n in model.nodes if n.type_name in _COMPARING | _JOINING and len(n.ports) == 2]
        joins = [n for n in pairs if is_own(program, n.span)]
        if not joins:
            continue
        forms = _forms(model)
        sides = ((join, *(model[p.node] for p in join.ports)) for join in joins)
        equal = (s for s in sides if s[1].name != s[2].name and forms[s[1].name] == forms[s[2].name])
        for join, first, second in islice(equal, _MOST):
            yield from _unshared(learning, model, join, first, second)


def _learning(program: Program) -> set[str]:
    """The models that have weights. Models come after those in them."""
    found: set[str] = set()
    for name, model in program.models.items():
        if any(n.weights or n.model in found for n in model.nodes):
            found.add(name)
    return found


def _forms(model: ModelGraph) -> dict[str, int]:
    """A number for each node: equal where the same is done to inputs of the same type."""
    numbers: dict[Any, int] = {}
    forms: dict[str, int] = {}
    for node in model.nodes:
        if node.kind == "input":
            key: Any = ("input", str(node.outputs[0]))
        else:
            inputs = tuple((forms[i.node], i.index) if not isinstance(i, int | float) else i for i in node.inputs)
            key = (_what(node), inputs)
        forms[node.name] = numbers.setdefault(key, len(numbers))
    return forms


def _what(node: Node) -> Any:
    if node.model is not None:
        return ("model", node.model)
    given = node.layer.given if node.layer is not None else {}
    return (node.type_name, str({k: v for k, v in given.items() if k not in ("name", "seed")}))


def _unshared(learning: set[str], model: ModelGraph, join: Node, first: Node, second: Node) -> Iterator[Diagnostic]:
    leading = [model.leading_to([side.name]) for side in (first, second)]
    one, other = ([n for n in model.nodes if n.name in names] for names in leading)
    inputs = [[n for n in side if n.kind == "input"] for side in (one, other)]
    if any(len(i) != 1 for i in inputs) or inputs[0] == inputs[1]:
        return
    owners = [[n for n in side if _owner_has_weights(learning, model, n)] for side in (one, other)]
    least = _FEW if join.type_name in _JOINING else 1
    if {n.shares or n.name for n in owners[0]} & {n.shares or n.name for n in owners[1]} or len(owners[0]) < least:
        return
    (left,), (right,) = inputs
    mine, theirs = owners[1][0], owners[0][0]
    related = (Related(theirs.span, f"the layers for `{left.name}`"), Related(join.span, "they meet here"))
    if mine.span == theirs.span or mine.span.source.name != join.span.source.name:
        mine, related = join, (Related(theirs.span, "the layers of both"),)
    yield Diagnostic(
        NOT_SHARED,
        f"`{left.name}` and `{right.name}` go through equal layers with weights of their own before they meet",
        mine.span,
        related=related,
        help=("to share the weights, bind the layers to a name and apply it to both: `encode = … -> …`",),
    )


def _owner_has_weights(learning: set[str], model: ModelGraph, node: Node) -> bool:
    owner = model.owner(node)
    return bool(owner.weights) or owner.model in learning
