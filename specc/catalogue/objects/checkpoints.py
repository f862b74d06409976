"""When a run is kept on disk, so that it can go on."""

from __future__ import annotations

from specc.catalogue.declare import Declaration
from specc.catalogue.params import Choice, Integer


class Checkpoint(Declaration):
    """Keeps all state of a run now and then: a run that ends early goes on from there, with the same result.

    By time a checkpoint is also as rare as it must be to take at most a twentieth of it. One is always kept before the
    first step of a training, at the end of the last one, and when a run is told to end.
    """

    kind = "checkpoint"

    every = Integer(60, minimum=1, doc="how much is done between two of them, in `unit`")
    unit = Choice("seconds", "steps", "epochs", default="seconds", doc="what `every` counts")
    keep = Integer(2, minimum=1, doc="how many of the newest are kept")
