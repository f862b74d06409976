"""Losses, with Keras's names, arguments and defaults. Formulas are per example; ``t`` is the target, ``y`` the output.

Sources: https://keras.io/api/losses/ and the papers that each loss names.
"""

from __future__ import annotations

from typing import ClassVar, Literal, TypeAlias

from specc.catalogue.declare import Declaration
from specc.catalogue.params import Choice, Flag, Integer, Number, Optional, Text, Tuple, fraction
from specc.program.dims import Dim

Targets: TypeAlias = Literal["classes", "one_hot", "values", "none"]
"""Integer class ids; one-hot rows or probabilities of classes; values of the output's shape; nothing."""


def _reduction() -> Choice:
    # Keras also takes none, a loss per example: that can't be trained on.
    return Choice(
        "sum_over_batch_size",
        "sum",
        "mean",
        "mean_with_sample_weight",
        default="sum_over_batch_size",
        doc="how the losses of a batch become one number",
    )


def _from_logits() -> Flag:
    return Flag(False, doc="whether outputs are logits instead of probabilities")


def _label_smoothing() -> Number:
    return fraction(0.0, doc="share of each target that is spread over all classes")


def _axis(doc: str = "axis of the classes") -> Integer:
    return Integer(-1, doc=doc)


def _axes() -> Optional[tuple[Dim, ...]]:
    return Optional(Tuple(Integer()), doc="axes that are summed over, 0 is the batch; none for all")


class Loss(Declaration, abstract=True):
    """What training makes small.

    Class attributes: ``targets`` says what the data must give; ``probabilities`` whether outputs are probabilities
    (unless the loss has ``from_logits`` and it is set).
    """

    kind = "loss"
    targets: ClassVar[Targets] = "values"
    probabilities: ClassVar[bool] = False

    reduction = _reduction()
    name = Optional(Text(), doc="name of the loss in reports")
    dtype = Optional(Choice("float16", "bfloat16", "float32", "float64"), doc="dtype it is computed in")


class SparseCategoricalCrossentropy(Loss):
    """Cross-entropy of one class per example, given as its number: ``-log y[t]``."""

    targets = "classes"
    probabilities = True

    from_logits = _from_logits()
    ignore_class = Optional(Integer(), doc="class id whose examples count nothing, such as the padding's")
    reduction = _reduction()
    axis = _axis()


class CategoricalCrossentropy(Loss):
    """Cross-entropy of one-hot targets: ``-sum(t * log y)``.

    Label smoothing: Szegedy et al. 2015, https://arxiv.org/abs/1512.00567.
    """

    targets = "one_hot"
    probabilities = True

    from_logits = _from_logits()
    label_smoothing = _label_smoothing()
    axis = _axis()


class BinaryCrossentropy(Loss):
    """Cross-entropy of yes-or-no targets: ``mean(-t * log y - (1 - t) * log(1 - y))``."""

    probabilities = True

    from_logits = _from_logits()
    label_smoothing = _label_smoothing()
    axis = _axis("axis that the mean is taken over")


class BinaryFocalCrossentropy(Loss):
    """Binary cross-entropy in which easy examples count less: ``mean(-(1 - p)^gamma * log p)``.

    ``p`` is the probability that the output gives the target.

    Lin et al. 2017, https://arxiv.org/abs/1708.02002.
    """

    probabilities = True

    apply_class_balancing = Flag(False, doc="whether yes counts `alpha` and no `1 - alpha`")
    alpha = fraction(0.25, doc="weight of yes when classes are balanced")
    gamma = Number(2.0, low=0.0, doc="how much less easy examples count, 0 for not at all")
    from_logits = _from_logits()
    label_smoothing = _label_smoothing()
    axis = _axis("axis that the mean is taken over")


class CategoricalFocalCrossentropy(Loss):
    """Cross-entropy in which easy examples count less: ``sum(alpha * (1 - y)^gamma * -t * log y)``.

    Lin et al. 2017, https://arxiv.org/abs/1708.02002.
    """

    targets = "one_hot"
    probabilities = True

    alpha = Number(0.25, low=0.0, doc="weight of every class")
    gamma = Number(2.0, low=0.0, doc="how much less easy examples count, 0 for not at all")
    from_logits = _from_logits()
    label_smoothing = _label_smoothing()
    axis = _axis()


class CategoricalGeneralizedCrossEntropy(Loss):
    """Cross-entropy that wrong labels disturb less: ``(1 - y[t]^q) / q``, with one class per example as its number.

    Near 0, ``q`` makes it a cross-entropy; near 1 a mean absolute error. Zhang and Sabuncu 2018,
    https://arxiv.org/abs/1805.07836.
    """

    targets = "classes"
    probabilities = True

    q = Number(0.5, low=0.0, high=1.0, open_low=True, open_high=True, doc="how little wrong labels disturb")
    reduction = _reduction()


class Dice(Loss):
    """How little two sets overlap, as those of the pixels of a mask: ``1 - 2 * sum(t * y) / (sum(t) + sum(y))``.

    Without ``axis`` the sums go over the whole batch. Sudre et al. 2017, https://arxiv.org/abs/1707.03237.
    """

    reduction = _reduction()
    axis = _axes()


class Tversky(Loss):
    """Dice loss in which the two kinds of errors count differently.

    ``1 - s / (s + alpha * sum((1 - y) * t) + beta * sum(y * (1 - t)))`` with ``s = sum(t * y)``, as Keras computes it.
    Salehi et al. 2017, https://arxiv.org/abs/1706.05721.
    """

    alpha = Number(0.5, low=0.0, doc="weight of what is missed")
    beta = Number(0.5, low=0.0, doc="weight of what is found and isn't there")
    reduction = _reduction()
    axis = _axes()


class KLDivergence(Loss):
    """Kullback-Leibler divergence of two distributions: ``sum(t * log(t / y))``."""

    targets = "one_hot"
    probabilities = True


class CategoricalHinge(Loss):
    """Margin between the right class and the best wrong one: ``max(0, 1 + max((1 - t) * y) - sum(t * y))``."""

    targets = "one_hot"


class MeanSquaredError(Loss):
    """Mean of the squared differences: ``mean((t - y)^2)``."""


class MeanAbsoluteError(Loss):
    """Mean of the absolute differences: ``mean(|t - y|)``."""


class MeanAbsolutePercentageError(Loss):
    """Mean of the differences in percent of the target: ``100 * mean(|(t - y) / t|)``."""


class MeanSquaredLogarithmicError(Loss):
    """Mean of the squared differences of logarithms: ``mean((log(1 + t) - log(1 + y))^2)``."""


class Huber(Loss):
    """Squared for small differences and linear for large ones, so that outliers count less.

    ``mean(e^2 / 2 if |e| <= delta else delta * |e| - delta^2 / 2)`` with ``e = t - y``.
    Huber 1964, https://doi.org/10.1214/aoms/1177703732.
    """

    delta = Number(1.0, low=0.0, open_low=True, doc="difference at which squared turns into linear")


class LogCosh(Loss):
    """Smooth mixture of squared and absolute differences: ``mean(log(cosh(y - t)))``."""


class Poisson(Loss):
    """Negative log-likelihood of counts, with outputs as rates: ``mean(y - t * log y)``."""


class Hinge(Loss):
    """Margin of targets -1 and 1 (0 counts as -1): ``mean(max(1 - t * y, 0))``."""


class SquaredHinge(Loss):
    """Squared margin of targets -1 and 1 (0 counts as -1): ``mean(max(1 - t * y, 0)^2)``."""


class CosineSimilarity(Loss):
    """Negative cosine of the angle between two vectors: ``-sum(t / |t| * y / |y|)``."""

    axis = _axis("axis of the vectors' components")


class AddLoss(Loss):
    """The output itself is the loss, and needs no target: ``mean(y)``, as Keras's ``Layer.add_loss`` adds.

    For terms that a model computes of its own values, such as the divergence of a variational autoencoder.
    """

    targets = "none"
