"""Nothing ruins a run: killed at any moment, it goes on and ends with the bytes of the run that was left alone."""

import hashlib
import json
import os
import random
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from forking import forks
from training_helpers import iris

pytestmark = pytest.mark.keras

PLAIN = iris(
    """optimizer = Adam(0.02)  epochs = 3  batch_size = 31  seed = 5  jit = off  augment = GaussianNoise(0.1)
    early_stopping = EarlyStopping(patience=9)  checkpoint = Checkpoint(every=2, unit=steps)""",
    layers="Normalization -> Dense(7, activation=relu) -> Dropout(0.3) -> BatchNormalization",
)
"""Everything with state: learned statistics, seeds of layers and augmentations, moving averages, best weights."""

ENSEMBLE = iris(
    "optimizer = SGD(0.1, momentum=0.9, use_ema=true)  batch_size = 64  jit = off  checkpoint = Checkpoint(unit=epochs)",
    layers="Dropout(0.2) -> Dense(5, activation=relu)",
    more="""
    ensemble Both {
        members = [Iris() * 2]
        sample = Bootstrap(0.9)
        combine = Stack(Dense(3, activation=softmax), folds=2)
    }
    train Both {
        data = Flowers
        loss = SparseCategoricalCrossentropy()
        augment = GaussianNoise(0.1)
        jit = off
        batch_size = 64
        checkpoint = Checkpoint(every=1, unit=steps)
    }""",
)

Run = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    with forks() as function:
        yield function


def spec(folder: Path, text: str) -> Path:
    file = folder / "iris.model"
    file.write_text(text, encoding="utf-8")
    return file


def digest(folder: Path) -> str:
    """SHA-256 of all that is in a run's artifact."""
    files = sorted(f for f in (folder / "artifact").rglob("*") if f.is_file())
    assert [f.name for f in files] == ["manifest.json", "spec.json", "weights.safetensors"]
    return hashlib.sha256(b"".join(f.read_bytes() for f in files)).hexdigest()


def logs(folder: Path) -> list[dict[str, Any]]:
    """What was logged, without durations."""
    lines = (folder / "metrics.jsonl").read_text().splitlines()
    return [{**json.loads(line), "seconds": 0} for line in lines]


def left_alone(run: Run, file: Path) -> tuple[Path, int]:
    """A run that nobody disturbs, and how many moments it has."""
    folder = file.parent / "alone"
    done = run("train", file, "-o", folder)
    assert done["code"] == 0, done["err"]
    return folder, done["moments"]


def killed_again_and_again(run: Run, file: Path, folder: Path, ends: list[dict[str, float]]) -> int:
    """Begin a run, end it in each of the ways, and let it end; how often it was indeed killed."""
    killed = 0
    for end in ends:
        done = run("train", file, "--resume", "-o", folder, **end)
        assert done["code"] in (0, -signal.SIGKILL), (end, done["err"])
        killed += done["code"] != 0
    done = run("train", file, "--resume", "-o", folder)
    assert done["code"] == 0, done["err"]
    return killed


def require_same(one: Path, other: Path) -> None:
    assert digest(one) == digest(other)
    assert logs(one) == logs(other)
    assert sorted(p.name for p in one.iterdir()) == sorted(p.name for p in other.iterdir())


@pytest.mark.parametrize(("text", "kills"), [(PLAIN, 12), (ENSEMBLE, 12)], ids=["plain", "ensemble"])
def test_kills_change_nothing(run: Run, tmp_path: Path, text: str, kills: int) -> None:
    file = spec(tmp_path, text)
    alone, moments = left_alone(run, file)
    seed = int(os.environ.get("SPECC_KILLS", random.randrange(10**6)))
    print(f"SPECC_KILLS={seed}, {moments} moments")
    draw = random.Random(seed)
    share = 2 * moments // kills
    ends: list[dict[str, float]] = [{"at": draw.randint(1, share)} for _ in range(kills - 2)]
    ends.insert(0, {"after": draw.uniform(0, 1)})
    ends.insert(kills // 2, {"after": draw.uniform(0, 2)})
    killed = killed_again_and_again(run, file, tmp_path / "killed", ends)
    require_same(alone, tmp_path / "killed")
    assert killed >= kills - 2
