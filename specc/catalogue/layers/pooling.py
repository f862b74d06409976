"""Poolings: a window moves over the axes before the channels and takes the greatest value or the mean."""

from __future__ import annotations

from typing import ClassVar

from specc.catalogue.layer import Layer
from specc.catalogue.layers.windows import positions
from specc.catalogue.params import Flag, Optional, PerAxis, data_format, padding
from specc.program.dims import Dim, size_of
from specc.program.types import TensorType


class Pooling(Layer, abstract=True):
    """What all poolings share; ``axes`` is how many axes the window moves over."""

    axes: ClassVar[int] = 0
    accepts = "float"

    pool_size = PerAxis(doc="extent of the window on each axis")
    strides = Optional(PerAxis(), doc="step of the window on each axis, none for its extent")
    padding = padding()
    data_format = data_format()

    def output(self, x: TensorType) -> TensorType:
        places = positions(x, self.pool_size, self.strides or self.pool_size, self.padding, "pooling window")
        return self.result(*places, x.channels)

    def flops(self, x: TensorType, y: TensorType) -> Dim:
        return y.size * size_of(self.pool_size)


class MaxPooling1D(Pooling):
    """Takes the greatest value of each window along one axis.

    Shape: ``[steps, C] → [positions, C]``.
    """

    aliases = ("MaxPool1D",)

    axes = 1
    rank = 2
    example = "input x: float32[17, 3]  output y = x -> MaxPooling1D(3, 2)"

    pool_size = PerAxis(2, doc="extent of the window")


class MaxPooling2D(Pooling):
    """Takes the greatest value of each window along two axes.

    Shape: ``[H, W, C] → [positions, positions, C]``.
    """

    aliases = ("MaxPool2D",)

    axes = 2
    rank = 3
    example = "input x: float32[13, 17, 3]  output y = x -> MaxPooling2D(3, 2)"

    pool_size = PerAxis(2, doc="extent of the window on each axis")


class AveragePooling1D(Pooling):
    """Takes the mean of each window along one axis.

    Shape: ``[steps, C] → [positions, C]``.
    """

    aliases = ("AvgPool1D",)

    axes = 1
    rank = 2
    example = "input x: float32[17, 3]  output y = x -> AveragePooling1D(3, 2)"


class AveragePooling2D(Pooling):
    """Takes the mean of each window along two axes.

    Shape: ``[H, W, C] → [positions, positions, C]``.
    """

    aliases = ("AvgPool2D",)

    axes = 2
    rank = 3
    example = "input x: float32[13, 17, 3]  output y = x -> AveragePooling2D(3, 2)"


class MaxPooling3D(Pooling):
    """Takes the greatest value of each window along three axes.

    Shape: ``[D, H, W, C] → [positions, positions, positions, C]``.
    """

    aliases = ("MaxPool3D",)

    axes = 3
    rank = 4
    example = "input x: float32[11, 13, 17, 3]  output y = x -> MaxPooling3D(3, 2)"

    pool_size = PerAxis(2, doc="extent of the window on each axis")


class AveragePooling3D(Pooling):
    """Takes the mean of each window along three axes.

    Shape: ``[D, H, W, C] → [positions, positions, positions, C]``.
    """

    aliases = ("AvgPool3D",)

    axes = 3
    rank = 4
    example = "input x: float32[11, 13, 17, 3]  output y = x -> AveragePooling3D(3, 2)"


class GlobalPooling(Layer, abstract=True):
    """One value per channel, from all places."""

    data_format = data_format()
    keepdims = Flag(False, doc="whether the pooled axes stay, with size 1")

    def output(self, x: TensorType) -> TensorType:
        kept = (1,) * (x.rank - 1) if self.keepdims else ()
        return self.result(*kept, x.channels)

    def flops(self, x: TensorType, y: TensorType) -> Dim:
        return x.size


class GlobalAveragePooling1D(GlobalPooling):
    """Takes the mean of each channel over one axis.

    Shape: ``[steps, C] → [C]``, with ``keepdims`` ``[1, C]``. Steps that are masked don't count.
    """

    aliases = ("GlobalAvgPool1D",)

    rank = 2
    example = "input x: float32[17, 3]  output y = x -> GlobalAveragePooling1D"


class GlobalAveragePooling2D(GlobalPooling):
    """Takes the mean of each channel over two axes.

    Shape: ``[H, W, C] → [C]``, with ``keepdims`` ``[1, 1, C]``.
    """

    aliases = ("GlobalAvgPool2D",)

    rank = 3
    example = "input x: float32[13, 17, 3]  output y = x -> GlobalAveragePooling2D"


class GlobalMaxPooling1D(GlobalPooling):
    """Takes the greatest value of each channel over one axis.

    Shape: ``[steps, C] → [C]``, with ``keepdims`` ``[1, C]``.
    """

    aliases = ("GlobalMaxPool1D",)

    rank = 2
    accepts = "float"
    example = "input x: float32[17, 3]  output y = x -> GlobalMaxPooling1D"


class GlobalMaxPooling2D(GlobalPooling):
    """Takes the greatest value of each channel over two axes.

    Shape: ``[H, W, C] → [C]``, with ``keepdims`` ``[1, 1, C]``.
    """

    aliases = ("GlobalMaxPool2D",)

    rank = 3
    accepts = "float"
    example = "input x: float32[13, 17, 3]  output y = x -> GlobalMaxPooling2D"


class GlobalAveragePooling3D(GlobalPooling):
    """Takes the mean of each channel over three axes.

    Shape: ``[D, H, W, C] → [C]``, with ``keepdims`` ``[1, 1, 1, C]``.
    """

    aliases = ("GlobalAvgPool3D",)

    rank = 4
    example = "input x: float32[11, 13, 17, 3]  output y = x -> GlobalAveragePooling3D"


class GlobalMaxPooling3D(GlobalPooling):
    """Takes the greatest value of each channel over three axes.

    Shape: ``[D, H, W, C] → [C]``, with ``keepdims`` ``[1, 1, 1, C]``.
    """

    aliases = ("GlobalMaxPool3D",)

    rank = 4
    accepts = "float"
    example = "input x: float32[11, 13, 17, 3]  output y = x -> GlobalMaxPooling3D"
