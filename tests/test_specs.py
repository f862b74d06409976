"""Every shipped spec, end to end as a user runs it: train, then evaluate and predict; for some, in new processes."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

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
}
PARAMETERS = {"resnet": ["-p", "width=8", "-p", "stages=[1, 1]", "-p", "epochs=6"]}


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
    folder = tmp_path / "run"
    _, told = command("train", f"specs/{name}.model", "-o", str(folder), *PARAMETERS.get(name, []))
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


def require_one_artifact_with_one_input(folder: Path) -> None:
    manifest = json.loads((folder / "artifact" / "manifest.json").read_text())
    assert list(manifest["inputs"]) == ["image"] and list(manifest["outputs"]) == ["digit"]
    assert set(manifest["exports"]) == {"keras", "saved_model"}
    assert all(e["largest_absolute_difference"] <= 1e-5 for e in manifest["exports"].values())
    assert len(json.loads((folder / "run.json").read_text())["members"]) == 3
