"""Rules over the whole program, in one visible order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

from specc.check.losses import loss_fits_output, some_loss_counts
from specc.check.monitor import direction_is_right, metric_is_computed
from specc.check.outputs import outputs_are_undisturbed, softmax_has_choices
from specc.check.pixels import pixels_are_scaled, scaled_once
from specc.check.sharing import compared_inputs_share_layers
from specc.check.stacks import (
    activations_change_something,
    layers_do_not_collapse,
    normalization_is_frozen_with_its_layer,
)
from specc.check.targets import columns_fit_outputs, metrics_fit_targets
from specc.diagnostics import Diagnostic
from specc.program.program import Program

Rule: TypeAlias = Callable[[Program], Iterator[Diagnostic]]

RULES: Final[tuple[Rule, ...]] = (
    loss_fits_output,
    some_loss_counts,
    metric_is_computed,
    direction_is_right,
    columns_fit_outputs,
    metrics_fit_targets,
    outputs_are_undisturbed,
    softmax_has_choices,
    activations_change_something,
    layers_do_not_collapse,
    normalization_is_frozen_with_its_layer,
    scaled_once,
    pixels_are_scaled,
    compared_inputs_share_layers,
)


def check(program: Program) -> Iterator[Diagnostic]:
    """The findings of all rules."""
    for rule in RULES:
        yield from rule(program)
