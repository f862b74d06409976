"""Sizes of axes: integers, named symbols and integer arithmetic over them, in a normal form.

A known size is a plain ``int``; anything that hangs on a symbol is an `Expr`. Shape rules are written as ordinary
arithmetic (``(size - kernel) // stride + 1``) and work on both. The normal form is a polynomial with integer
coefficients over atoms (symbols, floor quotients, minima and maxima), so ``H*2//2`` *is* ``H`` while ``2*(H//2)``
is not. Symbols stand for sizes of at least 1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from math import gcd, prod
from typing import Literal, TypeAlias

from specc.source import Span


@dataclass(frozen=True, slots=True)
class Symbol:
    """A size that is only known at run time, or not yet. Equal by name.

    With a ``domain`` it stands for all values from its first to its last at once: what hangs on them is `Unproven`.
    """

    name: str
    origin: Span | None = field(default=None, compare=False, repr=False)
    domain: tuple[int, int] | None = field(default=None, compare=False, repr=False)

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Quotient:
    """``numerator // denominator`` where the division is not exact."""

    numerator: Expr
    denominator: Dim
    text: str = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        # Products are kept in the order of their factors' texts, so these are asked for often.
        object.__setattr__(self, "text", f"{_bracketed(self.numerator)}//{_bracketed(self.denominator)}")

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Extreme:
    """``min(…)`` or ``max(…)`` of sizes whose order is not known."""

    which: Literal["min", "max"]
    items: tuple[Dim, ...]

    def __str__(self) -> str:
        return f"{self.which}({', '.join(map(str, self.items))})"


Atom: TypeAlias = Symbol | Quotient | Extreme
Monomial: TypeAlias = tuple[Atom, ...]
"""A product of atoms, sorted by their text; the empty product is 1."""


@dataclass(frozen=True, eq=False)
class Expr:
    """A size that is not a known number: a sum of products of atoms with integer coefficients."""

    terms: tuple[tuple[Monomial, int], ...]

    @cached_property
    def _hash(self) -> int:
        return hash(self.terms)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        """Structural equality of normal forms; see `equal` for what can be *shown*."""
        return isinstance(other, Expr) and self.terms == other.terms

    def __add__(self, other: Dim) -> Dim:
        return _sum((*self.terms, *terms_of(other)))

    __radd__ = __add__

    def __neg__(self) -> Dim:
        return Expr(tuple((m, -c) for m, c in self.terms))

    def __sub__(self, other: Dim) -> Dim:
        return self + -other

    def __rsub__(self, other: Dim) -> Dim:
        return -self + other

    def __mul__(self, other: Dim) -> Dim:
        pairs = product(self.terms, terms_of(other))
        return _sum((_times(m, n), c * d) for (m, c), (n, d) in pairs)

    __rmul__ = __mul__

    def __floordiv__(self, other: Dim) -> Dim:
        return floor_div(self, other)

    def __rfloordiv__(self, other: Dim) -> Dim:
        return floor_div(other, self)

    def __mod__(self, other: Dim) -> Dim:
        return self - other * floor_div(self, other)

    def __rmod__(self, other: Dim) -> Dim:
        return other - self * floor_div(other, self)

    @cached_property
    def symbols(self) -> frozenset[Symbol]:
        """The symbols that the size hangs on."""
        return frozenset(s for monomial, _ in self.terms for atom in monomial for s in _symbols(atom))

    def __str__(self) -> str:
        shown = sorted(self.terms, key=lambda t: (t[1] < 0, -len(t[0]), _key(t[0])))
        (sign, first), *rest = (_signed(m, c) for m, c in shown)
        leading = shown[0][0][0] if shown[0][0] else None
        if sign == "-" and isinstance(leading, Quotient) and first == str(leading):
            first = f"({first})"  # -(H//2) is not -H//2
        return sign.strip("+") + first + "".join(f" {sign} {term}" for sign, term in rest)

    def __repr__(self) -> str:
        return f"Expr({self})"


Dim: TypeAlias = int | Expr
Shape: TypeAlias = tuple[Dim, ...]


def symbol(name: str, origin: Span | None = None, domain: tuple[int, int] | None = None) -> Expr:
    """The size called ``name``."""
    return Expr((((Symbol(name, origin, domain),), 1),))


def symbols_of(dims: Iterable[Dim]) -> frozenset[Symbol]:
    """All symbols in some sizes."""
    return frozenset(s for d in dims if isinstance(d, Expr) for s in d.symbols)


# ── Normal form ──────────────────────────────────────────────────────────────────────────────────


def terms_of(dim: Dim) -> tuple[tuple[Monomial, int], ...]:
    """The products that a size is the sum of, each with its coefficient."""
    return dim.terms if isinstance(dim, Expr) else (((), dim),)


def _key(monomial: Monomial) -> tuple[str, ...]:
    return tuple(map(str, monomial))


def _times(left: Monomial, right: Monomial) -> Monomial:
    return tuple(sorted((*left, *right), key=str)) if left and right else left or right


def _sum(terms: Iterable[tuple[Monomial, int]]) -> Dim:
    total: dict[Monomial, int] = {}
    for monomial, coefficient in terms:
        total[monomial] = total.get(monomial, 0) + coefficient
    kept = [(m, c) for m, c in total.items() if c]
    if not kept:
        return 0
    (monomial, coefficient), *more = kept
    if not monomial and not more:
        return coefficient
    return Expr(tuple(sorted(kept, key=lambda t: _key(t[0]))))


def _of(monomial: Monomial, coefficient: int = 1) -> Dim:
    return _sum([(monomial, coefficient)])


def floor_div(numerator: Dim, denominator: Dim) -> Dim:
    """``numerator // denominator`` with Python's rounding (towards minus infinity).

    Raises:
        ZeroDivisionError: the denominator is 0.
    """
    if isinstance(numerator, int) and isinstance(denominator, int):
        return numerator // denominator
    if isinstance(denominator, int):
        return _by_integer(numerator, denominator)
    return _by_expression(numerator, denominator)


def _by_integer(numerator: Dim, denominator: int) -> Dim:
    if denominator == 0:
        raise ZeroDivisionError("division by zero")
    if denominator < 0:
        return _by_integer(-numerator, -denominator)
    # floor((n·k·m + rest) / n) = k·m + floor(rest / n): every coefficient is reduced below n.
    whole = _sum((m, c // denominator) for m, c in terms_of(numerator))
    rest = _sum((m, c % denominator) for m, c in terms_of(numerator))
    if isinstance(rest, int):
        return whole + rest // denominator
    # floor((g·m + c) / (g·n)) = floor((m + floor(c / g)) / n)
    common = gcd(denominator, *(c for m, c in rest.terms if m))
    rest = _sum((m, c // common) for m, c in rest.terms)
    return whole + _quotient(rest, denominator // common)


def _quotient(rest: Dim, denominator: int) -> Dim:
    if isinstance(rest, int) or denominator == 1:
        return rest // denominator
    variable = [(m, c) for m, c in rest.terms if m]
    match variable:
        case [((Quotient(numerator=inner, denominator=int(first)),), 1)]:
            # floor((floor(a / m) + c) / n) = floor((a + m·c) / (m·n))
            constant = next((c for m, c in rest.terms if not m), 0)
            return _by_integer(inner + first * constant, first * denominator)
        case _:
            return _of((Quotient(rest, denominator),))


def _by_expression(numerator: Dim, denominator: Expr) -> Dim:
    if numerator == denominator:
        return 1
    (divisor, factor), *more = denominator.terms
    if more:
        return _inexact(numerator, denominator)
    shared = [(_without(m, divisor), c) for m, c in terms_of(numerator)]
    if divisor and all(m is not None for m, _ in shared):
        return floor_div(_sum((m or (), c) for m, c in shared), factor)
    whole: list[tuple[Monomial, int]] = []
    rest: list[tuple[Monomial, int]] = []
    for monomial, coefficient in terms_of(numerator):
        left = _without(monomial, divisor)
        exact = left is not None and coefficient % factor == 0
        (whole if exact else rest).append((left or (), coefficient // factor) if exact else (monomial, coefficient))
    return _sum(whole) + _inexact(_sum(rest), denominator)


def _inexact(numerator: Dim, denominator: Expr) -> Dim:
    if numerator == 0:
        return 0
    kept = numerator if isinstance(numerator, Expr) else Expr((((), numerator),))
    return _of((Quotient(kept, denominator),))


def _without(monomial: Monomial, divisor: Monomial) -> Monomial | None:
    left = list(monomial)
    for atom in divisor:
        if atom not in left:
            return None
        left.remove(atom)
    return tuple(left)


def ceil_div(numerator: Dim, denominator: int) -> Dim:
    """``numerator / denominator`` rounded up; ``denominator`` is positive."""
    return (numerator + (denominator - 1)) // denominator


def minimum(*items: Dim) -> Dim:
    """The least of some sizes; symbolic where their order can't be shown."""
    return _extreme("min", items)


def maximum(*items: Dim) -> Dim:
    """The greatest of some sizes; symbolic where their order can't be shown."""
    return _extreme("max", items)


def _extreme(which: Literal["min", "max"], items: tuple[Dim, ...]) -> Dim:
    from specc.program.deciding import less_equal  # which works on these sizes

    better: Callable[[Dim, Dim], bool | None] = less_equal if which == "min" else lambda a, b: less_equal(b, a)
    kept: list[Dim] = []
    for item in _flattened(which, items):
        if any(better(k, item) for k in kept):
            continue
        kept = [k for k in kept if not better(item, k)] + [item]
    return kept[0] if len(kept) == 1 else _of((Extreme(which, tuple(sorted(kept, key=str))),))


def _flattened(which: Literal["min", "max"], items: tuple[Dim, ...]) -> Iterator[Dim]:
    """The items, those of a minimum of minima (or maximum of maxima) each for itself."""
    for item in items:
        match item:
            case Expr(terms=(((Extreme(which=inner, items=own),), 1),)) if inner == which:
                yield from own
            case _:
                yield item


def size_of(shape: Iterable[Dim]) -> Dim:
    """The number of elements of a shape: the product of its sizes."""
    total: Dim = 1
    for dim in shape:
        total = total * dim
    return total


# ── Bounds ─────────────────────────────────────────────────────────────────────────────────────


def bounds(dim: Dim) -> tuple[int | None, int | None]:
    """A lower and an upper bound, None where there is none; symbols are at least 1."""
    if isinstance(dim, int):
        return dim, dim
    low: int | None = 0
    high: int | None = 0
    for monomial, coefficient in dim.terms:
        below, above = _product_bounds(monomial)
        if coefficient < 0:
            below, above = above, below
        low = None if low is None or below is None else low + coefficient * below
        high = None if high is None or above is None else high + coefficient * above
    return low, high


def _product_bounds(monomial: Monomial) -> tuple[int | None, int | None]:
    each = [_atom_bounds(a) for a in monomial]
    if any(low is None or low < 0 for low, _ in each):
        return each[0] if len(each) == 1 else (None, None)
    highs = [high for _, high in each]
    low = prod(low for low, _ in each if low is not None)
    return low, None if None in highs else prod(h for h in highs if h is not None)


def _atom_bounds(atom: Atom) -> tuple[int | None, int | None]:
    match atom:
        case Symbol(domain=domain):
            return domain or (1, None)
        case Quotient(numerator=numerator, denominator=int(denominator)):
            low, high = bounds(numerator)
            return None if low is None else low // denominator, None if high is None else high // denominator
        case Quotient(numerator=numerator):
            low, _ = bounds(numerator)
            return (0, None) if low is not None and low >= 0 else (None, None)
        case Extreme(which=which, items=items):
            lows, highs = zip(*(bounds(i) for i in items), strict=True)
            strict, loose = (highs, lows) if which == "min" else (lows, highs)
            pick = min if which == "min" else max
            known = [v for v in strict if v is not None]
            tight = pick(known) if known else None
            wide = None if None in loose else pick(loose)
            return (wide, tight) if which == "min" else (tight, wide)


# ── Substitution ─────────────────────────────────────────────────────────────────────────────────


def substitute(dim: Dim, values: Mapping[str, Dim]) -> Dim:
    """``dim`` with symbols replaced, by name."""
    if isinstance(dim, int) or not values:
        return dim
    total: Dim = 0
    for monomial, coefficient in dim.terms:
        term: Dim = coefficient
        for atom in monomial:
            term = term * _substitute_atom(atom, values)
        total = total + term
    return total


def _substitute_atom(atom: Atom, values: Mapping[str, Dim]) -> Dim:
    match atom:
        case Symbol(name=name):
            return values.get(name, _of((atom,)))
        case Quotient(numerator=numerator, denominator=denominator):
            return floor_div(substitute(numerator, values), substitute(denominator, values))
        case Extreme(which=which, items=items):
            return _extreme(which, tuple(substitute(i, values) for i in items))


def evaluate(dim: Dim, values: Mapping[str, int]) -> int | None:
    """The number that ``dim`` is for given sizes; None where a symbol is missing."""
    result = substitute(dim, values)
    return result if isinstance(result, int) else None


# ── Text ─────────────────────────────────────────────────────────────────────────────────────────


def _symbols(atom: Atom) -> Iterable[Symbol]:
    match atom:
        case Symbol():
            yield atom
        case Quotient(numerator=numerator, denominator=denominator):
            yield from symbols_of((numerator, denominator))
        case Extreme(items=items):
            yield from symbols_of(items)


def _bracketed(dim: Dim) -> str:
    text = str(dim)
    return text if text.isidentifier() or text.isdigit() else f"({text})"


def _factor(atom: Atom) -> str:
    return f"({atom})" if isinstance(atom, Quotient) else str(atom)


def _signed(monomial: Monomial, coefficient: int) -> tuple[str, str]:
    sign = "-" if coefficient < 0 else "+"
    size = abs(coefficient)
    if len(monomial) == 1 and size == 1:
        return sign, str(monomial[0])
    factors = [str(size)] if size != 1 or not monomial else []
    return sign, "*".join(factors + [_factor(a) for a in monomial])
