"""Events for TensorBoard: scalars, histograms of weights and the graph, as Keras's callback `TensorBoard` writes them.

Epochs and steps are counted from 1.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from specc.catalogue.objects.callbacks import TensorBoard
from specc.program.program import Program
from specc.training.reports.graph import graph_def
from specc.training.session import EpochLogs, Passed

FOLDER: Final = "tensorboard"
_FILES: Final = "events.out.tfevents.*"


class Events:
    """The events of a run.

    Weights and metrics by steps can't be told again: of a run that goes on, those that were written up to its
    checkpoint are kept.

    Args:
        folder: where they go, a folder in it for training and validation of each model.
        rule: what is written how often.
        target: what the run trains; its events have no folder of its name.
        weights: its variables by path; those of a member of an ensemble begin with its name.
        passed: how far each training was, by name, in a run that goes on.
    """

    def __init__(
        self,
        folder: Path,
        rule: TensorBoard,
        program: Program,
        target: str,
        weights: Mapping[str, Any],
        passed: Mapping[str, Passed],
    ) -> None:
        self.folder, self.rule, self.target, self.weights = folder, rule, target, weights
        ensemble = program.ensembles.get(target)
        self.members = [m.name for m in ensemble.members] if ensemble is not None else []
        self.passed = passed
        self._writers: dict[Path, Any] = {}
        self._profiling = False
        self._keep()
        if rule.write_graph:
            self._write(target, "train", 0, graph_def=graph_def(program, target).SerializeToString())
            self._flush()

    def epoch(self, name: str, number: int, logs: EpochLogs) -> None:
        """Write the scalars of an epoch; of a new one also histograms of the weights where they are due."""
        for key, value in logs.items():
            if key != "seconds":
                kind, tag = ("validation", key[4:]) if key.startswith("val_") else ("train", key)
                self._scalar(name, kind, f"epoch_{tag}", value, number)
        every = int(str(self.rule.histogram_freq))
        if every and (number - 1) % every == 0 and not (name in self.passed and number <= self.passed[name].epochs):
            self._histograms(name, number)
        self._flush()

    def steps(self, name: str, passed: int, logs: Mapping[str, float]) -> None:
        """Write loss and metrics of the epoch so far, and begin or end the profile, where they are due."""
        if (every := self.rule.steps) is not None and passed % every == 0:
            for key, value in logs.items():
                self._scalar(name, "train", f"batch_{key}", value, passed)
            self._flush()
        first, last = self.rule.profiled
        if first - 1 <= passed < last and not self._profiling:
            self._begin_profile(name)
        elif passed >= last:
            self._end_profile()

    def close(self) -> None:
        """Write everything."""
        self._end_profile()
        for writer in self._writers.values():
            writer.close()
        self._writers = {}

    # ── Writing ──────────────────────────────────────────────────────────────────────────────────

    def _write(self, name: str, kind: str, step: int, **content: Any) -> None:
        from tensorboard.compat.proto.event_pb2 import Event

        self._add(name, kind, Event(wall_time=time.time(), step=step, **content))

    def _add(self, name: str, kind: str, event: Any) -> None:
        folder = self._place(name, kind)
        if folder not in self._writers:
            self._writers[folder] = _begun(folder)
        self._writers[folder].write(event.SerializeToString())

    def _place(self, name: str, kind: str) -> Path:
        return self.folder / kind if name == self.target else self.folder / name / kind

    def _scalar(self, name: str, kind: str, tag: str, value: float, step: int) -> None:
        from tensorboard.plugins.scalar.summary_v2 import scalar_pb

        self._write(name, kind, step, summary=scalar_pb(tag, value))

    def _histograms(self, name: str, number: int) -> None:
        from tensorboard.plugins.histogram.summary_v2 import histogram_pb

        for path, variable in self._weights_of(name):
            values = np.asarray(variable.numpy(), dtype=np.float64).reshape(-1)
            if (finite := values[np.isfinite(values)]).size:
                self._write(name, "train", number, summary=histogram_pb(path, finite))

    def _weights_of(self, name: str) -> Iterator[tuple[str, Any]]:
        """The weights that a training changes: all, a member's, or those that no member has."""
        for path, variable in self.weights.items():
            owner, _, rest = path.partition("/")
            if name == self.target:
                yield path, variable
            elif name in self.members:
                if owner == name:
                    yield rest, variable
            elif owner not in self.members:
                yield path, variable

    def _begin_profile(self, name: str) -> None:
        import tensorflow as tf

        tf.profiler.experimental.start(str(self._place(name, "train")))
        self._profiling = True

    def _end_profile(self) -> None:
        """Write the profile, if there is one underway."""
        import tensorflow as tf

        if self._profiling:
            tf.profiler.experimental.stop()
        self._profiling = False

    def _flush(self) -> None:
        for writer in self._writers.values():
            writer.flush()

    # ── Going on ─────────────────────────────────────────────────────────────────────────────────

    def _keep(self) -> None:
        """Write again what can't be told again, of the epochs and steps that count; all else goes."""
        old = list(self.folder.rglob(_FILES))
        for name in self.passed:
            for event in self._counting(name):
                self._add(name, "train", event)
        self._flush()
        for file in old:  # only now: this process may be killed, too
            file.unlink()

    def _counting(self, name: str) -> Iterator[Any]:
        seen: set[tuple[int, str]] = set()
        passed = self.passed[name]
        for event in read_events(self._place(name, "train")):
            for value in event.summary.value:
                is_histogram = value.metadata.plugin_data.plugin_name == "histograms"
                again = not is_histogram and value.tag.startswith("epoch_")
                most = passed.epochs if is_histogram else passed.steps
                if not again and event.step <= most and (event.step, value.tag) not in seen:
                    seen.add((event.step, value.tag))
                    yield event


def _begun(folder: Path) -> Any:
    """A new file of events. TensorBoard's own writer writes with TensorFlow, whose errors aren't those of files."""
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.summary.writer.record_writer import RecordWriter

    folder.mkdir(parents=True, exist_ok=True)
    number = len(list(folder.glob(_FILES)))
    name = f"events.out.tfevents.{int(time.time()):010}.{socket.gethostname()}.{os.getpid()}.{number}.v2"
    writer = RecordWriter((folder / name).open("wb"))
    writer.write(Event(wall_time=time.time(), file_version="brain.Event:2").SerializeToString())
    return writer


def read_events(folder: Path) -> Iterator[Any]:
    """The events in a folder, as far as they can be read: a process may have been killed while it wrote one."""
    from tensorboard.backend.event_processing.event_file_loader import LegacyEventFileLoader

    for file in sorted(folder.glob(_FILES)):
        yield from LegacyEventFileLoader(str(file)).Load()
