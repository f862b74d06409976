"""Written by `python -m specc.build.stubs`."""

from specc.build.objects import Pruner, Size

class Hyperband(Pruner):
    """Gives many trials few epochs and the best ever more."""
    def __init__(self, reduction_factor: Size = 3) -> None: ...

class MedianPruner(Pruner):
    """Ends a trial that is worse than the median of the trials before at the same epoch."""
    def __init__(self, startup_trials: Size = 5, warmup_epochs: Size = 0) -> None: ...
