"""Counts of right and wrong yes-or-no decisions, and what is made of them.

``TP``, ``FP``, ``TN`` and ``FN`` are the true and false, positive and negative decisions.
Source: https://keras.io/api/metrics/classification_metrics/.
"""

from __future__ import annotations

from typing import Any

from specc.catalogue.declare import Refusal
from specc.catalogue.objects.metrics.base import Metric, from_logits
from specc.catalogue.params import Choice, Either, Flag, Integer, Number, Optional, Tuple, fraction, positive
from specc.diagnostics.codes import CONFLICTING_ARGUMENTS
from specc.program.dims import Dim


def _thresholds() -> Optional[Any]:
    return Optional(
        Either(fraction(), Tuple(fraction(), at_least=1)),
        doc="outputs above count as yes, a list for a value per threshold, none for 0.5",
    )


def _class_id() -> Optional[Dim]:
    return Optional(Integer(minimum=0), doc="the one class that is looked at, none for all")


def _average() -> Optional[str]:
    return Optional(
        Choice("micro", "macro", "weighted"), doc="how classes become one number, none for one number per class"
    )


def _threshold() -> Optional[float]:
    return Optional(
        Number(low=0.0, high=1.0, open_low=True), doc="outputs above count as yes, none for the largest output"
    )


class TruePositives(Metric):
    """Number of yes that are right, ``TP``."""

    direction = None

    thresholds = _thresholds()


class TrueNegatives(Metric):
    """Number of no that are right, ``TN``."""

    direction = None

    thresholds = _thresholds()


class FalsePositives(Metric):
    """Number of yes that are wrong, ``FP``."""

    direction = None

    thresholds = _thresholds()


class FalseNegatives(Metric):
    """Number of no that are wrong, ``FN``."""

    direction = None

    thresholds = _thresholds()


class Precision(Metric):
    """Share of yes that are right: ``TP / (TP + FP)``."""

    thresholds = _thresholds()
    top_k = Optional(positive(), doc="only an example's largest outputs count as yes")
    class_id = _class_id()


class Recall(Metric):
    """Share of what is yes that was found: ``TP / (TP + FN)``."""

    thresholds = _thresholds()
    top_k = Optional(positive(), doc="only an example's largest outputs count as yes")
    class_id = _class_id()


class F1Score(Metric):
    """Harmonic mean of precision and recall: ``2 * P * R / (P + R)``; a number per class unless averaged."""

    targets = "one_hot"

    average = _average()
    threshold = _threshold()


class FBetaScore(Metric):
    """Mean of precision and recall that leans to recall by ``beta``: ``(1 + beta^2) * P * R / (beta^2 * P + R)``."""

    targets = "one_hot"

    average = _average()
    beta = Number(1.0, low=0.0, open_low=True, doc="how much more recall counts than precision")
    threshold = _threshold()


class AUC(Metric):
    """Area under a curve over all thresholds: how well outputs rank yes above no.

    The curves: ``ROC`` is recall over ``FP / (FP + TN)``, ``PR`` precision over recall, ``PRGAIN`` the gains of both.
    """

    num_thresholds = Integer(200, minimum=2, doc="number of points of the curve")
    curve = Choice("ROC", "PR", "PRGAIN", default="ROC", doc="which curve")
    summation_method = Choice(
        "interpolation", "majoring", "minoring", default="interpolation", doc="how the area is summed"
    )
    thresholds = Optional(Tuple(fraction(), at_least=1), doc="the points themselves, none for evenly spread ones")
    multi_label = Flag(False, doc="whether each class has a curve of its own and the areas are averaged")
    num_labels = Optional(positive(), doc="number of classes, if `multi_label`")
    label_weights = Optional(Tuple(Number(low=0.0), at_least=1), doc="weights of the classes, if `multi_label`")
    from_logits = from_logits()

    def check(self) -> None:
        for name in ("num_labels", "label_weights"):
            if name in self.given and not self.multi_label:
                raise Refusal(
                    CONFLICTING_ARGUMENTS, f"`{name}` has no effect without `multi_label=true`", argument=name
                )
        if "thresholds" in self.given and "num_thresholds" in self.given:
            raise Refusal(
                CONFLICTING_ARGUMENTS,
                "`num_thresholds` has no effect when `thresholds` are given",
                argument="num_thresholds",
            )


class PrecisionAtRecall(Metric):
    """Best precision among the thresholds at which recall is at least ``recall``."""

    recall = fraction(doc="the recall to be reached")
    num_thresholds = positive(200, doc="number of thresholds that are tried")
    class_id = _class_id()


class RecallAtPrecision(Metric):
    """Best recall among the thresholds at which precision is at least ``precision``."""

    precision = fraction(doc="the precision to be reached")
    num_thresholds = positive(200, doc="number of thresholds that are tried")
    class_id = _class_id()


class SensitivityAtSpecificity(Metric):
    """Best sensitivity ``TP / (TP + FN)`` where the specificity ``TN / (TN + FP)`` is at least ``specificity``."""

    specificity = fraction(doc="the specificity to be reached")
    num_thresholds = positive(200, doc="number of thresholds that are tried")
    class_id = _class_id()


class SpecificityAtSensitivity(Metric):
    """Best specificity ``TN / (TN + FP)`` where the sensitivity ``TP / (TP + FN)`` is at least ``sensitivity``."""

    sensitivity = fraction(doc="the sensitivity to be reached")
    num_thresholds = positive(200, doc="number of thresholds that are tried")
    class_id = _class_id()
