"""Written by `python -m specc.build.stubs`."""

from collections.abc import Sequence

from specc.build.objects import (
    Combiner,
    Size,
)
from specc.build.values import Layer, ManyLayer

class HardVote(Combiner):
    """Each member votes for its most probable class; the answer is the share of votes of each class."""
    def __init__(self) -> None: ...

class Mean(Combiner):
    """The mean of the members' values, for regression."""
    def __init__(self, weights: Sequence[float] | None = None) -> None: ...

class SoftVote(Combiner):
    """The mean of the members' class probabilities; the class with the highest mean wins."""
    def __init__(self, weights: Sequence[float] | None = None) -> None: ...

class Stack(Combiner):
    """A layer learns to combine the members' answers, from predictions on examples that they were not trained on."""
    def __init__(self, layer: Layer | ManyLayer, folds: Size = 5) -> None: ...
