"""Chooses how a step is carried out, by a short measurement."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from statistics import median
from typing import Any, Final

import numpy as np

from specc.data.raw import Array
from specc.diagnostics import SpecError
from specc.training.step.plan import StepPlan
from specc.training.step.training_step import TrainingStep

_SHARE: Final = 20
"""Another way is tried where the training takes so many times as long as making the first one ready."""

_ROUND: Final = 0.15
"""Seconds of steps in a round of the measurement."""

_FEWEST: Final = 3
"""Rounds of all ways."""

_MOST: Final = 15
"""Rounds of ways that are hard to tell apart."""

_NEAR: Final = 1.3
"""A way that takes more times as long as the fastest one isn't measured any further."""

_CALL: Final = 0.5
"""Seconds that a call from Python takes, about."""


@dataclass(frozen=True)
class Choice:
    """What was chosen.

    Attributes:
        seconds: per step, by what was measured.
        why: what was not measured, and why.
    """

    step: TrainingStep
    seconds: Mapping[StepPlan, float]
    why: str = ""

    def __str__(self) -> str:
        measured = ", ".join(f"{how} {1e3 * s:.3g} ms" for how, s in self.seconds.items())
        return f"step plan: {self.step.how} ({'; '.join(x for x in (measured, self.why) if x)})"


def choose(step: TrainingStep, ways: Sequence[StepPlan], rows: Array, total: int) -> Choice:
    """The fastest of some ways to carry out a step, found out with real steps; its variables are as they were before.

    Args:
        step: carries out steps in whichever way.
        ways: those to choose from, the one that is expected to be good first.
        rows: the batches to measure with, int32 ``[steps, batch]``.
        total: steps of the whole training.

    Raises:
        SpecError: none of the ways works; the reason of the first.
    """
    with _unchanged(step):
        began = time.perf_counter()
        first = step.planned(ways[0])
        first.run(rows[:1])
        ready = time.perf_counter() - began
        count, seconds = _count(first, rows)
        counts, steps, why = {ways[0]: count}, {ways[0]: first}, ""
        found = {ways[0]: seconds}
        if seconds * total < _SHARE * ready:
            why = f"{seconds * total:.0f} s of steps are too short to try others"
        for how in ways[1:] if not why else ():
            steps[how] = step.planned(how)
            try:
                steps[how].run(rows[:1])
            except SpecError as error:
                why = f"not {how}: {error.diagnostics[0].message}"
                del steps[how]
                continue
            counts[how], found[how] = _count(steps[how], rows)
        if len(steps) > 1:
            found = _in_turn(steps, counts, rows, min(found.values()) * total / _SHARE)
    best = min(found, key=lambda how: found[how])
    at_once = max(1, int(_CALL / found[best]))
    return Choice(_with_steps(steps[best], at_once), found, why)


def _in_turn(
    steps: Mapping[StepPlan, TrainingStep], counts: Mapping[StepPlan, int], rows: Array, most: float
) -> dict[StepPlan, float]:
    """Seconds per step of some ways, medians of rounds in turn: a machine's speed may change from one to the next.

    Args:
        counts: how many steps a round of each has.
        most: seconds after which no further round begins.
    """
    began, near = time.perf_counter(), list(steps)
    measured: dict[StepPlan, list[float]] = {how: [] for how in steps}
    found: dict[StepPlan, float] = {}
    for number in range(_MOST):
        if number >= _FEWEST and (len(near) == 1 or time.perf_counter() - began > most):
            break
        for how in near:
            measured[how].append(_seconds(steps[how], rows, counts[how]))
        found = {how: median(seconds) for how, seconds in measured.items()}
        if number + 1 >= _FEWEST:
            near = [how for how in near if found[how] <= _NEAR * min(found.values())]
    return found


def _with_steps(step: TrainingStep, steps: int) -> TrainingStep:
    step.how = replace(step.how, steps=steps)
    return step


def _count(step: TrainingStep, rows: Array) -> tuple[int, float]:
    """How many steps take a round, and the seconds of one."""
    count = 1
    while (seconds := _seconds(step, rows, count)) * count < _ROUND and count < 10_000:
        count = min(max(count * 2, int(_ROUND / max(seconds, 1e-9))), count * 16)
    return count, seconds


def _seconds(step: TrainingStep, rows: Array, count: int) -> float:
    """Seconds per step, measured with some steps."""
    some = np.resize(rows, (count, rows.shape[1]))
    began = time.perf_counter()
    step.run(some)
    float(step.loss.result())  # waits for the device
    return (time.perf_counter() - began) / count


@contextmanager
def _unchanged(step: TrainingStep) -> Iterator[None]:
    """What steps change meanwhile is afterwards as it was."""
    variables: list[Any] = step.variables()
    before = [np.array(v.numpy()) for v in variables]
    try:
        yield
    finally:
        for variable, value in zip(variables, before, strict=True):
            variable.assign(value)
