"""Rows that can't be used: an error with their places, or left out, counted and told, where the spec allows it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from data_helpers import CLASSES, finding, findings, loaded, numbers, spec, vector, write
from hypothesis import given, settings
from hypothesis import strategies as st
from test_data_sources import picture

from specc.compiler import compile_text
from specc.diagnostics.codes import BAD_ARGUMENT, BAD_CELL, DATA_SHAPE, OUT_OF_RANGE, TOO_MANY_BAD_ROWS, UNKNOWN_OBJECT

BAD = ("1,n/a,3", "1,2", "nan,2,3", "1,2,3,4", "1,2,")
"""Rows of which none can be used."""

SUM = vector("x: float32[2]", "y: Dense(1)", 'CSV("t.csv", bad_rows=Skip(max=0.5))')


def test_rows_are_left_out_counted_and_told(tmp_path: Path) -> None:
    write(tmp_path, "t.csv", "a,b,y", "1,1,1", *BAD, *["2,2,2"] * 14)
    data = loaded(SUM, tmp_path)
    assert data.train.size + data.validation.size + data.test.size == 15
    (line,) = data.account.lines()
    assert line == (
        "skipped 5 of 20 rows of `t.csv` (25 %): t.csv:3:3: `n/a` is no number; t.csv:4:1: this row has 2 cells, "
        "the header has 3; t.csv:5:1: a number is missing here; t.csv:6:1: this row has 4 cells, the header has 3; "
        "t.csv:7:5: a number is missing here"
    )
    record = data.account.record()
    assert (record["source"], record["rows"], record["skipped"], len(record["first_skipped"])) == ("t.csv", 20, 5, 5)


@settings(max_examples=25, deadline=None)
@given(places=st.sets(st.integers(0, 19), max_size=9), kind=st.integers(0, 4), seed=st.integers(0, 99))
def test_what_is_left_are_the_data_of_a_file_without_these_rows(
    places: set[int], kind: int, seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("skip")
    rows = [f"{i},{i * i},{7 * i}" for i in range(20)]
    text = SUM.replace("max=0.5)", f"max=0.5), seed={seed}")
    write(folder, "t.csv", "a,b,y", *(BAD[(i + kind) % 5] if i in places else row for i, row in enumerate(rows)))
    found = loaded(text, folder)
    write(folder, "t.csv", "a,b,y", *(row for i, row in enumerate(rows) if i not in places))
    wanted = loaded(text, folder)
    assert found.account.skipped == len(places) and wanted.account.skipped == 0
    for one, other in ((found.train, wanted.train), (found.validation, wanted.validation), (found.test, wanted.test)):
        assert np.array_equal(one.inputs["x"], other.inputs["x"])
        assert np.array_equal(one.targets["y"], other.targets["y"])
        assert np.array_equal(one.ids, one.inputs["x"][:, 0]), "ids are the numbers of the rows in the file"


def test_too_many(tmp_path: Path) -> None:
    write(tmp_path, "t.csv", "a,b,y", *["1,2,3"] * 95, *BAD)
    found = findings(SUM.replace("max=0.5", ""), tmp_path)
    assert found[0].code == TOO_MANY_BAD_ROWS and str(found[0].span) == "m.model:6:32"
    assert found[0].message == "5 of 100 rows of `t.csv` can't be used (5 %), at most 1 % may be left out"
    assert found[0].help == ("correct the rows, or raise `max`: `Skip(max=0.05)`",)
    assert [str(f.span) for f in found[1:]] == [f"t.csv:{n}" for n in ("97:3", "98:1", "99:1", "100:1", "101:5")]
    assert loaded(SUM.replace("0.5", "0.05"), tmp_path).account.skipped == 5
    assert findings(SUM.replace("0.5", "0.04"), tmp_path)[0].code == TOO_MANY_BAD_ROWS


def test_nothing_is_left(tmp_path: Path) -> None:
    write(tmp_path, "t.csv", "a,b,y", *BAD)
    assert findings(SUM, tmp_path)[0].message.startswith("5 of 5 rows of `t.csv` can't be used (100 %)")


def test_bad_classes_are_skipped_before_classes_are_counted(tmp_path: Path) -> None:
    write(tmp_path, "t.csv", "a,y", *["1,red", "2,blue"] * 9, "3,", "n/a,green")
    text = vector("x: float32[1]", "y: Dense(2, activation=softmax)", 'CSV("t.csv", bad_rows=Skip(0.2))', CLASSES)
    data = loaded(text, tmp_path)
    assert (data.classes, data.account.skipped) == ({"y": ("blue", "red")}, 2)


def test_texts_that_are_too_long(tmp_path: Path) -> None:
    write(tmp_path, "t.csv", "x,y", *["abc,1", "abcdefg,1"] * 9)
    body = "    input x: int32[5]\n    output y = x -> Embedding(257, 3) -> Flatten -> Dense(1)"
    assert loaded(spec(body, 'CSV("t.csv", bad_rows=Skip(0.5))'), tmp_path).account.skipped == 9


def test_arrays(tmp_path: Path) -> None:
    x = np.ones((20, 2))
    x[3, 1], x[7, 0] = np.nan, np.inf
    np.savez(tmp_path / "a.npz", x=x, y=np.ones(20), unused=np.ones(3))
    text = vector("x: float32[2]", "y: Dense(1)", 'NPZ("a.npz", bad_rows=Skip(0.1))')
    data = loaded(text, tmp_path)
    assert data.account.skipped == 2 and {3, 7}.isdisjoint(data.train.ids)
    assert "(example 3 of `x`, counted from 0)" in data.account.first[0]
    assert finding(text.replace("bad_rows=Skip(0.1)", "bad_rows=error"), tmp_path).code == BAD_CELL


def test_pictures_that_cannot_be_read(tmp_path: Path) -> None:
    for i in range(9):
        picture(tmp_path, f"p/a/{i}.png", (i, i, i))
        picture(tmp_path, f"p/b/{i}.png", (9, i, i))
    write(tmp_path, "p/a/4.png", "no picture")
    body = "    input image: float32[3, 5, 3]\n    output y = image -> Flatten -> Dense(2, activation=softmax)"
    data = loaded(spec(body, 'Images("p", size=[3, 5], bad_rows=Skip(0.1))', CLASSES), tmp_path)
    assert data.account.skipped == 1
    assert "4.png" in data.account.first[0] and 4 not in data.train.ids
    found = findings(spec(body, 'Images("p", size=[3, 5], bad_rows=Skip(0.05))', CLASSES), tmp_path)
    assert found[0].code == TOO_MANY_BAD_ROWS and found[1].span.source.name.endswith("4.png")


def test_what_is_wrong_with_all_rows_is_no_bad_row(tmp_path: Path) -> None:
    numbers(tmp_path)
    assert finding(SUM.replace("[2]", "[5]"), tmp_path).code == DATA_SHAPE
    write(tmp_path, "t.csv", "a,b,y", "1,red,3", "1,blue,3")
    assert finding(SUM, tmp_path).message == "the column `b` holds texts such as `red`, no numbers"


@pytest.mark.parametrize(
    ("rule", "code"),
    [("Skip(max=1)", OUT_OF_RANGE), ("skip", UNKNOWN_OBJECT), ("0.1", BAD_ARGUMENT), ("Skip(max=-0.1)", OUT_OF_RANGE)],
)
def test_other_rules_are_refused(rule: str, code: object) -> None:
    assert [d.code for d in compile_text(SUM.replace("Skip(max=0.5)", rule)).report] == [code]


def test_the_rule_stands_in_all_forms() -> None:
    import json

    from specc.program.json import dump, graph_hash
    from specc.program.to_text import to_text

    program = compile_text(SUM).program
    text, record = to_text(program), dump(program)
    assert "bad_rows=Skip(max=0.5)" in text
    assert graph_hash(compile_text(text).program) == graph_hash(program)
    assert graph_hash(compile_text(json.dumps(record)).program) == graph_hash(program)
