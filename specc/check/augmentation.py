"""Rules about augmentation: it learns nothing, and XLA can compile what of it is inside of a model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from specc.check.follow import is_own
from specc.check.plans import trained_models
from specc.diagnostics import Diagnostic, Related
from specc.diagnostics.codes import WRONG_KIND, XLA_FAILED
from specc.program.graph import ModelGraph, Node
from specc.program.program import Program

_WITHOUT_KERNEL: Final = frozenset(("RandomRotation", "RandomTranslation", "RandomZoom"))
"""Layers that move the points of a picture: the operation that does it, ImageProjectiveTransformV3, isn't in XLA."""


def augmentation_learns_nothing(program: Program) -> Iterator[Diagnostic]:
    """A layer with weights that are trained is no augmentation: it is applied around the step that trains."""
    for target, plan in program.trains.values_of.items():
        for name, layers in plan.get("augment", {}).items():
            type_ = program.models[target].inputs[name]
            for layer in layers:
                inferred = layer.infer((type_,))
                if any(w.trainable for w in inferred.weights) and getattr(layer, "trainable", True):
                    yield _learns(program, target, name, type(layer).__name__)
                type_ = inferred.outputs[0]


def _learns(program: Program, target: str, name: str, layer: str) -> Diagnostic:
    return Diagnostic(
        WRONG_KIND,
        f"augmentation is not trained, and `{layer}` has weights",
        program.place("train", target, "augment", name),
        expected="layers without weights, such as `RandomFlip()`",
        found=f"`{layer}`",
        help=("put it into the model",),
    )


def xla_compiles_layers(program: Program) -> Iterator[Diagnostic]:
    """Layers that XLA has no kernel for are not inside of a model that it is to compile."""
    seen: set[str] = set()
    for target, plan in program.trains.values_of.items():
        if plan.get("jit", "xla") == "xla":
            for model in trained_models(program, target):
                yield from _uncompiled(program, target, model, seen)


def _uncompiled(program: Program, target: str, model: ModelGraph, seen: set[str]) -> Iterator[Diagnostic]:
    if model.name in seen:
        return
    seen.add(model.name)
    for node in model.nodes:
        if node.type_name in _WITHOUT_KERNEL and node.kind == "layer":
            yield _no_kernel(program, target, node)
    for _, inner in program.nested(model):
        yield from _uncompiled(program, target, inner, seen)


def _no_kernel(program: Program, target: str, node: Node) -> Diagnostic:
    what, train = node.type_name, program.place("train", target)
    place, other = (node.span, train) if is_own(program, node.span) else (train, node.span)
    return Diagnostic(
        XLA_FAILED,
        f"XLA can't compile `{what}`, which is inside of the model that `train {target}` trains",
        place,
        related=(Related(other, "trained here" if other is train else f"the `{what}`"),),
        help=(
            f"take it out of the model and write `augment = {_written(node)}` in `train {target}`",
            f"or write `jit = off` in `train {target}`: slower, but it is trained as it stands",
        ),
    )


def _written(node: Node) -> str:
    """A layer as the spec writes it, where its place shows it alone."""
    text = node.span.one_line
    return text if text.startswith(node.type_name) and "->" not in text else f"{node.type_name}(…)"
