"""Exports count when their files, loaded in a process of their own, agree with the model."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from artifact_samples import NET, of, refusal

from specc.artifact import exports
from specc.artifact.manifest import ExportRecord
from specc.artifact.tensors import load_arrays, save_arrays
from specc.artifact.write import write
from specc.diagnostics import Diagnostic
from specc.diagnostics.codes import EXPORT_DISAGREES, RUNTIME_FAILED

SAMPLES = {"x": np.random.default_rng(1).normal(size=(7, 3)).astype("float32")}


def compared(expected: Any, found: Any) -> ExportRecord:
    place = of(NET).place("model", "Net")
    return exports._agreement("keras", {"y": np.asarray(expected)}, {"y": np.asarray(found)}, place)


@pytest.mark.parametrize(
    ("expected", "found", "absolute", "relative"),
    [
        ([1.0, 2.0], [1.0, 2.0], 0.0, 0.0),
        ([1.0, 2.0], [1.0, 2.0 + 4e-6], 4e-6, 2e-6),
        ([0.0, 1e6], [0.5, 1e6], 0.5, 5e-7),
        ([0.0, 0.0], [0.0, 1e-9], 1e-9, 1e-9 / 1e-12),
        ([np.nan, np.inf], [np.nan, np.inf], 0.0, 0.0),
        ([3, 4], [3, 4], 0.0, 0.0),
        ([True, False], [True, False], 0.0, 0.0),
    ],
)
def test_agreement(expected: Any, found: Any, absolute: float, relative: float) -> None:
    record = compared(expected, found)
    assert record.examples == 2 and record.path == "exports/model.keras"
    assert record.largest_absolute_difference == pytest.approx(absolute)
    assert record.largest_relative_difference == pytest.approx(relative)


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        ([1.0, 2.0], [1.0, 2.1]),
        ([1.0, 2.0], [1.0, 2.0 + 4e-5]),
        ([1.0, 2.0], [1.0, np.nan]),
        ([1.0, np.nan], [1.0, 2.0]),
        ([1.0, np.inf], [1.0, -np.inf]),
        ([1.0, 2.0], [1.0, np.inf]),
        ([1, 2], [1, 3]),
    ],
)
def test_disagreement(expected: Any, found: Any) -> None:
    finding = refusal(lambda: compared(expected, found))
    assert finding.code is EXPORT_DISAGREES and "`y`" in finding.message
    assert finding.help == ("take `keras` out of the formats",)


@pytest.mark.parametrize("found", [[1.0], [[1.0], [2.0]]])
def test_another_shape(found: Any) -> None:
    assert refusal(lambda: compared([1.0, 2.0], found)).code is EXPORT_DISAGREES


def test_a_lost_output() -> None:
    place = of(NET).place("model", "Net")
    finding = refusal(lambda: exports._agreement("saved_model", {"y": np.zeros(2)}, {"z": np.zeros(2)}, place))
    assert finding.message == "the exported saved_model has no output `y` of the model's shape"


def test_arrays_survive_whatever_they_are_called(tmp_path: Path) -> None:
    import ml_dtypes

    arrays: Mapping[str, Any] = {
        "file": np.arange(3),
        "allow_pickle": np.zeros((0, 2)),
        "texts": np.array(["a", "β"], dtype=object),
        "half": np.array([0.5, 3.0], dtype=ml_dtypes.bfloat16),
    }
    save_arrays(tmp_path / "a.npz", arrays)
    found = load_arrays(tmp_path / "a.npz")
    assert {n: a.tolist() for n, a in found.items()} == {n: a.tolist() for n, a in arrays.items()}


# ── With Keras ───────────────────────────────────────────────────────────────────────────────────


class Tampered:
    """A model whose files are somebody else's."""

    def __init__(self, model: Any, save: Any = None, export: Any = None) -> None:
        self._model, self.save, self.export = model, save or model.save, export or model.export

    def __call__(self, *args: Any, **options: Any) -> Any:
        return self._model(*args, **options)

    def get_layer(self, name: str) -> Any:
        return self._model.get_layer(name)


def written(model: Any, folder: Path, *formats: str) -> Any:
    return write(of(NET), "Net", model, folder, metrics={}, classes={}, samples=SAMPLES, formats=formats)


def finding_of(model: Any, folder: Path, *formats: str) -> Diagnostic:
    finding = refusal(lambda: written(model, folder, *formats))
    assert list(folder.parent.iterdir()) == []
    return finding


@pytest.fixture(scope="module")
def model() -> Any:
    from specc.lower.model import build

    return build(of(NET), "Net")


@pytest.fixture(scope="module")
def other() -> Any:
    """The same model with other weights."""
    from specc.lower.model import build

    return build(of(NET), "Net")


@pytest.mark.keras
def test_the_figures_are_measured(model: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A folder with modules of well-known names: nothing of it may be imported.
    (tmp_path / "trap").mkdir()
    for name in ("specc", "keras", "numpy"):
        (tmp_path / "trap" / f"{name}.py").write_text("raise SystemExit('imported from the current folder')")
    monkeypatch.chdir(tmp_path / "trap")
    monkeypatch.delenv("PYTHONPATH", raising=False)
    manifest = written(model, tmp_path / "net", "keras", "saved_model")
    assert set(manifest.exports) == {"keras", "saved_model"}
    for record in manifest.exports.values():
        assert record.examples == len(SAMPLES["x"])
        assert record.largest_absolute_difference <= 1e-6
        assert any(name.startswith(record.path) for name in manifest.files)


@pytest.mark.keras
@pytest.mark.usefixtures("checked_here")
def test_tampered_exports_are_caught(model: Any, other: Any, tmp_path: Path) -> None:
    keras = finding_of(Tampered(model, save=other.save), tmp_path / "net", "saved_model", "keras")
    assert keras.code is EXPORT_DISAGREES and "exported model.keras differs" in keras.message
    assert keras.expected == "at most 1e-05" and keras.found is not None and float(keras.found) > 1e-3
    saved = finding_of(Tampered(model, export=other.export), tmp_path / "net", "saved_model", "keras")
    assert saved.code is EXPORT_DISAGREES and "exported saved_model differs" in saved.message


@pytest.mark.keras
def test_an_export_that_can_not_be_loaded(model: Any, tmp_path: Path) -> None:
    def cut(path: Path) -> None:
        model.save(path)
        path.write_bytes(path.read_bytes()[:500])

    finding = finding_of(Tampered(model, save=cut), tmp_path / "net", "keras")
    assert finding.code is EXPORT_DISAGREES and "the exported model.keras can't be loaded: " in finding.message


@pytest.mark.keras
def test_an_export_that_keras_refuses(model: Any, tmp_path: Path) -> None:
    def refuse(path: Path, **_: Any) -> None:
        raise ValueError("no such thing\nmore")

    finding = finding_of(Tampered(model, export=refuse), tmp_path / "net", "saved_model")
    assert finding.code is RUNTIME_FAILED
    assert finding.message == "the model can't be exported as `saved_model`: no such thing"
