"""Positions and ranges of a tensor: ``x[1, 2:5, ...]``."""

from __future__ import annotations

from typing import Any

from specc.catalogue.declare import Param, Refusal, Value
from specc.catalogue.ops.base import Mover
from specc.diagnostics.codes import BAD_ARGUMENT, SHAPE_MISMATCH, WRONG_RANK
from specc.program.deciding import is_fixed, less
from specc.program.dims import Dim, Expr, minimum
from specc.program.types import TensorType


class IndexItems(Param[tuple[Any, ...]]):
    """Positions ``3``, ranges ``[start, stop, step]`` with none for what was left out, and ``"..."``."""

    expects = "positions, ranges and `...`"

    def accept(self, value: Value) -> tuple[Any, ...]:
        if not isinstance(value, tuple | list):
            raise self.refuse(value)
        return tuple(tuple(v) if isinstance(v, list) else v for v in value)

    def schema(self) -> dict[str, Any]:
        part = {"type": ["integer", "null"]}
        triple = {"type": "array", "items": part, "minItems": 3, "maxItems": 3}
        return {"type": "array", "items": {"anyOf": [{"type": "integer"}, triple, {"const": "..."}]}}


class getitem(Mover):
    """``x[1, 2:5, ...]``; the batch axis is not counted."""

    items = IndexItems(doc="what to take of each axis")

    def output(self, *inputs: TensorType) -> TensorType:
        (x,) = inputs
        taken = self._per_axis(x)
        sizes = (_taken(size, item) for size, item in zip(x.shape, taken, strict=True))
        return x.with_shape(*(s for s in sizes if s is not None))

    def _per_axis(self, x: TensorType) -> list[Any]:
        items = list(self.items)
        if items.count("...") > 1:
            raise Refusal(BAD_ARGUMENT, "an index has at most one `...`")
        named = len(items) - items.count("...")
        if named > x.rank:
            raise Refusal(
                WRONG_RANK,
                f"an index over {named} axes of a tensor that has {x.rank}",
                found=str(x),
                help=("the batch axis is not counted",),
            )
        at = items.index("...") if "..." in items else len(items)
        rest: list[Any] = [(None, None, None)] * (x.rank - named)
        return items[:at] + rest + items[at + 1 :]


def _taken(size: Dim, item: Any) -> Dim | None:
    """The size that an index leaves of an axis; None when it takes one position."""
    if isinstance(item, int):
        if is_fixed(size) and (less(size, item + 1) or less(item, -size)):
            raise Refusal(
                SHAPE_MISMATCH,
                f"position {item} is outside of an axis of size {size}",
                expected=f"{-size} to {size - 1}",
                found=str(item),
            )
        return None
    start, stop, step = item
    if isinstance(size, int):
        left = len(range(size)[slice(start, stop, step)])
        if left == 0:
            raise Refusal(SHAPE_MISMATCH, f"this range takes nothing of an axis of size {size}")
        return left
    return _taken_of_symbolic(size, start, stop, step)


def _taken_of_symbolic(size: Expr, start: int | None, stop: int | None, step: int | None) -> Dim:
    if step is not None and step != 1:
        if (start, stop) != (None, None) or step < 1:
            raise Refusal(SHAPE_MISMATCH, f"the size of this range of {size} can't be said", help=("give no step",))
        return (size + (step - 1)) // step
    low = start or 0
    # From the end backwards counts as size + position; a stop beyond the end is cut there.
    first: Dim = size + low if low < 0 else low
    last: Dim = size if stop is None else size + stop if stop < 0 else minimum(size, stop)
    if is_fixed(size) and (less(first, 0) or less(last - first, 1)):
        raise Refusal(SHAPE_MISMATCH, f"this range takes nothing of an axis of size {size}")
    return last - first
