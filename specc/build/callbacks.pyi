"""Written by `python -m specc.build.stubs`."""

from collections.abc import Sequence
from typing import Literal

from specc.build.objects import (
    Callback,
    Size,
)

class EarlyStopping(Callback):
    """Stops a training whose monitored value no longer gets better."""
    def __init__(
        self,
        monitor: str = "val_loss",
        min_delta: float = 0.0,
        patience: Size = 0,
        mode: Literal["auto", "min", "max"] = "auto",
        baseline: float | None = None,
        restore_best_weights: bool = True,
        start_from_epoch: Size = 0,
    ) -> None: ...

class ReduceLROnPlateau(Callback):
    """Lowers the learning rate of a training whose monitored value no longer gets better."""
    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: Size = 10,
        mode: Literal["auto", "min", "max"] = "auto",
        min_delta: float = 0.0001,
        cooldown: Size = 0,
        min_lr: float = 0.0,
    ) -> None: ...

class TensorBoard(Callback):
    """What a run writes for TensorBoard besides losses and metrics by epoch."""
    def __init__(
        self,
        histogram_freq: Size = 0,
        write_graph: bool = True,
        update_freq: Literal["batch", "epoch"] | Size = "epoch",
        profile_batch: Size | Sequence[Size] = 0,
    ) -> None: ...
