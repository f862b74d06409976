"""Numbers that are not finite: steps that give such are undone and counted, inside of the compiled step."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from specc.lower.objects import to_keras
from specc.program.names import snake_case
from specc.program.plans import TrainPlan

MOST_IN_A_ROW: Final = 20
"""Steps in a row that may be undone; after more, nothing is learned any more."""


class Guard:
    """Undoes steps whose loss, weights or optimizer state are not finite: as if their batch hadn't been.

    Which batches these are hangs on the numbers alone, so a run that goes on undoes the same ones.

    Args:
        halve: whether each such step also halves the learning rate from there on.
    """

    def __init__(self, *, halve: bool = False) -> None:
        self.halve = halve
        self.rate = _variable("rate", 1.0, "float32")
        self.steps, self.bad, self.in_a_row, self.most = (
            _variable(name, 0, "int64") for name in ("steps", "bad", "in_a_row", "most")
        )
        self.first = _variable("first", -1, "int64")
        """The number of the first step that was undone, from 0."""

    @property
    def variables(self) -> list[Any]:
        """What it remembers."""
        return [self.rate, self.steps, self.bad, self.in_a_row, self.most, self.first]

    def around(self, update: Callable[[], Any], checked: Iterable[Any], also: Iterable[Any]) -> Any:
        """Carry out a step that answers with its loss, and undo it where anything isn't finite; the loss as it was.

        Args:
            checked: variables that must be finite afterwards.
            also: further ones that the step changes.
        """
        import tensorflow as tf

        checked = list(checked)
        changed = [*checked, *also]
        before = [tf.identity(v.value) for v in changed]
        loss = update()
        floats = [v for v in checked if tf.as_dtype(v.dtype).is_floating]
        finite = [tf.reduce_all(tf.math.is_finite(x)) for x in (loss, *(tf.identity(v.value) for v in floats))]
        fine = tf.reduce_all(tf.stack(finite))
        for variable, value in zip(changed, before, strict=True):
            variable.assign(tf.where(fine, variable.value, value))
        self._count(fine)
        return loss

    def _count(self, fine: Any) -> None:
        import tensorflow as tf

        bad = tf.cast(tf.logical_not(fine), tf.int64)
        is_first = tf.logical_and(tf.equal(self.first.value, -1), tf.logical_not(fine))
        self.first.assign(tf.where(is_first, self.steps.value, self.first.value))
        self.steps.assign(self.steps.value + 1)
        self.bad.assign(self.bad.value + bad)
        self.in_a_row.assign((self.in_a_row.value + 1) * bad)
        self.most.assign(tf.maximum(self.most.value, self.in_a_row.value))
        if self.halve:
            self.rate.assign(tf.where(fine, self.rate.value, self.rate.value * 0.5))


def guard_of(plan: TrainPlan) -> Guard | None:
    """The guard that a plan asks for; None where a run is to stop."""
    return Guard(halve=plan.on_nan == "halve_learning_rate") if plan.on_nan is not None else None


def optimizer_of(plan: TrainPlan, guard: Guard | None) -> Any:
    """Keras's optimizer of a plan, whose learning rate the guard may lower.

    Its variables have the names that they would have in a new process, where Keras counts on with each optimizer.
    """
    named = {"name": getattr(plan.optimizer, "name", None) or snake_case(type(plan.optimizer).__name__)}
    if guard is None or not guard.halve:
        return to_keras(plan.optimizer, **named)
    declared = getattr(plan.optimizer, "learning_rate")  # noqa: B009  (all optimizers have one)
    return to_keras(plan.optimizer, learning_rate=_lowered(declared, guard.rate), **named)


def _lowered(declared: Any, rate: Any) -> Any:
    """A learning rate, or a schedule of it, times a variable."""
    import keras

    class Lowered(keras.optimizers.schedules.LearningRateSchedule):
        def __init__(self) -> None:
            self.declared = to_keras(declared) if not isinstance(declared, int | float) else float(declared)

        def __call__(self, step: Any) -> Any:
            found = self.declared(step) if callable(self.declared) else self.declared
            return found * rate.value

    return Lowered()


def _variable(name: str, value: float, dtype: str) -> Any:
    import keras

    return keras.Variable(value, trainable=False, dtype=dtype, name=f"guard_{name}")
