"""Rules about augmentation: it learns nothing, and XLA can compile what of it is inside of a model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from specc.catalogue.learned import Learning
from specc.check.follow import is_own
from specc.check.kernels import before_step, compiles
from specc.check.learning import layers_inside
from specc.check.plans import is_loss, trained_models
from specc.diagnostics import Diagnostic, Related
from specc.diagnostics.codes import CANNOT_LEARN, SHAPE_MISMATCH, TARGET_MISMATCH, WRONG_KIND, XLA_FAILED
from specc.program.graph import ModelGraph, Node
from specc.program.program import Program
from specc.source import Span


def augmentation_learns_nothing(program: Program) -> Iterator[Diagnostic]:
    """A layer that learns is no augmentation, from data as little as while training: it stands around the step."""
    for target, plan in program.trains.values_of.items():
        for name, layers in plan.get("augment", {}).items():
            type_ = program.models[target].inputs[name]
            for layer in layers:
                inferred = layer.infer((type_,))
                for inner in (layer, *layers_inside(layer)):
                    if isinstance(inner, Learning) and not inner.is_learned:
                        yield _unlearned(program, target, name, inner)
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


def _unlearned(program: Program, target: str, name: str, layer: Learning) -> Diagnostic:
    return Diagnostic(
        CANNOT_LEARN,
        f"augmentation learns nothing, and `{type(layer).__name__}` learns from data",
        program.place("train", target, "augment", name),
        help=(f"put it into the model, or write {layer.to_write}",),
    )


def mixing_mixes_targets(program: Program) -> Iterator[Diagnostic]:
    """Layers that mix pictures are given the targets too: in `augment`, for one input and targets that can be mixed."""
    for target, plan in program.trains.values_of.items():
        for model in trained_models(program, target):
            for node in model.nodes:
                if any(map(mixes, (node.layer, *layers_inside(node.layer)))):
                    yield _mixes_in_model(program, target, node)
        for name, layers in plan.get("augment", {}).items():
            place = program.place("train", target, "augment", name)
            for layer in layers:
                if any(map(mixes, layers_inside(layer))):
                    message = f"inside of `{type(layer).__name__}` no targets are mixed"
                    yield Diagnostic(WRONG_KIND, message, place, help=("write the layers in a row: `a -> b`",))
                elif mixes(layer):
                    yield from _unmixable(program, target, plan, type(layer).__name__, place)


def crops_are_for_training(program: Program) -> Iterator[Diagnostic]:
    """`RandomCrop` leaves pictures as they are outside of training: in a model, it would give two sizes."""
    for model in program.models.values():
        for node in model.nodes:
            for layer in (node.layer, *layers_inside(node.layer)):
                if type(layer).__name__ == "RandomCrop" and not _keeps_size(model, node, layer):
                    yield _two_sizes(model, node, layer)


def _keeps_size(model: ModelGraph, node: Node, layer: Any) -> bool:
    return layer is node.layer and node.outputs[0].shape == model.type_of(node.ports[0]).shape


def _two_sizes(model: ModelGraph, node: Node, layer: Any) -> Diagnostic:
    size, x = f"{layer.height}, {layer.width}", model.type_of(node.ports[0])
    inside = "" if layer is node.layer else f" inside of `{node.type_name}`"
    back = ", ".join(map(str, x.shape[:2])) if layer is node.layer else "…"
    return Diagnostic(
        SHAPE_MISMATCH,
        f"`RandomCrop`{inside} cuts pictures while training only: when predicting they keep their size",
        node.span,
        expected="the same size in training and after it",
        found=str(x),
        help=(
            f"write it in `train`, where it is only for training: `augment = RandomCrop({size}) -> Resizing({back})`",
            f"or cut the middle out, always: `CenterCrop({size})`",
        ),
    )


def mixes(layer: Any) -> bool:
    """Whether an augmentation mixes the examples of a batch and their targets."""
    # Asked of the layer, so that no spec has to wait for the families of those that do.
    return getattr(layer, "mixes_targets", False)


def _mixes_in_model(program: Program, target: str, node: Node) -> Diagnostic:
    train = program.place("train", target)
    place, other = (node.span, train) if is_own(program, node.span) else (train, node.span)
    return Diagnostic(
        WRONG_KIND,
        f"`{node.type_name}` mixes pictures and their targets, which a layer of a model doesn't see",
        place,
        related=(Related(other, "trained here" if other is train else f"the `{node.type_name}`"),),
        help=(f"take it out of the model and write `augment = {_written(node)}` in `train {target}`",),
    )


def _unmixable(program: Program, target: str, plan: dict[str, Any], what: str, place: Span) -> Iterator[Diagnostic]:
    model = program.models[target]
    if len(model.inputs) > 1:
        message = f"`{what}` mixes whole examples, but only one of the inputs {', '.join(model.inputs)}"
        yield Diagnostic(WRONG_KIND, message, place, expected="a model with one input")
    for output, loss in plan["loss"].items():
        type_ = model.output_types.get(output)
        if type_ is None or not is_loss(loss) or loss.targets == "none":
            continue
        if loss.targets == "classes" or type_.rank != 1:
            wrong = "class numbers" if loss.targets == "classes" else f"of the type {type_}"
            yield Diagnostic(
                TARGET_MISMATCH,
                f"`{what}` mixes targets, and those of `{output}` are {wrong}",
                place,
                expected="a row of numbers per example",
                related=(Related(program.place("train", target, "loss", output), "this loss takes them"),),
                help=("class numbers become rows with `CategoricalCrossentropy()`",)
                if loss.targets == "classes"
                else (),
            )


def xla_compiles_layers(program: Program) -> Iterator[Diagnostic]:
    """Layers that XLA has no kernel for come before all that is trained: then they run before the compiled step."""
    for target, plan in program.trains.values_of.items():
        if plan.get("jit") == "xla":
            for model in trained_models(program, target):
                node = before_step(program, model)[1]
                if node is not None:
                    yield _no_kernel(program, target, *_innermost(program, model, node))


def _innermost(program: Program, model: ModelGraph, node: Node) -> tuple[ModelGraph, Node]:
    """The node that XLA can't compile, inside of the model that a node stands for."""
    while node.model is not None:
        model = program.models[node.model]
        node = next(n for n in model.nodes if compiles(program, model, n) != "always")
    return model, node


def _no_kernel(program: Program, target: str, model: ModelGraph, node: Node) -> Diagnostic:
    from specc.catalogue.layers.pictures import Augmentation  # only here: no other spec has to wait for it

    what, train = node.type_name, program.place("train", target)
    place, other = (node.span, train) if is_own(program, node.span) else (train, node.span)
    changes = isinstance(node.layer, Augmentation)
    augment = f", or write `augment = {_written(node)}` in `train {target}`" if changes else ""
    return Diagnostic(
        XLA_FAILED,
        f"XLA can't compile `{what}`, which comes after layers that `train {target}` trains",
        place,
        related=(Related(other, "trained here" if other is train else f"the `{what}`"),),
        help=(
            f"put it before all layers with weights{augment}: then it runs before what XLA compiles",
            f"or leave out `jit = xla` in `train {target}`: slower, but it is trained as it stands",
        ),
    )


def _written(node: Node) -> str:
    """A layer as the spec writes it, where its place shows it alone."""
    text = node.span.one_line
    return text if text.startswith(node.type_name) and "->" not in text else f"{node.type_name}(…)"
