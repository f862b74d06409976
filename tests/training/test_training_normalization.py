"""BatchNormalization by TensorFlow's fused kernel, against Keras's own: outputs, gradients and what it remembers."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from specc.training.step.normalization import fused_normalization

pytestmark = pytest.mark.keras

SHAPE = (5, 13, 11, 7)


def trained(make: Callable[[], Any], shape: tuple[int, ...], dtype: str, *, ours: bool) -> tuple[list[Any], bool]:
    """Output, gradients and weights after a step, and whether the fused kernel was called."""
    import keras
    import tensorflow as tf

    draw = np.random.default_rng(3)
    x = tf.constant(draw.normal(2, 3, shape), dtype)
    layer = make()
    layer.build((None, *shape[1:]))
    for v in layer.weights:
        v.assign(draw.uniform(0.5, 2, v.shape))
    weigh = draw.normal(size=shape)

    def run(x: Any) -> Any:
        trained = [v.value for v in layer.trainable_weights]
        with tf.GradientTape() as tape:
            tape.watch([x, *trained])
            y = layer(x, training=True)
            loss = tf.reduce_sum(tf.cast(y, tf.float64) * weigh)
        return [y, *tape.gradient(loss, [x, *trained])]

    function = tf.function(run, autograph=False)
    model = keras.Sequential([layer])
    if ours:
        with fused_normalization(model):
            program = function.get_concrete_function(tf.TensorSpec((None, *shape[1:]), dtype))
        assert "call" not in vars(layer)
    else:
        program = function.get_concrete_function(tf.TensorSpec((None, *shape[1:]), dtype))
    found = [*program(x), *(v.value for v in layer.weights)]
    fused = any(op.type == "FusedBatchNormV3" for op in program.graph.get_operations())
    return [np.asarray(tf.cast(v, tf.float64)) for v in found], fused


def of(**arguments: Any) -> Callable[[], Any]:
    def make() -> Any:
        import keras

        return keras.layers.BatchNormalization(**{"momentum": 0.7, "epsilon": 0.01, **arguments})

    return make


@pytest.mark.parametrize(
    ("arguments", "shape", "dtype", "fuses"),
    [
        ({}, SHAPE, "float32", True),
        ({"axis": 3}, SHAPE, "float32", True),
        ({"scale": False}, SHAPE, "float32", True),
        ({"center": False}, SHAPE, "float32", True),
        ({}, (1, 1, 2, 3), "float32", True),
        ({}, (1, 1, 1, 3), "float32", True),
        ({"dtype": "mixed_bfloat16"}, SHAPE, "bfloat16", True),
        ({"dtype": "mixed_float16"}, SHAPE, "float16", True),
        ({"dtype": "float64"}, SHAPE, "float64", False),
        ({"axis": 1}, SHAPE, "float32", False),
        ({"renorm": True}, SHAPE, "float32", False),
        ({"synchronized": True}, SHAPE, "float32", False),
        ({"trainable": False}, SHAPE, "float32", False),
        ({}, SHAPE[:3], "float32", False),
    ],
    ids=str,
)
def test_equal_to_keras(arguments: dict[str, Any], shape: tuple[int, ...], dtype: str, fuses: bool) -> None:
    expected, _ = trained(of(**arguments), shape, dtype, ours=False)
    found, fused = trained(of(**arguments), shape, dtype, ours=True)
    assert fused == fuses
    exact = dtype in ("float32", "float64")
    for one, other in zip(expected, found, strict=True):
        np.testing.assert_allclose(other, one, rtol=1e-4 if exact else 0.02, atol=1e-3 if exact else 0.1)
