"""Functions of each element of one tensor."""

from __future__ import annotations

from specc.catalogue.declare import Refusal, Value
from specc.catalogue.ops.base import NOT_TEXT, SIGNED, Mover, Operation
from specc.catalogue.params import Choice, Flag, Integer, Number
from specc.diagnostics.codes import OUT_OF_RANGE
from specc.program.types import ALIASES, FLOATS, TensorType


class Kept(Operation, abstract=True):
    """A function that keeps shape and dtype."""

    def output(self, *inputs: TensorType) -> TensorType:
        return inputs[0]


class Smooth(Operation, abstract=True):
    """A function of floating-point numbers."""

    accepts = FLOATS

    def output(self, *inputs: TensorType) -> TensorType:
        return inputs[0]


class Question(Operation, abstract=True):
    """A function whose result is bool."""

    accepts = FLOATS

    def output(self, *inputs: TensorType) -> TensorType:
        return inputs[0].with_dtype("bool")


class negative(Kept):
    """``-x``"""

    accepts = SIGNED


class abs(Kept):
    """The magnitude."""


class sign(Kept):
    """-1, 0 or 1."""


class square(Kept):
    """``x * x``"""


class round(Smooth):
    """Rounded to the nearest, halves to even."""

    decimals = Integer(0, doc="digits after the point that are kept")


class floor(Smooth):
    """Rounded down."""


class ceil(Smooth):
    """Rounded up."""


class trunc(Smooth):
    """Rounded towards 0."""


class clip(Smooth):
    """Values below ``x_min`` become it, those above ``x_max`` become that."""

    x_min = Number(doc="the least value")
    x_max = Number(doc="the greatest value")

    def check(self) -> None:
        if self.x_min > self.x_max:
            raise Refusal(
                OUT_OF_RANGE,
                f"`x_min` {self.x_min:g} is above `x_max` {self.x_max:g}",
                expected="x_min of at most x_max",
                argument="x_max",
            )


class exp(Smooth):
    """e to the power of ``x``."""


class expm1(Smooth):
    """``exp(x) - 1``, exact for small ``x``."""


class log(Smooth):
    """The natural logarithm."""


class log1p(Smooth):
    """``log(1 + x)``, exact for small ``x``."""


class log2(Smooth):
    """The logarithm to base 2."""


class log10(Smooth):
    """The logarithm to base 10."""


class sqrt(Smooth):
    """The square root."""


class rsqrt(Smooth):
    """``1 / sqrt(x)``"""


class reciprocal(Smooth):
    """``1 / x``"""


class sin(Smooth):
    """The sine of radians."""


class cos(Smooth):
    """The cosine of radians."""


class tan(Smooth):
    """The tangent of radians."""


class arcsin(Smooth):
    """The angle of a sine, in radians."""


class arccos(Smooth):
    """The angle of a cosine, in radians."""


class arctan(Smooth):
    """The angle of a tangent, in radians."""


class sinh(Smooth):
    """The hyperbolic sine."""


class cosh(Smooth):
    """The hyperbolic cosine."""


class tanh(Smooth):
    """The hyperbolic tangent."""


class erf(Smooth):
    """The error function."""


class erfinv(Smooth):
    """The inverse of the error function."""


class sigmoid(Smooth):
    """``1 / (1 + exp(-x))``"""


class log_sigmoid(Smooth):
    """``log(sigmoid(x))``"""


class hard_sigmoid(Smooth):
    """A sigmoid of straight lines: ``relu6(x + 3) / 6``."""


class relu(Smooth):
    """``maximum(x, 0)``"""


class relu6(Smooth):
    """``clip(x, 0, 6)``"""


class leaky_relu(Smooth):
    """``x`` above 0, else ``negative_slope * x``."""

    negative_slope = Number(0.2, doc="slope below 0")


class elu(Smooth):
    """``x`` above 0, else ``alpha * (exp(x) - 1)``."""

    alpha = Number(1.0, doc="the value that it falls to, negated")


class selu(Smooth):
    """A scaled `elu` that keeps mean and variance (Klambauer et al. 2017)."""


class gelu(Smooth):
    """``x`` times the normal distribution's share below ``x`` (Hendrycks and Gimpel 2016)."""

    approximate = Flag(True, doc="whether tanh takes the place of the error function")


class silu(Smooth):
    """``x * sigmoid(x)``"""


class hard_silu(Smooth):
    """``x * hard_sigmoid(x)``"""


class softplus(Smooth):
    """``log(1 + exp(x))``"""


class softsign(Smooth):
    """``x / (1 + abs(x))``"""


class isnan(Question):
    """Whether it is not a number."""


class isinf(Question):
    """Whether it is infinite."""


class isfinite(Question):
    """Whether it is a finite number."""


class DType(Choice):
    """A dtype of numbers or bool; `float` and `int` are Keras's default ones."""

    def __init__(self, *, doc: str) -> None:
        super().__init__(*NOT_TEXT, doc=doc)
        self.words = (*NOT_TEXT, *ALIASES)

    def accept(self, value: Value) -> str:
        return super().accept(ALIASES.get(value, value) if isinstance(value, str) else value)


class cast(Mover):
    """The same values in another dtype."""

    accepts = NOT_TEXT
    dtype = DType(doc="the dtype of the result")

    def output(self, *inputs: TensorType) -> TensorType:
        return inputs[0].with_dtype(self.dtype)


class stop_gradient(Mover):
    """The same values, as if they were constant: training doesn't go back through them."""

    accepts = NOT_TEXT
    operands = ("variable",)

    def output(self, *inputs: TensorType) -> TensorType:
        return inputs[0]


class _Filled(Mover, abstract=True):
    accepts = NOT_TEXT

    def output(self, *inputs: TensorType) -> TensorType:
        return inputs[0]


class zeros_like(_Filled):
    """Zeros of the shape and dtype of ``x``."""


class ones_like(_Filled):
    """Ones of the shape and dtype of ``x``."""


class full_like(_Filled):
    """One value, in the shape and dtype of ``x``."""

    fill_value = Number(doc="the value")
