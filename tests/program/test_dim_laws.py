"""Laws of symbolic sizes: whatever is computed with names agrees with Python's integers for all sizes."""

from __future__ import annotations

import operator
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from specc.elaborate.sizes import parse_size
from specc.program.deciding import equal, less, less_equal, witness
from specc.program.dims import Dim, Expr, bounds, ceil_div, evaluate, maximum, minimum, size_of, substitute, symbol
from specc.source import Source, Span

H, W, C = (symbol(n) for n in "HWC")
SIZES = st.fixed_dictionaries({n: st.integers(1, 60) for n in "HWC"})

# A size as text and what it makes; built from the inside out, so that both are made by the same steps.
ATOMS = st.one_of(st.sampled_from("HWC"), st.integers(0, 9).map(str))


def _grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    joined = st.tuples(inner, st.sampled_from(["+", "-", "*"]), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})")
    divided = st.tuples(inner, st.sampled_from(["//", "%"]), st.integers(1, 7)).map(lambda t: f"({t[0]} {t[1]} {t[2]})")
    extreme = st.tuples(st.sampled_from(["min", "max"]), inner, inner).map(lambda t: f"{t[0]}({t[1]}, {t[2]})")
    return st.one_of(joined, divided, extreme)


TEXTS = st.recursive(ATOMS, _grown, max_leaves=8)


def dim(text: str) -> Dim:
    return eval(text, {"H": H, "W": W, "C": C, "min": minimum, "max": maximum})


def number(text: str, sizes: dict[str, int]) -> int:
    return eval(text, {**sizes, "min": min, "max": max})


@given(TEXTS, SIZES)
@settings(max_examples=400)
def test_agrees_with_integers(text: str, sizes: dict[str, int]) -> None:
    assert evaluate(dim(text), sizes) == number(text, sizes)


@given(TEXTS, TEXTS, SIZES)
@settings(max_examples=300, deadline=None)
def test_what_is_shown_holds(left: str, right: str, sizes: dict[str, int]) -> None:
    a, b = number(left, sizes), number(right, sizes)
    for shown, truth in (
        (equal(dim(left), dim(right)), a == b),
        (less(dim(left), dim(right)), a < b),
        (less_equal(dim(left), dim(right)), a <= b),
    ):
        assert shown is None or shown == truth


@given(TEXTS, SIZES)
def test_bounds_hold(text: str, sizes: dict[str, int]) -> None:
    low, high = bounds(dim(text))
    value = number(text, sizes)
    assert (low is None or low <= value) and (high is None or value <= high)


@given(TEXTS, TEXTS)
def test_sums_and_products_do_not_hang_on_order(left: str, right: str) -> None:
    a, b = dim(left), dim(right)
    assert a + b == b + a and a * b == b * a and a - b == -(b - a)


@given(TEXTS)
@settings(max_examples=200)
def test_text_reads_back(text: str) -> None:
    value = dim(text)
    assert parse_size(str(value), Span(Source("size"))) == value


@given(TEXTS, TEXTS)
def test_a_witness_is_one(left: str, right: str) -> None:
    a, b = dim(left), dim(right)
    found = witness(a, b)
    assert found is None or evaluate(a, found) != evaluate(b, found)


@given(TEXTS, TEXTS, SIZES)
def test_substitution(text: str, put: str, sizes: dict[str, int]) -> None:
    inner = number(put, sizes)
    assume(inner >= 1)  # symbols stand for sizes, and what is put in their place is one
    assert evaluate(substitute(dim(text), {"H": dim(put)}), sizes) == number(text, {**sizes, "H": inner})


def test_the_forms_that_networks_make() -> None:
    same: list[tuple[Any, Any]] = [
        (H * 2 // 2, H),
        ((H - 1) // 2 + 1, (H + 1) // 2),
        (ceil_div(H, 2), (H + 1) // 2),
        ((H // 2) // 3, H // 6),
        (size_of((H, W, C)) // (H * W), C),
        ((2 * H + 3) // 4, (2 * H + 3) // 4),
        (H % 2, H - 2 * (H // 2)),
        ((H * W + 7 * W) // W, H + 7),
    ]
    for left, right in same:
        assert left == right
    assert 2 * (H // 2) != H and equal(2 * (H // 2), H) is None
    assert equal(-((-H) // 2), (H + 1) // 2), "shown by trying all residues"
    assert equal(H, H + 1) is False and less(H, H + 1) is True and less_equal(1, H) is True
    assert minimum(H, H + 3) == H and maximum(1, H) == H and str(minimum(H, 5)) == "min(5, H)"


ORDERED: list[tuple[Any, Any]] = [
    (minimum(H, 5), H), (H, maximum(H, 5)), (minimum(H, W), maximum(H, W)), (H // 2 * 2, H), (H, 2 * ceil_div(H, 2)),
    (H // 2, ceil_div(H, 2)), (H // 4, H // 2), (H % 2, 1), (0, H % 2), (H // 2 + 0, H - 0), (H, H * W),
    (maximum(H - 3, 0), H), (ceil_div(H, 2), H), ((H - 3) // 2 + 1, H), (minimum(H // 2, W), H), (H // W * W, H),
    (H // 2, H // 2 + W // 3), (2 * H // 3, H), (5, maximum(H, 5)), (ceil_div(H, 4), ceil_div(H, 2)),
    (minimum(H, W) // 2, maximum(H, W)), (H % 3, 2), (minimum(H, 7) + W, H + W), (H - H % 4, H), (H * C // 2, H * C),
]  # fmt: skip


@pytest.mark.parametrize(("smaller", "greater"), ORDERED)
def test_the_order_that_networks_need_is_shown(smaller: Dim, greater: Dim) -> None:
    assert less_equal(smaller, greater) is True
    assert less(smaller, greater + 1) is True
    assert less(greater, smaller) is False


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (minimum(H, W) + maximum(H, W), H + W),
        (minimum(2 * H, 2 * W), 2 * minimum(H, W)),
        (maximum(H, W) + 1, maximum(H + 1, W + 1)),
        (minimum(H, minimum(W, 3)), minimum(minimum(H, W), 3)),
        ((H * W) // (2 * W), H // 2),
        (maximum(H, H // 2), H),
        (maximum(H, W) - minimum(H, W), maximum(H - W, W - H)),
    ],
)
def test_minima_and_maxima_that_are_equal(left: Dim, right: Dim) -> None:
    assert equal(left, right) is True


def test_a_known_size_is_a_plain_integer() -> None:
    assert type(H - H) is int and type((H + 5) - H) is int and isinstance(H + 0, Expr)


@pytest.mark.parametrize("divide", [operator.floordiv, operator.mod])
def test_division_by_zero_is_an_error(divide: Any) -> None:
    with pytest.raises(ZeroDivisionError):
        divide(H, 0)
