"""One run: trains, evaluates, and leaves a folder that holds everything about it."""

from __future__ import annotations

import json
import os
import platform
import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, TypeAlias

from specc import __version__
from specc.catalogue.objects.checkpoints import Checkpoint
from specc.catalogue.objects.ensemble import Stack
from specc.check.learning import models_within, unlearned
from specc.check.preprocessing import require_expected_pixels
from specc.check.weights import IMAGENET, weights_file
from specc.compiler import Compilation
from specc.data.given import Examples
from specc.data.load import load
from specc.data.missing import with_learned
from specc.data.split import Dataset
from specc.data.unseen import unseen_lines
from specc.diagnostics import Diagnostic, Related, SpecError
from specc.diagnostics.codes import CANNOT_RESUME, MEMBER_MISMATCH, MISSING_SETTING
from specc.lower.model import build, named_weights
from specc.lower.quiet import import_tensorflow
from specc.program.json import canonical, graph_hash
from specc.program.plans import TrainPlan
from specc.program.precision import with_policies
from specc.program.program import Program
from specc.source import Source, whole_file
from specc.training.adapt import adapt
from specc.training.checkpoint import PROGRAM, Checkpoints
from specc.training.ensemble import fit_ensemble
from specc.training.evaluation import evaluate
from specc.training.folder import (
    CHECKPOINTS,
    RECORD,
    UNFINISHED,
    RunFolder,
    is_finished,
    opened,
    require_free,
)
from specc.training.loop import require_finite
from specc.training.observer import Observer
from specc.training.phases import fit
from specc.training.pretrained import load_pretrained, sha256
from specc.training.session import EpochLogs, History, Session, fingerprint
from specc.training.signals import Signals
from specc.training.verdict import Verdict, verdict
from specc.weights.declared import started_nodes

_METRICS: Final = "metrics.jsonl"
_TENSORBOARD: Final = "tensorboard"


@dataclass(frozen=True)
class RunResult:
    """What a run made."""

    folder: Path
    target: str
    metrics: dict[str, float]
    split: str
    seconds: float
    members: dict[str, dict[str, float]]
    verdicts: dict[str, Verdict]
    """What the curves say, by what was trained."""
    was_finished: bool = False
    """Whether there was nothing left to do."""

    def summary(self) -> list[str]:
        """Lines that say what was reached and where it lies."""
        lines = [f"{self.target}: {_metrics_text(self.metrics)} on the {self.split} split, in {self.seconds:.0f} s"]
        lines += [f"  member {name}: {_metrics_text(m)}" for name, m in self.members.items()]
        for name, found in self.verdicts.items():
            lines += [f"  {name}, {found}", *(f"    try: {way}" for way in found.ways)]
        made = sorted(p.name + ("/" if p.is_dir() else "") for p in self.folder.iterdir())
        return [
            *lines,
            f"{'It was finished before:' if self.was_finished else 'Made'} {self.folder}: {', '.join(made)}",
        ]


def _metrics_text(metrics: dict[str, float]) -> str:
    return "  ".join(f"{name} {value:.4f}" for name, value in metrics.items())


def train(
    program: Program,
    target: str,
    folder: Path,
    *,
    observer: Observer,
    given: Mapping[str, Examples] | None = None,
    resume: bool = False,
    signals: Signals | None = None,
) -> RunResult:
    """Train a model or ensemble and write its run folder, which holds checkpoints until the run is finished.

    Args:
        given: the examples of data that are `Given`, by the names of the data: arrays by name, or an iterable of
            records of values by name.
        resume: go on with the run in the folder, with the result that it would have had; begin it where there is none,
            and only tell its result where it is finished.
        signals: what may ask the run to end.

    Raises:
        SpecError: there is no plan, the data don't fit, training fails, the folder can't be written, or holds another
            run, or one that another process works on.
        Interrupted: the run was asked to end; it can go on.
    """
    plan = _plan(program, target)
    if resume and is_finished(folder):
        return _finished(folder)
    require_free(folder, resume=resume)
    data = load(program, program.data[plan.data], program.models[target], loss=plan.loss, given=given)
    for line in data.account.lines():
        observer.note(line)
    require_expected_pixels(program, target, data.train.inputs)
    with opened(folder) as place:
        place.begin(_identity(program, target, plan, data))
        observer.note("loading TensorFlow…")
        import_tensorflow()
        result = _Run(program, target, plan, data, place, observer, signals).carry_out()
    return RunResult(folder, target, *result)


def _finished(folder: Path) -> RunResult:
    """The result of a run that was finished before."""
    if any((folder / name).exists() for name in (CHECKPOINTS, UNFINISHED)):
        with opened(folder) as place:
            place.tidy()
    try:
        record = json.loads((folder / RECORD).read_bytes())
        said = {name: Verdict(v["name"], v["seen"], tuple(v["ways"])) for name, v in record["verdicts"].items()}
        told = (record[name] for name in ("target", "metrics", "split", "seconds", "members"))
        return RunResult(folder, *told, said, was_finished=True)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SpecError(
            Diagnostic(CANNOT_RESUME, f"`{folder / RECORD}` can't be read: {error}", whole_file(folder))
        ) from None


def _identity(program: Program, target: str, plan: TrainPlan, data: Dataset) -> dict[str, Any]:
    """All that the result of a run hangs on: it goes on with the same only."""
    versions = {name: version(name) for name in ("tensorflow", "keras", "numpy")}
    started = started_nodes(program, program.models[target])
    files = {str(n.start.weights): weights_file(program, n) for _, n in started if n.start.weights != IMAGENET}
    return {
        "target": target,
        "spec": graph_hash(program),
        "seed": plan.seed,
        "data": fingerprint(_arrays(data)),
        "weights": {name: sha256(file) for name, file in files.items()},
        "specc": __version__,
        **versions,
    }


def _arrays(data: Dataset) -> Iterator[tuple[str, Any]]:
    for name in ("train", "validation", "test"):
        split = getattr(data, name)
        for kind in ("inputs", "targets"):
            yield from ((f"{name}/{kind}/{key}", array) for key, array in sorted(getattr(split, kind).items()))


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


_Outcome: TypeAlias = tuple[dict[str, float], str, float, dict[str, dict[str, float]], dict[str, Verdict]]
"""Metrics, the split they are of, seconds, metrics of each member, what the curves say."""


class _Run:
    def __init__(
        self,
        program: Program,
        target: str,
        plan: TrainPlan,
        data: Dataset,
        place: RunFolder,
        observer: Observer,
        signals: Signals | None,
    ) -> None:
        self.target, self.plan, self.data = target, plan, data
        self.place, self.observer, self.signals = place, observer, signals
        rule = plan.checkpoint
        self.rule = rule if isinstance(rule, Checkpoint) else Checkpoint.make()
        self.store = Checkpoints(place.checkpoints, int(str(self.rule.keep)))
        self.state = self.store.newest(observer.note)
        self.loaded = load_pretrained(with_policies(program, target), target)
        self.program = self._learned()
        place_of_data = self.program.place("data", plan.data)
        for line in unseen_lines(self.program, self.program.models[target], data, place_of_data):
            observer.note(line)
        self.program = self.loaded.program = with_learned(self.program, plan.data, data.filled)
        self._writers: dict[str, Any] = {}

    def _learned(self) -> Program:
        """The program whose layers have learned from the data, in the run that goes on: once."""
        program = self.loaded.program
        if self.state is None or next(unlearned(program, program.models[self.target]), None) is None:
            return adapt(program, self.target, self.data.train.inputs)
        text = self.state.program.decode()
        known = Compilation(Source(PROGRAM, text), max_bytes=len(text) * 4 + 1).program
        return replace(program, models=known.models)

    def carry_out(self) -> _Outcome:
        """Train, evaluate, write everything."""
        import keras

        began = time.monotonic()
        keras.utils.set_random_seed(self.plan.seed)
        model = build(self.program, self.target)
        weights = named_weights(self.program, self.target, model)
        self.loaded.fill(weights)
        session = Session(
            self.store,
            weights,
            model.variables,
            rule=self.rule,
            program=canonical(self.program),
            tell=self.observer.note,
            signals=self.signals,
        )
        if self.state is not None:
            session.restore(self.state)
            self.state = None  # its arrays may be large
        self._forget_logs()
        try:
            histories = self._fit(model, session)
            session.save()
        finally:
            self.place.worth_keeping |= session.has_begun
        return self._finish(model, histories, began)

    def _finish(self, model: Any, histories: list[History], began: float) -> _Outcome:
        """Evaluate the trained model and write all that a run leaves."""
        from specc.artifact.write import write
        from specc.training.page import write_page
        from specc.training.report import write_reports

        split_name, split = self._held_out()
        metrics = evaluate(self.program, model, self.plan, split, self.program.models[self.target])
        require_finite(self.program, self.plan, metrics, f"the loss on the {split_name} split is {metrics['loss']}")
        members = self._members(model, split)
        self.observer.note("writing the run…")
        partial = self.place.partial()
        answers = write_reports(partial, histories, model, self.plan, split, self.data.classes)
        export = self.program.exports.get(self.target)
        write(
            self.program,
            self.target,
            model,
            partial / "artifact",
            metrics={f"{split_name}_{k}": v for k, v in metrics.items()},
            classes=self.data.classes,
            samples={k: v[:64] for k, v in split.inputs.items()},
            formats=export.formats if export else (),
            version=export.version if export else "0.1.0",
        )
        for writer in self._writers.values():
            writer.close()
        seconds = time.monotonic() - began
        verdicts = self._verdicts(histories)
        said = {name: asdict(v) for name, v in verdicts.items()}
        record = {**self._record(histories, metrics, members, split_name, seconds), "verdicts": said}
        (partial / RECORD).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
        write_page(partial, self.program, record, verdicts, split, answers, self.data)
        self.place.publish(partial)
        return metrics, split_name, seconds, members, verdicts

    def _verdicts(self, histories: list[History]) -> dict[str, Verdict]:
        """What the curves say, by what was trained: the model, or each member."""
        ensemble = self.program.ensembles.get(self.target)
        models = {m.name: m.model for m in ensemble.members} if ensemble is not None else {self.target: self.target}
        found: dict[str, Verdict] = {}
        for history in histories:
            if (name := models.get(history.name)) is not None:
                plan, graphs = self.program.train_plan(name) or self.plan, list(models_within(self.program, name))
                said = verdict(history.epochs, plan, graphs, kept=history.best_epoch)
                found |= {history.name: said} if said is not None else {}
        return found

    def _fit(self, model: Any, session: Session) -> list[History]:
        ensemble = self.program.ensembles.get(self.target)
        if ensemble is not None:
            return fit_ensemble(
                self.program, ensemble, model, self.data, self.observer, self._log, self.loaded, session
            )
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
                session=session,
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

    def _forget_logs(self) -> None:
        """Remove the logs of a process that ended early; those of the epochs that count are written again."""
        (self.place.path / _METRICS).unlink(missing_ok=True)
        shutil.rmtree(self.place.path / _TENSORBOARD, ignore_errors=True)

    def _log(self, name: str, epoch: int, logs: EpochLogs) -> None:
        """Append an epoch to ``metrics.jsonl`` and to the TensorBoard events."""
        with (self.place.path / _METRICS).open("a", encoding="utf-8") as file:
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
            self._writers[key] = tf.summary.create_file_writer(str(self.place.path / _TENSORBOARD / Path(*parts)))
        with self._writers[key].as_default():
            tf.summary.scalar(tag, value, step=epoch)

    def _record(
        self,
        histories: list[History],
        metrics: dict[str, float],
        members: dict[str, dict[str, float]],
        split: str,
        seconds: float,
    ) -> dict[str, Any]:
        """What ``run.json`` says."""
        import keras
        import tensorflow as tf

        source = self.program.source
        return {
            "target": self.target,
            "spec": source.name,
            "spec_folder": os.path.relpath(source.folder, self.place.path.absolute()),
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
