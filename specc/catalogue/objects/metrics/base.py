"""The form of a metric, and the arguments that several share."""

from __future__ import annotations

from typing import ClassVar, Literal

from specc.catalogue.declare import Declaration
from specc.catalogue.objects.losses import Targets
from specc.catalogue.params import Choice, Flag, Integer, Number, Optional, Text


class Metric(Declaration, abstract=True):
    """What is measured while a model trains or is evaluated.

    Class attributes: ``targets`` says what the data must give; ``direction`` whether more (``up``) or less (``down``)
    of it is better, None where neither is.
    """

    kind = "metric"
    targets: ClassVar[Targets] = "values"
    direction: ClassVar[Literal["up", "down"] | None] = "up"

    name = Optional(Text(), doc="name of the metric in reports")
    dtype = Optional(Choice("float16", "bfloat16", "float32", "float64"), doc="dtype it is computed in")


def axis(doc: str = "axis of the classes") -> Integer:
    """An axis, the last one unless another is named."""
    return Integer(-1, doc=doc)


def from_logits() -> Flag:
    return Flag(False, doc="whether outputs are logits instead of probabilities")


def label_smoothing() -> Number:
    return Number(0.0, low=0.0, high=1.0, doc="share of each target that is spread over all classes")
