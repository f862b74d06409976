"""Rules about layers in a row: activations that repeat, layers that fall into one, normalization that trains alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final

from specc.check.follow import DISTURBING, activation_of, is_own, passes_quietly
from specc.diagnostics import Diagnostic, Related
from specc.diagnostics.codes import ACTIVATION_TWICE, LINEAR_LAYERS, NORMALIZATION_TRAINS
from specc.program.graph import ModelGraph, Node
from specc.program.program import Program

_ONLY_ACTIVATIONS: Final = frozenset((
    "Activation", "Softmax", "ReLU", "softmax", "sigmoid", "relu", "relu6", "hard_sigmoid", "tanh",
))  # fmt: skip
"""Layers and functions that are nothing but an activation."""

_NOT_NEGATIVE: Final = frozenset(
    ("relu", "relu6", "sigmoid", "hard_sigmoid", "softmax", "sparsemax", "softplus", "exponential")
)
_SQUASHING: Final = frozenset(("sigmoid", "softmax"))
_SIMILAR: Final = frozenset(("relu", "sigmoid", "softmax", "tanh"))


def activations_change_something(program: Program) -> Iterator[Diagnostic]:
    """An activation directly after one that leaves it nothing to do, or takes it its range."""
    for model in program.models.values():
        for node in model.nodes:
            if node.type_name not in _ONLY_ACTIVATIONS or not is_own(program, node.span):
                continue
            before = _feeding(model, node, _only_disturbs if activation_of(node) == "softmax" else passes_quietly)
            if before is not None and (why := _why_useless(activation_of(before), activation_of(node), node)):
                related = _elsewhere(node, before, f"the {activation_of(before)} before it")
                yield Diagnostic(ACTIVATION_TWICE, why, node.span, related=related, help=("keep one of the two",))


def _why_useless(first: str | None, second: str | None, node: Node) -> str | None:
    if second == "relu" and node.type_name == "ReLU" and node.layer is not None and node.layer.given.keys() - {"name"}:
        return None  # bounds or a slope of its own
    if second == "relu" and first in _NOT_NEGATIVE:
        return f"relu changes nothing after {first}, which is never negative"
    if second in _SQUASHING and first in _NOT_NEGATIVE:
        return f"{second} after {first} reaches a part of its range only"
    if second == first and second in _SIMILAR:
        return f"{second} twice in a row"
    return None


def layers_do_not_collapse(program: Program) -> Iterator[Diagnostic]:
    """Two dense layers with nothing between them are one: a product of matrices is a matrix."""
    for model in program.models.values():
        uses = _uses(model)
        shared = {n.shares for n in model.nodes}
        for node in model.nodes:
            if node.type_name != "Dense" or not is_own(program, node.span):
                continue
            first = _feeding(model, node, _only_disturbs, uses)
            if first is None or first.type_name != "Dense" or {first.name, node.name} & shared:
                continue
            if _is_plain(first) and node.shares is None and not _is_bottleneck(first, node, model):
                related = _elsewhere(node, first, "this layer has no activation")
                hint = (
                    "give the first one an activation, or leave it out",
                    "where two are wanted, say so at the first: `activation=linear`",
                )
                message = "two dense layers without an activation between them can do no more than one"
                yield Diagnostic(LINEAR_LAYERS, message, node.span, related=related, help=hint)


def _elsewhere(node: Node, other: Node, message: str) -> tuple[Related, ...]:
    """Another node as an explanation, unless both stand in one place, as in ``layer * 2``."""
    return () if other.span == node.span else (Related(other.span, message),)


def _is_plain(node: Node) -> bool:
    """Whether a dense layer is linear without saying so, and nothing else is asked of its result."""
    given = node.layer.given if node.layer is not None else {}
    return node.shares is None and not given.keys() & {"activation", "activity_regularizer", "trainable"}


def _is_bottleneck(first: Node, second: Node, model: ModelGraph) -> bool:
    """Whether the values between two layers are fewer than before and after, which bounds the rank of the product."""
    before = model.type_of(first.ports[0]).channels
    sizes = (before, first.outputs[0].channels, second.outputs[0].channels)
    if not all(isinstance(s, int) for s in sizes):
        return True
    start, middle, end = (int(str(s)) for s in sizes)
    return middle < min(start, end)


def normalization_is_frozen_with_its_layer(program: Program) -> Iterator[Diagnostic]:
    """Batch normalization directly after a frozen layer goes on changing its statistics."""
    for model in program.models.values():
        for node in model.nodes:
            if node.type_name != "BatchNormalization" or not getattr(node.layer, "trainable", True):
                continue
            before = _feeding(model, node, passes_quietly)
            if before is None or before.kind != "layer" or getattr(before.layer, "trainable", True):
                continue
            if before.type_name.endswith("Normalization") or not _has_weights(model, before):
                continue
            place = node.span if is_own(program, node.span) else before.span
            yield Diagnostic(
                NORMALIZATION_TRAINS,
                f"this `BatchNormalization` still trains, but the `{before.type_name}` that feeds it is frozen",
                place,
                related=(Related(before.span, "frozen by `trainable=false`"),),
                help=("give it `trainable=false`, too: then it keeps its moving mean and variance, and uses them",),
            )


def _has_weights(model: ModelGraph, node: Node) -> bool:
    return bool((model[node.shares] if node.shares else node).weights)


def _uses(model: ModelGraph) -> Counter[str]:
    """How often each node's results are taken, by nodes and as outputs."""
    taken = Counter(port.node for node in model.nodes for port in node.ports)
    taken.update(port.node for port in model.outputs.values())
    return taken


def _only_disturbs(node: Node) -> bool:
    return node.type_name in DISTURBING or node.type_name == "Identity"


def _feeding(
    model: ModelGraph, node: Node, passes: Callable[[Node], bool], uses: Counter[str] | None = None
) -> Node | None:
    """The layer before, seen through what ``passes`` admits; with ``uses`` only where nothing else takes from it."""
    while len(node.ports) == 1:
        node = model[node.ports[0].node]
        if uses is not None and uses[node.name] != 1:
            return None
        if not passes(node):
            return node if node.kind in ("layer", "op") else None
    return None
