"""LSTM and GRU in a training step, against Keras's own: the same outputs, states and gradients."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from specc.training.step import recurrent

pytestmark = pytest.mark.keras

B, T, F, U = 5, 7, 3, 11


def of(name: str, **arguments: Any) -> Callable[[], Any]:
    def make() -> Any:
        import keras

        given = {
            "dtype": "float64",
            "kernel_initializer": "normal",
            "bias_initializer": "normal",
            "seed": 3,
        } | arguments
        if name == "LSTM":
            given |= {"unit_forget_bias": False}
        return getattr(keras.layers, name)(U, **given)

    return make


def bidirectional() -> Any:
    import keras

    return keras.layers.Bidirectional(of("GRU", return_sequences=True)())


def computed(layer: Any, x: Any, weigh: Any) -> list[Any]:
    """Outputs, states, and gradients of something that hangs on all of them."""
    import tensorflow as tf

    @tf.function(autograph=False)
    def run() -> Any:
        with tf.GradientTape() as tape:
            tape.watch(x)
            made = tf.nest.flatten(layer(x, training=True))
            loss = sum(tf.reduce_sum(tf.cast(m, tf.float64) * w) for m, w in zip(made, weigh, strict=True))
        return made, tape.gradient(loss, [x, *(v.value for v in layer.trainable_weights)])

    return [v.numpy() for v in tf.nest.flatten(run())]


def both(make: Callable[[], Any], dtype: str = "float64") -> tuple[list[Any], list[Any], int]:
    """What Keras computes and what this module does, and how often Keras was asked for the latter."""
    import keras
    import tensorflow as tf

    rng = np.random.default_rng(1)
    x = tf.constant(rng.normal(size=(B, T, F)), dtype)
    results = []
    asked = 0
    for fused in (False, True):
        layer = make()
        made = tf.nest.flatten(layer(x))
        draw = np.random.default_rng(2)
        for v in layer.weights:
            v.assign(draw.normal(size=v.shape) * 0.5 if "seed" not in v.path else v.numpy())
        weigh = [tf.constant(np.random.default_rng(4).normal(size=m.shape)) for m in made]
        model = keras.Sequential([layer])
        if not fused:
            results.append(computed(layer, x, weigh))
            continue
        inner = [part for part in model._flatten_layers() if hasattr(part, "inner_loop")]
        for part in inner:
            original = type(part).inner_loop

            def counted(*arguments: Any, original: Any = original, part: Any = part, **named: Any) -> Any:
                nonlocal asked
                asked += 1
                return original(part, *arguments, **named)

            part.inner_loop = counted
        with recurrent.large_products(model, compiled=False):
            results.append(computed(layer, x, weigh))
    return results[0], results[1], asked


@pytest.mark.parametrize("name", ["LSTM", "GRU"])
@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"return_sequences": True},
        {"return_sequences": True, "return_state": True},
        {"go_backwards": True, "return_sequences": True},
        {"use_bias": False},
        {"dropout": 0.4, "return_sequences": True},
        {"unroll": True},
    ],
    ids=lambda a: ", ".join(a) or "defaults",
)
def test_equal_to_keras(name: str, arguments: dict[str, Any]) -> None:
    expected, found, asked = both(of(name, **arguments))
    assert asked == 0 and len(expected) == len(found)
    for one, other in zip(expected, found, strict=True):
        np.testing.assert_allclose(other, one, rtol=1e-10, atol=1e-12)


def test_inside_of_other_layers() -> None:
    expected, found, asked = both(bidirectional)
    assert asked == 0
    for one, other in zip(expected, found, strict=True):
        np.testing.assert_allclose(other, one, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", ["LSTM", "GRU"])
def test_half_of_the_precision(name: str) -> None:
    expected, found, asked = both(of(name, dtype="mixed_bfloat16", return_sequences=True), "float32")
    assert asked == 0
    for one, other in zip(expected, found, strict=True):
        assert one.dtype == other.dtype
        scale = np.abs(one.astype("float32")).max()
        np.testing.assert_allclose(other.astype("float32"), one.astype("float32"), atol=0.03 * scale)


@pytest.mark.parametrize(
    "make",
    [
        of("LSTM", activation="relu"),
        of("LSTM", recurrent_activation="hard_sigmoid"),
        of("GRU", recurrent_dropout=0.3),
        of("GRU", reset_after=False),
    ],
    ids=["activation", "recurrent activation", "recurrent dropout", "reset before"],
)
def test_what_is_left_to_keras(make: Callable[[], Any]) -> None:
    expected, found, asked = both(make)
    assert asked == 1
    for one, other in zip(expected, found, strict=True):
        np.testing.assert_allclose(other, one, rtol=1e-10, atol=1e-12)


def test_masks_are_left_to_keras() -> None:
    import keras

    def make() -> Any:
        return keras.Sequential([keras.layers.Masking(0.5), of("LSTM")()])

    _, _, asked = both(make)
    assert asked == 1


def test_layers_are_afterwards_as_they_were() -> None:
    import keras

    layer = of("LSTM")()
    with recurrent.large_products(keras.Sequential([layer]), compiled=True):
        assert "inner_loop" in vars(layer)
    assert "inner_loop" not in vars(layer)


def test_on_a_gpu_cudnn_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    import keras

    monkeypatch.setattr(recurrent, "on_gpu", lambda: True)
    layer = of("LSTM")()
    for compiled in (False, True):
        with recurrent.large_products(keras.Sequential([layer]), compiled=compiled):
            assert ("inner_loop" in vars(layer)) == compiled
