"""Activation functions as layers."""

from __future__ import annotations

from collections.abc import Iterable

from specc.catalogue.axes import place_of_axis
from specc.catalogue.declare import Refusal
from specc.catalogue.layer import Layer, Weight
from specc.catalogue.params import (
    ACTIVATIONS,
    Choice,
    Integer,
    Number,
    Optional,
    Tuple,
    constraint,
    initializer,
    positive,
    regularizer,
)
from specc.diagnostics.codes import CONFLICTING_ARGUMENTS
from specc.program.dims import Dim
from specc.program.types import TensorType


class Pointwise(Layer, abstract=True):
    """A function of each element, or one that keeps the shape. Shape: ``[…] → […]``."""

    accepts = "float"

    def output(self, x: TensorType) -> TensorType:
        return self.result(*x.shape)

    def flops(self, x: TensorType, y: TensorType) -> Dim:
        return y.size


class Activation(Pointwise):
    """Applies a named activation function.

    Shape: ``[…] → […]``. The functions are those of ``keras.activations``.
    """

    example = "input x: float32[7, 11]  output y = x -> Activation(gelu)"

    # None is a function too in Keras (linear); specc wants it said: an activation that does nothing is a mistake.
    activation = Choice(*ACTIVATIONS, doc="the function")


class ReLU(Pointwise):
    """Cuts negative values: ``max(x, 0)``, in general ``min(max(x, 0), max_value)`` above ``threshold``.

    Shape: ``[…] → […]``. Below the threshold it is ``negative_slope * (x - threshold)``.
    """

    example = "input x: float32[7, 11]  output y = x -> ReLU"

    max_value = Optional(Number(low=0.0), doc="greatest output, none for no bound")
    negative_slope = Number(0.0, low=0.0, doc="slope below the threshold")
    threshold = Number(0.0, low=0.0, doc="value below which it cuts")


class LeakyReLU(Pointwise):
    """Shrinks negative values: ``x`` where ``x >= 0``, else ``negative_slope * x``.

    Shape: ``[…] → […]``. Maas et al. 2013.
    """

    example = "input x: float32[7, 11]  output y = x -> LeakyReLU(0.1)"

    negative_slope = Number(0.3, low=0.0, doc="slope of negative values")


class PReLU(Pointwise):
    """Shrinks negative values by a learned slope: ``x`` where ``x >= 0``, else ``alpha * x``.

    Shape: ``[…] → […]``. Weights: alpha, shaped as one example with 1 on shared axes. He et al. 2015,
    https://arxiv.org/abs/1502.01852.
    """

    example = "input x: float32[7, 11, 3]  output y = x -> PReLU(shared_axes=[1, 2])"

    alpha_initializer = initializer("zeros", doc="first values of the slopes")
    alpha_regularizer = regularizer(doc="penalty on the slopes")
    alpha_constraint = constraint(doc="projection of the slopes after each step")
    shared_axes = Optional(
        Tuple(positive(), single=True, length=None), doc="axes, from 1 on, along which one slope is shared"
    )

    def output(self, x: TensorType) -> TensorType:
        for axis in self.shared_axes or ():
            place_of_axis(axis, x, "shared_axes")
        return self.result(*x.shape)

    def weights(self, x: TensorType) -> Iterable[Weight]:
        shared = self.shared_axes or ()
        yield self.weight("alpha", *(1 if axis in shared else size for axis, size in enumerate(x.shape, start=1)))


class ELU(Pointwise):
    """Bends negative values: ``x`` where ``x > 0``, else ``alpha * (exp(x) - 1)``.

    Shape: ``[…] → […]``. Clevert et al. 2015, https://arxiv.org/abs/1511.07289.
    """

    example = "input x: float32[7, 11]  output y = x -> ELU"

    alpha = Number(1.0, doc="limit of very negative values, with the opposite sign")


class Softmax(Pointwise):
    """Makes probabilities along an axis: ``exp(x) / sum(exp(x))``.

    Shape: ``[…] → […]``.
    """

    example = "input x: float32[7, 11]  output y = x -> Softmax"

    axis = Integer(-1, doc="the axis that sums to 1; the batch axis is 0, the last one -1")

    def check(self) -> None:
        if self.axis == 0:
            # Keras normalises over the batch then: the examples of a batch would change each other.
            raise Refusal(
                CONFLICTING_ARGUMENTS,
                "`axis` 0 is the batch: examples would change each other",
                expected="an axis of an example, from 1 on or from -1 down",
                found="0",
                argument="axis",
            )

    def output(self, x: TensorType) -> TensorType:
        place_of_axis(self.axis, x, "axis")
        return self.result(*x.shape)
