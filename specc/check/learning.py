"""Layers that learn from data before training starts: which they are, and whether they can where they stand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from specc.catalogue.layer import Layer
from specc.catalogue.learned import Learning
from specc.diagnostics import Diagnostic, Related
from specc.diagnostics.codes import CANNOT_LEARN
from specc.program.graph import ModelGraph, Node
from specc.program.program import Program


def is_unlearned(node: Node) -> bool:
    """Whether a node's layer has yet to learn from data what it computes with."""
    return isinstance(node.layer, Learning) and not node.layer.is_learned


def unlearned(program: Program, graph: ModelGraph) -> Iterator[Node]:
    """The nodes of a model, and of models in it, whose layers have yet to learn from data."""
    for model in models_within(program, graph.name):
        yield from (n for n in model.nodes if n.shares is None and is_unlearned(n))


def layers_can_learn(program: Program) -> Iterator[Diagnostic]:
    """A layer that learns before training starts stands on its own, and nothing before it has weights."""
    for model in program.models.values():
        yield from _inside_others(model)
    if any(is_unlearned(node) for model in program.models.values() for node in model.nodes):
        walk = _Walk(program)
        for model in program.models.values():
            walk.model(model, [None] * len(model.inputs))
        yield from walk.found.values()


# ── Inside of other layers ───────────────────────────────────────────────────────────────────────


@cache
def _takes_layers(declaration: type[Any]) -> bool:
    return any("layer" in param.kinds for param in declaration.params.values())


def layers_inside(layer: Any) -> Iterator[Layer]:
    """The layers that a layer is given as arguments, and those in them."""
    if not isinstance(layer, Layer) or not _takes_layers(type(layer)):
        return
    for value in layer.given.values():
        items: tuple[Any, ...] = value if isinstance(value, tuple) else (value,)
        for item in items:
            if isinstance(item, Layer):
                yield item
                yield from layers_inside(item)


def _inside_others(model: ModelGraph) -> Iterator[Diagnostic]:
    for node in model.nodes:
        for inner in layers_inside(node.layer):
            if isinstance(inner, Learning) and not inner.is_learned:
                yield Diagnostic(
                    CANNOT_LEARN,
                    f"`{type(inner).__name__}` can't learn inside of `{node.type_name}`",
                    node.span,
                    help=(f"write it on its own, or with {inner.to_write}",),
                )


# ── After layers with weights ────────────────────────────────────────────────────────────────


@dataclass
class _Walk:
    """Follows what hangs on weights through models; each is entered once for what is known of its inputs.

    Frozen weights count: layers learn before a model gets its first values, be they drawn or read from a file.
    """

    program: Program
    found: dict[int, Diagnostic] = field(default_factory=dict[int, Diagnostic])
    _seen: set[tuple[str, tuple[bool, ...]]] = field(default_factory=set[tuple[str, tuple[bool, ...]]])

    def model(self, model: ModelGraph, weighted: Sequence[Node | None]) -> None:
        """Look through a model; ``weighted`` are the nodes that its inputs hang on, None for those on none."""
        key = (model.name, tuple(w is not None for w in weighted))
        if key in self._seen:
            return
        self._seen.add(key)
        made_by: dict[str, Node | None] = dict(zip(model.inputs, weighted, strict=True))
        for node in model.nodes:
            if node.kind == "input":
                continue
            before = [made_by[p.node] for p in node.ports]
            first = next((b for b in before if b is not None), None)
            if node.model is not None:
                self.model(self.program.models[node.model], before)
            elif first is not None and is_unlearned(node):
                self.found.setdefault(node.span.start, _too_late(node, first))
            made_by[node.name] = first or (node if _has_weights(self.program, model, node) else None)


def _has_weights(program: Program, model: ModelGraph, node: Node) -> bool:
    """Whether a node computes with weights, other than those that it learned before training."""
    if node.model is not None:
        return any(
            n.model is None and _has_weights(program, inner, n)
            for inner in models_within(program, node.model)
            for n in inner.nodes
        )
    owner = model.owner(node)
    return bool(owner.weights) and not isinstance(owner.layer, Learning)


def is_trained(program: Program, model: ModelGraph, node: Node) -> bool:
    """Whether training changes a weight of a node."""
    owner = model.owner(node)
    if owner.model is not None:
        return owner.start.trainable and any(
            n.model is None and is_trained(program, inner, n)
            for inner in models_within(program, owner.model, trained=True)
            for n in inner.nodes
        )
    return any(w.trainable for w in owner.weights) and bool(getattr(owner.layer, "trainable", True))


def models_within(program: Program, name: str, *, trained: bool = False) -> Iterator[ModelGraph]:
    """A model and those in it, each once; with ``trained``, only those that are frozen nowhere on the way."""
    seen: set[str] = set()
    pending = [name]
    while pending:
        at = pending.pop()
        if at not in seen:
            seen.add(at)
            model = program.models[at]
            yield model
            inner = [n for n in model.nodes if not trained or model.owner(n).start.trainable]
            pending += [n.model for n in inner if n.model is not None]


def _too_late(node: Node, weighted: Node) -> Diagnostic:
    name = node.type_name
    assert isinstance(node.layer, Learning)
    return Diagnostic(
        CANNOT_LEARN,
        f"`{name}` learns from data before training starts, and `{weighted.type_name}` has no weights before that",
        node.span,
        related=(Related(weighted.span, "its weights come after that"),),
        help=(
            f"put `{name}` before all layers with weights, or write {node.layer.to_write}",
            *(("`BatchNormalization` learns while training",) if name == "Normalization" else ()),
        ),
    )
