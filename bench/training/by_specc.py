"""specc, as ``specc train`` does it: the one place of the benchmark that knows specc's inside."""

from __future__ import annotations

import time
from collections.abc import Mapping
from copy import copy
from typing import Any

import numpy as np

from specc.compiler import Compilation
from specc.data.split import Split
from specc.lower.model import build
from specc.lower.quiet import import_tensorflow
from specc.training.loop import _Training
from specc.training.observer import SilentObserver
from specc.training.session import InMemory, Session
from training.workloads import Array, Workload

_EPOCHS = 10_000
"""The step plan is chosen as for a training of so many."""


class Specc:
    """The loop of ``specc train`` on arrays, without validation, with the step plan that it chooses."""

    def __init__(self, workload: Workload, weights: Mapping[str, Array]) -> None:
        import_tensorflow()  # as the command does it: how TensorFlow is loaded decides which kernels it has
        import keras

        program = Compilation.of_file(workload.spec, workload.parameters).program
        (target,) = program.trains
        plan = program.trains[target]
        assert plan.batch_size == workload.batch, "the peers have another batch"
        self.plan = plan.model_copy(update={"epochs": _EPOCHS})
        keras.utils.set_random_seed(plan.seed)
        self.model = build(program, target)
        for variable in self.model.weights:
            variable.assign(weights[variable.path])
        graph, (inputs, targets) = program.models[target], workload.arrays()
        (x,), (y,) = graph.inputs, graph.outputs
        data = Split({x: inputs}, {y: targets}, np.arange(len(inputs)))
        none = data.take(np.arange(0))
        self.training = _Training(program, self.model, self.plan, data, none, target, target, graph)
        self.session = Session(InMemory(), {}, self.model.variables)
        self.training.plan_step(self.session, SilentObserver())
        self.session.begin(self.training)
        self.batch, self.augments = workload.batch, workload.augments
        self.fixed: Any = None
        self.initial = [(v, v.numpy()) for v in self.training.variables()]

    @property
    def note(self) -> str:
        """How it trains."""
        return str(self.training.step.how)

    def losses(self, steps: tuple[int, ...]) -> list[float]:
        """See `Contender`; none where steps augment what they are given, each in its own way."""
        if self.augments:
            return []
        found, first = [], 0
        for count in steps:
            rows = np.arange(first * self.batch, (first + count) * self.batch, dtype=np.int32)
            self.training.step.reset()
            self.training.step.run(rows.reshape(count, self.batch))
            found.append(self.training.step.logs()["loss"])
            first += count
        return found

    def restore(self) -> None:
        """See `Contender`."""
        for variable, value in self.initial:
            variable.assign(value)

    def train(self, epochs: int) -> float:
        """See `Contender`."""
        return self._train(self.training, epochs)

    def train_fixed(self, epochs: int) -> float:
        """See `Contender`."""
        if self.fixed is None:
            self.fixed = self._without_pipeline()
            self._train(self.fixed, 1)
            self.restore()
        return self._train(self.fixed, epochs)

    def _train(self, training: Any, epochs: int) -> float:
        training.epoch, training.plan = 1, self.plan.model_copy(update={"epochs": epochs})
        began = time.perf_counter()
        training.run(self.session, SilentObserver(), lambda *_: None)
        return time.perf_counter() - began

    def _without_pipeline(self) -> Any:
        """The same training, whose steps all have the first batch, gathered and augmented beforehand."""
        training, step = copy(self.training), copy(self.training.step)
        batch = step.batch(np.arange(self.batch, dtype=np.int32))
        step.batch = lambda *_: batch
        step._gathering = lambda *given: step.compiled_loop(*given)
        step._compile(step.how, step.guard)
        training.step = step
        return training
