"""What can be shown of two sizes for all values of their symbols: equality, order, and where they differ.

An answer is True or False where it holds for all sizes, None where it hangs on them.
"""

from __future__ import annotations

from itertools import product

from specc.program.dims import Dim, Expr, Quotient, Symbol, bounds, evaluate, symbols_of, terms_of
from specc.program.order import least


class Unproven(Exception):
    """A comparison has not the same answer for all values of a domain, or none that can be shown."""


def equal(left: Dim, right: Dim) -> bool | None:
    """True or False where it can be shown for all sizes, None where it hangs on them.

    Raises:
        Unproven: it hangs on a parameter that stands for all of its values.
    """
    if left == right:
        return True
    difference = left - right
    if isinstance(difference, int):
        return difference == 0
    low, high = bounds(difference)
    if (low is not None and low > 0) or (high is not None and high < 0):
        return False
    if _vanishes(difference):
        return True
    below, above = least(difference), least(-difference)
    if below == above == 0:
        return True
    if (below is not None and below > 0) or (above is not None and above > 0):
        return False
    return _undecided(difference)


def _undecided(difference: Dim) -> None:
    if isinstance(difference, Expr) and any(s.domain for s in difference.symbols):
        raise Unproven(str(difference))


def is_fixed(dim: Dim) -> bool:
    """Whether a size is a number, or hangs on nothing but parameters that stand for all of their values."""
    return isinstance(dim, int) or all(s.domain for s in dim.symbols)


def less_equal(left: Dim, right: Dim) -> bool | None:
    """Whether ``left <= right``: True or False where it can be shown for all sizes, else None."""
    difference = right - left
    if isinstance(difference, int):
        return difference >= 0
    low, high = bounds(difference)
    if low is not None and low >= 0:
        return True
    if high is not None and high < 0:
        return False
    if _vanishes(difference):
        return True
    below, above = least(difference), least(-difference)
    if below is not None and below >= 0:
        return True
    return False if above is not None and above > 0 else _undecided(difference)


def less(left: Dim, right: Dim) -> bool | None:
    """Whether ``left < right``, decided as in `less_equal`."""
    reverse = less_equal(right, left)
    return None if reverse is None else not reverse


def surely_less(left: Dim, right: Dim) -> bool:
    """Whether ``left < right`` for all sizes, as far as that hangs on run-time sizes: these get the benefit of doubt.

    Raises:
        Unproven: it hangs on nothing but parameters that stand for all of their values.
    """
    if isinstance(left, int) and isinstance(right, int):
        return left < right
    difference = right - left
    if is_fixed(difference):
        return bool(less(left, right))
    low, _ = bounds(difference)
    return low is not None and low > 0


def _vanishes(dim: Expr) -> bool:
    """Whether an expression is 0 for all sizes, decided exactly where its quotients are by constants.

    Such an expression is a quasi-polynomial in each symbol: on every residue class modulo the product of the
    denominators it is a polynomial of bounded degree, so enough points per class decide it.
    """
    names = sorted(s.name for s in dim.symbols)
    shape = _quasi_polynomial(dim)
    if shape is None:
        return False
    degree, period = shape
    points = (degree + 1) * period
    if points ** len(names) > 20_000:
        return False
    grid = product(range(1, points + 1), repeat=len(names))
    return all(evaluate(dim, dict(zip(names, at, strict=True))) == 0 for at in grid)


def _quasi_polynomial(dim: Dim) -> tuple[int, int] | None:
    """(degree, period) of an expression, or None where it isn't a quasi-polynomial."""
    degree, period = 0, 1
    for monomial, _ in terms_of(dim):
        total = 0
        for atom in monomial:
            match atom:
                case Symbol():
                    total += 1
                case Quotient(numerator=numerator, denominator=int(denominator)):
                    inner = _quasi_polynomial(numerator)
                    if inner is None:
                        return None
                    total += inner[0]
                    period *= inner[1] * denominator
                case _:
                    return None
        degree = max(degree, total)
    return degree, period


def witness(left: Dim, right: Dim) -> dict[str, int] | None:
    """Small sizes for which two expressions differ, or None when none was found."""
    names = sorted(s.name for s in symbols_of((left, right)))[:4]
    sizes: tuple[int, ...] = (2, 3, 5, 7, 1, 4)
    for at in product(sizes, repeat=len(names)):
        values: dict[str, int] = dict(zip(names, at, strict=True))
        if evaluate(left, values) != evaluate(right, values):
            return values
    return None


def why_different(left: Dim, right: Dim) -> tuple[str, ...]:
    """A line that says for which sizes two sizes differ; nothing for numbers, which differ plainly."""
    if isinstance(left, int) and isinstance(right, int):
        return ()
    sizes = witness(left, right)
    if not sizes:
        return (f"{left} and {right} could not be shown equal for all sizes",)
    example = ", ".join(f"{name} = {size}" for name, size in sizes.items())
    return (f"named sizes are different unless shown equal: {left} and {right} differ for {example}",)
