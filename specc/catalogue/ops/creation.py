"""Functions that make tensors of integers: positions, and ones where an integer points."""

from __future__ import annotations

from typing import Any

from specc.catalogue.axes import place_of_axis
from specc.catalogue.declare import Refusal
from specc.catalogue.layer import is_symbolic, known
from specc.catalogue.ops.base import Mover
from specc.catalogue.params import Choice, Integer, Optional, positive
from specc.diagnostics.codes import BAD_ARGUMENT, UNKNOWN_SIZE
from specc.program.deciding import equal, is_fixed, less
from specc.program.dims import Dim
from specc.program.types import DTYPES, INTEGERS, TensorType


class arange(Mover):
    """The integers from ``start`` up to ``stop``, which is not among them: ``int32[stop - start]``, in every example.

    ``arange(n)`` begins at 0. A size that is only known at run time is taken from the tensor that has it: no tensor is
    named for that.
    """

    operands = ("like",)
    implied = True
    accepts = DTYPES

    start = Integer(doc="the first number, or where `stop` is left out: the end")
    stop = Optional(Integer(), doc="the end, none to begin at 0 and end at `start`")
    step = Optional(positive(), doc="from number to number, none for 1")

    def output(self, *inputs: TensorType) -> TensorType:
        return TensorType("int32", (self._count(),))

    @property
    def first(self) -> Dim:
        """The first number."""
        return 0 if self.stop is None else self.start

    def _count(self) -> Dim:
        end = self.start if self.stop is None else self.stop
        step = known(self.step or 1, "`step`")
        count = (end - self.first + (step - 1)) // step
        if is_fixed(count) and less(count, 1):
            raise Refusal(BAD_ARGUMENT, f"there is no number from {self.first} up to {end}", argument="stop")
        return count

    def axis_of(self, like: TensorType) -> int | None:
        """The place of the axis of ``like`` that has the size of the result; None where the size is a number.

        Raises:
            Refusal: it has no such axis.
        """
        count = self._count()
        if not is_symbolic(count):
            return None
        for place, size in enumerate(like.shape):
            if equal(size, count):
                return place
        raise Refusal(
            UNKNOWN_SIZE,
            f"no tensor here has an axis of {count}",
            help=("count up to the size of an axis, and calculate with the numbers",),
        )

    def keras_arguments(self, inputs: tuple[TensorType, ...]) -> dict[str, Any]:
        count = self._count()
        place = self.axis_of(inputs[0])
        return {
            "count": known(count, "the count") if place is None else None,
            "place": place,
            "first": known(self.first, "`start`"),
            "step": known(self.step or 1, "`step`"),
        }


class one_hot(Mover):
    """A new axis that is 1 at the position that the integer says, else 0."""

    accepts = INTEGERS
    num_classes = positive(doc="size of the new axis")
    axis = Integer(-1, doc="the place of the new axis in the result; 1 is the first of an example, -1 the last")
    dtype = Optional(
        Choice("float32", "float16", "bfloat16", "int32", "bool"), doc="dtype of the result, none for float32"
    )

    def output(self, *inputs: TensorType) -> TensorType:
        (x,) = inputs
        at = self._place(x)
        return TensorType(self.dtype or "float32", (*x.shape[:at], self.num_classes, *x.shape[at:]))

    def _place(self, x: TensorType) -> int:
        return place_of_axis(self.axis, x.with_shape(*x.shape, 1), "axis")

    def keras_arguments(self, inputs: tuple[TensorType, ...]) -> dict[str, Any]:
        """Keras counts the last one, and no other, from the end."""
        given = super().keras_arguments(inputs)
        place = self._place(inputs[0])
        return {**given, "axis": -1 if place == inputs[0].rank else place + 1}
