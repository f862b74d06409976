"""Every shipped spec, end to end as a user runs it: train, then evaluate and predict; for some, in new processes."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from published import write_vgg16
from safetensors.numpy import load_file

from specc.cli.main import run

ROOT = Path(__file__).parent.parent
SPECS = ROOT / "specs"

# What each must reach on its held-out split: (metric, least or most, value).
GOALS = {
    "digits": ("accuracy", "least", 0.98),
    "committee": ("accuracy", "least", 0.96),
    "coffees": ("mae", "most", 0.06),  # the mean of the targets as a guess: 0.19
    "cultivars": ("accuracy", "least", 0.9),
    "diabetes": ("mae", "most", 58.0),  # the mean of the training targets as a guess: 66
    "pendulum": ("mae", "most", 0.1),
    "brackets": ("accuracy", "least", 0.9),
    "wine": ("cultivar_accuracy", "least", 0.9),
    "resnet": ("accuracy", "least", 0.7),
    "vit": ("accuracy", "least", 0.93),
    "gpt": ("accuracy", "least", 0.59),  # 4 of 7 characters follow from those before, the others can only be guessed
    "unet": ("accuracy", "least", 0.88),  # the ground alone: 0.8
    "vae": ("loss", "most", 14.0),  # the mean picture: 18.5
    "transfer": ("loss", "most", 1.5),  # with weights that were never trained; equal shares for all: 1.1
}
PARAMETERS = {
    "resnet": ["-p", "width=8", "-p", "stages=[1, 1]", "-p", "epochs=6"],
    "transfer": ["-p", 'weights="vgg16.h5"', "-p", "head=2", "-p", "tuning=1", "-p", "jit=off"],
}


IN_NEW_PROCESSES = ("coffees", "committee")
"""A table with texts, and an ensemble with exports. Each process loads TensorFlow, which takes longer than most
trainings: all others run in the process of the tests."""

Command = Callable[..., tuple[str, str]]
"""Runs specc with some arguments, which must succeed: what it prints, and what it says."""


def specc(*arguments: str) -> tuple[str, str]:
    command = [sys.executable, "-m", "specc", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout, done.stderr


@pytest.fixture
def command(name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    monkeypatch.chdir(ROOT)

    def here(*arguments: str) -> tuple[str, str]:
        capsys.readouterr()
        code = run(list(arguments))
        out, err = capsys.readouterr()
        assert code == 0, out + err
        return out, err

    return specc if name in IN_NEW_PROCESSES else here


def test_every_spec_has_a_goal() -> None:
    assert {p.stem for p in SPECS.glob("*.model")} == set(GOALS)


@pytest.mark.parametrize("name", sorted(GOALS))
def test_spec_passes_its_own_tests(name: str, command: Command) -> None:
    command("test", f"specs/{name}.model")


@pytest.mark.keras
@pytest.mark.parametrize("name", sorted(GOALS))
def test_spec_trains_and_its_artifact_works(name: str, command: Command, tmp_path: Path) -> None:
    folder, spec = tmp_path / "run", f"specs/{name}.model"
    if name == "transfer":
        spec, published = beside_its_weights(tmp_path)
    _, told = command("train", spec, "-o", str(folder), *PARAMETERS.get(name, []))
    assert f"Next: specc evaluate {folder}" in told
    record = json.loads((folder / "run.json").read_text())
    metric, direction, goal = GOALS[name]
    reached = record["metrics"][metric]
    assert reached >= goal if direction == "least" else reached <= goal, record["metrics"]

    evaluated, _ = command("evaluate", str(folder), "--json")
    assert json.loads(evaluated) == record["metrics"]

    predicted, _ = command("predict", str(folder), "--count", "3", "--json")
    assert len(json.loads(predicted)) == 3

    for made in ("metrics.jsonl", "curves.png", "artifact/manifest.json", "artifact/spec.json", "tensorboard"):
        assert (folder / made).exists()
    if name == "committee":
        require_one_artifact_with_one_input(folder)
    if name == "transfer":
        require_two_phases(folder, published)


def beside_its_weights(folder: Path) -> tuple[str, dict[str, np.ndarray]]:
    """A copy of the spec of transfer learning, with a file in the layout of the published one beside it."""
    spec = shutil.copy(SPECS / "transfer.model", folder)
    shutil.copytree(SPECS / "data", folder / "data")
    return str(spec), write_vgg16(folder / "vgg16.h5")


def require_two_phases(folder: Path, published: dict[str, np.ndarray]) -> None:
    """First the head alone learned, then the last block of the backbone with it; all else is as published."""
    logs = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    assert [(log["epoch"], log["phase"]) for log in logs] == [(1, 1), (2, 1), (3, 2)]
    assert [log["learning_rate"] for log in logs] == pytest.approx([1e-3, 1e-3, 1e-5])
    weights = load_file(folder / "artifact" / "weights.safetensors")
    for name, array in published.items():
        layer, kind = name.split("_W_")[0].split("_b_")[0], "kernel" if "_W_" in name else "bias"
        found = weights[f"backbone/vgg.{layer.replace('_', '.')}/{kind}"]
        assert np.array_equal(found, array) == (not layer.startswith("block5")), name


def require_one_artifact_with_one_input(folder: Path) -> None:
    manifest = json.loads((folder / "artifact" / "manifest.json").read_text())
    assert list(manifest["inputs"]) == ["image"] and list(manifest["outputs"]) == ["digit"]
    assert set(manifest["exports"]) == {"keras", "saved_model"}
    assert all(e["largest_absolute_difference"] <= 1e-5 for e in manifest["exports"].values())
    assert len(json.loads((folder / "run.json").read_text())["members"]) == 3
