"""Layers that change the colors of pictures by chance while training; at inference they change nothing.

A factor that is one number ``f`` draws as each layer says; a pair gives both bounds.
"""

from __future__ import annotations

from specc.catalogue.layers.pictures import NUMBERS, Recolored, require_channels, value_range, within
from specc.catalogue.params import Either, Integer, Optional, Tuple, data_format, fraction, seed
from specc.program.dims import Dim
from specc.program.types import TensorType


class RandomColorDegeneration(Recolored):
    """Mixes pictures with their grey version by chance: ``x + c * (grey - x)``.

    Shape: ``[H, W, 3] → [H, W, 3]``. A number ``f`` draws ``c`` from ``-f`` to ``f``; below 0 colors become stronger.
    """

    channels = (3,)
    example = "input image: float32[13, 17, 3]  output y = image -> RandomColorDegeneration([0, 0.5])"

    factor = within(doc="greatest share of grey, or both bounds")
    value_range = value_range()
    data_format = data_format()
    seed = seed()

    def flops(self, x: TensorType, y: TensorType) -> Dim:
        return 5 * y.size


class RandomGrayscale(Recolored):
    """Makes pictures grey by chance; they keep their channels.

    Shape: ``[H, W, 3] → [H, W, 3]``, or 1 channel. Integers stay integers.
    """

    accepts = NUMBERS
    channels = (3, 1)
    example = "input image: float32[13, 17, 3]  output y = image -> RandomGrayscale(0.2)"

    factor = fraction(0.5, doc="probability that a picture becomes grey")
    data_format = data_format()
    seed = seed()

    def output(self, x: TensorType) -> TensorType:
        made = super().output(x)
        return made if x.is_float else made.with_dtype(x.dtype)


class RandomHue(Recolored):
    """Turns the hues of pictures by chance.

    Shape: ``[H, W, 3] → [H, W, 3]``. A number ``f`` turns by up to ``f / 2`` of the circle of colors, either way.
    """

    channels = (3,)
    example = "input image: float32[13, 17, 3]  output y = image -> RandomHue(0.1)"

    factor = within(0.0, doc="greatest turn, or both bounds; 1 is half of the circle")
    value_range = value_range()
    data_format = data_format()
    seed = seed()


class RandomSaturation(Recolored):
    """Multiplies the saturation of pictures by ``c / (1 - c)``.

    Shape: ``[H, W, 3] → [H, W, 3]``. A number ``f`` draws ``c`` from ``-f`` to ``f``, where all below 0 is grey: a pair
    such as ``[0.3, 0.7]`` is what is mostly wanted. 0.5 changes nothing.
    """

    channels = (3,)
    example = "input image: float32[13, 17, 3]  output y = image -> RandomSaturation([0.3, 0.7])"

    factor = within(doc="bounds of `c`")
    value_range = value_range()
    data_format = data_format()
    seed = seed()


class RandomColorJitter(Recolored):
    """Changes brightness, contrast, saturation and hue of pictures by chance, one after the other.

    Shape: ``[H, W, C] → [H, W, C]``, of 3 channels where saturation or hue is changed.
    """

    example = "input image: float32[13, 17, 3]  output y = image -> RandomColorJitter(hue_factor=0.1)"

    value_range = value_range()
    brightness_factor = Optional(within(doc=""), doc="as in `RandomBrightness`, none to leave it")
    contrast_factor = Optional(within(0.0, doc=""), doc="as in `RandomContrast`, none to leave it")
    saturation_factor = Optional(within(doc=""), doc="as in `RandomSaturation`, none to leave it")
    hue_factor = Optional(within(0.0, doc=""), doc="as in `RandomHue`, none to leave it")
    seed = seed()
    data_format = data_format()

    def output(self, x: TensorType) -> TensorType:
        if self.saturation_factor is not None or self.hue_factor is not None:
            require_channels(self, x, 3)
        return super().output(x)


class RandomInvert(Recolored):
    """Inverts pictures by chance: the greatest value minus each value.

    Shape: ``[H, W, C] → [H, W, C]``.
    """

    example = "input image: float32[13, 17, 3]  output y = image -> RandomInvert([0.2, 0.2])"

    factor = within(0.0, default=1.0, doc="probability; a number `f` draws it from 0 to `f` for each picture")
    value_range = value_range()
    seed = seed()
    data_format = data_format()


class RandomPosterization(Recolored):
    """Leaves the first few bits of each value of pictures.

    Shape: ``[H, W, C] → [H, W, C]``. A number ``f`` draws the bits from 1 to ``f - 1``, a pair from the first to one
    less than the second; equal numbers, and 1, are taken as they are.
    """

    example = "input image: float32[13, 17, 3]  output y = image -> RandomPosterization([3, 6])"

    factor = Either(
        Integer(minimum=1, maximum=8),
        Tuple(Integer(minimum=1, maximum=8), length=2),
        doc="bits that are left, at most 8, or both bounds",
    )
    value_range = value_range()
    data_format = data_format()
    seed = seed()


class RandomSharpness(Recolored):
    """Makes pictures sharper or softer by chance.

    Shape: ``[H, W, C] → [H, W, C]``. A number ``f`` draws from 0, which softens, to ``f``; 0.5 changes nothing.
    """

    accepts = NUMBERS
    example = "input image: uint8[13, 17, 3]  output y = image -> RandomSharpness([0.3, 0.9])"

    factor = within(0.0, doc="greatest sharpness, or both bounds")
    value_range = value_range()
    data_format = data_format()
    seed = seed()

    def flops(self, x: TensorType, y: TensorType) -> Dim:
        return (2 * 3 * 3 + 3) * y.size


class Solarization(Recolored):
    """Adds to the values of pictures, then inverts those from a threshold on, as film does in too much light.

    Shape: ``[H, W, C] → [H, W, C]``. A number ``f`` draws from 0 to ``255 * f``. With the defaults all are inverted.
    """

    accepts = NUMBERS
    example = "input image: uint8[13, 17, 3]  output y = image -> Solarization(0.2, 0.7)"

    addition_factor = within(0.0, default=0.0, doc="greatest sum as a fraction of 255, or both bounds")
    threshold_factor = within(0.0, default=0.0, doc="greatest threshold as a fraction of 255, or both bounds")
    value_range = value_range()
    seed = seed()

    def flops(self, x: TensorType, y: TensorType) -> Dim:
        return 2 * y.size
