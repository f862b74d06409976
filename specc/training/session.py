"""What a run has done so far: kept in checkpoints, and gone on from.

Its state is all that changes while a run goes on: the variables of the target and of the training underway, what early
stopping remembers, the histories of finished trainings and what they left for later ones. The rest is made anew by a
process that goes on: it is a pure function of the spec, the data and the seed.
"""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

import numpy as np

from specc.catalogue.objects.checkpoints import Checkpoint
from specc.data.raw import Array
from specc.data.stored import Values, chunks
from specc.training.checkpoint import State
from specc.training.signals import Signals
from specc.training.step.plan import StepPlan

EpochLogs = dict[str, float]

_SHARE = 0.05
"""Most of a run's time that checkpoints by time may take."""


@dataclass
class History:
    """What one training logged: a dict per epoch, and which epoch's weights were kept."""

    name: str
    epochs: list[EpochLogs] = field(default_factory=list[EpochLogs])
    best_epoch: int | None = None
    seconds: float = 0.0


@dataclass(frozen=True)
class Passed:
    """How far a training was: its epochs, and its steps in all of them (infinite for one that is finished)."""

    epochs: int
    steps: float


class Training(Protocol):
    """A training underway, as far as its state goes.

    Attributes:
        key: what it is called among the trainings of the run.
        epoch: the one it is in, from 1.
        done: how many steps of it are done, of ``steps``.
        trained: what its steps logged, once all are done.
    """

    key: str
    history: History
    stopper: Any
    reducer: Any
    epoch: int
    done: int
    steps: int
    trained: EpochLogs | None

    def variables(self) -> Iterable[Any]:
        """All variables that it changes."""
        ...


class Store(Protocol):
    """Where checkpoints are."""

    def save(self, state: State) -> Any:
        """Keep a state."""
        ...

    def newest(self, tell: Callable[[str], None]) -> State | None:
        """The newest state, None where there is none; who can go on with an older one tells it."""
        ...

    def where(self) -> str | None:
        """Where the newest one lies, in words; None for nowhere."""
        ...


def plans_of(state: State) -> dict[str, StepPlan]:
    """The step plans that a checkpoint keeps, by what is trained."""
    return {name: StepPlan.of_record(record) for name, record in state.record["step_plans"].items()}


class InMemory:
    """Keeps the newest checkpoint for as long as the process lives."""

    def __init__(self) -> None:
        self._state: State | None = None

    def save(self, state: State) -> None:
        self._state = state

    def newest(self, tell: Callable[[str], None]) -> State | None:
        return self._state

    def where(self) -> str | None:
        return None


class Session:
    """A run's state between its trainings, and the rule when it is kept.

    Args:
        store: where checkpoints go, and where the newest one is taken from.
        weights: the target's weights by the names that an artifact gives them.
        others: further variables of the target.
        program: the program that is trained, in its canonical form.
        tell: is told what the person at the terminal should know.
        signals: what asks the run to end.

    Attributes:
        finished: the histories of finished trainings by key, in their order.
        parts: arrays that trainings left for later ones, by name.
        step_plans: how steps are carried out, by what is trained; what is given is taken, the rest is measured.
    """

    def __init__(
        self,
        store: Store,
        weights: Mapping[str, Any],
        others: Iterable[Any] = (),
        *,
        rule: Checkpoint | None = None,
        program: bytes = b"",
        tell: Callable[[str], None] = lambda _: None,
        signals: Signals | None = None,
        step_plans: Mapping[str, StepPlan] | None = None,
    ) -> None:
        self.store, self.weights, self.program = store, weights, program
        self.others = _distinct(others, without=weights.values())
        self.rule = rule if rule is not None else Checkpoint.make()
        self.tell, self.signals = tell, signals or Signals()
        self.finished: dict[str, History] = {}
        self.parts: dict[str, Array] = {}
        self.step_plans = dict(step_plans or {})
        self.saved: dict[str, Any] | None = None  # the record of the newest checkpoint
        self._rest: Mapping[str, Array] = {}
        self._last, self._cost = time.monotonic(), 0.0
        self._point: tuple[str, int] | None = None  # the training and its step at the last one

    # ── Going on ─────────────────────────────────────────────────────────────────────────────────

    def restore(self, state: State) -> None:
        """Take up the state of a checkpoint; what it says of the training underway is taken up by `begin`."""
        _assign(self.weights, state.weights)
        _assign(_numbered("target", self.others), state.rest)
        self.finished = {key: History(**record) for key, record in state.record["finished"].items()}
        self.parts = {k.removeprefix("part/"): v.copy() for k, v in state.rest.items() if k.startswith("part/")}
        self.step_plans |= plans_of(state)
        self.saved, self._rest = state.record, state.rest

    def begin(self, training: Training) -> None:
        """Take up a training where the newest checkpoint left it; one that is new is kept before its first step."""
        underway = self.saved["underway"] if self.saved is not None else None
        if underway is None or underway["key"] != training.key:
            self.save(training)
            return
        self._take_up(training, underway, self._rest)
        self._rest = {}

    def _take_up(self, training: Training, underway: Mapping[str, Any], rest: Mapping[str, Array]) -> None:
        _assign(_numbered("training", self._own(training)), rest)
        training.history.__dict__.update(underway["history"])
        training.epoch, training.done, training.trained = (underway[name] for name in ("epoch", "done", "trained"))
        if training.stopper is not None:
            training.stopper.__dict__.update(underway["stopper"])
            best = [k for k in rest if k.startswith("best/")]
            training.stopper.best_weights = [rest[k] for k in sorted(best)] or None
        if training.reducer is not None:
            training.reducer.__dict__.update(underway["reducer"])

    def rewind(self, training: Training) -> tuple[int, int] | None:
        """Put the variables back to the newest checkpoint of a training: epoch and steps of it; None without one."""
        state = self.store.newest(self.tell)
        underway = state.record["underway"] if state is not None else None
        if state is None or underway is None or underway["key"] != training.key:
            return None
        _assign(self.weights, state.weights)
        _assign(_numbered("target", self.others), state.rest)
        _assign(_numbered("training", self._own(training)), state.rest)
        return underway["epoch"], underway["done"]

    def passed(self) -> dict[str, Passed]:
        """How far the trainings were when the state was kept that the run goes on from, by what logs call them."""
        found = {h.name: Passed(len(h.epochs), math.inf) for h in self.finished.values()}
        if (underway := (self.saved or {}).get("underway")) is not None:
            steps = (underway["epoch"] - 1) * underway["steps"] + underway["done"]
            found[underway["history"]["name"]] = Passed(len(underway["history"]["epochs"]), steps)
        return found

    # ── Keeping ──────────────────────────────────────────────────────────────────────────────────

    @property
    def has_begun(self) -> bool:
        """Whether the newest checkpoint is of more than the beginning."""
        saved = self.saved or {}
        underway = saved.get("underway")
        return bool(saved.get("finished") or (underway and (underway["epoch"] > 1 or underway["done"])))

    def end(self, training: Training) -> None:
        """A training is finished."""
        self.finished[training.key] = training.history

    def save(self, training: Training | None = None) -> None:
        """Keep the state. Where that fails the run goes on, with the checkpoint that it had."""
        began = time.monotonic()
        state = self._state(training)
        try:
            self.store.save(state)
        except OSError as error:
            self.tell(f"no checkpoint could be saved: {error.strerror or error}; the one before stays")
        else:
            self.saved = state.record
        self._last = time.monotonic()
        self._cost = self._last - began
        if training is not None:
            self._point = training.key, (training.epoch - 1) * training.steps + training.done

    def is_due(self, training: Training) -> bool:
        """Whether the state must be kept now, also because the run was asked to end."""
        if self.signals.received:
            return True
        every, passed = int(str(self.rule.every)), (training.epoch - 1) * training.steps + training.done
        if self.rule.unit != "seconds" and self._point == (training.key, passed):
            return False  # a validation has many batches after the same step
        match self.rule.unit:
            case "steps":
                return passed % every == 0
            case "epochs":
                return training.done == 0 and (training.epoch - 1) % every == 0
            case _:
                return time.monotonic() - self._last >= max(every, self._cost / _SHARE)

    def until_due(self, training: Training) -> int:
        """Steps after which a checkpoint is due for certain, where that is counted in steps."""
        if self.rule.unit != "steps":
            return training.steps
        every, passed = int(str(self.rule.every)), (training.epoch - 1) * training.steps + training.done
        return every - passed % every

    def _state(self, training: Training | None) -> State:
        rest = {f"part/{k}": v for k, v in self.parts.items()}
        rest |= _arrays(_numbered("target", self.others))
        record: dict[str, Any] = {
            "finished": {k: asdict(h) for k, h in self.finished.items()},
            "step_plans": {k: p.record() for k, p in self.step_plans.items()},
            "underway": None,
        }
        if training is not None:
            rest |= _arrays(_numbered("training", self._own(training)))
            record["underway"] = {
                "history": asdict(training.history),
                "key": training.key,
                "epoch": training.epoch,
                "done": training.done,
                "steps": training.steps,
                "trained": training.trained,
                "stopper": _remembered(training.stopper, "wait", "stopped_epoch", "best", "best_epoch"),
                "reducer": _remembered(training.reducer, "wait", "cooldown_counter", "best"),
            }
            best = getattr(training.stopper, "best_weights", None) or ()
            rest |= {f"best/{number:05}": np.asarray(w) for number, w in enumerate(best)}
        return State(record, self.program, _arrays(self.weights), rest)

    def _own(self, training: Training) -> list[Any]:
        """The variables of a training that aren't the target's."""
        return _distinct(training.variables(), without=[*self.weights.values(), *self.others])


def _remembered(callback: Any, *names: str) -> dict[str, Any]:
    """What one of Keras's callbacks knows at the end of an epoch, but for arrays."""
    return {name: getattr(callback, name) for name in names} if callback is not None else {}


def _distinct(variables: Iterable[Any], *, without: Iterable[Any]) -> list[Any]:
    known = {id(v) for v in without}
    found = {id(v): v for v in variables if id(v) not in known}
    return list(found.values())


def _numbered(group: str, variables: Iterable[Any]) -> dict[str, Any]:
    """Variables by number: their order is that in which the program makes them, their paths count on."""
    return {f"{group}/{number:05}": variable for number, variable in enumerate(variables)}


def _arrays(variables: Mapping[str, Any]) -> dict[str, Array]:
    return {name: np.require(v.numpy(), requirements="C") for name, v in variables.items()}


def _assign(variables: Mapping[str, Any], arrays: Mapping[str, Array]) -> None:
    for name, variable in variables.items():
        array = arrays[name]
        assert array.shape == tuple(variable.shape), f"{name} is {array.shape} instead of {variable.shape}"
        variable.assign(array)


# ── Pure functions of the seed and the data ──────────────────────────────────────────────────────


def draw_from(seed: int, name: str) -> None:
    """Begin the random numbers of one training: they are a function of seed and name, whatever was before."""
    import keras

    digest = hashlib.sha256(f"{seed}/{name}".encode()).digest()
    keras.utils.set_random_seed(int.from_bytes(digest[:4], "big"))


def fingerprint(arrays: Iterator[tuple[str, Values]]) -> str:
    """SHA-256 of arrays by name: names, dtypes, shapes and values, wherever they are."""
    digest = hashlib.sha256()
    for name, array in arrays:
        digest.update(f"{name} {array.dtype} {array.shape}\n".encode())
        for chunk in chunks(array):
            if chunk.dtype == object:
                for value in chunk.flat:
                    text = value if isinstance(value, bytes) else str(value).encode()
                    digest.update(len(text).to_bytes(8, "big") + text)
            else:
                digest.update(np.ascontiguousarray(chunk).data)
    return digest.hexdigest()
