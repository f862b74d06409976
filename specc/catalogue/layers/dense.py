"""Fully connected layers and embeddings."""

from __future__ import annotations

from collections.abc import Iterable

from specc.catalogue.layer import Layer, Weight
from specc.catalogue.params import Flag, activation, constraint, initializer, positive, regularizer
from specc.program.dims import Dim
from specc.program.types import TensorType


class Dense(Layer):
    """Multiplies the last axis by a matrix: ``activation(x @ kernel + bias)``.

    Shape: ``[…, n] → […, units]``. Weights: kernel ``[n, units]``, bias ``[units]``.
    """

    example = "input x: float32[7, 11]  output y = x -> Dense(5, relu)"
    rank = (1, 2, 3, 4, 5)

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

    def output(self, x: TensorType) -> TensorType:
        return self.result(*x.shape[:-1], self.units)

    def weights(self, x: TensorType) -> Iterable[Weight]:
        yield self.weight("kernel", x.channels, self.units)
        if self.use_bias:
            yield self.weight("bias", self.units)

    def flops(self, x: TensorType, y: TensorType) -> Dim:
        return y.size * (2 * x.channels + int(self.use_bias))


class Embedding(Layer):
    """Looks up a learned vector for each integer.

    Shape: ``[…] → […, output_dim]``. Weights: embeddings ``[input_dim, output_dim]``.
    """

    example = "input words: int32[7]  output y = words -> Embedding(1009, 5)"
    # Keras casts floats to integers first, which hides mistakes: specc takes integers only.
    accepts = "integer"

    input_dim = positive(doc="number of different integers, from 0 on")
    output_dim = positive(doc="size of a vector")
    embeddings_initializer = initializer("uniform", doc="first values of the vectors")
    embeddings_regularizer = regularizer(doc="penalty on the vectors")
    embeddings_constraint = constraint(doc="projection of the vectors after each step")
    mask_zero = Flag(False, doc="whether 0 is padding, which later layers skip")

    def output(self, x: TensorType) -> TensorType:
        return self.result(*x.shape, self.output_dim)

    def weights(self, x: TensorType) -> Iterable[Weight]:
        yield self.weight("embeddings", self.input_dim, self.output_dim)
