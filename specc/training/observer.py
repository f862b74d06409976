"""Who watches a run: nobody, plain lines, or a live bar."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from textwrap import wrap
from typing import Any, Final, Protocol

_TOGETHER: Final = "\N{NO-BREAK SPACE}"
"""Stands between what stays on one line."""


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
    """A live bar on standard error with losses, metrics, learning rate, speed and the time left.

    Args:
        console: of rich, where the bar is shown; by default standard error.
    """

    def __init__(self, console: Any = None) -> None:
        from rich.console import Console

        self._console = console or Console(stderr=True, highlight=False)
        self._progress: Any = None

    def started(self, name: str, epochs: int, steps: int, examples: int) -> None:
        self.finished()
        self._epochs, self._steps, self._examples, self._done = epochs, steps, examples, 0
        self._logs: dict[str, float] = {}
        self._progress = _bar(self._console)
        self._task = self._progress.add_task(name, total=epochs * steps, status="compiling…")
        self._progress.start()

    def resumed(self, epoch: int, steps: int) -> None:
        self._done = (epoch - 1) * self._steps
        # What was done before says nothing about the speed.
        self._progress.reset(self._task, completed=self._done + steps)

    def progress(self, steps: int, logs: Mapping[str, float]) -> None:
        self._show(self._done + steps, logs)

    def epoch(self, epoch: int, logs: Mapping[str, float]) -> None:
        self._done = epoch * self._steps
        self._show(self._done, logs)

    def _show(self, steps: int, logs: Mapping[str, float]) -> None:
        if self._progress is None:
            return
        self._progress.update(self._task, completed=steps)
        speed = self._progress.tasks[0].speed  # steps per second, lately
        self._logs = {**self._logs, **logs}  # the validation of the epoch before stays to be seen
        parts = [f"epoch {-(-steps // self._steps)}/{self._epochs}", *_shown(self._logs)]
        if speed:
            parts.append(f"{speed / self._steps * self._examples:,.0f} examples/s")
        self._progress.update(self._task, status="  ".join(part.replace(" ", _TOGETHER) for part in parts))

    def note(self, text: str) -> None:
        self._console.print(text, markup=False)

    def finished(self) -> None:
        if self._progress is not None:
            self._progress.stop()
            self._progress = None


def _bar(console: Any) -> Any:
    """A bar with the times beside it, and below it what has room on a narrow terminal, too."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.table import Column
    from rich.text import Text

    class Bar(Progress):
        def get_renderables(self) -> Any:
            for task in self.tasks:
                yield self.make_tasks_table([task])
                # Not broken by rich, which would take a value from its name.
                lines = wrap(task.fields["status"], self.console.width - 1, break_long_words=False)
                yield Text("\n".join(lines).replace(_TOGETHER, " "))

    return Bar(
        TextColumn("{task.description}", markup=False, table_column=Column(max_width=24, overflow="ellipsis")),
        BarColumn(bar_width=None),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=console,
        expand=True,
    )


def logs_text(logs: Mapping[str, float]) -> str:
    """``loss 0.123  accuracy 0.98``"""
    return "  ".join(_shown(logs))


def _shown(logs: Mapping[str, float]) -> list[str]:
    return [f"{name} {value:.4g}" for name, value in logs.items() if name != "seconds"]
