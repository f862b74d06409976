"""An artifact answers as the trained model did, in any process, and refuses weights and inputs that don't fit."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from artifact_samples import of, refusal, reseal

from specc.artifact.evaluate import dataset, evaluate, held_out, spec_folder, train_plan
from specc.artifact.manifest import WEIGHTS
from specc.artifact.predict import input_arrays, predict, predict_records
from specc.artifact.read import Artifact, read
from specc.artifact.tensors import parse_weights, save_weights
from specc.artifact.write import write
from specc.diagnostics.codes import DAMAGED_ARTIFACT, DATA_SHAPE, MISSING_SETTING

ROOT = Path(__file__).parent.parent.parent


def test_the_folder_of_the_spec(plain: Path) -> None:
    artifact, record = Artifact(plain, read(plain).manifest), plain.parent / "run.json"
    (plain.parent / "specs").mkdir()
    record.write_text('{"spec_folder": "specs"}')
    assert spec_folder(artifact) == plain.parent / "specs"
    for text in ('{"spec_folder": "none"}', "{}", "[]", "no", "[" * 100_000, '{"spec_folder": "\\u0000"}'):
        record.write_text(text)
        assert spec_folder(artifact) == Path.cwd()
    record.unlink()
    assert spec_folder(artifact) == Path.cwd()


def test_an_artifact_that_was_never_trained(plain: Path) -> None:
    assert refusal(lambda: evaluate(read(plain))).code is MISSING_SETTING


WRONG_INPUTS = {
    "missing": ({}, "the input `x` is missing"),
    "unknown": ({"x": np.zeros((1, 3)), "y": 1}, "the model has no input `y`"),
    "rank": ({"x": np.zeros(3)}, "the input `x` has the shape [3] instead of [examples, 3]"),
    "size": ({"x": np.zeros((2, 4))}, "the input `x` has the shape [2, 4] instead of [examples, 3]"),
    "dtype": ({"x": np.zeros((2, 3), complex)}, "the input `x` has the dtype complex128 instead of float32"),
    "texts": ({"x": [["a", "b", "c"]]}, "the input `x` has the dtype <U1 instead of float32"),
    "none": ({"x": np.zeros((0, 3))}, "inputs need the same number of examples, at least one: `x` 0"),
}


@pytest.mark.parametrize("name", WRONG_INPUTS)
def test_inputs_that_do_not_fit(plain: Path, name: str) -> None:
    inputs, message = WRONG_INPUTS[name]
    finding = refusal(lambda: predict(read(plain), inputs))
    assert finding.code is DATA_SHAPE and finding.message == message


# ── Weights, with and without Keras ──────────────────────────────────────────────────────────────


def _without(name: str) -> Callable[[dict[str, Any]], None]:
    return lambda weights: weights.update(other=weights.pop(name))


def _with(name: str, change: Callable[[Any], Any]) -> Callable[[dict[str, Any]], None]:
    return lambda weights: weights.update({name: change(weights[name])})


def replace_weights(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    weights = parse_weights((folder / WEIGHTS).read_bytes())
    change(weights)
    save_weights(folder / WEIGHTS, weights)
    reseal(folder)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda w: w.pop("dense/kernel"), "it holds 43 parameters, the spec has 58"),
        (lambda w: w.update(more=np.zeros(2)), "it holds 60 parameters, the spec has 58"),
        (lambda w: w.clear(), "it holds 0 parameters, the spec has 58"),
    ],
    ids=["missing", "too-many", "empty"],
)
def test_too_few_or_too_many_weights_need_no_keras(plain: Path, change: Any, reason: str) -> None:
    replace_weights(plain, change)
    finding = refusal(read(plain).load_model)
    assert finding.code is DAMAGED_ARTIFACT and finding.message == f"`{WEIGHTS}` is damaged: {reason}"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff" * 8,
        b"\x02\0\0\0\0\0\0\0[]",
        b"\xff\xff\xff\xff\xff\xff\xff\x7f{}",
        b"\x08\0\0\0\0\0\0\0" + b"[" * 8,
    ],
    ids=["empty", "short", "list", "endless-header", "deep"],
)
def test_files_that_hold_no_tensors(plain: Path, data: bytes) -> None:
    (plain / WEIGHTS).write_bytes(data)
    reseal(plain)
    finding = refusal(read(plain).load_model)
    assert finding.code is DAMAGED_ARTIFACT and "it holds no tensors: " in finding.message


def test_weights_that_change_after_they_were_verified(plain: Path) -> None:
    artifact = read(plain)
    (plain / WEIGHTS).write_bytes(bytes((plain / WEIGHTS).stat().st_size))
    assert "it changed after it was verified" in refusal(artifact.load_model).message


@pytest.mark.keras
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_without("dense/kernel"), "the tensor `dense/kernel` is missing"),
        (lambda w: w.update(zero=np.zeros(0)), "the tensor `zero` is none of the spec"),
        (_with("dense/kernel", np.transpose), "the tensor `dense/kernel` is float32[5, 3] instead of float32[3, 5]"),
        (_with("dense/bias", lambda v: v.astype("float64")), "is float64[5] instead of float32[5]"),
        (_with("dense/bias", lambda v: v.astype("int32")), "is int32[5] instead of float32[5]"),
    ],
    ids=["renamed", "extra", "shape", "wider", "integers"],
)
def test_weights_that_do_not_fit(plain: Path, change: Any, reason: str) -> None:
    replace_weights(plain, lambda w: (change(w), w.update({k: np.ascontiguousarray(v) for k, v in w.items()}))[1])
    finding = refusal(read(plain).load_model)
    assert finding.code is DAMAGED_ARTIFACT and reason in finding.message


NESTED = """
model Inner(n: int) { input x: float32[n]  output y = x -> Dense(4) -> BatchNormalization }
model Net {
    input a: float32[3]
    input b: float32[5]
    twice = Inner(4)
    left = a -> Inner(3) -> twice
    right = b -> Inner(5) -> twice
    output sum = left + right
    output half = left -> Dense(2, dtype=bfloat16)
}
"""


@pytest.mark.keras
def test_nested_shared_and_half_precision_weights(tmp_path: Path) -> None:
    from specc.lower.model import build

    program = of(NESTED)
    model = build(program, "Net")
    random = np.random.default_rng(2)
    for variable in model.variables:
        variable.assign(random.normal(size=variable.shape).astype("float32") ** 2)
    inputs = {n: random.normal(size=(6, s)).astype("float32") for n, s in (("a", 3), ("b", 5))}
    write(program, "Net", model, tmp_path / "net", metrics={}, classes={}, samples={})
    found = predict(read(tmp_path / "net"), inputs)
    expected = model.predict(inputs, verbose=0)
    assert set(found) == {"sum", "half"}
    for name, value in expected.items():
        assert np.asarray(value).tobytes() == found[name].tobytes()


# ── A trained artifact ───────────────────────────────────────────────────────────────────────────

CHILD = """
import json, sys
from pathlib import Path
from specc.artifact.evaluate import evaluate
from specc.artifact.predict import input_arrays, predict
from specc.artifact.read import read
artifact = read(Path(sys.argv[1]))
outputs = predict(artifact, input_arrays(artifact, None))
print(json.dumps({"outputs": {n: v.tobytes().hex() for n, v in outputs.items()}, "metrics": evaluate(artifact)}))
"""


@pytest.mark.keras
def test_a_new_process_answers_with_the_same_bits(run_folder: Path) -> None:
    artifact = read(run_folder)
    expected = predict(artifact, input_arrays(artifact, None))
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(run_folder)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["outputs"] == {n: v.tobytes().hex() for n, v in expected.items()}
    assert answer["metrics"] == json.loads((run_folder / "run.json").read_text())["metrics"]


@pytest.mark.keras
def test_a_copied_artifact_is_evaluated_with_a_folder(run_folder: Path, tmp_path: Path) -> None:
    shutil.copytree(run_folder / "artifact", tmp_path / "alone")
    artifact = read(tmp_path / "alone")
    metrics = evaluate(artifact, folder=run_folder.parent / "spec")
    assert metrics == json.loads((run_folder / "run.json").read_text())["metrics"]
    assert {f"test_{k}": v for k, v in metrics.items()} == artifact.manifest.metrics


@pytest.mark.keras
def test_what_the_manifest_says(run_folder: Path) -> None:
    manifest = read(run_folder).manifest
    assert manifest.version == "2.1.0" and manifest.classes == {"kind": ("blue", "green", "red")}
    assert {"specc", "keras", "tensorflow"} <= manifest.versions.keys()
    assert {e.examples for e in manifest.exports.values()} == {30}
    assert manifest.hash == json.loads((run_folder / "run.json").read_text())["hash"]


@pytest.mark.keras
def test_labels_of_a_table_that_still_has_its_targets(run_folder: Path) -> None:
    artifact = read(run_folder)
    inputs = input_arrays(artifact, str(run_folder.parent / "spec" / "points.csv"), limit=4)
    assert inputs["x"].shape == (4, 3)
    values = predict(artifact, inputs)["kind"]
    for row, record in zip(values, predict_records(artifact, inputs), strict=True):
        answer = record["kind"]
        assert answer["class"] == ("blue", "green", "red")[row.argmax()]
        assert answer["probability"] == float(row.max()) == answer["probabilities"][answer["class"]]
    assert len(held_out(dataset(artifact, train_plan(artifact), None)).ids) == 30
