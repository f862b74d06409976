"""Projections of weights after each training step, with Keras's names, arguments and defaults.

Source: https://keras.io/api/layers/constraints/.
"""

from __future__ import annotations

from specc.catalogue.declare import Declaration, Refusal
from specc.catalogue.params import Either, Integer, Number, Tuple, fraction
from specc.diagnostics.codes import CONFLICTING_ARGUMENTS


class Constraint(Declaration, abstract=True):
    """A projection of weights after each training step."""

    kind = "constraint"


def _axis() -> Either:
    return Either(
        Integer(),
        Tuple(Integer(), at_least=1),
        default=0,
        doc="axis or axes that norms are taken along: 0 for a dense kernel, [0, 1, 2] for a 2D convolution",
    )


class MaxNorm(Constraint):
    """Shortens weight vectors that are longer than ``max_value``: ``w * min(1, max_value / |w|)``.

    Srivastava et al. 2014, https://jmlr.org/papers/v15/srivastava14a.html.
    """

    aliases = ("max_norm",)

    max_value = Number(2.0, low=0.0, doc="longest norm")
    axis = _axis()


class MinMaxNorm(Constraint):
    """Draws the norm of weight vectors into an interval: ``|w|`` becomes ``(1 - rate) * |w| + rate * clip(|w|)``."""

    aliases = ("min_max_norm",)

    min_value = Number(0.0, low=0.0, doc="shortest norm")
    max_value = Number(1.0, low=0.0, doc="longest norm")
    rate = fraction(1.0, doc="how much of the way is gone at each step, 1 for all")
    axis = _axis()

    def check(self) -> None:
        if self.min_value > self.max_value:
            raise Refusal(
                CONFLICTING_ARGUMENTS,
                "`min_value` must be at most `max_value`",
                expected=f"at most {self.max_value:g}",
                found=f"{self.min_value:g}",
                argument="min_value",
            )


class NonNeg(Constraint):
    """Sets negative weights to zero: ``max(w, 0)``."""

    aliases = ("non_neg",)


class UnitNorm(Constraint):
    """Scales weight vectors to length 1: ``w / |w|``."""

    aliases = ("unit_norm",)

    axis = _axis()
