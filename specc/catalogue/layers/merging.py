"""Layers that make one tensor of several."""

from __future__ import annotations

from typing import ClassVar

from specc.catalogue.axes import place_of_axis
from specc.catalogue.declare import Refusal
from specc.catalogue.layer import MultiInputLayer
from specc.catalogue.params import Flag, Integer, Tuple
from specc.diagnostics.codes import SHAPE_MISMATCH, WRONG_RANK
from specc.program.deciding import equal, why_different
from specc.program.dims import Dim, Shape
from specc.program.types import TensorType


def refuse_unlike(a: Dim, b: Dim, left: TensorType, right: TensorType, where: str) -> Refusal:
    """The refusal of two sizes that aren't shown equal, with sizes at which they differ."""
    return Refusal(
        SHAPE_MISMATCH,
        f"{where}, {a} meets {b}",
        expected="equal sizes",
        found=f"{left} and {right}",
        help=why_different(a, b),
    )


class Merging(MultiInputLayer, abstract=True):
    """Works element by element; sizes must be equal or 1, compared from the last axis on.

    Keras adds a missing axis in front of an example, between it and the batch; so does specc.
    """

    accepts = "float"

    def outputs(self, *inputs: TensorType) -> TensorType:
        common = inputs[0]
        for x in inputs[1:]:
            common = self.result(*self._common(common, x))
        return self.result(*common.shape)

    def _common(self, left: TensorType, right: TensorType) -> Shape:
        if left.rank != right.rank:
            # Keras lines them up in its shape rule but not when it runs, where the batch meets another axis.
            raise Refusal(
                WRONG_RANK,
                f"`{type(self).__name__}` takes tensors of the same number of axes, not {left.rank} and {right.rank}",
                expected="the same number of axes",
                found=f"{left} and {right}",
                help=("bring them to the same rank with `Reshape`",),
            )
        return tuple(
            self._common_size(a, b, left, right, axis)
            for axis, (a, b) in enumerate(zip(left.shape, right.shape, strict=True), start=1)
        )

    def _common_size(self, a: Dim, b: Dim, left: TensorType, right: TensorType, axis: int) -> Dim:
        if a == 1 or b == 1:
            return b if a == 1 else a
        if equal(a, b):
            return a
        raise refuse_unlike(a, b, left, right, f"`{type(self).__name__}` needs equal sizes, but on axis {axis}")

    def flops_of(self, inputs: tuple[TensorType, ...], outputs: tuple[TensorType, ...]) -> Dim:
        return (len(inputs) - 1) * outputs[0].size


class Add(Merging):
    """Adds tensors element by element.

    Shape: ``[…], […], … → […]``; sizes are equal or 1.
    """

    example = "input a: float32[7, 11]  input b: float32[7, 11]  output y = (a, b) -> Add"


class Subtract(Merging):
    """Subtracts the second tensor from the first, element by element.

    Shape: ``[…], […] → […]``; sizes are equal or 1.
    """

    most = 2
    example = "input a: float32[7, 11]  input b: float32[7, 11]  output y = (a, b) -> Subtract"


class Multiply(Merging):
    """Multiplies tensors element by element.

    Shape: ``[…], […], … → […]``; sizes are equal or 1.
    """

    example = "input a: float32[7, 11]  input b: float32[7, 1]  output y = (a, b) -> Multiply"


class Average(Merging):
    """Takes the mean of tensors, element by element.

    Shape: ``[…], […], … → […]``; sizes are equal or 1.
    """

    example = "input a: float32[7, 11]  input b: float32[7, 11]  output y = (a, b) -> Average"

    def flops_of(self, inputs: tuple[TensorType, ...], outputs: tuple[TensorType, ...]) -> Dim:
        return len(inputs) * outputs[0].size


class Maximum(Merging):
    """Takes the greatest of tensors, element by element.

    Shape: ``[…], […], … → […]``; sizes are equal or 1.
    """

    example = "input a: float32[7, 11]  input b: float32[7, 11]  output y = (a, b) -> Maximum"


class Minimum(Merging):
    """Takes the least of tensors, element by element.

    Shape: ``[…], […], … → […]``; sizes are equal or 1.
    """

    example = "input a: float32[7, 11]  input b: float32[7, 11]  output y = (a, b) -> Minimum"


class Concatenate(MultiInputLayer):
    """Puts tensors behind each other along an axis.

    Shape: ``[…, a], […, b] → […, a + b]``; the other sizes are equal.
    """

    accepts = "float"
    example = "input a: float32[7, 11]  input b: float32[7, 5]  output y = (a, b) -> Concatenate"

    axis = Integer(-1, doc="the axis; 1 is the first of an example, -1 the last")

    def outputs(self, *inputs: TensorType) -> TensorType:
        first = inputs[0]
        place = place_of_axis(self.axis, first, "axis")
        for x in inputs[1:]:
            self._require_alike(first, x, place)
        total: Dim = 0
        for x in inputs:
            total = total + x.shape[place]
        return self.result(*first.shape[:place], total, *first.shape[place + 1 :])

    def _require_alike(self, first: TensorType, x: TensorType, place: int) -> None:
        if x.rank != first.rank:
            raise Refusal(
                WRONG_RANK,
                f"`Concatenate` takes tensors of the same number of axes, not {first.rank} and {x.rank}",
                expected=f"{first.rank} axes",
                found=f"{first} and {x}",
                help=("bring them to the same rank with `Reshape`",),
            )
        for axis, (a, b) in enumerate(zip(first.shape, x.shape, strict=True)):
            if axis != place and not equal(a, b):
                where = f"`Concatenate` along axis {place + 1} needs the other sizes equal, but on axis {axis + 1}"
                raise refuse_unlike(a, b, first, x, where)


class Dot(MultiInputLayer):
    """Sums products along one axis of each of two tensors.

    Shape: ``[…, n], [n, …] → […, …]``: the axes that stay of the first, then those of the second; ``[1]`` where none
    stays.
    """

    accepts = "float"
    most: ClassVar[int | None] = 2
    example = "input a: float32[7, 11]  input b: float32[11, 5]  output y = (a, b) -> Dot([2, 1])"

    axes = Tuple(Integer(), length=2, single=True, doc="the axis of each tensor; 1 is the first of an example")
    normalize = Flag(False, doc="whether the vectors are brought to length 1 first: cosine similarity")

    def outputs(self, *inputs: TensorType) -> TensorType:
        x, y = inputs
        i, j = (place_of_axis(axis, t, "axes") for axis, t in zip(self.axes, inputs, strict=True))
        if not equal(x.shape[i], y.shape[j]):
            raise refuse_unlike(x.shape[i], y.shape[j], x, y, "`Dot` sums along two axes of one size, but")
        left = (*x.shape[:i], *x.shape[i + 1 :], *y.shape[:j], *y.shape[j + 1 :])
        return self.result(*(left or (1,)))

    def flops_of(self, inputs: tuple[TensorType, ...], outputs: tuple[TensorType, ...]) -> Dim:
        summed = inputs[0].shape[place_of_axis(self.axes[0], inputs[0], "axes")]
        return 2 * outputs[0].size * summed
