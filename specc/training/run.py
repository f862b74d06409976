"""One run: trains, evaluates, and leaves a folder that holds everything about it."""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeAlias

from specc import __version__
from specc.catalogue.objects.callbacks import TensorBoard
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
from specc.diagnostics.codes import MEMBER_MISMATCH, MISSING_SETTING
from specc.lower.quiet import import_tensorflow
from specc.program.json import canonical, graph_hash
from specc.program.plans import TrainPlan
from specc.program.precision import with_policies
from specc.program.program import Program
from specc.source import Source
from specc.training.checkpoint import PROGRAM, Checkpoints
from specc.training.ensemble import STACK, fit_ensemble
from specc.training.evaluation import evaluate
from specc.training.folder import (
    RECORD,
    RunFolder,
    is_finished,
    opened,
    require_free,
)
from specc.training.initial.adapt import adapt
from specc.training.initial.pretrained import load_pretrained, sha256
from specc.training.loop import require_finite
from specc.training.observer import Observer
from specc.training.phases import fit
from specc.training.reports.events import FOLDER as EVENTS
from specc.training.reports.events import Events
from specc.training.reports.logs import Lines, Log, Logs, Table, Watching
from specc.training.reports.tracking import Tracking, require_mlflow
from specc.training.reports.verdict import Verdict, verdict
from specc.training.result import RunResult, finished
from specc.training.session import History, Session, fingerprint, plans_of
from specc.training.signals import Interrupted, Signals
from specc.training.step.machine import differences, machine
from specc.training.step.plan import GivenPlans, StepPlan, require_same_way
from specc.weights.declared import started_nodes


def train(
    program: Program,
    target: str,
    folder: Path,
    *,
    observer: Observer,
    given: Mapping[str, Examples] | None = None,
    resume: bool = False,
    signals: Signals | None = None,
    step_plans: GivenPlans | None = None,
    mlflow: bool = False,
) -> RunResult:
    """Train a model or ensemble and write its run folder, which holds checkpoints until the run is finished.

    Args:
        given: the examples of data that are `Given`, by the names of the data: arrays by name, or an iterable of
            records of values by name.
        resume: go on with the run in the folder, with the result that it would have had; begin it where there is none,
            and only tell its result where it is finished.
        signals: what may ask the run to end.
        step_plans: how steps are carried out; what isn't given is measured.
        mlflow: also track the run with MLflow, where its environment variables say.

    Raises:
        SpecError: there is no plan, the data don't fit, training fails, the folder can't be written, or holds another
            run, or one that another process works on.
        Interrupted: the run was asked to end; it can go on.
    """
    plan = _plan(program, target)
    if resume and is_finished(folder):
        return finished(folder)
    require_free(folder, resume=resume)
    if mlflow:
        require_mlflow(program)
    data = load(program, program.data[plan.data], program.models[target], loss=plan.loss, given=given)
    for line in data.account.lines():
        observer.note(line)
    require_expected_pixels(program, target, data.train.inputs)
    with opened(folder) as place:
        place.begin(_identity(program, target, plan, data))
        observer.note("loading TensorFlow…")
        import_tensorflow()
        result = _Run(program, target, plan, data, place, observer, signals, step_plans, mlflow).carry_out()
    return RunResult(folder, target, *result)


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
        for kind in ("inputs", "targets", "weights"):
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
        step_plans: GivenPlans | None,
        mlflow: bool,
    ) -> None:
        self.mlflow = mlflow
        self.tracking: Tracking | None = None
        self.target, self.plan, self.data = target, plan, data
        self.place, self.observer, self.signals = place, observer, signals
        self.machine, self.step_plans = machine(), step_plans
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
        began = time.monotonic()
        model, weights = self.loaded.build(self.target, self.plan.seed)
        session = Session(
            self.store,
            weights,
            model.variables,
            rule=self.rule,
            program=canonical(self.program),
            tell=self.observer.note,
            signals=self.signals,
            step_plans=self._given_plans(),
        )
        if self.state is not None:
            require_same_way(self.place.path, plans_of(self.state), session.step_plans)
            session.restore(self.state)
            self.state = None  # its arrays may be large
        self.logs = self._begin_logs(session)
        self.observer = Watching(self.observer, self.logs, self._logged())
        try:
            histories = self._fit(model, session)
            session.save()
            self._plans = session.step_plans
        except BaseException as error:
            if self.tracking is not None:
                self.tracking.end("KILLED" if isinstance(error, Interrupted) else "FAILED")
            raise
        finally:
            self.place.worth_keeping |= session.has_begun
            self.logs.close()
        return self._finish(model, histories, began)

    def _given_plans(self) -> Mapping[str, StepPlan]:
        """The step plans that are given; where they come from another machine, that is said."""
        if self.step_plans is None:
            return {}
        if self.step_plans.machine and (different := differences(self.step_plans.machine, self.machine)):
            self.observer.note(f"the step plan is of another machine, bits may differ: {'; '.join(different)}")
        return self.step_plans.plans

    def _finish(self, model: Any, histories: list[History], began: float) -> _Outcome:
        """Evaluate the trained model and write all that a run leaves."""
        from specc.artifact.write import write
        from specc.training.reports.page import write_page
        from specc.training.reports.report import write_reports

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
        seconds = time.monotonic() - began
        verdicts = self._verdicts(histories)
        said = {name: asdict(v) for name, v in verdicts.items()}
        record = {**self._record(histories, metrics, members, split_name, seconds), "verdicts": said}
        (partial / RECORD).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
        write_page(partial, self.program, record, verdicts, split, answers, self.data)
        self.place.publish(partial)
        if self.tracking is not None:
            self.tracking.finish({f"{split_name}_{name}": value for name, value in metrics.items()})
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
                self.program, ensemble, model, self.data, self.observer, self.logs.epoch, self.loaded, session
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
                on_epoch=self.logs.epoch,
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

    def _begin_logs(self, session: Session) -> Logs:
        """The logs of the run; of one that goes on, without what came after the checkpoint."""
        folder = self.place.path
        logs: list[Log] = [Lines(folder), Table(folder)]
        if self.plan.tensorboard != "off":
            rule = self.plan.tensorboard if isinstance(self.plan.tensorboard, TensorBoard) else TensorBoard.make()
            events = folder / EVENTS
            logs.append(Events(events, rule, self.program, self.target, session.weights, session.passed()))
        if self.mlflow:
            self.tracking = Tracking(folder, self.program, self.target, self.plan, self.observer.note)
            logs.append(self.tracking)
        return Logs(logs)

    def _logged(self) -> list[str]:
        """The trainings that are logged: not those on folds."""
        ensemble = self.program.ensembles.get(self.target)
        return [self.target] if ensemble is None else [*(m.name for m in ensemble.members), STACK]

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
            "step_plans": {name: how.record() for name, how in self._plans.items()},
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
            "machine": self.machine,
        }
