"""Evaluates a model on a split."""

from __future__ import annotations

from typing import Any

from specc.check.kernels import model_compiles
from specc.data.split import Split
from specc.program.graph import ModelGraph
from specc.program.plans import TrainPlan
from specc.program.program import Program
from specc.training.step.objective import build_state, compile_model
from specc.training.step.training_step import Evaluator


def evaluate(
    program: Program, model: Any, plan: TrainPlan, split: Split, graph: ModelGraph | None = None
) -> dict[str, float]:
    """Loss and metrics of a Keras model over a split, under Keras's names and as Keras's ``evaluate`` computes them.

    Args:
        graph: what the model was built from; None for a model that XLA compiles as a whole.
    """
    compile_model(program, model, plan)
    build_state(program, model, plan, split.inputs, split.targets)
    compiles = graph is None or model_compiles(program, graph) != "never"
    return Evaluator(model, plan, compiles=compiles).run(split.inputs, split.targets, split.weights)
