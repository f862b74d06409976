"""Each setting that changes a step changes it as Keras does: the same weights after the same batches."""

from typing import Any

import numpy as np
import pytest
from training_helpers import bottles, iris, ready

from specc.training.step.objective import class_weights
from specc.training.step.training_step import TrainingStep

LAYERS = "BatchNormalization(momentum=0.8) -> Dense(6, activation=tanh, kernel_regularizer=L1L2(0.01, 0.02))"
BATCH = 16


def trained_by_both(text: str, steps: int, *, class_weight: dict[Any, Any] | None = None) -> tuple[Any, Any]:
    """Two models of a text with the same first weights, the one trained by the step, the other by Keras alone.

    ``class_weight`` is Keras's argument, for several outputs one for each.
    """
    from keras.src.trainers.data_adapters.data_adapter_utils import class_weight_to_sample_weights

    found = ready(text)
    keras_model = found.copy()
    train = found.data.train
    step = TrainingStep(found.program, found.model, found.plan, train.inputs, train.targets, weights=train.weights)
    for number in range(steps):
        rows = np.arange(number * BATCH, number * BATCH + BATCH)
        step.reset()
        step.run(rows[np.newaxis].astype(np.int32))
        inputs = {k: v[rows] for k, v in train.inputs.items()}
        targets = {k: v[rows] for k, v in train.targets.items()}
        weights = {k: v[rows] for k, v in train.weights.items()} or None
        if class_weight is not None:
            of_each = class_weight if class_weight.keys() == targets.keys() else dict.fromkeys(targets, class_weight)
            weights = {k: class_weight_to_sample_weights(v, of_each[k]) for k, v in targets.items()}
        keras_model.reset_metrics()
        expected = keras_model.train_on_batch(inputs, targets, sample_weight=weights, return_dict=True)
        assert step.logs() == pytest.approx({k: float(v) for k, v in expected.items()}, rel=1e-4, abs=1e-4)
    for model in (found.model, keras_model):
        model.optimizer.finalize_variable_values(model.trainable_variables)
    return found.model, keras_model


def require_equal(found: Any, expected: Any) -> None:
    for own, theirs in zip(found.weights, expected.weights, strict=True):
        np.testing.assert_allclose(own.numpy(), theirs.numpy(), rtol=2e-4, atol=2e-4, err_msg=own.path)


def distance(a: Any, b: Any) -> float:
    return max(float(np.abs(x.numpy() - y.numpy()).max()) for x, y in zip(a.weights, b.weights, strict=True))


@pytest.fixture(scope="module")
def plain() -> Any:
    """Trained without any of the settings."""
    return trained_by_both(iris("optimizer = SGD(0.5)", layers=LAYERS), 5)[0]


SETTINGS = {
    "clipnorm": "SGD(0.5, clipnorm=0.05)",
    "clipvalue": "SGD(0.5, clipvalue=0.01)",
    "global_clipnorm": "SGD(0.5, global_clipnorm=0.05)",
    "weight decay": "SGD(0.5, weight_decay=0.1)",
    "averaged weights": "SGD(0.5, use_ema=true, ema_momentum=0.8)",
    "averaged weights, taken over": "SGD(0.5, use_ema=true, ema_momentum=0.8, ema_overwrite_frequency=2)",
    "accumulation": "SGD(0.5, gradient_accumulation_steps=3)",
    "loss scale": "SGD(0.5, loss_scale_factor=128.0)",
    "exponential decay": "SGD(ExponentialDecay(0.5, 2, 0.5))",
    "warm-up": "SGD(CosineDecay(0.05, 10, warmup_target=0.5, warmup_steps=3))",
    "steps of a schedule": "SGD(PiecewiseConstantDecay([1, 3], [0.5, 0.1, 0.02]))",
}


@pytest.mark.keras
@pytest.mark.parametrize("optimizer", SETTINGS.values(), ids=SETTINGS.keys())
def test_an_optimizer_is_that_of_keras(optimizer: str, plain: Any) -> None:
    found, expected = trained_by_both(iris(f"optimizer = {optimizer}", layers=LAYERS), 5)
    require_equal(found, expected)
    assert "loss_scale" in optimizer or distance(found, plain) > 1e-3  # a loss scale changes what is rounded only


# ── Weights of classes ───────────────────────────────────────────────────────────────────────────


@pytest.mark.keras
def test_class_weights_are_those_of_keras(plain: Any) -> None:
    text = iris("class_weight = [0.5, 3, 1]  optimizer = SGD(0.5)", layers=LAYERS)
    found, expected = trained_by_both(text, 5, class_weight={0: 0.5, 1: 3.0, 2: 1.0})
    require_equal(found, expected)
    assert distance(found, plain) > 1e-3


@pytest.mark.keras
def test_class_weights_of_one_hot_rows_and_of_one_value() -> None:
    one_hot = iris("class_weight = [0.5, 3, 1]  optimizer = SGD(0.1)", layers=LAYERS)
    one_hot = one_hot.replace("SparseCategoricalCrossentropy", "CategoricalCrossentropy")
    require_equal(*trained_by_both(one_hot, 3, class_weight={0: 0.5, 1: 3.0, 2: 1.0}))
    binary = """
        model Tumor {
            input features: float32[30]
            output benign = features -> BatchNormalization -> Dense(1, activation=sigmoid)
        }
        train Tumor {
            data = Sklearn(breast_cancer)
            loss = BinaryCrossentropy()
            class_weight = [4, 0.5]
            optimizer = SGD(0.1)
        }"""
    require_equal(*trained_by_both(binary, 3, class_weight={0: 4.0, 1: 0.5}))


@pytest.mark.keras
def test_one_output_of_several_may_weigh_its_classes() -> None:
    text = bottles("class_weight = { cultivar = [2, 1, 0.25] }  optimizer = SGD(1e-3)")
    require_equal(*trained_by_both(text, 3, class_weight={"cultivar": {0: 2.0, 1: 1.0, 2: 0.25}, "alcohol": {}}))


@pytest.mark.keras
def test_balanced_weights_are_those_of_scikit_learn() -> None:
    from sklearn.utils.class_weight import compute_class_weight

    plan = ready(iris("class_weight = balanced")).plan
    species = np.repeat([0, 1, 2], [5, 17, 3])
    expected = compute_class_weight("balanced", classes=np.arange(3), y=species)
    for target in (species, species[:, np.newaxis], np.eye(3)[species]):
        np.testing.assert_allclose(class_weights(plan, {"species": target})["species"], expected, rtol=1e-6)
    missing = class_weights(plan, {"species": np.eye(4)[species]})["species"]
    assert missing[3] == 0 and np.isfinite(missing).all()


# ── Mixed precision ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.keras
@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_a_policy_is_that_of_keras(policy: str) -> None:
    """Keras alone, with its global policy and a last layer of float32, as its guide writes it."""
    import keras

    layers = "Dense(64, activation=tanh) -> LayerNormalization() -> Dense(32)"
    found = ready(iris(f"dtype_policy = {policy}  optimizer = SGD(0.3)  seed = 3", layers=layers))
    keras.config.set_dtype_policy(policy)
    try:
        theirs = keras.Sequential(
            [
                keras.Input((4,)),
                keras.layers.Dense(64, activation="tanh"),
                keras.layers.LayerNormalization(),
                keras.layers.Dense(32),
                keras.layers.Dense(3, activation="softmax", dtype="float32"),
            ]
        )
        theirs.compile(optimizer=keras.optimizers.SGD(0.3), loss=keras.losses.SparseCategoricalCrossentropy())
    finally:
        keras.config.set_dtype_policy("float32")
    assert [x.dtype_policy.name for x in found.model.layers[1:]] == [x.dtype_policy.name for x in theirs.layers]
    assert [w.dtype for w in found.model.weights] == ["float32"] * 8
    theirs.set_weights(found.model.get_weights())
    assert type(theirs.optimizer).__name__ == type(found.model.optimizer).__name__
    train = found.data.train
    step = TrainingStep(found.program, found.model, found.plan, train.inputs, train.targets)
    rows = np.arange(BATCH)
    step.run(rows[np.newaxis].astype(np.int32))
    theirs.train_on_batch(train.inputs["features"][rows], train.targets["species"][rows])
    # XLA rounds in another order, to 8 or 11 digits of the numbers that the gradient is made of.
    tolerance = {"mixed_bfloat16": 1e-2, "mixed_float16": 2e-3}[policy]
    for own, their in zip(found.model.weights, theirs.weights, strict=True):
        np.testing.assert_allclose(own.numpy(), their.numpy(), atol=tolerance, err_msg=own.path)
    exact = trained_by_both(iris("optimizer = SGD(0.3)  seed = 3", layers=layers), 1)[0]
    assert distance(found.model, exact) > 1e-5
