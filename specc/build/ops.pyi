"""Written by `python -m specc.build.stubs`."""

from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

from specc.build.model import Model
from specc.build.objects import Size
from specc.build.values import Tensor

_Dtype: TypeAlias = Literal[
    "float16",
    "bfloat16",
    "float32",
    "float64",
    "int8",
    "int16",
    "int32",
    "int64",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "bool",
    "float",
    "int",
]

def abs(x: Tensor | float) -> Tensor:
    """The magnitude."""

def add(x1: Tensor | float, x2: Tensor | float) -> Tensor:
    """``x1 + x2``"""

def all(x: Tensor | float, axis: Size | Sequence[Size] | None = None, keepdims: bool = False) -> Tensor:
    """Whether all hold, along axes."""

def any(x: Tensor | float, axis: Size | Sequence[Size] | None = None, keepdims: bool = False) -> Tensor:
    """Whether one holds, along axes."""

def arange(start: Size, stop: Size | None = None, step: Size | None = None, *, model: Model | None = None) -> Tensor:
    """The integers from ``start`` up to ``stop``, which is not among them: ``int32[stop - start]``, in every
    example.
    """

def arccos(x: Tensor | float) -> Tensor:
    """The angle of a cosine, in radians."""

def arcsin(x: Tensor | float) -> Tensor:
    """The angle of a sine, in radians."""

def arctan(x: Tensor | float) -> Tensor:
    """The angle of a tangent, in radians."""

def arctan2(x1: Tensor | float, x2: Tensor | float) -> Tensor:
    """The angle of the point ``(x2, x1)``, in radians."""

def argmax(x: Tensor | float, axis: Size = -1, keepdims: bool = False) -> Tensor:
    """The position of the greatest value along an axis, from 0 on."""

def argmin(x: Tensor | float, axis: Size = -1, keepdims: bool = False) -> Tensor:
    """The position of the least value along an axis, from 0 on."""

def argsort(x: Tensor | float, axis: Size = -1) -> Tensor:
    """The positions of the values along an axis in rising order."""

def broadcast_to(x: Tensor | float, shape: Sequence[Size]) -> Tensor:
    """Axes of size 1 repeated to the sizes of ``shape``."""

def cast(x: Tensor | float, dtype: _Dtype) -> Tensor:
    """The same values in another dtype."""

def ceil(x: Tensor | float) -> Tensor:
    """Rounded up."""

def clip(x: Tensor | float, x_min: float, x_max: float) -> Tensor:
    """Values below ``x_min`` become it, those above ``x_max`` become that."""

def concatenate(xs: Sequence[Tensor], axis: Size) -> Tensor:
    """Tensors behind each other along an axis: ``[…, a], […, b] → […, a + b]``."""

def cos(x: Tensor | float) -> Tensor:
    """The cosine of radians."""

def cosh(x: Tensor | float) -> Tensor:
    """The hyperbolic cosine."""

def cumprod(x: Tensor | float, axis: Size) -> Tensor:
    """Running products along an axis."""

def cumsum(x: Tensor | float, axis: Size) -> Tensor:
    """Running sums along an axis."""

def divide(x1: Tensor | float, x2: Tensor | float) -> Tensor:
    """``x1 / x2``; integers are divided to floats."""

def einsum(subscripts: str, /, *operands: Tensor | float) -> Tensor:
    """Sums of products in Einstein's convention: ``einsum("bthd,bshd->bhts", q, k)``."""

def elu(x: Tensor | float, alpha: float = 1.0) -> Tensor:
    """``x`` above 0, else ``alpha * (exp(x) - 1)``."""

def equal(x1: Tensor | float, x2: Tensor | float) -> Tensor:
    """``x1 == x2``"""

def erf(x: Tensor | float) -> Tensor:
    """The error function."""

def erfinv(x: Tensor | float) -> Tensor:
    """The inverse of the error function."""

def exp(x: Tensor | float) -> Tensor:
    """e to the power of ``x``."""

def expand_dims(x: Tensor | float, axis: Size) -> Tensor:
    """A new axis of size 1, at the place ``axis`` of the result."""

def expm1(x: Tensor | float) -> Tensor:
    """``exp(x) - 1``, exact for small ``x``."""

def flip(x: Tensor | float, axis: Size | Sequence[Size] | None = None) -> Tensor:
    """The other way round, along axes."""

def floor(x: Tensor | float) -> Tensor:
    """Rounded down."""

def floor_divide(x1: Tensor | float, x2: Tensor | float) -> Tensor:
    """``x1 // x2``: the quotient, rounded down."""

def full_like(x: Tensor | float, fill_value: float) -> Tensor:
    """One value, in the shape and dtype of ``x``."""

def gelu(x: Tensor | float, approximate: bool = True) -> Tensor:
    """``x`` times the normal distribution's share below ``x`` (Hendrycks and Gimpel 2016)."""

def getitem(x: Tensor | float, items: Sequence[Any]) -> Tensor:
    """``x[1, 2:5, ...]``; the batch axis is not counted."""

def greater(x1: Tensor | float, x2: Tensor | float) -> Tensor:
    """``x1 > x2``"""

def greater_equal(x1: Tensor | float, x2: Tensor | float) -> Tensor:
    """``x1 >= x2``"""

def hard_sigmoid(x: Tensor | float) -> Tensor:
    """A sigmoid of straight lines: ``relu6(x + 3) / 6``."""

def hard_silu(x: Tensor | float) -> Tensor:
    """``x * hard_sigmoid(x)``"""

def isfinite(x: Tensor | float) -> Tensor:
    """Whether it is a finite number."""

def isinf(x: Tensor | float) -> Tensor:
    """Whether it is infinite."""

def isnan(x: Tensor | float) -> Tensor:
    """Whether it is not a number."""

def leaky_relu(x: Tensor | float, negative_slope: float = 0.2) -> Tensor:
    """``x`` above 0, else ``negative_slope * x``."""

def less(x1: Tensor | float, x2: Tensor | float) -> Tensor:
    """``x1 < x2``"""

def less_equal(x1: Tensor | float, x2: Tensor | float) -> Tensor:
    """``x1 <= x2``"""

def log(x: Tensor | float) -> Tensor:
    """The natural logarithm."""

def log10(x: Tensor | float) -> Tensor:
    """The logarithm to base 10."""

def log1p(x: Tensor | float) -> Tensor:
    """``log(1 + x)``, exact for small ``x``."""

def log2(x: Tensor | float) -> Tensor:
    """The logarithm to base 2."""

def log_sigmoid(x: Tensor | float) -> Tensor:
    """``log(sigmoid(x))``"""

def log_softmax(x: Tensor | float, axis: Size = -1) -> Tensor:
    """``log(softmax(x))``, without underflow."""

def logical_and(x1: Tensor | float, x2: Tensor | float) -> Tensor:
    """Whether both hold."""

def logical_not(x: Tensor | float) -> Tensor:
    """Whether it doesn't hold."""

def logical_or(x1: Tensor | float, x2: Tensor | float) -> Tensor:
    """Whether one of both holds."""

def logical_xor(x1: Tensor | float, x2: Tensor | float) -> Tensor:
    """Whether just one of both holds."""

def logsumexp(x: Tensor | float, axis: Size | Sequence[Size] | None = None, keepdims: bool = False) -> Tensor:
    """``log(sum(exp(x)))`` along axes, without overflow."""

def matmul(x1: Tensor | float, x2: Tensor | float) -> Tensor:
    """The product of matrices in the last two axes: ``[…, m, k], […, k, n] → […, m, n]``."""

def max(x: Tensor | float, axis: Size | Sequence[Size] | None = None, keepdims: bool = False) -> Tensor:
    """The greatest value along axes."""

def maximum(x1: Tensor | float, x2: Tensor | float) -> Tensor:
    """The greater of two, element by element."""

def mean(x: Tensor | float, axis: Size | Sequence[Size] | None = None, keepdims: bool = False) -> Tensor:
    """The mean along axes."""

def min(x: Tensor | float, axis: Size | Sequence[Size] | None = None, keepdims: bool = False) -> Tensor:
    """The least value along axes."""

def minimum(x1: Tensor | float, x2: Tensor | float) -> Tensor:
    """The lesser of two, element by element."""

def mod(x1: Tensor | float, x2: Tensor | float) -> Tensor:
    """``x1 % x2``: what floor division leaves."""

def moveaxis(x: Tensor | float, source: Size, destination: Size) -> Tensor:
    """An axis in another place; the others keep their order."""

def multiply(x1: Tensor | float, x2: Tensor | float) -> Tensor:
    """``x1 * x2``"""

def negative(x: Tensor | float) -> Tensor:
    """``-x``"""

def normalize(x: Tensor | float, axis: Size = -1, order: Size = 2, epsilon: float | None = None) -> Tensor:
    """Brings vectors along an axis to length 1."""

def not_equal(x1: Tensor | float, x2: Tensor | float) -> Tensor:
    """``x1 != x2``"""

def one_hot(
    x: Tensor | float,
    num_classes: Size,
    axis: Size = -1,
    dtype: Literal["float32", "float16", "bfloat16", "int32", "bool"] | None = None,
) -> Tensor:
    """A new axis that is 1 at the position that the integer says, else 0."""

def ones_like(x: Tensor | float) -> Tensor:
    """Ones of the shape and dtype of ``x``."""

def pad(
    x: Tensor | float,
    pad_width: Sequence[Sequence[Size]],
    mode: Literal["constant", "reflect", "symmetric"] = "constant",
) -> Tensor:
    """More elements before and behind, along each axis of an example."""

def power(x1: Tensor | float, x2: Tensor | float) -> Tensor:
    """``x1 ** x2``; integers can't be raised to a negative number."""

def prod(x: Tensor | float, axis: Size | Sequence[Size] | None = None, keepdims: bool = False) -> Tensor:
    """The product along axes."""

def ravel(x: Tensor | float) -> Tensor:
    """All axes of an example in one."""

def reciprocal(x: Tensor | float) -> Tensor:
    """``1 / x``"""

def relu(x: Tensor | float) -> Tensor:
    """``maximum(x, 0)``"""

def relu6(x: Tensor | float) -> Tensor:
    """``clip(x, 0, 6)``"""

def repeat(x: Tensor | float, repeats: Size, axis: Size) -> Tensor:
    """Each element several times in a row, along an axis."""

def reshape(x: Tensor | float, newshape: Sequence[Size]) -> Tensor:
    """The elements of an example in other axes, in the same order; one size may be -1: what is left over."""

def roll(x: Tensor | float, shift: Size, axis: Size) -> Tensor:
    """Moved along an axis; what leaves at one end comes in at the other."""

def round(x: Tensor | float, decimals: Size = 0) -> Tensor:
    """Rounded to the nearest, halves to even."""

def rsqrt(x: Tensor | float) -> Tensor:
    """``1 / sqrt(x)``"""

def selu(x: Tensor | float) -> Tensor:
    """A scaled `elu` that keeps mean and variance (Klambauer et al. 2017)."""

def sigmoid(x: Tensor | float) -> Tensor:
    """``1 / (1 + exp(-x))``"""

def sign(x: Tensor | float) -> Tensor:
    """-1, 0 or 1."""

def silu(x: Tensor | float) -> Tensor:
    """``x * sigmoid(x)``"""

def sin(x: Tensor | float) -> Tensor:
    """The sine of radians."""

def sinh(x: Tensor | float) -> Tensor:
    """The hyperbolic sine."""

def softmax(x: Tensor | float, axis: Size = -1) -> Tensor:
    """``exp(x) / sum(exp(x))`` along an axis: positive values with the sum 1."""

def softplus(x: Tensor | float) -> Tensor:
    """``log(1 + exp(x))``"""

def softsign(x: Tensor | float) -> Tensor:
    """``x / (1 + abs(x))``"""

def sort(x: Tensor | float, axis: Size = -1) -> Tensor:
    """The values along an axis in rising order."""

def split(x: Tensor | float, indices_or_sections: Size | Sequence[Size], axis: Size) -> Any:
    """Parts along an axis: a number of equal ones, or those between positions (``[3, 5]``: up to 3, to 5, the rest)."""

def sqrt(x: Tensor | float) -> Tensor:
    """The square root."""

def square(x: Tensor | float) -> Tensor:
    """``x * x``"""

def squeeze(x: Tensor | float, axis: Size | Sequence[Size] | None = None) -> Tensor:
    """Without axes of size 1; without ``axis``, none of them."""

def stack(x: Sequence[Tensor], axis: Size) -> Tensor:
    """Tensors of one shape beside each other, along a new axis."""

def std(x: Tensor | float, axis: Size | Sequence[Size] | None = None, keepdims: bool = False) -> Tensor:
    """The standard deviation along axes: the root of the variance."""

def stop_gradient(variable: Tensor | float) -> Tensor:
    """The same values, as if they were constant: training doesn't go back through them."""

def subtract(x1: Tensor | float, x2: Tensor | float) -> Tensor:
    """``x1 - x2``"""

def sum(x: Tensor | float, axis: Size | Sequence[Size] | None = None, keepdims: bool = False) -> Tensor:
    """The sum along axes."""

def swapaxes(x: Tensor | float, axis1: Size, axis2: Size) -> Tensor:
    """Two axes in each other's place."""

def take_along_axis(x: Tensor | float, indices: Tensor | float, axis: Size) -> Tensor:
    """Elements along an axis by positions that each example gives itself."""

def tan(x: Tensor | float) -> Tensor:
    """The tangent of radians."""

def tanh(x: Tensor | float) -> Tensor:
    """The hyperbolic tangent."""

def tile(x: Tensor | float, repeats: Sequence[Size]) -> Tensor:
    """The whole example several times beside itself."""

def top_k(x: Tensor | float, k: Size, sorted: bool = True) -> Any:
    """The ``k`` greatest values of the last axis, and their positions."""

def transpose(x: Tensor | float, axes: Sequence[Size] | None = None) -> Tensor:
    """The axes of an example in another order; without ``axes``, the other way round."""

def tril(x: Tensor | float, k: Size = 0) -> Tensor:
    """The lower triangle of the last two axes; zero above the diagonal ``k``."""

def triu(x: Tensor | float, k: Size = 0) -> Tensor:
    """The upper triangle of the last two axes; zero below the diagonal ``k``."""

def trunc(x: Tensor | float) -> Tensor:
    """Rounded towards 0."""

def var(x: Tensor | float, axis: Size | Sequence[Size] | None = None, keepdims: bool = False) -> Tensor:
    """The variance along axes: the mean of the squared distances from the mean."""

def where(condition: Tensor | float, x1: Tensor | float, x2: Tensor | float) -> Tensor:
    """Takes from ``x1`` where ``condition`` holds, else from ``x2``."""

def zeros_like(x: Tensor | float) -> Tensor:
    """Zeros of the shape and dtype of ``x``."""
