"""Written by `python -m specc.build.stubs`."""

from collections.abc import Sequence

from specc.build.objects import (
    Filling,
)

class Fill(Filling):
    """Fills the missing values of input columns: with a number or text, or with what the training split says."""
    def __init__(self, value: float | str, columns: str | Sequence[str] | None = None) -> None: ...
