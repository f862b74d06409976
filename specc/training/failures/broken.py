"""A run whose numbers are no longer finite: which step it was, what made them, and the state before it.

A run is a function of its checkpoint: from the newest one the steps are done again, first under a guard that counts,
then up to the step in question.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from specc.diagnostics import Diagnostic
from specc.diagnostics.codes import NOT_FINITE
from specc.program.plans import TrainPlan
from specc.program.program import Program
from specc.training.failures.culprit import culprit, first_broken
from specc.training.session import Session, Training
from specc.training.step.guard import Guard
from specc.training.step.training_step import TrainingStep, order


class NotFinite(Exception):
    """A loss or a weight is infinite or not a number; the message says where that was seen."""


class Broken(Training, Protocol):
    """A training in which that happened."""

    program: Program
    plan: TrainPlan
    model: Any
    step: TrainingStep
    size: int
    validation: Any


def not_finite(program: Program, plan: TrainPlan, message: str, *more: str) -> Diagnostic:
    """The finding, at the plan's optimizer."""
    return Diagnostic(
        NOT_FINITE,
        message,
        program.place("train", plan.target, "optimizer"),
        help=(
            "lower the learning rate, or clip gradients: `Adam(1e-4, clipnorm=1.0)`",
            "look at the data: very large values are a common cause",
            *more,
        ),
    )


def explained(training: Broken, session: Session, seen: NotFinite) -> Diagnostic:
    """The finding with the step and what made it; the state before the step is kept."""
    # After early stopping no epochs are left, whichever was the last.
    here = (training.epoch, training.done) if training.done else (len(training.history.epochs) + 1, 0)
    number = _first_bad(training, session, here)
    if number is None:
        made = _in_validation(training, session, here)
        return not_finite(training.program, training.plan, f"{seen}{f': {made}' if made else ''}")
    epoch, done = number // training.steps + 1, number % training.steps
    start = session.rewind(training)
    assert start is not None
    _replay(training, training.step, start, (epoch, done))
    training.epoch, training.done, training.trained = epoch, done, None
    del training.history.epochs[epoch - 1 :]
    session.save(training)
    made = _made(training, epoch, done)
    message = f"the numbers are no longer finite in epoch {epoch}, step {done + 1}: {made}"
    kept = session.store.where() if session.has_begun else None
    hints = ["or go on without such steps: `on_nan = skip`"] if training.plan.on_nan is None else []
    return not_finite(training.program, training.plan, message, *hints, *([kept] if kept else []))


def _first_bad(training: Broken, session: Session, here: tuple[int, int]) -> int | None:
    """The number of the first step, counted from 0 over all epochs, that gives numbers which aren't finite."""
    if (start := session.rewind(training)) is None:
        return None
    guard = Guard()
    _replay(training, training.step.guarded(guard), start, here)
    first = int(guard.first.numpy())
    return None if first < 0 else (start[0] - 1) * training.steps + start[1] + first


def _replay(training: Broken, step: TrainingStep, start: tuple[int, int], end: tuple[int, int]) -> None:
    """Do the steps between two points, each an epoch and steps of it."""
    epoch, done = start
    while (epoch, done) < end:
        if done == 0:
            step.reset()
        rows = order(training.plan.seed, epoch, training.size, training.plan.batch_size)
        step.run(rows[done : end[1] if epoch == end[0] else len(rows)])
        epoch, done = epoch + 1, 0


def _made(training: Broken, epoch: int, done: int) -> str:
    """What made the first number of the next step that is not finite."""
    import tensorflow as tf

    rows = order(training.plan.seed, epoch, training.size, training.plan.batch_size)[done : done + 1]
    inputs, targets = training.step.batch(tf.constant(rows[0]))
    if (found := culprit(training.model, inputs, targets, training=True)) is not None:
        return found
    training.step.run(rows)
    weights: Mapping[str, Any] = {v.path: v for v in training.model.weights}
    broken = first_broken(weights)
    return f"the update of `{broken}` is not finite" if broken else "the optimizer's state is not finite"


def _in_validation(training: Broken, session: Session, here: tuple[int, int]) -> str | None:
    """What made the first number of the validation that is not finite, where all steps were fine."""
    start, split, batch = session.rewind(training), training.validation, training.plan.batch_size
    if start is None:
        return None
    _replay(training, training.step, start, here)
    for begin in range(0, split.size, batch):
        inputs, targets = (
            {k: v[begin : begin + batch] for k, v in given.items()} for given in (split.inputs, split.targets)
        )
        if (found := culprit(training.model, inputs, targets, training=False)) is not None:
            return found
    return None
