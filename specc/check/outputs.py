"""Rules about what makes an output: nothing that disturbs it, no softmax over a single value."""

from __future__ import annotations

from collections.abc import Iterator

from specc.check.follow import DISTURBING, MOVING, activation_of, is_own, maker
from specc.check.plans import trained_models
from specc.diagnostics import Diagnostic, Related
from specc.diagnostics.codes import CONSTANT_SOFTMAX, DISTURBED_OUTPUT
from specc.program.graph import ModelGraph, Node
from specc.program.program import Program


def outputs_are_undisturbed(program: Program) -> Iterator[Diagnostic]:
    """No dropout or noise comes after what makes an output of a trained model."""
    for target in program.trains.values_of:
        for model in trained_models(program, target):
            for name, port in model.outputs.items():
                site = maker(program, model, port, lambda n: n.type_name in MOVING)
                if site.node.type_name not in DISTURBING:
                    continue
                what = site.node.type_name
                yield Diagnostic(
                    DISTURBED_OUTPUT,
                    f"`{what}` disturbs the output `{name}` itself in training, after all layers that could learn",
                    site.node.span,
                    related=(Related(program.place("train", target), "trained here"),),
                    help=(f"put `{what}` before the last layer with weights, or take it out",),
                )


def softmax_has_choices(program: Program) -> Iterator[Diagnostic]:
    """A softmax over one value is 1, whatever the value is."""
    for model in program.models.values():
        made = {port.node for port in model.outputs.values()}
        for node in model.nodes:
            # In the midst of a model a single value may be what a parameter or an input's size makes of it.
            answers = node.name in made or node.type_name not in ("Softmax", "softmax", "Activation")
            if answers and activation_of(node) == "softmax" and _is_single(node) and is_own(program, node.span):
                yield _constant(node, model)


def _is_single(node: Node) -> bool:
    shape = node.outputs[0].shape
    if not shape:
        return False
    axis = getattr(node.layer, "axis", -1)
    if not isinstance(axis, int) or not -len(shape) <= axis <= len(shape) or axis == 0:
        return False
    return shape[axis if axis < 0 else axis - 1] == 1


def _constant(node: Node, model: ModelGraph) -> Diagnostic:
    return Diagnostic(
        CONSTANT_SOFTMAX,
        "a softmax over one value is always 1",
        node.span,
        expected="an axis of at least 2",
        found=str(node.outputs[0]),
        help=("for a yes or no in one value, use `sigmoid`; for a choice, one value per class",),
    )
