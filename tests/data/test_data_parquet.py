"""Parquet files: what is read, that only needed columns are, and what is said without pyarrow."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from data_helpers import CLASSES, finding, findings, loaded, spec, vector
from test_data_facts import known_and_read

from specc.compiler import Compilation
from specc.diagnostics.codes import BAD_CELL, BAD_DATA_FILE, MISSING_EXTRA, TOO_MANY_BAD_ROWS, UNKNOWN_COLUMN
from specc.source import Source

SUM = vector("x: float32[2]", "y: Dense(1)", 'Parquet("t.parquet", inputs=[a, b], validation=0, test=0)')


def table(folder: Path, **columns: Any) -> None:
    """``t.parquet`` with some columns, and one that nobody can read."""
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    size = len(next(iter(columns.values())))
    when = pyarrow.array([0] * size, pyarrow.timestamp("us"))
    parquet.write_table(pyarrow.table({"when": when, **columns}), folder / "t.parquet")


def test_without_pyarrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "t.parquet").write_bytes(b"PAR1")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert list(Compilation(Source("m.model", SUM, tmp_path / "m.model")).report) == []
    found = finding(SUM, tmp_path)
    assert (found.code, found.span.text[:8]) == (MISSING_EXTRA, "Parquet(")
    assert found.help == ("install it: `pip install 'specc[parquet]'`",)


def test_numbers_and_truths(tmp_path: Path) -> None:
    table(tmp_path, a=[1, 2, 3, 4], b=[True, False, True, True], y=[0.5, 1.5, 2.5, 3.5], huge=["unused"] * 4)
    data = loaded(SUM, tmp_path)
    assert data.train.inputs["x"].tolist() == [[1, 1], [2, 0], [3, 1], [4, 1]]
    assert data.train.targets["y"][:, 0].tolist() == [0.5, 1.5, 2.5, 3.5]


def test_what_is_null_is_missing(tmp_path: Path) -> None:
    table(tmp_path, a=[1, None, 3, 4], b=[True, False, None, True], y=[1.0, 2.0, 3.0, 4.0])
    found = findings(SUM, tmp_path)
    assert [(f.code, f.message) for f in found] == [
        (BAD_CELL, "a number is missing here (example 1 of `a`, counted from 0)"),
        (BAD_CELL, "a number is missing here (example 2 of `b`, counted from 0)"),
    ]
    assert loaded(SUM.replace("test=0", "test=0, missing=Fill(7)"), tmp_path).train.inputs["x"][1].tolist() == [7, 0]
    assert loaded(SUM.replace("test=0", "test=0, bad_rows=Skip(0.5)"), tmp_path).train.ids.tolist() == [0, 3]
    assert findings(SUM.replace("test=0", "test=0, bad_rows=Skip()"), tmp_path)[0].code == TOO_MANY_BAD_ROWS


def test_texts_and_lists(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    colours = pyarrow.array(["red", None, "blue", "red"]).dictionary_encode()
    table(tmp_path, colour=colours, a=[[1.0, 2.0]] * 4, sort=["p", "q", "q", "p"])
    body = """    input colour: string[]
    input a: float32[2]
    c = colour -> StringLookup(vocabulary=["red", "blue"], output_mode=one_hot) -> Rescaling(1)
    output sort = (c, a) -> Concatenate -> Dense(2, activation=softmax)"""
    data = loaded(spec(body, 'Parquet("t.parquet", validation=0, test=0)', CLASSES), tmp_path)
    assert data.train.inputs["colour"].tolist() == ["red", "", "blue", "red"]
    assert data.train.inputs["a"].tolist() == [[1, 2]] * 4
    assert data.train.targets["sort"].tolist() == [0, 1, 1, 0] and data.classes == {"sort": ("p", "q")}


def test_only_what_is_needed_is_read(tmp_path: Path) -> None:
    table(
        tmp_path,
        a=[1],
        b=[2],
        y=[3],
        other=[
            [1, 2],
        ][:1],
    )
    facts, raw = known_and_read('Parquet("t.parquet")', tmp_path)
    assert list(facts.columns or ()) == ["when", "a", "b", "y", "other"] and "when" not in raw.columns
    program = Compilation(Source("m.model", SUM, tmp_path / "m.model")).program
    from specc.data.columns import spec_places
    from specc.data.load import Fitting

    places = spec_places(program, "D", program.models["M"])
    source: Any = program.data["D"].source
    fitting = Fitting(source, program.models["M"], program.trains["M"].loss, places, {})
    assert fitting.wanted(facts) == {"a", "b", "y"}


def test_what_cannot_be_read(tmp_path: Path) -> None:
    table(tmp_path, a=[1, 2], b=[[1], [2, 3]], y=[3, 4])
    assert finding(SUM, tmp_path).message.endswith("lists of unequal length make no array")
    found = finding(SUM.replace("[a, b]", "[a, when]"), tmp_path)
    assert found.code == BAD_DATA_FILE and found.message.startswith("the column `when` holds timestamp[us]")
    assert finding(SUM.replace("[a, b]", "[a, c]"), tmp_path).code == UNKNOWN_COLUMN
    (tmp_path / "t.parquet").write_bytes(b"PAR1 nothing")
    assert finding(SUM, tmp_path).code == BAD_DATA_FILE


def test_many_rows(tmp_path: Path) -> None:
    table(tmp_path, a=np.arange(3000), b=np.arange(3000), y=np.arange(3000.0))
    assert loaded(SUM, tmp_path).train.size == 3000
    from specc.data.load import examine

    program = Compilation(Source("m.model", SUM, tmp_path / "m.model")).program
    account = examine(program, program.data["D"], program.models["M"], program.trains["M"].loss)
    assert (account.rows, account.sample) == (1000, True)
