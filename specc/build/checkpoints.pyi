"""Written by `python -m specc.build.stubs`."""

from typing import Literal

from specc.build.objects import Keeper, Size

class Checkpoint(Keeper):
    """Keeps all state of a run now and then: a run that ends early goes on from there, with the same result."""
    def __init__(
        self, every: Size = 60, unit: Literal["seconds", "steps", "epochs"] = "seconds", keep: Size = 2
    ) -> None: ...
