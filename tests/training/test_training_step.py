"""The training step: really XLA, equal to Keras's own; the order of examples; evaluation."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from training_helpers import bottles, iris, ready, refusal

from specc.compiler import compile_text
from specc.diagnostics.codes import RUNTIME_FAILED, XLA_FAILED
from specc.training.evaluation import evaluate
from specc.training.step.training_step import Evaluator, TrainingStep, order

BOTH = "BatchNormalization(momentum=0.8) -> Dense(6, activation=tanh, kernel_regularizer=L2(0.01))"
"""No weight stands before the normalization: its gradient would be 0 but for rounding, which Adam makes large."""


def batch(found: Any, rows: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    import tensorflow as tf

    train = found.data.train
    return (
        {k: tf.constant(v[rows]) for k, v in train.inputs.items()},
        {k: tf.constant(v[rows]) for k, v in train.targets.items()},
    )


def step_of(found: Any) -> TrainingStep:
    return TrainingStep(found.program, found.model, found.plan, found.data.train.inputs, found.data.train.targets)


# ── XLA ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.keras
@pytest.mark.parametrize("text", [iris(layers=BOTH, jit="xla"), bottles(jit="xla")], ids=["one output", "two outputs"])
def test_the_step_is_one_xla_program(text: str) -> None:
    found = ready(text)
    step = step_of(found)
    inputs, targets = batch(found, np.arange(16))
    hlo = step.compiled_step.experimental_get_compiler_ir(inputs, targets, {})(stage="hlo")
    assert hlo.startswith("HloModule") and "dot(" in hlo
    assert "sqrt" in hlo or "rsqrt" in hlo  # the optimizer is part of it


@pytest.mark.keras
@pytest.mark.parametrize(("text", "compiled"), [(iris("batch_size = 8", jit="xla"), True), (iris(), False)])
def test_what_is_compiled(text: str, compiled: bool) -> None:
    found = ready(text)
    step, evaluator = step_of(found), Evaluator(found.model, found.plan)
    for function in (step.compiled_step, evaluator._step):
        concrete = function.get_concrete_function(*batch(found, np.arange(8)))
        attribute = concrete.function_def.attr.get("_XlaMustCompile")
        assert (attribute is not None and attribute.b) is compiled


@pytest.mark.keras
def test_xla_and_the_plain_graph_agree() -> None:
    compiled, plain = ready(iris(layers=BOTH, jit="xla")), ready(iris(layers=BOTH))
    rows = order(0, 1, compiled.data.train.size, 32)
    for found in (compiled, plain):
        step_of(found).run(rows)
    for a, b in zip(compiled.model.get_weights(), plain.model.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)


ROTATED = """
    model M {
        input image: float32[8, 8, 1]
        moved = image -> Conv2D(2, 1) -> RandomRotation(0.1)
        output digit = moved -> Flatten -> Dense(10, activation=softmax)
    }
    train M {
        data = Sklearn(digits, validation=0, test=0.5)
        loss = SparseCategoricalCrossentropy()
        jit = off
    }"""


def test_what_xla_can_not_compile_is_found_by_the_check() -> None:
    finding = refusal(lambda: compile_text(ROTATED.replace("jit = off", "jit = xla")).program)
    assert finding.code is XLA_FAILED and "RandomRotation" in finding.message
    assert any("leave out `jit = xla`" in text for text in finding.help)


@pytest.mark.keras
def test_what_only_xla_knows_that_it_can_not_compile_is_told() -> None:
    found = ready(ROTATED)
    found.plan = found.plan.model_copy(update={"jit": "xla"})  # as with a layer that no rule knows of
    finding = refusal(lambda: step_of(found).run(order(0, 1, 32, 16)))
    assert finding.code is XLA_FAILED and "ImageProjectiveTransform" in finding.message
    assert finding.help == ("set `jit = off` to train without XLA",)
    assert finding.span == found.program.place("train", "M")


@pytest.mark.keras
def test_without_xla_it_is_trained() -> None:
    found = ready(ROTATED)
    before = found.model.get_weights()
    step_of(found).run(order(0, 1, 32, 16))
    assert any((a != b).any() for a, b in zip(before, found.model.get_weights(), strict=True))


@pytest.mark.keras
def test_any_other_failure_is_told_too() -> None:
    found = ready(iris())
    step = step_of(found)
    finding = refusal(lambda: step.run(np.full((1, 4), 10_000, dtype=np.int32)))
    assert finding.code is RUNTIME_FAILED and "10000" in finding.message


# ── One step is Keras's ──────────────────────────────────────────────────────────────────────────

OPTIMIZERS = [
    "SGD(0.05, momentum=0.9)",
    "SGD(0.05, momentum=0.9, nesterov=true)",
    "Adam(0.01)",
    "AdamW(CosineDecay(0.01, 10), weight_decay=0.01)",
    "RMSprop(0.001, clipnorm=1.0)",
]


def require_equal_steps(found: Any, steps: int, tolerance: float) -> None:
    keras_model = found.copy()
    step = step_of(found)
    for number in range(steps):
        rows = np.arange(number * 16, number * 16 + 16)
        step.reset()
        step.run(rows[np.newaxis].astype(np.int32))
        inputs, targets = ({k: np.asarray(v) for k, v in part.items()} for part in batch(found, rows))
        keras_model.reset_metrics()
        expected = keras_model.train_on_batch(inputs, targets, return_dict=True)
        assert step.logs() == pytest.approx({k: float(v) for k, v in expected.items()}, rel=tolerance, abs=tolerance)
    for own, theirs in zip(found.model.weights, keras_model.weights, strict=True):
        np.testing.assert_allclose(own.numpy(), theirs.numpy(), rtol=tolerance, atol=tolerance, err_msg=own.path)


@pytest.mark.keras
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_step_is_that_of_keras(optimizer: str) -> None:
    require_equal_steps(ready(iris(f"optimizer = {optimizer}", layers=BOTH, jit="xla")), 1, 1e-5)


@pytest.mark.keras
@pytest.mark.parametrize(
    "text", [iris("optimizer = Adam(0.01)", layers=BOTH, jit="xla"), bottles("optimizer = SGD(1e-4)", jit="xla")]
)
def test_steps_are_those_of_keras(text: str) -> None:
    require_equal_steps(ready(text), 4, 2e-4)  # what XLA rounds in another way adds up


@pytest.mark.keras
def test_augmentation_keeps_targets_and_changes_inputs() -> None:
    text = """
        model M { input image: float32[8, 8, 1]  output digit = image -> Flatten -> Dense(10, activation=softmax) }
        train M {
            data = Sklearn(digits, validation=0, test=0.9)
            augment = RandomTranslation(0.2, 0.2) -> RandomRotation(0.1)
            loss = SparseCategoricalCrossentropy()
        }"""
    found = ready(text)
    step = step_of(found)
    image = batch(found, np.arange(4))[0]["image"]
    changed = step._augmented({"image": image}, {})[0]["image"]
    assert changed.shape == image.shape and not np.allclose(changed, image)
    step.run(order(0, 1, found.data.train.size, 32))
    assert np.isfinite(step.logs()["loss"])


# ── Order ────────────────────────────────────────────────────────────────────────────────────────


@given(st.integers(0, 2**40), st.integers(0, 500), st.integers(1, 300), st.integers(1, 100))
def test_every_example_comes_and_every_batch_is_full(seed: int, epoch: int, size: int, batch: int) -> None:
    rows = order(seed, epoch, size, batch)
    width = min(batch, size)
    assert rows.dtype == np.int32 and rows.shape == (-(-size // width), width)
    flat = rows.ravel()
    assert sorted(flat[:size]) == list(range(size))
    assert list(flat[size:]) == list(flat[: len(flat) - size])
    np.testing.assert_array_equal(rows, order(seed, epoch, size, batch))


def test_each_epoch_and_seed_has_its_own_order() -> None:
    orders = {order(seed, epoch, 50, 10).tobytes() for seed in range(5) for epoch in range(5)}
    assert len(orders) == 25


def test_the_order_stays_the_same_over_versions() -> None:
    assert order(1, 1, 7, 3).tolist() == ORDER


ORDER = [[6, 1, 4], [0, 3, 2], [5, 6, 1]]


# ── Evaluation ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.keras
@pytest.mark.parametrize(
    "text",
    [iris("batch_size = 7", layers=BOTH, jit="xla"), bottles("batch_size = 16", jit="xla"), iris("batch_size = 500")],
    ids=["one output", "two outputs", "one batch"],
)
def test_evaluation_is_that_of_keras(text: str) -> None:
    found = ready(text)
    split = found.data.train
    assert split.size % found.plan.batch_size  # the last batch is smaller
    other = found.copy()
    expected = other.evaluate(
        split.inputs, split.targets, batch_size=found.plan.batch_size, return_dict=True, verbose=0
    )
    result = evaluate(found.program, found.model, found.plan, split)
    assert result == pytest.approx(expected, rel=1e-6, abs=1e-6)
    assert next(iter(result)) == "loss"
