"""Rules over the whole program, in one visible order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

from specc.check.augmentation import (
    augmentation_learns_nothing,
    crops_are_for_training,
    mixing_mixes_targets,
    xla_compiles_layers,
)
from specc.check.data import data_fit_model, targets_are_no_inputs
from specc.check.learning import layers_can_learn
from specc.check.losses import class_weights_fit, loss_fits_output, some_loss_counts, stacking_fits_loss
from specc.check.mixed import policies_suit_layers
from specc.check.monitor import callbacks_stand_in_their_settings, direction_is_right, metric_is_computed
from specc.check.outputs import outputs_are_undisturbed, softmax_has_choices
from specc.check.phases import phases_are_right
from specc.check.pixels import pixels_are_scaled, scaled_once
from specc.check.preprocessing import published_weights_see_their_pixels
from specc.check.sharing import compared_inputs_share_layers
from specc.check.stacks import (
    activations_change_something,
    layers_do_not_collapse,
    normalization_is_frozen_with_its_layer,
)
from specc.check.targets import columns_fit_outputs, metrics_fit_targets
from specc.check.tuning import tuned_is_trained
from specc.check.weighing import sample_weights_fit, weighted_metrics_can_weigh
from specc.check.weights import weights_fit
from specc.diagnostics import Diagnostic
from specc.program.program import Program

Rule: TypeAlias = Callable[[Program], Iterator[Diagnostic]]

RULES: Final[tuple[Rule, ...]] = (
    loss_fits_output,
    stacking_fits_loss,
    some_loss_counts,
    class_weights_fit,
    sample_weights_fit,
    metric_is_computed,
    direction_is_right,
    callbacks_stand_in_their_settings,
    phases_are_right,
    data_fit_model,
    targets_are_no_inputs,
    columns_fit_outputs,
    metrics_fit_targets,
    weighted_metrics_can_weigh,
    outputs_are_undisturbed,
    softmax_has_choices,
    activations_change_something,
    layers_do_not_collapse,
    normalization_is_frozen_with_its_layer,
    scaled_once,
    pixels_are_scaled,
    compared_inputs_share_layers,
    augmentation_learns_nothing,
    mixing_mixes_targets,
    crops_are_for_training,
    layers_can_learn,
    weights_fit,
    published_weights_see_their_pixels,
    xla_compiles_layers,
    policies_suit_layers,
    tuned_is_trained,
)


def check(program: Program) -> Iterator[Diagnostic]:
    """The findings of all rules."""
    for rule in RULES:
        yield from rule(program)
