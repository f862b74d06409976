"""What a run writes while it trains: an object per epoch as JSON, a row of a table, events for TensorBoard.

A run that goes on after it ended early tells its logs all epochs that count once more, so that they read as those of a
run that was never disturbed.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, Protocol

from specc.catalogue.objects.callbacks import TensorBoard
from specc.program.plans import TrainPlan
from specc.training.observer import Observer
from specc.training.session import EpochLogs

METRICS: Final = "metrics.jsonl"
TABLE: Final = "metrics.csv"


class Log(Protocol):
    """One form of log."""

    def epoch(self, name: str, number: int, logs: EpochLogs) -> None:
        """An epoch (from 1) of what is called so has ended, or is told again."""
        ...

    def steps(self, name: str, passed: int, logs: Mapping[str, float]) -> None:
        """So many steps are done in all epochs; the logs are those of the epoch so far, none before a first step."""
        ...

    def close(self) -> None:
        """The run has ended; everything must be written."""
        ...


class Lines:
    """``metrics.jsonl``: a JSON object per epoch. It is written anew by each process."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / METRICS
        self._file.unlink(missing_ok=True)

    def epoch(self, name: str, number: int, logs: EpochLogs) -> None:
        with self._file.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"model": name, "epoch": number, **logs}) + "\n")

    def steps(self, name: str, passed: int, logs: Mapping[str, float]) -> None: ...
    def close(self) -> None: ...


class Table:
    """``metrics.csv``: a row per epoch, as Keras's ``CSVLogger`` writes it, with a column more for what was trained.

    A metric that only later members of an ensemble have is a new column; a cell is empty where a row has no such value.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / TABLE
        self._file.unlink(missing_ok=True)
        self._columns: list[str] = []
        self._rows: list[dict[str, Any]] = []

    def epoch(self, name: str, number: int, logs: EpochLogs) -> None:
        row: dict[str, Any] = {"model": name, "epoch": number, **logs}
        self._rows.append(row)
        new = [column for column in row if column not in self._columns]
        self._columns += new
        with self._file.open("w" if new else "a", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, self._columns, lineterminator="\n")
            if new:
                writer.writeheader()
            writer.writerows(self._rows if new else [row])

    def steps(self, name: str, passed: int, logs: Mapping[str, float]) -> None: ...
    def close(self) -> None: ...


class Logs:
    """All logs of a run, told together."""

    def __init__(self, logs: Iterable[Log]) -> None:
        self._logs = list(logs)

    def epoch(self, name: str, number: int, logs: EpochLogs) -> None:
        for log in self._logs:
            log.epoch(name, number, logs)

    def steps(self, name: str, passed: int, logs: Mapping[str, float]) -> None:
        for log in self._logs:
            log.steps(name, passed, logs)

    def close(self) -> None:
        for log in self._logs:
            log.close()


class Watching:
    """An observer that tells logs of the steps, too; what isn't to be logged (a fold) only the other one hears of."""

    def __init__(self, observer: Observer, log: Log, names: Iterable[str]) -> None:
        self._observer, self._log, self._names = observer, log, frozenset(names)

    def started(self, name: str, epochs: int, steps: int, examples: int) -> None:
        self._name, self._steps, self._done = name, steps, 0
        self._observer.started(name, epochs, steps, examples)
        self._tell(0, {})

    def resumed(self, epoch: int, steps: int) -> None:
        self._done = (epoch - 1) * self._steps
        self._observer.resumed(epoch, steps)
        self._tell(steps, {})

    def progress(self, steps: int, logs: Mapping[str, float]) -> None:
        self._tell(steps, logs)
        self._observer.progress(steps, logs)

    def epoch(self, epoch: int, logs: Mapping[str, float]) -> None:
        self._done = epoch * self._steps
        self._observer.epoch(epoch, logs)

    def _tell(self, steps: int, logs: Mapping[str, float]) -> None:
        if self._name in self._names:
            self._log.steps(self._name, self._done + steps, logs)

    def note(self, text: str) -> None:
        self._observer.note(text)

    def finished(self) -> None:
        self._observer.finished()


def until_logged(plan: TrainPlan, passed: int) -> int | None:
    """After how many steps more than those that are passed logs want to be told; None for ends of epochs only."""
    return plan.tensorboard.until(passed) if isinstance(plan.tensorboard, TensorBoard) else None
