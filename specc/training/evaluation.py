"""Evaluates a model on a split."""

from __future__ import annotations

from typing import Any

from specc.data.split import Split
from specc.program.plans import TrainPlan
from specc.program.program import Program
from specc.training.objective import build_state, compile_model
from specc.training.step import Evaluator


def evaluate(program: Program, model: Any, plan: TrainPlan, split: Split) -> dict[str, float]:
    """Loss and metrics of a Keras model over a split, under Keras's names and as Keras's ``evaluate`` computes them."""
    compile_model(program, model, plan)
    build_state(program, model, plan, split.inputs, split.targets)
    return Evaluator(model, plan).run(split.inputs, split.targets)
