"""Functions along axes: sums and means, extremes and their places, running sums, softmax."""

from __future__ import annotations

from typing import Any

from specc.catalogue.axes import place_of_axis
from specc.catalogue.declare import Refusal
from specc.catalogue.layer import known
from specc.catalogue.ops import base
from specc.catalogue.ops.base import NOT_TEXT, Mover, Operation
from specc.catalogue.ops.broadcast import as_float
from specc.catalogue.params import Flag, Integer, Number, Optional, positive
from specc.diagnostics.codes import OUT_OF_RANGE
from specc.program.deciding import less_equal
from specc.program.dims import Dim
from specc.program.types import FLOATS, TensorType


class Reduction(Operation, abstract=True):
    """Makes one value of all along some axes; without an axis, of all of an example."""

    axis = base.axes()
    keepdims = base.keepdims()

    def output(self, *inputs: TensorType) -> TensorType:
        (x,) = inputs
        gone = base.places(self.axis, x)
        if self.keepdims:
            shape = tuple(1 if i in gone else d for i, d in enumerate(x.shape))
        else:
            shape = tuple(d for i, d in enumerate(x.shape) if i not in gone)
        return TensorType(self.dtype(x.dtype), shape)

    def dtype(self, dtype: str) -> str:
        """The dtype of the result."""
        return dtype

    def flops(self, inputs: tuple[TensorType, ...], y: TensorType) -> Dim:
        return inputs[0].size

    def keras_arguments(self, inputs: tuple[TensorType, ...]) -> dict[str, Any]:
        named = tuple(p + 1 for p in base.places(self.axis, inputs[0]))
        return {**super().keras_arguments(inputs), "axis": named}


_SUMMED = {"bool": "int32", "int8": "int32", "int16": "int32", "uint8": "uint32", "uint16": "uint32"}
"""What a sum of small integers is counted in."""


class sum(Reduction):
    """The sum along axes."""

    accepts = NOT_TEXT

    def dtype(self, dtype: str) -> str:
        return _SUMMED.get(dtype, dtype)


class prod(Reduction):
    """The product along axes."""

    accepts = NOT_TEXT

    def dtype(self, dtype: str) -> str:
        return _SUMMED.get(dtype, dtype)


class mean(Reduction):
    """The mean along axes."""

    accepts = NOT_TEXT

    def dtype(self, dtype: str) -> str:
        return as_float(dtype)


class var(Reduction):
    """The variance along axes: the mean of the squared distances from the mean."""

    accepts = FLOATS


class std(Reduction):
    """The standard deviation along axes: the root of the variance."""

    accepts = FLOATS


class max(Reduction):
    """The greatest value along axes."""


class min(Reduction):
    """The least value along axes."""


class logsumexp(Reduction):
    """``log(sum(exp(x)))`` along axes, without overflow."""

    accepts = FLOATS


class any(Reduction):
    """Whether one holds, along axes."""

    accepts = ("bool",)


class all(Reduction):
    """Whether all hold, along axes."""

    accepts = ("bool",)


class Position(Operation, abstract=True):
    """The place of a value along an axis."""

    axis = base.axis(-1)
    keepdims = base.keepdims()

    def output(self, *inputs: TensorType) -> TensorType:
        (x,) = inputs
        at = place_of_axis(self.axis, x, "axis")
        kept = (1,) if self.keepdims else ()
        return TensorType("int32", (*x.shape[:at], *kept, *x.shape[at + 1 :]))

    def flops(self, inputs: tuple[TensorType, ...], y: TensorType) -> Dim:
        return inputs[0].size


class argmax(Position):
    """The position of the greatest value along an axis, from 0 on."""


class argmin(Position):
    """The position of the least value along an axis, from 0 on."""


class AlongAxis(Operation, abstract=True):
    """A function along one axis that keeps the shape."""

    axis = base.axis(-1)

    def output(self, *inputs: TensorType) -> TensorType:
        (x,) = inputs
        place_of_axis(self.axis, x, "axis")
        return x


class cumsum(AlongAxis):
    """Running sums along an axis."""

    axis = base.axis()


class cumprod(AlongAxis):
    """Running products along an axis."""

    axis = base.axis()


class softmax(AlongAxis):
    """``exp(x) / sum(exp(x))`` along an axis: positive values with the sum 1."""

    accepts = FLOATS

    def flops(self, inputs: tuple[TensorType, ...], y: TensorType) -> Dim:
        return 3 * y.size


class log_softmax(AlongAxis):
    """``log(softmax(x))``, without underflow."""

    accepts = FLOATS

    def flops(self, inputs: tuple[TensorType, ...], y: TensorType) -> Dim:
        return 3 * y.size


class normalize(AlongAxis):
    """Brings vectors along an axis to length 1."""

    accepts = FLOATS
    order = positive(2, doc="which length: 2 is Euclid's, 1 the sum of magnitudes").after("axis")
    epsilon = Optional(
        Number(low=0.0, open_low=True), doc="least length that is divided by, none for Keras's 1e-7"
    ).after("order")

    def flops(self, inputs: tuple[TensorType, ...], y: TensorType) -> Dim:
        return 3 * y.size


class sort(AlongAxis):
    """The values along an axis in rising order."""


class argsort(AlongAxis):
    """The positions of the values along an axis in rising order."""

    def output(self, *inputs: TensorType) -> TensorType:
        return super().output(*inputs).with_dtype("int32")


class top_k(Operation):
    """The ``k`` greatest values of the last axis, and their positions."""

    k = positive(doc="how many")
    sorted = Flag(True, doc="whether the greatest comes first")

    def output(self, *inputs: TensorType) -> tuple[TensorType, ...]:
        (x,) = inputs
        at = place_of_axis(-1, x, "axis")
        if less_equal(self.k, x.shape[at]) is False:
            raise Refusal(
                OUT_OF_RANGE,
                f"`k` {self.k} is more than the last axis of {x} has",
                expected=f"at most {x.shape[at]}",
                found=str(self.k),
                argument="k",
            )
        values = x.with_channels(self.k)
        return values, values.with_dtype("int32")

    def flops(self, inputs: tuple[TensorType, ...], y: TensorType) -> Dim:
        return inputs[0].size


class flip(Mover):
    """The other way round, along axes."""

    axis = base.axes()

    def output(self, *inputs: TensorType) -> TensorType:
        base.places(self.axis, inputs[0])
        return inputs[0]

    def keras_arguments(self, inputs: tuple[TensorType, ...]) -> dict[str, Any]:
        return {"axis": tuple(p + 1 for p in base.places(self.axis, inputs[0]))}


class roll(Mover):
    """Moved along an axis; what leaves at one end comes in at the other."""

    shift = Integer(doc="how far, forwards")
    axis = base.axis()

    def output(self, *inputs: TensorType) -> TensorType:
        place_of_axis(self.axis, inputs[0], "axis")
        known(self.shift, "`shift`")
        return inputs[0]
