"""Sizes of tensors that are only known at run time, as a Python program computes with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias, cast

from specc.build.errors import raising
from specc.build.graph import loose_frame
from specc.build.objects import Held, plain, sized
from specc.build.places import caller
from specc.diagnostics import Diagnostic, SpecError
from specc.diagnostics.codes import UNDECIDED
from specc.elaborate import arithmetic
from specc.program.dims import Dim, Expr, symbols_of
from specc.syntax import nodes

Operand: TypeAlias = "int | str | SymbolicSize"


class SymbolicSize(Held):
    """A size that is only known at run time, such as ``T`` or ``2*T + 1``.

    It may be computed with, and go on as an argument. A comparison is decided where it is the same for every value of
    the names in it.
    """

    def __init__(self, size: Expr) -> None:
        self.size = size

    @property
    def held(self) -> Expr:
        return self.size

    def __str__(self) -> str:
        return str(self.size)

    def __repr__(self) -> str:
        return str(self.size)

    def __hash__(self) -> int:
        return hash(self.size)

    def __neg__(self) -> Any:
        return _computed("*", self, -1)

    def __add__(self, other: Operand) -> Any:
        return _computed("+", self, other)

    def __radd__(self, other: Operand) -> Any:
        return _computed("+", other, self)

    def __sub__(self, other: Operand) -> Any:
        return _computed("-", self, other)

    def __rsub__(self, other: Operand) -> Any:
        return _computed("-", other, self)

    def __mul__(self, other: Operand) -> Any:
        return _computed("*", self, other)

    def __rmul__(self, other: Operand) -> Any:
        return _computed("*", other, self)

    def __floordiv__(self, other: Operand) -> Any:
        return _computed("//", self, other)

    def __rfloordiv__(self, other: Operand) -> Any:
        return _computed("//", other, self)

    def __mod__(self, other: Operand) -> Any:
        return _computed("%", self, other)

    def __rmod__(self, other: Operand) -> Any:
        return _computed("%", other, self)

    def __eq__(self, other: object) -> bool:
        return _computed("==", self, other)

    def __ne__(self, other: object) -> bool:
        return _computed("!=", self, other)

    def __lt__(self, other: Operand) -> bool:
        return _computed("<", self, other)

    def __le__(self, other: Operand) -> bool:
        return _computed("<=", self, other)

    def __gt__(self, other: Operand) -> bool:
        return _computed(">", self, other)

    def __ge__(self, other: Operand) -> bool:
        return _computed(">=", self, other)

    if not TYPE_CHECKING:

        def __truediv__(self, other: Any) -> Any:
            return _computed("/", self, other)

        def __rtruediv__(self, other: Any) -> Any:
            return _computed("/", other, self)

        def __pow__(self, other: Any) -> Any:
            return _computed("**", self, other)

        def __rpow__(self, other: Any) -> Any:
            return _computed("**", other, self)

        def __index__(self) -> int:
            _refuse(self)

        def __int__(self) -> int:
            _refuse(self)

        def __float__(self) -> float:
            _refuse(self)

        def __bool__(self) -> bool:
            _refuse(self)


def shown_size(dim: Dim) -> int | SymbolicSize:
    """An axis of a tensor, as a program sees it."""
    return dim if isinstance(dim, int) else SymbolicSize(dim)


def _computed(symbol: str, left: Any, right: Any) -> Any:
    if any(isinstance(o, Held) and not isinstance(o, SymbolicSize) for o in (left, right)):
        return NotImplemented  # what it is, such as a tensor, knows better
    span = caller()
    with raising(span):
        first, second = (sized(plain(o), span) for o in (left, right))
        operand = nodes.Constant(span=span, value=None)
        written = nodes.Binary(span=span, operator=cast("Any", symbol), left=operand, right=operand)
        made = arithmetic.combine(loose_frame(span), symbol, first, second, written)
        return SymbolicSize(made) if isinstance(made, Expr) else made


def _refuse(size: SymbolicSize) -> NoReturn:
    span = caller()
    with raising(span):
        names = ", ".join(f"`{s.name}`" for s in sorted(symbols_of((size.size,)), key=lambda s: s.name))
        message = f"Python needs a number here, and the size `{size}` hangs on {names}, which is only known at run time"
        hint = "give the size a number in the input's type"
        raise SpecError(Diagnostic(UNDECIDED, message, span, help=(hint,)))
