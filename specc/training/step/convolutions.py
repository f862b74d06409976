"""Two-dimensional convolutions in XLA's loop on a CPU: their gradients in the one form that it has a fast kernel for.

XLA brings convolutions into that form in the program itself, but not in the bodies of its loops, where gradients would
take ten times as long. So they are written in it to begin with: as convolutions of pictures with channels last, by
kernels of height, width, channels in, channels out. It is the same arithmetic.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import partial
from typing import Any

from specc.training.step.replaced import layers_of, replaced


def canonical_gradients(model: Any) -> AbstractContextManager[None]:
    """Meanwhile the Conv2D layers of a Keras model have gradients in that form, those inside of others too.

    Layers with groups, dilation or channels first stay as they are, and so do pictures whose size isn't known.
    """
    import keras

    layers = [x for x in layers_of(model, keras.layers.Conv2D) if _is_plain(x)]
    return replaced("convolution_op", {x: partial(_convolution, x.strides, x.padding) for x in layers})


def _is_plain(layer: Any) -> bool:
    return layer.groups == 1 and set(layer.dilation_rate) == {1} and layer.data_format == "channels_last"


def _convolution(strides: tuple[int, int], padding: str, x: Any, kernel: Any) -> Any:
    """``[batch, height, width, filters]`` of pictures ``[batch, height, width, channels]``."""
    import tensorflow as tf

    if None in x.shape[1:3]:
        return tf.nn.conv2d(x, kernel, strides, padding.upper())

    @tf.custom_gradient
    def convolution(x: Any, kernel: Any) -> Any:
        axes = [_Axis(*given, padding) for given in zip(x.shape[1:3], kernel.shape[:2], strides, strict=True)]

        def gradient(d_y: Any) -> tuple[Any, Any]:
            return _input_gradient(d_y, kernel, axes), _kernel_gradient(x, d_y, axes)

        return tf.nn.conv2d(x, kernel, strides, padding.upper()), gradient

    return convolution(tf.convert_to_tensor(x), tf.convert_to_tensor(kernel))


class _Axis:
    """A convolution along one axis: sizes of input, kernel and output, and the zeros before the input."""

    def __init__(self, size: int, kernel: int, stride: int, padding: str) -> None:
        self.size, self.kernel, self.stride = size, kernel, stride
        self.out = -(-size // stride) if padding == "same" else (size - kernel) // stride + 1
        self.before = max(self.reach - size, 0) // 2 if padding == "same" else 0

    @property
    def reach(self) -> int:
        """From the first input that is looked at to the last one."""
        return (self.out - 1) * self.stride + self.kernel


def _input_gradient(d_y: Any, kernel: Any, axes: list[_Axis]) -> Any:
    """The gradient of the inputs: outputs' gradients, as far apart as the strides, by the turned kernel."""
    import tensorflow as tf

    for number, axis in enumerate(axes, 1):
        d_y = _dilated(d_y, number, axis.stride)
    turned = tf.transpose(tf.reverse(kernel, (0, 1)), (0, 1, 3, 2))
    pads = [(a.kernel - 1 - a.before, a.size + a.before + a.kernel - 1 - a.reach) for a in axes]
    return tf.nn.conv2d(d_y, turned, 1, [(0, 0), *pads, (0, 0)])


def _dilated(values: Any, axis: int, rate: int) -> Any:
    """Values along an axis with zeros between them."""
    import tensorflow as tf

    if rate == 1:
        return values
    sizes = [-1, *values.shape[1:]]  # of examples there are any number
    last = (sizes[axis] - 1) * rate + 1
    sizes[axis] *= rate
    between = [(0, 0)] * (len(sizes) + 1)
    between[axis + 1] = (0, rate - 1)
    wide = tf.reshape(tf.pad(tf.expand_dims(values, axis + 1), between), sizes)
    return wide[:, :last] if axis == 1 else wide[:, :, :last]


def _kernel_gradient(x: Any, d_y: Any, axes: list[_Axis]) -> Any:
    """The gradient of the kernel: inputs by outputs' gradients, where examples take the place of channels."""
    import tensorflow as tf

    after = [a.reach - a.size - a.before for a in axes]
    kept = tuple(slice(a.size + min(rest, 0)) for a, rest in zip(axes, after, strict=True))
    pads = [(a.before, max(rest, 0)) for a, rest in zip(axes, after, strict=True)]
    inputs, outputs = tf.transpose(x[:, kept[0], kept[1]], (3, 1, 2, 0)), tf.transpose(d_y, (1, 2, 0, 3))
    made = tf.nn.conv2d(inputs, outputs, 1, [(0, 0), *pads, (0, 0)], dilations=[a.stride for a in axes])
    return tf.transpose(made, (1, 2, 0, 3))
