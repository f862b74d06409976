"""Adaptive poolings: as many windows as the output is to have, whatever the size of the input."""

from __future__ import annotations

from typing import ClassVar

from specc.catalogue.declare import Refusal
from specc.catalogue.layer import Layer, known
from specc.catalogue.params import PerAxis, data_format
from specc.diagnostics.codes import KERNEL_TOO_LARGE, OUT_OF_RANGE
from specc.program.dims import Dim
from specc.program.types import TensorType


class AdaptivePooling(Layer, abstract=True):
    """What they share; ``axes`` is how many axes the windows move over.

    Window ``i`` of ``n`` over ``size`` elements goes from ``i * size // n`` to ``ceil((i + 1) * size / n)``.
    """

    axes: ClassVar[int] = 0
    accepts = "float"

    output_size = PerAxis(doc="size of the output on each axis")
    data_format = data_format()

    def check(self) -> None:
        if 1 in self.output_size:
            # Keras also pools over windows of one more, which are larger than the input: in a graph it fails, and for
            # the greatest value oneDNN ends the process.
            message = "TensorFlow can't make one window of a whole axis here"
            whole = type(self).__name__.replace("Adaptive", "Global")
            function = "max" if "Max" in whole else "mean"
            hint = (f"write `{whole}(keepdims=true)` for all axes, or `{function}(x, axis=…)` for one",)
            raise Refusal(OUT_OF_RANGE, message, expected="at least 2", found="1", help=hint, argument="output_size")

    def output(self, x: TensorType) -> TensorType:
        for size in x.shape[:-1]:
            known(size, f"the size that `{type(self).__name__}` divides")
        if 1 in x.shape[:-1]:
            # As above: the larger windows cover 2.
            message = f"TensorFlow can't divide an axis of size 1 in `{type(self).__name__}`"
            raise Refusal(KERNEL_TOO_LARGE, message, expected="at least 2 along each axis", found=str(x))
        return self.result(*self.output_size, x.channels)

    def flops(self, x: TensorType, y: TensorType) -> Dim:
        return x.size


class AdaptiveAveragePooling1D(AdaptivePooling):
    """Takes the mean of each of ``output_size`` windows along one axis.

    Shape: ``[steps, C] → [output_size, C]``.
    """

    axes = 1
    rank = 2
    example = "input x: float32[17, 3]  output y = x -> AdaptiveAveragePooling1D(5)"


class AdaptiveAveragePooling2D(AdaptivePooling):
    """Takes the mean of each of ``output_size`` windows along two axes.

    Shape: ``[H, W, C] → [*output_size, C]``.
    """

    axes = 2
    rank = 3
    example = "input x: float32[13, 17, 3]  output y = x -> AdaptiveAveragePooling2D([5, 7])"


class AdaptiveAveragePooling3D(AdaptivePooling):
    """Takes the mean of each of ``output_size`` windows along three axes.

    Shape: ``[D, H, W, C] → [*output_size, C]``.
    """

    axes = 3
    rank = 4
    example = "input x: float32[11, 13, 17, 3]  output y = x -> AdaptiveAveragePooling3D([2, 3, 5])"


class AdaptiveMaxPooling1D(AdaptivePooling):
    """Takes the greatest value of each of ``output_size`` windows along one axis.

    Shape: ``[steps, C] → [output_size, C]``.
    """

    axes = 1
    rank = 2
    example = "input x: float32[17, 3]  output y = x -> AdaptiveMaxPooling1D(5)"


class AdaptiveMaxPooling2D(AdaptivePooling):
    """Takes the greatest value of each of ``output_size`` windows along two axes.

    Shape: ``[H, W, C] → [*output_size, C]``.
    """

    axes = 2
    rank = 3
    example = "input x: float32[13, 17, 3]  output y = x -> AdaptiveMaxPooling2D([5, 7])"


class AdaptiveMaxPooling3D(AdaptivePooling):
    """Takes the greatest value of each of ``output_size`` windows along three axes.

    Shape: ``[D, H, W, C] → [*output_size, C]``.
    """

    axes = 3
    rank = 4
    example = "input x: float32[11, 13, 17, 3]  output y = x -> AdaptiveMaxPooling3D([2, 3, 5])"
