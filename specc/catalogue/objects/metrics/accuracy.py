"""How often the predicted class is right, and cross-entropies as metrics. ``t`` is the target, ``y`` the output.

Source: https://keras.io/api/metrics/accuracy_metrics/ and https://keras.io/api/metrics/probabilistic_metrics/.
"""

from __future__ import annotations

from specc.catalogue.objects.metrics.base import Metric, axis, from_logits, label_smoothing
from specc.catalogue.params import Flag, Integer, Number, Optional, positive


class Accuracy(Metric):
    """Share of outputs that equal their targets: ``mean(t == y)``.

    For outputs that are class numbers already. The word ``accuracy`` means another one, that fits the output.
    """


class BinaryAccuracy(Metric):
    """Share of outputs on the target's side of a threshold: ``mean(t == (y > threshold))``."""

    threshold = Number(0.5, doc="outputs above count as yes")


class CategoricalAccuracy(Metric):
    """Share of examples whose largest output is the one-hot target's class: ``mean(argmax(t) == argmax(y))``."""

    targets = "one_hot"


class SparseCategoricalAccuracy(Metric):
    """Share of examples whose largest output is the target's class: ``mean(t == argmax(y))``."""

    targets = "classes"


class TopKCategoricalAccuracy(Metric):
    """Share of examples whose one-hot target's class is among the ``k`` largest outputs."""

    targets = "one_hot"

    k = positive(5, doc="number of outputs that are looked at")


class SparseTopKCategoricalAccuracy(Metric):
    """Share of examples whose target's class is among the ``k`` largest outputs."""

    targets = "classes"

    k = positive(5, doc="number of outputs that are looked at")
    from_sorted_ids = Flag(False, doc="whether outputs are class ids, the likeliest first, instead of scores")


class BinaryCrossentropy(Metric):
    """Cross-entropy of yes-or-no targets: ``mean(-t * log y - (1 - t) * log(1 - y))``."""

    direction = "down"

    from_logits = from_logits()
    label_smoothing = label_smoothing()


class CategoricalCrossentropy(Metric):
    """Cross-entropy of one-hot targets: ``-sum(t * log y)``."""

    targets = "one_hot"
    direction = "down"

    from_logits = from_logits()
    label_smoothing = label_smoothing()
    axis = axis()


class SparseCategoricalCrossentropy(Metric):
    """Cross-entropy of one class per example, given as its number: ``-log y[t]``."""

    targets = "classes"
    direction = "down"

    from_logits = from_logits()
    ignore_class = Optional(Integer(), doc="class id whose examples count nothing, such as the padding's")
    axis = axis()


class KLDivergence(Metric):
    """Kullback-Leibler divergence of two distributions: ``sum(t * log(t / y))``."""

    targets = "one_hot"
    direction = "down"
