"""The surroundings of an expression while it is elaborated: names, the graph that grows, open cases."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from specc import limits
from specc.diagnostics import Diagnostic, SpecError
from specc.diagnostics.codes import TOO_DEEP, UNDECIDED
from specc.elaborate.builder import Builder, lone_symbol
from specc.elaborate.values import POISON, Applicable, Cells, Definition, Poisoned
from specc.program.dims import Dim, Expr, Quotient, floor_div, substitute, symbol, symbols_of
from specc.source import Span


class Undecided(Exception):
    """A condition that hangs on a size which the current case says nothing about."""

    def __init__(self, question: Question) -> None:
        super().__init__(str(question))
        self.question = question


@dataclass(frozen=True, slots=True)
class Question:
    """``left operator right`` over sizes, with operator ``==``, ``<`` or ``<=``."""

    left: Dim
    operator: str
    right: Dim

    def __str__(self) -> str:
        return f"{self.left} {self.operator} {self.right}"


def _multiple(rest: Dim) -> tuple[str, Dim] | None:
    """For ``C % n`` with a lone symbol: its name, and ``n`` times a new symbol, which it is where ``C % n == 0``."""
    if not isinstance(rest, Expr):
        return None
    for sign in (1, -1):
        for symbol_ in rest.symbols:
            whole = symbol(symbol_.name, symbol_.origin)
            quotient_part = whole - sign * rest  # n * (C // n)
            if not isinstance(quotient_part, Expr) or len(quotient_part.terms) != 1:
                continue
            (monomial, _), *_ = quotient_part.terms
            quotients = [a for a in monomial if isinstance(a, Quotient) and a.numerator == whole]
            if not quotients:
                continue
            divisor = quotients[0].denominator
            if quotient_part == divisor * floor_div(whole, divisor):
                return symbol_.name, divisor * symbol(f"{symbol_.name}_part", symbol_.origin)
    return None


class NotGeneric(Exception):
    """A block's structure hangs on a size in a way that can't be checked for all sizes at once."""


class Impossible(Exception):
    """A case that a block's own `assert` excludes."""


@dataclass(frozen=True)
class Cases:
    """What is assumed in one case of the generic check of a block.

    An equality with a lone symbol is assumed by putting the other side in its place (``sizes``); everything else is
    kept as the answer to its question.
    """

    answers: Mapping[Question, bool] = field(default_factory=dict[Question, bool])
    sizes: Mapping[str, Dim] = field(default_factory=dict[str, Dim])
    note: tuple[str, ...] = ()

    @property
    def is_plain(self) -> bool:
        """Whether nothing is assumed."""
        return not self.answers and not self.sizes

    def answer(self, question: Question) -> bool:
        """The assumed answer.

        Raises:
            Undecided: nothing is assumed; the check is split here.
        """
        if question in self.answers:
            return self.answers[question]
        raise Undecided(question)

    def assume(self, question: Question, truth: bool) -> Cases:
        """The case in which the question is answered, too."""
        note = (*self.note, f"in the case that {question} is {str(truth).lower()}")
        if truth and question.operator == "==":
            for own, other in ((question.left, question.right), (question.right, question.left)):
                name = lone_symbol(own)
                if name is not None and name not in {s.name for s in symbols_of((other,))}:
                    return self._with(name, other, note)
            if multiple := _multiple(question.left - question.right):
                return self._with(*multiple, note)
        return Cases({**self.answers, question: truth}, self.sizes, note)

    def _with(self, name: str, size: Dim, note: tuple[str, ...]) -> Cases:
        """The case in which a symbol has this size, also in what was assumed before."""
        sizes = {k: substitute(v, {name: size}) for k, v in self.sizes.items()}
        answers = {
            Question(substitute(q.left, {name: size}), q.operator, substitute(q.right, {name: size})): truth
            for q, truth in self.answers.items()
        }
        return Cases(answers, {**sizes, name: size}, note)

    def apply(self, value: Any) -> Any:
        """A parameter's value in this case."""
        return substitute(value, self.sizes) if isinstance(value, Expr) else value


@dataclass(frozen=True)
class Frame:
    """Where an expression stands.

    Attributes:
        scope: the values of names bound so far, by name; mutable and shared by the statements of one body.
        module: the file whose definitions and imports are visible.
        builder: the graph that tensors belong to.
        elaborator: what all frames share (models made so far, overrides, the report).
        prefix: what node names begin with inside a block, ``residual_1.``.
        cells: the layers made by this instance of a block.
        loop: the passes of the loops around, from the outside in.
        cases: assumed answers while a block is checked for all sizes.
        active: the definitions being elaborated, from the outside in.
        calls: the places that their bodies were entered from.
    """

    scope: dict[str, Any]
    module: Any
    builder: Builder
    elaborator: Any
    prefix: str = ""
    cells: Cells = field(default_factory=Cells)
    loop: tuple[int, ...] = ()
    cases: Cases | None = None
    active: tuple[Definition, ...] = ()
    calls: tuple[Span, ...] = ()

    def look_up(self, name: str) -> Any:
        """The value of a bound name, or None.

        Raises:
            Poisoned: its value could not be elaborated.
        """
        value = self.scope.get(name)
        if value is POISON:
            raise Poisoned
        return value

    def in_loop(self, index: int) -> Frame:
        return replace(self, loop=(*self.loop, index))

    def inside(self, definition: Definition, scope: dict[str, Any], span: Span | None, **changes: Any) -> Frame:
        """The frame of a definition's body, entered from ``span`` (None where nothing applies it).

        Raises:
            SpecError: too many definitions inside of each other.
        """
        if len(self.active) >= limits.NESTING:
            at = span or definition.syntax.name.span
            raise SpecError(Diagnostic(TOO_DEEP, f"more than {limits.NESTING} blocks inside of each other", at))
        active, calls = (*self.active, definition), (*self.calls, *((span,) if span else ()))
        return replace(self, scope=scope, module=definition.module, loop=(), active=active, calls=calls, **changes)

    def once(self, key: Hashable, make: Any) -> Applicable:
        """The layer that this place makes: made at the first application of the block, found again later."""
        full = (key, self.loop)
        if full not in self.cells.made:
            self.cells.made[full] = make()
        return self.cells.made[full]

    def decide(self, left: Dim, operator: str, right: Dim, known: bool | None, span: Span) -> bool:
        """The truth of a comparison of sizes.

        Raises:
            SpecError: it hangs on a run-time size.
            Undecided: it hangs on a size, in the generic check of a block.
        """
        if known is not None:
            return known
        if self.cases is not None:
            return self.cases.answer(Question(left, operator, right))
        raise SpecError(_undecided(left, operator, right, span))


def _undecided(left: Dim, operator: str, right: Dim, span: Span) -> Diagnostic:
    from specc.diagnostics import Related

    symbols = sorted(symbols_of((left, right)), key=lambda s: s.name)
    names = ", ".join(f"`{s.name}`" for s in symbols)
    return Diagnostic(
        UNDECIDED,
        f"`{span.one_line}` hangs on {names}, which is only known at run time",
        span,
        expected="a condition that is decided by parameters and known sizes",
        related=tuple(Related(s.origin, f"`{s.name}` comes from here") for s in symbols if s.origin),
        help=("give the size a number in the input's type, or make the choice a parameter",),
    )
