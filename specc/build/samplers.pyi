"""Written by `python -m specc.build.stubs`."""

from specc.build.objects import Sampler

class Bootstrap(Sampler):
    """Draws examples with replacement, anew for each member: with `SoftVote`, bagging."""
    def __init__(self, fraction: float = 1.0) -> None: ...
