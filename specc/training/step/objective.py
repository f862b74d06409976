"""What training makes small and what it measures: a plan's losses, metrics and optimizer on a Keras model.

Keras's own ``compile`` resolves words such as ``accuracy`` and names the results, so that they are called and
computed as ``fit`` and ``evaluate`` do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import chain, count
from typing import Any

import numpy as np

from specc.catalogue.declare import Declaration
from specc.data.raw import Array
from specc.data.stored import Values, by_rows
from specc.diagnostics import Diagnostic, SpecError
from specc.diagnostics.codes import LOSS_MISMATCH
from specc.lower.objects import to_keras
from specc.program.names import snake_case
from specc.program.plans import TrainPlan
from specc.program.program import Program
from specc.training.step.guard import Guard, optimizer_of


def compile_model(program: Program, model: Any, plan: TrainPlan, guard: Guard | None = None) -> None:
    """Give a Keras model the losses, metrics and a new optimizer of a plan, whose learning rate a guard may lower."""
    model.compile(
        optimizer=_scaling(model, optimizer_of(plan, guard)),
        loss={name: to_keras(loss) for name, loss in plan.loss.items()},
        loss_weights=dict(plan.loss_weights) or None,
        metrics={name: _metrics(metrics) for name, metrics in plan.metrics.items()},
        weighted_metrics={name: _metrics(metrics) for name, metrics in (plan.weighted_metrics or {}).items()},
        jit_compile=False,  # our own step is compiled instead
    )


def _scaling(model: Any, optimizer: Any) -> Any:
    """An optimizer that scales the loss where layers compute in float16, as Keras does for the policy of a model:
    gradients that are too small for float16 would be 0.
    """
    import keras

    half = any(layer.compute_dtype == "float16" for layer in model._flatten_layers())
    return keras.optimizers.LossScaleOptimizer(optimizer) if half else optimizer


def _metrics(declared: Iterable[Declaration | str]) -> list[Any]:
    """Keras's metrics of one output.

    Where Keras makes up a name it counts on (``precision_1``) with each model that a process compiles; here names are
    those that a new process would give.
    """
    made: list[Any] = []
    taken: set[str] = set()
    for metric in declared:
        if not isinstance(metric, Declaration):
            made.append(metric)
            taken.add(metric)
            continue
        found = to_keras(metric)
        name = snake_case(type(metric).__name__)
        if getattr(metric, "name", None) is None and re.fullmatch(rf"{name}(_\d+)?", found.name):
            free = next(n for n in chain([name], (f"{name}_{i}" for i in count(1))) if n not in taken)
            found = to_keras(metric, name=free)
        taken.add(found.name)
        made.append(found)
    return made


def class_weights(plan: TrainPlan, targets: Mapping[str, Values]) -> dict[str, Array]:
    """What an example of each class counts, float32 ``[classes]`` by output.

    ``balanced`` gives each class the same weight in all: ``examples / (classes * examples of the class)``, and 0 to a
    class that has none (G. King and L. Zeng, Logistic Regression in Rare Events Data, 2001).

    Args:
        targets: those of the training split; as many classes as the largest one says, or as one-hot rows are long.
    """
    found: dict[str, Array] = {}
    for output, given in (plan.class_weight or {}).items():
        if given == "balanced":
            target = targets[output]
            width = target.shape[-1] if target.ndim > 1 and target.shape[-1] > 1 else 2
            counts = np.bincount(by_rows(target, classes_of), minlength=width)
            weights = np.divide(counts.sum(), len(counts) * counts, out=np.zeros(len(counts)), where=counts > 0)
        else:
            weights = np.asarray(given)
        found[output] = weights.astype(np.float32)
    return found


def weights_by_class(plan: TrainPlan, targets: Mapping[str, Values]) -> dict[str, Array]:
    """What each example counts by its class, float32 ``[examples]`` by output; for all outputs or for none."""
    weighed = {k: w[by_rows(targets[k], classes_of)] for k, w in class_weights(plan, targets).items()}
    # Keras wants weights for all outputs or for none.
    return {k: np.ones(len(v), np.float32) for k, v in targets.items() if weighed} | weighed


def classes_of(target: Array) -> Array:
    """The class of each example, int ``[examples]``, of class numbers, of 0 and 1, or of one-hot rows."""
    if target.ndim > 1 and target.shape[-1] > 1:
        return target.argmax(axis=-1)
    return np.round(target.reshape(len(target))).astype(np.int64)


def build_state(program: Program, model: Any, plan: TrainPlan, inputs: dict[str, Any], targets: dict[str, Any]) -> None:
    """Create all variables of the metrics and the optimizer before any function is traced.

    Raises:
        SpecError: targets don't fit the outputs in the eyes of the loss; at the plan's loss.
    """
    try:
        outputs = model({k: v[:1] for k, v in inputs.items()}, training=False)
        first = {k: v[:1] for k, v in targets.items()}
        model.compute_loss(inputs, first, outputs, training=False)
        model.compute_metrics(inputs, first, outputs)
    except (ValueError, TypeError) as error:
        place = program.place("train", plan.target, "loss")
        reason = str(error).strip().splitlines()[0]
        raise SpecError(Diagnostic(LOSS_MISMATCH, f"the loss does not fit the outputs: {reason}", place)) from None
    model.reset_metrics()
    model.optimizer.build(model.trainable_variables)


def metric_logs(model: Any, loss: Any) -> dict[str, float]:
    """Loss and metrics as numbers, under Keras's names; ``loss`` first."""
    found = {
        name: float(np.asarray(value)) for name, value in model.get_metrics_result().items() if np.size(value) == 1
    }
    found["loss"] = float(np.asarray(loss.result()))
    return {"loss": found.pop("loss"), **dict(sorted(found.items()))}
