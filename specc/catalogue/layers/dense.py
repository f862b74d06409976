"""Fully connected layers and embeddings."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from specc.catalogue.declare import Refusal
from specc.catalogue.layer import Accepts, Layer, Weight
from specc.catalogue.params import (
    Choice,
    Flag,
    Number,
    Optional,
    activation,
    constraint,
    initializer,
    positive,
    regularizer,
)
from specc.diagnostics.codes import SHAPE_MISMATCH
from specc.program.deciding import equal
from specc.program.dims import Dim
from specc.program.types import FLOATS, INTEGERS, TensorType


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
    accepts: ClassVar[Accepts | tuple[str, ...]] = "integer"

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


class ReversibleEmbedding(Embedding):
    """An embedding that also goes back: from a vector to a score for each integer, by the same table.

    Shape: of integers ``[…] → […, output_dim]``, of floats ``[…, output_dim] → […, input_dim]``. So the two directions
    are two uses of one layer, as in ``embed = ReversibleEmbedding(1009, 64)``, ``tokens -> embed`` and
    ``hidden -> embed``; in Keras, ``reverse=True`` at the call. Weights: embeddings ``[input_dim, output_dim]``,
    without ``tie_weights`` also reverse_embeddings ``[output_dim, input_dim]``. Press and Wolf 2016,
    https://arxiv.org/abs/1608.05859.
    """

    example = "input words: int32[7]  output y = words -> ReversibleEmbedding(1009, 5)"
    accepts = (*INTEGERS, *FLOATS)

    tie_weights = Flag(True, doc="whether the way back uses the same table, transposed").after("output_dim")
    reverse_dtype = Optional(Choice(*FLOATS), doc="dtype of the way back, none for the layer's").after("mask_zero")
    logit_soft_cap = Optional(
        Number(low=0.0, open_low=True), doc="bound that scores are brought under by tanh, none for no bound"
    ).after("reverse_dtype")

    def output(self, x: TensorType) -> TensorType:
        if not x.is_float:
            return super().output(x)
        if not x.rank or not equal(x.channels, self.output_dim):
            raise Refusal(
                SHAPE_MISMATCH,
                f"the way back takes vectors of {self.output_dim}",
                expected=f"{self.output_dim} as the last size",
                found=str(x),
                help=("integers are looked up; floats go back",),
            )
        return TensorType(self.reverse_dtype or self.compute_dtype, (*x.shape[:-1], self.input_dim))

    def weights(self, x: TensorType) -> Iterable[Weight]:
        yield from super().weights(x)
        if not self.tie_weights:
            yield self.weight("reverse_embeddings", self.output_dim, self.input_dim)

    def flops(self, x: TensorType, y: TensorType) -> Dim:
        return 2 * y.size * self.output_dim if x.is_float else 0

    def call_arguments(self, inputs: tuple[TensorType, ...]) -> dict[str, Any]:
        return {"reverse": True} if inputs[0].is_float else {}
