"""Layers that change pictures by chance while training; at inference they change nothing.

A factor that is one number ``f`` draws from ``-f`` to ``f``; a pair gives both bounds.
"""

from __future__ import annotations

from specc.catalogue.declare import Refusal
from specc.catalogue.layer import Layer
from specc.catalogue.layers.pictures import (
    Augmentation,
    Recolored,
    fill_mode,
    interpolation,
    value_range,
    within,
)
from specc.catalogue.params import Choice, Either, Number, Optional, Tuple, data_format, positive, seed
from specc.diagnostics.codes import WRONG_DTYPE
from specc.program.dims import Dim
from specc.program.types import TensorType


def _zoom(*, doc: str) -> Either:
    """A number above -1 up to 1, or a pair of them."""
    number = Number(low=-1.0, high=1.0, open_low=True)
    return Either(number, Tuple(Number(low=-1.0, high=1.0, open_low=True), length=2), doc=doc)


class Moved(Augmentation, abstract=True):
    """Moves the points of a picture. XLA has no kernel for it, ImageProjectiveTransformV3."""

    compiles = "inference"

    fill_mode = fill_mode()
    interpolation = interpolation()
    seed = seed()
    fill_value = Number(0.0, doc="value of places from outside with `fill_mode=constant`")
    data_format = data_format()


class RandomFlip(Augmentation):
    """Mirrors pictures by chance.

    Shape: ``[H, W, C] → [H, W, C]``.
    """

    example = "input image: uint8[13, 17, 3]  output y = image -> RandomFlip(horizontal)"

    mode = Choice(
        "horizontal",
        "vertical",
        "horizontal_and_vertical",
        default="horizontal_and_vertical",
        doc="horizontal: left and right are exchanged; vertical: top and bottom",
    )
    seed = seed()
    data_format = data_format()

    def flops(self, x: TensorType, y: TensorType) -> Dim:
        return 0


class RandomRotation(Moved):
    """Turns pictures by a random angle.

    Shape: ``[H, W, C] → [H, W, C]``.
    """

    example = "input image: uint8[13, 17, 3]  output y = image -> RandomRotation(0.1)"

    factor = within(doc="greatest angle as a fraction of a full turn, or both bounds")


class RandomZoom(Moved):
    """Zooms into pictures or out of them by chance.

    Shape: ``[H, W, C] → [H, W, C]``.
    """

    example = "input image: uint8[13, 17, 3]  output y = image -> RandomZoom(0.2)"

    height_factor = _zoom(doc="greatest change of the height as a fraction, or both bounds; above 0: out")
    width_factor = Optional(_zoom(doc=""), doc="the same for the width, none to keep the picture's proportions")


class RandomTranslation(Moved):
    """Moves pictures up, down and sideways by chance.

    Shape: ``[H, W, C] → [H, W, C]``.
    """

    example = "input image: uint8[13, 17, 3]  output y = image -> RandomTranslation(0.1, 0.2)"

    height_factor = within(doc="greatest move up or down as a fraction of the height, or both bounds")
    width_factor = within(doc="greatest move sideways as a fraction of the width, or both bounds")


class RandomContrast(Recolored):
    """Changes the contrast of pictures by chance: ``(x - mean) * c + mean`` for each channel.

    Shape: ``[H, W, C] → [H, W, C]``.
    """

    example = "input image: float32[13, 17, 3]  output y = image -> RandomContrast(0.2)"

    factor = within(0.0, doc="`c` is drawn from 1 - factor to 1 + factor; a pair gives both")
    value_range = value_range()
    seed = seed()

    def flops(self, x: TensorType, y: TensorType) -> Dim:
        return 3 * y.size


class RandomBrightness(Recolored):
    """Makes pictures lighter or darker by chance.

    Shape: ``[H, W, C] → [H, W, C]``.
    """

    example = "input image: float32[13, 17, 3]  output y = image -> RandomBrightness(0.2)"

    factor = within(doc="greatest change as a fraction of the value range, or both bounds")
    value_range = value_range()
    seed = seed()


class RandomCrop(Layer):
    """Cuts a random part out of pictures while training; at inference they stay as they are.

    Shape: ``[H, W, C] → [height, width, C]``. It is for `augment`, as in ``RandomCrop(7, 11) -> Resizing(13, 17)``: in
    a model it is refused, unless it keeps the size.
    """

    rank = 3
    accepts = "float"
    example = "input image: float32[13, 17, 3]  output y = image -> RandomCrop(13, 17)"

    height = positive(doc="height of the result")
    width = positive(doc="width of the result")
    seed = seed()
    data_format = data_format()

    def output(self, x: TensorType) -> TensorType:
        if x.dtype != self.compute_dtype:
            # Keras casts while training, and not at inference.
            raise Refusal(
                WRONG_DTYPE,
                f"this `RandomCrop` calculates in {self.compute_dtype}, its input is {x.dtype}",
                expected=self.compute_dtype,
                found=str(x),
                help=(f"write `RandomCrop(…, dtype={x.dtype})`",),
            )
        return self.result(self.height, self.width, x.channels)
