"""Fully connected layers and embeddings."""

from __future__ import annotations

from collections.abc import Iterable

from specc.catalogue.layer import Layer, Weight, known
from specc.catalogue.params import Flag, activation, constraint, initializer, positive, regularizer
from specc.program.dims import Dim
from specc.program.types import TensorType


class Dense(Layer):
    """Multiplies the last axis by a matrix: ``activation(x @ kernel + bias)``.

    Shape: ``[…, n] → […, units]``. Weights: kernel ``[n, units]``, bias ``[units]``.
    """

    units = positive(doc="size of the output's last axis")
    activation = activation()
    use_bias = Flag(True, doc="whether a bias is added")
    kernel_initializer = initializer("glorot_uniform", doc="first values of the kernel")
    bias_initializer = initializer("zeros", doc="first values of the bias")
    kernel_regularizer = regularizer(doc="penalty on the kernel")
    bias_regularizer = regularizer(doc="penalty on the bias")
    activity_regularizer = regularizer(doc="penalty on the output")
    kernel_constraint = constraint(doc="projection of the kernel after each step")
    bias_constraint = constraint(doc="projection of the bias after each step")

    rank = (1, 2, 3, 4, 5)

    def output(self, x: TensorType) -> TensorType:
        return TensorType("float32", x.with_channels(self.units).shape)

    def weights(self, x: TensorType) -> Iterable[Weight]:
        yield Weight("kernel", (known(x.channels, "the last axis of `Dense`'s input"), self.units))
        if self.use_bias:
            yield Weight("bias", (self.units,))

    def flops(self, x: TensorType, y: TensorType) -> Dim:
        return y.size * (2 * x.channels + int(self.use_bias))
