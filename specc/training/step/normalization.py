"""BatchNormalization of pictures in TensorFlow's graph: by its one fused kernel, forward and backward.

Keras writes it as a dozen operations, each of which goes through all of the batch. XLA fuses them; the graph doesn't.
It is the same arithmetic (Ioffe and Szegedy 2015, https://arxiv.org/abs/1502.03167).
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

from specc.training.step.replaced import layers_of, replaced


def fused_normalization(model: Any) -> AbstractContextManager[None]:
    """Meanwhile the BatchNormalization layers of a Keras model train by the fused kernel, those inside of others too.

    Layers stay with Keras that normalize along another axis than the last one of four, or are synchronized or
    renormalized; and frozen ones and those with a mask.
    """
    import keras

    layers = layers_of(model, keras.layers.BatchNormalization)
    return replaced("call", {x: partial(_call, x, x.call) for x in layers if not (x.renorm or x.synchronized)})


def _call(layer: Any, original: Callable[..., Any], inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
    """What a layer's ``call`` gives: inputs ``[batch, height, width, channels]``, normalized."""
    import keras
    import tensorflow as tf

    fuses = len(inputs.shape) == 4 and layer.axis in (-1, 3)
    if not (fuses and training and layer.trainable and mask is None):
        return original(inputs, training=training, mask=mask)
    x = tf.cast(inputs, keras.backend.result_type(inputs.dtype, "float32"))
    if x.dtype != tf.float32:
        return original(inputs, training=training)
    channels = (x.shape[-1],)
    scale = keras.ops.cast(layer.gamma, x.dtype) if layer.scale else tf.ones(channels)
    offset = keras.ops.cast(layer.beta, x.dtype) if layer.center else tf.zeros(channels)
    y, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
        x=x, scale=scale, offset=offset, mean=(), variance=(), epsilon=layer.epsilon, is_training=True
    )
    # The kernel's is the unbiased estimate, Keras keeps the variance of the batch.
    count = tf.cast(tf.size(x) // x.shape[-1], x.dtype)
    variance *= tf.maximum(count - 1, 1) / count
    for moving, found in ((layer.moving_mean, mean), (layer.moving_variance, variance)):
        moving.assign(keras.ops.cast(moving, x.dtype) * layer.momentum + found * (1 - layer.momentum))
    return tf.cast(y, layer.compute_dtype)
