"""Whether two graphs are the same but for the names of their nodes, and which node is which."""

from __future__ import annotations

from typing import TypeAlias

from specc.program.graph import ModelGraph, Node, Operand, Port
from specc.program.program import Program

Twins: TypeAlias = dict[tuple[str, str], dict[str, str]]
"""For each pair of models: the nodes of the first, and those of the second that they are."""


class Different(Exception):
    """Two graphs aren't the same; the message says where."""


def twins(left: Program, top: str, right: Program, other: str) -> Twins:
    """The pairs of nodes of two models and of the models in them.

    Raises:
        Different: the models aren't the same.
    """
    found: Twins = {}
    _pair_models(left, left.models[top], right, right.models[other], found)
    return found


def _pair_models(left: Program, a: ModelGraph, right: Program, b: ModelGraph, found: Twins) -> None:
    if (a.name, b.name) in found:
        return
    pairs = found[a.name, b.name] = {}
    if [str(t) for t in a.inputs.values()] != [str(t) for t in b.inputs.values()] or len(a.outputs) != len(b.outputs):
        raise Different(f"the inputs or outputs of {a.name}")
    pairs.update(zip(a.inputs, b.inputs, strict=True))
    pending = list(zip(a.outputs.values(), b.outputs.values(), strict=True))
    while pending:
        one, two = pending.pop()
        if one.index != two.index:
            raise Different(f"the results of {one.node} in {a.name}")
        if one.node in pairs:
            if pairs[one.node] != two.node:
                raise Different(f"{one.node} in {a.name}")
            continue
        pairs[one.node] = two.node
        x, y = a[one.node], b[two.node]
        _require_same(a, x, y)
        if x.model is not None and y.model is not None:
            _pair_models(left, left.models[x.model], right, right.models[y.model], found)
        pending += [
            (i, j) for i, j in zip(x.inputs, y.inputs, strict=True) if isinstance(i, Port) and isinstance(j, Port)
        ]
    _require_same_sharing(a, b, pairs)


def _require_same(model: ModelGraph, x: Node, y: Node) -> None:
    """Refuse two nodes that apply other things, in another way, or to other numbers."""
    one = (x.kind, x.model is None and x.type_name, _given(x), [_shape(i) for i in x.inputs], len(x.outputs))
    two = (y.kind, y.model is None and y.type_name, _given(y), [_shape(i) for i in y.inputs], len(y.outputs))
    if one != two or x.kind == "input":
        raise Different(f"{x.name} in {model.name}: {one} and {two}")


def _given(node: Node) -> str:
    given = node.layer.given if node.layer is not None else {}
    return repr({k: v for k, v in given.items() if k != "name"})


def _shape(operand: Operand) -> str:
    return "" if isinstance(operand, Port) else repr(operand)


def _require_same_sharing(a: ModelGraph, b: ModelGraph, pairs: dict[str, str]) -> None:
    """Refuse graphs in which other nodes have a layer in common."""
    if len(set(pairs.values())) != len(pairs):
        raise Different(f"nodes of {a.name} are one in {b.name}")
    owners: dict[str, str] = {}
    for x, y in pairs.items():
        one, two = a[x].shares or x, b[y].shares or y
        if owners.setdefault(one, two) != two:
            raise Different(f"what {x} of {a.name} shares")
    if len(set(owners.values())) != len(owners):
        raise Different(f"what is shared in {b.name}")
