"""Missing values and other forms of values in tables: by rule, and the rule is said."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from data_helpers import CLASSES, finding, findings, loaded, spec, vector, write

from specc.compiler import Compilation, compile_text
from specc.data.dialect import Dialect
from specc.data.missing import with_learned
from specc.data.predict import load_inputs
from specc.diagnostics import SpecError
from specc.diagnostics.codes import BAD_CELL, CANNOT_LEARN, CONFLICTING_ARGUMENTS, UNKNOWN_COLUMN, Code
from specc.program.json import dump, graph_hash
from specc.program.to_text import to_text
from specc.source import Source

ROWS = [f"{i},{2 * i},{3 * i}" for i in range(30)]


def table(folder: Path, missing: dict[int, str]) -> None:
    write(folder, "t.csv", "a,b,y", *(missing.get(i, row) for i, row in enumerate(ROWS)))


def filled_with(rule: str, more: str = "") -> str:
    return vector("x: float32[2]", "y: Dense(1)", f'CSV("t.csv", missing={rule}{more})')


@pytest.mark.parametrize(("strategy", "learn"), [("mean", np.mean), ("median", np.median)])
@pytest.mark.parametrize("seed", range(5))
def test_what_is_filled_is_learned_of_the_training_split_alone(
    strategy: str, learn: object, seed: int, tmp_path: Path
) -> None:
    table(tmp_path, {3: ",6,9", 11: "nan,22,33", 20: ",40,60"})
    data = loaded(filled_with(f"Fill({strategy})", f", seed={seed}, test=0.3"), tmp_path)
    known = [i for i in data.train.ids if i not in (3, 11, 20)]
    wanted = float(learn(known))  # type: ignore[operator]
    assert data.filled == {"a": wanted, "b": pytest.approx(float(learn(data.train.ids * 2.0)))}  # type: ignore[operator]
    assert data.account.rules == (
        f"`a`: 3 missing values filled with {wanted:g}, the {strategy} of the training split",
    )
    for split in (data.train, data.validation, data.test):
        given = [wanted if i in (3, 11, 20) else i for i in split.ids]
        assert split.inputs["x"][:, 0] == pytest.approx(given)
        assert split.targets["y"][:, 0] == pytest.approx(split.ids * 3.0)


def test_a_number_for_some_columns_and_the_most_frequent_for_others(tmp_path: Path) -> None:
    write(tmp_path, "t.csv", "a,b,y", *["7,1,0", "7,2,0", "8,,0", ",2,0"] * 5)
    rule = "[Fill(-1, columns=b), Fill(most_frequent)]"
    data = loaded(filled_with(rule, ", validation=0, test=0"), tmp_path)
    assert data.train.inputs["x"][:4].tolist() == [[7, 1], [7, 2], [8, -1], [7, 2]]
    assert data.filled == {"a": 7.0, "b": -1.0}
    assert data.account.rules == (
        "`a`: 5 missing values filled with 7, the most_frequent of the training split",
        "`b`: 5 missing values filled with -1",
    )


TEXTS = """    input colour: string[]
    input size: float32[]
    c = colour -> StringLookup(vocabulary=["red", "blue", "none"], output_mode=one_hot) -> Rescaling(1)
    output y = (c, size -> Reshape([1])) -> Concatenate -> Dense(1)"""


@pytest.mark.parametrize(
    ("rule", "colours", "said"),
    [
        ("Fill(0)", ["red", "", "red", "blue"], "`colour`: 5 empty cells read as the empty text"),
        ('Fill("none", columns=colour)', ["red", "none", "red", "blue"], "filled with `none`"),
        ("Fill(most_frequent)", ["red", "red", "red", "blue"], "filled with `red`, the most_frequent of the training"),
    ],
)
def test_texts(rule: str, colours: list[str], said: str, tmp_path: Path) -> None:
    write(tmp_path, "t.csv", "colour,size,y", *["red,1,0", ",2,0", "red,3,0", "blue,4,0"] * 5)
    data = loaded(spec(TEXTS, f'CSV("t.csv", missing={rule}, validation=0, test=0)'), tmp_path)
    assert data.train.inputs["colour"][:4].tolist() == colours
    assert any(said in line for line in data.account.rules)


def test_cells_that_stand_for_nothing(tmp_path: Path) -> None:
    table(tmp_path, {3: "?,6,9", 4: "4, NA ,12"})
    text = filled_with("Fill(0)", ', na_values=["?", "NA"]')
    data = loaded(text, tmp_path)
    assert sum("1 missing value filled with 0" in line for line in data.account.rules) == 2
    found = finding(text.replace('["?", "NA"]', '"?"'), tmp_path)
    assert (found.code, found.message, str(found.span)) == (BAD_CELL, "`NA` is no number", "t.csv:6:3")


def test_true_and_false(tmp_path: Path) -> None:
    write(tmp_path, "t.csv", "a,b,y", *["true,1,0", "False,2,0", ",3,1"] * 5)
    data = loaded(filled_with("Fill(mean)", ", validation=0, test=0"), tmp_path)
    assert data.train.inputs["x"][:3, 0].tolist() == [1, 0, 0.5]
    found = findings(filled_with("error"), tmp_path)
    assert (len(found), found[0].message, str(found[0].span)) == (5, "a number is missing here", "t.csv:4:1")
    write(tmp_path, "t.csv", "a,b,y", *["true,1,0", "False,2,true"] * 9)
    found = findings(filled_with("error"), tmp_path)
    assert (len(found), found[0].message, str(found[0].span)) == (9, "`true` is no number", "t.csv:3:9")
    write(tmp_path, "t.csv", "a,b,y", *["true,1,true", "false,2,false"] * 9)
    data = loaded(filled_with("error"), tmp_path)
    assert data.account.rules == ("`a`: true read as 1, false as 0", "`y`: true read as 1, false as 0")


def test_classes_are_said(tmp_path: Path) -> None:
    write(tmp_path, "t.csv", "a,y", *["1,red", "2,blue", "3,green"] * 9)
    text = vector("x: float32[1]", "y: Dense(3, activation=softmax)", 'CSV("t.csv")', CLASSES)
    said = ("`y`: classes in alphabetical order: 0 blue, 1 green, 2 red",)
    assert loaded(text, tmp_path).account.rules == said


def test_a_target_is_never_filled(tmp_path: Path) -> None:
    table(tmp_path, {3: "3,6,"})
    found = finding(filled_with("Fill(0)"), tmp_path)
    assert (found.message, str(found.span)) == ("a number is missing here", "t.csv:5:5")
    assert loaded(filled_with("Fill(0)", ", bad_rows=Skip(0.1)"), tmp_path).account.skipped == 1


@pytest.mark.parametrize(
    ("rule", "code", "message"),
    [
        ("Fill(0, columns=y)", CONFLICTING_ARGUMENTS, "`y` feeds no input: only inputs are filled"),
        ("Fill(0, columns=c)", UNKNOWN_COLUMN, "`t.csv` has no column `c`"),
        (
            'Fill("none", columns=a)',
            CONFLICTING_ARGUMENTS,
            "`a` holds numbers, it can't be filled with the text `none`",
        ),
    ],
)
def test_fills_that_do_not_fit(rule: str, code: Code, message: str, tmp_path: Path) -> None:
    table(tmp_path, {})
    found = finding(filled_with(rule), tmp_path)
    assert (found.code, found.message, found.span.text) == (code, message, rule)


def test_what_the_check_says_of_fills_before_anything_is_read(tmp_path: Path) -> None:
    table(tmp_path, {})
    source = Source("m.model", filled_with("Fill(0, columns=[a, y])"), tmp_path / "m.model")
    assert [d.code for d in Compilation(source).report] == [CONFLICTING_ARGUMENTS]
    twice = compile_text(filled_with("[Fill(0), Fill(mean, columns=a), Fill(1, columns=[b, a])]")).report
    assert [d.message for d in twice] == ["`missing` says twice how missing values of `a` are filled"]


def test_an_integer_is_not_filled_with_a_fraction(tmp_path: Path) -> None:
    write(tmp_path, "t.csv", "n,y", *["1,0", "2,0", ",0"] * 6)
    body = "    input n: int32[1]\n    output y = n -> Embedding(9, 2) -> Flatten -> Dense(1)"
    text = spec(body, 'CSV("t.csv", missing=Fill(mean), validation=0, test=0)')
    assert finding(text, tmp_path).message == "`n` would be filled with 1.5, which is no int32"
    assert loaded(text.replace("mean", "most_frequent"), tmp_path).train.inputs["n"][2].tolist() == [1]


def test_nothing_to_learn_from(tmp_path: Path) -> None:
    write(tmp_path, "t.csv", "a,b,y", "1,2,3", *[",2,3"] * 9)
    outcomes: set[Code | None] = set()
    for seed in range(20):
        try:
            loaded(filled_with("Fill(mean)", f", test=0.4, seed={seed}"), tmp_path)
            outcomes.add(None)
        except SpecError as error:
            outcomes |= {d.code for d in error.diagnostics}
    assert outcomes == {None, CANNOT_LEARN}, "the only value is in the training split, or isn't"


def test_what_was_learned_stands_in_the_program_and_fills_for_prediction(tmp_path: Path) -> None:
    table(tmp_path, {3: ",6,9"})
    program = Compilation(Source("m.model", filled_with("Fill(median)"), tmp_path / "m.model")).program
    values = loaded(filled_with("Fill(median)"), tmp_path).filled
    learned = with_learned(program, "D", values)
    assert f"missing=[Fill({values['a']}, columns=[a]), Fill({values['b']}, columns=[b])]" in to_text(learned)
    again = compile_text(json.dumps(dump(learned))).program
    assert graph_hash(again) == graph_hash(learned) != graph_hash(program)
    fills = again.data["D"].source.missing  # type: ignore[attr-defined]
    write(tmp_path, "in.csv", "a,b", "7,", "?,5")
    found = load_inputs(again.models["M"], tmp_path / "in.csv", fills=fills, dialect=Dialect(na_values=frozenset("?")))
    assert found["x"].tolist() == [[7, values["b"]], [values["a"], 5]]
    assert with_learned(learned, "D", values) is learned
