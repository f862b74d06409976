"""The folder of a run: all of it or nothing, and what lies in it."""

import csv
import errno
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from training_helpers import bottles, iris, refusal, run

from specc.artifact.verify import find
from specc.diagnostics import Diagnostic, SpecError
from specc.diagnostics.codes import CANNOT_WRITE, FOLDER_EXISTS, NOT_AN_ARTIFACT, RUNTIME_FAILED
from specc.training import checkpoint
from specc.training.folder import is_finished, is_unfinished
from specc.training.observer import SilentObserver
from specc.training.reports import report


def events(folder: Path) -> dict[str, list[float]]:
    """TensorBoard's scalars by tag."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.util.tensor_util import make_ndarray

    read = EventAccumulator(str(folder))
    read.Reload()
    return {t: [float(make_ndarray(e.tensor_proto)) for e in read.Tensors(t)] for t in read.Tags()["tensors"]}


@pytest.mark.keras
def test_what_lies_in_it(tmp_path: Path) -> None:
    settings = "optimizer = Adam(0.02)  epochs = 5  batch_size = 16  seed = 3"
    result = run(iris(f"{settings}  early_stopping = EarlyStopping(patience=9)", jit="xla"), tmp_path / "a" / "run")
    folder = result.folder
    assert [p.name for p in folder.parent.iterdir()] == ["run"]  # nothing is left beside it
    assert sorted(p.name for p in folder.iterdir()) == [
        "artifact", "confusion.csv", "confusion.png", "curves.png", "metrics.csv", "metrics.jsonl", "report.html",
        "run.json", "tensorboard",
    ]  # fmt: skip
    assert all((folder / f"{n}.png").read_bytes().startswith(b"\x89PNG") for n in ("curves", "confusion"))

    epochs = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    assert [(e["model"], e["epoch"]) for e in epochs] == [("Iris", n) for n in range(1, 6)]
    assert {"loss", "accuracy", "val_loss", "val_accuracy", "learning_rate", "seconds"} <= set(epochs[0])

    record = json.loads((folder / "run.json").read_text())
    assert (record["target"], record["seed"], record["split"]) == ("Iris", 3, "test")
    assert record["step_plans"]["Iris"]["jit"] == "xla"
    assert record["metrics"] == result.metrics and record["epochs"] == {"Iris": 5}
    assert record["examples"] == {"train": 90, "validation": 30, "test": 30}
    assert set(record["versions"]) == {"specc", "tensorflow", "keras", "python"}

    train, validation = (events(folder / "tensorboard" / kind) for kind in ("train", "validation"))
    assert train["epoch_loss"] == pytest.approx([e["loss"] for e in epochs], rel=1e-6)
    assert validation["epoch_accuracy"] == pytest.approx([e["val_accuracy"] for e in epochs], rel=1e-6)

    with (folder / "confusion.csv").open(encoding="utf-8", newline="") as file:
        (_, *names), *rows = csv.reader(file)
    matrix = np.array([row[1:] for row in rows], dtype=int)
    assert names == [row[0] for row in rows] == ["setosa", "versicolor", "virginica"]
    assert matrix.sum(axis=1).tolist() == [10, 10, 10]
    assert matrix.trace() / 30 == pytest.approx(result.metrics["accuracy"])
    assert result.summary()[0].startswith("Iris: loss ")


@pytest.mark.keras
def test_each_output_has_its_report(tmp_path: Path) -> None:
    folder = run(bottles(), tmp_path / "run").folder
    made = {p.name for p in folder.iterdir()}
    assert {"confusion_cultivar.csv", "confusion_cultivar.png", "residuals_alcohol.png"} <= made


@pytest.mark.keras
def test_equal_seeds_make_equal_runs(tmp_path: Path) -> None:
    text = iris("epochs = 2  seed = 4", layers="Dense(6, activation=relu) -> Dropout(0.3)", jit="xla")
    weights, logs = [], []
    for name in ("a", "b"):
        folder = run(text, tmp_path / name).folder
        weights.append((folder / "artifact" / "weights.safetensors").read_bytes())
        lines = (folder / "metrics.jsonl").read_text().splitlines()
        logs.append([{**json.loads(line), "seconds": 0} for line in lines])
    assert logs[0] == logs[1] and weights[0] == weights[1]


# ── All or nothing ───────────────────────────────────────────────────────────────────────────────


class Interrupts(SilentObserver):
    """Ends the run at its first epoch."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def epoch(self, epoch: int, logs: Mapping[str, float]) -> None:
        raise self.error


@pytest.mark.keras
@pytest.mark.parametrize(
    "error", [KeyboardInterrupt(), RuntimeError("anything"), OSError(28, "No space left on device")], ids=repr
)
def test_a_run_that_ends_early_leaves_nothing(tmp_path: Path, error: BaseException) -> None:
    expected: Any = SpecError if isinstance(error, OSError) else type(error)
    with pytest.raises(expected) as caught:
        run(iris("epochs = 3"), tmp_path / "run", Interrupts(error))
    assert list(tmp_path.iterdir()) == []
    if isinstance(error, OSError):
        (finding,) = caught.value.diagnostics
        assert finding.code is CANNOT_WRITE and "No space left" in finding.message


@pytest.mark.keras
def test_a_failing_artifact_leaves_what_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from specc.artifact import write
    from specc.source import whole_file

    def fail(*_: Any, **__: Any) -> None:
        raise SpecError(Diagnostic(RUNTIME_FAILED, "no artifact", whole_file("x")))

    with monkeypatch.context() as patched:
        patched.setattr(write, "write", fail)
        assert refusal(lambda: run(iris(), tmp_path / "run")).message == "no artifact"
    assert not (tmp_path / "run" / "artifact").exists() and is_unfinished(tmp_path / "run")
    finding = refusal(lambda: find(tmp_path / "run"))
    assert finding.code is NOT_AN_ARTIFACT and "is unfinished" in finding.message and "--resume" in finding.help[0]
    result = run(iris(), tmp_path / "run", resume=True)
    assert is_finished(result.folder) and not (result.folder / "checkpoints").exists()


class Notes(SilentObserver):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)


@pytest.mark.keras
def test_a_full_disk_costs_nothing_but_checkpoints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    text = iris("epochs = 4  jit = off  checkpoint = Checkpoint(every=1, unit=epochs)")
    observer = Notes()
    with monkeypatch.context() as patched:
        patched.setattr(checkpoint, "sync", full)
        run(text, tmp_path / "without", observer)
    told = "no checkpoint could be saved: No space left on device; the one before stays"
    assert observer.notes.count(told) == 6
    with monkeypatch.context() as patched:
        patched.setattr(report, "write_reports", full)
        finding = refusal(lambda: run(text, tmp_path / "run"))
    assert finding.code is CANNOT_WRITE and finding.help == ("make room, then `--resume` goes on with the run",)
    run(text, tmp_path / "run", resume=True)
    manifests = [(tmp_path / name / "artifact" / "manifest.json").read_bytes() for name in ("without", "run")]
    assert manifests[0] == manifests[1]


@pytest.mark.parametrize("kind", ["file", "folder", "link"])
def test_what_is_there_stays_as_it_is(tmp_path: Path, kind: str) -> None:
    there = tmp_path / "run"
    {"file": there.touch, "folder": there.mkdir, "link": lambda: there.symlink_to("nowhere")}[kind]()
    before = there.lstat()
    finding = refusal(lambda: run(iris(), there))
    assert finding.code is FOLDER_EXISTS and there.lstat() == before


def test_a_place_that_can_not_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    finding = refusal(lambda: run(iris(), tmp_path / "file" / "run"))
    assert finding.code is CANNOT_WRITE and finding.help == ("name another folder with `-o`",)
