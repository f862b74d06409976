"""Every shipped spec, end to end as a user runs it: train, then evaluate and predict in new processes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

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


def specc(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "specc", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=600, check=False
    )


def test_every_spec_has_a_goal() -> None:
    assert {p.stem for p in SPECS.glob("*.model")} == set(GOALS)


@pytest.mark.parametrize("name", sorted(GOALS))
def test_spec_passes_its_own_tests(name: str) -> None:
    done = specc("test", f"specs/{name}.model")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.keras
@pytest.mark.parametrize("name", sorted(GOALS))
def test_spec_trains_and_its_artifact_works(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    done = specc("train", f"specs/{name}.model", "-o", str(folder), *PARAMETERS.get(name, []))
    assert done.returncode == 0, done.stderr
    assert f"Next: specc evaluate {folder}" in done.stderr
    record = json.loads((folder / "run.json").read_text())
    metric, direction, goal = GOALS[name]
    reached = record["metrics"][metric]
    assert reached >= goal if direction == "least" else reached <= goal, record["metrics"]

    evaluated = specc("evaluate", str(folder), "--json")
    assert evaluated.returncode == 0, evaluated.stderr
    assert json.loads(evaluated.stdout) == record["metrics"]

    predicted = specc("predict", str(folder), "--count", "3", "--json")
    assert predicted.returncode == 0, predicted.stderr
    assert len(json.loads(predicted.stdout)) == 3

    for made in ("metrics.jsonl", "curves.png", "artifact/manifest.json", "artifact/spec.json", "tensorboard"):
        assert (folder / made).exists()


@pytest.mark.keras
def test_the_committee_is_one_artifact_with_one_input(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    done = specc("train", "specs/committee.model", "-q", "-o", str(folder))
    assert done.returncode == 0, done.stderr
    manifest = json.loads((folder / "artifact" / "manifest.json").read_text())
    assert list(manifest["inputs"]) == ["image"] and list(manifest["outputs"]) == ["digit"]
    assert set(manifest["exports"]) == {"keras", "saved_model"}
    assert all(e["largest_absolute_difference"] <= 1e-5 for e in manifest["exports"].values())
    assert len(json.loads((folder / "run.json").read_text())["members"]) == 3
