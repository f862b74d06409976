"""Written by `python -m specc.build.stubs`."""

from collections.abc import Sequence

from specc.build.objects import (
    Schedule,
    Size,
)

class CosineDecay(Schedule):
    """Falls along half a cosine: ``initial * ((1 - alpha) * (1 + cos(pi * s / decay_steps)) / 2 + alpha)``."""
    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: Size,
        alpha: float = 0.0,
        warmup_target: float | None = None,
        warmup_steps: Size = 0,
        *,
        name: str | None = None,
    ) -> None: ...

class CosineDecayRestarts(Schedule):
    """Cosine falls one after another, each ``t_mul`` times as long and ``m_mul`` times as high as the one before."""
    def __init__(
        self,
        initial_learning_rate: float,
        first_decay_steps: Size,
        t_mul: float = 2.0,
        m_mul: float = 1.0,
        alpha: float = 0.0,
        *,
        name: str | None = None,
    ) -> None: ...

class ExponentialDecay(Schedule):
    """Multiplies by a rate every so many steps: ``initial * decay_rate^(s / decay_steps)``."""
    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: Size,
        decay_rate: float,
        staircase: bool = False,
        *,
        name: str | None = None,
    ) -> None: ...

class InverseTimeDecay(Schedule):
    """Falls as one over time: ``initial / (1 + decay_rate * s / decay_steps)``."""
    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: Size,
        decay_rate: float,
        staircase: bool = False,
        *,
        name: str | None = None,
    ) -> None: ...

class PiecewiseConstantDecay(Schedule):
    """Constant between boundaries: ``values[i]`` up to and with step ``boundaries[i]``, then the last value."""
    def __init__(self, boundaries: Sequence[Size], values: Sequence[float], *, name: str | None = None) -> None: ...

class PolynomialDecay(Schedule):
    """Falls to an end value along a power: ``(initial - end) * (1 - s / decay_steps)^power + end``."""
    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: Size,
        end_learning_rate: float = 0.0001,
        power: float = 1.0,
        cycle: bool = False,
        *,
        name: str | None = None,
    ) -> None: ...
