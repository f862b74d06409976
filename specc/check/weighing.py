"""Rules about what single examples count: by a column of the data (`sample_weight`), or by their class."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from specc.catalogue.declare import Declaration
from specc.check.augmentation import mixes
from specc.check.plans import is_loss
from specc.check.targets import place_of_metric
from specc.data.columns import weights_of
from specc.diagnostics import Diagnostic, Related
from specc.diagnostics.codes import CONFLICTING_ARGUMENTS, LOSS_MISMATCH
from specc.program.program import Program
from specc.source import Span


def sample_weights_fit(program: Program) -> Iterator[Diagnostic]:
    """Weights of examples go with losses that have a value for each of them, and with nothing else that weighs them."""
    for target, plan in program.trains.values_of.items():
        data = program.data.values_of.get(plan["data"])
        graph = program.models.get(target)
        weighed = weights_of(data["source"], graph.outputs) if data is not None and graph is not None else {}
        if weighed:
            place = program.place("data", plan["data"], "sample_weight")
            yield from _by_class(program, target, place)
            yield from _mixed(program, target, plan, place)
            yield from _losses_of_batches(program, target, plan, [*weighed], place)


def weighted_metrics_can_weigh(program: Program) -> Iterator[Diagnostic]:
    """Metrics that count positions in whole numbers can't weigh them: Keras would round the weights."""
    for target, plan in program.trains.values_of.items():
        for output, metrics in (plan.get("weighted_metrics") or {}).items():
            for index, metric in enumerate(metrics):
                if isinstance(metric, Declaration) and type(metric).__name__.endswith("IoU"):
                    yield Diagnostic(
                        CONFLICTING_ARGUMENTS,
                        f"`{type(metric).__name__}` counts in whole numbers, weights would be rounded",
                        place_of_metric(program, target, "weighted_metrics", output, index),
                        help=("measure it in `metrics`",),
                    )


def _by_class(program: Program, target: str, place: Span) -> Iterator[Diagnostic]:
    """Keras's `fit` takes one of the two; also of members that are trained with these data."""
    ensemble = program.ensembles.values_of.get(target)
    members = [m["model"] for m in ensemble["members"]] if ensemble is not None else []
    for name in dict.fromkeys([target, *members]):
        if program.trains.values_of.get(name, {}).get("class_weight"):
            yield Diagnostic(
                CONFLICTING_ARGUMENTS,
                "`class_weight` and `sample_weight` both say what an example counts, as in Keras's `fit`",
                program.place("train", name, "class_weight"),
                related=(Related(place, "the weights of examples"),),
                help=("multiply the weights in the column by those of the classes, and take `class_weight` out",),
            )


def _mixed(program: Program, target: str, plan: dict[str, Any], place: Span) -> Iterator[Diagnostic]:
    if any(mixes(layer) for layers in plan.get("augment", {}).values() for layer in layers):
        yield Diagnostic(
            LOSS_MISMATCH,
            "`sample_weight` says what single examples count, but augmentation mixes them",
            place,
            related=(Related(program.place("train", target, "augment"), "examples are mixed here"),),
            help=("take one of the two out",),
        )


def _losses_of_batches(
    program: Program, target: str, plan: dict[str, Any], outputs: list[str], place: Span
) -> Iterator[Diagnostic]:
    for output in outputs:
        loss = plan["loss"].get(output)
        axes = getattr(loss, "axis", -1)
        if is_loss(loss) and (axes is None or (isinstance(axes, tuple) and 0 in axes)):
            yield Diagnostic(
                LOSS_MISMATCH,
                f"`{type(loss).__name__}` is one number for a whole batch: examples in it can't be weighed",
                program.place("train", target, "loss", output),
                related=(Related(place, "the weights of examples"),),
                help=("say over which axes of an example the sums go, such as `axis=[1, 2, 3]`",),
            )
