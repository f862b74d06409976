"""Splits: every row in one, a pure function of the seed, with the same share of each class."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from data_helpers import CLASSES, finding, loaded, numbers, vector
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from specc.data.split import split_rows
from specc.diagnostics import SpecError
from specc.diagnostics.codes import EMPTY_SPLIT
from specc.source import Source, Span

PLACE = Span(Source("m.model"))
SHARES = st.floats(0, 0.45)


@settings(deadline=None)
@given(st.integers(1, 120), SHARES, SHARES, st.integers(0, 2**31 - 1), st.integers(1, 5), st.booleans())
def test_every_row_is_in_one_split(
    size: int, validation: float, test: float, seed: int, kinds: int, stratify: bool
) -> None:
    classes = np.arange(size) % kinds if stratify else None
    try:
        parts = split_rows(size, validation, test, seed, classes, PLACE)
    except SpecError as error:
        assert [d.code for d in error.diagnostics] == [EMPTY_SPLIT]
        return
    assert sorted(np.concatenate(parts).tolist()) == list(range(size))
    assert all(part.tolist() == sorted(part.tolist()) for part in parts)
    again = split_rows(size, validation, test, seed, classes, PLACE)
    assert all(np.array_equal(a, b) for a, b in zip(parts, again, strict=True))
    assert [bool(len(p)) for p in parts] == [True, validation > 0, test > 0]


@settings(deadline=None)
@given(st.lists(st.integers(10, 40), min_size=2, max_size=5), st.integers(0, 1000))
def test_each_split_has_the_share_of_each_class(counts: list[int], seed: int) -> None:
    classes = np.repeat(np.arange(len(counts)), counts)
    assume(round(len(classes) * 0.2) >= len(counts))
    parts = split_rows(len(classes), 0.2, 0.2, seed, classes, PLACE)
    for part in parts:
        shares = np.bincount(classes[part], minlength=len(counts)) / len(part)
        assert np.abs(shares - np.array(counts) / len(classes)).max() <= 2 / len(part)


def test_another_seed_gives_other_splits() -> None:
    assert len({split_rows(100, 0.1, 0.1, seed, None, PLACE)[2].tobytes() for seed in range(20)}) == 20


def test_splits_stay_the_same_over_versions() -> None:
    _, validation, test = split_rows(20, 0.1, 0.2, 7, np.arange(20) % 2, PLACE)
    assert (validation.tolist(), test.tolist()) == ([0, 9], [1, 10, 15, 18])


def test_a_class_of_one_is_split_without_shares() -> None:
    classes = np.array([0] * 19 + [1])
    parts = split_rows(20, 0.1, 0.1, 0, classes, PLACE)
    assert sorted(np.concatenate(parts).tolist()) == list(range(20))


def test_a_split_carries_its_rows(tmp_path: Path) -> None:
    numbers(tmp_path)
    data = loaded(vector("x: float32[2]", "y: Dense(1)", 'CSV("t.csv", validation=0.2, test=0.3, seed=4)'), tmp_path)
    for split in (data.train, data.validation, data.test):
        assert np.array_equal(split.inputs["x"][:, 0], split.ids)
        assert np.array_equal(split.targets["y"][:, 0], split.ids * 3)
    assert (data.train.size, data.validation.size, data.test.size) == (20, 8, 12)


def test_take_repeats_and_reorders(tmp_path: Path) -> None:
    numbers(tmp_path)
    train = loaded(vector("x: float32[2]", "y: Dense(1)", 'CSV("t.csv", validation=0, test=0)'), tmp_path).train
    assert train.take(np.array([3, 3, 1])).targets["y"].tolist() == [[9], [9], [3]]


@pytest.mark.parametrize(
    ("shares", "message"),
    [
        ("test=0.01", "the test split of 40 examples would be empty"),
        ("validation=0.01, test=0", "the validation split of 40 examples would be empty"),
        ("validation=0.99, test=0", "the validation split of 40 examples would be all of them"),
    ],
)
def test_empty_split(tmp_path: Path, shares: str, message: str) -> None:
    numbers(tmp_path)
    found = finding(vector("x: float32[2]", "y: Dense(1)", f'CSV("t.csv", {shares})'), tmp_path)
    assert (found.code, found.message, str(found.span)) == (EMPTY_SPLIT, message, "m.model:6:10")


def test_stratify_can_be_off(tmp_path: Path) -> None:
    text = vector(
        "x: float32[4]", "y: Dense(3, activation=softmax)", "Sklearn(iris, test=0.3, stratify=false)", CLASSES
    )
    off = np.bincount(loaded(text, tmp_path).test.targets["y"]).tolist()
    on = np.bincount(loaded(text.replace(", stratify=false", ""), tmp_path).test.targets["y"]).tolist()
    assert on == [15, 15, 15] != off
