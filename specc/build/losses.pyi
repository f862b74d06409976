"""Written by `python -m specc.build.stubs`."""

from collections.abc import Sequence
from typing import Literal

from specc.build.objects import (
    Loss,
    Size,
)

class AddLoss(Loss):
    """The output itself is the loss, and needs no target: ``mean(y)``, as Keras's ``Layer.add_loss`` adds."""
    def __init__(
        self,
        reduction: Literal["sum_over_batch_size", "sum", "mean", "mean_with_sample_weight"] = "sum_over_batch_size",
        *,
        name: str | None = None,
        dtype: Literal["float16", "bfloat16", "float32", "float64"] | None = None,
    ) -> None: ...

class BinaryCrossentropy(Loss):
    """Cross-entropy of yes-or-no targets: ``mean(-t * log y - (1 - t) * log(1 - y))``."""
    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: Size = -1,
        reduction: Literal["sum_over_batch_size", "sum", "mean", "mean_with_sample_weight"] = "sum_over_batch_size",
        *,
        name: str | None = None,
        dtype: Literal["float16", "bfloat16", "float32", "float64"] | None = None,
    ) -> None: ...

class BinaryFocalCrossentropy(Loss):
    """Binary cross-entropy in which easy examples count less: ``mean(-(1 - p)^gamma * log p)``."""
    def __init__(
        self,
        apply_class_balancing: bool = False,
        alpha: float = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: Size = -1,
        reduction: Literal["sum_over_batch_size", "sum", "mean", "mean_with_sample_weight"] = "sum_over_batch_size",
        *,
        name: str | None = None,
        dtype: Literal["float16", "bfloat16", "float32", "float64"] | None = None,
    ) -> None: ...

class CategoricalCrossentropy(Loss):
    """Cross-entropy of one-hot targets: ``-sum(t * log y)``."""
    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: Size = -1,
        reduction: Literal["sum_over_batch_size", "sum", "mean", "mean_with_sample_weight"] = "sum_over_batch_size",
        *,
        name: str | None = None,
        dtype: Literal["float16", "bfloat16", "float32", "float64"] | None = None,
    ) -> None: ...

class CategoricalFocalCrossentropy(Loss):
    """Cross-entropy in which easy examples count less: ``sum(alpha * (1 - y)^gamma * -t * log y)``."""
    def __init__(
        self,
        alpha: float = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: Size = -1,
        reduction: Literal["sum_over_batch_size", "sum", "mean", "mean_with_sample_weight"] = "sum_over_batch_size",
        *,
        name: str | None = None,
        dtype: Literal["float16", "bfloat16", "float32", "float64"] | None = None,
    ) -> None: ...

class CategoricalGeneralizedCrossEntropy(Loss):
    """Cross-entropy that wrong labels disturb less: ``(1 - y[t]^q) / q``, with one class per example as its number."""
    def __init__(
        self,
        q: float = 0.5,
        reduction: Literal["sum_over_batch_size", "sum", "mean", "mean_with_sample_weight"] = "sum_over_batch_size",
        *,
        name: str | None = None,
        dtype: Literal["float16", "bfloat16", "float32", "float64"] | None = None,
    ) -> None: ...

class CategoricalHinge(Loss):
    """Margin between the right class and the best wrong one: ``max(0, 1 + max((1 - t) * y) - sum(t * y))``."""
    def __init__(
        self,
        reduction: Literal["sum_over_batch_size", "sum", "mean", "mean_with_sample_weight"] = "sum_over_batch_size",
        *,
        name: str | None = None,
        dtype: Literal["float16", "bfloat16", "float32", "float64"] | None = None,
    ) -> None: ...

class CosineSimilarity(Loss):
    """Negative cosine of the angle between two vectors: ``-sum(t / |t| * y / |y|)``."""
    def __init__(
        self,
        axis: Size = -1,
        reduction: Literal["sum_over_batch_size", "sum", "mean", "mean_with_sample_weight"] = "sum_over_batch_size",
        *,
        name: str | None = None,
        dtype: Literal["float16", "bfloat16", "float32", "float64"] | None = None,
    ) -> None: ...

class Dice(Loss):
    """How little two sets overlap, as those of the pixels of a mask: ``1 - 2 * sum(t * y) / (sum(t) + sum(y))``."""
    def __init__(
        self,
        reduction: Literal["sum_over_batch_size", "sum", "mean", "mean_with_sample_weight"] = "sum_over_batch_size",
        axis: Sequence[Size] | None = None,
        *,
        name: str | None = None,
        dtype: Literal["float16", "bfloat16", "float32", "float64"] | None = None,
    ) -> None: ...

class Hinge(Loss):
    """Margin of targets -1 and 1 (0 counts as -1): ``mean(max(1 - t * y, 0))``."""
    def __init__(
        self,
        reduction: Literal["sum_over_batch_size", "sum", "mean", "mean_with_sample_weight"] = "sum_over_batch_size",
        *,
        name: str | None = None,
        dtype: Literal["float16", "bfloat16", "float32", "float64"] | None = None,
    ) -> None: ...

class Huber(Loss):
    """Squared for small differences and linear for large ones, so that outliers count less."""
    def __init__(
        self,
        delta: float = 1.0,
        reduction: Literal["sum_over_batch_size", "sum", "mean", "mean_with_sample_weight"] = "sum_over_batch_size",
        *,
        name: str | None = None,
        dtype: Literal["float16", "bfloat16", "float32", "float64"] | None = None,
    ) -> None: ...

class KLDivergence(Loss):
    """Kullback-Leibler divergence of two distributions: ``sum(t * log(t / y))``."""
    def __init__(
        self,
        reduction: Literal["sum_over_batch_size", "sum", "mean", "mean_with_sample_weight"] = "sum_over_batch_size",
        *,
        name: str | None = None,
        dtype: Literal["float16", "bfloat16", "float32", "float64"] | None = None,
    ) -> None: ...

class LogCosh(Loss):
    """Smooth mixture of squared and absolute differences: ``mean(log(cosh(y - t)))``."""
    def __init__(
        self,
        reduction: Literal["sum_over_batch_size", "sum", "mean", "mean_with_sample_weight"] = "sum_over_batch_size",
        *,
        name: str | None = None,
        dtype: Literal["float16", "bfloat16", "float32", "float64"] | None = None,
    ) -> None: ...

class MeanAbsoluteError(Loss):
    """Mean of the absolute differences: ``mean(|t - y|)``."""
    def __init__(
        self,
        reduction: Literal["sum_over_batch_size", "sum", "mean", "mean_with_sample_weight"] = "sum_over_batch_size",
        *,
        name: str | None = None,
        dtype: Literal["float16", "bfloat16", "float32", "float64"] | None = None,
    ) -> None: ...

class MeanAbsolutePercentageError(Loss):
    """Mean of the differences in percent of the target: ``100 * mean(|(t - y) / t|)``."""
    def __init__(
        self,
        reduction: Literal["sum_over_batch_size", "sum", "mean", "mean_with_sample_weight"] = "sum_over_batch_size",
        *,
        name: str | None = None,
        dtype: Literal["float16", "bfloat16", "float32", "float64"] | None = None,
    ) -> None: ...

class MeanSquaredError(Loss):
    """Mean of the squared differences: ``mean((t - y)^2)``."""
    def __init__(
        self,
        reduction: Literal["sum_over_batch_size", "sum", "mean", "mean_with_sample_weight"] = "sum_over_batch_size",
        *,
        name: str | None = None,
        dtype: Literal["float16", "bfloat16", "float32", "float64"] | None = None,
    ) -> None: ...

class MeanSquaredLogarithmicError(Loss):
    """Mean of the squared differences of logarithms: ``mean((log(1 + t) - log(1 + y))^2)``."""
    def __init__(
        self,
        reduction: Literal["sum_over_batch_size", "sum", "mean", "mean_with_sample_weight"] = "sum_over_batch_size",
        *,
        name: str | None = None,
        dtype: Literal["float16", "bfloat16", "float32", "float64"] | None = None,
    ) -> None: ...

class Poisson(Loss):
    """Negative log-likelihood of counts, with outputs as rates: ``mean(y - t * log y)``."""
    def __init__(
        self,
        reduction: Literal["sum_over_batch_size", "sum", "mean", "mean_with_sample_weight"] = "sum_over_batch_size",
        *,
        name: str | None = None,
        dtype: Literal["float16", "bfloat16", "float32", "float64"] | None = None,
    ) -> None: ...

class SparseCategoricalCrossentropy(Loss):
    """Cross-entropy of one class per example, given as its number: ``-log y[t]``."""
    def __init__(
        self,
        from_logits: bool = False,
        ignore_class: Size | None = None,
        reduction: Literal["sum_over_batch_size", "sum", "mean", "mean_with_sample_weight"] = "sum_over_batch_size",
        axis: Size = -1,
        *,
        name: str | None = None,
        dtype: Literal["float16", "bfloat16", "float32", "float64"] | None = None,
    ) -> None: ...

class SquaredHinge(Loss):
    """Squared margin of targets -1 and 1 (0 counts as -1): ``mean(max(1 - t * y, 0)^2)``."""
    def __init__(
        self,
        reduction: Literal["sum_over_batch_size", "sum", "mean", "mean_with_sample_weight"] = "sum_over_batch_size",
        *,
        name: str | None = None,
        dtype: Literal["float16", "bfloat16", "float32", "float64"] | None = None,
    ) -> None: ...

class Tversky(Loss):
    """Dice loss in which the two kinds of errors count differently."""
    def __init__(
        self,
        alpha: float = 0.5,
        beta: float = 0.5,
        reduction: Literal["sum_over_batch_size", "sum", "mean", "mean_with_sample_weight"] = "sum_over_batch_size",
        axis: Sequence[Size] | None = None,
        *,
        name: str | None = None,
        dtype: Literal["float16", "bfloat16", "float32", "float64"] | None = None,
    ) -> None: ...
