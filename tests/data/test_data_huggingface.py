"""Data sets of Hugging Face in a folder. What needs the package is skipped without it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from data_helpers import finding, findings, loaded, spec, write
from PIL import Image
from test_data_facts import known_and_read

from specc.compiler import Compilation
from specc.data.stored import Stored, whole
from specc.diagnostics.codes import BAD_DATA_FILE, DATA_NOT_FOUND, IMPORT_OUTSIDE, MISSING_EXTRA, UNKNOWN_COLUMN

ROWS = 23
CLASSES = "SparseCategoricalCrossentropy()"
BODY = (
    "    input x: float32[1]\n    input v: float32[2]\n    input photo: float32[4, 4, 3]\n"
    "    output label = (x, v, photo -> Flatten) -> Concatenate -> Dense(2, activation=softmax)"
)
SIMPLE = "    input x: float32[1]\n    output label = x -> Dense(2, activation=softmax)"


def source(more: str = "", folder: str = "set") -> str:
    return spec(BODY, f'HuggingFace("{folder}"{more})', CLASSES)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The package, whose own caches are in the test's folder."""
    found = pytest.importorskip("datasets", exc_type=ImportError)
    monkeypatch.setattr(found.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    return found


def made(package: Any) -> Any:
    features = package.Features(
        x=package.Value("float64"),
        v=package.List(package.Value("int64"), length=2),
        photo=package.Image(),
        label=package.ClassLabel(names=["no", "yes"]),
        when=package.Value("timestamp[us]"),
    )
    columns = {
        "x": [None if i == 7 else i / 4 for i in range(ROWS)],
        "v": [[i, -i] for i in range(ROWS)],
        "photo": [Image.fromarray(np.full((4 + i % 2, 4, 3), i, np.uint8)) for i in range(ROWS)],
        "label": [i % 2 for i in range(ROWS)],
        "when": [0] * ROWS,
    }
    return package.Dataset.from_dict(columns, features=features)


@pytest.mark.parametrize("several", [False, True])
@pytest.mark.parametrize("cache", ["memory", "disk"])
def test_a_folder_of_save_to_disk(tmp_path: Path, package: Any, several: bool, cache: str) -> None:
    found = made(package)
    (package.DatasetDict(train=found, test=found.select([0, 1])) if several else found).save_to_disk(tmp_path / "set")
    more = f", size=[4, 4], missing=Fill(0.5), validation=0, test=0, cache={cache}"
    data = loaded(source(more), tmp_path)
    assert isinstance(data.train.inputs["photo"], Stored) == (cache == "disk")
    assert data.classes == {"label": ("no", "yes")}
    np.testing.assert_array_equal(data.train.targets["label"], np.arange(ROWS) % 2)
    np.testing.assert_array_equal(whole(data.train.inputs["v"]), [[i, -i] for i in range(ROWS)])
    np.testing.assert_array_equal(whole(data.train.inputs["photo"])[:, 3, 3, 2], np.arange(ROWS))
    np.testing.assert_array_equal(whole(data.train.inputs["x"])[6:9, 0], [1.5, 0.5, 2])
    assert "`x`: 1 missing value filled with 0.5" in data.account.rules
    assert "`photo`: pictures of 2 sizes from 4×4 to 5×4 resized to 4×4 (height×width)" in data.account.rules
    facts, raw = known_and_read('HuggingFace("set", size=[4, 4])', tmp_path)
    assert facts.columns is not None
    assert facts.targets == raw.targets == ("label",)
    assert {n: facts.columns[n].shape for n in raw.columns} == {n: v.shape[1:] for n, v in raw.columns.items()}


@pytest.mark.parametrize("kind", ["csv", "json", "parquet"])
def test_folders_of_files(tmp_path: Path, package: Any, kind: str) -> None:
    found = package.Dataset.from_dict({"x": [i / 4 for i in range(ROWS)], "label": ["ab"[i % 2] for i in range(ROWS)]})
    (tmp_path / "set").mkdir()
    getattr(found, f"to_{kind}")(str(tmp_path / "set" / f"train-00000-of-00001.{kind}"))
    getattr(found.select(range(5)), f"to_{kind}")(str(tmp_path / "set" / f"test-00000-of-00001.{kind}"))
    for split, count in (("train", ROWS), ("test", 5)):
        more = f'HuggingFace("set", split="{split}", validation=0, test=0)'
        data = loaded(spec(SIMPLE, more, CLASSES), tmp_path)
        np.testing.assert_array_equal(data.train.inputs["x"][:, 0], np.arange(count) / 4)
        assert data.classes == {"label": ("a", "b")}


def test_what_is_not_there(tmp_path: Path, package: Any) -> None:
    package.DatasetDict(train=made(package)).save_to_disk(tmp_path / "set")
    found = finding(source(', split="tarin"'), tmp_path)
    assert (found.code, found.message) == (DATA_NOT_FOUND, "`set` has no split `tarin`")
    assert found.help == ("did you mean `train`?", "splits are train")
    text = spec(
        "    input when: float32[1]\n    output label = when -> Dense(2, activation=softmax)",
        'HuggingFace("set")',
        CLASSES,
    )
    found = finding(text, tmp_path)
    assert (found.code, found.message.split(":")[0]) == (BAD_DATA_FILE, "the feature `when` is timestamp[us]")
    for name in ("empty", "mixed"):
        (tmp_path / name).mkdir()
    write(tmp_path, "mixed/a.csv", "x", "1")
    write(tmp_path, "mixed/a.json", "{}")
    assert finding(source(folder="empty"), tmp_path).message == "no files of data are in it"
    assert finding(source(folder="mixed"), tmp_path).message == "files of several kinds are in it: csv, json"
    write(tmp_path, "broken/a.json", "{{{")
    assert finding(source(folder="broken"), tmp_path).code == BAD_DATA_FILE


def test_code_in_a_folder_is_not_run(tmp_path: Path, package: Any) -> None:
    write(tmp_path, "set/set.py", "from pathlib import Path", "Path('ran').touch()", "raise SystemExit")
    write(
        tmp_path,
        "set/README.md",
        "---",
        "configs:",
        "- config_name: default",
        "  data_files: https://example.com/a.csv",
    )
    write(tmp_path, "set/a.csv", "x,label", *(f"{i},{i % 2}" for i in range(ROWS)))
    assert loaded(spec(SIMPLE, 'HuggingFace("set")', CLASSES), tmp_path).train.size
    assert not list(tmp_path.rglob("ran"))
    assert not Path("ran").exists()


def test_pictures_outside_of_the_folder_are_not_read(tmp_path: Path, package: Any) -> None:
    Image.new("RGB", (4, 4)).save(tmp_path / "secret.png")
    features = package.Features(
        photo={"bytes": package.Value("binary"), "path": package.Value("string")}, label=package.Value("int64")
    )
    rows = {"photo": [{"bytes": None, "path": str(tmp_path / "secret.png")}] * ROWS, "label": [0, 1] * ROWS}
    rows["label"] = rows["label"][:ROWS]
    found = package.Dataset.from_dict(rows, features=features).cast_column("photo", package.Image(decode=False))
    (tmp_path / "set").mkdir()
    # The package itself would put the picture into the file.
    pytest.importorskip("pyarrow.parquet").write_table(found.data.table, tmp_path / "set" / "a.parquet")
    text = spec(
        "    input photo: float32[4, 4, 3]\n    output label = photo -> Flatten -> Dense(2, activation=softmax)",
        'HuggingFace("set")',
        CLASSES,
    )
    assert "is in no file of the folder" in findings(text, tmp_path)[0].message


# ── Without the package ──────────────────────────────────────────────────────────────────────────


def test_without_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "set").mkdir()
    monkeypatch.setitem(sys.modules, "datasets", None)
    found = finding(source(), tmp_path)
    assert (found.code, found.span.text[:12]) == (MISSING_EXTRA, "HuggingFace(")
    assert found.help == ("install it: `pip install 'specc[huggingface]'`",)


def test_a_version_that_runs_code_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "set").mkdir()
    old = ModuleType("datasets")
    old.__version__ = "2.21.0"  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "datasets", old)
    found = finding(source(), tmp_path)
    assert (found.code, "2.21.0 runs code" in found.message) == (MISSING_EXTRA, True)


def test_a_name_is_not_fetched(tmp_path: Path) -> None:
    found = finding(source(folder="stanfordnlp/imdb"), tmp_path)
    message = "there is no folder `stanfordnlp/imdb` beside the spec, and specc downloads nothing"
    assert (found.code, found.message) == (DATA_NOT_FOUND, message)
    assert "datasets.load_dataset('stanfordnlp/imdb').save_to_disk('stanfordnlp/imdb')" in found.help[-1]
    assert finding(source(folder="../set"), tmp_path).code == IMPORT_OUTSIDE


def test_check_knows_the_features_without_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)
    (tmp_path / "set").mkdir()
    features = {"y": {"dtype": "float64", "_type": "Value"}, "label": {"names": ["a", "b"], "_type": "ClassLabel"}}
    (tmp_path / "set" / "dataset_info.json").write_text(json.dumps({"features": features}))
    (tmp_path / "set" / "state.json").write_text("{}")
    path = tmp_path / "m.model"
    inputs = "    input x: float32[1]\n    input y: float32[1]\n"
    body = f"{inputs}    output label = (x, y) -> Concatenate -> Dense(2, activation=softmax)"
    path.write_text(spec(body, 'HuggingFace("set")', CLASSES))
    (found,) = Compilation.of_file(path).report.errors
    assert (found.code, found.message) == (UNKNOWN_COLUMN, "`set` has no column for the input `x`")
