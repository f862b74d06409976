"""Rules about losses: they fit the outputs, and there is something to learn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from specc.check.augmentation import mixes
from specc.check.follow import DISTURBING, Site, is_arithmetic, last_activation, maker, passes_quietly
from specc.check.plans import is_loss, trained_models
from specc.diagnostics import Diagnostic, Related
from specc.diagnostics.codes import LOSS_MISMATCH, NO_LOSS
from specc.program.deciding import equal
from specc.program.graph import ModelGraph, Node
from specc.program.program import Program
from specc.source import Span

if TYPE_CHECKING:
    from specc.catalogue.objects.losses import Loss

PROBABILITIES: Final = ("softmax", "sigmoid", "hard_sigmoid", "sparsemax", "sparse_sigmoid")

NO_PROBABILITIES: Final = frozenset((
    "linear", "relu", "relu6", "leaky_relu", "elu", "selu", "celu", "gelu", "silu", "swish",
    "hard_silu", "hard_swish", "mish", "tanh", "hard_tanh", "softsign", "log_softmax", "log_sigmoid",
))  # fmt: skip
"""Activations whose results may be negative or above 1."""


NO_LOGITS: Final = frozenset(("relu", "relu6"))
"""Activations that keep logits from being negative, so that no class can be less likely than not."""

_ONE_BY_ONE: Final = frozenset(("sigmoid", "hard_sigmoid", "sparse_sigmoid"))
"""Activations that make a probability of each value alone: those of all classes don't sum to 1."""

_OVER_AXIS: Final = frozenset(("Softmax", "softmax"))


def loss_fits_output(program: Program) -> Iterator[Diagnostic]:
    """A loss over classes needs outputs that are probabilities, or logits where it is told so."""
    for target, plan in program.trains.values_of.items():
        for model in trained_models(program, target):
            for output, loss in plan["loss"].items():
                if output in model.outputs and is_loss(loss):
                    place = program.place("train", target, "loss", output)
                    yield from _loss(program, place, model, output, loss)


def _loss(program: Program, place: Span, model: ModelGraph, output: str, loss: Loss) -> Iterator[Diagnostic]:
    type_ = model.output_types[output]
    name = type(loss).__name__
    made = Related(model[model.outputs[output].node].span, f"`{output}` is made here")
    if not type_.is_float:
        message = f"the output `{output}` is {type_.dtype}; a loss needs floating-point numbers"
        yield Diagnostic(LOSS_MISMATCH, message, place, found=str(type_), related=(made,))
        return
    over_classes = loss.targets in ("classes", "one_hot") and loss.probabilities
    if over_classes and (type_.rank == 0 or type_.channels == 1):
        yield Diagnostic(
            LOSS_MISMATCH,
            f"`{name}` needs a probability for each class, but `{output}` has one value per example",
            place,
            expected="an output with as many channels as there are classes, at least 2",
            found=str(type_),
            related=(made,),
            help=("for two classes and one value, use `BinaryCrossentropy` and `activation=sigmoid`",),
        )
        return
    if loss.probabilities:
        yield from _probabilities(program, place, model, output, loss)


def _probabilities(program: Program, place: Span, model: ModelGraph, output: str, loss: Loss) -> Iterator[Diagnostic]:
    """Probabilities for a loss that takes logits, or the reverse."""
    site = maker(program, model, model.outputs[output])
    activation = last_activation(program, site)
    made = Related(site.node.span, f"`{output}` is made here")
    name = type(loss).__name__
    if getattr(loss, "from_logits", False):
        yield from _logits(program, place, model, output, loss)
        return
    if activation in NO_PROBABILITIES:
        wanted = "softmax" if _is_over_classes(loss) else "sigmoid"
        ways = ", or the loss `from_logits=true`" if "from_logits" in loss.params else ""
        yield Diagnostic(
            LOSS_MISMATCH,
            f"`{name}` needs probabilities, but `{output}` {_said(activation)}",
            place,
            related=(made,),
            help=(f"give the layer `activation={wanted}`{ways}",),
        )
    elif activation in _ONE_BY_ONE and _is_over_classes(loss):
        yield Diagnostic(
            LOSS_MISMATCH,
            f"`{name}` needs probabilities that sum to 1 over the classes, but `{output}` {_said(activation)}",
            place,
            related=(made,),
            help=(
                "for one class per example, give the layer `activation=softmax`",
                "for several classes at once, use `BinaryCrossentropy` with a target of 0 or 1 for each",
            ),
        )
    elif _is_over_classes(loss):
        yield from _other_axis(program, place, model, output, loss)


def _is_over_classes(loss: Loss) -> bool:
    return loss.targets in ("classes", "one_hot")


def _logits(program: Program, place: Span, model: ModelGraph, output: str, loss: Loss) -> Iterator[Diagnostic]:
    """A loss that takes logits is given something else."""
    site, activation = _result(program, model, output)
    if activation not in PROBABILITIES and activation not in NO_LOGITS:
        return
    message = f"`{type(loss).__name__}(from_logits=true)` takes logits, but `{output}` "
    if activation in NO_LOGITS:
        message += f"is the result of {activation}, and logits may be negative"
        hint = f"take the activation out: {activation} makes all that is below 0 equal"
    else:
        message += f"is the result of {activation} already"
        hint = "leave out `from_logits`, or the activation"
    related = (Related(site.node.span, f"`{output}` is made here"),)
    yield Diagnostic(LOSS_MISMATCH, message, place, related=related, help=(hint,))


def _result(program: Program, model: ModelGraph, output: str) -> tuple[Site, str | None]:
    """What made an output, and its activation; a softmax is found behind arithmetic with numbers, too."""
    site = maker(program, model, model.outputs[output])
    activation = last_activation(program, site)
    if activation is None:
        behind = maker(program, model, model.outputs[output], lambda n: passes_quietly(n) or is_arithmetic(n))
        if last_activation(program, behind) == "softmax":
            return behind, "softmax"
    return site, activation


def _other_axis(program: Program, place: Span, model: ModelGraph, output: str, loss: Loss) -> Iterator[Diagnostic]:
    """A softmax over an axis that is not that of the classes."""
    site = maker(program, model, model.outputs[output], _keeps_axes)
    axis, wanted = getattr(site.node.layer, "axis", -1), getattr(loss, "axis", -1)
    axes = site.node.outputs[0].rank + 1
    if site.node.type_name not in _OVER_AXIS or not isinstance(axis, int) or (axis - wanted) % axes == 0:
        return
    yield Diagnostic(
        LOSS_MISMATCH,
        f"`{type(loss).__name__}` needs probabilities that sum to 1 over the classes, on axis {wanted}, but the "
        f"softmax of `{output}` is over axis {axis}",
        place,
        related=(Related(site.node.span, f"`{output}` is {site.node.outputs[0]}, made here"),),
        help=(f"write `axis={wanted}` at the softmax",),
    )


def _keeps_axes(node: Node) -> bool:
    return node.type_name in DISTURBING or node.type_name == "Identity"


def stacking_fits_loss(program: Program) -> Iterator[Diagnostic]:
    """The layer that learns to combine the members' answers gives what the loss needs, as the members do."""
    for target, plan in program.trains.values_of.items():
        ensemble = program.ensembles.values_of.get(target)
        if ensemble is None or type(ensemble["combine"]).__name__ != "Stack" or target not in program.models:
            continue
        model = program.models[target]
        for output, loss in plan["loss"].items():
            if output in model.outputs and is_loss(loss):
                yield from _loss(program, program.place("ensemble", target, "combine"), model, output, loss)


def _said(activation: str) -> str:
    if activation in ("linear", "relu"):
        return f"is unbounded (activation {activation})"
    return f"is the result of {activation}"


def class_weights_fit(program: Program) -> Iterator[Diagnostic]:
    """Weights of classes are for outputs that choose one class per example, one for each class."""
    for target, plan in program.trains.values_of.items():
        for output, weights in plan.get("class_weight", {}).items():
            place = program.place("train", target, "class_weight", output)
            for model in trained_models(program, target):
                loss = plan["loss"].get(output)
                if output in model.outputs and is_loss(loss):
                    yield from _class_weight(place, model, output, loss, weights)
            if any(mixes(layer) for layers in plan.get("augment", {}).values() for layer in layers):
                yield Diagnostic(
                    LOSS_MISMATCH,
                    "`class_weight` counts examples by their class, but augmentation mixes classes",
                    place,
                    related=(Related(program.place("train", target, "augment"), "examples are mixed here"),),
                    help=("take one of the two out",),
                )


def _class_weight(
    place: Span, model: ModelGraph, output: str, loss: Loss, weights: Sequence[float] | str
) -> Iterator[Diagnostic]:
    type_ = model.output_types[output]
    classes = type_.channels if type_.rank else 1
    is_binary = classes == 1 and loss.targets == "values" and loss.probabilities
    if type_.rank > 1 or not (is_binary or _is_over_classes(loss)):
        yield Diagnostic(
            LOSS_MISMATCH,
            f"`class_weight` is for outputs that choose a class for each example, `{output}` does not",
            place,
            expected="a loss over classes, or `BinaryCrossentropy` of one value",
            found=f"`{type(loss).__name__}` of {type_}",
            related=(Related(model[model.outputs[output].node].span, f"`{output}` is made here"),),
            help=("`loss_weights` says what an output counts as a whole",),
        )
        return
    wanted = 2 if is_binary else classes
    if not isinstance(weights, str) and equal(wanted, len(weights)) is not True:
        yield Diagnostic(
            LOSS_MISMATCH,
            f"`class_weight` has {len(weights)} weights, `{output}` has {wanted} classes",
            place,
            expected=f"{wanted} weights, in the order of the classes, or `balanced`",
            related=(Related(model[model.outputs[output].node].span, f"`{output}` is made here"),),
        )


def some_loss_counts(program: Program) -> Iterator[Diagnostic]:
    """Where all weights of losses are 0 nothing is learned."""
    for target, plan in program.trains.values_of.items():
        weights = plan.get("loss_weights")
        if weights and set(plan["loss"]) <= set(weights) and not any(weights.values()):
            yield Diagnostic(
                NO_LOSS,
                "all weights of the losses are 0, so that nothing is learned",
                program.place("train", target, "loss_weights"),
                help=("give the loss that counts the weight 1",),
            )
