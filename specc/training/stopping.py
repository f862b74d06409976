"""What watches a training: Keras's own callbacks, told beforehand whether more or less is better, and that their value
exists."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from specc.catalogue.objects.callbacks import EarlyStopping, ReduceLROnPlateau
from specc.check import plans
from specc.diagnostics import Diagnostic, SpecError
from specc.diagnostics.codes import UNKNOWN_METRIC
from specc.lower.objects import to_keras
from specc.program.plans import TrainPlan
from specc.program.program import Program


def stopper(program: Program, model: Any, plan: TrainPlan, *, validated: bool) -> Any:
    """Keras's early stopping for a plan, to be driven by the loop; None where the plan has none.

    Args:
        model: a compiled model whose metrics are built.
        validated: whether there is a validation split.

    Raises:
        SpecError: what is monitored is never computed as one number, or nothing says which way is better.
    """
    declared = plan.early_stopping
    if not isinstance(declared, EarlyStopping):
        return None
    best = declared.restore_best_weights  # Keras's default is another one
    return _watching(program, model, plan, "early_stopping", declared, validated, restore_best_weights=best)


def reducer(program: Program, model: Any, plan: TrainPlan, *, validated: bool) -> Any:
    """What lowers the learning rate of a plan, as `stopper` stops it; None where nothing does.

    Raises:
        SpecError: as for `stopper`.
    """
    declared = plan.reduce_lr
    if not isinstance(declared, ReduceLROnPlateau):
        return None
    return _watching(program, model, plan, "reduce_lr", declared, validated)


def _watching(
    program: Program,
    model: Any,
    plan: TrainPlan,
    setting: str,
    declared: EarlyStopping | ReduceLROnPlateau,
    validated: bool,
    **more: Any,
) -> Any:
    """Keras's callback of a setting, at the beginning of the training of a model."""
    problem = _never_computed(model, declared.monitor, validated)
    mode = better(plan, declared)
    if problem is None and mode is None:
        what = f"nothing says whether more or less of `{declared.monitor}` is better"
        problem = (what, 'say it: `mode="max"` or `mode="min"`')
    if problem is not None:
        message, hint = problem
        place = program.place("train", plan.target, setting)
        raise SpecError(Diagnostic(UNKNOWN_METRIC, message, place, help=(hint,)))
    callback = to_keras(declared, mode=mode, **more)
    callback.set_model(model)
    model.stop_training = False
    callback.on_train_begin()
    return callback


def _never_computed(model: Any, monitor: str, validated: bool) -> tuple[str, str] | None:
    """What is wrong with a monitored name, and the way out. Keras would only warn, and never stop."""
    name = monitor.removeprefix("val_")
    if name != monitor and not validated:
        message = f"`{monitor}` is never computed: the data have no validation split"
        return message, "set `validation=0.1` in the data"
    sizes = {"loss": 1, **{k: int(np.size(v)) for k, v in model.get_metrics_result().items()}}
    if name not in sizes:
        return f"`{monitor}` is never computed", f"computed are {', '.join(sizes)}, and each with `val_` in front"
    if sizes[name] != 1:
        message = f"`{monitor}` is {sizes[name]} numbers, one per class; early stopping watches one number"
        return message, "average over the classes: `average=macro`"
    return None


def better(plan: TrainPlan, declared: EarlyStopping | ReduceLROnPlateau) -> Literal["min", "max"] | None:
    """Whether less (``min``) or more (``max``) of what is monitored is better; None where nothing says so.

    Keras's ``auto`` finds metrics by their bare names, so it fails for one output of several
    (``val_label_accuracy``, ``val_label_loss``).
    """
    if declared.mode in ("min", "max"):
        return "min" if declared.mode == "min" else "max"
    measured = {"loss": plan.loss, "metrics": plan.metrics, "weighted_metrics": plan.weighted_metrics or {}}
    return plans.better(measured, declared.monitor)
