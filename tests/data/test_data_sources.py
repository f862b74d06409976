"""What each source gives: arrays, dtypes, classes, order."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from data_helpers import CLASSES, loaded, numbers, spec, vector, write
from PIL import Image

DIGITS = "    input image: float32[8, 8, 1]\n    output digit = image -> Flatten -> Dense(10, activation=softmax)"
WHOLE = "validation=0, test=0"


def test_digits(tmp_path: Path) -> None:
    data = loaded(spec(DIGITS, "Sklearn(digits)", CLASSES), tmp_path)
    assert (data.train.size, data.validation.size, data.test.size) == (1437, 180, 180)
    image = data.train.inputs["image"]
    assert (image.shape, image.dtype, image.min(), image.max()) == ((1437, 8, 8, 1), np.float32, 0, 16)
    assert data.train.targets["digit"].dtype == np.int32
    assert data.classes == {"digit": tuple("0123456789")}


@pytest.mark.parametrize(
    ("name", "features", "output", "loss", "classes"),
    [
        ("iris", 4, "y: Dense(3, activation=softmax)", CLASSES, ("setosa", "versicolor", "virginica")),
        ("wine", 13, "y: Dense(3, activation=softmax)", CLASSES, ("class_0", "class_1", "class_2")),
        ("breast_cancer", 30, "y: Dense(1, activation=sigmoid)", "BinaryCrossentropy()", ("malignant", "benign")),
        ("diabetes", 10, "y: Dense(1)", "MeanSquaredError()", None),
        ("linnerud", 3, "y: Dense(3)", "MeanSquaredError()", None),
    ],
)
def test_bundled_tables(
    tmp_path: Path, name: str, features: int, output: str, loss: str, classes: tuple[str, ...] | None
) -> None:
    data = loaded(vector(f"x: float32[{features}]", output, f"Sklearn({name})", loss), tmp_path)
    assert data.train.inputs["x"].shape == (data.train.size, features)
    assert data.classes == ({"y": classes} if classes else {})
    wanted = {CLASSES: ((), np.int32)}.get(loss, ((3 if name == "linnerud" else 1,), np.float32))
    assert (data.train.targets["y"].shape[1:], data.train.targets["y"].dtype) == wanted


def test_table_of_numbers_in_the_order_of_the_file(tmp_path: Path) -> None:
    numbers(tmp_path)
    data = loaded(vector("x: float32[2]", "y: Dense(1)", f'CSV("t.csv", {WHOLE})'), tmp_path)
    assert data.train.inputs["x"][7].tolist() == [7, 14]
    assert data.train.targets["y"][7].tolist() == [21]
    assert data.train.ids.tolist() == list(range(40))


def test_columns_in_the_order_of_the_spec(tmp_path: Path) -> None:
    numbers(tmp_path)
    source = f'CSV("t.csv", inputs=[y, a], targets=b, {WHOLE})'
    data = loaded(vector("x: float32[2]", "z: Dense(1)", source), tmp_path)
    assert data.train.inputs["x"][7].tolist() == [21, 7]
    assert data.train.targets["z"][7].tolist() == [14]


def test_two_inputs_and_two_outputs(tmp_path: Path) -> None:
    write(tmp_path, "t.csv", "size,engine,age,price,kind", *(f"{i},{i + 1},{i + 2},{i + 3},k{i % 3}" for i in range(9)))
    body = """    input size: float32[]
    input rest: float32[2]
    h = rest -> Dense(4)
    x = size -> Reshape([1])
    all = (x, h) -> Concatenate
    output price = all -> Dense(1)
    output sort = all -> Dense(3, activation=softmax)"""
    source = f'CSV("t.csv", inputs={{ rest = [age, engine] }}, targets={{ sort = kind }}, {WHOLE})'
    data = loaded(spec(body, source, f"{{ price = MeanSquaredError()  sort = {CLASSES} }}"), tmp_path)
    assert data.train.inputs["size"].tolist() == list(range(9))
    assert data.train.inputs["rest"][4].tolist() == [6, 5]
    assert data.train.targets["price"][4].tolist() == [7]
    assert data.train.targets["sort"].tolist() == [0, 1, 2] * 3
    assert data.classes == {"sort": ("k0", "k1", "k2")}


TEXT = (
    "    input text: int32[T]\n    output label = text -> Embedding(257, 3) -> GRU(3) -> Dense(2, activation=softmax)"
)


def test_texts_are_bytes_plus_one_padded_to_the_longest(tmp_path: Path) -> None:
    write(tmp_path, "t.csv", "text,label", '"a,b",yes', "é,no", "12,yes")
    data = loaded(spec(TEXT, f'CSV("t.csv", {WHOLE})', CLASSES), tmp_path)
    rows = [[ord("a") + 1, ord(",") + 1, ord("b") + 1], [0xC3 + 1, 0xA9 + 1, 0], [ord("1") + 1, ord("2") + 1, 0]]
    assert data.train.inputs["text"].tolist() == rows
    assert data.train.inputs["text"].dtype == np.int32
    assert data.train.targets["label"].tolist() == [1, 0, 1]
    assert data.classes == {"label": ("no", "yes")}


def test_texts_that_are_all_digits_are_texts(tmp_path: Path) -> None:
    write(tmp_path, "t.csv", "text,label", "12,0", "345,1")
    data = loaded(spec(TEXT, f'CSV("t.csv", {WHOLE})', CLASSES), tmp_path)
    assert data.train.inputs["text"].tolist() == [[50, 51, 0], [52, 53, 54]]


def test_texts_fill_a_given_length(tmp_path: Path) -> None:
    write(tmp_path, "t.csv", "text,label", "a,0", "b,1")
    data = loaded(spec(TEXT.replace("[T]", "[4]"), f'CSV("t.csv", {WHOLE})', CLASSES), tmp_path)
    assert data.train.inputs["text"].tolist() == [[98, 0, 0, 0], [99, 0, 0, 0]]


def test_two_texts_of_one_length(tmp_path: Path) -> None:
    write(tmp_path, "t.csv", "a,b,y", "x,yyy,0", "xx,y,1")
    body = """    input a: int32[T]
    input b: int32[T]
    e = Embedding(257, 3)
    left = a -> e
    right = b -> e
    output y = left + right -> GRU(3) -> Dense(1)"""
    data = loaded(spec(body, f'CSV("t.csv", {WHOLE})'), tmp_path)
    assert data.train.inputs["a"].shape == data.train.inputs["b"].shape == (2, 3)


def test_one_hot_rows_are_made_of_classes(tmp_path: Path) -> None:
    write(tmp_path, "t.csv", "a,y", "1,p", "2,q")
    text = vector(
        "x: float32[1]", "y: Dense(3, activation=softmax)", f'CSV("t.csv", {WHOLE})', "CategoricalCrossentropy()"
    )
    data = loaded(text, tmp_path)
    assert data.train.targets["y"].tolist() == [[1, 0, 0], [0, 1, 0]]
    assert data.classes == {"y": ("p", "q")}


def test_one_hot_rows_are_taken_from_columns(tmp_path: Path) -> None:
    write(tmp_path, "t.csv", "a,p,q", "1,0.25,0.75", "2,1,0")
    source = f'CSV("t.csv", inputs=a, targets=[p, q], {WHOLE})'
    text = vector("x: float32[1]", "y: Dense(2, activation=softmax)", source, "CategoricalCrossentropy()")
    assert loaded(text, tmp_path).train.targets["y"].tolist() == [[0.25, 0.75], [1, 0]]


@pytest.mark.parametrize("labels", [("no", "yes"), ("0", "1")])
def test_two_classes_of_one_value(tmp_path: Path, labels: tuple[str, str]) -> None:
    write(tmp_path, "t.csv", "a,y", *(f"{i},{labels[i % 2]}" for i in range(20)))
    source = 'CSV("t.csv", validation=0.2, test=0.2)'
    text = vector("x: float32[1]", "y: Dense(1, activation=sigmoid)", source, "BinaryCrossentropy()")
    data = loaded(text, tmp_path)
    assert data.classes == {"y": labels}
    assert data.train.targets["y"].dtype == np.float32
    assert [float(s.targets["y"].mean()) for s in (data.train, data.validation, data.test)] == [0.5, 0.5, 0.5]


def test_arrays_by_name(tmp_path: Path) -> None:
    x, y = np.arange(24.0).reshape(4, 2, 3), np.array([0, 2, 1, 0])
    np.savez(tmp_path / "a.npz", x=x, labels=y, names=np.array(["unused"]))
    body = "    input x: float32[2, 3]\n    output y = x -> Flatten -> Dense(3, activation=softmax)"
    data = loaded(spec(body, f'NPZ("a.npz", targets=labels, {WHOLE})', CLASSES), tmp_path)
    assert np.array_equal(data.train.inputs["x"], x.astype(np.float32))
    assert data.train.targets["y"].tolist() == y.tolist()


def test_arrays_give_sizes_to_symbols(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=np.zeros((4, 5, 3)), y=np.zeros((4, 5), dtype=int))
    body = (
        "    input x: float32[T, 3]\n    output y = x -> GRU(3, return_sequences=true) -> Dense(2, activation=softmax)"
    )
    data = loaded(spec(body, f'NPZ("a.npz", {WHOLE})', CLASSES), tmp_path)
    assert data.train.targets["y"].shape == (4, 5)


def picture(folder: Path, name: str, color: tuple[int, int, int], size: tuple[int, int] = (6, 4)) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, color).save(path)


@pytest.mark.parametrize("channels", [1, 3])
def test_pictures(tmp_path: Path, channels: int) -> None:
    picture(tmp_path, "p/red/b.png", (255, 0, 0))
    picture(tmp_path, "p/red/a.bmp", (254, 0, 0), (2, 2))
    picture(tmp_path, "p/blue/z.png", (0, 0, 255))
    write(tmp_path, "p/LICENSE.txt", "free")
    write(tmp_path, "p/red/.hidden", "")
    body = (
        f"    input image: float32[3, 5, {channels}]\n    output y = image -> Flatten -> Dense(2, activation=softmax)"
    )
    data = loaded(spec(body, f'Images("p", size=[3, 5], channels={channels}, {WHOLE})', CLASSES), tmp_path)
    first = {1: [29, 76, 76], 3: [0, 254, 255]}[channels]
    assert data.train.inputs["image"].shape == (3, 3, 5, channels)
    assert data.train.inputs["image"][:, 0, 0, 0].tolist() == first
    assert data.train.targets["y"].tolist() == [0, 1, 1]
    assert data.classes == {"y": ("blue", "red")}


def test_loading_needs_no_tensorflow() -> None:
    code = """
import sys
from specc.compiler import Compilation
from specc.data.load import load
program = Compilation.of_file("specs/digits.model").program
load(program, program.data["Handwriting"], program.models["Digits"], loss=program.trains["Digits"].loss)
print(sorted(m for m in sys.modules if m in ("tensorflow", "keras")))
"""
    root = Path(__file__).parents[2]
    run = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
