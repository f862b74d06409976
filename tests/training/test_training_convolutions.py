"""Gradients of convolutions in the form that XLA is fast with, against TensorFlow's own."""

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest

from specc.training.step import convolutions
from specc.training.step.convolutions import canonical_gradients

pytestmark = pytest.mark.keras

B, H, W, C, F = 5, 13, 11, 3, 7


def gradients(make: Callable[[], Any], *, ours: bool, shape: tuple[int | None, ...] = (H, W, C)) -> list[Any]:
    """The output of a layer, and the gradients of its inputs and weights."""
    import keras
    import tensorflow as tf

    layer = make()
    layer.build((None, *shape))
    draw = np.random.default_rng(2)
    for v in layer.weights:
        v.assign(draw.normal(size=v.shape))
    model = keras.Sequential([layer])
    x = tf.constant(draw.normal(size=(B, H, W, C)))

    @tf.function(autograph=False, input_signature=[tf.TensorSpec((None, *shape), tf.float64)])
    def run(x: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x)
            loss = tf.reduce_sum(y**3)
        return [y, *tape.gradient(loss, [x, *(v.value for v in layer.trainable_weights)])]

    if not ours:
        return [v.numpy() for v in run(x)]
    with canonical_gradients(model):
        assert ("convolution_op" in vars(layer)) == convolutions._is_plain(layer)
        found = run(x)
    assert "convolution_op" not in vars(layer)
    return [v.numpy() for v in found]


def of(**arguments: Any) -> Callable[[], Any]:
    def make() -> Any:
        import keras

        return keras.layers.Conv2D(dtype="float64", **{"filters": F, **arguments})

    return make


def require_equal(make: Callable[[], Any], **named: Any) -> None:
    expected, found = gradients(make, ours=False, **named), gradients(make, ours=True, **named)
    for one, other in zip(expected, found, strict=True):
        np.testing.assert_allclose(other, one, rtol=1e-9, atol=1e-8)


@pytest.mark.parametrize("padding", ["same", "valid"])
def test_equal_to_tensorflow(padding: str) -> None:
    for kernel, strides in product([(1, 1), (2, 3), (5, 4), (3, 11)], [(1, 1), (2, 3), (4, 2), (5, 7)]):
        require_equal(of(kernel_size=kernel, strides=strides, padding=padding))


@pytest.mark.parametrize("arguments", [{"groups": 3, "filters": 6}, {"dilation_rate": 2}], ids=str)
def test_others_stay_as_they_are(arguments: dict[str, Any]) -> None:
    require_equal(of(kernel_size=3, **arguments))


def test_sizes_that_are_not_known() -> None:
    require_equal(of(kernel_size=3, strides=2, padding="same"), shape=(None, None, C))
