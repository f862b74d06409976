"""How far outputs are from numbers. ``t`` is the target, ``y`` the output.

Source: https://keras.io/api/metrics/regression_metrics/ and https://keras.io/api/metrics/hinge_metrics/.
"""

from __future__ import annotations

from specc.catalogue.objects.metrics.base import Metric, axis
from specc.catalogue.params import Choice, Integer, Optional


class MeanSquaredError(Metric):
    """Mean of the squared differences: ``mean((t - y)^2)``."""

    direction = "down"


class RootMeanSquaredError(Metric):
    """Root of the mean of the squared differences: ``sqrt(mean((t - y)^2))``."""

    direction = "down"


class MeanAbsoluteError(Metric):
    """Mean of the absolute differences: ``mean(|t - y|)``."""

    direction = "down"


class MeanAbsolutePercentageError(Metric):
    """Mean of the differences in percent of the target: ``100 * mean(|(t - y) / t|)``."""

    direction = "down"


class MeanSquaredLogarithmicError(Metric):
    """Mean of the squared differences of logarithms: ``mean((log(1 + t) - log(1 + y))^2)``."""

    direction = "down"


class LogCoshError(Metric):
    """Smooth mixture of squared and absolute differences: ``mean(log(cosh(y - t)))``."""

    direction = "down"


class Poisson(Metric):
    """Negative log-likelihood of counts, with outputs as rates: ``mean(y - t * log y)``."""

    direction = "down"


class Hinge(Metric):
    """Margin of targets -1 and 1 (0 counts as -1): ``mean(max(1 - t * y, 0))``."""

    direction = "down"


class SquaredHinge(Metric):
    """Squared margin of targets -1 and 1 (0 counts as -1): ``mean(max(1 - t * y, 0)^2)``."""

    direction = "down"


class CategoricalHinge(Metric):
    """Margin between the right class and the best wrong one: ``max(0, 1 + max((1 - t) * y) - sum(t * y))``."""

    targets = "one_hot"
    direction = "down"


class R2Score(Metric):
    """Share of the targets' variance that outputs explain: ``1 - sum((t - y)^2) / sum((t - mean(t))^2)``."""

    class_aggregation = Optional(
        Choice("uniform_average", "variance_weighted_average"),
        "uniform_average",
        doc="how the scores of several outputs become one, none for one score per output",
    )
    num_regressors = Integer(0, minimum=0, doc="number of inputs, for the adjusted score; 0 for the plain one")


class CosineSimilarity(Metric):
    """Cosine of the angle between two vectors: ``sum(t / |t| * y / |y|)``."""

    axis = axis("axis of the vectors' components")


class PearsonCorrelation(Metric):
    """Pearson's correlation: ``cov(t, y) / (std(t) * std(y))``."""

    axis = axis("axis that is correlated over")


class ConcordanceCorrelation(Metric):
    """Correlation that also counts bias: ``2 * cov(t, y) / (var(t) + var(y) + (mean(t) - mean(y))^2)``.

    Lin 1989, https://doi.org/10.2307/2532051.
    """

    axis = axis("axis that is correlated over")
