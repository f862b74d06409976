"""Metrics, with Keras's names, arguments and defaults, and the words that stand for some of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from specc.catalogue.objects.metrics import accuracy, confusion, overlap, regression
from specc.catalogue.objects.metrics.base import Metric

METRIC_WORDS: Final[Mapping[str, type[Metric] | None]] = {
    "accuracy": None,
    "acc": None,
    "mse": regression.MeanSquaredError,
    "mae": regression.MeanAbsoluteError,
    "mape": regression.MeanAbsolutePercentageError,
    "msle": regression.MeanSquaredLogarithmicError,
    "bce": accuracy.BinaryCrossentropy,
    "auc": confusion.AUC,
    "binary_accuracy": accuracy.BinaryAccuracy,
    "binary_crossentropy": accuracy.BinaryCrossentropy,
    "binary_io_u": overlap.BinaryIoU,
    "categorical_accuracy": accuracy.CategoricalAccuracy,
    "categorical_crossentropy": accuracy.CategoricalCrossentropy,
    "categorical_hinge": regression.CategoricalHinge,
    "concordance_correlation": regression.ConcordanceCorrelation,
    "cosine_similarity": regression.CosineSimilarity,
    "f1_score": confusion.F1Score,
    "f_beta_score": confusion.FBetaScore,
    "false_negatives": confusion.FalseNegatives,
    "false_positives": confusion.FalsePositives,
    "hinge": regression.Hinge,
    "kl_divergence": accuracy.KLDivergence,
    "log_cosh_error": regression.LogCoshError,
    "mean_absolute_error": regression.MeanAbsoluteError,
    "mean_absolute_percentage_error": regression.MeanAbsolutePercentageError,
    "mean_squared_error": regression.MeanSquaredError,
    "mean_squared_logarithmic_error": regression.MeanSquaredLogarithmicError,
    "pearson_correlation": regression.PearsonCorrelation,
    "poisson": regression.Poisson,
    "precision": confusion.Precision,
    "r2_score": regression.R2Score,
    "recall": confusion.Recall,
    "root_mean_squared_error": regression.RootMeanSquaredError,
    "sparse_categorical_accuracy": accuracy.SparseCategoricalAccuracy,
    "sparse_categorical_crossentropy": accuracy.SparseCategoricalCrossentropy,
    "sparse_top_k_categorical_accuracy": accuracy.SparseTopKCategoricalAccuracy,
    "squared_hinge": regression.SquaredHinge,
    "top_k_categorical_accuracy": accuracy.TopKCategoricalAccuracy,
    "true_negatives": confusion.TrueNegatives,
    "true_positives": confusion.TruePositives,
}
"""The words that Keras takes as a metric, and what each one means.

None means that it hangs on the output, by Keras's rule: `BinaryAccuracy` where the output's last axis is 1, else
`SparseCategoricalAccuracy` where targets are class ids, else `CategoricalAccuracy`.
"""

__all__ = ["METRIC_WORDS", "Metric"]
