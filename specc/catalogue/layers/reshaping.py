"""Layers that move, repeat, add or cut elements."""

from __future__ import annotations

from typing import Any, ClassVar

from specc.catalogue.declare import Declaration, Param, Refusal, Value
from specc.catalogue.layer import Layer, known
from specc.catalogue.params import Choice, Integer, PerAxis, Tuple, data_format, positive
from specc.catalogue.reshape import check_target, keras_target, reshaped
from specc.diagnostics.codes import BAD_ARGUMENT, SHAPE_MISMATCH, WRONG_RANK
from specc.program.deciding import is_fixed, less
from specc.program.dims import Dim
from specc.program.types import TensorType


class Moving(Layer, abstract=True):
    """Moves elements and computes nothing: any dtype goes through as it is, whatever the layer's own."""

    accepts = "any"

    def kept(self, x: TensorType, *shape: Dim) -> TensorType:
        """The same elements in another shape."""
        return TensorType(self.compute_dtype if x.is_float else x.dtype, shape)


class Identity(Moving):
    """Returns its input.

    Shape: ``[…] → […]``.
    """

    example = "input x: float32[7, 11]  output y = x -> Identity"

    def output(self, x: TensorType) -> TensorType:
        return self.kept(x, *x.shape)


class Flatten(Moving):
    """Puts all axes of an example into one.

    Shape: ``[a, b, …] → [a * b * …]``.
    """

    example = "input x: float32[7, 11, 3]  output y = x -> Flatten"

    data_format = data_format()

    def output(self, x: TensorType) -> TensorType:
        return self.kept(x, x.size)


class Reshape(Moving):
    """Gives the elements of an example other axes, in the same order.

    Shape: ``[…] → target_shape``; the number of elements stays. One size may be -1: what is left over.
    """

    example = "input x: float32[7, 11]  output y = x -> Reshape([11, -1])"

    target_shape = Tuple(Integer(minimum=-1), doc="the sizes, without the batch axis")

    def check(self) -> None:
        check_target(self.target_shape, "target_shape")

    def output(self, x: TensorType) -> TensorType:
        return self.kept(x, *reshaped(x, self.target_shape, "target_shape"))

    def keras_arguments(self, inputs: tuple[TensorType, ...]) -> dict[str, Any]:
        """A size that is only known at run time becomes Keras's -1.

        Raises:
            Refusal: there are two of them, which Keras can't do.
        """
        if not inputs:
            return self.given
        return {**self.given, "target_shape": keras_target(inputs[0], self.target_shape, "target_shape")}


class Permute(Moving):
    """Puts the axes of an example into another order.

    Shape: ``dims=[2, 1]`` makes ``[a, b] → [b, a]``.
    """

    example = "input x: float32[7, 11, 3]  output y = x -> Permute([3, 1, 2])"

    dims = Tuple(positive(), at_least=1, doc="the axes in their new order, 1 is the first")

    def check(self) -> None:
        if sorted(map(str, self.dims)) != sorted(map(str, range(1, len(self.dims) + 1))):
            raise Refusal(
                BAD_ARGUMENT,
                f"`dims` must name each axis from 1 to {len(self.dims)} once",
                expected=f"1 to {len(self.dims)} in some order",
                found=f"[{', '.join(map(str, self.dims))}]",
                argument="dims",
            )

    def output(self, x: TensorType) -> TensorType:
        if x.rank != len(self.dims):
            raise Refusal(
                WRONG_RANK,
                f"`dims` orders {len(self.dims)} axes, the input has {x.rank}",
                expected=f"{len(self.dims)} axes",
                found=str(x),
                argument="dims",
            )
        return self.kept(x, *(x.shape[known(axis, "`dims`") - 1] for axis in self.dims))


class RepeatVector(Moving):
    """Repeats a vector as the steps of a sequence.

    Shape: ``[C] → [n, C]``.
    """

    rank = 1
    # Keras's shape rule makes floats of integers; its run doesn't.
    accepts = "float"
    example = "input x: float32[11]  output y = x -> RepeatVector(5)"

    n = positive(doc="number of steps")

    def output(self, x: TensorType) -> TensorType:
        return self.kept(x, self.n, *x.shape)


class Edges(Param[tuple[tuple[Dim, Dim], ...]]):
    """How much at the start and end of each axis: one number for all, one pair or number per axis.

    A single axis takes a pair without a list around it: ``[1, 2]`` is start and end.
    """

    def __init__(self, axes: int, default: int, *, doc: str = "") -> None:
        super().__init__(((default, default),) * axes, doc=doc)
        self.axes = axes
        self.amount = Integer(minimum=0)
        self.pair = Tuple(self.amount, length=2, single=True)
        each = "[start, end]" if axes == 1 else f"a list of {axes}, each an integer or [start, end]"
        self.expects = f"an integer of at least 0 or {each}"

    def __set_name__(self, owner: type[Declaration], name: str) -> None:
        super().__set_name__(owner, name)
        self.pair.__set_name__(owner, name)

    def accept(self, value: Value) -> tuple[tuple[Dim, Dim], ...]:
        whole = not isinstance(value, tuple | list)
        if not whole and len(value) != (2 if self.axes == 1 and not _is_pairs(value) else self.axes):
            raise self.refuse(value)
        items = (value,) * self.axes if whole or (self.axes == 1 and not _is_pairs(value)) else value
        start_end = (self.pair.accept(item) for item in items)
        return tuple((start, end) for start, end in start_end)

    def schema(self) -> dict[str, Any]:
        if self.axes == 1:
            return self.pair.schema()
        pairs = {"type": "array", "items": self.pair.schema(), "minItems": self.axes, "maxItems": self.axes}
        return {"anyOf": [self.amount.schema(), pairs]}


def _is_pairs(value: Value) -> bool:
    return any(isinstance(item, tuple | list) for item in value)


class Padding(Layer, abstract=True):
    """Adds zeros before and after each axis but the channels."""

    accepts = "float"
    padding: Edges

    def output(self, x: TensorType) -> TensorType:
        edges: Any = self.padding
        return self.result(
            *(start + size + end for size, (start, end) in zip(x.shape, edges, strict=False)), x.channels
        )


class ZeroPadding1D(Padding):
    """Adds zeros before and after a sequence.

    Shape: ``[steps, C] → [start + steps + end, C]``.
    """

    rank = 2
    example = "input x: float32[17, 3]  output y = x -> ZeroPadding1D([5, 2])"

    padding = Edges(1, 1, doc="steps added at both ends, or [start, end]")
    data_format = data_format()

    def keras_arguments(self, inputs: tuple[TensorType, ...]) -> dict[str, Any]:
        return {**self.given, "padding": self.padding[0]}


class ZeroPadding2D(Padding):
    """Adds a border of zeros to a picture.

    Shape: ``[H, W, C] → [top + H + bottom, left + W + right, C]``.
    """

    rank = 3
    example = "input x: float32[13, 17, 3]  output y = x -> ZeroPadding2D([[1, 2], [3, 5]])"

    padding = Edges(2, 1, doc="border on all sides, or [vertical, horizontal], each one number or [before, after]")
    data_format = data_format()


class ZeroPadding3D(Padding):
    """Adds zeros around a volume.

    Shape: ``[D, H, W, C] → [front + D + back, top + H + bottom, left + W + right, C]``.
    """

    rank = 4
    example = "input x: float32[11, 13, 17, 3]  output y = x -> ZeroPadding3D([[1, 2], [3, 5], 1])"

    padding = Edges(3, 1, doc="border on all sides, or one for each axis: one number or [before, after]")
    data_format = data_format()


class Cropping(Layer, abstract=True):
    """Cuts from the start and end of each axis but the channels."""

    accepts = "float"
    cropping: Edges

    def output(self, x: TensorType) -> TensorType:
        edges: Any = self.cropping
        return self.result(
            *(self._left(size, start, end, x) for size, (start, end) in zip(x.shape, edges, strict=False)), x.channels
        )

    def _left(self, size: Dim, start: Dim, end: Dim, x: TensorType) -> Dim:
        if is_fixed(size) and less(start + end, size) is False:
            raise Refusal(
                SHAPE_MISMATCH,
                f"`cropping` takes {start + end} of an axis of size {size} and leaves nothing",
                expected=f"less than {size}",
                found=str(x),
                argument="cropping",
            )
        return size - start - end


class Cropping1D(Cropping):
    """Cuts steps from the start and end of a sequence.

    Shape: ``[steps, C] → [steps - start - end, C]``.
    """

    rank = 2
    example = "input x: float32[17, 3]  output y = x -> Cropping1D([5, 2])"

    cropping = Edges(1, 1, doc="steps cut at both ends, or [start, end]")

    def keras_arguments(self, inputs: tuple[TensorType, ...]) -> dict[str, Any]:
        return {**self.given, "cropping": self.cropping[0]}


class Cropping2D(Cropping):
    """Cuts a border from a picture.

    Shape: ``[H, W, C] → [H - top - bottom, W - left - right, C]``.
    """

    rank = 3
    example = "input x: float32[13, 17, 3]  output y = x -> Cropping2D([[1, 2], [3, 5]])"

    cropping = Edges(2, 0, doc="border on all sides, or [vertical, horizontal], each one number or [before, after]")
    data_format = data_format()


class Cropping3D(Cropping):
    """Cuts a border from a volume.

    Shape: ``[D, H, W, C] → [D - front - back, H - top - bottom, W - left - right, C]``.
    """

    rank = 4
    example = "input x: float32[11, 13, 17, 3]  output y = x -> Cropping3D([[1, 2], [3, 5], 1])"

    cropping = Edges(3, 1, doc="border on all sides, or one for each axis: one number or [before, after]")
    data_format = data_format()


class UpSampling1D(Layer):
    """Repeats each step.

    Shape: ``[steps, C] → [steps * size, C]``.
    """

    rank = 2
    accepts = "float"
    example = "input x: float32[17, 3]  output y = x -> UpSampling1D(2)"

    size = positive(2, doc="how often each step is repeated")

    def output(self, x: TensorType) -> TensorType:
        return self.result(x.shape[0] * self.size, x.channels)


class UpSampling2D(Layer):
    """Makes a picture larger by whole factors.

    Shape: ``[H, W, C] → [H * size, W * size, C]``.
    """

    axes: ClassVar[int] = 2
    rank = 3
    accepts = "float"
    example = "input x: float32[7, 11, 3]  output y = x -> UpSampling2D(2, interpolation=bilinear)"

    size = PerAxis(2, doc="factors of height and width")
    data_format = data_format()
    interpolation = Choice(
        "nearest", "bilinear", "bicubic", "lanczos3", "lanczos5", default="nearest", doc="how values between are found"
    )

    def output(self, x: TensorType) -> TensorType:
        height, width = self.size
        return self.result(x.shape[0] * height, x.shape[1] * width, x.channels)

    def flops(self, x: TensorType, y: TensorType) -> Dim:
        return 0 if self.interpolation == "nearest" else y.size


class UpSampling3D(Layer):
    """Makes a volume larger by whole factors, by repeating its elements.

    Shape: ``[D, H, W, C] → [D * size, H * size, W * size, C]``.
    """

    axes: ClassVar[int] = 3
    rank = 4
    accepts = "float"
    example = "input x: float32[3, 5, 7, 2]  output y = x -> UpSampling3D([1, 2, 3])"

    size = PerAxis(2, doc="factors of depth, height and width")
    data_format = data_format()

    def output(self, x: TensorType) -> TensorType:
        depth, height, width = self.size
        return self.result(x.shape[0] * depth, x.shape[1] * height, x.shape[2] * width, x.channels)
