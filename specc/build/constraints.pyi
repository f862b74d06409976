"""Written by `python -m specc.build.stubs`."""

from collections.abc import Sequence

from specc.build.objects import (
    Constraint,
    Size,
)

class MaxNorm(Constraint):
    """Shortens weight vectors that are longer than ``max_value``: ``w * min(1, max_value / |w|)``."""
    def __init__(self, max_value: float = 2.0, axis: Size | Sequence[Size] = 0) -> None: ...

class MinMaxNorm(Constraint):
    """Draws the norm of weight vectors into an interval: ``|w|`` becomes ``(1 - rate) * |w| + rate * clip(|w|)``."""
    def __init__(
        self, min_value: float = 0.0, max_value: float = 1.0, rate: float = 1.0, axis: Size | Sequence[Size] = 0
    ) -> None: ...

class NonNeg(Constraint):
    """Sets negative weights to zero: ``max(w, 0)``."""
    def __init__(self) -> None: ...

class UnitNorm(Constraint):
    """Scales weight vectors to length 1: ``w / |w|``."""
    def __init__(self, axis: Size | Sequence[Size] = 0) -> None: ...
