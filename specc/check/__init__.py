"""Rules over the whole program, in one visible order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

from specc.check.losses import loss_fits_output, some_loss_counts
from specc.check.monitor import direction_is_right, metric_is_computed
from specc.diagnostics import Diagnostic
from specc.program.program import Program

Rule: TypeAlias = Callable[[Program], Iterator[Diagnostic]]

RULES: Final[tuple[Rule, ...]] = (
    loss_fits_output,
    some_loss_counts,
    metric_is_computed,
    direction_is_right,
)


def check(program: Program) -> Iterator[Diagnostic]:
    """The findings of all rules."""
    for rule in RULES:
        yield from rule(program)
