"""The loop over epochs: training, validation, early stopping."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from specc.check.kernels import model_compiles
from specc.data.split import Split
from specc.diagnostics import Diagnostic, SpecError
from specc.diagnostics.codes import NOT_FINITE
from specc.program.graph import ModelGraph
from specc.program.plans import TrainPlan
from specc.program.program import Program
from specc.training.objective import build_state, compile_model
from specc.training.observer import Observer
from specc.training.step import Evaluator, TrainingStep, order
from specc.training.stopping import stopper as early_stopper

EpochLogs = dict[str, float]


@dataclass
class History:
    """What one training logged: a dict per epoch, and which epoch's weights were kept."""

    name: str
    epochs: list[EpochLogs] = field(default_factory=list[EpochLogs])
    best_epoch: int | None = None
    seconds: float = 0.0


def fit(
    program: Program,
    model: Any,
    plan: TrainPlan,
    train: Split,
    validation: Split,
    *,
    name: str,
    observer: Observer,
    on_epoch: Callable[[str, int, EpochLogs], None] | None = None,
    graph: ModelGraph | None = None,
) -> History:
    """Train a Keras model by a plan. Its weights are those of the last epoch, or of the best with early stopping.

    Args:
        name: what logs call it.
        on_epoch: is told name, epoch (from 1) and logs after each epoch.
        graph: what the model was built from; None for a model that XLA compiles as a whole.

    Raises:
        SpecError: XLA fails, the loss is no longer finite, or what is monitored isn't computed.
    """
    compile_model(program, model, plan)
    build_state(program, model, plan, train.inputs, train.targets)
    step = TrainingStep(program, model, plan, train.inputs, train.targets, graph)
    evaluator = Evaluator(model, plan, compiles=graph is None or model_compiles(program, graph) != "never")
    stopper = early_stopper(program, model, plan, validated=bool(validation.size))
    history = History(name)
    steps = len(order(plan.seed, 0, train.size, plan.batch_size))
    observer.started(name, plan.epochs, steps, train.size)
    began = time.monotonic()
    try:
        for epoch in range(1, plan.epochs + 1):
            logs = _epoch(program, step, evaluator, plan, validation, epoch, train.size, observer)
            history.epochs.append(logs)
            observer.epoch(epoch, logs)
            if on_epoch is not None:
                on_epoch(name, epoch, logs)
            if stopper is not None:
                stopper.on_epoch_end(epoch - 1, logs)
                if model.stop_training:
                    break
    finally:
        observer.finished()
    # With `use_ema` the averaged weights take the place of the last ones, as at the end of Keras's `fit`.
    model.optimizer.finalize_variable_values(model.trainable_variables)
    _keep_best(model, stopper, history)
    _require_finite_weights(program, model, plan, len(history.epochs))
    history.seconds = time.monotonic() - began
    return history


def _epoch(
    program: Program,
    step: TrainingStep,
    evaluator: Evaluator,
    plan: TrainPlan,
    validation: Split,
    epoch: int,
    size: int,
    observer: Observer,
) -> EpochLogs:
    began = time.monotonic()
    step.reset()
    rows = order(plan.seed, epoch, size, plan.batch_size)
    # A few calls per epoch: progress shows, and Python costs next to nothing.
    chunk = max(1, math.ceil(len(rows) / 8)) if len(rows) > 64 else len(rows)
    for start in range(0, len(rows), chunk):
        step.run(rows[start : start + chunk])
        done = min(start + chunk, len(rows))
        logs = step.logs()
        require_finite(program, plan, logs, f"the loss is {logs['loss']} in epoch {epoch}, by step {done}")
        if done < len(rows):
            observer.progress(done, logs)
    logs = step.logs()
    if validation.size:
        checked = evaluator.run(validation.inputs, validation.targets)
        require_finite(program, plan, checked, f"the validation loss is {checked['loss']} after epoch {epoch}")
        logs |= {f"val_{name}": value for name, value in checked.items()}
    return {**logs, "learning_rate": _learning_rate(step.model), "seconds": time.monotonic() - began}


def require_finite(program: Program, plan: TrainPlan, logs: EpochLogs, message: str) -> None:
    """Refuse logs whose loss is infinite or not a number.

    Raises:
        SpecError: at the plan's optimizer, with the message.
    """
    if not math.isfinite(logs["loss"]):
        raise SpecError(_not_finite(program, plan, message))


def _require_finite_weights(program: Program, model: Any, plan: TrainPlan, epoch: int) -> None:
    """The loss of a step is that of the weights before it: what the last step broke shows in the weights only."""
    for variable in model.weights:
        values = np.asarray(variable)
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            message = f"the weights `{variable.path}` are no longer finite after the last step, in epoch {epoch}"
            raise SpecError(_not_finite(program, plan, message))


def _not_finite(program: Program, plan: TrainPlan, message: str) -> Diagnostic:
    return Diagnostic(
        NOT_FINITE,
        message,
        program.place("train", plan.target, "optimizer"),
        help=(
            "lower the learning rate, or clip gradients: `Adam(1e-4, clipnorm=1.0)`",
            "look at the data: very large values are a common cause",
        ),
    )


def _learning_rate(model: Any) -> float:
    return float(model.optimizer.learning_rate)


def _keep_best(model: Any, stopper: Any, history: History) -> None:
    """Keras restores the best weights only when it stopped early; the best are kept in every case."""
    if stopper is None or not stopper.restore_best_weights or stopper.best_weights is None:
        return
    model.set_weights(stopper.best_weights)
    history.best_epoch = stopper.best_epoch + 1
