"""Nothing ruins a run: killed at any moment, it goes on and ends with the bytes of the run that was left alone."""

import csv
import hashlib
import json
import os
import random
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from forking import forks
from training_helpers import iris

from specc.training.reports.events import read_events

pytestmark = [pytest.mark.keras, pytest.mark.skipif(not hasattr(os, "fork"), reason="no processes that fork")]

PLAIN = iris(
    """optimizer = Adam(0.02)  epochs = 3  batch_size = 31  seed = 5  jit = off  augment = GaussianNoise(0.1)
    early_stopping = EarlyStopping(patience=9)  reduce_lr = ReduceLROnPlateau(factor=0.5, patience=1, min_delta=9)
    tensorboard = TensorBoard(histogram_freq=1, update_freq=2)  checkpoint = Checkpoint(every=2, unit=steps)""",
    layers="Normalization -> Dense(7, activation=relu) -> Dropout(0.3) -> BatchNormalization",
)
"""Everything with state: learned statistics, seeds of layers and augmentations, moving averages, best weights."""

ENSEMBLE = iris(
    """optimizer = SGD(0.1, momentum=0.9, use_ema=true)  batch_size = 64  jit = off
    checkpoint = Checkpoint(unit=epochs)""",
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
        tensorboard = TensorBoard(histogram_freq=1, update_freq=batch)
        jit = off
        batch_size = 64
        checkpoint = Checkpoint(every=1, unit=steps)
    }""",
)

SKIPPING = """
    model Sum {
        input x: float32[2]
        output y: float32[1] = x -> Dense(5, activation=relu) -> Dense(1)
    }
    train Sum {
        data = CSV("sums.csv", validation=0.2)
        loss = MeanSquaredError()
        optimizer = Adam(0.02)
        epochs = 4
        batch_size = 5
        jit = off
        on_nan = skip
        checkpoint = Checkpoint(every=1, unit=steps)
    }"""
"""Steps that give no finite numbers, as one of the examples is too large, are undone and counted."""

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


def rows(folder: Path) -> list[dict[str, str]]:
    """The same of the table."""
    with (folder / "metrics.csv").open(newline="") as file:
        return [{**row, "seconds": ""} for row in csv.DictReader(file)]


def events(folder: Path) -> Counter[tuple[str, int, bytes]]:
    """What TensorBoard shows, by folder and step, without the times of day."""
    folders = sorted({f.parent for f in (folder / "tensorboard").rglob("events.*")})
    found: Counter[tuple[str, int, bytes]] = Counter()
    for place in folders:
        for event in read_events(place):
            event.wall_time = 0
            found[place.relative_to(folder).as_posix(), event.step, event.SerializeToString()] += 1
    return Counter({key: n for key, n in found.items() if b"brain.Event" not in key[2]})


def left_alone(run: Run, file: Path) -> tuple[Path, int]:
    """A run that nobody disturbs, and how many moments it has."""
    folder = file.parent / "alone"
    done = run("train", file, "-o", folder)
    assert done["code"] == 0, done["err"]
    return folder, done["moments"]


def kill(run: Run, file: Path, folder: Path, **end: float) -> None:
    done = run("train", file, "--resume", "-o", folder, **end)
    assert done["code"] == -signal.SIGKILL, (end, done["out"], done["err"])


def go_on(run: Run, file: Path, folder: Path) -> dict[str, Any]:
    done = run("train", file, "--resume", "-o", folder)
    assert done["code"] == 0, done["err"]
    return done


def require_same(one: Path, other: Path) -> None:
    assert digest(one) == digest(other)
    assert logs(one) == logs(other) and rows(one) == rows(other)
    assert events(one) == events(other)
    assert sorted(p.name for p in one.iterdir()) == sorted(p.name for p in other.iterdir())


@pytest.mark.parametrize(("text", "kills"), [(PLAIN, 13), (ENSEMBLE, 5)], ids=["plain", "ensemble"])
def test_kills_change_nothing(run: Run, tmp_path: Path, text: str, kills: int) -> None:
    """One run is killed again and again, and another one twice when all is trained; 22 kills with both specs."""
    file = spec(tmp_path, text)
    alone, moments = left_alone(run, file)
    seed = int(os.environ.get("SPECC_KILLS", random.randrange(10**6)))
    print(f"SPECC_KILLS={seed}, {moments} moments")
    draw = random.Random(seed)
    often, late = tmp_path / "often", tmp_path / "late"
    kill(run, file, often, after=draw.uniform(0, 0.5))
    for _ in range(kills - 1):
        kill(run, file, often, at=draw.randint(1, moments // kills))
    kill(run, file, late, at=moments - draw.randint(16, 36))
    kill(run, file, late, at=draw.randint(1, 20))
    for folder in (often, late):
        go_on(run, file, folder)
        require_same(alone, folder)


PARTS = 4
"""Processes that the nightly test can be shared by."""


@pytest.mark.nightly
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("text", [PLAIN, ENSEMBLE], ids=["plain", "ensemble"])
def test_a_kill_at_each_moment_changes_nothing(run: Run, tmp_path: Path, text: str, part: int) -> None:
    """Before and after each operation of each save, in the middle of each file: about 200 and 470 kills."""
    file = spec(tmp_path, text)
    alone, moments = left_alone(run, file)
    for at in range(1 + part, moments + 1, PARTS):
        folder = tmp_path / str(at)
        done = run("train", file, "-o", folder, at=at)
        assert done["code"] == -signal.SIGKILL or (done["code"] == 0 and at > moments - 16), (at, done["err"])
        go_on(run, file, folder)
        require_same(alone, folder)


def test_kills_among_steps_that_are_undone_change_nothing(run: Run, tmp_path: Path) -> None:
    file = spec(tmp_path, SKIPPING)
    rows = [f"{i},{i * i % 7},{i + i * i % 7}" for i in range(40)]
    (tmp_path / "sums.csv").write_text("\n".join(["a,b,y", *rows[:17], "3e38,3e38,1", *rows[17:]]) + "\n")
    alone = tmp_path / "alone"
    done = run("train", file, "-o", alone)
    assert done["code"] == 0 and done["err"].count("steps that gave no finite numbers were undone") == 4
    seed = int(os.environ.get("SPECC_KILLS", random.randrange(10**6)))
    print(f"SPECC_KILLS={seed}, {done['moments']} moments")
    draw = random.Random(seed)
    folder = tmp_path / "often"
    for _ in range(5):
        kill(run, file, folder, at=draw.randint(40, done["moments"] // 5))
    go_on(run, file, folder)
    require_same(alone, folder)


# ── Signals ──────────────────────────────────────────────────────────────────────────────────────


def test_a_run_that_is_asked_to_end_is_kept(run: Run, tmp_path: Path) -> None:
    layers = "Dropout(0.2) -> Dense(5, activation=relu)"
    file = spec(tmp_path, iris("epochs = 90  jit = off  optimizer = Adam(0.01)", layers=layers))
    alone, _ = left_alone(run, file)
    folder = tmp_path / "asked to end"
    for number, name, seen in ((signal.SIGTERM, "SIGTERM", "epoch 5/"), (signal.SIGINT, "SIGINT", "epoch 40/")):
        done = run("train", file, "--resume", "-o", folder, seen=seen, signal=number)
        assert done["code"] == 128 + number and done["seconds"] < 10 and done["out"] == ""
        way_on = f"specc train {file} --resume -o '{folder}'"
        assert done["err"].splitlines()[-1] == f"stopped by {name}; go on with: {way_on}"
        assert "Traceback" not in done["err"]
    told = go_on(run, file, folder)["err"].splitlines()
    assert told[0] == "loading TensorFlow…" and told[2].startswith("Iris goes on in epoch ")
    require_same(alone, folder)


def test_a_run_that_is_asked_to_end_before_its_first_step_leaves_nothing(run: Run, tmp_path: Path) -> None:
    file = spec(tmp_path, iris())
    done = run("train", file, "-o", tmp_path / "run", at=3, signal=signal.SIGTERM)
    assert done["code"] == 143
    assert done["err"].splitlines()[-1] == "stopped by SIGTERM; nothing was trained yet, and nothing is left"
    assert not (tmp_path / "run").exists()


# ── What is gone on with ─────────────────────────────────────────────────────────────────────────


@pytest.fixture
def unfinished(run: Run, tmp_path: Path) -> tuple[Path, Path]:
    """A spec, and the folder of a run of it that was killed after some checkpoints."""
    file, folder = spec(tmp_path, PLAIN), tmp_path / "unfinished"
    kill(run, file, folder, at=100)
    assert len(list((folder / "checkpoints").glob("0*"))) >= 2
    return file, folder


def test_a_damaged_checkpoint_is_passed_over(run: Run, unfinished: tuple[Path, Path]) -> None:
    file, folder = unfinished
    alone, _ = left_alone(run, file)
    newest = max((folder / "checkpoints").glob("0*"))
    weights = bytearray((newest / "weights.safetensors").read_bytes())
    weights[-5] ^= 1
    (newest / "weights.safetensors").write_bytes(weights)
    done = go_on(run, file, folder)
    assert f"checkpoint {newest.name} is damaged (weights.safetensors was changed); the one before is" in done["err"]
    require_same(alone, folder)


def test_only_the_same_run_goes_on(run: Run, unfinished: tuple[Path, Path]) -> None:
    file, folder = unfinished
    before = {f: f.read_bytes() for f in folder.rglob("*") if f.is_file() and f.name != "lock"}
    done = run("train", file, "-o", folder)
    assert done["code"] == 1 and "E702" in done["err"] and "`--resume` goes on with it" in done["err"]
    file.write_text(PLAIN.replace("Adam(0.02)", "Adam(0.03)").replace("seed = 5", "seed = 6"), encoding="utf-8")
    done = run("train", file, "--resume", "-o", folder)
    assert done["code"] == 1 and "E706" in done["err"]
    said = " ".join(done["err"].split())  # a long path breaks lines anywhere
    assert "spec was " in said and "seed was 5, is 6" in said and "keras" not in said
    assert before == {f: f.read_bytes() for f in folder.rglob("*") if f.is_file() and f.name != "lock"}


def test_a_finished_run_says_that_it_is_finished(run: Run, tmp_path: Path) -> None:
    file = spec(tmp_path, iris("jit = off"))
    made = run("train", file, cwd=str(tmp_path))
    assert made["code"] == 0
    before = digest(tmp_path / "runs" / "iris")
    done = run("train", file, "--resume", cwd=str(tmp_path))
    assert done["code"] == 0 and "It was finished before: runs/iris" in done["out"]
    assert done["out"].splitlines()[0] == made["out"].splitlines()[0]
    assert digest(tmp_path / "runs" / "iris") == before and len(list((tmp_path / "runs").iterdir())) == 1


def test_without_a_folder_the_newest_unfinished_run_goes_on(run: Run, tmp_path: Path) -> None:
    file = spec(tmp_path, PLAIN.replace("jit = off", "jit = xla"))
    for code in (-signal.SIGKILL, 0):
        done = run("train", file, cwd=str(tmp_path), **({} if code == 0 else {"at": 60}))
        assert done["code"] == code
    assert "runs/iris is unfinished, `--resume` goes on with it; this is another run" in done["err"]
    done = run("train", file, "--resume", cwd=str(tmp_path))
    assert done["code"] == 0 and "Made runs/iris:" in done["out"]
    require_same(tmp_path / "runs" / "iris", tmp_path / "runs" / "iris-2")
