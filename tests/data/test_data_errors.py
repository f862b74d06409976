"""What is wrong with data is told with its place: the cell of the file and the line of the spec."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
from data_helpers import CLASSES, finding, findings, loaded, numbers, spec, vector, write
from test_data_sources import DIGITS, TEXT, picture

from specc import limits
from specc.compiler import compile_text
from specc.diagnostics import Diagnostic
from specc.diagnostics.codes import (
    BAD_CELL,
    BAD_DATA_FILE,
    CONFLICTING_ARGUMENTS,
    DATA_NOT_FOUND,
    DATA_SHAPE,
    DIM_TOO_LARGE,
    IMPORT_OUTSIDE,
    NO_VECTOR,
    OUT_OF_RANGE,
    TARGET_MISMATCH,
    TOO_MANY_CLASSES,
    TOO_MUCH_MEMORY,
    UNKNOWN_COLUMN,
    UNKNOWN_SETTING,
    Code,
)
from specc.diagnostics.render import render

SUM = vector("x: float32[2]", "y: Dense(1)", 'CSV("t.csv")')
SORT = vector("x: float32[1]", "y: Dense(2, activation=softmax)", 'CSV("t.csv")', CLASSES)
TWO = """    input a: float32[1]
    input b: float32[1]
    output y = (a, b) -> Concatenate -> Dense(1)"""


def told(found: Diagnostic) -> tuple[Code, str, str]:
    return found.code, str(found.span), found.message


def test_a_finding_shows_the_cell_and_the_spec(tmp_path: Path) -> None:
    write(tmp_path, "t.csv", "a,b,y", "1,2,3", "1,n/a,3", "1,2,3")
    assert render(findings(SUM, tmp_path), "full") == (
        "error[E604] bad-cell: `n/a` is no number\n"
        " --> t.csv:3:3\n"
        "  |\n"
        "3 | 1,n/a,3\n"
        "  |   ^^^\n"
        "  |\n"
        " ::: m.model:6:10\n"
        "  |\n"
        '6 | data D = CSV("t.csv")\n'
        "  |          ------------ read for this\n"
    )


@pytest.mark.parametrize(
    ("row", "place", "message"),
    [
        ("1,,3", "t.csv:3:3", "a number is missing here"),
        ("1,nan,3", "t.csv:3:3", "a number is missing here"),
        ("1,2,-inf", "t.csv:3:5", "`-inf` is no finite number"),
        ("1e99,2,3", "t.csv:3:1", "`1e+99` is no float32"),
        ("1_000,2,3", "t.csv:3:1", "`1_000` is no number"),
        ('1,"x, y",3', "t.csv:3:3", "`x, y` is no number"),
        ("1,2", "t.csv:3:1", "this row has 2 cells, the header has 3"),
        ("1,2,3,4", "t.csv:3:1", "this row has 4 cells, the header has 3"),
    ],
)
def test_bad_cell(tmp_path: Path, row: str, place: str, message: str) -> None:
    write(tmp_path, "t.csv", "a,b,y", "1,2,3", row, "1,2,3")
    found = finding(SUM, tmp_path)
    assert told(found) == (BAD_CELL, place, message)
    assert str(found.related[0].span) == "m.model:6:10"


def test_a_cell_after_a_cell_of_many_lines(tmp_path: Path) -> None:
    write(tmp_path, "t.csv", "a,text,y", '1,"one', 'two",3', "", "1,short,bad", "1,short,3")
    source = 'CSV("t.csv", inputs=a)'
    found = finding(vector("x: float32[1]", "y: Dense(1)", source), tmp_path)
    assert told(found) == (BAD_CELL, "t.csv:5:9", "`bad` is no number")


def test_all_bad_cells_of_inputs_and_targets_at_once(tmp_path: Path) -> None:
    write(tmp_path, "t.csv", "a,b,y", "1,x,3", "w,2,z", "1,2,3")
    assert [str(f.span) for f in findings(SUM, tmp_path)] == ["t.csv:3:1", "t.csv:2:3", "t.csv:3:5"]


def test_at_most_twenty_findings(tmp_path: Path) -> None:
    write(tmp_path, "t.csv", "a,b,y", "1,1,1", *["x,y,1"] * 50)
    assert len(findings(SUM, tmp_path)) == 20
    write(tmp_path, "t.csv", "a,b,y", *["1,1"] * 50)
    assert len(findings(SUM, tmp_path)) == 20


def test_a_column_of_texts_is_one_finding(tmp_path: Path) -> None:
    write(tmp_path, "t.csv", "a,b,y", "1,red,3", "1,blue,3")
    found = finding(SUM, tmp_path)
    assert told(found) == (BAD_CELL, "t.csv:1:3", "the column `b` holds texts such as `red`, no numbers")


def test_texts_are_no_target_of_a_regression(tmp_path: Path) -> None:
    write(tmp_path, "t.csv", "a,b,y", "1,2,low", "1,2,high")
    message = "the column `y` holds texts such as `low`, no numbers"
    assert told(finding(SUM, tmp_path)) == (BAD_CELL, "t.csv:1:5", message)


@pytest.mark.parametrize(
    ("label", "place", "message"),
    [
        ("-1", "t.csv:3:3", "`-1` is no class: classes count from 0"),
        ("0.5", "t.csv:3:3", "`0.5` is no int32"),
        ("", "t.csv:3:3", "a number is missing here"),
    ],
)
def test_bad_class_number(tmp_path: Path, label: str, place: str, message: str) -> None:
    write(tmp_path, "t.csv", "a,y", "1,0", f"1,{label}", "1,1")
    assert told(finding(SORT, tmp_path)) == (BAD_CELL, place, message)


def test_missing_class_name(tmp_path: Path) -> None:
    write(tmp_path, "t.csv", "a,y", "1,red", "1,", "1,blue")
    assert told(finding(SORT, tmp_path)) == (BAD_CELL, "t.csv:3:3", "`` is no class: the name is missing")


def test_fractions_are_no_integers(tmp_path: Path) -> None:
    write(tmp_path, "t.csv", "n,y", "1,1", "1.5,1", "300,1")
    body = "    input n: {}[1]\n    output y = n -> Embedding(9, 2) -> Flatten -> Dense(1)"
    assert told(finding(spec(body.format("int32"), 'CSV("t.csv")'), tmp_path)) == (
        BAD_CELL,
        "t.csv:3:1",
        "`1.5` is no int32",
    )
    assert len(findings(spec(body.format("uint8"), 'CSV("t.csv")'), tmp_path)) == 2


def test_a_text_longer_than_the_input(tmp_path: Path) -> None:
    write(tmp_path, "t.csv", "text,label", "abc,0", "abcde,1")
    found = finding(spec(TEXT.replace("[T]", "[4]"), 'CSV("t.csv")', CLASSES), tmp_path)
    assert told(found) == (BAD_CELL, "t.csv:3:1", "this text has 5 bytes, the input takes 4")


def test_no_probability(tmp_path: Path) -> None:
    write(tmp_path, "t.csv", "a,y", "1,0", "1,2", "1,1")
    text = vector("x: float32[1]", "y: Dense(1, activation=sigmoid)", 'CSV("t.csv")', "BinaryCrossentropy()")
    found = finding(text, tmp_path)
    message = "`2` is neither of the classes 0 and 1, nor between them"
    assert told(found) == (BAD_CELL, "t.csv:3:3", message)


# ── Classes and shapes ───────────────────────────────────────────────────────────────────────────


def test_too_many_classes(tmp_path: Path) -> None:
    found = finding(spec(DIGITS.replace("10", "9"), "Sklearn(digits)", CLASSES), tmp_path)
    assert told(found) == (
        TOO_MANY_CLASSES,
        "m.model:6:10",
        "the column `digit` has 10 classes, the output `digit` is for 9",
    )
    assert found.help == ("give the last layer 10 units",)
    assert str(found.related[0].span) == "m.model:3:40"


def test_classes_that_count_from_one(tmp_path: Path) -> None:
    write(tmp_path, "t.csv", "a,y", "1,1", "1,2")
    found = finding(SORT, tmp_path)
    assert (found.code, found.help) == (TOO_MANY_CLASSES, ("class numbers count from 0: subtract 1 from each",))


def test_three_classes_for_one_value(tmp_path: Path) -> None:
    text = vector("x: float32[4]", "y: Dense(1, activation=sigmoid)", "Sklearn(iris)", "BinaryCrossentropy()")
    assert finding(text, tmp_path).code == TOO_MANY_CLASSES


def test_wrong_number_of_columns(tmp_path: Path) -> None:
    numbers(tmp_path)
    found = finding(SUM.replace("[2]", "[5]"), tmp_path)
    assert told(found) == (DATA_SHAPE, "m.model:6:10", "the data for `x` do not have its shape")
    assert (found.expected, found.found) == ("float32[5]", "[2] in columns `a`, `b`")
    assert [str(r.span) for r in found.related] == ["m.model:2:5", "t.csv:1:1"]


def test_wrong_number_of_target_columns(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", a=np.zeros(4), b=np.zeros(4), y=np.zeros(4))
    found = finding(SUM.replace('CSV("t.csv")', 'NPZ("a.npz", inputs=[a, b], targets=[b, y])'), tmp_path)
    assert (found.code, found.found) == (TARGET_MISMATCH, "2 columns")
    found = finding(SUM.replace('CSV("t.csv")', 'CSV("t.csv", inputs=[a, b], targets=[b, y])'), tmp_path)
    assert (found.code, found.found) == (TARGET_MISMATCH, "2 columns")


def test_class_targets_take_one_column(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", a=np.ones(2), b=np.array([0, 1]), y=np.array([1, 0]))
    found = finding(SORT.replace('CSV("t.csv")', 'NPZ("a.npz", inputs=a, targets=[b, y])'), tmp_path)
    assert (found.code, found.found) == (TARGET_MISMATCH, "2 columns")
    found = finding(SORT.replace('CSV("t.csv")', 'CSV("t.csv", inputs=a, targets=[b, y])'), tmp_path)
    assert (found.code, found.found) == (TARGET_MISMATCH, "2 columns")


def test_a_symbol_has_one_size(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", a=np.zeros((4, 5)), b=np.zeros((4, 6)), y=np.zeros(4))
    body = TWO.replace("float32[1]", "float32[T]").replace(
        "(a, b) -> Concatenate", "a + b -> Reshape([T, 1]) -> GRU(2)"
    )
    found = finding(spec(body, 'NPZ("a.npz")'), tmp_path)
    assert (found.code, found.expected, found.found) == (DATA_SHAPE, "float32[T] with T = 5", "[6] in array `b`")


def test_arrays_of_unequal_shapes_make_no_vector(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", a=np.zeros((4, 5)), b=np.zeros((4, 6)), y=np.zeros(4))
    assert finding(SUM.replace('CSV("t.csv")', 'NPZ("a.npz")'), tmp_path).code == DATA_SHAPE


# ── Columns ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("arguments", "code", "column", "message", "help"),
    [
        ("inputs=[a, bb]", UNKNOWN_COLUMN, 34, "`t.csv` has no column `bb`", "did you mean `b`?"),
        ("targets=price", UNKNOWN_COLUMN, 31, "`t.csv` has no column `price`", "columns are a, b, y"),
        ("inputs={ z = [a, b] }", UNKNOWN_SETTING, 32, "the model has no input `z`", "inputs are x"),
        ("targets={ yy = a }", UNKNOWN_SETTING, 33, "the model has no output `yy`", "did you mean `y`?"),
    ],
)
def test_unknown_column(tmp_path: Path, arguments: str, code: Code, column: int, message: str, help: str) -> None:
    numbers(tmp_path)
    found = finding(SUM.replace('"t.csv"', f'"t.csv", {arguments}'), tmp_path)
    assert told(found) == (code, f"m.model:6:{column}", message)
    assert help in found.help


def test_no_column_for_the_output(tmp_path: Path) -> None:
    numbers(tmp_path)
    found = finding(SUM.replace("output y", "output price"), tmp_path)
    assert told(found) == (UNKNOWN_COLUMN, "m.model:6:10", "`t.csv` has no column for the output `price`")
    assert found.help == ("name its column: `targets = { price = … }`", "columns are a, b, y")


def test_two_inputs_need_names(tmp_path: Path) -> None:
    numbers(tmp_path)
    found = finding(spec(TWO, 'CSV("t.csv", inputs=[a, b])'), tmp_path)
    assert found.message == "there are 2 inputs: say which columns belong to which"
    assert found.help == ("write `inputs = { a = […]  b = […] }`",)


def test_unknown_columns_of_inputs_and_targets_at_once(tmp_path: Path) -> None:
    numbers(tmp_path)
    found = findings(SUM.replace('"t.csv"', '"t.csv", inputs=[p, q], targets=r'), tmp_path)
    assert sorted(f.message[-3:] for f in found) == ["`p`", "`q`", "`r`"]


# ── Files ────────────────────────────────────────────────────────────────────────────────────────


def test_a_misspelled_file(tmp_path: Path) -> None:
    write(tmp_path, "data/cars.csv", "a")
    found = finding(SUM.replace("t.csv", "data/car.csv"), tmp_path)
    assert told(found)[:2] == (DATA_NOT_FOUND, "m.model:6:14")
    assert found.message.startswith("there is no file `")
    assert found.help == ("did you mean `cars.csv`?",)


@pytest.mark.parametrize("path", ["data", "\\0.csv", "a" * 300 + ".csv", "loop"])
def test_what_is_no_file(tmp_path: Path, path: str) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert finding(SUM.replace('"t.csv"', f'"{path.replace(chr(92), chr(92) * 2)}"'), tmp_path).code == DATA_NOT_FOUND


@pytest.mark.parametrize(
    "path", ["../t.csv", "a/../t.csv", "/etc/passwd", "https://example.org/t.csv", "out/t.csv", "link.csv", "C:/t.csv"]
)
def test_a_path_that_leads_out(tmp_path: Path, path: str) -> None:
    outside, folder = tmp_path / "outside", tmp_path / "spec"
    numbers(outside)
    numbers(folder)
    (folder / "out").symlink_to(outside)
    (folder / "link.csv").symlink_to(outside / "t.csv")
    assert finding(SUM.replace("t.csv", path), folder).code == IMPORT_OUTSIDE


def test_a_link_inside_is_followed(tmp_path: Path) -> None:
    numbers(tmp_path)
    (tmp_path / "link.csv").symlink_to("t.csv")
    assert loaded(SUM.replace("t.csv", "link.csv"), tmp_path).train.size == 32


@pytest.mark.parametrize(
    ("data", "line", "message"),
    [
        (b"", 1, "a table has a header row and at least one row of values"),
        (b"a,b,y\n", 1, "a table has a header row and at least one row of values"),
        (b"a,b,a,y\n1,2,3,4\n", 1, "two columns are called `a`"),
        (b"\na,,y\n1,2,3\n", 2, "column 2 has no name"),
        (b'a,b,y\n1,2,3\n1,"2"2,3\n', 3, "this is not CSV: ',' expected after '\"'"),
        (b'a,b,y\n1,"2,3\n1,2,3\n', 2, "this is not CSV: unexpected end of data"),
        (b"a,b,y\n1,\xff,3\n", 1, "byte 8 (line 2) is not UTF-8"),
        (b"a,b,y\n1,\x00,3\n", 2, "the character U+0000 is not allowed"),
    ],
)
def test_bad_csv(tmp_path: Path, data: bytes, line: int, message: str) -> None:
    (tmp_path / "t.csv").write_bytes(data)
    found = finding(SUM, tmp_path)
    assert (found.code, found.span.position[0], found.message) == (BAD_DATA_FILE, line, message)
    assert str(found.related[0].span) == "m.model:6:10"


@pytest.mark.parametrize("data", [b"", b"nothing", b"PK\x03\x04broken", b"\x93NUMPY\x01\x00", b"\x80\x04K\x01."])
def test_no_arrays(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.npz").write_bytes(data)
    assert finding(SUM.replace('CSV("t.csv")', 'NPZ("a.npz")'), tmp_path).code == BAD_DATA_FILE


@pytest.mark.parametrize(
    "arrays",
    [
        {},
        {"x": np.zeros((4, 2)), "y": np.zeros(5)},
        {"x": np.zeros((0, 2)), "y": np.zeros(0)},
        {"x": np.zeros((4, 2)), "y": np.array(3.0)},
        {"x": np.zeros((4, 2), dtype=complex), "y": np.zeros(4)},
        {"x": np.array([[{}, 1]], dtype=object), "y": np.zeros(1)},
    ],
)
def test_bad_arrays(tmp_path: Path, arrays: dict[str, np.ndarray]) -> None:
    np.savez(tmp_path / "a.npz", allow_pickle=True, **arrays)
    assert finding(SUM.replace('CSV("t.csv")', 'NPZ("a.npz")'), tmp_path).code == BAD_DATA_FILE


def test_a_file_that_is_no_array_among_arrays(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as file:
        file.writestr("x", "text")
    found = finding(SUM.replace('CSV("t.csv")', 'NPZ("a.npz")'), tmp_path)
    assert (found.code, found.message) == (BAD_DATA_FILE, "`x` is no array, arrays hold numbers or a list of texts")


def test_not_a_number_in_an_array(tmp_path: Path) -> None:
    x = np.zeros((4, 2))
    x[2, 1] = np.nan
    np.savez(tmp_path / "a.npz", x=x, y=np.zeros(4))
    found = finding(SUM.replace('CSV("t.csv")', 'NPZ("a.npz")'), tmp_path)
    assert (found.code, found.span.source.name) == (BAD_CELL, "a.npz")
    assert found.message == "there is a value that is no finite float32 (example 2 of `x`, counted from 0)"


def test_pictures_that_are_none(tmp_path: Path) -> None:
    picture(tmp_path, "p/a/good.png", (1, 2, 3))
    picture(tmp_path, "p/lost.png", (1, 2, 3))
    (tmp_path / "p/a/cut.png").write_bytes((tmp_path / "p/a/good.png").read_bytes()[:40])
    write(tmp_path, "p/a/text.png", "no picture")
    body = "    input image: float32[3, 5, 3]\n    output y = image -> Flatten -> Dense(2, activation=softmax)"
    text = spec(body, 'Images("p", size=[3, 5])', CLASSES)
    assert [f.message for f in findings(text, tmp_path)] == ["`lost.png` is in no class: move it into a class's folder"]
    (tmp_path / "p/lost.png").unlink()
    found = findings(text, tmp_path)
    assert {f.code for f in found} == {BAD_DATA_FILE}
    assert [Path(f.span.source.name).name for f in found] == ["cut.png", "text.png"]
    write(tmp_path, "p/a/notes.txt", "")
    (tmp_path / "p/a/out.png").symlink_to("/etc/hostname")
    (tmp_path / "p/empty").mkdir()
    assert sorted(f.message for f in findings(text, tmp_path)) == [
        "`notes.txt` is no picture",
        "`out.png` leads out of the folder of the pictures",
        "the class `empty` has no pictures",
    ]


def test_pictures_that_need_too_much_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    picture(tmp_path, "p/a/good.png", (1, 2, 3))
    monkeypatch.setattr(limits, "MEMORY_BYTES", 3 * 5 * 3 * 4 - 1)
    body = "    input image: float32[3, 5, 3]\n    output y = image -> Flatten -> Dense(2, activation=softmax)"
    assert finding(spec(body, 'Images("p", size=[3, 5])', CLASSES), tmp_path).code == TOO_MUCH_MEMORY


# ── Declarations ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("Sklearn(iris, validation=0.6, test=0.5)", CONFLICTING_ARGUMENTS),
        ("Sklearn(iris, test=1)", OUT_OF_RANGE),
        ('Images("p", size=8, channels=2)', CONFLICTING_ARGUMENTS),
        ('Images("p", size=100_000)', DIM_TOO_LARGE),
    ],
)
def test_bad_arguments(source: str, code: Code) -> None:
    report = compile_text(vector("x: float32[4]", "y: Dense(1)", source)).report
    assert [d.code for d in report] == [code]


@pytest.mark.parametrize(
    "body",
    [
        "    input x: int32[2]\n    output y = x -> Embedding(7, 3) -> Flatten -> Dense(1)",
        "    input x: int32[2]\n    output y = x -> Inner",
    ],
    ids=["in the model", "in a model inside of it"],
)
def test_an_embedding_has_a_vector_for_every_integer(body: str, tmp_path: Path) -> None:
    write(tmp_path, "t.csv", "a,b,y", "1,6,3", "1,7,3", "0,2,3")
    inner = "\nmodel Inner {\n    input x: int32[2]\n    output y = x -> Embedding(7, 3) -> Flatten -> Dense(1)\n}\n"
    found = finding(spec(body, 'CSV("t.csv")') + inner, tmp_path)
    assert found.code == NO_VECTOR
    assert found.message == "the data of `x` go from 0 to 7, this `Embedding` has vectors for 0 to 6"
    assert found.help == ("write `Embedding(8, 3)`",)
    assert found.span.text == "Embedding(7, 3)"


def test_integers_below_zero_have_no_vector(tmp_path: Path) -> None:
    write(tmp_path, "t.csv", "a,b,y", "1,6,3", "1,-1,3", "0,2,3")
    text = spec("    input x: int32[2]\n    output y = x -> Embedding(7, 3) -> Flatten -> Dense(1)", 'CSV("t.csv")')
    assert finding(text, tmp_path).message.startswith("the data of `x` go from -1 to 6")
