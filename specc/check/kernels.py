"""What of a model XLA has kernels for, and what of it can run before the step that XLA compiles."""

from __future__ import annotations

from typing import Final

from specc.catalogue.layer import Compiles, Layer
from specc.check.learning import is_trained, layers_inside, models_within
from specc.program.graph import ModelGraph, Node
from specc.program.program import Program

_WORST: Final[tuple[Compiles, ...]] = ("never", "inference", "always")

_WITH_LOSSES: Final = ("ActivityRegularization",)
"""Layers that add to the loss, which the compiled step must see."""


def compiles(program: Program, model: ModelGraph, node: Node) -> Compiles:
    """When XLA can compile a node: ``always``, at ``inference`` only, or ``never``."""
    if node.model is not None:
        return model_compiles(program, program.models[node.model])
    types = (*node.outputs, *(model.type_of(p) for p in node.ports))
    if any(t.dtype == "string" for t in types):
        return "never"
    if not isinstance(node.layer, Layer):
        return "always"
    return _worst({node.layer.compiles, *(layer.compiles for layer in layers_inside(node.layer))})


def model_compiles(program: Program, model: ModelGraph) -> Compiles:
    """When XLA can compile a whole model."""
    models = models_within(program, model.name)
    return _worst({compiles(program, m, n) for m in models for n in m.nodes if n.model is None})


def _worst(found: set[Compiles]) -> Compiles:
    for kernels in _WORST:
        if kernels in found:
            return kernels
    return "always"


def before_step(program: Program, model: ModelGraph) -> tuple[set[str], Node | None]:
    """The nodes of a model that run before the compiled step: those that XLA can't compile, and all that they hang on.

    The second result is one of the former that hangs on trained weights or adds to the loss, and so can't run before.
    """
    names: set[str] = set()
    if model_compiles(program, model) == "always":
        return names, None
    for node in model.nodes:
        if node.kind != "input" and compiles(program, model, node) != "always":
            wanted = model.leading_to([node.name]) - model.inputs.keys()
            if any(_belongs_into_step(program, model, model[name]) for name in wanted):
                return names, node
            names |= wanted
    return names, None


def _belongs_into_step(program: Program, model: ModelGraph, node: Node) -> bool:
    return node.type_name in _WITH_LOSSES or is_trained(program, model, node)
