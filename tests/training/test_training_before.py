"""What runs before the compiled step: layers that XLA has no kernel for, and the mixing of examples."""

from typing import Any

import numpy as np
import pytest
from training_helpers import Ready, ready

from specc.check.kernels import before_step
from specc.compiler import compile_text
from specc.diagnostics.codes import XLA_FAILED
from specc.training.step.training_step import Evaluator, TrainingStep, order

pytestmark = pytest.mark.keras


def step_of(found: Ready) -> TrainingStep:
    train = found.data.train
    graph = found.program.models[found.plan.target]
    return TrainingStep(found.program, found.model, found.plan, train.inputs, train.targets, graph)


def trained(text: str) -> tuple[TrainingStep, list[Any]]:
    found = ready(text)
    step = step_of(found)
    step.run(order(0, 1, found.data.train.size, 32)[:5])
    return step, found.model.get_weights()


LOOKED_UP = """
    model M {{
        input features: float32[4]
        bins = features -> Rescaling(2) -> Discretization([3, 6, 9]) -> IntegerLookup(vocabulary=[2, 1], name="table")
        known = bins -> Embedding(4, 3) -> Flatten
        output species = (known, features) -> Concatenate -> Dense(3, activation=softmax)
    }}
    train M {{
        data = Sklearn(iris, validation=0.2, test=0.2, seed=1)
        loss = SparseCategoricalCrossentropy()
        {jit}
    }}"""


def test_with_a_lookup_before_it_the_compiled_step_learns_the_same():
    step, compiled = trained(LOOKED_UP.format(jit="jit = xla"))
    plain, weights = trained(LOOKED_UP.format(jit="jit = off"))
    assert step.before is not None and plain.before is None
    for a, b in zip(compiled, weights, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)
    (concrete,) = step.compiled_step._list_all_concrete_functions()
    assert concrete.function_def.attr["_XlaMustCompile"].b


def test_only_what_has_to_runs_before_the_step():
    program = compile_text(LOOKED_UP.format(jit="jit = xla")).program
    names, node = before_step(program, program.models["M"])
    assert node is None and names == {"rescaling", "discretization", "table"}


def test_it_is_evaluated_without_xla_and_equal():
    found = ready(LOOKED_UP.format(jit="jit = xla"))
    inputs, targets = found.data.test.inputs, found.data.test.targets
    logs = Evaluator(found.model, found.plan, compiles=False).run(inputs, targets)
    assert logs["loss"] == pytest.approx(found.copy().evaluate(inputs, targets, verbose=0), rel=1e-5)


AFTER_A_MODEL = """
    model Front {{ input v: float32[4]  output w = v -> Dense(3) -> BatchNormalization }}
    model Both {{ input v: float32[4]  output w = v -> Front({inner}) -> ReLU }}
    model M {{
        input features: float32[4]
        front = Both({outer})
        bins = features -> front -> Discretization([0, 1]) -> IntegerLookup(vocabulary=[2, 1])
        output species = bins -> Embedding(4, 3) -> Flatten -> Dense(3, activation=softmax)
    }}
    train M {{
        data = Sklearn(iris, validation=0.2, test=0.2, seed=1)
        loss = SparseCategoricalCrossentropy()
        jit = xla
    }}"""


@pytest.mark.parametrize(("inner", "outer"), [("trainable=false", ""), ("", "trainable=false")])
def test_a_frozen_model_runs_before_the_step_as_well(inner: str, outer: str):
    text = AFTER_A_MODEL.format(inner=inner, outer=outer)
    program = compile_text(text).program
    names, node = before_step(program, program.models["M"])
    assert node is None and names == {"front", "discretization", "integer_lookup"}
    if outer:
        step, weights = trained(text)
        assert step.before is not None and all(np.isfinite(w).all() for w in weights)


def test_a_trained_model_can_not_run_before_the_step():
    (finding,) = compile_text(AFTER_A_MODEL.format(inner="", outer="")).report.errors
    assert finding.code is XLA_FAILED and finding.span.text.startswith("IntegerLookup")


DIGITS = """
    model M {{
        input image: float32[8, 8, 1]
        output digit = image -> Rescaling(1 / 16) {layers} -> Flatten -> Dense(10, activation=softmax)
    }}
    train M {{
        data = Sklearn(digits, validation=0, test=0.5)
        loss = CategoricalCrossentropy()
        jit = xla
        {more}
    }}"""


def test_a_random_layer_of_a_model_is_trained_with_where_it_stands():
    step, weights = trained(DIGITS.format(layers="-> RandomRotation(0.1, fill_mode=constant)", more=""))
    assert [layer.name for layer in step.before.layers if "random" in layer.name] == ["random_rotation"]
    assert all(np.isfinite(w).all() for w in weights)


def test_pictures_may_have_another_size_within_augmentation():
    step, weights = trained(DIGITS.format(layers="", more="augment = RandomCrop(6, 5) -> Resizing(8, 8) -> MixUp"))
    assert [shape for *_, shape in step.augment["image"]] == [(6, 5, 1), (8, 8, 1), (8, 8, 1)]
    assert all(np.isfinite(w).all() for w in weights)


@pytest.mark.parametrize("layer", ["MixUp(1, seed=3)", "CutMix(seed=3)"])
def test_targets_are_mixed_in_the_shares_of_the_pictures(layer: str):
    import tensorflow as tf

    step = step_of(ready(DIGITS.format(layers="", more=f"augment = {layer}")))
    classes = np.arange(10)
    # A picture of class c has the value c everywhere, so that its mean shows what was mixed.
    images = tf.constant(np.ones((10, 8, 8, 1), np.float32) * classes[:, None, None, None])
    inputs, targets = step._augmented({"image": images}, {"digit": tf.one_hot(classes, 10)})
    mixed = targets["digit"].numpy()
    np.testing.assert_allclose(mixed.sum(axis=1), 1, rtol=1e-5)
    assert (mixed.max(axis=1) < 0.999).any(), "something is mixed"
    # CutMix tells the share of a rectangle whose edges lie between points.
    close = 1e-4 if layer.startswith("MixUp") else 2.5
    np.testing.assert_allclose(inputs["image"].numpy().mean(axis=(1, 2, 3)), mixed @ classes, atol=close)


AUGMENTATION = (
    "AugMix(seed=3)", "RandAugment(seed=3)", "RandomShear(0.2)", "RandomPerspective(0.5, 0.2)", "Equalization",
    "RandomElasticTransform(0.5)", "RandomErasing", "ContrastLimitedAdaptiveHistogramEqualization",
    "Pipeline([RandomFlip(horizontal), RandomZoom(0.1)])",
)  # fmt: skip


def test_augmentation_runs_around_the_compiled_step():
    step, weights = trained(DIGITS.format(layers="", more=f"augment = {' -> '.join(AUGMENTATION)}"))
    assert step.before is None and len(step.augment["image"]) == len(AUGMENTATION)
    assert all(np.isfinite(w).all() for w in weights)
