"""Operations on tensors, which the language writes as operators; named as the functions of ``keras.ops``."""

from __future__ import annotations

from typing import Any, ClassVar

from specc.catalogue.declare import Declaration, Param, Refusal, Value
from specc.catalogue.layer import Inferred
from specc.catalogue.params import Integer
from specc.diagnostics.codes import BAD_ARGUMENT, SHAPE_MISMATCH, WRONG_DTYPE, WRONG_RANK
from specc.program.dims import Dim, Expr, Shape, equal, minimum, witness
from specc.program.types import INTEGERS, TensorType


class Operation(Declaration, abstract=True):
    """A function of tensors and numbers; a number comes as a tensor type without axes."""

    kind = "op"

    def output(self, *inputs: TensorType) -> TensorType:
        """The shape rule."""
        raise NotImplementedError(type(self).__name__)

    def infer(self, inputs: tuple[TensorType, ...]) -> Inferred:
        """Output type and FLOPs for some inputs.

        Raises:
            Refusal: the inputs don't fit each other.
        """
        for x in inputs:
            if x.dtype in ("string", "bool"):
                raise Refusal(WRONG_DTYPE, f"can't calculate with {x.dtype}", expected="numbers", found=str(x))
        y = self.output(*inputs)
        return Inferred((y,), (), self.flops(y))

    def flops(self, y: TensorType) -> Dim:
        """One operation per element."""
        return y.size


class Elementwise(Operation, abstract=True):
    """Works element by element on tensors whose sizes are equal, or 1, axis by axis from the last (NumPy's rule)."""

    verb: ClassVar[str] = "combine"

    def output(self, *inputs: TensorType) -> TensorType:
        left, right = inputs
        return TensorType(self.dtype(left, right), broadcast(left, right, self.verb))

    def dtype(self, left: TensorType, right: TensorType) -> str:
        return promote(left, right)


class add(Elementwise):
    """``left + right``"""

    verb = "add"


class subtract(Elementwise):
    """``left - right``"""

    verb = "subtract"


class multiply(Elementwise):
    """``left * right``"""

    verb = "multiply"


class divide(Elementwise):
    """``left / right``"""

    verb = "divide"

    def dtype(self, left: TensorType, right: TensorType) -> str:
        both = promote(left, right)
        return "float32" if both in INTEGERS else both


class negative(Operation):
    """``-x``"""

    def output(self, *inputs: TensorType) -> TensorType:
        return inputs[0]


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


class getitem(Operation):
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

    def flops(self, y: TensorType) -> Dim:
        return 0


def _taken(size: Dim, item: Any) -> Dim | None:
    """The size that an index leaves of an axis; None when it takes one position."""
    if isinstance(item, int):
        if isinstance(size, int) and not -size <= item < size:
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
    return last - first


def broadcast(left: TensorType, right: TensorType, verb: str) -> Shape:
    """The common shape of two tensors by NumPy's rule, on the axes of one example.

    Tensors of unlike rank are refused: Keras would line them up with the batch axis in between. Numbers (rank 0) fit
    everything.

    Raises:
        Refusal: two sizes aren't equal, or can't be shown equal.
    """
    if left.rank == 0 or right.rank == 0:
        return left.shape or right.shape
    if left.rank != right.rank:
        raise Refusal(
            WRONG_RANK,
            f"can't {verb} tensors of {left.rank} and {right.rank} axes",
            expected="the same number of axes",
            found=f"{left} and {right}",
            help=("bring them to the same rank with `Reshape`",),
        )
    return tuple(
        _common(a, b, left, right, verb, axis)
        for axis, (a, b) in enumerate(zip(left.shape, right.shape, strict=True), start=1)
    )


def _common(a: Dim, b: Dim, left: TensorType, right: TensorType, verb: str, axis: int) -> Dim:
    if a == 1 or b == 1:
        return b if a == 1 else a
    if equal(a, b):
        return a
    raise Refusal(
        SHAPE_MISMATCH,
        f"can't {verb} tensors of {a} and {b} on axis {axis}",
        expected="equal sizes, or 1",
        found=f"{left} and {right}",
        help=_why_different(a, b),
    )


def _why_different(a: Dim, b: Dim) -> tuple[str, ...]:
    if isinstance(a, int) and isinstance(b, int):
        return ()
    sizes = witness(a, b)
    if not sizes:
        return (f"{a} and {b} could not be shown equal for all sizes",)
    example = ", ".join(f"{k} = {v}" for k, v in sizes.items())
    return (f"named sizes are different unless shown equal: {a} and {b} differ for {example}",)


_ORDER = ("uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "float16", "bfloat16", "float32")


def promote(left: TensorType, right: TensorType) -> str:
    """The dtype of a result; a number takes the tensor's dtype, as in Keras."""
    if left.rank == 0 and left.dtype != right.dtype:
        return _with_number(right.dtype, left.dtype)
    if right.rank == 0 and left.dtype != right.dtype:
        return _with_number(left.dtype, right.dtype)
    if "float64" in (left.dtype, right.dtype):
        return "float64"
    return max(left.dtype, right.dtype, key=_ORDER.index)


def _with_number(tensor: str, number: str) -> str:
    return "float32" if tensor in INTEGERS and number == "float32" else tensor


class argmax(Operation):
    """The position of the greatest value on an axis."""

    axis = Integer(-1, doc="the axis; -1 is the last, the batch axis can't be named")

    def output(self, *inputs: TensorType) -> TensorType:
        (x,) = inputs
        if x.rank == 0 or self.axis != -1:
            raise Refusal(WRONG_RANK, "`argmax` works on the last axis", found=str(x))
        return TensorType("int32", x.shape[:-1])


class one_hot(Operation):
    """A new last axis that is 1 at the position that the integer says, else 0."""

    num_classes = Integer(minimum=1, doc="size of the new axis")

    def output(self, *inputs: TensorType) -> TensorType:
        (x,) = inputs
        return TensorType("float32", (*x.shape, self.num_classes))
