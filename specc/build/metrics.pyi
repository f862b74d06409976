"""Written by `python -m specc.build.stubs`."""

from collections.abc import Sequence
from typing import Literal

from specc.build.objects import (
    Metric,
    Size,
)

class AUC(Metric):
    """Area under a curve over all thresholds: how well outputs rank yes above no."""
    def __init__(
        self,
        num_thresholds: Size = 200,
        curve: Literal["ROC", "PR", "PRGAIN"] = "ROC",
        summation_method: Literal["interpolation", "majoring", "minoring"] = "interpolation",
        thresholds: Sequence[float] | None = None,
        multi_label: bool = False,
        num_labels: Size | None = None,
        label_weights: Sequence[float] | None = None,
        from_logits: bool = False,
        *,
        name: str | None = None,
        dtype: Literal["float16", "bfloat16", "float32", "float64"] | None = None,
    ) -> None: ...

class Accuracy(Metric):
    """Share of outputs that equal their targets: ``mean(t == y)``."""
    def __init__(
        self, *, name: str | None = None, dtype: Literal["float16", "bfloat16", "float32", "float64"] | None = None
    ) -> None: ...

class BinaryAccuracy(Metric):
    """Share of outputs on the target's side of a threshold: ``mean(t == (y > threshold))``."""
    def __init__(
        self,
        threshold: float = 0.5,
        *,
        name: str | None = None,
        dtype: Literal["float16", "bfloat16", "float32", "float64"] | None = None,
    ) -> None: ...

class BinaryCrossentropy(Metric):
    """Cross-entropy of yes-or-no targets: ``mean(-t * log y - (1 - t) * log(1 - y))``."""
    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        *,
        name: str | None = None,
        dtype: Literal["float16", "bfloat16", "float32", "float64"] | None = None,
    ) -> None: ...

class BinaryIoU(Metric):
    """Mean overlap of no (class 0) and yes (class 1), with outputs above ``threshold`` as yes."""
    def __init__(
        self,
        target_class_ids: Sequence[Size] = (0, 1),
        threshold: float = 0.5,
        *,
        name: str | None = None,
        dtype: Literal["float16", "bfloat16", "float32", "float64"] | None = None,
    ) -> None: ...

class CategoricalAccuracy(Metric):
    """Share of examples whose largest output is the one-hot target's class: ``mean(argmax(t) == argmax(y))``."""
    def __init__(
        self, *, name: str | None = None, dtype: Literal["float16", "bfloat16", "float32", "float64"] | None = None
    ) -> None: ...

class CategoricalCrossentropy(Metric):
    """Cross-entropy of one-hot targets: ``-sum(t * log y)``."""
    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: Size = -1,
        *,
        name: str | None = None,
        dtype: Literal["float16", "bfloat16", "float32", "float64"] | None = None,
    ) -> None: ...

class CategoricalHinge(Metric):
    """Margin between the right class and the best wrong one: ``max(0, 1 + max((1 - t) * y) - sum(t * y))``."""
    def __init__(
        self, *, name: str | None = None, dtype: Literal["float16", "bfloat16", "float32", "float64"] | None = None
    ) -> None: ...

class ConcordanceCorrelation(Metric):
    """Correlation that also counts bias: ``2 * cov(t, y) / (var(t) + var(y) + (mean(t) - mean(y))^2)``."""
    def __init__(
        self,
        axis: Size = -1,
        *,
        name: str | None = None,
        dtype: Literal["float16", "bfloat16", "float32", "float64"] | None = None,
    ) -> None: ...

class CosineSimilarity(Metric):
    """Cosine of the angle between two vectors: ``sum(t / |t| * y / |y|)``."""
    def __init__(
        self,
        axis: Size = -1,
        *,
        name: str | None = None,
        dtype: Literal["float16", "bfloat16", "float32", "float64"] | None = None,
    ) -> None: ...

class F1Score(Metric):
    """Harmonic mean of precision and recall: ``2 * P * R / (P + R)``; a number per class unless averaged."""
    def __init__(
        self,
        average: Literal["micro", "macro", "weighted"] | None = None,
        threshold: float | None = None,
        *,
        name: str | None = None,
        dtype: Literal["float16", "bfloat16", "float32", "float64"] | None = None,
    ) -> None: ...

class FBetaScore(Metric):
    """Mean of precision and recall that leans to recall by ``beta``: ``(1 + beta^2) * P * R / (beta^2 * P + R)``."""
    def __init__(
        self,
        average: Literal["micro", "macro", "weighted"] | None = None,
        beta: float = 1.0,
        threshold: float | None = None,
        *,
        name: str | None = None,
        dtype: Literal["float16", "bfloat16", "float32", "float64"] | None = None,
    ) -> None: ...

class FalseNegatives(Metric):
    """Number of no that are wrong, ``FN``."""
    def __init__(
        self,
        thresholds: float | Sequence[float] | None = None,
        *,
        name: str | None = None,
        dtype: Literal["float16", "bfloat16", "float32", "float64"] | None = None,
    ) -> None: ...

class FalsePositives(Metric):
    """Number of yes that are wrong, ``FP``."""
    def __init__(
        self,
        thresholds: float | Sequence[float] | None = None,
        *,
        name: str | None = None,
        dtype: Literal["float16", "bfloat16", "float32", "float64"] | None = None,
    ) -> None: ...

class Hinge(Metric):
    """Margin of targets -1 and 1 (0 counts as -1): ``mean(max(1 - t * y, 0))``."""
    def __init__(
        self, *, name: str | None = None, dtype: Literal["float16", "bfloat16", "float32", "float64"] | None = None
    ) -> None: ...

class IoU(Metric):
    """Mean overlap of some classes: ``mean(TP / (TP + FP + FN))``."""
    def __init__(
        self,
        num_classes: Size,
        target_class_ids: Sequence[Size],
        ignore_class: Size | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: Size = -1,
        *,
        name: str | None = None,
        dtype: Literal["float16", "bfloat16", "float32", "float64"] | None = None,
    ) -> None: ...

class KLDivergence(Metric):
    """Kullback-Leibler divergence of two distributions: ``sum(t * log(t / y))``."""
    def __init__(
        self, *, name: str | None = None, dtype: Literal["float16", "bfloat16", "float32", "float64"] | None = None
    ) -> None: ...

class LogCoshError(Metric):
    """Smooth mixture of squared and absolute differences: ``mean(log(cosh(y - t)))``."""
    def __init__(
        self, *, name: str | None = None, dtype: Literal["float16", "bfloat16", "float32", "float64"] | None = None
    ) -> None: ...

class MeanAbsoluteError(Metric):
    """Mean of the absolute differences: ``mean(|t - y|)``."""
    def __init__(
        self, *, name: str | None = None, dtype: Literal["float16", "bfloat16", "float32", "float64"] | None = None
    ) -> None: ...

class MeanAbsolutePercentageError(Metric):
    """Mean of the differences in percent of the target: ``100 * mean(|(t - y) / t|)``."""
    def __init__(
        self, *, name: str | None = None, dtype: Literal["float16", "bfloat16", "float32", "float64"] | None = None
    ) -> None: ...

class MeanIoU(Metric):
    """Mean overlap of all classes: ``mean(TP / (TP + FP + FN))``."""
    def __init__(
        self,
        num_classes: Size,
        ignore_class: Size | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: Size = -1,
        *,
        name: str | None = None,
        dtype: Literal["float16", "bfloat16", "float32", "float64"] | None = None,
    ) -> None: ...

class MeanSquaredError(Metric):
    """Mean of the squared differences: ``mean((t - y)^2)``."""
    def __init__(
        self, *, name: str | None = None, dtype: Literal["float16", "bfloat16", "float32", "float64"] | None = None
    ) -> None: ...

class MeanSquaredLogarithmicError(Metric):
    """Mean of the squared differences of logarithms: ``mean((log(1 + t) - log(1 + y))^2)``."""
    def __init__(
        self, *, name: str | None = None, dtype: Literal["float16", "bfloat16", "float32", "float64"] | None = None
    ) -> None: ...

class OneHotIoU(Metric):
    """Mean overlap of some classes, for one-hot targets."""
    def __init__(
        self,
        num_classes: Size,
        target_class_ids: Sequence[Size],
        ignore_class: Size | None = None,
        sparse_y_pred: bool = False,
        axis: Size = -1,
        *,
        name: str | None = None,
        dtype: Literal["float16", "bfloat16", "float32", "float64"] | None = None,
    ) -> None: ...

class OneHotMeanIoU(Metric):
    """Mean overlap of all classes, for one-hot targets."""
    def __init__(
        self,
        num_classes: Size,
        ignore_class: Size | None = None,
        sparse_y_pred: bool = False,
        axis: Size = -1,
        *,
        name: str | None = None,
        dtype: Literal["float16", "bfloat16", "float32", "float64"] | None = None,
    ) -> None: ...

class PearsonCorrelation(Metric):
    """Pearson's correlation: ``cov(t, y) / (std(t) * std(y))``."""
    def __init__(
        self,
        axis: Size = -1,
        *,
        name: str | None = None,
        dtype: Literal["float16", "bfloat16", "float32", "float64"] | None = None,
    ) -> None: ...

class Poisson(Metric):
    """Negative log-likelihood of counts, with outputs as rates: ``mean(y - t * log y)``."""
    def __init__(
        self, *, name: str | None = None, dtype: Literal["float16", "bfloat16", "float32", "float64"] | None = None
    ) -> None: ...

class Precision(Metric):
    """Share of yes that are right: ``TP / (TP + FP)``."""
    def __init__(
        self,
        thresholds: float | Sequence[float] | None = None,
        top_k: Size | None = None,
        class_id: Size | None = None,
        *,
        name: str | None = None,
        dtype: Literal["float16", "bfloat16", "float32", "float64"] | None = None,
    ) -> None: ...

class PrecisionAtRecall(Metric):
    """Best precision among the thresholds at which recall is at least ``recall``."""
    def __init__(
        self,
        recall: float,
        num_thresholds: Size = 200,
        class_id: Size | None = None,
        *,
        name: str | None = None,
        dtype: Literal["float16", "bfloat16", "float32", "float64"] | None = None,
    ) -> None: ...

class R2Score(Metric):
    """Share of the targets' variance that outputs explain: ``1 - sum((t - y)^2) / sum((t - mean(t))^2)``."""
    def __init__(
        self,
        class_aggregation: Literal["uniform_average", "variance_weighted_average"] | None = "uniform_average",
        num_regressors: Size = 0,
        *,
        name: str | None = None,
        dtype: Literal["float16", "bfloat16", "float32", "float64"] | None = None,
    ) -> None: ...

class Recall(Metric):
    """Share of what is yes that was found: ``TP / (TP + FN)``."""
    def __init__(
        self,
        thresholds: float | Sequence[float] | None = None,
        top_k: Size | None = None,
        class_id: Size | None = None,
        *,
        name: str | None = None,
        dtype: Literal["float16", "bfloat16", "float32", "float64"] | None = None,
    ) -> None: ...

class RecallAtPrecision(Metric):
    """Best recall among the thresholds at which precision is at least ``precision``."""
    def __init__(
        self,
        precision: float,
        num_thresholds: Size = 200,
        class_id: Size | None = None,
        *,
        name: str | None = None,
        dtype: Literal["float16", "bfloat16", "float32", "float64"] | None = None,
    ) -> None: ...

class RootMeanSquaredError(Metric):
    """Root of the mean of the squared differences: ``sqrt(mean((t - y)^2))``."""
    def __init__(
        self, *, name: str | None = None, dtype: Literal["float16", "bfloat16", "float32", "float64"] | None = None
    ) -> None: ...

class SensitivityAtSpecificity(Metric):
    """Best sensitivity ``TP / (TP + FN)`` where the specificity ``TN / (TN + FP)`` is at least ``specificity``."""
    def __init__(
        self,
        specificity: float,
        num_thresholds: Size = 200,
        class_id: Size | None = None,
        *,
        name: str | None = None,
        dtype: Literal["float16", "bfloat16", "float32", "float64"] | None = None,
    ) -> None: ...

class SparseCategoricalAccuracy(Metric):
    """Share of examples whose largest output is the target's class: ``mean(t == argmax(y))``."""
    def __init__(
        self, *, name: str | None = None, dtype: Literal["float16", "bfloat16", "float32", "float64"] | None = None
    ) -> None: ...

class SparseCategoricalCrossentropy(Metric):
    """Cross-entropy of one class per example, given as its number: ``-log y[t]``."""
    def __init__(
        self,
        from_logits: bool = False,
        ignore_class: Size | None = None,
        axis: Size = -1,
        *,
        name: str | None = None,
        dtype: Literal["float16", "bfloat16", "float32", "float64"] | None = None,
    ) -> None: ...

class SparseTopKCategoricalAccuracy(Metric):
    """Share of examples whose target's class is among the ``k`` largest outputs."""
    def __init__(
        self,
        k: Size = 5,
        from_sorted_ids: bool = False,
        *,
        name: str | None = None,
        dtype: Literal["float16", "bfloat16", "float32", "float64"] | None = None,
    ) -> None: ...

class SpecificityAtSensitivity(Metric):
    """Best specificity ``TN / (TN + FP)`` where the sensitivity ``TP / (TP + FN)`` is at least ``sensitivity``."""
    def __init__(
        self,
        sensitivity: float,
        num_thresholds: Size = 200,
        class_id: Size | None = None,
        *,
        name: str | None = None,
        dtype: Literal["float16", "bfloat16", "float32", "float64"] | None = None,
    ) -> None: ...

class SquaredHinge(Metric):
    """Squared margin of targets -1 and 1 (0 counts as -1): ``mean(max(1 - t * y, 0)^2)``."""
    def __init__(
        self, *, name: str | None = None, dtype: Literal["float16", "bfloat16", "float32", "float64"] | None = None
    ) -> None: ...

class TopKCategoricalAccuracy(Metric):
    """Share of examples whose one-hot target's class is among the ``k`` largest outputs."""
    def __init__(
        self,
        k: Size = 5,
        *,
        name: str | None = None,
        dtype: Literal["float16", "bfloat16", "float32", "float64"] | None = None,
    ) -> None: ...

class TrueNegatives(Metric):
    """Number of no that are right, ``TN``."""
    def __init__(
        self,
        thresholds: float | Sequence[float] | None = None,
        *,
        name: str | None = None,
        dtype: Literal["float16", "bfloat16", "float32", "float64"] | None = None,
    ) -> None: ...

class TruePositives(Metric):
    """Number of yes that are right, ``TP``."""
    def __init__(
        self,
        thresholds: float | Sequence[float] | None = None,
        *,
        name: str | None = None,
        dtype: Literal["float16", "bfloat16", "float32", "float64"] | None = None,
    ) -> None: ...
