"""`specc import`: what it writes, what it leaves alone, what it says."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "importing"))
from importing_helpers import entry, functional, keras_file, layer

from specc.artifact.tensors import parse_weights
from specc.cli.main import run
from specc.compiler import Compilation

DENSE = functional(entry("x", 5), layer("Dense", "head", "x", units=3))
WEIGHTS = {"layers/dense": [np.ones((5, 3), "float32"), np.arange(3, dtype="float32")]}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_spec_and_its_weights_are_written(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keras_file(folder / "net.keras", DENSE, WEIGHTS)
    assert run(["import", "net.keras"]) == 0
    assert capsys.readouterr().err == "wrote net.model: 4 lines, 0 blocks\nwrote net.safetensors: 2 arrays\n"
    assert Compilation.of_file("net.model").report.ok
    found = parse_weights((folder / "net.safetensors").read_bytes())
    assert {name: array.shape for name, array in found.items()} == {"head/kernel": (5, 3), "head/bias": (3,)}
    assert sorted(p.name for p in folder.iterdir()) == ["net.keras", "net.model", "net.safetensors"]


def test_the_text_is_formatted(folder: Path) -> None:
    (folder / "net.json").write_text(json.dumps(DENSE), encoding="utf-8")
    assert run(["import", "net.json", "-o", "other.model"]) == 0
    assert run(["fmt", "--check", "other.model"]) == 0
    assert run(["check", "other.model"]) == 0
    assert not (folder / "other.safetensors").exists()


def test_files_are_replaced_only_with_force(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keras_file(folder / "net.keras", DENSE, WEIGHTS)
    for name in ("net.model", "net.safetensors"):
        (folder / name).write_text("mine", encoding="utf-8")
    assert run(["import", "net.keras"]) == 1
    said = capsys.readouterr().err
    assert "`net.model` exists already" in said
    assert "`net.safetensors` exists already" in said
    assert "--force" in said
    assert (folder / "net.model").read_text(encoding="utf-8") == "mine"
    assert run(["import", "net.keras", "--force"]) == 0
    assert "Dense(3" in (folder / "net.model").read_text(encoding="utf-8")


def test_nothing_is_written_of_what_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = functional(entry("x", 5), layer("Lambda", "twice", "x", function="f"))
    keras_file(folder / "net.keras", bad, WEIGHTS)
    assert run(["import", "net.keras"]) == 1
    assert "E811" in capsys.readouterr().err
    assert [p.name for p in folder.iterdir()] == ["net.keras"]


def test_what_is_not_carried_is_said(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keras_file(folder / "net.keras", {**DENSE, "compile_config": {"optimizer": "adam", "loss": "mse"}})
    assert run(["import", "net.keras"]) == 0
    said = capsys.readouterr().err
    assert "how it was compiled is not in the spec" in said and "optimizer = Adam()" in said


def test_a_spec_is_called_model(folder: Path) -> None:
    keras_file(folder / "net.keras", DENSE)
    assert run(["import", "net.keras", "-o", "net.txt"]) == 2


def test_no_tensorflow_is_loaded(folder: Path) -> None:
    keras_file(folder / "net.keras", DENSE, WEIGHTS)
    program = (
        "import sys; from specc.cli.main import run; code = run(['import', 'net.keras']);"
        "sys.exit(code or any(m.split('.')[0] in ('keras', 'tensorflow') for m in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr
