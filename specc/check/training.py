"""Rules about training: the loss fits the outputs, what is monitored is computed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from specc.catalogue.declare import Declaration
from specc.catalogue.objects.losses import Loss
from specc.diagnostics import Diagnostic, Related, did_you_mean
from specc.diagnostics.codes import LOSS_MISMATCH, UNKNOWN_METRIC
from specc.elaborate.builder import snake_case
from specc.program.graph import ModelGraph, Node
from specc.program.program import Program
from specc.source import Span

_PROBABILITIES = ("softmax", "sigmoid", "hard_sigmoid", "sparsemax")


def loss_fits_output(program: Program) -> Iterator[Diagnostic]:
    """A loss over classes needs outputs that are probabilities, or logits where it is told so."""
    for target, plan in program.trains.values_of.items():
        for model in trained_models(program, target):
            for output, loss in plan["loss"].items():
                if output in model.outputs and isinstance(loss, Loss):
                    yield from _loss(program, target, model, output, loss)


def trained_models(program: Program, target: str) -> list[ModelGraph]:
    """The models that a plan for ``target`` trains: the target itself, or the members of the ensemble."""
    ensemble = program.ensembles.values_of.get(target)
    names = [target] if ensemble is None else dict.fromkeys(m["model"] for m in ensemble["members"])
    return [program.models[n] for n in names if n in program.models]


def _loss(program: Program, target: str, model: ModelGraph, output: str, loss: Loss) -> Iterator[Diagnostic]:
    place = program.place("train", target, "loss")
    type_ = model.output_types[output]
    node = model[model.outputs[output].node]
    made = Related(node.span, f"`{output}` is made here")
    name = type(loss).__name__
    if not type_.is_float:
        message = f"the output `{output}` is {type_.dtype}; a loss needs floating-point numbers"
        yield Diagnostic(LOSS_MISMATCH, message, place, found=str(type_), related=(made,))
        return
    over_classes = loss.targets in ("classes", "one_hot") and loss.probabilities
    if over_classes and name != "BinaryCrossentropy" and (type_.rank == 0 or type_.channels == 1):
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
        yield from _probabilities(place, output, loss, node, made)


def _probabilities(place: Span, output: str, loss: Loss, node: Node, made: Related) -> Iterator[Diagnostic]:

    activation = _last_activation(node)
    from_logits = bool(getattr(loss, "from_logits", False))
    name = type(loss).__name__
    if from_logits and activation in _PROBABILITIES:
        yield Diagnostic(
            LOSS_MISMATCH,
            f"`{name}(from_logits=true)` takes logits, but `{output}` is the result of {activation} already",
            place,
            related=(made,),
            help=("leave out `from_logits`, or the activation",),
        )
    if not from_logits and activation in ("linear", "relu"):
        yield Diagnostic(
            LOSS_MISMATCH,
            f"`{name}` needs probabilities, but `{output}` is unbounded (activation {activation})",
            place,
            related=(made,),
            help=("give the layer `activation=softmax` (or sigmoid), or the loss `from_logits=true`",),
        )


def _last_activation(node: Node) -> str | None:
    """The activation that made an output, None where it can't be said."""
    if node.type_name == "Softmax":
        return "softmax"
    if node.type_name == "ReLU":
        return "relu"
    if node.layer is None or "activation" not in node.layer.params or node.type_name not in _PLAIN_LAYERS:
        return None
    return str(getattr(node.layer, "activation", None) or "linear")


_PLAIN_LAYERS = ("Dense", "Activation", "Conv1D", "Conv2D", "Conv3D", "SeparableConv2D")


def metric_is_computed(program: Program) -> Iterator[Diagnostic]:
    """What early stopping or a search watches is a loss or metric that training computes."""
    for target, plan in program.trains.values_of.items():
        if plan.get("early_stopping") is not None:
            monitor = str(getattr(plan["early_stopping"], "monitor", "val_loss"))
            place = program.place("train", target, "early_stopping")
            yield from _known(monitor, plan, place)
    for target, tune in program.tunes.values_of.items():
        plan = program.trains.values_of.get(target)
        if plan is not None:
            yield from _known(tune["metric"], plan, program.place("tune", target, "objective"))


def _known(name: str, plan: dict[str, Any], place: Span) -> Iterator[Diagnostic]:

    known = computed_names(plan)
    if name not in known:
        hint = did_you_mean(name, known) or (f"computed are {', '.join(known)}",)
        yield Diagnostic(UNKNOWN_METRIC, f"`{name}` is never computed", place, help=hint)


def computed_names(plan: dict[str, Any]) -> list[str]:
    """The names under which training logs losses and metrics, as Keras's ``fit`` does."""
    several = len(plan["loss"]) > 1
    names = ["loss"]
    if several:
        names += [f"{output}_loss" for output in plan["loss"]]
    for output, metrics in plan.get("metrics", {}).items():
        names += [f"{output}_{_metric_name(m)}" if several else _metric_name(m) for m in metrics]
    return [*names, *(f"val_{n}" for n in names)]


def _metric_name(metric: Declaration | str) -> str:
    if isinstance(metric, str):
        return metric
    return str(getattr(metric, "name", None) or snake_case(type(metric).__name__))
