"""The loop over epochs: training, validation, early stopping."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from specc.check.kernels import model_compiles
from specc.data.split import Split
from specc.diagnostics import SpecError
from specc.program.graph import ModelGraph
from specc.program.plans import TrainPlan
from specc.program.program import Program
from specc.training.failures.broken import NotFinite, explained, not_finite
from specc.training.failures.culprit import is_finite
from specc.training.failures.mapping import xla_lost
from specc.training.failures.memory import Sizes, available, memory_errors, sizes_of, warning
from specc.training.observer import Observer
from specc.training.reports.logs import until_logged
from specc.training.session import EpochLogs, History, InMemory, Session
from specc.training.signals import Interrupted
from specc.training.step.guard import MOST_IN_A_ROW, guard_of
from specc.training.step.machine import on_gpu
from specc.training.step.measure import choose
from specc.training.step.objective import build_state, compile_model
from specc.training.step.plan import GRAPH, candidates, require_agreement
from specc.training.step.training_step import Evaluator, TrainingStep, order
from specc.training.step.xla import why_lost
from specc.training.stopping import reducer
from specc.training.stopping import stopper as early_stopper

OnEpoch = Callable[[str, int, EpochLogs], None]


@dataclass(frozen=True)
class Part:
    """Where a phase stands in its training: its number from 1, the epochs before it, and how many there are in all."""

    number: int
    before: tuple[EpochLogs, ...]
    epochs: int


def fit(
    program: Program,
    model: Any,
    plan: TrainPlan,
    train: Split,
    validation: Split,
    *,
    name: str,
    observer: Observer,
    on_epoch: OnEpoch | None = None,
    graph: ModelGraph | None = None,
    session: Session | None = None,
    key: str | None = None,
    part: Part | None = None,
) -> History:
    """Train a Keras model by a plan. Its weights are those of the last epoch, or of the best with early stopping.

    Args:
        name: what logs call it.
        on_epoch: is told name, epoch (from 1) and logs of each epoch; also of those that are gone on from.
        graph: what the model was built from; None for a model that XLA compiles as a whole.
        session: keeps the state of the run, and has that which the training goes on from.
        key: what the training is called among those of the session, by default its name.
        part: for a phase, what was before it: its epochs count on, and its history has those before, too.

    Raises:
        SpecError: XLA fails, the loss is no longer finite, or what is monitored isn't computed.
        Interrupted: the run was asked to end; its state is kept.
    """
    session = session if session is not None else Session(InMemory(), {})
    key = key or name
    on_epoch = on_epoch or _nobody
    if (history := session.finished.get(key)) is not None:
        tell_again(history, on_epoch, part)
        return history

    def sizes() -> Sizes:
        return sizes_of(program, model, plan, train, graph)

    with memory_errors(program, plan, sizes):
        training = _Training(program, model, plan, train, validation, name, key, graph, part)
        if (line := warning(sizes(), plan, available())) is not None:
            observer.note(line)
        training.plan_step(session, observer)
    session.begin(training)
    tell_again(training.history, on_epoch, part)
    observer.started(name, part.epochs if part is not None else plan.epochs, training.steps, train.size)
    if training.epoch > 1 or training.done:
        observer.resumed(training.epoch, training.done)
    try:
        with session.signals.deferred(), memory_errors(program, plan, sizes):
            training.run(session, observer, on_epoch)
            training.finish()
    except NotFinite as problem:
        session.tell("a number is not finite; looking for what made it…")
        raise SpecError(explained(training, session, problem)) from None
    finally:
        observer.finished()
    session.end(training)
    return training.history


def tell_again(history: History, on_epoch: OnEpoch | None, part: Part | None = None) -> None:
    """Tell the epochs that were trained before; those of the phases before were told by these."""
    first = len(part.before) if part is not None else 0
    for number, logs in enumerate(history.epochs[first:], first + 1):
        (on_epoch or _nobody)(history.name, number, logs)


def _nobody(name: str, epoch: int, logs: EpochLogs) -> None:
    """Is told of epochs where nobody else is."""


class _Training:
    """A training underway. Its state is in the attributes of `Training` and in the variables."""

    def __init__(
        self,
        program: Program,
        model: Any,
        plan: TrainPlan,
        train: Split,
        validation: Split,
        name: str,
        key: str,
        graph: ModelGraph | None,
        part: Part | None = None,
    ) -> None:
        self.program, self.model, self.plan, self.key, self.part = program, model, plan, key, part
        self.size, self.validation = train.size, validation
        guard = guard_of(plan)
        compile_model(program, model, plan, guard)
        build_state(program, model, plan, train.inputs, train.targets)
        self.step = TrainingStep(program, model, plan, train.inputs, train.targets, graph, guard, weights=train.weights)
        self.evaluator = Evaluator(model, plan, compiles=graph is None or model_compiles(program, graph) != "never")
        self.stopper = early_stopper(program, model, plan, validated=bool(validation.size))
        self.reducer = reducer(program, model, plan, validated=bool(validation.size))
        self.first = len(part.before) if part is not None else 0  # the epochs of the phases before
        self.history = History(name, list(part.before) if part is not None else [])
        self.steps = len(order(plan.seed, 0, train.size, plan.batch_size))
        self.epoch, self.done = self.first + 1, 0
        self.trained: EpochLogs | None = None
        self._undone = 0
        self._at_once = 1  # steps that take about a second

    def plan_step(self, session: Session, observer: Observer) -> None:
        """Take the step plan that the run has for what is trained, or choose one and keep it with the run."""
        name = self.step.graph.name if self.step.graph is not None else self.key
        name += f", phase {self.part.number}" if self.part is not None else ""
        if (known := session.step_plans.get(name)) is not None:
            require_agreement(self.program, self.plan, known)
            self.step = self.step.planned(known)
        else:
            self.step = self._chosen(observer)
            session.step_plans[name] = self.step.how
        self._at_once = self.step.how.steps or 1
        if self.step.how.jit == "xla" and (lost := why_lost()) is not None:
            raise SpecError(xla_lost(self.program, self.plan, lost))

    def _chosen(self, observer: Observer) -> TrainingStep:
        ways = candidates(self.program, self.plan, self.step.graph, gpu=on_gpu())
        if self.plan.jit is None and len(ways) > 1 and (lost := why_lost()) is not None:
            observer.note(f"step plan: {GRAPH}, as XLA is lost: {lost}")
            return self.step.planned(GRAPH)
        if len(ways) == 1:
            return self.step.planned(ways[0])
        rows = order(self.plan.seed, 1, self.size, self.plan.batch_size)
        choice = choose(self.step, ways, rows, self.steps * self.plan.epochs)
        observer.note(str(choice))
        return choice.step

    def variables(self) -> list[Any]:
        """All variables that it changes."""
        return self.step.variables()

    def run(self, session: Session, observer: Observer, on_epoch: OnEpoch) -> None:
        """Train for the epochs that are left."""
        last = self.first + self.plan.epochs
        while self.epoch <= last:
            logs = self._epoch(session, observer)
            self.history.epochs.append(logs)
            observer.epoch(self.epoch, logs)
            on_epoch(self.history.name, self.epoch, logs)
            self.epoch = last + 1 if self._stops(logs) else self.epoch + 1
            self.done, self.trained = 0, None
            self.passed(session)

    def passed(self, session: Session) -> None:
        """Steps were done: the state is kept where that is due, unless it is broken.

        Raises:
            Interrupted: the run was asked to end.
            NotFinite: the weights are broken.
        """
        if session.is_due(self):
            self.require_finite_weights(f"in epoch {self.epoch}, by step {self.done}")
            session.save(self)
        if session.signals.received:
            raise Interrupted(session.signals.received)

    def _stops(self, logs: EpochLogs) -> bool:
        """Whether the training ends with this epoch; what lowers the learning rate sees it, too."""
        number = self.epoch - 1 - self.first
        if self.reducer is not None:
            self.reducer.on_epoch_end(number, dict(logs))
        if self.stopper is None:
            return False
        self.stopper.on_epoch_end(number, logs)
        return bool(self.model.stop_training)

    def _epoch(self, session: Session, observer: Observer) -> EpochLogs:
        began = time.monotonic()
        if self.trained is None:
            if self.done == 0:
                self.step.reset()
            self._steps(session, observer)
            # From here on the metrics measure the validation: what they were is part of the state.
            self.trained = self.step.logs()
        logs = {**self.trained, **self._validated(session), "learning_rate": _learning_rate(self.model)}
        phase = {"phase": self.part.number} if self.part is not None else {}
        return {**logs, **phase, "seconds": time.monotonic() - began}

    def _steps(self, session: Session, observer: Observer) -> None:
        """The steps of the epoch that are left, many in a call, so that Python costs next to nothing.

        No call takes much longer than a second: progress shows, and a run can be kept and ended in between.
        """
        rows = order(self.plan.seed, self.epoch, self.size, self.plan.batch_size)
        while self.done < len(rows):
            logged = until_logged(self.plan, (self.epoch - 1) * self.steps + self.done)
            most = min(
                self._at_once,
                self.step.how.steps or len(rows),
                session.until_due(self),
                logged or len(rows),
            )
            began = time.monotonic()
            self.step.run(rows[self.done : self.done + most])
            logs = self.step.logs()
            now = min(self.done + most, len(rows))
            self._tell_undone(session)
            self._at_once = max(1, int((now - self.done) / max(time.monotonic() - began, 1e-6)))
            self.done = now
            _require_finite(logs, f"the loss is {logs['loss']} in epoch {self.epoch}, by step {self.done}")
            if most == logged or self.done < len(rows):
                observer.progress(self.done, {**logs, "learning_rate": _learning_rate(self.model)})
            self.passed(session)

    def _validated(self, session: Session) -> EpochLogs:
        """Loss and metrics of the validation split, where there is one."""
        if not self.validation.size:
            return {}
        split = self.validation
        checked = self.evaluator.run(split.inputs, split.targets, split.weights, lambda: self.passed(session))
        _require_finite(checked, f"the validation loss is {checked['loss']} after epoch {self.epoch}")
        return {f"val_{name}": value for name, value in checked.items()}

    def finish(self) -> None:
        """Put the weights that are kept into the model.

        Raises:
            NotFinite: they are not finite.
        """
        # With `use_ema` the averaged weights take the place of the last ones, as at the end of Keras's `fit`.
        self.model.optimizer.finalize_variable_values(self.model.trainable_variables)
        _keep_best(self.model, self.stopper, self.history, self.first)
        self.require_finite_weights(f"after the last step, in epoch {len(self.history.epochs)}")
        self.history.seconds = sum(logs["seconds"] for logs in self.history.epochs)

    def require_finite_weights(self, when: str) -> None:
        """Refuse weights that are broken. The loss of a step is that of the weights before it: what the last step
        broke shows in the weights only.

        Raises:
            NotFinite: they are not finite.
        """
        if (broken := next((v.path for v in self.model.weights if not is_finite(v)), None)) is not None:
            raise NotFinite(f"the weights `{broken}` are no longer finite {when}")

    def _tell_undone(self, session: Session) -> None:
        """Say that steps were undone; after too many in a row there is no use in going on.

        Raises:
            NotFinite: there were too many.
        """
        if (guard := self.step.guard) is None or (bad := int(guard.bad.numpy())) == self._undone:
            return
        way = f", the learning rate is now {_learning_rate(self.model):.3g}" if guard.halve else ""
        session.tell(f"epoch {self.epoch}: {bad - self._undone} steps that gave no finite numbers were undone{way}")
        self._undone = bad
        if int(guard.most.numpy()) > MOST_IN_A_ROW:
            message = f"more than {MOST_IN_A_ROW} steps in a row gave no finite numbers, in epoch {self.epoch}"
            raise NotFinite(message)


def require_finite(program: Program, plan: TrainPlan, logs: EpochLogs, message: str) -> None:
    """Refuse logs whose loss is infinite or not a number.

    Raises:
        SpecError: at the plan's optimizer, with the message.
    """
    if not math.isfinite(logs["loss"]):
        raise SpecError(not_finite(program, plan, message))


def _require_finite(logs: EpochLogs, message: str) -> None:
    if not math.isfinite(logs["loss"]):
        raise NotFinite(message)


def _learning_rate(model: Any) -> float:
    return float(model.optimizer.learning_rate)


def _keep_best(model: Any, stopper: Any, history: History, first: int) -> None:
    """Keras restores the best weights only when it stopped early; the best are kept in every case."""
    if stopper is None or not stopper.restore_best_weights or stopper.best_weights is None:
        return
    model.set_weights(stopper.best_weights)
    history.best_epoch = first + stopper.best_epoch + 1
