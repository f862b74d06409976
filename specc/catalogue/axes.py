"""Axes as Keras counts them: 0 is the batch axis, 1 the first of an example, -1 the last."""

from __future__ import annotations

from specc.catalogue.declare import Refusal
from specc.catalogue.layer import known
from specc.diagnostics.codes import OUT_OF_RANGE
from specc.program.dims import Dim
from specc.program.types import TensorType


def place_of_axis(axis: Dim, x: TensorType, argument: str) -> int:
    """Where an axis is in ``x.shape``.

    Raises:
        Refusal: ``x`` has no such axis, or it is the batch.
    """
    number = known(axis, f"`{argument}`")
    place = number - 1 if number >= 0 else number + x.rank
    if 0 <= place < x.rank:
        return place
    batch = number in (0, -x.rank - 1)
    raise Refusal(
        OUT_OF_RANGE,
        f"`{argument}` {number} is the batch axis" if batch else f"`{argument}` {number} is no axis of {x}",
        expected=f"1 to {x.rank} or -{x.rank} to -1" if x.rank else "a tensor with axes",
        found=str(number),
        help=("axis 0 is the batch, 1 the first axis of an example, -1 the last",),
        argument=argument,
    )
