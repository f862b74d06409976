"""Layers that bring raw data into the form that a network takes. They cast what they are given to their own dtype."""

from __future__ import annotations

from typing import Any

from specc.catalogue.axes import place_of_axis
from specc.catalogue.declare import Refusal
from specc.catalogue.layer import Layer, known
from specc.catalogue.params import (
    Choice,
    Either,
    Flag,
    Integer,
    Number,
    Optional,
    Tuple,
    data_format,
    positive,
)
from specc.diagnostics.codes import CONFLICTING_ARGUMENTS, MISSING_ARGUMENT, SHAPE_MISMATCH, WRONG_RANK
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
    output_mode = Choice(
        "multi_hot", "one_hot", "count", default="multi_hot", doc="one code per integer, or one per example"
    )

    def output(self, x: TensorType) -> TensorType:
        if self.output_mode == "one_hot":
            kept = x.shape[:-1] if x.rank and x.channels == 1 else x.shape
            return self.result(*kept, self.num_tokens)
        if x.rank != 1:
            # Keras's shape rule and its run differ for more axes, and for none.
            raise Refusal(
                WRONG_RANK,
                f"`CategoryEncoding` with `output_mode={self.output_mode}` takes a list of integers per example",
                expected="1 axis (the batch axis is not counted)",
                found=str(x),
                help=("`output_mode=one_hot` encodes every integer on its own",),
            )
        return self.result(self.num_tokens)

    def flops(self, x: TensorType, y: TensorType) -> Dim:
        return y.size


class Normalization(Layer):
    """Brings values to mean 0 and variance 1 by known means and variances: ``(x - mean) / sqrt(variance)``.

    Shape: ``[…] → […]``. ``invert`` does the opposite: ``mean + x * sqrt(variance)``.
    """

    example = "input x: float32[13, 17, 3]  output y = x -> Normalization(mean=[5, 7, 11], variance=[2, 3, 5])"

    axis = Optional(
        Tuple(Integer(), single=True),
        (-1,),
        doc="the axes with a mean of their own, 1 is the first of an example, -1 the last; none for one mean of all",
    )
    mean = Optional(_numbers(None, doc=""), doc="the mean, or one for each channel")
    variance = Optional(_numbers(None, doc=""), doc="the variance, or one for each channel")
    invert = Flag(False, doc="whether the opposite is done")

    def check(self) -> None:
        if self.mean is None or self.variance is None:
            missing = " and ".join(f"`{n}`" for n in ("mean", "variance") if getattr(self, n) is None)
            raise Refusal(
                MISSING_ARGUMENT,
                f"`Normalization` needs {missing}",
                expected="`mean` and `variance` as numbers",
                help=(
                    "write the numbers, which `specc` can't take from the data, or learn them: `BatchNormalization`",
                ),
            )
        if _length(self.mean) != _length(self.variance):
            raise Refusal(
                CONFLICTING_ARGUMENTS,
                "`mean` and `variance` must have the same length",
                expected=_counted(self.mean),
                found=_counted(self.variance),
                argument="variance",
            )
        if isinstance(self.mean, tuple) and not self.axis:
            raise Refusal(
                CONFLICTING_ARGUMENTS,
                "without `axis` there is one `mean` of all values",
                expected="one number",
                found=_counted(self.mean),
                argument="mean",
            )
        if any(v < 0 for v in _as_list(self.variance)):
            raise Refusal(
                CONFLICTING_ARGUMENTS,
                "a variance is never negative",
                expected="numbers of at least 0",
                found=str(min(_as_list(self.variance))),
                argument="variance",
            )

    def output(self, x: TensorType) -> TensorType:
        places = sorted(place_of_axis(axis, x, "axis") for axis in self.axis or ())
        for place in places:
            known(x.shape[place], f"axis {place + 1} of `Normalization`'s input")
        if isinstance(self.mean, tuple):
            require_per_channel(len(self.mean), x.with_shape(x.shape[places[-1]]), "mean")
        return self.result(*x.shape)

    def flops(self, x: TensorType, y: TensorType) -> Dim:
        return 2 * y.size


def _as_list(value: Any) -> tuple[float, ...]:
    return value if isinstance(value, tuple) else (value,)


def _length(value: Any) -> int | None:
    return len(value) if isinstance(value, tuple) else None


def _counted(value: Any) -> str:
    return f"{len(value)} numbers" if isinstance(value, tuple) else "one number"


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
