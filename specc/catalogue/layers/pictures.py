"""What layers of pictures have in common: their factors, their channels, how they fill and interpolate."""

from __future__ import annotations

from typing import ClassVar

from specc.catalogue.declare import Refusal
from specc.catalogue.layer import Accepts, Layer
from specc.catalogue.params import Choice, Either, Number, Tuple
from specc.diagnostics.codes import SHAPE_MISMATCH
from specc.program.deciding import equal
from specc.program.dims import Dim
from specc.program.types import FLOATS, INTEGERS, TensorType

NUMBERS: tuple[str, ...] = (*FLOATS, *INTEGERS)
"""What pictures are made of. (A bool is none.)"""


def within(
    low: float = -1.0, high: float = 1.0, *, default: float | tuple[float, float] | None = None, doc: str
) -> Either:
    """A number between bounds, or a pair of them."""
    choices = (Number(low=low, high=high), Tuple(Number(low=low, high=high), length=2))
    return Either(*choices, doc=doc) if default is None else Either(*choices, default=default, doc=doc)


def value_range() -> Tuple[float]:
    """The range of a picture's values."""
    return Tuple(Number(), (0.0, 255.0), length=2, doc="least and greatest value of the pictures")


def fill_mode() -> Choice:
    """How places from outside are filled."""
    words = ("reflect", "wrap", "constant", "nearest")
    return Choice(*words, default="reflect", doc="what fills the places from outside the picture")


def interpolation() -> Choice:
    """How values between points are found."""
    return Choice("bilinear", "nearest", default="bilinear", doc="how values between are found")


class Augmentation(Layer, abstract=True):
    """Keeps the shape of pictures. Shape: ``[H, W, C] → [H, W, C]``."""

    rank = 3

    def output(self, x: TensorType) -> TensorType:
        return self.result(*x.shape)

    def flops(self, x: TensorType, y: TensorType) -> Dim:
        return y.size


class Recolored(Augmentation, abstract=True):
    """Changes the values of pictures; on integers Keras fails or cuts, so specc takes floats only."""

    accepts: ClassVar[Accepts | tuple[str, ...]] = "float"
    channels: ClassVar[tuple[int, ...]] = ()
    """The numbers of channels that it takes; none for any."""

    def output(self, x: TensorType) -> TensorType:
        if self.channels:
            require_channels(self, x, *self.channels)
        return super().output(x)


def require_channels(layer: Layer, x: TensorType, *admitted: int) -> None:
    """Refuse pictures whose channels aren't of an admitted number, or of an unknown one.

    Raises:
        Refusal: they aren't.
    """
    if not any(equal(number, x.channels) for number in admitted):
        wanted = " or ".join(map(str, admitted))
        raise Refusal(
            SHAPE_MISMATCH,
            f"`{type(layer).__name__}` takes pictures of {wanted} channels, these have {x.channels}",
            expected=f"{wanted} channels: red, green, blue" if admitted == (3,) else f"{wanted} channels",
            found=str(x),
        )
