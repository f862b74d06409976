"""What belongs together is in one split."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from data_helpers import CLASSES, finding, loaded, vector, write
from hypothesis import given, settings
from hypothesis import strategies as st
from test_data_splits import PLACE, SHARES

from specc.compiler import Compilation
from specc.data.predict import load_inputs
from specc.data.split import split_rows
from specc.diagnostics import SpecError
from specc.diagnostics.codes import BAD_CELL, DATA_SHAPE, EMPTY_SPLIT, UNKNOWN_COLUMN
from specc.source import Source

TEXT = vector("x: float32[2]", "y: Dense(2, activation=softmax)", 'CSV("t.csv", group=patient, test=0.3)', CLASSES)


@settings(deadline=None)
@given(
    st.lists(st.integers(1, 9), min_size=1, max_size=30), SHARES, SHARES, st.integers(0, 2**31 - 1), st.integers(0, 3)
)
def test_no_group_is_in_two_splits(sizes: list[int], validation: float, test: float, seed: int, kinds: int) -> None:
    groups = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(sizes)), sizes))
    classes = np.arange(len(groups)) % kinds if kinds else None
    wanted = [validation > 0, test > 0]
    try:
        parts = split_rows(len(groups), validation, test, seed, classes, PLACE, groups)
    except SpecError as error:
        assert [d.code for d in error.diagnostics] == [EMPTY_SPLIT]
        assert len(sizes) < 1 + sum(wanted)
        return
    assert sorted(np.concatenate(parts).tolist()) == list(range(len(groups)))
    of = [set(groups[part].tolist()) for part in parts]
    assert sum(map(len, of)) == len(sizes), "a group is in two splits"
    assert [bool(len(p)) for p in parts] == [True, *wanted]
    for part, share in zip(parts[1:], (validation, test), strict=True):
        assert abs(len(part) - share * len(groups)) <= 2 * max(sizes)
    again = split_rows(len(groups), validation, test, seed, classes, PLACE, groups)
    assert all(np.array_equal(a, b) for a, b in zip(parts, again, strict=True))


def test_classes_have_nearly_equal_shares_where_they_can() -> None:
    groups = np.repeat(np.arange(60), 5)
    classes = np.repeat(np.random.default_rng(7).integers(0, 2, 60), 5)
    off: list[float] = []
    for labels in (classes, None):
        parts = split_rows(300, 0.2, 0.2, 3, labels, PLACE, groups)
        off.append(max(abs(classes[part].mean() - classes.mean()) for part in parts))
    assert off[0] < 0.05 and off[0] <= off[1]


def test_another_seed_gives_other_splits() -> None:
    groups = np.repeat(np.arange(50), 3)
    assert len({split_rows(150, 0.1, 0.1, seed, None, PLACE, groups)[2].tobytes() for seed in range(20)}) == 20


def test_splits_stay_the_same_over_versions() -> None:
    groups = np.arange(24) // 3
    _, validation, test = split_rows(24, 0.2, 0.3, 7, None, PLACE, groups)
    assert (validation.tolist(), test.tolist()) == ([6, 7, 8, 21, 22, 23], [0, 1, 2, 18, 19, 20])


def rows(folder: Path, *more: str) -> None:
    write(folder, "t.csv", "patient,a,b,y", *(f"p{i // 4},{i},{2 * i},{i % 2}" for i in range(40)), *more)


def test_the_column_of_groups_is_no_input(tmp_path: Path) -> None:
    rows(tmp_path)
    data = loaded(TEXT, tmp_path)
    patients = [set((split.inputs["x"][:, 0] // 4).tolist()) for split in (data.train, data.validation, data.test)]
    assert list(map(len, patients)) == [6, 1, 3] and len(set.union(*patients)) == 10
    program = Compilation(Source("m.model", TEXT, tmp_path / "m.model")).program
    write(tmp_path, "in.csv", "patient,a,b", "p9,3,4")
    assert load_inputs(program.models["M"], tmp_path / "in.csv", aside=["patient"])["x"].tolist() == [[3, 4]]


def test_a_missing_group(tmp_path: Path) -> None:
    rows(tmp_path, ",1,2,0")
    found = finding(TEXT, tmp_path)
    assert (found.code, str(found.span), found.message) == (BAD_CELL, "t.csv:42:1", "the group is missing here")
    assert loaded(TEXT.replace("test=0.3", "test=0.3, bad_rows=Skip(0.1)"), tmp_path).account.skipped == 1


def test_groups_in_arrays(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=np.ones((20, 2)), y=np.arange(20) % 2, g=np.arange(20) // 5, h=np.ones((20, 2)))
    text = TEXT.replace('CSV("t.csv", group=patient', 'NPZ("a.npz", inputs=x, group=g')
    data = loaded(text, tmp_path)
    assert sorted({tuple((split.ids // 5).tolist()) for split in (data.validation, data.test)}, key=len)[0][0] in range(
        4
    )
    assert all(len(split.ids) % 5 == 0 for split in (data.train, data.validation, data.test))
    found = finding(text.replace("group=g", "group=h"), tmp_path)
    assert (found.code, found.found) == (DATA_SHAPE, "[2]")


@pytest.mark.parametrize(
    ("change", "code", "message"),
    [
        (("group=patient", "group=patients"), UNKNOWN_COLUMN, "`t.csv` has no column `patients`"),
        (("group=patient", "group=y, inputs=[a, b]"), EMPTY_SPLIT, "2 groups can't be in 3 splits"),
    ],
)
def test_groups_that_cannot_be(change: tuple[str, str], code: object, message: str, tmp_path: Path) -> None:
    rows(tmp_path)
    found = finding(TEXT.replace(*change), tmp_path)
    assert (found.code, found.message) == (code, message)
