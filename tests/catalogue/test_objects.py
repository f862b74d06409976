"""Losses, metrics, optimizers and their like: Keras's names, arguments, order and defaults; and what is refused."""

import inspect
from typing import Any

import pytest

from specc.catalogue.bind import KEYWORD_ONLY
from specc.catalogue.declare import Declaration, Refusal, Word
from specc.catalogue.objects.callbacks import EarlyStopping
from specc.catalogue.objects.losses import Loss
from specc.catalogue.objects.metrics import METRIC_WORDS, Metric
from specc.catalogue.registry import declarations, find
from specc.diagnostics.codes import BAD_ARGUMENT, CONFLICTING_ARGUMENTS, OUT_OF_RANGE, UNKNOWN_OBJECT

MODULES = {
    "loss": "losses",
    "metric": "metrics",
    "optimizer": "optimizers",
    "schedule": "optimizers.schedules",
    "regularizer": "regularizers",
    "constraint": "constraints",
    "initializer": "initializers",
    "callback": "callbacks",
}
"""The Keras module of each kind."""

ALL = [d for kind in MODULES for d in declarations(kind).values()]
IDS = [f"{d.kind}-{d.__name__}" for d in ALL]

OWN = {"AddLoss": "takes an output as the loss: what `add_loss` is in Keras"}
"""What Keras has no class for."""

KERASS = [d for d in ALL if d.__name__ not in OWN]

OMITTED_ARGUMENTS = {
    "verbose": "specc reports a training itself",
    "kwargs": "not arguments but Python's catch-all",
    "log_dir": "the logs are in the run's folder",
    "write_images": "histograms tell of weights",
    "write_steps_per_second": "how long an epoch took is in the metrics",
    "profile_batch": "a run is profiled by who looks into it, not by its spec",
    "embeddings_freq": "weights are in checkpoints and in the artifact",
    "embeddings_metadata": "as `embeddings_freq`",
}

OTHER_DEFAULTS = {
    ("EarlyStopping", "restore_best_weights"): "the best weights are kept",
}

REQUIRED: dict[str, dict[str, Any]] = {
    "ExponentialDecay": {"initial_learning_rate": 0.1, "decay_steps": 7, "decay_rate": 0.9},
    "InverseTimeDecay": {"initial_learning_rate": 0.1, "decay_steps": 7, "decay_rate": 0.9},
    "PiecewiseConstantDecay": {"boundaries": (3, 5), "values": (0.1, 0.01, 0.001)},
    "PolynomialDecay": {"initial_learning_rate": 0.1, "decay_steps": 7},
    "CosineDecay": {"initial_learning_rate": 0.1, "decay_steps": 7},
    "CosineDecayRestarts": {"initial_learning_rate": 0.1, "first_decay_steps": 7},
    "IoU": {"num_classes": 3, "target_class_ids": (0, 2)},
    "MeanIoU": {"num_classes": 3},
    "OneHotIoU": {"num_classes": 3, "target_class_ids": (0, 2)},
    "OneHotMeanIoU": {"num_classes": 3},
    "PrecisionAtRecall": {"recall": 0.5},
    "RecallAtPrecision": {"precision": 0.5},
    "SensitivityAtSpecificity": {"specificity": 0.5},
    "SpecificityAtSensitivity": {"sensitivity": 0.5},
}
"""Arguments that have no default."""


def make(kind: str, name: str, /, **arguments: Any) -> Declaration:
    declaration = find(kind, name)
    assert declaration is not None
    return declaration.make(**arguments)


def keras_class(declaration: type[Declaration]) -> Any:
    import keras

    module: Any = keras
    for part in MODULES[declaration.kind].split("."):
        module = getattr(module, part)
    return getattr(module, declaration.__name__)


def build(value: Any) -> Any:
    """What lowering makes of a value: Keras's object with the given arguments."""
    if isinstance(value, Declaration):
        return keras_class(type(value))(**{k: build(v) for k, v in value.given.items()})
    return [build(v) for v in value] if isinstance(value, tuple) else value


def compared(names: Any) -> list[str]:
    return [n for n in names if n not in OMITTED_ARGUMENTS and n not in KEYWORD_ONLY]


@pytest.mark.keras
@pytest.mark.parametrize("declaration", KERASS, ids=lambda d: f"{d.kind}-{d.__name__}")
def test_arguments_are_kerass(declaration):
    theirs = inspect.signature(keras_class(declaration)).parameters
    assert compared(declaration.params) == compared(theirs)
    assert {n for n in KEYWORD_ONLY if n in declaration.params} == {n for n in KEYWORD_ONLY if n in theirs}
    for name in compared(theirs):
        if (declaration.__name__, name) in OTHER_DEFAULTS:
            continue
        param, default = declaration.params[name], theirs[name].default
        assert param.required == (default is inspect.Parameter.empty), name
        assert param.required or param.default == default, name


@pytest.mark.keras
@pytest.mark.parametrize("declaration", KERASS, ids=lambda d: f"{d.kind}-{d.__name__}")
def test_defaults_can_be_built(declaration):
    arguments = REQUIRED.get(declaration.__name__, {})
    assert set(arguments) == {n for n, p in declaration.params.items() if p.required}
    assert build(declaration.make(**arguments)) is not None


@pytest.mark.parametrize("declaration", ALL, ids=IDS)
def test_defaults_are_accepted(declaration):
    for param in declaration.params.values():
        assert param.required or param.accept(param.default) == param.default
        assert param.schema()


@pytest.mark.keras
@pytest.mark.parametrize("metric", declarations("metric").values(), ids=declarations("metric"))
def test_directions_are_kerass(metric):
    built = build(metric.make(**REQUIRED.get(metric.__name__, {})))
    assert metric.direction == getattr(built, "_direction", None)


@pytest.mark.keras
def test_metric_words_are_kerass():
    import keras

    for word, metric in METRIC_WORDS.items():
        if metric is not None:
            assert type(keras.metrics.get(word)).__name__ == metric.__name__, word
            assert not any(p.required for p in metric.params.values())
    with pytest.raises(ValueError, match="Could not interpret"):
        keras.metrics.get("rmse")
    assert "rmse" not in METRIC_WORDS


@pytest.mark.keras
def test_accuracy_hangs_on_the_output_as_in_keras():
    import numpy as np
    from keras.src.trainers.compile_utils import get_metric

    def chosen(targets: tuple[int, ...], outputs: tuple[int, ...]) -> str:
        return type(get_metric("accuracy", np.zeros(targets), np.zeros(outputs))).__name__

    assert METRIC_WORDS["accuracy"] is None
    assert chosen((5, 1), (5, 1)) == "BinaryAccuracy"
    assert chosen((5,), (5, 3)) == "SparseCategoricalAccuracy"
    assert chosen((5, 3), (5, 3)) == "CategoricalAccuracy"


BUSY = [
    ("optimizer", "SGD", {"learning_rate": ("schedule", "CosineDecay"), "momentum": 1, "nesterov": True}),
    ("optimizer", "AdamW", {"learning_rate": 1, "weight_decay": 0, "clipnorm": 1, "gradient_accumulation_steps": 2}),
    ("optimizer", "Adam", {"use_ema": True, "ema_momentum": 0.5, "ema_overwrite_frequency": 3, "name": "mine"}),
    ("optimizer", "Ftrl", {"learning_rate_power": 0, "l1_regularization_strength": 1, "beta": 1}),
    ("schedule", "CosineDecay", {"alpha": 1, "warmup_target": 1, "warmup_steps": 3, "name": "rate"}),
    ("loss", "SparseCategoricalCrossentropy", {"from_logits": True, "ignore_class": -1, "reduction": Word("mean")}),
    ("loss", "CosineSimilarity", {"axis": 1, "reduction": "mean_with_sample_weight", "dtype": "float64"}),
    ("metric", "AUC", {"curve": Word("PRGAIN"), "multi_label": True, "num_labels": 3, "label_weights": (1, 2, 3)}),
    ("metric", "AUC", {"thresholds": (0.5, 0.1, 1), "summation_method": "majoring", "from_logits": True}),
    ("metric", "Precision", {"thresholds": (0, 0.5, 1), "class_id": 0}),
    ("metric", "Recall", {"thresholds": 1, "top_k": 2, "name": "found"}),
    ("metric", "FBetaScore", {"average": "macro", "beta": 2, "threshold": 1}),
    ("metric", "R2Score", {"class_aggregation": None, "num_regressors": 2}),
    ("metric", "BinaryIoU", {"target_class_ids": (1,), "threshold": 0}),
    ("initializer", "VarianceScaling", {"mode": "fan_avg", "distribution": "untruncated_normal", "seed": 3}),
    ("initializer", "GlorotNormal", {"seed": 0, "input_axes": (0,), "output_axes": (1, 2)}),
    ("constraint", "MaxNorm", {"max_value": 0, "axis": (0, 1, 2)}),
    ("regularizer", "OrthogonalRegularizer", {"factor": 0, "mode": "columns"}),
    ("callback", "EarlyStopping", {"monitor": Word("loss"), "mode": "max", "baseline": -1, "patience": 3}),
]


@pytest.mark.keras
@pytest.mark.parametrize(("kind", "name", "arguments"), BUSY)
def test_what_is_accepted_keras_takes(kind, name, arguments):
    arguments = {k: make(*v, **REQUIRED[v[1]]) if v == ("schedule", "CosineDecay") else v for k, v in arguments.items()}
    needed = REQUIRED.get(name, {})
    assert build(make(kind, name, **needed, **arguments)) is not None


BAD = [
    ("loss", "Huber", {"delta": 0}, OUT_OF_RANGE),
    ("loss", "CategoricalCrossentropy", {"label_smoothing": 1.5}, OUT_OF_RANGE),
    ("loss", "CategoricalCrossentropy", {"axis": True}, BAD_ARGUMENT),
    ("loss", "MeanSquaredError", {"reduction": None}, BAD_ARGUMENT),
    ("metric", "TopKCategoricalAccuracy", {"k": 0}, OUT_OF_RANGE),
    ("metric", "Precision", {"thresholds": (0.5, 2)}, OUT_OF_RANGE),
    ("metric", "Precision", {"thresholds": ()}, BAD_ARGUMENT),
    ("metric", "F1Score", {"threshold": 0}, OUT_OF_RANGE),
    ("metric", "AUC", {"curve": Word("RO")}, BAD_ARGUMENT),
    ("metric", "AUC", {"num_labels": 3}, CONFLICTING_ARGUMENTS),
    ("metric", "AUC", {"num_thresholds": 3, "thresholds": (0.5,)}, CONFLICTING_ARGUMENTS),
    ("metric", "IoU", {"num_classes": 3, "target_class_ids": (0, 3)}, CONFLICTING_ARGUMENTS),
    ("metric", "BinaryIoU", {"target_class_ids": (2,)}, CONFLICTING_ARGUMENTS),
    ("optimizer", "SGD", {"momentum": 1.1}, OUT_OF_RANGE),
    ("optimizer", "SGD", {"nesterov": True}, CONFLICTING_ARGUMENTS),
    ("optimizer", "Adam", {"learning_rate": 0}, OUT_OF_RANGE),
    ("optimizer", "Adam", {"learning_rate": Word("CosinDecay")}, UNKNOWN_OBJECT),
    ("optimizer", "Adam", {"learning_rate": float("nan")}, OUT_OF_RANGE),
    ("optimizer", "Adam", {"beta_1": 1}, OUT_OF_RANGE),
    ("optimizer", "Adam", {"clipnorm": 1, "global_clipnorm": 1}, CONFLICTING_ARGUMENTS),
    ("optimizer", "Adam", {"ema_momentum": 0.5}, CONFLICTING_ARGUMENTS),
    ("optimizer", "Adam", {"gradient_accumulation_steps": 1}, OUT_OF_RANGE),
    ("optimizer", "AdamW", {"weight_decay": None}, CONFLICTING_ARGUMENTS),
    ("optimizer", "Ftrl", {"learning_rate_power": 0.5}, OUT_OF_RANGE),
    ("optimizer", "Lion", {"beta_1": 0}, OUT_OF_RANGE),
    ("schedule", "PolynomialDecay", {"initial_learning_rate": 1, "decay_steps": 0}, OUT_OF_RANGE),
    ("schedule", "PolynomialDecay", {"initial_learning_rate": 1, "decay_steps": 1.5}, BAD_ARGUMENT),
    ("schedule", "PiecewiseConstantDecay", {"boundaries": (1, 2), "values": (1, 2)}, CONFLICTING_ARGUMENTS),
    ("schedule", "PiecewiseConstantDecay", {"boundaries": (2, 2), "values": (1, 2, 3)}, CONFLICTING_ARGUMENTS),
    ("schedule", "CosineDecay", {**REQUIRED["CosineDecay"], "warmup_steps": 3}, CONFLICTING_ARGUMENTS),
    ("schedule", "CosineDecay", {**REQUIRED["CosineDecay"], "warmup_target": 3}, CONFLICTING_ARGUMENTS),
    ("regularizer", "L2", {"l2": -1}, OUT_OF_RANGE),
    ("regularizer", "OrthogonalRegularizer", {"mode": "row"}, BAD_ARGUMENT),
    ("constraint", "MinMaxNorm", {"min_value": 2}, CONFLICTING_ARGUMENTS),
    ("constraint", "UnitNorm", {"axis": 0.5}, BAD_ARGUMENT),
    ("initializer", "VarianceScaling", {"scale": 0}, OUT_OF_RANGE),
    ("initializer", "RandomUniform", {"minval": 1}, CONFLICTING_ARGUMENTS),
    ("initializer", "HeNormal", {"seed": -1}, OUT_OF_RANGE),
    ("callback", "EarlyStopping", {"patience": -1}, OUT_OF_RANGE),
    ("callback", "EarlyStopping", {"mode": "maximum"}, BAD_ARGUMENT),
    ("callback", "EarlyStopping", {"monitor": 3}, BAD_ARGUMENT),
]


@pytest.mark.parametrize(("kind", "name", "arguments", "code"), BAD)
def test_refused(kind, name, arguments, code):
    with pytest.raises(Refusal) as refused:
        make(kind, name, **arguments)
    assert refused.value.code == code
    assert refused.value.argument in arguments


def test_losses_and_metrics_say_what_they_need():
    needs = {n: d.targets for n, d in declarations("loss").items() if issubclass(d, Loss)}
    assert [n for n, t in needs.items() if t == "classes"] == [
        "CategoricalGeneralizedCrossEntropy",
        "SparseCategoricalCrossentropy",
    ]
    assert all(t == "classes" for n, t in needs.items() if n.startswith("Sparse"))
    for name, metric in declarations("metric").items():
        assert issubclass(metric, Metric)
        assert name not in needs or metric.targets == needs[name], name
    with_logits = {n for n, d in declarations("loss").items() if "from_logits" in d.params}
    probable = {n for n, d in declarations("loss").items() if issubclass(d, Loss) and d.probabilities}
    assert probable == {*with_logits, "KLDivergence", "CategoricalGeneralizedCrossEntropy"}


def test_the_best_weights_are_kept():
    assert EarlyStopping.make().restore_best_weights is True
    assert EarlyStopping.make(restore_best_weights=False).given == {"restore_best_weights": False}
