"""One run: trains, evaluates, and leaves a folder that holds everything about it."""

from __future__ import annotations

import json
import os
import platform
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from specc import __version__
from specc.catalogue.objects.ensemble import Stack
from specc.data.given import Examples
from specc.data.load import load
from specc.data.missing import with_learned
from specc.data.split import Dataset
from specc.data.unseen import unseen_lines
from specc.diagnostics import Diagnostic, Related, SpecError
from specc.diagnostics.codes import CANNOT_WRITE, FOLDER_EXISTS, MEMBER_MISMATCH, MISSING_SETTING
from specc.lower.model import build, named_weights
from specc.lower.quiet import import_tensorflow
from specc.program.json import graph_hash
from specc.program.plans import TrainPlan
from specc.program.program import Program
from specc.source import whole_file
from specc.training.adapt import adapt
from specc.training.ensemble import fit_ensemble
from specc.training.evaluation import evaluate
from specc.training.loop import EpochLogs, History, fit, require_finite
from specc.training.observer import Observer
from specc.training.pretrained import Loaded, load_pretrained


@dataclass(frozen=True)
class RunResult:
    """What a run made."""

    folder: Path
    target: str
    metrics: dict[str, float]
    split: str
    seconds: float
    members: dict[str, dict[str, float]]

    def summary(self) -> list[str]:
        """Lines that say what was reached and where it lies."""
        lines = [f"{self.target}: {_metrics_text(self.metrics)} on the {self.split} split, in {self.seconds:.0f} s"]
        lines += [f"  member {name}: {_metrics_text(m)}" for name, m in self.members.items()]
        made = sorted(p.name + ("/" if p.is_dir() else "") for p in self.folder.iterdir())
        return [*lines, f"Made {self.folder}: {', '.join(made)}"]


def _metrics_text(metrics: dict[str, float]) -> str:
    return "  ".join(f"{name} {value:.4f}" for name, value in metrics.items())


def train(
    program: Program,
    target: str,
    folder: Path,
    *,
    observer: Observer,
    given: Mapping[str, Examples] | None = None,
) -> RunResult:
    """Train a model or ensemble and write its run folder. Until all of it is there, nothing has the folder's name.

    Args:
        given: the examples of data that are `Given`, by the names of the data: arrays by name, or an iterable of
            records of values by name.

    Raises:
        SpecError: there is no plan, the data don't fit, training fails, or the folder can't be written.
    """
    plan = _plan(program, target)
    if folder.exists() or folder.is_symlink():
        hint = "name another folder with `-o`"
        raise SpecError(Diagnostic(FOLDER_EXISTS, f"`{folder}` exists already", whole_file(folder), help=(hint,)))
    graph = program.models[target]
    data = load(program, program.data[plan.data], graph, loss=plan.loss, given=given)
    for line in data.account.lines():
        observer.note(line)
    with _partial(folder) as partial:
        observer.note("loading TensorFlow…")
        import_tensorflow()
        loaded = load_pretrained(program, target)
        loaded.program = adapt(loaded.program, target, data.train.inputs)
        for line in unseen_lines(loaded.program, loaded.program.models[target], data, program.place("data", plan.data)):
            observer.note(line)
        loaded.program = with_learned(loaded.program, plan.data, data.filled)
        run = _Run(loaded, target, plan, data, partial, folder, observer)
        result = run.carry_out()
    return RunResult(folder, target, *result)


def _plan(program: Program, target: str) -> TrainPlan:
    """The plan of a target; for an ensemble without one of its own, the first member's stands for its data and metrics.

    Raises:
        SpecError: nothing says how to train it, or members without a common plan name different data.
    """
    plan = program.train_plan(target)
    ensemble = program.ensembles.get(target)
    if plan is not None:
        return plan
    own = [program.train_plan(m.model) for m in ensemble.members] if ensemble is not None else []
    plans = [p for p in own if p is not None]
    if ensemble is None or len(plans) < len(own) or isinstance(ensemble.combine, Stack):
        what = f"nothing says how to train `{target}`"
        if plans and len(plans) == len(own):
            what = f"nothing says how to train the layer that combines the members of `{target}`"
        hint = f"write `train {target} {{ data = …  loss = … }}`"
        raise SpecError(Diagnostic(MISSING_SETTING, what, program.place("model", target), help=(hint,)))
    _require_one_source(program, target, plans)
    return plans[0]


def _require_one_source(program: Program, target: str, plans: list[TrainPlan]) -> None:
    """Members of an ensemble see the same splits: else one's test examples would be another's training."""
    first = plans[0]
    for plan in plans[1:]:
        if program.data[plan.data].source.record() != program.data[first.data].source.record():
            message = f"the members of `{target}` are trained on different data"
            place = program.place("train", plan.target, "data")
            related = (Related(program.place("train", first.target, "data"), "the first member's data"),)
            hint = f"write `train {target} {{ data = …  loss = … }}`; its data are then those of all members"
            raise SpecError(Diagnostic(MEMBER_MISMATCH, message, place, related=related, help=(hint,)))


@contextmanager
def _partial(folder: Path) -> Iterator[Path]:
    """A folder beside the final one, renamed to it at the end and removed when anything fails.

    Raises:
        SpecError: it can't be made.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}.partial-"))
        partial.chmod(0o755)
    except OSError as error:
        raise SpecError(_cannot_write(folder, error)) from None
    try:
        yield partial
        partial.rename(folder)
    except OSError as error:
        raise SpecError(_cannot_write(folder, error)) from None
    finally:
        if partial.exists():
            shutil.rmtree(partial, ignore_errors=True)


def _cannot_write(folder: Path, error: OSError) -> Diagnostic:
    message = f"`{folder}` can't be written: {error.strerror or error}"
    return Diagnostic(CANNOT_WRITE, message, whole_file(folder), help=("name another folder with `-o`",))


class _Run:
    def __init__(
        self,
        loaded: Loaded,
        target: str,
        plan: TrainPlan,
        data: Dataset,
        folder: Path,
        final: Path,
        observer: Observer,
    ) -> None:
        self.loaded, self.program = loaded, loaded.program
        self.target, self.plan, self.data = target, plan, data
        self.folder, self.final, self.observer = folder, final, observer
        self._writers: dict[str, Any] = {}

    def carry_out(self) -> tuple[dict[str, float], str, float, dict[str, dict[str, float]]]:
        """Train, evaluate, write everything; metrics, the split they are of, seconds, metrics per member."""
        import keras

        from specc.artifact.write import write
        from specc.training.report import write_reports

        began = time.monotonic()
        keras.utils.set_random_seed(self.plan.seed)
        model = build(self.program, self.target)
        self.loaded.fill(named_weights(self.program, self.target, model))
        histories = self._fit(model)
        split_name, split = self._held_out()
        metrics = evaluate(self.program, model, self.plan, split, self.program.models[self.target])
        require_finite(self.program, self.plan, metrics, f"the loss on the {split_name} split is {metrics['loss']}")
        members = self._members(model, split)
        self.observer.note("writing the run…")
        write_reports(self.folder, histories, model, self.plan, split, self.data.classes)
        export = self.program.exports.get(self.target)
        write(
            self.program,
            self.target,
            model,
            self.folder / "artifact",
            metrics={f"{split_name}_{k}": v for k, v in metrics.items()},
            classes=self.data.classes,
            samples={k: v[:64] for k, v in split.inputs.items()},
            formats=export.formats if export else (),
            version=export.version if export else "0.1.0",
        )
        for writer in self._writers.values():
            writer.close()
        seconds = time.monotonic() - began
        self._write_record(histories, metrics, members, split_name, seconds)
        return metrics, split_name, seconds, members

    def _fit(self, model: Any) -> list[History]:
        ensemble = self.program.ensembles.get(self.target)
        if ensemble is not None:
            return fit_ensemble(self.program, ensemble, model, self.data, self.observer, self._log, self.loaded)
        return [
            fit(
                self.program,
                model,
                self.plan,
                self.data.train,
                self.data.validation,
                name=self.target,
                observer=self.observer,
                on_epoch=self._log,
                graph=self.program.models[self.target],
            )
        ]

    def _held_out(self) -> tuple[str, Any]:
        for name in ("test", "validation", "train"):
            split = getattr(self.data, name)
            if split.size:
                return name, split
        raise AssertionError("an empty training split is refused when data are split")

    def _members(self, model: Any, split: Any) -> dict[str, dict[str, float]]:
        ensemble = self.program.ensembles.get(self.target)
        members = ensemble.members if ensemble is not None else ()
        models = self.program.models
        return {
            m.name: evaluate(self.program, model.get_layer(m.name), self.plan, split, models[m.model]) for m in members
        }

    # ── Logs ─────────────────────────────────────────────────────────────────────────────────────

    def _log(self, name: str, epoch: int, logs: EpochLogs) -> None:
        """Append an epoch to ``metrics.jsonl`` and to the TensorBoard events."""
        with (self.folder / "metrics.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps({"model": name, "epoch": epoch, **logs}) + "\n")
        for key, value in logs.items():
            if key == "seconds":
                continue
            kind, tag = ("validation", key[4:]) if key.startswith("val_") else ("train", key)
            self._scalar(name, kind, f"epoch_{tag}", value, epoch)

    def _scalar(self, name: str, kind: str, tag: str, value: float, epoch: int) -> None:
        import tensorflow as tf

        parts = [kind] if name == self.target else [name, kind]
        key = "/".join(parts)
        if key not in self._writers:
            self._writers[key] = tf.summary.create_file_writer(str(self.folder / "tensorboard" / Path(*parts)))
        with self._writers[key].as_default():
            tf.summary.scalar(tag, value, step=epoch)

    def _write_record(
        self,
        histories: list[History],
        metrics: dict[str, float],
        members: dict[str, dict[str, float]],
        split: str,
        seconds: float,
    ) -> None:
        import keras
        import tensorflow as tf

        source = self.program.source
        record = {
            "target": self.target,
            "spec": source.name,
            "spec_folder": os.path.relpath(source.folder, self.final.absolute()),
            "hash": graph_hash(self.program),
            "seed": self.plan.seed,
            "weights": self.loaded.sources,
            "step": {"jit": self.plan.jit, "loop": "graph", "batch_size": self.plan.batch_size},
            "examples": {n: getattr(self.data, n).size for n in ("train", "validation", "test")},
            "data": self.data.account.record(),
            "epochs": {h.name: len(h.epochs) for h in histories},
            "best_epoch": {h.name: h.best_epoch for h in histories},
            "split": split,
            "metrics": metrics,
            "members": members,
            "seconds": round(seconds, 3),
            "versions": {
                "specc": __version__,
                "tensorflow": tf.__version__,
                "keras": keras.__version__,
                "python": platform.python_version(),
            },
            "machine": {
                "platform": platform.platform(),
                "cores": os.cpu_count(),
                "gpus": [d.name for d in tf.config.list_physical_devices("GPU")],
            },
        }
        (self.folder / "run.json").write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
