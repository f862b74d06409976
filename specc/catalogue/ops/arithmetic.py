"""Element by element with two tensors, or a tensor and a number: arithmetic, comparisons, logic, choice."""

from __future__ import annotations

from typing import ClassVar, Final

from specc.catalogue.declare import Refusal
from specc.catalogue.ops.base import NOT_TEXT, Operation
from specc.catalogue.ops.broadcast import as_float, broadcast, promote
from specc.diagnostics.codes import WRONG_DTYPE
from specc.program.types import INTEGERS, NumberType, TensorType

INFIX: Final = {
    "add": "+", "subtract": "-", "multiply": "*", "divide": "/", "power": "**", "floor_divide": "//", "mod": "%",
    "less": "<", "less_equal": "<=", "greater": ">", "greater_equal": ">=",
}  # fmt: skip
"""The functions that have an operator, the same in the language and in Python."""


class Elementwise(Operation, abstract=True):
    """Works element by element on tensors whose sizes are equal, or 1; a number fits every shape."""

    operands = ("x1", "x2")
    verb: ClassVar[str] = "combine"

    def output(self, *inputs: TensorType) -> TensorType:
        return TensorType(self.dtype(*inputs), broadcast(self.verb, *inputs))

    def dtype(self, *inputs: TensorType) -> str:
        """The dtype of the result."""
        return promote(*inputs)


class add(Elementwise):
    """``x1 + x2``"""

    verb = "add"


class subtract(Elementwise):
    """``x1 - x2``"""

    verb = "subtract"


class multiply(Elementwise):
    """``x1 * x2``"""

    verb = "multiply"


class divide(Elementwise):
    """``x1 / x2``; integers are divided to floats."""

    verb = "divide"

    def dtype(self, *inputs: TensorType) -> str:
        return as_float(promote(*inputs))


class floor_divide(Elementwise):
    """``x1 // x2``: the quotient, rounded down."""

    verb = "divide"


class mod(Elementwise):
    """``x1 % x2``: what floor division leaves."""

    verb = "divide"


class power(Elementwise):
    """``x1 ** x2``; integers can't be raised to a negative number."""

    verb = "raise"

    def dtype(self, *inputs: TensorType) -> str:
        found, exponent = promote(*inputs), inputs[1]
        if found in INTEGERS and isinstance(exponent, NumberType) and exponent.value < 0:
            raise Refusal(
                WRONG_DTYPE,
                f"integers can't be raised to {exponent.value}, as fractions are no integers",
                expected="floating-point numbers, or an exponent of at least 0",
                found=str(inputs[0]),
                help=("write `cast(x, float32)`",),
            )
        return found


class maximum(Elementwise):
    """The greater of two, element by element."""

    verb = "compare"


class minimum(Elementwise):
    """The lesser of two, element by element."""

    verb = "compare"


class arctan2(Elementwise):
    """The angle of the point ``(x2, x1)``, in radians."""

    def dtype(self, *inputs: TensorType) -> str:
        return as_float(promote(*inputs))


class Comparison(Elementwise, abstract=True):
    """Compares element by element; the result is bool."""

    verb = "compare"

    def dtype(self, *inputs: TensorType) -> str:
        return "bool"


class equal(Comparison):
    """``x1 == x2``"""

    accepts = NOT_TEXT


class not_equal(Comparison):
    """``x1 != x2``"""

    accepts = NOT_TEXT


class less(Comparison):
    """``x1 < x2``"""


class less_equal(Comparison):
    """``x1 <= x2``"""


class greater(Comparison):
    """``x1 > x2``"""


class greater_equal(Comparison):
    """``x1 >= x2``"""


class logical_and(Comparison):
    """Whether both hold."""

    accepts = ("bool",)
    verb = "combine"


class logical_or(Comparison):
    """Whether one of both holds."""

    accepts = ("bool",)
    verb = "combine"


class logical_xor(Comparison):
    """Whether just one of both holds."""

    accepts = ("bool",)
    verb = "combine"


class logical_not(Operation):
    """Whether it doesn't hold."""

    accepts = ("bool",)

    def output(self, *inputs: TensorType) -> TensorType:
        return inputs[0]


class where(Elementwise):
    """Takes from ``x1`` where ``condition`` holds, else from ``x2``."""

    operands = ("condition", "x1", "x2")
    accepts = NOT_TEXT
    verb = "choose from"

    def output(self, *inputs: TensorType) -> TensorType:
        self.require(inputs[0], ("bool",))
        return super().output(*inputs)

    def dtype(self, *inputs: TensorType) -> str:
        return promote(*inputs[1:])
