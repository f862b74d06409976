"""Rules about targets: columns and metrics fit the outputs. Keras broadcasts many that don't, and learns nonsense."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from specc.catalogue.declare import Declaration
from specc.check.data import Feed, feeds
from specc.check.follow import last_activation, maker
from specc.check.losses import NO_PROBABILITIES, PROBABILITIES
from specc.check.plans import is_loss, kind_of, trained_models
from specc.data.columns import over_two_classes
from specc.diagnostics import Diagnostic, Related
from specc.diagnostics.codes import METRIC_OF_CLASSES, TARGET_MISMATCH
from specc.program.graph import ModelGraph
from specc.program.program import Program
from specc.program.types import TensorType
from specc.source import Span

if TYPE_CHECKING:
    from specc.catalogue.objects.losses import Loss
    from specc.catalogue.objects.metrics import Metric

_OF_DISTANCE: Final = frozenset((
    "MeanSquaredError", "MeanAbsoluteError", "MeanAbsolutePercentageError", "MeanSquaredLogarithmicError", "Huber",
    "LogCosh", "Poisson",
))  # fmt: skip
"""Losses of numbers, which say nothing of classes."""

_HALF: Final = 0.5

_ACCURACIES: Final = ("accuracy", "acc", "binary_accuracy")

_OF_CLASS_NUMBERS: Final = frozenset((
    "SparseCategoricalAccuracy", "SparseTopKCategoricalAccuracy", "SparseCategoricalCrossentropy",
))  # fmt: skip

_OF_YES_OR_NO: Final = ("BinaryCrossentropy", "BinaryFocalCrossentropy")


def columns_fit_outputs(program: Program) -> Iterator[Diagnostic]:
    """As many columns are the target of an output as it has values."""
    for feed in feeds(program):
        for output, loss in feed.losses.items():
            if output not in feed.model.outputs or not is_loss(loss) or loss.targets == "none":
                continue
            count = _count(feed, output)
            if count is not None:
                place = program.place("data", feed.places.data, "targets", output)
                yield from _misfit(program, feed.model, output, loss, count, place)


def _count(feed: Feed, output: str) -> int | None:
    """How many columns of one number are the target of an output; None where that isn't known."""
    columns, known = feed.targets.get(output), feed.facts.columns
    if known is not None:
        fits = columns is not None and all(known[c].shape == () for c in columns)
        return len(columns) if fits and columns else None
    if feed.facts.noun == "array" or feed.findings:
        return None
    return len(columns) if columns is not None else 1


def _misfit(
    program: Program, model: ModelGraph, output: str, loss: Loss, count: int, place: Span
) -> Iterator[Diagnostic]:
    type_ = model.output_types[output]
    wanted = _wanted(type_, loss, count)
    if wanted is None or wanted == count:
        return
    has = "one number per example" if count == 1 else f"{count} numbers per example"
    hints = ["give each value of the output a target, or reduce the output, as a pooling layer does"]
    if loss.targets == "classes" and wanted == 1:
        hints = ["name the one column of class numbers in `targets`"]
    elif loss.targets == "classes" and type_.rank > 2:
        hints = ["for one class per example, put `Flatten` or a pooling layer before the last layer"]
    elif loss.targets != "classes" and type_.rank <= 1:
        hints = [f"give the last layer {count} unit{'' if count == 1 else 's'}, or name other columns in `targets`"]
    if loss.targets == "values" and count == 1 and _is_choice(program, model, output):
        hints.insert(0, "where the target is one of several classes, use the loss `SparseCategoricalCrossentropy()`")
    if loss.targets != "classes" and 1 in (count, wanted, *type_.shape):
        hints.append("Keras would stretch one to the size of the other without a word, and learn something else")
    yield Diagnostic(
        TARGET_MISMATCH,
        f"the target of `{output}` is {has}, but `{output}` is {type_}",
        place,
        expected=f"{wanted} column{'' if wanted == 1 else 's'}" if wanted else "arrays of the output's shape",
        found=f"{count} column{'' if count == 1 else 's'}",
        related=(Related(model[model.outputs[output].node].span, f"`{output}` is made here"),),
        help=tuple(hints),
    )


def _is_choice(program: Program, model: ModelGraph, output: str) -> bool:
    """Whether an output is probabilities of classes."""
    return last_activation(program, maker(program, model, model.outputs[output])) in ("softmax", "sparsemax")


def _wanted(type_: TensorType, loss: Loss, count: int) -> int | None:
    """How many columns of numbers the target of an output has; 0 where columns can't be it, None where unknown."""
    shape = type_.shape
    first = shape[0] if shape and isinstance(shape[0], int) else None
    if loss.targets == "classes":
        return {0: None, 1: 1, 2: first}.get(len(shape), 0)
    if count == 1 and (loss.targets == "one_hot" or over_two_classes(loss, type_)):
        return None  # a column of class names
    if len(shape) > 1:
        return 0
    return first if shape else 1


# ── Metrics ──────────────────────────────────────────────────────────────────────────────────────


def metrics_fit_targets(program: Program) -> Iterator[Diagnostic]:
    """A metric wants targets of the kind that the loss wants, as both are given the same."""
    for target, plan in program.trains.values_of.items():
        for setting in ("metrics", "weighted_metrics"):
            for output, metrics in (plan.get(setting) or {}).items():
                loss = plan["loss"].get(output)
                for index, metric in enumerate(metrics):
                    if is_loss(loss):
                        place = place_of_metric(program, target, setting, output, index)
                        yield from _metric(program, target, output, loss, metric, place)


def place_of_metric(program: Program, target: str, setting: str, output: str, index: int) -> Span:
    """Where a metric of an output stands in a list of them."""
    for path in ((output, str(index)), (str(index),)):
        if ("train", target, setting, *path) in program.places:
            return program.places["train", target, setting, *path]
    return program.place("train", target, setting, output)


def _metric(
    program: Program, target: str, output: str, loss: Loss, metric: Declaration | str, place: Span
) -> Iterator[Diagnostic]:
    kind = kind_of(metric)
    said = metric if isinstance(metric, str) else type(metric).__name__
    loss_place = Related(program.place("train", target, "loss", output), "the loss")
    if kind is not None and (misfit := _disagree(loss, kind)):
        wants, has = misfit
        message = f"`{said}` wants targets {wants}, but those of `{type(loss).__name__}` are {has}"
        hint = _other_metric(loss)
        yield Diagnostic(TARGET_MISMATCH, message, place, related=(loss_place,), help=hint)
        return
    if (told := _threshold(metric)) and type(loss).__name__ in _OF_YES_OR_NO and getattr(loss, "from_logits", False):
        yield from _of_logits(program, target, output, told, place, loss_place)
        return
    if type(loss).__name__ in _OF_DISTANCE and (said in _ACCURACIES or said == "BinaryAccuracy"):
        for model in trained_models(program, target)[:1]:
            if _is_a_number(program, model, output):
                message = f"`{said}` counts right classes, but `{output}` is a number that is to be near another"
                hint = ("for numbers, measure the distance: `mae` or `RootMeanSquaredError()`",)
                yield Diagnostic(METRIC_OF_CLASSES, message, place, related=(loss_place,), help=hint)


def _threshold(metric: Declaration | str) -> str | None:
    """What to say of a metric that counts outputs above 0.5 as yes, if it does so."""
    if isinstance(metric, str):
        return metric if metric in _ACCURACIES else None
    halves = type(metric).__name__ == "BinaryAccuracy" and getattr(metric, "threshold", None) == _HALF
    return "BinaryAccuracy" if halves else None


def _of_logits(
    program: Program, target: str, output: str, said: str, place: Span, loss: Related
) -> Iterator[Diagnostic]:
    """Outputs that are logits are yes from 0 on; from 0.5 on are probabilities."""
    for model in trained_models(program, target)[:1]:
        type_ = model.output_types[output]
        by_output = said in ("accuracy", "acc")
        if (by_output and type_.rank and type_.channels != 1) or not _may_be_logits(program, model, output):
            continue
        message = f"`{said}` counts `{output}` as yes above 0.5, but it is a logit, which is yes above 0"
        hint = ("write `BinaryAccuracy(threshold=0.0)`", "or end in `activation=sigmoid`, without `from_logits`")
        yield Diagnostic(METRIC_OF_CLASSES, message, place, related=(loss,), help=hint)


def _may_be_logits(program: Program, model: ModelGraph, output: str) -> bool:
    return last_activation(program, maker(program, model, model.outputs[output])) not in PROBABILITIES


def _disagree(loss: Loss, metric: type[Metric]) -> tuple[str, str] | None:
    """What a metric wants and what a loss's targets are, where that differs in shape."""
    if loss.targets == "classes" and metric.targets != "classes":
        return ("of the output's shape", "class numbers")
    if loss.targets in ("values", "one_hot") and metric.__name__ in _OF_CLASS_NUMBERS:
        return ("that are class numbers", "of the output's shape")
    return None


def _other_metric(loss: Loss) -> tuple[str, ...]:
    if loss.targets == "classes":
        return ("for class numbers there are `accuracy` and the metrics that are called `Sparse…`",)
    return ("write `accuracy`, which takes the targets as they are",)


def _is_a_number(program: Program, model: ModelGraph, output: str) -> bool:
    """Whether an output is one unbounded number per example."""
    if output not in model.outputs:
        return False
    type_ = model.output_types[output]
    if type_.rank and type_.channels != 1:
        return False
    return last_activation(program, maker(program, model, model.outputs[output])) in NO_PROBABILITIES
