"""What TensorFlow says when a step fails, brought back to the line of the spec that it is about."""

from __future__ import annotations

import re
from typing import Final

from specc.diagnostics import Diagnostic, Related
from specc.diagnostics.codes import RUNTIME_FAILED, XLA_FAILED
from specc.program.graph import ModelGraph, Node
from specc.program.plans import TrainPlan
from specc.program.program import Program

_NO_REASON: Final = ("Graph execution error", "Detected at node", 'File "', "<stack traces unavailable>", "[[")
"""How those lines of TensorFlow's messages begin that don't say what is wrong."""

_OPERATION: Final = re.compile(r"Detected at node (\S+) defined at|\{\{node ([^}]+)\}\}")
"""Where a message names the operation that failed: ``Net_1/encoder/dense_1/MatMul``."""


def failure(
    program: Program, plan: TrainPlan, graph: ModelGraph | None, text: str, *, jit: str | None = None
) -> Diagnostic:
    """The finding for a message of TensorFlow: at the layer that it names, else at the plan.

    Args:
        graph: the model that was trained; None where it isn't known what its operations belong to.
        jit: whether XLA was to compile it, by default what the plan says.
    """
    lines = [x.strip() for x in text.splitlines() if x.strip() and not x.strip().startswith(_NO_REASON)]
    reason = lines[0] if lines else "unknown reason"
    train = program.place("train", plan.target)
    node = layer_of(program, graph, text) if graph is not None else None
    place = train if node is None else node.span
    related = () if node is None else (Related(train, "trained here"),)
    where = "" if node is None else f" at `{node.name}`"
    unsupported = next((x for x in lines if "XLA" in x or "Unsupported" in x or "not compilable" in x), None)
    if (jit or plan.jit) == "xla" and unsupported is not None:
        message = f"XLA can't compile the training step{where}: {unsupported[:200]}"
        return Diagnostic(XLA_FAILED, message, place, related=related, help=("set `jit = off` to train without XLA",))
    return Diagnostic(RUNTIME_FAILED, f"the training step failed{where}: {reason[:200]}", place, related=related)


def xla_lost(program: Program, plan: TrainPlan, why: str) -> Diagnostic:
    """The finding that XLA compiles nothing, although the step is to be compiled."""
    hints = ("undo that", "or leave out `jit = xla`: TensorFlow's graph trains without XLA")
    return Diagnostic(XLA_FAILED, f"XLA is lost: {why}", program.place("train", plan.target, "jit"), help=hints)


def layer_of(program: Program, graph: ModelGraph, text: str) -> Node | None:
    """The innermost layer or function whose operation a message names; None where it names none of the model."""
    for found in _OPERATION.finditer(text):
        node = _innermost(program, graph, (found[1] or found[2]).split("/"))
        if node is not None:
            return node
    return None


def _innermost(program: Program, graph: ModelGraph, scopes: list[str]) -> Node | None:
    found: Node | None = None
    for scope in scopes:
        # TensorFlow counts the uses of a name: `dense_1` may be the second use of `dense`.
        node = graph.members.get(scope) or graph.members.get(re.sub(r"_\d+$", "", scope))
        if node is None or node.kind == "input":
            continue
        found = node
        if node.model is not None:
            graph = program.models[node.model]
    return found
