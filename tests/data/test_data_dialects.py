"""CSV files as people have them: other delimiters, no header row, decimal commas."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from data_helpers import CLASSES, finding, findings, loaded, vector, write

from specc.compiler import Compilation
from specc.data.dialect import Dialect
from specc.data.predict import load_inputs
from specc.diagnostics.codes import BAD_CELL, BAD_DATA_FILE, CONFLICTING_ARGUMENTS, UNKNOWN_COLUMN
from specc.program.to_text import to_text
from specc.source import Source

ROWS = [(f"{i}.25", f"-{i}e-1", "ja" if i % 3 else "nein, nie") for i in range(37)]


def table(folder: Path, delimiter: str, *, header: bool = True, decimal: str = ".") -> None:
    def line(cells: tuple[str, ...]) -> str:
        return delimiter.join(f'"{c}"' if delimiter in c else c for c in cells)

    numbers = [(a.replace(".", decimal), b.replace(".", decimal), y) for a, b, y in ROWS]
    write(folder, "t.csv", *([line(("a", "b", "y"))] if header else []), *map(line, numbers))


def text(more: str = "") -> str:
    return vector("x: float32[2]", "y: Dense(2, activation=softmax)", f'CSV("t.csv", inputs=[a, b]{more})', CLASSES)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", " ", "^"])
@pytest.mark.parametrize("header", [True, False])
def test_delimiters_and_names(tmp_path: Path, delimiter: str, header: bool) -> None:
    table(tmp_path, delimiter, header=header)
    written = delimiter.replace("\t", "\\t")
    names = "" if header else ", columns=[a, b, y]"
    data = loaded(text(f', delimiter="{written}"{names}, validation=0, test=0'), tmp_path)
    np.testing.assert_allclose(data.train.inputs["x"], [(float(a), float(b)) for a, b, _ in ROWS], rtol=1e-6)
    assert data.classes["y"] == ("ja", "nein, nie") and data.train.targets["y"].tolist()[:4] == [1, 0, 0, 1]


@pytest.mark.parametrize("delimiter", [";", ","])
def test_decimal_commas(tmp_path: Path, delimiter: str) -> None:
    table(tmp_path, delimiter, decimal=",")
    if delimiter == ",":
        refused = findings(text(', decimal=","'), tmp_path)
        assert refused[0].code is CONFLICTING_ARGUMENTS and refused[0].span.text == '","'
        return
    data = loaded(text(', delimiter=";", decimal=",", validation=0, test=0'), tmp_path)
    np.testing.assert_allclose(data.train.inputs["x"][:, 0], [i + 0.25 for i in range(37)])
    first = findings(text(', delimiter=";"'), tmp_path)[0]
    assert (first.code, str(first.span)) == (BAD_CELL, "t.csv:1:1") and "`0,25`, no numbers" in first.message


def test_cells_are_pointed_at(tmp_path: Path) -> None:
    rows = ['1,5;"a;2,5";ja', *["1,5;2;ja"] * 5, "1,5;viel;nein"]
    write(tmp_path, "t.csv", *rows)
    data = ', delimiter=";", decimal=",", columns=[a, b, y]'
    first, second = findings(text(data), tmp_path)
    assert (first.code, str(first.span), first.span.text) == (BAD_CELL, "t.csv:1:5", '"a;2,5"')
    assert (str(second.span), second.span.text) == ("t.csv:7:5", "viel")


def test_rows_that_are_too_short(tmp_path: Path) -> None:
    write(tmp_path, "t.csv", "1;2;ja", "1,2,nein", "1;2")
    found = findings(text(', delimiter=";", columns=[a, b, y]'), tmp_path)
    assert [str(f.span) for f in found] == ["t.csv:2:1", "t.csv:3:1"]
    assert found[0].message == "this row has 1 cell, `columns` names 3"
    assert found[0].help == ("cells are separated by `;`, or as `delimiter` says",)
    assert found[1].message == "this row has 2 cells, `columns` names 3"


@pytest.mark.parametrize(("delimiter", "shown"), [(";", '";"'), ("\t", '"\\t"'), ("|", '"|"')])
def test_a_delimiter_that_is_not_named_is_guessed_for_the_hint(tmp_path: Path, delimiter: str, shown: str) -> None:
    table(tmp_path, delimiter)
    for found in findings(text(), tmp_path):
        assert found.code is UNKNOWN_COLUMN and f"name what is between cells: `delimiter={shown}`" in found.help


@pytest.mark.parametrize(
    ("arguments", "marked"),
    [
        ('delimiter=""', '""'),
        ('delimiter=";;"', '";;"'),
        ('delimiter="\\""', '"\\""'),
        ('delimiter="\\n"', '"\\n"'),
        ('decimal="x"', '"x"'),
        ("columns=[a, b, a]", "[a, b, a]"),
    ],
)
def test_what_is_no_dialect(tmp_path: Path, arguments: str, marked: str) -> None:
    table(tmp_path, ",")
    found = finding(text(f", {arguments}"), tmp_path)
    assert found.code is CONFLICTING_ARGUMENTS and found.span.text == marked


@pytest.mark.parametrize(
    ("start", "what"),
    [(b"\x1f\x8b\x08", "packed by gzip"), (b"PK\x03\x04", "a ZIP archive"), (b"PAR1", "Parquet")],
)
def test_other_files_are_named(tmp_path: Path, start: bytes, what: str) -> None:
    (tmp_path / "t.csv").write_bytes(start + bytes(range(256)))
    found = finding(text(), tmp_path)
    assert found.code is BAD_DATA_FILE and what in found.message and found.help


def test_no_row_without_a_header(tmp_path: Path) -> None:
    write(tmp_path, "t.csv")
    found = finding(text(", columns=[a, b, y]"), tmp_path)
    assert (found.code, found.message) == (BAD_DATA_FILE, "a table has at least one row of values")


def test_both_forms_of_a_spec_keep_it(tmp_path: Path) -> None:
    table(tmp_path, "\t")
    program = Compilation(Source("m.model", text(', delimiter="\\t", decimal=","'), tmp_path / "m.model")).program
    again = Compilation(Source("m.model", to_text(program), tmp_path / "m.model")).program
    for found in (program, again):
        assert Dialect.of(found.data["D"].source) == Dialect(delimiter="\t", decimal=",")


def test_predictions_take_files_with_a_header_row_in_the_same_dialect(tmp_path: Path) -> None:
    model = Compilation(Source("m.model", text(), tmp_path / "m.model")).program.models["M"]
    file = write(tmp_path, "new.csv", "b;a", "1,5;2", "3;4,25")
    dialect = Dialect(delimiter=";", columns=("a", "b", "y"), decimal=",")
    found = load_inputs(model, file, ("a", "b"), None, dialect=dialect)
    assert json.dumps(found["x"].tolist()) == "[[2.0, 1.5], [4.25, 3.0]]"
