"""Operators on compile-time values, sizes and tensors."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from specc import limits
from specc.catalogue.ops import arithmetic as ops
from specc.catalogue.ops.base import Operation
from specc.catalogue.ops.elementwise import negative
from specc.diagnostics import Diagnostic, SpecError
from specc.diagnostics.codes import (
    BAD_ARITHMETIC,
    INTEGER_TOO_LARGE,
    OUT_OF_RANGE,
    TOO_MANY_LAYERS,
    UNDECIDED,
    WRONG_KIND,
)
from specc.elaborate import hints
from specc.elaborate.apply import instance_of
from specc.elaborate.frame import Frame, NotGeneric
from specc.elaborate.values import SOME_NUMBER, Repeated, SomeNumber, Tensor, describe, is_applicable
from specc.program.deciding import Unproven, equal, less, less_equal
from specc.program.dims import Expr
from specc.source import Span
from specc.syntax import nodes

_TENSOR_OPERATIONS: dict[str, type[Operation]] = {
    "+": ops.add,
    "-": ops.subtract,
    "*": ops.multiply,
    "/": ops.divide,
    "//": ops.floor_divide,
    "%": ops.mod,
    "**": ops.power,
    "==": ops.equal,
    "!=": ops.not_equal,
    "<": ops.less,
    "<=": ops.less_equal,
    ">": ops.greater,
    ">=": ops.greater_equal,
}

_NUMBER_OPERATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
}


def negate(frame: Frame, value: Any, span: Span) -> Any:
    """``-value``"""
    if isinstance(value, Tensor):
        return frame.builder.operation(negative.make(), [value], frame.prefix, span)[0]
    if isinstance(value, SomeNumber):
        return value
    if _is_number(value) or isinstance(value, Expr):
        return -value
    raise SpecError(Diagnostic(WRONG_KIND, f"{describe(value)} has no negative", span))


def combine(frame: Frame, symbol: str, left: Any, right: Any, node: nodes.Binary) -> Any:
    """``left symbol right``.

    Raises:
        SpecError: the operator isn't defined for these values, or its result is refused.
    """
    if symbol != "in" and (isinstance(left, Tensor) or isinstance(right, Tensor)):
        return _tensors(frame, symbol, left, right, node)
    if symbol in ("==", "!=", "<", "<=", ">", ">="):
        return _compare(frame, symbol, left, right, node)
    if symbol == "in":
        return _contains(frame, left, right, node)
    if symbol == "*" and (is_applicable(left) or is_applicable(right)):
        return _repeat(frame, left, right, node)
    if symbol == "+" and isinstance(left, list) and isinstance(right, list):
        return _joined(frame, left, right, node)
    if not (_is_scalar(left) and _is_scalar(right)):
        raise _undefined(symbol, left, right, node)
    return _numbers(frame, symbol, left, right, node)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_scalar(value: Any) -> bool:
    return _is_number(value) or isinstance(value, Expr | SomeNumber)


def _undefined(symbol: str, left: Any, right: Any, node: nodes.Binary) -> SpecError:
    hint, fix = (), None
    if is_applicable(left) or is_applicable(right):
        hint = ("apply a layer with `->` before you calculate with its result",)
    elif symbol == "/" and isinstance(left, int | Expr) and isinstance(right, int | Expr):
        hint, fix = hints.whole_division(node.span)
    message = f"`{symbol}` is not defined for {describe(left)} and {describe(right)}"
    return SpecError(Diagnostic(WRONG_KIND, message, node.span, help=hint, fix=fix))


# ── Numbers and sizes ────────────────────────────────────────────────────────────────────────────


def _numbers(frame: Frame, symbol: str, left: Any, right: Any, node: nodes.Binary) -> Any:
    _check_weight(left, right, node)
    try:
        result = _power(left, right, node) if symbol == "**" else _NUMBER_OPERATIONS[symbol](left, right)
    except ZeroDivisionError:
        raise SpecError(Diagnostic(BAD_ARITHMETIC, "division by zero", node.span)) from None
    except OverflowError:
        raise SpecError(Diagnostic(BAD_ARITHMETIC, "the result is too large", node.span)) from None
    except TypeError:
        if frame.cases is not None and not {symbol} & {"//", "%"}:
            return SOME_NUMBER  # a fraction or root of a size
        raise _undefined(symbol, left, right, node) from None
    return checked(result, node.span)


def _check_weight(left: Any, right: Any, node: nodes.Binary) -> None:
    if isinstance(left, Expr) and isinstance(right, Expr) and _weight(left) * _weight(right) > limits.TERMS:
        raise SpecError(Diagnostic(BAD_ARITHMETIC, "this size gets too long a formula", node.span))


def _weight(size: Expr) -> int:
    return sum(1 + len(monomial) for monomial, _ in size.terms)


def checked(value: Any, span: Span) -> Any:
    """A computed number or size, refused when it is beyond 64 bits or not a number."""
    if isinstance(value, complex) or (isinstance(value, float) and (value != value or abs(value) == float("inf"))):
        raise SpecError(Diagnostic(BAD_ARITHMETIC, "the result is not a number", span))
    numbers = [c for _, c in value.terms] if isinstance(value, Expr) else [value] if isinstance(value, int) else []
    if any(abs(n) > limits.INTEGER for n in numbers):
        raise SpecError(Diagnostic(INTEGER_TOO_LARGE, "this integer is larger than 64 bits", span))
    return value


def _power(left: Any, right: Any, node: nodes.Binary) -> Any:
    if isinstance(left, Expr):
        if isinstance(right, int) and 0 <= right <= 8:
            result: Any = 1
            for _ in range(right):
                _check_weight(result, left, node)
                result = result * left
            return result
        raise TypeError
    too_large = isinstance(left, int) and isinstance(right, int) and abs(left) > 1
    if too_large and right * abs(left).bit_length() > 4 * 64:
        raise SpecError(Diagnostic(INTEGER_TOO_LARGE, "this power is larger than 64 bits", node.span))
    return left**right


# ── Comparisons ──────────────────────────────────────────────────────────────────────────────────


def _compare(frame: Frame, symbol: str, left: Any, right: Any, node: nodes.Binary) -> bool:
    if isinstance(left, SomeNumber) or isinstance(right, SomeNumber):
        raise NotGeneric
    if isinstance(left, Expr) or isinstance(right, Expr):
        if not (_is_scalar(left) and _is_scalar(right)) or isinstance(left, float) or isinstance(right, float):
            raise _undefined(symbol, left, right, node)
        return _compare_sizes(frame, symbol, left, right, node.span)
    if symbol in ("==", "!="):
        same = _plain(left, right, node) and left == right
        return same == (symbol == "==")
    if not (_is_number(left) and _is_number(right)):
        raise _undefined(symbol, left, right, node)
    return {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}[symbol](left, right)


def _compare_sizes(frame: Frame, symbol: str, left: Any, right: Any, span: Span) -> bool:
    if symbol in (">", ">="):
        return _compare_sizes(frame, symbol.replace(">", "<"), right, left, span)
    if symbol == "!=":
        return not _compare_sizes(frame, "==", left, right, span)
    return frame.decide(left, symbol, right, _known(frame, symbol, left, right), span)


def _known(frame: Frame, symbol: str, left: Any, right: Any) -> bool | None:
    try:
        return {"==": equal, "<": less, "<=": less_equal}[symbol](left, right)
    except Unproven:
        if frame.cases is None:
            raise
        return None  # both answers are looked at, each as a case


def _plain(left: Any, right: Any, node: nodes.Binary) -> bool:
    return isinstance(left, bool) == isinstance(right, bool)


def _contains(frame: Frame, left: Any, right: Any, node: nodes.Binary) -> bool:
    if not isinstance(right, list | tuple):
        raise _undefined("in", left, right, node)
    return any(_compare(frame, "==", left, item, node) for item in right)


# ── Layers, lists and tensors ────────────────────────────────────────────────────────────────────


def _repeat(frame: Frame, left: Any, right: Any, node: nodes.Binary) -> Any:
    item, count = (left, right) if is_applicable(left) else (right, left)
    if isinstance(count, Expr):
        if frame.cases is not None:
            raise NotGeneric
        names = ", ".join(sorted(s.name for s in count.symbols))
        raise SpecError(Diagnostic(UNDECIDED, f"how often to repeat hangs on the size {names}", node.span))
    if not isinstance(count, int) or isinstance(count, bool):
        raise _undefined("*", left, right, node)
    if count < 0:
        raise SpecError(
            Diagnostic(OUT_OF_RANGE, f"a layer can't be repeated {count} times", node.span, expected="0 or more")
        )
    repeated = Repeated(instance_of(frame, item, node.span), count, node.span)
    frame.builder.budget.require(repeated.size, node.span)
    return frame.once(("*", node.span.start, node.span.end), lambda: repeated)


def _joined(frame: Frame, left: list[Any], right: list[Any], node: nodes.Binary) -> list[Any]:
    frame.builder.budget.step(node.span, len(left) + len(right))
    if len(left) + len(right) > limits.EXPANDED_LAYERS:
        raise SpecError(Diagnostic(TOO_MANY_LAYERS, "this list is too long", node.span))
    return left + right


def _tensors(frame: Frame, symbol: str, left: Any, right: Any, node: nodes.Binary) -> Tensor:
    operation = _TENSOR_OPERATIONS.get(symbol)
    operands = [1.0 if isinstance(o, SomeNumber) else o for o in (left, right)]
    if operation is None or not all(isinstance(o, Tensor) or _is_number(o) for o in operands):
        raise _undefined(symbol, left, right, node)
    return frame.builder.operation(operation.make(), operands, frame.prefix, node.span)[0]
