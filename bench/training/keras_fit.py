"""Keras's ``fit``: as people write it, or tuned; on TensorFlow, or on JAX with ``KERAS_BACKEND=jax``.

The model is what ``specc compile --emit python`` writes.
"""

from __future__ import annotations

import runpy
import time
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import keras

from training.workloads import Array, Workload

_LONG = 1.0
"""Seconds of an epoch that are measured once only to find the best settings."""


def built(workload: Workload, folder: Path) -> Any:
    """The Keras model of a workload; one input, one output."""
    names = runpy.run_path(str(folder / f"{workload.name}.py"))
    (make,) = (f for name, f in names.items() if name.startswith("build_"))
    model = make()
    return keras.Model(model.inputs[0], model.outputs[0])


class Fit:
    """``model.fit``.

    Args:
        tuned: looks for the fastest of ``jit_compile`` × ``steps_per_execution`` × the form of the data; else all is
            left at its defaults.
    """

    def __init__(self, workload: Workload, weights: Mapping[str, Array], folder: Path, *, tuned: bool) -> None:
        keras.utils.set_random_seed(1)
        self.workload = workload
        self.model = built(workload, folder)
        self.weights = [weights[v.path] for v in self.model.weights]
        self.inputs, self.targets = workload.arrays()
        self.steps = len(self.inputs) // workload.batch
        self.data: Any = self._dataset() if workload.augments else None
        self.note = "defaults, tf.data" if workload.augments else "defaults, arrays"
        self._compile({})
        if tuned:
            self._tune()

    def _compile(self, settings: dict[str, Any]) -> None:
        rate = self.workload.rate
        adam = self.workload.optimizer == "Adam"
        self.model.set_weights(self.weights)
        self.model.compile(
            optimizer=keras.optimizers.Adam(rate) if adam else keras.optimizers.SGD(rate, momentum=0.9),
            loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            **settings,
        )
        self.model.optimizer.build(self.model.trainable_variables)
        self.initial = [(v, keras.ops.convert_to_numpy(v)) for v in self.model.optimizer.variables]

    def _dataset(self) -> Any:
        """Batches as a user would prepare them: cached and fetched beforehand, augmented by Keras's layers on the way.

        The order of the batches is drawn, but not what is in them: less than ``fit`` does with arrays.
        """
        import tensorflow as tf

        data = tf.data.Dataset.from_tensor_slices((self.inputs, self.targets)).batch(self.workload.batch)
        data = data.cache().shuffle(self.steps)
        if self.workload.augments:
            layers = [
                keras.layers.RandomTranslation(0.1, 0.1, fill_mode="constant"),
                keras.layers.RandomRotation(0.03, fill_mode="constant"),
            ]
            augment = keras.Sequential(layers)
            data = data.map(lambda x, y: (augment(x, training=True), y), num_parallel_calls=tf.data.AUTOTUNE)
        return data.prefetch(tf.data.AUTOTUNE)

    def _tune(self) -> None:
        """Find the fastest settings: all pairs with one form of the data, then the other form with the best pair."""
        jits = [True] if keras.backend.backend() == "jax" else [False, True]
        counts = sorted({1, min(8, self.steps), min(32, self.steps), self.steps})
        pairs = [(jit, count) for jit in jits for count in counts]
        found = {(self._timed(jit, count), jit, count, self.data is not None) for jit, count in pairs}
        if self.data is None:
            _, jit, count, _ = min(found)
            self.data = self._dataset()
            found.add((self._timed(jit, count), jit, count, True))
        _, jit, count, prepared = min(found)
        self.data = self.data if prepared else None
        self._compile({"jit_compile": jit, "steps_per_execution": count})
        self.note = f"jit_compile={jit}, steps_per_execution={count}, {'tf.data' if prepared else 'arrays'}"

    def _timed(self, jit: bool, count: int) -> float:
        """Seconds of the fastest of a few epochs with these settings."""
        self._compile({"jit_compile": jit, "steps_per_execution": count})
        (first,) = self._epochs(1)
        return first if first > _LONG else min(first, *self._epochs(2))

    def losses(self, steps: tuple[int, ...]) -> list[float]:
        """See `Contender`."""
        if self.workload.augments:
            return []
        found, first = [], 0
        for count in steps:
            part = slice(first * self.workload.batch, (first + count) * self.workload.batch)
            history = self.model.fit(
                self.inputs[part], self.targets[part], batch_size=self.workload.batch, shuffle=False, verbose=0
            )
            found.append(float(history.history["loss"][0]))
            first += count
        return found

    def restore(self) -> None:
        """See `Contender`."""
        self.model.set_weights(self.weights)
        for variable, value in self.initial:
            variable.assign(value)

    def train(self, epochs: int) -> float:
        """See `Contender`. What ``fit`` does before its second epoch isn't counted."""
        return sum(self._epochs(epochs))

    def _epochs(self, count: int) -> list[float]:
        """Seconds of each of so many epochs, after a first one."""
        clock = _Clock()
        given: dict[str, Any] = {"x": self.data}
        if self.data is None:
            given = {"x": self.inputs, "y": self.targets, "batch_size": self.workload.batch}
        self.model.fit(**given, epochs=1 + count, verbose=0, callbacks=[clock])
        return [after - before for before, after in pairwise(clock.times)]


class _Clock(keras.callbacks.Callback):
    def __init__(self) -> None:
        super().__init__()
        self.times: list[float] = []

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """An epoch is done."""
        self.times.append(time.perf_counter())
