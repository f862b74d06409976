"""Written by `python -m specc.build.stubs`."""

from collections.abc import Sequence

from specc.build.objects import (
    Optimizer,
    Schedule,
    Size,
    Stage,
)

class Phase(Stage):
    """A part of a training, with layers that it freezes or lets learn again, and a learning rate of its own."""
    def __init__(
        self,
        freeze: str | Sequence[str] | None = None,
        unfreeze: str | Sequence[str] | None = None,
        learning_rate: float | Schedule | None = None,
        epochs: Size = 1,
        optimizer: Optimizer | None = None,
    ) -> None: ...
