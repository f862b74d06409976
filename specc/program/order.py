"""What is shown of the order of sizes: a lower bound of an expression, for all sizes at once.

Three steps. Minima and maxima go by cases: of two items one is the smaller, everywhere where both stand. A floor
quotient ``q = n // d`` goes by ``n - d + 1 <= d * q <= n``. What is left is a polynomial over symbols that are at least
1; moved to start at 0, it is never below its constant where no other coefficient is negative. As sizes are integers,
the bound is rounded up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from functools import lru_cache
from math import ceil
from typing import Final, TypeAlias

from specc.program.dims import Atom, Dim, Expr, Extreme, Monomial, Quotient, Symbol, bounds

_DEPTH: Final = 5
"""Most cases of minima and maxima inside of each other."""

_TERMS: Final = 200
"""Largest polynomial that is looked at."""

_Poly: TypeAlias = dict[Monomial, Fraction]


def least(dim: Dim) -> int | None:
    """A number that a size is never below, None where none can be shown."""
    if isinstance(dim, int):
        return dim
    return _least(dim, tuple((s.name, s.domain) for s in sorted(dim.symbols, key=str)))


@lru_cache(maxsize=4096)
def _least(dim: Expr, domains: tuple[object, ...]) -> int | None:
    return _by_cases(dim, _DEPTH)


def _by_cases(dim: Dim, depth: int) -> int | None:
    if isinstance(dim, int):
        return dim
    extreme = next(_extremes(dim), None)
    if extreme is None:
        return _best(bounds(dim)[0], _of_polynomial(dim))
    if depth == 0:
        return bounds(dim)[0]
    first, second, *_ = extreme.items
    found = [
        _best(_by_cases(case, depth - 1), _by_cases(case - (greater - smaller), depth - 1))
        for smaller, greater in ((first, second), (second, first))
        for case in (assuming(dim, smaller, greater),)
    ]
    worst = None if None in found else min(f for f in found if f is not None)
    return _best(worst, bounds(dim)[0])


def _best(*found: int | None) -> int | None:
    return max((f for f in found if f is not None), default=None)


# ── Minima and maxima ────────────────────────────────────────────────────────────────────────────


def _extremes(dim: Dim) -> Iterator[Extreme]:
    """The minima and maxima in an expression, the innermost first."""
    for monomial, _ in dim.terms if isinstance(dim, Expr) else ():
        for atom in monomial:
            match atom:
                case Extreme(items=items):
                    for item in items:
                        yield from _extremes(item)
                    yield atom
                case Quotient(numerator=numerator, denominator=denominator):
                    yield from _extremes(numerator)
                    yield from _extremes(denominator)
                case Symbol():
                    pass


def assuming(dim: Dim, smaller: Dim, greater: Dim) -> Dim:
    """An expression where ``smaller <= greater``: what that decides between them is decided."""
    if isinstance(dim, int):
        return dim
    total: Dim = 0
    for monomial, coefficient in dim.terms:
        term: Dim = coefficient
        for atom in monomial:
            term = term * _atom_assuming(atom, smaller, greater)
        total = total + term
    return total


def _atom_assuming(atom: Atom, smaller: Dim, greater: Dim) -> Dim:
    match atom:
        case Extreme(which=which, items=items):
            kept = list(items)
            for item in items:
                if _is_decided(which, item, [k for k in kept if k is not item], greater - smaller):
                    kept.remove(item)
            rest = tuple(assuming(i, smaller, greater) for i in kept)
            return rest[0] if len(rest) == 1 else Expr((((Extreme(which, rest),), 1),))
        case Quotient(numerator=numerator, denominator=denominator):
            return assuming(numerator, smaller, greater) // assuming(denominator, smaller, greater)
        case Symbol():
            return Expr((((atom,), 1),))


def _is_decided(which: str, item: Dim, items: Iterable[Dim], gap: Dim) -> bool:
    """Whether an item is never the extreme one, as another is ``gap``, which isn't negative, beyond it."""
    beyond = gap if which == "max" else -gap
    return any((other - item) * k == beyond * m for other in items for k, m in _SCALES)


_SCALES: Final = ((1, 1), (2, 1), (1, 2), (3, 1), (1, 3), (4, 1), (1, 4))
"""How much larger one distance may be than another that is known not to be negative."""


# ── Quotients and polynomials ────────────────────────────────────────────────────────────────────


def _of_polynomial(dim: Expr) -> int | None:
    poly: _Poly | None = {m: Fraction(c) for m, c in dim.terms}
    while poly is not None and any(isinstance(a, Quotient) for m in poly for a in m):
        poly = _relaxed(poly)
    if poly is None:
        return None
    moved = _from_zero(poly)
    if moved is None or any(c < 0 for m, c in moved.items() if m):
        return None
    return ceil(moved.get((), Fraction(0)))


def _relaxed(poly: _Poly) -> _Poly | None:
    """The polynomial with one quotient less in each term, nowhere greater; None where that can't be said."""
    total: _Poly = {}
    for monomial, coefficient in poly.items():
        quotient = next((a for a in monomial if isinstance(a, Quotient)), None)
        if quotient is None:
            _add(total, monomial, coefficient)
            continue
        rest = list(monomial)
        rest.remove(quotient)
        scaled = _scaled(quotient, rest, coefficient)
        if scaled is None or any((bounds(Expr((((a,), 1),)))[0] or 0) < 0 for a in rest):
            return None
        for part, factor in scaled.items():
            _add(total, tuple(sorted((*part, *rest), key=str)), factor)
        if len(total) > _TERMS:
            return None
    return total


def _scaled(quotient: Quotient, rest: list[Atom], coefficient: Fraction) -> _Poly | None:
    """What ``coefficient * (n // d)`` is never below; takes a symbolic ``d`` out of ``rest``."""
    match quotient.denominator:
        case int(denominator) if denominator > 0:
            factor, slack = coefficient / denominator, Fraction(denominator - 1)
            found = {m: c * factor for m, c in _fractions(quotient.numerator).items()}
            if coefficient > 0:
                _add(found, (), -slack * factor)
            return found
        case Expr(terms=[(monomial, scale)]) if scale > 0:
            if any(a not in rest or (bounds(Expr((((a,), 1),)))[0] or 0) < 1 for a in monomial):
                return None
            for atom in monomial:
                rest.remove(atom)
            factor = coefficient / scale
            found = {m: c * factor for m, c in _fractions(quotient.numerator).items()}
            if coefficient > 0:
                _add(found, monomial, -coefficient)
                _add(found, (), factor)
            return found
        case _:
            return None


def _fractions(dim: Dim) -> _Poly:
    terms = dim.terms if isinstance(dim, Expr) else (((), dim),)
    return {m: Fraction(c) for m, c in terms}


def _from_zero(poly: _Poly) -> _Poly | None:
    """The polynomial with each symbol written as its least value and what it is above that."""
    total: _Poly = {}
    for monomial, coefficient in poly.items():
        parts: _Poly = {(): coefficient}
        for atom in monomial:
            if not isinstance(atom, Symbol):
                return None
            low = (atom.domain or (1,))[0]
            grown: _Poly = {}
            for part, factor in parts.items():
                _add(grown, tuple(sorted((*part, atom), key=str)), factor)
                _add(grown, part, factor * low)
            parts = grown
        for part, factor in parts.items():
            _add(total, part, factor)
        if len(total) > _TERMS:
            return None
    return total


def _add(poly: dict[Monomial, Fraction], monomial: Monomial, coefficient: Fraction) -> None:
    total = poly.get(monomial, Fraction(0)) + coefficient
    if total:
        poly[monomial] = total
    else:
        poly.pop(monomial, None)
