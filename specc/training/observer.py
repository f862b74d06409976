"""Who watches a run: nobody, plain lines, or a live bar."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from typing import Any, Protocol


class Observer(Protocol):
    """Is told what happens in a run."""

    def started(self, name: str, epochs: int, steps: int, examples: int) -> None:
        """The training of one model begins: epochs at most, steps and examples per epoch."""
        ...

    def resumed(self, epoch: int, steps: int) -> None:
        """It goes on in that epoch, of which so many steps were done before."""
        ...

    def progress(self, steps: int, logs: Mapping[str, float]) -> None:
        """So many steps of the current epoch are done."""
        ...

    def epoch(self, epoch: int, logs: Mapping[str, float]) -> None:
        """An epoch (from 1) ended with these losses and metrics."""
        ...

    def note(self, text: str) -> None:
        """Something worth a line happened."""
        ...

    def finished(self) -> None:
        """The training of the model ended, in whatever way."""
        ...


class SilentObserver:
    """Says nothing."""

    def started(self, name: str, epochs: int, steps: int, examples: int) -> None: ...
    def resumed(self, epoch: int, steps: int) -> None: ...
    def progress(self, steps: int, logs: Mapping[str, float]) -> None: ...
    def epoch(self, epoch: int, logs: Mapping[str, float]) -> None: ...
    def note(self, text: str) -> None: ...
    def finished(self) -> None: ...


class PlainObserver(SilentObserver):
    """A line per epoch on standard error, for files and pipes."""

    def started(self, name: str, epochs: int, steps: int, examples: int) -> None:
        self._name, self._epochs = name, epochs
        self.note(f"{name}: {examples} examples, {steps} steps per epoch, at most {epochs} epochs")

    def resumed(self, epoch: int, steps: int) -> None:
        self.note(f"{self._name} goes on in epoch {epoch} after {steps} steps")

    def epoch(self, epoch: int, logs: Mapping[str, float]) -> None:
        self.note(f"{self._name} epoch {epoch}/{self._epochs}  {logs_text(logs)}")

    def note(self, text: str) -> None:
        print(text, file=sys.stderr, flush=True)


class RichObserver(SilentObserver):
    """A live bar on standard error with losses, metrics, speed and the time left."""

    def __init__(self) -> None:
        from rich.console import Console

        self._console = Console(stderr=True, highlight=False)
        self._progress: Any = None

    def started(self, name: str, epochs: int, steps: int, examples: int) -> None:
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

        self.finished()
        self._steps, self._examples, self._done, self._before = steps, examples, 0, 0
        self._began = time.monotonic()
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=20),
            TextColumn("{task.fields[status]}", markup=False),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=self._console,
        )
        self._task = self._progress.add_task(name, total=epochs * steps, status="compiling…")
        self._progress.start()

    def resumed(self, epoch: int, steps: int) -> None:
        self._done = (epoch - 1) * self._steps
        self._before = self._done + steps
        self._progress.update(self._task, completed=self._before)

    def progress(self, steps: int, logs: Mapping[str, float]) -> None:
        self._show(self._done + steps, logs)

    def epoch(self, epoch: int, logs: Mapping[str, float]) -> None:
        self._done = epoch * self._steps
        self._show(self._done, logs)

    def _show(self, steps: int, logs: Mapping[str, float]) -> None:
        if self._progress is None:
            return
        seconds = max(time.monotonic() - self._began, 1e-9)
        speed = (steps - self._before) / self._steps * self._examples / seconds
        status = f"epoch {-(-steps // self._steps)}  {logs_text(logs, most=4)}  {speed:,.0f} examples/s"
        self._progress.update(self._task, completed=steps, status=status)

    def note(self, text: str) -> None:
        self._console.print(text, markup=False)

    def finished(self) -> None:
        if self._progress is not None:
            self._progress.stop()
            self._progress = None


def logs_text(logs: Mapping[str, float], most: int | None = None) -> str:
    """``loss 0.123  accuracy 0.98``"""
    shown = [f"{name} {value:.4g}" for name, value in logs.items() if name != "seconds"]
    return "  ".join(shown[:most])
