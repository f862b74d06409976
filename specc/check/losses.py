"""Rules about losses: they fit the outputs, and there is something to learn."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from specc.check.follow import last_activation, maker
from specc.check.plans import is_loss, trained_models
from specc.diagnostics import Diagnostic, Related
from specc.diagnostics.codes import LOSS_MISMATCH, NO_LOSS
from specc.program.graph import ModelGraph
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
        if activation in PROBABILITIES:
            message = f"`{name}(from_logits=true)` takes logits, but `{output}` is the result of {activation} already"
            hint = ("leave out `from_logits`, or the activation",)
            yield Diagnostic(LOSS_MISMATCH, message, place, related=(made,), help=hint)
        return
    if activation in NO_PROBABILITIES:
        wanted = "sigmoid`" if name.startswith("Binary") else "softmax` (or sigmoid)"
        ways = ", or the loss `from_logits=true`" if "from_logits" in loss.params else ""
        yield Diagnostic(
            LOSS_MISMATCH,
            f"`{name}` needs probabilities, but `{output}` {_said(activation)}",
            place,
            related=(made,),
            help=(f"give the layer `activation={wanted}{ways}",),
        )


def _said(activation: str) -> str:
    if activation in ("linear", "relu"):
        return f"is unbounded (activation {activation})"
    return f"is the result of {activation}"


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
