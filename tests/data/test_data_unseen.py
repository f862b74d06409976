"""Values and classes that weren't seen in training are counted and told with their places."""

from __future__ import annotations

from pathlib import Path

import pytest
from data_helpers import CLASSES, loaded, raised, spec, vector, write

from specc.compiler import Compilation
from specc.data.load import load
from specc.data.predict import load_inputs
from specc.data.split import Dataset
from specc.data.unseen import unseen_lines
from specc.diagnostics import Diagnostic
from specc.diagnostics.codes import BAD_CELL, NO_VECTOR, UNSEEN_VALUE
from specc.program.program import Program
from specc.source import Source

BODY = """    input colour: string[]
    input codes: int32[2]
    c = colour -> StringLookup(vocabulary=["red", "blue"], output_mode=one_hot) -> Rescaling(1)
    n = codes -> Inner
    output y = (c, n) -> Concatenate -> Dense(1)"""
INNER = """
model Inner {
    input codes: int32[2]
    output n = codes -> IntegerLookup(vocabulary=[3, 5], output_mode=multi_hot) -> Rescaling(1)
}
"""
TEXT = spec(BODY, 'CSV("t.csv", inputs={ codes = [p, q] }, validation=0, test=0)') + INNER


def of(text: str, folder: Path) -> tuple[Program, Dataset]:
    program = Compilation(Source("m.model", text, folder / "m.model")).program
    return program, load(program, program.data["D"], program.models["M"], loss=program.trains["M"].loss)


def test_of_the_splits(tmp_path: Path) -> None:
    write(
        tmp_path,
        "t.csv",
        "colour,p,q,y",
        "red,3,5,0",
        "teal,3,3,1",
        "blue,3,7,1",
        '"mauve\n",4,6,1',
        *["blue,3,3,0"] * 9,
    )
    program, data = of(TEXT, tmp_path)
    assert unseen_lines(program, program.models["M"], data, program.place("data", "D")) == [
        "training split, `colour`: 2 examples have a value that `StringLookup` doesn't know: t.csv:3 `teal`, t.csv:5 `mauve?`",  # noqa: E501
        "training split, `codes`: 2 examples have a value that `IntegerLookup` doesn't know: t.csv:4 `7`, t.csv:5 `4`",
    ]
    strict, _ = of(TEXT.replace("output_mode=one_hot", "output_mode=one_hot, num_oov_indices=0"), tmp_path)
    (found,) = raised(lambda: unseen_lines(strict, strict.models["M"], data, strict.place("data", "D")))
    assert found.code == NO_VECTOR and found.span.text.startswith("StringLookup(")
    assert found.message.endswith("`teal`, `mauve?`; it has no index for others")


def test_of_a_file_to_predict(tmp_path: Path) -> None:
    write(tmp_path, "t.csv", "colour,p,q,y", *["red,3,5,0"] * 9)
    program, _ = of(TEXT, tmp_path)
    path = write(tmp_path, "in.csv", "colour,p,q", "red,3,5", "teal,3,9", "mauve,5,5")
    told: list[Diagnostic] = []
    columns = {"codes": ("p", "q")}
    found = load_inputs(program.models["M"], path, columns, program=program, warn=told.append)
    assert found["colour"].tolist() == ["red", "teal", "mauve"]
    assert [(d.code, d.severity, str(d.span).rpartition("/")[2]) for d in told] == [
        (UNSEEN_VALUE, "warning", "in.csv:3:1"),
        (UNSEEN_VALUE, "warning", "in.csv:3:8"),
    ]
    assert told[0].message == "`colour`: 2 examples have a value that `StringLookup` doesn't know: `teal`, `mauve`"
    assert [str(r.span).rpartition("/")[2] for r in told[0].related] == ["in.csv:4:1"]
    told.clear()
    write(tmp_path, "in.csv", "colour,p,q", "red,3,5")
    load_inputs(program.models["M"], path, columns, program=program, warn=told.append)
    assert told == []


def test_many_are_counted_and_some_shown(tmp_path: Path) -> None:
    write(tmp_path, "t.csv", "colour,p,q,y", *(f"c{i},3,3,0" for i in range(40)))
    program, data = of(TEXT, tmp_path)
    (line,) = unseen_lines(program, program.models["M"], data, program.place("data", "D"))
    assert "40 examples have" in line and line.endswith("t.csv:6 `c4`, …")


@pytest.mark.parametrize("loss", [CLASSES, "CategoricalCrossentropy()"])
def test_classes_keep_their_numbers_and_others_are_refused(loss: str, tmp_path: Path) -> None:
    write(tmp_path, "t.csv", "a,y", *["1,green", "2,red"] * 9)
    text = vector("x: float32[1]", "y: Dense(3, activation=softmax)", 'CSV("t.csv", validation=0, test=0)', loss)
    program = Compilation(Source("m.model", text, tmp_path / "m.model")).program
    plan, model, losses = program.data["D"], program.models["M"], program.trains["M"].loss
    data = load(program, plan, model, loss=losses, classes={"y": ("blue", "green", "red")})
    first = data.train.targets["y"][:2].tolist()
    assert first == ([1, 2] if loss == CLASSES else [[0, 1, 0], [0, 0, 1]])
    assert data.classes == {"y": ("blue", "green", "red")}
    assert loaded(text, tmp_path).classes == {"y": ("green", "red")}
    (found, *_) = raised(lambda: load(program, plan, model, loss=losses, classes={"y": ("blue", "green")}))
    assert (found.code, str(found.span)) == (BAD_CELL, "t.csv:3:3")
    assert found.message == "`red` is none of the classes that the model knows: blue, green"
