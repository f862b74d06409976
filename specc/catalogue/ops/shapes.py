"""Functions that move elements: other axes, other order, joined, split, taken by position."""

from __future__ import annotations

from typing import Any

from specc.catalogue.axes import place_of_axis
from specc.catalogue.declare import Refusal
from specc.catalogue.layer import known
from specc.catalogue.ops import base
from specc.catalogue.ops.base import Mover, Operation
from specc.catalogue.ops.broadcast import promote, require_equal
from specc.catalogue.params import Choice, Either, Integer, Optional, Tuple, positive
from specc.catalogue.reshape import check_target, keras_target, reshaped
from specc.diagnostics.codes import BAD_ARGUMENT, OUT_OF_RANGE, SHAPE_MISMATCH, WRONG_RANK
from specc.program.deciding import equal, less
from specc.program.dims import Dim
from specc.program.types import INTEGERS, TensorType


class reshape(Mover):
    """The elements of an example in other axes, in the same order; one size may be -1: what is left over."""

    newshape = Tuple(Integer(minimum=-1), doc="the sizes, without the batch axis")

    def check(self) -> None:
        check_target(self.newshape, "newshape")

    def output(self, *inputs: TensorType) -> TensorType:
        return inputs[0].with_shape(*reshaped(inputs[0], self.newshape, "newshape"))

    def keras_arguments(self, inputs: tuple[TensorType, ...]) -> dict[str, Any]:
        return {"newshape": keras_target(inputs[0], self.newshape, "newshape")}


class ravel(Mover):
    """All axes of an example in one."""

    def output(self, *inputs: TensorType) -> TensorType:
        return inputs[0].with_shape(inputs[0].size)


class transpose(Mover):
    """The axes of an example in another order; without ``axes``, the other way round."""

    axes = Optional(Tuple(positive()), doc="the axes in their new order, 1 is the first of an example")

    def output(self, *inputs: TensorType) -> TensorType:
        (x,) = inputs
        return x.with_shape(*(x.shape[p] for p in self._order(x)))

    def _order(self, x: TensorType) -> tuple[int, ...]:
        if self.axes is None:
            return tuple(reversed(range(x.rank)))
        order = tuple(place_of_axis(a, x, "axes") for a in self.axes)
        if sorted(order) != list(range(x.rank)):
            raise Refusal(
                BAD_ARGUMENT,
                f"`axes` must name each axis of {x} once",
                expected=f"1 to {x.rank} in some order",
                found=f"[{', '.join(map(str, self.axes))}]",
                argument="axes",
            )
        return order

    def keras_arguments(self, inputs: tuple[TensorType, ...]) -> dict[str, Any]:
        return {"axes": (0, *(p + 1 for p in self._order(inputs[0])))}


class swapaxes(Mover):
    """Two axes in each other's place."""

    axis1 = base.axis(doc="the one axis; 1 is the first of an example, -1 the last")
    axis2 = base.axis(doc="the other axis")

    def output(self, *inputs: TensorType) -> TensorType:
        (x,) = inputs
        i, j = place_of_axis(self.axis1, x, "axis1"), place_of_axis(self.axis2, x, "axis2")
        sizes = list(x.shape)
        sizes[i], sizes[j] = sizes[j], sizes[i]
        return x.with_shape(*sizes)


class moveaxis(Mover):
    """An axis in another place; the others keep their order."""

    source = base.axis(doc="the axis; 1 is the first of an example, -1 the last")
    destination = base.axis(doc="where it goes")

    def output(self, *inputs: TensorType) -> TensorType:
        (x,) = inputs
        sizes = list(x.shape)
        moved = sizes.pop(place_of_axis(self.source, x, "source"))
        sizes.insert(place_of_axis(self.destination, x, "destination"), moved)
        return x.with_shape(*sizes)


class expand_dims(Mover):
    """A new axis of size 1, at the place ``axis`` of the result."""

    axis = base.axis(doc="the place in the result; 1 is the first of an example, -1 the last")

    def output(self, *inputs: TensorType) -> TensorType:
        (x,) = inputs
        wider = x.with_shape(*x.shape, 1)
        at = place_of_axis(self.axis, wider, "axis")
        return x.with_shape(*x.shape[:at], 1, *x.shape[at:])


class squeeze(Mover):
    """Without axes of size 1; without ``axis``, none of them."""

    axis = base.axes()

    def output(self, *inputs: TensorType) -> TensorType:
        (x,) = inputs
        gone = self._gone(x)
        return x.with_shape(*(d for i, d in enumerate(x.shape) if i not in gone))

    def _gone(self, x: TensorType) -> tuple[int, ...]:
        if self.axis is None:
            return tuple(i for i, d in enumerate(x.shape) if equal(d, 1))
        gone = base.places(self.axis, x)
        for place in gone:
            if x.shape[place] != 1:
                raise Refusal(
                    SHAPE_MISMATCH,
                    f"axis {place + 1} of {x} has the size {x.shape[place]}, only an axis of size 1 can be taken out",
                    expected="1",
                    found=str(x.shape[place]),
                    argument="axis",
                )
        return gone

    def keras_arguments(self, inputs: tuple[TensorType, ...]) -> dict[str, Any]:
        return {"axis": tuple(p + 1 for p in self._gone(inputs[0]))}


class concatenate(Mover):
    """Tensors behind each other along an axis: ``[…, a], […, b] → […, a + b]``."""

    operands = ("xs",)
    takes_list = True
    axis = base.axis()

    def output(self, *inputs: TensorType) -> TensorType:
        first = inputs[0]
        at = place_of_axis(self.axis, first, "axis")
        total: Dim = 0
        for x in inputs:
            _require_alike("concatenate", first, x, at)
            total = total + x.shape[at]
        return TensorType(promote(*inputs), (*first.shape[:at], total, *first.shape[at + 1 :]))


class stack(Mover):
    """Tensors of one shape beside each other, along a new axis."""

    operands = ("x",)
    takes_list = True
    axis = base.axis(doc="the new axis in the result; 1 is the first of an example, -1 the last")

    def output(self, *inputs: TensorType) -> TensorType:
        first = inputs[0]
        for x in inputs:
            _require_alike("stack", first, x, None)
        at = place_of_axis(self.axis, first.with_shape(*first.shape, 1), "axis")
        return TensorType(promote(*inputs), (*first.shape[:at], len(inputs), *first.shape[at:]))


def _require_alike(verb: str, first: TensorType, x: TensorType, but: int | None) -> None:
    if first.rank != x.rank:
        raise Refusal(
            WRONG_RANK,
            f"can't {verb} tensors of {first.rank} and {x.rank} axes",
            expected=f"{first.rank} axes",
            found=f"{first} and {x}",
        )
    for place, (a, b) in enumerate(zip(first.shape, x.shape, strict=True)):
        if place != but:
            require_equal(a, b, first, x, f"can't {verb} tensors of {a} and {b} on axis {place + 1}")


class split(Mover):
    """Parts along an axis: a number of equal ones, or those between positions (``[3, 5]``: up to 3, to 5, the rest)."""

    indices_or_sections = Either(
        positive(), Tuple(positive(), at_least=1), doc="how many equal parts, or the positions between parts"
    )
    axis = base.axis()

    def output(self, *inputs: TensorType) -> tuple[TensorType, ...]:
        (x,) = inputs
        at = place_of_axis(self.axis, x, "axis")
        return tuple(x.with_shape(*x.shape[:at], d, *x.shape[at + 1 :]) for d in self._parts(x.shape[at]))

    def _parts(self, size: Dim) -> list[Dim]:
        sections = self.indices_or_sections
        if not isinstance(sections, tuple):
            count = known(sections, "the number of parts")
            if not equal(size // count * count, size):
                raise self._unfit(
                    f"an axis of {size} can't be split into {count} equal parts", f"a multiple of {count}"
                )
            return [size // count] * count
        ends: list[Dim] = [*(known(s, "a position") for s in sections), size]
        starts: list[Dim] = [0, *ends[:-1]]
        if any(not less(a, b) for a, b in zip(starts, ends, strict=True)):
            raise self._unfit(f"the positions {list(sections)} don't cut an axis of {size}", f"rising, below {size}")
        return [b - a for a, b in zip(starts, ends, strict=True)]

    def _unfit(self, message: str, expected: str) -> Refusal:
        return Refusal(SHAPE_MISMATCH, message, expected=expected, argument="indices_or_sections")


class repeat(Mover):
    """Each element several times in a row, along an axis."""

    repeats = positive(doc="how often")
    axis = base.axis()

    def output(self, *inputs: TensorType) -> TensorType:
        (x,) = inputs
        at = place_of_axis(self.axis, x, "axis")
        return x.with_shape(*x.shape[:at], x.shape[at] * known(self.repeats, "`repeats`"), *x.shape[at + 1 :])


class tile(Mover):
    """The whole example several times beside itself."""

    repeats = Tuple(positive(), doc="how often along each axis of an example")

    def output(self, *inputs: TensorType) -> TensorType:
        (x,) = inputs
        if len(self.repeats) != x.rank:
            raise Refusal(
                WRONG_RANK,
                f"`repeats` has {len(self.repeats)} numbers, {x} has {x.rank} axes",
                expected=f"{x.rank} numbers",
                argument="repeats",
            )
        return x.with_shape(*(d * known(n, "`repeats`") for d, n in zip(x.shape, self.repeats, strict=True)))

    def keras_arguments(self, inputs: tuple[TensorType, ...]) -> dict[str, Any]:
        return {"repeats": (1, *self.repeats)}


class pad(Mover):
    """More elements before and behind, along each axis of an example."""

    pad_width = Tuple(Tuple(Integer(minimum=0), length=2), doc="`[before, behind]` for each axis of an example")
    mode = Choice("constant", "reflect", "symmetric", default="constant", doc="what is added")

    def output(self, *inputs: TensorType) -> TensorType:
        (x,) = inputs
        if len(self.pad_width) != x.rank:
            raise Refusal(
                WRONG_RANK,
                f"`pad_width` has {len(self.pad_width)} pairs, {x} has {x.rank} axes",
                expected=f"{x.rank} pairs",
                argument="pad_width",
            )
        if self.mode != "constant":
            self._require_mirrored(x)
        return x.with_shape(*(d + a + b for d, (a, b) in zip(x.shape, self.pad_width, strict=True)))

    def _require_mirrored(self, x: TensorType) -> None:
        """Refuse more elements than there are to mirror: `reflect` doesn't repeat the last one, `symmetric` does."""
        for axis, (size, pair) in enumerate(zip(x.shape, self.pad_width, strict=True), start=1):
            most = size - 1 if self.mode == "reflect" else size
            if any(less(most, width) for width in pair):
                raise Refusal(
                    OUT_OF_RANGE,
                    f"`mode={self.mode}` has {most} elements to mirror along axis {axis} of {x}",
                    expected=f"at most {most}",
                    found=f"[{', '.join(map(str, pair))}]",
                    argument="pad_width",
                )

    def keras_arguments(self, inputs: tuple[TensorType, ...]) -> dict[str, Any]:
        widths = ((0, 0), *((known(a, "`pad_width`"), known(b, "`pad_width`")) for a, b in self.pad_width))
        return {"pad_width": widths, "mode": self.mode}


class broadcast_to(Mover):
    """Axes of size 1 repeated to the sizes of ``shape``."""

    shape = Tuple(positive(), doc="the sizes, without the batch axis")

    def output(self, *inputs: TensorType) -> TensorType:
        (x,) = inputs
        if len(self.shape) != x.rank or not all(
            a == 1 or equal(a, b) for a, b in zip(x.shape, self.shape, strict=True)
        ):
            raise Refusal(
                SHAPE_MISMATCH,
                f"{x} can't be broadcast to [{', '.join(map(str, self.shape))}]",
                expected="the same number of axes, each equal or 1 before",
                argument="shape",
            )
        return x.with_shape(*self.shape)

    def keras_arguments(self, inputs: tuple[TensorType, ...]) -> dict[str, Any]:
        """How often each axis is repeated: Keras can't broadcast to an unknown batch.

        Raises:
            Refusal: an axis of size 1 would get a size that is only known at run time.
        """
        pairs = zip(inputs[0].shape, self.shape, strict=True)
        return {"repeats": (1, *(1 if equal(a, b) else known(b, "a size of `shape`") for a, b in pairs))}


class take_along_axis(Mover):
    """Elements along an axis by positions that each example gives itself."""

    operands = ("x", "indices")
    axis = base.axis()

    def output(self, *inputs: TensorType) -> TensorType:
        x, indices = inputs
        self.require(indices, INTEGERS)
        at = place_of_axis(self.axis, x, "axis")
        _require_alike("take positions along an axis of", x, indices, at)
        return x.with_shape(*indices.shape)


class tril(Mover):
    """The lower triangle of the last two axes; zero above the diagonal ``k``."""

    accepts = base.NOT_TEXT

    k = Integer(0, doc="the diagonal; 0 is the main one, above it counts up")

    def output(self, *inputs: TensorType) -> TensorType:
        return _matrix(self, inputs[0], self.k)


class triu(Mover):
    """The upper triangle of the last two axes; zero below the diagonal ``k``."""

    accepts = base.NOT_TEXT

    k = Integer(0, doc="the diagonal; 0 is the main one, above it counts up")

    def output(self, *inputs: TensorType) -> TensorType:
        return _matrix(self, inputs[0], self.k)


def _matrix(operation: Operation, x: TensorType, diagonal: Dim) -> TensorType:
    if x.rank < 2:
        message = f"`{type(operation).__name__}` takes at least 2 axes, this has {x.rank}"
        raise Refusal(WRONG_RANK, message, expected="at least 2 axes", found=str(x))
    rows, columns = x.shape[-2:]
    if less(columns, diagonal) or less(rows, -diagonal):
        # TensorFlow fails when it runs.
        message = f"a matrix of {rows} rows and {columns} columns has no diagonal {diagonal}"
        raise Refusal(OUT_OF_RANGE, message, expected=f"-{rows} to {columns}", found=str(diagonal), argument="k")
    return x
