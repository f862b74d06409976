"""Layers that bring raw data into the form that a network takes. They cast what they are given to their own dtype."""

from __future__ import annotations

from specc.catalogue.declare import Refusal
from specc.catalogue.layer import Layer
from specc.catalogue.layers.encoding import encoded, output_mode
from specc.catalogue.params import (
    Choice,
    Either,
    Flag,
    Number,
    Tuple,
    data_format,
    positive,
)
from specc.diagnostics.codes import CONFLICTING_ARGUMENTS, SHAPE_MISMATCH, WRONG_DTYPE
from specc.program.deciding import equal
from specc.program.dims import Dim
from specc.program.types import FLOATS, TensorType


def _numbers(default: float | None, *, doc: str) -> Either:
    choices = (Number(), Tuple(Number(), at_least=1))
    return Either(*choices, doc=doc) if default is None else Either(*choices, default=default, doc=doc)


class Rescaling(Layer):
    """Multiplies and shifts values: ``x * scale + offset``.

    Shape: ``[…] → […]``. Pixels from 0 to 255 become 0 to 1 by ``Rescaling(1/255)``.
    """

    example = "input image: uint8[13, 17, 3]  output y = image -> Rescaling(1/255)"

    scale = _numbers(None, doc="the factor, or one for each channel")
    offset = _numbers(0.0, doc="what is added, or one number for each channel")

    def output(self, x: TensorType) -> TensorType:
        for name, value in (("scale", self.scale), ("offset", self.offset)):
            if isinstance(value, tuple):
                require_per_channel(len(value), x, name)
        return self.result(*x.shape)

    def flops(self, x: TensorType, y: TensorType) -> Dim:
        return 2 * y.size


def require_per_channel(count: int, x: TensorType, argument: str) -> None:
    """Refuse a list of numbers that isn't one for each channel."""
    if count == 1 and x.rank:
        return
    if not x.rank or not equal(count, x.channels):
        channels = x.channels if x.rank else "no"
        raise Refusal(
            SHAPE_MISMATCH,
            f"`{argument}` has {count} numbers, the input has {channels} channels",
            expected=f"one number or {channels} numbers",
            found=str(x),
            argument=argument,
        )


class Resizing(Layer):
    """Brings pictures to one size.

    Shape: ``[H, W, C] → [height, width, C]``. Integers stay integers, rounded.
    """

    rank = 3
    # TensorFlow resizes no other integers.
    accepts = (*FLOATS, "uint8", "uint16", "int8", "int16", "int32", "int64")
    example = "input image: uint8[13, 17, 3]  output y = image -> Resizing(7, 11)"

    height = positive(doc="height of the result")
    width = positive(doc="width of the result")
    interpolation = Choice(
        "bilinear",
        "nearest",
        "bicubic",
        "lanczos3",
        "lanczos5",
        "area",
        default="bilinear",
        doc="how values between are found",
    )
    crop_to_aspect_ratio = Flag(False, doc="whether the edges are cut rather than the picture distorted")
    pad_to_aspect_ratio = Flag(False, doc="whether edges are added rather than the picture distorted")
    fill_mode = Choice("constant", default="constant", doc="what added edges are filled with")
    fill_value = Number(0.0, doc="the value of added edges")
    antialias = Flag(False, doc="whether it is smoothed before it is made smaller")
    data_format = data_format()

    def check(self) -> None:
        if self.crop_to_aspect_ratio and self.pad_to_aspect_ratio:
            raise Refusal(
                CONFLICTING_ARGUMENTS,
                "`crop_to_aspect_ratio` and `pad_to_aspect_ratio` exclude each other",
                expected="at most one of them",
                argument="pad_to_aspect_ratio",
            )

    def output(self, x: TensorType) -> TensorType:
        if self.pad_to_aspect_ratio and not x.is_float:
            # Keras fills edges with a float.
            message = "`pad_to_aspect_ratio` is for pictures of floating-point numbers"
            hint = ("make floats of it first: `Rescaling(1)`",)
            raise Refusal(WRONG_DTYPE, message, expected="floating-point numbers", found=str(x), help=hint)
        made = self.result(self.height, self.width, x.channels)
        # Keras's symbolic tensor says float32 for integers; what it computes is of the input's dtype.
        return made if x.is_float else made.with_dtype(x.dtype)

    def flops(self, x: TensorType, y: TensorType) -> Dim:
        return y.size


class CenterCrop(Layer):
    """Cuts the middle out of pictures; a smaller picture is cut to the same aspect ratio and made larger.

    Shape: ``[H, W, C] → [height, width, C]``.
    """

    rank = 3
    example = "input image: uint8[13, 17, 3]  output y = image -> CenterCrop(7, 11)"

    height = positive(doc="height of the result")
    width = positive(doc="width of the result")
    data_format = data_format()

    def output(self, x: TensorType) -> TensorType:
        return self.result(self.height, self.width, x.channels)


class CategoryEncoding(Layer):
    """Encodes integers as numbers of 0 and 1, or counts them.

    Shape: ``one_hot`` ``[…] → […, num_tokens]``, where a last axis of 1 is replaced; ``multi_hot`` and ``count``
    ``[n] → [num_tokens]``.
    """

    # Keras takes all integers, and fails on the others when it runs.
    accepts = ("int32", "int64")
    example = "input words: int32[7]  output y = words -> CategoryEncoding(11)"

    # Keras has None as its default and then refuses it.
    num_tokens = positive(doc="number of different integers, from 0 on")
    output_mode = output_mode("multi_hot", "one_hot", "count")

    def output(self, x: TensorType) -> TensorType:
        return self.result(*encoded(self, x, self.output_mode, self.num_tokens))

    def flops(self, x: TensorType, y: TensorType) -> Dim:
        return y.size


class Masking(Layer):
    """Marks steps whose values all are ``mask_value`` as padding, which later layers skip.

    Shape: ``[steps, C] → [steps, C]``; masked steps become 0.
    """

    rank = (1, 2, 3, 4)
    accepts = "float"
    example = "input x: float32[17, 3]  output y = x -> Masking"

    mask_value = Number(0.0, doc="the value of padding")

    def output(self, x: TensorType) -> TensorType:
        return self.result(*x.shape)

    def flops(self, x: TensorType, y: TensorType) -> Dim:
        return y.size
