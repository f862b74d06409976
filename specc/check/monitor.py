"""Rules about what is watched: early stopping or a search looks at a number that training computes, the right way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from specc.catalogue.declare import Declaration
from specc.check.plans import better, computed_names
from specc.diagnostics import Diagnostic, Related, did_you_mean
from specc.diagnostics.codes import CONFLICTING_ARGUMENTS, UNKNOWN_METRIC, WRONG_DIRECTION, WRONG_KIND
from specc.program.program import Program
from specc.source import Span


@dataclass(frozen=True)
class _Watch:
    """A name that something watches in a training, and ``min`` or ``max`` where it says which is better."""

    plan: dict[str, Any]
    name: str
    direction: str
    place: Span
    direction_place: Span


def metric_is_computed(program: Program) -> Iterator[Diagnostic]:
    """What early stopping or a search watches is a loss or metric that training computes."""
    for watch in _watches(program):
        known = computed_names(watch.plan)
        if watch.name not in known:
            hint = did_you_mean(watch.name, known) or (f"computed are {', '.join(known)}",)
            yield Diagnostic(UNKNOWN_METRIC, f"`{watch.name}` is never computed", watch.place, help=hint)
        elif watch.name.startswith("val_") and (unsplit := _without_validation(program, watch.plan)):
            message = f"`{watch.name}` is never computed: the data have no validation split"
            hint = ("set `validation=0.1` in the data",)
            related = (Related(unsplit, "these data give nothing to validation"),)
            yield Diagnostic(UNKNOWN_METRIC, message, watch.place, related=related, help=hint)


def direction_is_right(program: Program) -> Iterator[Diagnostic]:
    """Of a loss less is better, of an accuracy more: what watches it must look for that."""
    for watch in _watches(program):
        right = better(watch.plan, watch.name)
        if right is None or watch.direction not in ("min", "max") or watch.direction == right:
            continue
        more, wanted = ("more", "least") if right == "max" else ("less", "most")
        message = f"of `{watch.name}` {more} is better, but the {wanted} is looked for"
        yield Diagnostic(WRONG_DIRECTION, message, watch.direction_place, help=(f"write `{right}` instead",))


_CALLBACKS: Final = {"early_stopping": "EarlyStopping", "reduce_lr": "ReduceLROnPlateau", "tensorboard": "TensorBoard"}
"""The callback that each setting takes."""


def callbacks_stand_in_their_settings(program: Program) -> Iterator[Diagnostic]:
    """Each setting has its callback, and what lowers a learning rate finds a number to lower."""
    for target, plan in program.trains.values_of.items():
        for setting, wanted in _CALLBACKS.items():
            given = type(plan.get(setting)).__name__
            if isinstance(plan.get(setting), Declaration) and given != wanted:
                place = program.place("train", target, setting)
                right = next((s for s, name in _CALLBACKS.items() if name == given), setting)
                message = f"`{setting}` is a `{wanted}`, this is a `{given}`"
                yield Diagnostic(WRONG_KIND, message, place, help=(f"write `{right} = {given}(…)`",))
        if plan.get("reduce_lr") is not None:
            yield from _is_set_elsewhere(program, target, plan)


def _is_set_elsewhere(program: Program, target: str, plan: dict[str, Any]) -> Iterator[Diagnostic]:
    """A learning rate that a schedule says, which nothing else can change."""
    rate, optimizer = getattr(plan["optimizer"], "learning_rate", None), program.place("train", target, "optimizer")
    place = program.place("train", target, "reduce_lr")
    if isinstance(rate, Declaration):
        message = f"a `{type(rate).__name__}` says the learning rate of every step, so that `reduce_lr` can't lower it"
        related = (Related(optimizer, "the learning rate is a schedule"),)
        yield Diagnostic(CONFLICTING_ARGUMENTS, message, place, related=related, help=("take one of the two out",))
    elif plan.get("on_nan") == "halve_learning_rate":
        message = "`on_nan = halve_learning_rate` and `reduce_lr` both set the learning rate"
        hint = ("write `on_nan = skip`, or take `reduce_lr` out",)
        yield Diagnostic(CONFLICTING_ARGUMENTS, message, place, help=hint)


def _without_validation(program: Program, plan: dict[str, Any]) -> Span | None:
    """Where the data of a plan say that none of them are for validation, if they do."""
    data = program.data.values_of.get(plan["data"])
    if data is None or getattr(data["source"], "validation", None) != 0:
        return None
    return program.place("data", plan["data"], "validation")


def _watches(program: Program) -> Iterator[_Watch]:
    for target, plan in program.trains.values_of.items():
        for path, callback in _watching(plan):
            place, mode = (program.place("train", target, *path, part) for part in ("monitor", "mode"))
            yield _Watch(plan, str(getattr(callback, "monitor", "")), str(getattr(callback, "mode", "")), place, mode)
    for target, tune in program.tunes.values_of.items():
        plan = program.trains.values_of.get(target)
        if plan is not None:
            whole = program.place("tune", target, "objective")
            place = program.place("tune", target, "objective", "metric")
            yield _Watch(plan, tune["metric"], tune["direction"], place, whole)


def _watching(plan: dict[str, Any]) -> Iterator[tuple[tuple[str, ...], Declaration]]:
    """What watches a training, with where it stands in the plan: a setting, or an item of one."""
    for setting, value in plan.items():
        items = enumerate(value) if isinstance(value, tuple | list) else [(None, value)]  # pyright: ignore
        for index, item in items:
            if isinstance(item, Declaration) and "monitor" in item.params:
                yield ((setting,) if index is None else (setting, str(index))), item
