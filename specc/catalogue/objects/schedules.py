"""Learning rates that change with the training step ``s``, with Keras's names, arguments and defaults.

Source: https://keras.io/api/optimizers/learning_rate_schedules/.
"""

from __future__ import annotations

from itertools import pairwise

from specc.catalogue.declare import Declaration, Refusal, show_value
from specc.catalogue.params import Flag, Integer, Number, Optional, Text, Tuple, fraction, positive
from specc.diagnostics.codes import CONFLICTING_ARGUMENTS


class Schedule(Declaration, abstract=True):
    """A learning rate that changes with the training step."""

    kind = "schedule"

    name = Optional(Text(), doc="name of the schedule")


def _initial() -> Number:
    return Number(low=0.0, doc="learning rate of the first step")


class ExponentialDecay(Schedule):
    """Multiplies by a rate every so many steps: ``initial * decay_rate^(s / decay_steps)``."""

    initial_learning_rate = _initial()
    decay_steps = positive(doc="steps after which the rate was applied once")
    decay_rate = Number(low=0.0, open_low=True, doc="factor per `decay_steps`")
    staircase = Flag(False, doc="whether it changes only every `decay_steps`")


class InverseTimeDecay(Schedule):
    """Falls as one over time: ``initial / (1 + decay_rate * s / decay_steps)``."""

    initial_learning_rate = _initial()
    decay_steps = positive(doc="unit of time, in steps")
    decay_rate = Number(low=0.0, doc="how fast it falls")
    staircase = Flag(False, doc="whether it changes only every `decay_steps`")


class PiecewiseConstantDecay(Schedule):
    """Constant between boundaries: ``values[i]`` up to and with step ``boundaries[i]``, then the last value."""

    boundaries = Tuple(Integer(minimum=0), at_least=1, doc="steps at which the value changes, rising")
    values = Tuple(Number(low=0.0), at_least=2, doc="learning rates, one more than boundaries")

    def check(self) -> None:
        if len(self.values) != len(self.boundaries) + 1:
            raise Refusal(
                CONFLICTING_ARGUMENTS,
                "`values` must be one more than `boundaries`",
                expected=f"{len(self.boundaries) + 1} values",
                found=f"{len(self.values)}",
                argument="values",
            )
        steps = [b for b in self.boundaries if isinstance(b, int)]
        if any(later <= earlier for earlier, later in pairwise(steps)):
            raise Refusal(
                CONFLICTING_ARGUMENTS,
                "`boundaries` must rise",
                found=show_value(self.boundaries),
                argument="boundaries",
            )


class PolynomialDecay(Schedule):
    """Falls to an end value along a power: ``(initial - end) * (1 - s / decay_steps)^power + end``."""

    initial_learning_rate = _initial()
    decay_steps = positive(doc="steps until the end value")
    end_learning_rate = Number(0.0001, low=0.0, doc="learning rate from then on")
    power = Number(1.0, low=0.0, open_low=True, doc="form of the fall, 1 for a straight line")
    cycle = Flag(False, doc="whether it starts again each time the end is reached, more slowly")


class CosineDecay(Schedule):
    """Falls along half a cosine: ``initial * ((1 - alpha) * (1 + cos(pi * s / decay_steps)) / 2 + alpha)``.

    With a warm-up it first rises linearly to ``warmup_target`` and falls from there.
    Loshchilov and Hutter 2016, https://arxiv.org/abs/1608.03983.
    """

    initial_learning_rate = _initial()
    decay_steps = positive(doc="steps of the fall, the warm-up not counted")
    alpha = fraction(0.0, doc="what is left at the end, as a fraction of where the fall starts")
    warmup_target = Optional(
        Number(low=0.0, open_low=True), doc="learning rate at the end of the warm-up, none for no warm-up"
    )
    warmup_steps = Integer(0, minimum=0, doc="steps of the warm-up")

    def check(self) -> None:
        if (self.warmup_target is None) != (self.warmup_steps == 0):
            given, missing = (
                ("warmup_steps", "warmup_target") if self.warmup_target is None else ("warmup_target", "warmup_steps")
            )
            raise Refusal(CONFLICTING_ARGUMENTS, f"`{given}` has no effect without `{missing}`", argument=given)


class CosineDecayRestarts(Schedule):
    """Cosine falls one after another, each ``t_mul`` times as long and ``m_mul`` times as high as the one before.

    Loshchilov and Hutter 2016 (SGDR), https://arxiv.org/abs/1608.03983.
    """

    initial_learning_rate = _initial()
    first_decay_steps = positive(doc="steps of the first fall")
    t_mul = Number(2.0, low=1.0, doc="how many times longer each fall is")
    m_mul = Number(1.0, low=0.0, open_low=True, doc="how many times higher each fall starts")
    alpha = fraction(0.0, doc="what is left at the end of a fall, as a fraction of where it starts")
