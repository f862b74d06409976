"""Weights of examples: a column of their own, numbers that are finite and not negative."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from data_helpers import CLASSES, finding, findings, loaded, vector, write

from specc.compiler import Compilation
from specc.data.columns import set_aside
from specc.data.predict import load_inputs
from specc.diagnostics.codes import BAD_CELL, DATA_SHAPE, EMPTY_SPLIT, UNKNOWN_COLUMN, UNKNOWN_SETTING
from specc.program.json import canonical, graph_hash, pretty
from specc.program.to_text import to_text
from specc.source import Source

TEXT = vector("x: float32[2]", "y: Dense(2, activation=softmax)", 'CSV("t.csv", sample_weight=w, test=0.3)', CLASSES)


def rows(folder: Path, *more: str) -> None:
    write(folder, "t.csv", "a,w,b,y", *(f"{i},{i / 4},{2 * i},{i % 2}" for i in range(40)), *more)


def test_the_column_of_weights_is_no_input(tmp_path: Path) -> None:
    rows(tmp_path)
    data = loaded(TEXT, tmp_path)
    for split in (data.train, data.validation, data.test):
        assert split.weights["y"].dtype == np.float32
        assert split.weights["y"].tolist() == (split.ids / 4).tolist()
        assert split.inputs["x"].tolist() == np.stack([split.ids, 2 * split.ids], axis=-1).tolist()
    write(tmp_path, "in.csv", "w,a,b", "1,3,4")
    program = Compilation(Source("m.model", TEXT, tmp_path / "m.model")).program
    aside = set_aside(program.data["D"].source)
    assert load_inputs(program.models["M"], tmp_path / "in.csv", aside=aside)["x"].tolist() == [[3, 4]]


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("", "a number is missing here"),
        ("nan", "a number is missing here"),
        ("inf", "`inf` is no finite number"),
        ("-0.5", "`-0.5` is less than 0"),
        ("much", "`much` is no number"),
    ],
)
def test_a_weight_that_cannot_be(cell: str, message: str, tmp_path: Path) -> None:
    rows(tmp_path, f"1,{cell},2,0")
    found = finding(TEXT, tmp_path)
    assert (found.code, str(found.span), found.message) == (BAD_CELL, "t.csv:42:3", message)
    assert loaded(TEXT.replace("test=0.3", "test=0.3, bad_rows=Skip(0.1)"), tmp_path).account.skipped == 1


@pytest.mark.parametrize(
    ("change", "code", "message"),
    [
        ("sample_weight=v", UNKNOWN_COLUMN, "`t.csv` has no column `v`"),
        ("sample_weight={ z = w }", UNKNOWN_SETTING, "the model has no output `z`"),
    ],
)
def test_columns_that_are_not_there(change: str, code: object, message: str, tmp_path: Path) -> None:
    rows(tmp_path)
    found = finding(TEXT.replace("sample_weight=w", change), tmp_path)
    assert (found.code, found.message) == (code, message)


def test_examples_that_all_count_nothing(tmp_path: Path) -> None:
    write(tmp_path, "t.csv", "a,w,b,y", *(f"{i},0,{2 * i},{i % 2}" for i in range(40)))
    first = findings(TEXT, tmp_path)[0]
    assert (first.code, first.span.text) == (EMPTY_SPLIT, "w")


def test_weights_in_arrays_are_one_number_per_example(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=np.ones((20, 2)), y=np.arange(20) % 2, w=np.ones((20, 3)))
    found = finding(TEXT.replace('CSV("t.csv"', 'NPZ("a.npz"'), tmp_path)
    assert (found.code, found.found) == (DATA_SHAPE, "[3]")


def test_both_forms_of_a_spec_say_which_metrics_weigh(tmp_path: Path) -> None:
    text = TEXT.replace("optimizer", "weighted_metrics = [accuracy, MeanSquaredError()]  optimizer")
    text = text.replace("SparseCategoricalCrossentropy()", "CategoricalCrossentropy()")
    plain, weighed = (Compilation(Source("m.model", t, tmp_path / "m.model")).program for t in (TEXT, text))
    assert "weighted_metrics" not in canonical(plain).decode() and graph_hash(plain) != graph_hash(weighed)
    for form in (to_text(weighed), pretty(weighed)):
        again = Compilation(Source("m.json" if form.startswith("{") else "m.model", form)).program
        assert graph_hash(again) == graph_hash(weighed)
        assert again.trains["M"].weighted_metrics == weighed.trains["M"].weighted_metrics
