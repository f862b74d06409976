"""Inputs for prediction, in each form that they may come in."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from data_helpers import raised, spec, write
from PIL import Image
from test_data_sources import DIGITS, TEXT

from specc.compiler import compile_text
from specc.data.predict import load_inputs
from specc.diagnostics.codes import BAD_CELL, BAD_DATA_FILE, DATA_NOT_FOUND, DATA_SHAPE, UNKNOWN_COLUMN
from specc.program.graph import ModelGraph


def model(body: str) -> ModelGraph:
    return compile_text(spec(body, "Sklearn(iris)")).elaborated.program.models["M"]


VECTOR = model("    input x: float32[2]\n    output y = x -> Dense(1)")
PICTURE = model(DIGITS)
TEXTS = model(TEXT)
TWO = model(
    "    input a: float32[]\n    input b: float32[2]\n    c = a -> Reshape([1])\n"
    "    output y = (c, b) -> Concatenate -> Dense(1)"
)


def listed(arrays: dict[str, Any]) -> dict[str, Any]:
    return {name: array.tolist() for name, array in arrays.items()}


def stream(value: Any) -> io.BytesIO:
    return io.BytesIO(json.dumps(value).encode())


@pytest.mark.parametrize(
    ("header", "columns"),
    [("p,q", None), ("p,q,y", None), ("r,p,q,s", ("p", "q")), ("r,p,q,s", {"x": ("p", "q")}), ("x2,p,q,y", ["p", "q"])],
)
def test_csv(tmp_path: Path, header: str, columns: Any) -> None:
    row = ",".join({"p": "1", "q": "2"}.get(name, "9") for name in header.split(","))
    path = write(tmp_path, "in.csv", header, row)
    assert listed(load_inputs(VECTOR, str(path), columns)) == {"x": [[1, 2]]}


def test_csv_leaves_out_the_targets_of_training(tmp_path: Path) -> None:
    path = write(tmp_path, "in.csv", "price,p,q", "9,1,2")
    assert listed(load_inputs(VECTOR, path, targets=("price",))) == {"x": [[1, 2]]}
    (found,) = raised(lambda: load_inputs(VECTOR, path))
    assert (found.code, found.found) == (DATA_SHAPE, "[3] in columns `price`, `p`, `q`")


def test_csv_of_texts(tmp_path: Path) -> None:
    path = write(tmp_path, "in.csv", "text", "ab", "c")
    assert listed(load_inputs(TEXTS, str(path))) == {"text": [[98, 99], [100, 0]]}


@pytest.mark.parametrize(
    "value",
    [
        {"a": [1, 2], "b": [[3, 4], [5, 6]]},
        [{"a": 1, "b": [3, 4]}, {"a": 2, "b": [5, 6]}],
        {"a": [1, 2], "b": [[3, 4], [5, 6]], "y": [0, 0]},
    ],
)
def test_json(tmp_path: Path, value: Any) -> None:
    wanted = {"a": [1, 2], "b": [[3, 4], [5, 6]]}
    assert listed(load_inputs(TWO, stream(value))) == wanted
    path = write(tmp_path, "in.json", json.dumps(value))
    arrays = load_inputs(TWO, path)
    assert listed(arrays) == wanted
    assert {a.dtype for a in arrays.values()} == {np.dtype(np.float32)}


@pytest.mark.parametrize(
    "value", [[[1, 2]], [1, 2], {"x": [1, 2]}, {"p": [1], "q": [2]}, {"p": 1, "q": 2}, [{"p": 1, "q": 2}]]
)
def test_json_for_a_lone_vector(value: Any) -> None:
    assert listed(load_inputs(VECTOR, stream(value))) == {"x": [[1, 2]]}


@pytest.mark.parametrize("value", ["ab", ["ab"], {"text": "ab"}, [{"text": "ab"}], [[98, 99]], [98, 99]])
def test_json_texts(value: Any) -> None:
    assert listed(load_inputs(TEXTS, stream(value))) == {"text": [[98, 99]]}


def test_one_example_gets_a_batch_axis() -> None:
    assert listed(load_inputs(TWO, stream({"a": 1, "b": [3, 4]}))) == {"a": [1], "b": [[3, 4]]}


def test_arrays(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.array([[1, 2]]))
    np.savez(tmp_path / "x.npz", x=np.array([[1, 2]]), y=np.array([0, 0, 0]))
    np.savez(tmp_path / "trained.npz", features=np.array([[1, 2]]))
    for name in ("x.npy", "x.npz", "trained.npz"):
        assert listed(load_inputs(VECTOR, str(tmp_path / name), ("features",))) == {"x": [[1, 2]]}


@pytest.mark.parametrize("suffix", ["png", "jpg"])
def test_pictures(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"p.{suffix}"
    Image.new("RGB", (20, 30), (200, 200, 200)).save(path)
    assert load_inputs(PICTURE, str(path))["image"].tolist() == np.full((1, 8, 8, 1), 200).tolist()


@pytest.mark.parametrize(
    ("value", "code", "message"),
    [
        (b'{"a": 1,}', BAD_DATA_FILE, "this is not JSON"),
        (b"[NaN]", BAD_DATA_FILE, "this is not JSON: NaN is no number in JSON"),
        (b"[" * 100_000, BAD_DATA_FILE, "this is not JSON"),
        (b"\xff", BAD_DATA_FILE, "this is not JSON"),
        (b"{}", BAD_DATA_FILE, "there is nothing in it"),
        (b"[]", BAD_DATA_FILE, "there are no examples in the data"),
        (b"[[1, 2], [3]]", BAD_DATA_FILE, "the list is no array of numbers of equal length, nor a list of texts"),
        (b'{"x": [[1, null]]}', BAD_DATA_FILE, "`x` is no array of numbers of equal length, nor a list of texts"),
        (b'[{"p": 1, "q": 2}, {"p": 1}]', BAD_DATA_FILE, "example 1 (counted from 0) has no `q`"),
        (b"[[1, 2, 3]]", DATA_SHAPE, "the data for `x` do not have its shape"),
        (b"[[1, 1e300]]", BAD_CELL, "there is a value that is no finite float32 (example 0 of `x`, counted from 0)"),
        (b'"text"', BAD_CELL, ""),
    ],
)
def test_bad_json(value: bytes, code: object, message: str) -> None:
    (found,) = raised(lambda: load_inputs(VECTOR, io.BytesIO(value)))
    assert found.code == code
    assert found.message.startswith(message)
    assert found.span.source.name == "<stdin>"


def test_json_without_an_input() -> None:
    (found,) = raised(lambda: load_inputs(TWO, stream({"a": [1], "bb": [[3, 4]]})))
    assert (found.code, found.message) == (UNKNOWN_COLUMN, "`<stdin>` has no array for the input `b`")
    assert found.help[0] == "did you mean `bb`?"


def test_unequal_numbers_of_examples() -> None:
    (found,) = raised(lambda: load_inputs(TWO, stream({"a": [1, 2, 3], "b": [[3, 4]]})))
    assert (found.code, found.message) == (
        BAD_DATA_FILE,
        "the arrays have unequal numbers of examples: `a` has 3, `b` has 1",
    )


def test_files_that_are_none(tmp_path: Path) -> None:
    write(tmp_path, "cars.csv", "p,q", "1,x")
    write(tmp_path, "cars.txt", "p,q", "1,2")
    np.save(tmp_path / "x.npy", np.zeros((1, 2)))
    Image.new("RGB", (2, 2)).save(tmp_path / "p.png")

    def found(graph: ModelGraph, name: str) -> Any:
        (only,) = raised(lambda: load_inputs(graph, str(tmp_path / name)))
        return only

    assert (found(VECTOR, "car.csv").code, found(VECTOR, "car.csv").help) == (
        DATA_NOT_FOUND,
        ("did you mean `cars.csv`?",),
    )
    assert found(VECTOR, "").code == DATA_NOT_FOUND
    assert found(VECTOR, "cars.txt").code == BAD_DATA_FILE
    assert found(VECTOR, "p.png").code == DATA_SHAPE
    assert found(TWO, "x.npy").code == BAD_DATA_FILE
    assert str(found(VECTOR, "cars.csv").span) == f"{tmp_path / 'cars.csv'}:2:3"
