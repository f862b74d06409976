"""Written by `python -m specc.build.stubs`."""

from typing import Literal

from specc.build.objects import Regularizer

class L1(Regularizer):
    """Penalty on absolute values: ``l1 * sum(|w|)``."""
    def __init__(self, l1: float = 0.01) -> None: ...

class L1L2(Regularizer):
    """Penalty on absolute values and squares: ``l1 * sum(|w|) + l2 * sum(w^2)``."""
    def __init__(self, l1: float = 0.0, l2: float = 0.0) -> None: ...

class L2(Regularizer):
    """Penalty on squares: ``l2 * sum(w^2)``."""
    def __init__(self, l2: float = 0.01) -> None: ...

class OrthogonalRegularizer(Regularizer):
    """Penalty on a matrix's rows or columns that aren't orthogonal: ``factor * mean(|cos|)`` over all pairs."""
    def __init__(self, factor: float = 0.01, mode: Literal["rows", "columns"] = "rows") -> None: ...
