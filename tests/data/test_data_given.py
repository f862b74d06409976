"""Examples that a Python program hands over: arrays by name, or an iterable of records."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from data_helpers import CLASSES, raised, spec, vector

from specc.build import Model, Program, float32, train
from specc.build.fillings import Fill
from specc.build.layers import Dense
from specc.build.losses import MeanSquaredError
from specc.build.sources import Given
from specc.cli.inspect import check
from specc.compiler import Compilation
from specc.data.load import load
from specc.data.split import Dataset
from specc.diagnostics.codes import BAD_CELL, BAD_DATA_FILE, DATA_NOT_FOUND, UNKNOWN_COLUMN
from specc.source import Source

SUM = vector("x: float32[2]", "y: Dense(1)", "Given(inputs=[a, b], validation=0, test=0)")
ROWS = [{"a": i, "b": 2 * i, "y": 3.5 * i} for i in range(20)]


def loaded(text: str, examples: Any) -> Dataset:
    program = Compilation(Source("m.model", text, Path("m.model"))).program
    plan = program.trains["M"]
    given = None if examples is None else {"D": examples}
    return load(program, program.data["D"], program.models["M"], loss=plan.loss, given=given)


def records() -> Iterator[dict[str, Any]]:
    yield from ROWS


@pytest.mark.parametrize(
    "examples",
    [ROWS, records(), {n: [r[n] for r in ROWS] for n in "aby"}, {n: np.array([r[n] for r in ROWS]) for n in "aby"}],
    ids=["list", "generator", "lists", "arrays"],
)
def test_in_each_form(examples: Any) -> None:
    data = loaded(SUM, examples)
    assert data.train.inputs["x"].tolist() == [[i, 2 * i] for i in range(20)]
    assert data.train.targets["y"][:, 0].tolist() == [3.5 * i for i in range(20)]
    assert data.account.source == "D"


def test_arrays_and_texts_and_what_is_missing() -> None:
    body = """    input image: float32[2, 3]
    input word: string[]
    input old: float32[1]
    w = word -> StringLookup(vocabulary=["p", "q"], output_mode=one_hot) -> Rescaling(1)
    output sort = (image -> Flatten, w, old) -> Concatenate -> Dense(2, activation=softmax)"""
    source = "Given(targets=kind, missing=Fill(mean), validation=0, test=0)"
    rows = [{"image": np.full((2, 3), i), "word": "pq"[i % 2], "old": i > 1, "kind": "uv"[i % 2]} for i in range(4)]
    rows += [{"image": [[9, 9, 9]] * 2, "word": None, "old": None, "kind": "u"}]
    data = loaded(spec(body, source, CLASSES), rows)
    assert data.train.inputs["image"][:, 1, 2].tolist() == [0, 1, 2, 3, 9]
    assert data.train.inputs["word"].tolist() == ["p", "q", "p", "q", ""]
    assert data.train.inputs["old"][:, 0].tolist() == [0, 0, 1, 1, 0.5]
    assert data.train.targets["sort"].tolist() == [0, 1, 0, 1, 0]


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"a": 1, "b": 2}, "has no `y`"),
        ([1, 2, 3], "is no record of values by name, it is list"),
        ({"a": "1", "b": 2, "y": 3}, "has a text in `a`, those before have a number"),
        ({"a": [1, 2], "b": 2, "y": 3}, "has numbers of the shape [2] in `a`, those before have a number"),
        ({"a": [[1], [1, 2]], "b": 2, "y": 3}, "has a ragged list in `a`, those before have a number"),
        ({"a": {}, "b": 2, "y": 3}, "has something else in `a`, those before have a number"),
        ({"a": None, "b": 2, "y": 3}, None),
    ],
)
def test_records_that_do_not_fit(record: Any, message: str | None) -> None:
    rows = [*ROWS[:7], record, *ROWS[7:]]
    (found,) = raised(lambda: loaded(SUM, rows))
    assert found.code == BAD_CELL
    wanted = "a number is missing here (example 7 of `a`, counted from 0)"
    assert found.message == (wanted if message is None else f"example 7 (counted from 0) {message}")
    data = loaded(SUM.replace("test=0", "test=0, bad_rows=Skip(0.05)"), rows)
    assert (data.account.skipped, data.account.rows) == (1, 21)
    assert data.train.ids.tolist() == [i for i in range(21) if i != 7]


@pytest.mark.parametrize(
    "examples", [[], {}, {"a": [], "b": [], "y": []}, {"a": 3, "b": 2, "y": 1}, {"a": "text"}, [3, 4]]
)
def test_no_examples(examples: Any) -> None:
    found = raised(lambda: loaded(SUM, examples))
    assert {f.code for f in found} <= {BAD_DATA_FILE, BAD_CELL, UNKNOWN_COLUMN}


def test_nothing_was_given(tmp_path: Path) -> None:
    (found,) = raised(lambda: loaded(SUM, None))
    assert (found.code, found.span.text[:6]) == (DATA_NOT_FOUND, "Given(")
    assert found.help == ("call `specc.training.run.train(…, given={'D': examples})`",)
    (tmp_path / "m.model").write_text(SUM, encoding="utf-8")
    result = CliRunner().invoke(check, [str(tmp_path / "m.model"), "--data"])
    assert result.exit_code == 0 and result.stderr.startswith("`D` is handed over by a Python program")


def test_a_program_written_in_python() -> None:
    model = Model("M")
    model.output("y", model.input("x", float32[2]) >> Dense(1))
    plan = train(model, data=Given(inputs=["a", "b"], missing=Fill("median")), loss=MeanSquaredError())
    program = Program(plan).compile().program
    assert '"type": "Fill"' in Program(plan).to_json()
    rows = [*ROWS, {"a": None, "b": 1, "y": 2}]
    data = load(program, program.data["M.data"], program.models["M"], given={"M.data": rows})
    assert data.filled.keys() == {"a", "b"}
