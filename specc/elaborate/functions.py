"""The functions that compile-time expressions may call."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from specc import limits
from specc.diagnostics import Diagnostic, SpecError
from specc.diagnostics.codes import BAD_ARITHMETIC, TOO_MANY_LAYERS, WRONG_KIND
from specc.elaborate.frame import NotGeneric
from specc.elaborate.values import SOME_NUMBER, SomeNumber, describe
from specc.program.dims import Expr, maximum, minimum
from specc.syntax import nodes


@dataclass(frozen=True)
class Function:
    """A named function of compile-time values; raises `TypeError` for values it doesn't take."""

    name: str
    run: Callable[..., Any]

    def __call__(self, frame: Any, node: nodes.Call, values: list[Any]) -> Any:
        if named := [a for a in node.arguments if a.name is not None]:
            raise SpecError(Diagnostic(WRONG_KIND, f"`{self.name}` takes no named arguments", named[0].span))
        try:
            return self.run(*values)
        except (TypeError, AttributeError):
            if frame.cases is not None and any(isinstance(v, Expr | SomeNumber) for v in values):
                if self.name in _FRACTIONS:
                    return SOME_NUMBER
                raise NotGeneric from None
            found = ", ".join(map(describe, values)) or "nothing"
            raise SpecError(Diagnostic(WRONG_KIND, f"`{self.name}` can't take this", node.span, found=found)) from None
        except (ValueError, ArithmeticError) as error:
            raise SpecError(Diagnostic(BAD_ARITHMETIC, f"`{self.name}`: {error}", node.span)) from None
        except _UnequalError as error:
            lengths = " and ".join(map(str, error.lengths))
            message = f"`{self.name}` goes over lists of one length, these have {lengths} items"
            hint = ("give the lists the same length",)
            raise SpecError(Diagnostic(WRONG_KIND, message, node.span, found=lengths, help=hint)) from None
        except _TooLongError as error:
            raise SpecError(Diagnostic(TOO_MANY_LAYERS, str(error), node.span)) from None

    def __str__(self) -> str:
        return f"the function {self.name}"


_FRACTIONS = ("sqrt", "exp", "log", "log2", "float")
"""What gives a number that may be a fraction."""


class _TooLongError(Exception):
    pass


class _UnequalError(Exception):
    def __init__(self, lengths: list[int]) -> None:
        super().__init__(str(lengths))
        self.lengths = lengths


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError
    return value


def _of_positive(function: Callable[[float], float], *, zero: bool) -> Callable[[Any], float]:
    def run(value: Any) -> float:
        if _number(value) < 0 or (value == 0 and not zero):
            raise ValueError(f"{value} is {'negative' if value else 'not above 0'}")
        return function(value)

    return run


def _range(*bounds: int) -> list[int]:
    if any(isinstance(b, bool | float) for b in bounds):
        raise TypeError
    span = range(*bounds)
    if len(span) > limits.EXPANDED_LAYERS:
        raise _TooLongError(f"a range of {len(span):,} numbers; at most {limits.EXPANDED_LAYERS:,} are taken")
    return list(span)


def _extreme(symbolic: Callable[..., Any], plain: Callable[..., Any]) -> Callable[..., Any]:
    def run(*values: Any) -> Any:
        items = list(values[0]) if len(values) == 1 and isinstance(values[0], list | tuple) else list(values)
        if not items:
            raise ValueError("of nothing")
        if any(isinstance(i, Expr) for i in items):
            return symbolic(*(i if isinstance(i, Expr) else int(_number(i)) for i in items))
        return plain(map(_number, items))

    return run


def _zip(*lists: Any) -> list[tuple[Any, ...]]:
    lengths = [_length(values) for values in lists]
    if len(set(lengths)) > 1:
        raise _UnequalError(lengths)
    return [tuple(t) for t in zip(*lists, strict=True)]


def _make_divisible(value: Any, divisor: Any = 8) -> int:
    """The next multiple of ``divisor``, at least one of it, and never a tenth less than ``value``.

    Source: how MobileNet and its successors round numbers of channels, ``_make_divisible`` in Keras and TF-Slim.
    """
    nearest = max(divisor, int(_number(value) + _number(divisor) / 2) // divisor * divisor)
    return nearest + divisor if nearest < 0.9 * value else nearest


def _length(values: Any) -> int:
    if not isinstance(values, list | tuple):
        raise TypeError
    return len(values)


def _sum(values: Any) -> Any:
    if not isinstance(values, list | tuple):
        raise TypeError
    return sum(values)


FUNCTIONS: dict[str, Function] = {
    f.name: f
    for f in (
        Function("range", _range),
        Function("min", _extreme(minimum, min)),
        Function("max", _extreme(maximum, max)),
        Function("len", _length),
        Function("sum", _sum),
        Function("reversed", lambda values: list(reversed(values))),
        Function("zip", _zip),
        Function("enumerate", lambda values: [tuple(t) for t in enumerate(values)]),
        Function("abs", lambda value: abs(_number(value))),
        Function("round", lambda value, digits=None: round(_number(value), digits)),
        Function("floor", lambda value: math.floor(_number(value))),
        Function("ceil", lambda value: math.ceil(_number(value))),
        Function("sqrt", _of_positive(math.sqrt, zero=True)),
        Function("exp", lambda value: math.exp(_number(value))),
        Function("log", _of_positive(math.log, zero=False)),
        Function("log2", _of_positive(math.log2, zero=False)),
        Function("make_divisible", _make_divisible),
        Function("int", lambda value: int(_number(value))),
        Function("float", lambda value: float(_number(value))),
    )
}
"""By name. ``range`` counts as in Python; ``min`` and ``max`` also take sizes."""
