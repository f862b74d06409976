"""How operands of unlike shapes and dtypes meet: sizes by NumPy's rule, dtypes by Keras's promotion."""

from __future__ import annotations

from specc.catalogue.declare import Refusal
from specc.catalogue.ops.base import is_number
from specc.diagnostics.codes import SHAPE_MISMATCH, WRONG_RANK
from specc.program.deciding import equal, why_different
from specc.program.dims import Dim, Shape
from specc.program.types import FLOATS, INTEGERS, TensorType


def broadcast(verb: str, *inputs: TensorType) -> Shape:
    """The common shape of some tensors by NumPy's rule, on the axes of one example.

    Tensors of unlike rank are refused: Keras would line them up with the batch axis in between. Numbers fit everything.

    Raises:
        Refusal: two sizes aren't equal, or can't be shown equal.
    """
    tensors = [x for x in inputs if not is_number(x)]
    shape = tensors[0].shape if tensors else ()
    for x in tensors[1:]:
        shape = _of_two(tensors[0].with_shape(*shape), x, verb)
    return shape


def _of_two(left: TensorType, right: TensorType, verb: str) -> Shape:
    if left.rank != right.rank:
        raise Refusal(
            WRONG_RANK,
            f"can't {verb} tensors of {left.rank} and {right.rank} axes",
            expected="the same number of axes",
            found=f"{left} and {right}",
            help=("give the smaller one an axis of size 1: `expand_dims(x, 1)`",),
        )
    return tuple(
        _common(a, b, left, right, verb, axis)
        for axis, (a, b) in enumerate(zip(left.shape, right.shape, strict=True), start=1)
    )


def _common(a: Dim, b: Dim, left: TensorType, right: TensorType, verb: str, axis: int) -> Dim:
    if a == 1 or b == 1:
        return b if a == 1 else a
    require_equal(a, b, left, right, f"can't {verb} tensors of {a} and {b} on axis {axis}", "equal sizes, or 1")
    return a


def require_equal(
    a: Dim, b: Dim, left: TensorType, right: TensorType, message: str, expected: str = "equal sizes"
) -> None:
    """Refuse two sizes that aren't shown equal, with sizes for which they differ."""
    if equal(a, b):
        return
    raise Refusal(SHAPE_MISMATCH, message, expected=expected, found=f"{left} and {right}", help=why_different(a, b))


_ORDER = ("bool", "uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64",
          "float16", "bfloat16", "float32", "float64")  # fmt: skip
_SIGNED = {"uint8": "int16", "uint16": "int32", "uint32": "int64", "uint64": "float32"}
"""What an unsigned dtype becomes beside a signed one that can't hold it."""


def promote(*inputs: TensorType) -> str:
    """The dtype of a result, as Keras promotes; a number takes the tensors' dtype unless it is of a wider kind."""
    tensors = [x.dtype for x in inputs if not is_number(x)]
    numbers = [x.dtype for x in inputs if is_number(x)]
    dtype = (tensors or numbers)[0]
    for other in tensors[1:]:
        dtype = _wider(dtype, other)
    for number in numbers if tensors else numbers[1:]:
        dtype = _with_number(dtype, number)
    return dtype


def _wider(left: str, right: str) -> str:
    """JAX's lattice of dtypes, which Keras follows (https://docs.jax.dev/en/latest/jep/9407-type-promotion.html)."""
    if left == right:
        return left
    low, high = sorted((left, right), key=_ORDER.index)
    if {low, high} == {"float16", "bfloat16"}:
        return "float32"
    if high in FLOATS or low == "bool" or low[0] == high[0]:
        return high
    unsigned, signed = (low, high) if low[0] == "u" else (high, low)
    if int(signed.lstrip("int")) > int(unsigned.lstrip("uint")):
        return signed
    return _SIGNED[unsigned]


def _with_number(tensor: str, number: str) -> str:
    if number == "float32" and tensor not in FLOATS:
        return "float32"
    return "int32" if tensor == "bool" and number in INTEGERS else tensor


def as_float(dtype: str) -> str:
    """The dtype of what is no integer any more: floats stay, all else becomes Keras's default float."""
    return dtype if dtype in FLOATS else "float32"
