"""Layers that distort, blur or cover pictures by chance while training; at inference they change nothing."""

from __future__ import annotations

from specc.catalogue.declare import Refusal
from specc.catalogue.layers.pictures import (
    NUMBERS,
    Augmentation,
    fill_mode,
    interpolation,
    value_range,
    within,
)
from specc.catalogue.params import Either, Number, Optional, Tuple, data_format, fraction, positive, seed
from specc.diagnostics.codes import BAD_ARGUMENT
from specc.program.dims import Dim
from specc.program.types import TensorType

_PROBABILITY = "probability; a number `f` draws it from 0 to `f` for each picture"


class RandomShear(Augmentation):
    """Slants pictures by chance.

    Shape: ``[H, W, C] → [H, W, C]``.
    """

    accepts = NUMBERS
    compiles = "inference"
    example = "input image: uint8[13, 17, 3]  output y = image -> RandomShear(0.2)"

    x_factor = within(0.0, default=0.0, doc="greatest slant along the width, or both bounds")
    y_factor = within(0.0, default=0.0, doc="greatest slant along the height, or both bounds")
    interpolation = interpolation()
    fill_mode = fill_mode()
    fill_value = Number(0.0, doc="value of places from outside with `fill_mode=constant`")
    data_format = data_format()
    seed = seed()


class RandomPerspective(Augmentation):
    """Shows pictures from the side by chance.

    Shape: ``[H, W, C] → [H, W, C]``.
    """

    accepts = NUMBERS
    compiles = "inference"
    example = "input image: uint8[13, 17, 3]  output y = image -> RandomPerspective(scale=0.3)"

    factor = within(0.0, default=1.0, doc=_PROBABILITY)
    scale = fraction(1.0, doc="greatest move of a corner as a multiple of half its place")
    interpolation = interpolation()
    fill_value = Number(0.0, doc="value of places from outside the picture")
    seed = seed()
    data_format = data_format()


class RandomElasticTransform(Augmentation):
    """Bends pictures by chance, as if they were on rubber.

    Shape: ``[H, W, C] → [H, W, C]``. Simard et al. 2003, https://doi.org/10.1109/ICDAR.2003.1227801.
    """

    accepts = NUMBERS
    compiles = "inference"
    example = "input image: uint8[13, 17, 3]  output y = image -> RandomElasticTransform(0.5)"

    factor = within(0.0, default=1.0, doc=_PROBABILITY)
    scale = within(0.0, default=1.0, doc="strength; a number `s` draws it from 0 to `s`")
    interpolation = interpolation()
    fill_mode = fill_mode()
    fill_value = Number(0.0, doc="value of places from outside with `fill_mode=constant`")
    value_range = value_range()
    seed = seed()
    data_format = data_format()


class RandomErasing(Augmentation):
    """Covers a rectangle of pictures by chance.

    Shape: ``[H, W, C] → [H, W, C]``. Zhong et al. 2017, https://arxiv.org/abs/1708.04896.
    """

    accepts = NUMBERS
    example = "input image: uint8[13, 17, 3]  output y = image -> RandomErasing(0.5)"

    factor = within(0.0, default=1.0, doc=_PROBABILITY)
    scale = within(0.0, default=(0.02, 0.33), doc="share of the picture that is covered, or both bounds")
    fill_value = Optional(Number(), doc="the value it is covered with, none for normal noise")
    value_range = value_range()
    seed = seed()
    data_format = data_format()


class RandomGaussianBlur(Augmentation):
    """Blurs pictures by chance.

    Shape: ``[H, W, C] → [H, W, C]``.
    """

    accepts = NUMBERS
    example = "input image: uint8[13, 17, 3]  output y = image -> RandomGaussianBlur(0.5, 5)"

    factor = within(0.0, default=1.0, doc=_PROBABILITY)
    kernel_size = Either(
        positive(), Tuple(positive(), length=2), default=3, doc="odd size of the blur, or those along height and width"
    )
    sigma = within(0.0, default=1.0, doc="greatest standard deviation of the blur in points, or both bounds")
    value_range = value_range()
    data_format = data_format()
    seed = seed()

    def check(self) -> None:
        sizes = self.kernel_size if isinstance(self.kernel_size, tuple) else (self.kernel_size,)
        if any(size % 2 == 0 for size in sizes):
            raise Refusal(
                BAD_ARGUMENT,
                "`kernel_size` must be odd, so that the blur has a middle",
                expected="an odd integer, or two of them",
                found=str(next(size for size in sizes if size % 2 == 0)),
                argument="kernel_size",
            )

    def flops(self, x: TensorType, y: TensorType) -> Dim:
        height, width = self.kernel_size if isinstance(self.kernel_size, tuple) else (self.kernel_size,) * 2
        return 2 * height * width * y.size
