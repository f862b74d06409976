"""Data sets that TFDS has prepared: its files are read without it; where it is installed, it writes them."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from data_helpers import finding, findings, loaded, spec
from PIL import Image
from test_data_facts import known_and_read
from test_data_tfrecord import example, record

from specc.compiler import Compilation
from specc.data.stored import Stored, whole
from specc.diagnostics.codes import BAD_DATA_FILE, DATA_NOT_FOUND, TOO_MANY_BAD_ROWS, UNKNOWN_COLUMN

PACKAGE = "tensorflow_datasets.core.features"
ROWS = 23
BODY = "    input image: float32[5, 3, 1]\n    output label = image -> Flatten -> Dense(2, activation=softmax)"
CLASSES = "SparseCategoricalCrossentropy()"
TINY = 'TFDS("tiny", "sets"'
DATA = spec(BODY, f"{TINY})", CLASSES)


def tensor(dtype: str, *shape: int, **more: Any) -> dict[str, Any]:
    sizes = {"dimensions": [str(n) for n in shape]} if shape else {}
    return {
        "pythonClassName": f"{PACKAGE}.Tensor",
        "tensor": {"dtype": dtype, "encoding": "none", "shape": sizes} | more,
    }


FEATURES = {
    "image": {
        "pythonClassName": f"{PACKAGE}.Image",
        "image": {"dtype": "uint8", "shape": {"dimensions": ["5", "3", "1"]}},
    },
    "photo": {
        "pythonClassName": f"{PACKAGE}.Image",
        "image": {"dtype": "uint8", "shape": {"dimensions": ["-1", "-1", "3"]}},
    },
    "label": {"pythonClassName": f"{PACKAGE}.ClassLabel", "classLabel": {"numClasses": "2"}},
    "d": {"featuresDict": {"features": {"z": tensor("float32")}}},
    "m": tensor("float32", 2, 3),
    "t": {"pythonClassName": f"{PACKAGE}.Text", "text": {}},
    "packed": tensor("float32", 3, encoding="zlib"),
}


def png(array: Any) -> bytes:
    file = io.BytesIO()
    Image.fromarray(array.astype(np.uint8)).save(file, "PNG")
    return file.getvalue()


def tiny(folder: Path, *, version: str = "1.0.0", first: int = 0, damaged: bool = False) -> Path:
    """A data set as TFDS writes it: a split of two files, and a second split."""
    here = folder / "sets" / "tiny" / version
    here.mkdir(parents=True)

    def made(i: int) -> bytes:
        photo = np.full((4 + i % 2, 4, 3), i)
        broken = b"no picture" if damaged and i == 3 else png(np.full((5, 3), i + first))
        features = {"image": broken, "photo": png(photo), "label": -1 if damaged and i == 5 else i % 2}
        return example(**features, **{"d/z": i / 7, "m": [float(i)] * 6, "t": f"text {i}", "packed": b"?"})

    splits = {"train": [10, ROWS - 10], "test": [5]}
    at = 0
    for split, lengths in splits.items():
        for shard, length in enumerate(lengths):
            name = f"tiny-{split}.tfrecord-{shard:05}-of-{len(lengths):05}"
            (here / name).write_bytes(b"".join(record(made(i)) for i in range(at, at + length)))
            at += length
    info = {
        "name": "tiny",
        "fileFormat": "tfrecord",
        "splits": [{"name": s, "shardLengths": [str(n) for n in lengths]} for s, lengths in splits.items()],
        "supervisedKeys": {"tuple": {"items": [{"featureKey": "image"}, {"featureKey": "label"}]}},
    }
    (here / "dataset_info.json").write_text(json.dumps(info))
    (here / "features.json").write_text(json.dumps({"featuresDict": {"features": FEATURES}}))
    (here / "label.labels.txt").write_text("even\nodd\n")
    return here


def test_a_split_of_two_files(tmp_path: Path) -> None:
    tiny(tmp_path)
    data = loaded(DATA, tmp_path)
    assert data.classes == {"label": ("even", "odd")}
    assert data.train.size + data.validation.size + data.test.size == ROWS
    np.testing.assert_array_equal(data.train.inputs["image"][:, 0, 0, 0], data.train.ids)
    np.testing.assert_array_equal(data.train.targets["label"], data.train.ids % 2)


def test_stored(tmp_path: Path) -> None:
    tiny(tmp_path)
    one, other = loaded(DATA, tmp_path), loaded(spec(BODY, f"{TINY}, cache=disk)", CLASSES), tmp_path)
    values = other.train.inputs["image"]
    assert isinstance(values, Stored)
    np.testing.assert_array_equal(whole(values), one.train.inputs["image"])


def test_pictures_of_any_size_features_in_features_and_several_splits(tmp_path: Path) -> None:
    tiny(tmp_path)
    body = (
        "    input photo: float32[2, 2, 3]\n    input z: float32[1]\n"
        "    input m: float32[2, 3]\n    input t: string[]\n"
        "    w = t -> TextVectorization(max_tokens=9, output_mode=tf_idf, pad_to_max_tokens=true)\n"
        "    output label = (photo -> Flatten, z, m -> Flatten, w) -> Concatenate -> Dense(2, activation=softmax)"
    )
    source = f'{TINY}, split="train+test", size=[2, 2], inputs={{ z = "d/z" }}, validation=0, test=0)'
    data = loaded(spec(body, source, CLASSES), tmp_path)
    assert data.train.size == ROWS + 5
    np.testing.assert_array_equal(data.train.inputs["photo"][:, 1, 1, 2], np.arange(ROWS + 5))
    np.testing.assert_allclose(data.train.inputs["z"][:, 0], np.arange(ROWS + 5) / 7, rtol=1e-6)
    assert data.train.inputs["t"][3] == "text 3"
    assert "`photo`: pictures of 2 sizes from 4×4 to 5×4 resized to 2×2 (height×width)" in data.account.rules


def test_the_newest_version_or_the_one_that_is_said(tmp_path: Path) -> None:
    for number, version in enumerate(("1.2.0", "1.10.0", "1.9.3")):
        tiny(tmp_path, version=version, first=50 * number)
    for name, least in (("tiny", 50), ("tiny:1.9.3", 100), ("tiny:1.2.0", 0)):
        data = loaded(spec(BODY, f'TFDS("{name}", "sets", validation=0, test=0)', CLASSES), tmp_path)
        assert data.train.inputs["image"][:].min() == least


def test_what_is_known_before_is_what_is_read(tmp_path: Path) -> None:
    tiny(tmp_path)
    facts, raw = known_and_read(f"{TINY}, size=[4, 4])", tmp_path)
    assert facts.columns is not None
    assert set(facts.columns) == {"image", "photo", "label", "d/z", "m", "t", "packed"}
    assert facts.targets == raw.targets == ("label",)
    assert facts.columns["label"].classes == len(raw.classes["label"])
    for name, values in raw.columns.items():
        assert facts.columns[name].shape == values.shape[1:]


def test_rows_that_cannot_be_used(tmp_path: Path) -> None:
    tiny(tmp_path, damaged=True)
    found = findings(DATA, tmp_path)
    assert [d.code for d in found] == [BAD_DATA_FILE]
    assert "of `tiny-train.tfrecord-00000-of-00002` is no picture that can be read" in found[0].message
    data = loaded(spec(BODY, f"{TINY}, bad_rows=Skip(max=0.1))", CLASSES), tmp_path)
    assert (data.account.rows, data.account.skipped) == (ROWS, 2)
    few = findings(spec(BODY, f"{TINY}, bad_rows=Skip(max=0.05))", CLASSES), tmp_path)
    assert few[0].code == TOO_MANY_BAD_ROWS


@pytest.mark.parametrize(
    ("source", "message", "hint"),
    [
        (
            'TFDS("tini", "sets")',
            "the data set `tini` is not prepared in `sets`, and specc downloads nothing",
            "did you mean `tiny`?",
        ),
        (
            'TFDS("tiny:2.0.0", "sets")',
            "the data set `tiny:2.0.0` is not prepared in `sets`, and specc downloads nothing",
            None,
        ),
        (
            'TFDS("../sets/tiny", "sets")',
            "the data set `../sets/tiny` is not prepared in `sets`, and specc downloads nothing",
            None,
        ),
        ('TFDS("tiny", "sets", split="tset")', "`tiny` has no split `tset`", "did you mean `test`?"),
    ],
)
def test_what_is_not_there(tmp_path: Path, source: str, message: str, hint: str | None) -> None:
    tiny(tmp_path)
    found = finding(spec(BODY, source, CLASSES), tmp_path)
    assert (found.code, found.message) == (DATA_NOT_FOUND, message)
    assert hint is None or hint in found.help


def test_how_to_prepare_it_is_said(tmp_path: Path) -> None:
    (tmp_path / "sets").mkdir()
    found = finding(DATA, tmp_path)
    assert "pip install 'specc[tfds]'" in found.help[-1]
    assert "tfds.load('tiny', data_dir='sets')" in found.help[-1]


def test_features_that_feed_nothing(tmp_path: Path) -> None:
    tiny(tmp_path)
    body = "    input packed: float32[3]\n    output label = packed -> Dense(2, activation=softmax)"
    found = finding(spec(body, f"{TINY})", CLASSES), tmp_path)
    assert found.message.startswith("the feature `packed` is Tensor in the encoding zlib: ")
    body = "    input photo: float32[3, 3, 3]\n    output label = photo -> Flatten -> Dense(2, activation=softmax)"
    found = finding(spec(body, f"{TINY})", CLASSES), tmp_path)
    assert (found.message, found.help) == (
        "the pictures `photo` are of any size",
        ("say which one they are resized to: `size=[224, 224]`",),
    )


def test_check_knows_the_features(tmp_path: Path) -> None:
    tiny(tmp_path)
    body = (
        "    input imago: float32[5, 3, 1]\n    input m: float32[2, 3]\n"
        "    output label = (imago -> Flatten, m -> Flatten) -> Concatenate -> Dense(2, activation=softmax)"
    )
    text = spec(body, f"{TINY})", CLASSES)
    path = tmp_path / "m.model"
    path.write_text(text)
    (found,) = Compilation.of_file(path).report.errors
    assert (found.code, found.help[0]) == (UNKNOWN_COLUMN, "did you mean `image`?")


@pytest.mark.parametrize("name", ["dataset_info.json", "features.json"])
@pytest.mark.parametrize("content", [b"", b"[1]", b'{"splits": 3}', b"\xff", b"{" * 9000])
def test_files_that_are_none(tmp_path: Path, name: str, content: bytes) -> None:
    (tiny(tmp_path) / name).write_bytes(content)
    assert finding(DATA, tmp_path).code == BAD_DATA_FILE
    path = tmp_path / "m.model"
    path.write_text(DATA)
    assert Compilation.of_file(path).report.ok


def test_a_file_that_is_missing(tmp_path: Path) -> None:
    (tiny(tmp_path) / "tiny-train.tfrecord-00001-of-00002").unlink()
    assert finding(DATA, tmp_path).code == DATA_NOT_FOUND


@pytest.mark.keras
def test_what_tfds_itself_writes(tmp_path: Path) -> None:
    """In a process of its own, as it loads TensorFlow."""
    pytest.importorskip("tensorflow_datasets", exc_type=ImportError)
    script = """
import numpy as np, tensorflow_datasets as tfds
class Tiny(tfds.core.GeneratorBasedBuilder):
    VERSION = tfds.core.Version("1.0.0")
    def _info(self):
        f = tfds.features
        features = f.FeaturesDict({"image": f.Image(shape=(5, 3, 1)), "label": f.ClassLabel(names=["a", "b"]),
            "u": f.Tensor(shape=(2, 2), dtype=np.uint8), "flag": f.Scalar(dtype=np.bool_),
            "seq": f.Sequence(np.int64, length=2)})
        return tfds.core.DatasetInfo(builder=self, features=features, supervised_keys=("image", "label"))
    def _split_generators(self, manager):
        return {"train": self._generate_examples()}
    def _generate_examples(self):
        for i in range(23):
            yield i, {"image": np.full((5, 3, 1), i, np.uint8), "label": i % 2, "u": np.full((2, 2), i, np.uint8),
                      "flag": i % 3 == 0, "seq": [i, -i]}
Tiny(data_dir="sets").download_and_prepare()
"""
    subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=True, capture_output=True)
    body = (
        "    input image: float32[5, 3, 1]\n    input u: float32[2, 2]\n"
        "    input flag: float32[1]\n    input seq: float32[2]\n"
        "    output label = (image -> Flatten, u -> Flatten, flag, seq) -> Concatenate -> Dense(2, activation=softmax)"
    )
    data = loaded(spec(body, f"{TINY}, validation=0, test=0)", CLASSES), tmp_path)
    numbers = data.train.inputs["image"][:, 0, 0, 0]
    np.testing.assert_array_equal(np.sort(numbers), np.arange(23))
    np.testing.assert_array_equal(data.train.inputs["u"][:, 1, 1], numbers)
    np.testing.assert_array_equal(data.train.inputs["flag"][:, 0], numbers % 3 == 0)
    np.testing.assert_array_equal(data.train.inputs["seq"][:, 1], -numbers)
    np.testing.assert_array_equal(data.train.targets["label"], numbers % 2)
    assert data.classes == {"label": ("a", "b")}
