"""Types of tensors: a dtype and the sizes of the axes, without the batch axis (it is implicit, as in Keras)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from specc.program.dims import Dim, Shape, size_of, substitute

FLOATS: Final = ("float16", "bfloat16", "float32", "float64")
INTEGERS: Final = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
DTYPES: Final = (*FLOATS, *INTEGERS, "bool", "string")
ALIASES: Final = {"float": "float32", "int": "int32"}
"""Short names: ``float`` is Keras's default float, ``int`` its default integer."""

ITEM_BYTES: Final = {
    "bool": 1,
    "string": 16,
    "bfloat16": 2,
    **{name: int(name.lstrip("uintfloa")) // 8 for name in (*INTEGERS, "float16", "float32", "float64")},
}


@dataclass(frozen=True, slots=True)
class TensorType:
    """``float32[H, W, 3]``: one example's dtype and sizes."""

    dtype: str
    shape: Shape

    @property
    def rank(self) -> int:
        """Number of axes without the batch axis."""
        return len(self.shape)

    @property
    def channels(self) -> Dim:
        """The size of the last axis."""
        return self.shape[-1]

    @property
    def is_float(self) -> bool:
        return self.dtype in FLOATS

    @property
    def size(self) -> Dim:
        """Number of elements of one example."""
        return size_of(self.shape)

    def with_shape(self, *shape: Dim) -> TensorType:
        return replace(self, shape=shape)

    def with_channels(self, channels: Dim) -> TensorType:
        return replace(self, shape=(*self.shape[:-1], channels))

    def with_dtype(self, dtype: str) -> TensorType:
        return replace(self, dtype=dtype)

    def substitute(self, values: dict[str, Dim]) -> TensorType:
        return replace(self, shape=tuple(substitute(d, values) for d in self.shape))

    def __str__(self) -> str:
        return f"{self.dtype}[{', '.join(map(str, self.shape))}]"


@dataclass(frozen=True, slots=True)
class NumberType(TensorType):
    """The type of a plain number among the operands of a function: it fits every shape.

    A tensor without axes is something else: it has one number for each example.
    """

    value: float = 0

    def __str__(self) -> str:
        return f"a number of {self.dtype}"


def number_type(value: float) -> NumberType:
    """The type of a number that a spec writes."""
    dtype = "bool" if isinstance(value, bool) else "float32" if isinstance(value, float) else "int32"
    return NumberType(dtype, (), value)
