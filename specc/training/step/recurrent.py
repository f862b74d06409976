"""LSTM and GRU in a training step: few large matrix products instead of many small ones.

Keras carries out a recurrent layer step by step and differentiates that, so each timestep has its own product of inputs
with weights, and its own for the gradients of all weights. Only the product with the state before must wait for its
turn: the others are here one product for all timesteps (Appleyard et al. 2016, https://arxiv.org/abs/1604.01946), as
in cuDNN. It is the same arithmetic, added up in another order.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

from specc.training.step.machine import on_gpu
from specc.training.step.replaced import layers_of, replaced


def large_products(model: Any, *, compiled: bool) -> AbstractContextManager[None]:
    """Meanwhile the LSTM and GRU layers of a Keras model, those inside of others too, are carried out by this module.

    Layers stay with Keras that have other activations than tanh and sigmoid, ``recurrent_dropout``,
    ``reset_after=False``, or a mask; and all of them on a GPU without XLA, where Keras calls cuDNN.

    Args:
        compiled: whether XLA compiles what is called.
    """
    import keras

    loops = {keras.layers.LSTM: _lstm, keras.layers.GRU: _gru}
    layers = [] if on_gpu() and not compiled else layers_of(model, *loops)
    methods = {x: partial(_inner_loop, x, x.inner_loop, loops[type(x)]) for x in layers if _is_usual(x)}
    return replaced("inner_loop", methods)


def _is_usual(layer: Any) -> bool:
    import keras

    activations = (layer.activation, layer.recurrent_activation)
    usual = activations == (keras.activations.tanh, keras.activations.sigmoid) and layer.cell.implementation == 2
    return usual and getattr(layer, "reset_after", True)


def _inner_loop(
    layer: Any,
    original: Callable[..., Any],
    loop: Callable[..., tuple[Any, list[Any]]],
    sequences: Any,
    initial_state: Any,
    mask: Any,
    training: bool = False,
) -> Any:
    """What a layer's ``inner_loop`` gives: the last output ``[batch, units]``, all of them in the order in which they
    were made, ``[batch, timesteps, units]``, and the states after the last one.
    """
    import tensorflow as tf

    if mask is not None:
        return original(sequences, initial_state, mask, training=training)
    cell = layer.cell
    if training and 0 < cell.dropout < 1:
        sequences *= cell.get_dropout_mask(sequences[:, 0, :])[:, None]  # one for all timesteps
    if layer.go_backwards:
        sequences = tf.reverse(sequences, (1,))
    kernel, recurrent = (tf.convert_to_tensor(v) for v in (cell.kernel, cell.recurrent_kernel))
    shape = cell.bias.shape if layer.use_bias else (2, kernel.shape[1]) if loop is _gru else (kernel.shape[1],)
    bias = tf.convert_to_tensor(cell.bias) if layer.use_bias else tf.zeros(shape, kernel.dtype)
    outputs, states = loop(tf.transpose(sequences, (1, 0, 2)), list(initial_state), kernel, recurrent, bias)
    return states[0], tf.transpose(outputs, (1, 0, 2)), states


# ── LSTM ─────────────────────────────────────────────────────────────────────────────────────────


def _lstm(x: Any, states: list[Any], kernel: Any, recurrent: Any, bias: Any) -> tuple[Any, list[Any]]:
    """All outputs ``[timesteps, batch, units]``, the last one and the last carry, of inputs
    ``[timesteps, batch, features]``.

    Gates are in Keras's order: input, forget, candidate, output (Hochreiter and Schmidhuber 1997).
    """
    import tensorflow as tf

    @tf.custom_gradient
    def lstm(x: Any, h0: Any, c0: Any, kernel: Any, recurrent: Any, bias: Any) -> Any:
        projected = _product(x, kernel) + bias

        def step(t: Any, h: Any, c: Any) -> tuple[Any, ...]:
            i, f, g, o = (
                a + b for a, b in zip(_parts(projected, t, 4), tf.split(h @ recurrent, 4, axis=1), strict=True)
            )
            i, f, g, o = tf.sigmoid(i), tf.sigmoid(f), tf.tanh(g), tf.sigmoid(o)
            c = f * c + i * g
            tanh = tf.tanh(c)
            h = o * tanh
            return (h, c), (h, c, tanh, i, f, g, o)

        (h, c), (hs, cs, tanhs, *gates) = _forward(step, (h0, c0), tf.shape(x)[0], 7 * (h0,))

        def gradient(d_hs: Any, d_h: Any, d_c: Any) -> tuple[Any, ...]:
            before, carries = _shifted(hs, h0), _shifted(cs, c0)

            def back(t: Any, d_h: Any, d_c: Any) -> tuple[Any, ...]:
                i, f, g, o = (gate[t] for gate in gates)
                tanh = tanhs[t]
                d_h += d_hs[t]
                d_c += d_h * o * (1 - tanh * tanh)
                d_z = tf.concat(
                    (
                        d_c * g * i * (1 - i),
                        d_c * carries[t] * f * (1 - f),
                        d_c * i * (1 - g * g),
                        d_h * tanh * o * (1 - o),
                    ),
                    axis=1,
                )
                return (tf.matmul(d_z, recurrent, transpose_b=True), d_c * f), (d_z,)

            (d_h, d_c), (d_z,) = _backward(back, (d_h, d_c), tf.shape(x)[0], (projected[0],))
            d_x = _product(d_z, kernel, transpose_b=True)
            return d_x, d_h, d_c, _over_timesteps(x, d_z), _over_timesteps(before, d_z), tf.reduce_sum(d_z, (0, 1))

        return (hs, h, c), gradient

    outputs, *last = lstm(x, *states, kernel, recurrent, bias)
    return outputs, last


# ── GRU ──────────────────────────────────────────────────────────────────────────────────────────


def _gru(x: Any, states: list[Any], kernel: Any, recurrent: Any, bias: Any) -> tuple[Any, list[Any]]:
    """All outputs ``[timesteps, batch, units]`` and the last one, of inputs ``[timesteps, batch, features]``.

    Gates are in Keras's order: update, reset, candidate (Cho et al. 2014), the reset gate after the product, as in
    cuDNN. ``bias`` is ``[2, 3 * units]``, that of the inputs and that of the state.
    """
    import tensorflow as tf

    @tf.custom_gradient
    def gru(x: Any, h0: Any, kernel: Any, recurrent: Any, bias: Any) -> Any:
        projected = _product(x, kernel) + bias[0]

        def step(t: Any, h: Any) -> tuple[Any, ...]:
            z, r, g = _parts(projected, t, 3)
            state_z, state_r, state_g = tf.split(h @ recurrent + bias[1], 3, axis=1)
            z, r = tf.sigmoid(z + state_z), tf.sigmoid(r + state_r)
            g = tf.tanh(g + r * state_g)
            h = z * h + (1 - z) * g
            return (h,), (h, z, r, g, state_g)

        (h,), (hs, *gates) = _forward(step, (h0,), tf.shape(x)[0], 5 * (h0,))

        def gradient(d_hs: Any, d_h: Any) -> tuple[Any, ...]:
            before = _shifted(hs, h0)

            def back(t: Any, d_h: Any) -> tuple[Any, ...]:
                z, r, g, state_g = (gate[t] for gate in gates)
                d_h += d_hs[t]
                d_g = d_h * (1 - z) * (1 - g * g)
                d_z = d_h * (before[t] - g) * z * (1 - z)
                d_r = d_g * state_g * r * (1 - r)
                of_state = tf.concat((d_z, d_r, d_g * r), axis=1)
                return (d_h * z + tf.matmul(of_state, recurrent, transpose_b=True),), (of_state, d_g)

            (d_h,), (of_states, d_g) = _backward(back, (d_h,), tf.shape(x)[0], (projected[0], h0))
            of_inputs = tf.concat((of_states[:, :, : -h0.shape[1]], d_g), axis=2)
            d_bias = tf.stack([tf.reduce_sum(d, (0, 1)) for d in (of_inputs, of_states)])
            d_x = _product(of_inputs, kernel, transpose_b=True)
            return d_x, d_h, _over_timesteps(x, of_inputs), _over_timesteps(before, of_states), d_bias

        return (hs, h), gradient

    outputs, *last = gru(x, *states, kernel, recurrent, bias)
    return outputs, last


# ── Common parts ─────────────────────────────────────────────────────────────────────────────────


def _product(x: Any, kernel: Any, *, transpose_b: bool = False) -> Any:
    """The product of ``[timesteps, batch, a]`` with ``[a, b]``, as one."""
    import tensorflow as tf

    flat = tf.matmul(tf.reshape(x, (-1, x.shape[-1])), kernel, transpose_b=transpose_b)
    return tf.reshape(flat, (*_sizes(x), flat.shape[-1]))


def _over_timesteps(x: Any, d: Any) -> Any:
    """The sum over timesteps of the products of transposed ``[batch, a]`` with ``[batch, b]``, as one product."""
    import tensorflow as tf

    flat = (tf.reshape(v, (-1, v.shape[-1])) for v in (x, d))
    return tf.matmul(*flat, transpose_a=True)


def _sizes(x: Any) -> tuple[Any, Any]:
    """Times and batch, as numbers where they are known."""
    import tensorflow as tf

    return x.shape[0] or tf.shape(x)[0], x.shape[1] or tf.shape(x)[1]


def _parts(values: Any, t: Any, count: int) -> list[Any]:
    """What there is at one time, split. XLA is slow where several slices are made of one that moves."""
    import tensorflow as tf

    batch, size = _sizes(values)[1], values.shape[2] // count
    return [tf.slice(values, (t, 0, size * k), (1, batch, size))[0] for k in range(count)]


def _shifted(values: Any, first: Any) -> Any:
    """What there was before each time."""
    import tensorflow as tf

    return tf.concat((first[None], values[:-1]), axis=0)


def _forward(step: Callable[..., Any], state: tuple[Any, ...], timesteps: Any, like: tuple[Any, ...]) -> Any:
    """The last state, and what each step gives, ``[timesteps, …]``. A step takes its time and the state before it."""
    return _loop(step, state, timesteps, like, lambda number: number)


def _backward(step: Callable[..., Any], state: tuple[Any, ...], timesteps: Any, like: tuple[Any, ...]) -> Any:
    """The same from the last time to the first."""
    return _loop(step, state, timesteps, like, lambda number: timesteps - 1 - number)


def _loop(
    step: Callable[..., Any], state: tuple[Any, ...], timesteps: Any, like: tuple[Any, ...], time: Callable[[Any], Any]
) -> tuple[tuple[Any, ...], list[Any]]:
    import tensorflow as tf

    arrays = tuple(tf.TensorArray(v.dtype, timesteps, element_shape=v.shape) for v in like)

    def body(number: Any, state: Any, arrays: Any) -> Any:
        now = time(number)
        state, made = step(now, *state)
        return number + 1, state, tuple(a.write(now, v) for a, v in zip(arrays, made, strict=True))

    _, state, arrays = tf.while_loop(lambda n, *_: n < timesteps, body, (tf.constant(0), state, arrays))
    return state, [a.stack() for a in arrays]
