"""The training step, and the loop of steps around it.

Forward pass, loss, gradient, optimizer and metrics are one program, of XLA's or of TensorFlow's graph. It is called
from a graph that gathers the batch, augments it, runs what XLA has no kernel for (lookups, texts, Keras's geometric
augmentations) and loops, so that Python is entered once for many steps; or XLA compiles all of that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from copy import copy
from typing import Any

import numpy as np

from specc.catalogue.layers.mixing import Mixing
from specc.check.kernels import before_step
from specc.data.raw import Array
from specc.data.stored import Values
from specc.diagnostics import SpecError
from specc.lower.model import halves, static_shape
from specc.lower.objects import to_keras
from specc.program.graph import ModelGraph
from specc.program.plans import TrainPlan
from specc.program.program import Program
from specc.training.failures.mapping import failure
from specc.training.step.convolutions import canonical_gradients
from specc.training.step.feeding import Feeder, batches, fed, group_size
from specc.training.step.guard import Guard
from specc.training.step.machine import on_gpu
from specc.training.step.normalization import fused_normalization
from specc.training.step.objective import metric_logs, weights_by_class
from specc.training.step.plan import GRAPH, XLA, StepPlan
from specc.training.step.recurrent import large_products


class TrainingStep:
    """Trains a compiled Keras model on a split, in memory or stored.

    Args:
        model: a Keras model with losses, metrics and optimizer, all of whose variables exist.
        inputs, targets: the whole split, ``[examples, …]`` by name.
        weights: what each example counts by output, besides its class; for all outputs or for none.
        graph: what the model was built from; None for a model that XLA compiles as a whole.
        guard: undoes steps that give numbers that are not finite.
        how: how steps are carried out; by default by XLA where the plan insists on it, else by the graph.
    """

    def __init__(
        self,
        program: Program,
        model: Any,
        plan: TrainPlan,
        inputs: dict[str, Values],
        targets: dict[str, Values],
        graph: ModelGraph | None = None,
        guard: Guard | None = None,
        how: StepPlan | None = None,
        weights: Mapping[str, Array] | None = None,
    ) -> None:
        import keras

        self.program, self.model, self.plan, self.graph = program, model, plan, graph
        self.loss = keras.metrics.Mean(name="loss")
        self.augment = {name: list(self._augmentation(name)) for name in plan.augment}
        arrays = {f"inputs/{k}": v for k, v in inputs.items()} | {f"targets/{k}": v for k, v in targets.items()}
        self.feeder = Feeder(fed(arrays))
        examples = len(next(iter(arrays.values())))
        batch = min(plan.batch_size, examples)
        self.group = min(group_size(arrays, batch), -(-examples // batch))  # steps that are brought their examples
        # What the feeder brings has no array here.
        self.inputs = {k: self._on_device("inputs", k, v) for k, v in inputs.items()}
        self.targets = {k: self._on_device("targets", k, v) for k, v in targets.items()}
        self.weights = {k: on_device(v) for k, v in (weights or weights_by_class(plan, targets)).items()}
        self._compile(how or (XLA if plan.jit == "xla" else GRAPH), guard)

    def _on_device(self, kind: str, name: str, values: Values) -> Any:
        return None if f"{kind}/{name}" in self.feeder.arrays else on_device(values)

    def _compile(self, how: StepPlan, guard: Guard | None) -> None:
        import tensorflow as tf

        self.how, self.guard = how, guard
        self.before, self.inner = self._split(self.graph)
        self.compiled_step = tf.function(self._step, jit_compile=how.jit == "xla", autograph=False)
        self.compiled_loop = tf.function(self._loop, jit_compile=how.loop == "xla", autograph=False)
        self._run = tf.function(self._gathering, autograph=False) if how.loop == "xla" else self.compiled_loop

    def guarded(self, guard: Guard) -> TrainingStep:
        """The same step on the same model and data, with another guard."""
        other = copy(self)
        other._compile(self.how, guard)
        return other

    def planned(self, how: StepPlan) -> TrainingStep:
        """The same step on the same model and data, carried out in another way."""
        other = copy(self)
        other._compile(how, self.guard)
        return other

    def _augmentation(self, name: str) -> Iterator[tuple[Any, bool, tuple[int | None, ...]]]:
        """The layers that change an input: each with whether it mixes examples, and the shape that it gives them."""
        type_ = self.program.models[self.plan.target].inputs[name]
        for layer in self.plan.augment[name]:
            (type_,) = layer.infer((type_,)).outputs
            yield to_keras(layer), isinstance(layer, Mixing), static_shape(type_)

    def _split(self, graph: ModelGraph | None) -> tuple[Any, Any]:
        """What runs before the compiled step, None for nothing, and the model that is in it."""
        first = before_step(self.program, graph)[0] if graph is not None and self.how.jit == "xla" else set[str]()
        if graph is None or not first:
            return None, self.model
        return halves(self.program, graph, self.model, first)

    def _step(self, inputs: dict[str, Any], targets: dict[str, Any], weights: dict[str, Any] | None = None) -> Any:
        """One step on one batch, and its loss; ``weights`` are those of the examples."""
        if self.guard is None:
            return self._update(inputs, targets, weights)
        model = self.model
        measured = [*model.metrics_variables, *self.loss.variables]
        checked = [*model.weights, *model.optimizer.variables]
        return self.guard.around(lambda: self._update(inputs, targets, weights), checked, measured)

    def _update(self, inputs: dict[str, Any], targets: dict[str, Any], weights: dict[str, Any] | None) -> Any:
        """Forward, loss, gradient, update, metrics; the loss."""
        import tensorflow as tf

        model = self.model
        with tf.GradientTape() as tape:
            with self._faster():
                outputs = self.inner(inputs, training=True)
            loss = model.compute_loss(inputs, targets, outputs, sample_weight=weights or None, training=True)
            scaled = model.optimizer.scale_loss(loss)
        gradients = tape.gradient(scaled, [v.value for v in model.trainable_variables])
        model.optimizer.apply(gradients, model.trainable_variables)
        self.loss.update_state(loss)
        model.compute_metrics(inputs, targets, outputs, sample_weight=weights or None)
        return loss

    @contextmanager
    def _faster(self) -> Iterator[None]:
        """Meanwhile layers are carried out in ways that give the same, faster."""
        with ExitStack() as ways:
            ways.enter_context(large_products(self.model, compiled=self.how.jit == "xla"))
            if self.how.jit == "off":
                ways.enter_context(fused_normalization(self.model))
            if self.how.loop == "xla" and not on_gpu():
                ways.enter_context(canonical_gradients(self.model))
            yield

    def _gathering(self, rows: Any, steps: Any, given: dict[str, Any]) -> None:
        """`_loop` on examples that were gathered beforehand: XLA itself gathers number by number, not row by row."""
        import tensorflow as tf

        kinds = (("inputs", self.inputs), ("targets", self.targets))
        held = {f"{kind}/{k}": v for kind, arrays in kinds for k, v in arrays.items() if v is not None}
        self.compiled_loop(rows, steps, given | {k: tf.gather(v, rows) for k, v in held.items()})

    def _loop(self, rows: Any, steps: Any, given: dict[str, Any]) -> None:
        """A step for each of the first ``steps`` rows of ``rows`` (int32 ``[any, batch]``).

        Args:
            given: what is brought for them, ``[any, batch, …]`` by name.
        """
        import tensorflow as tf

        def body(index: Any) -> tuple[Any]:
            self.compiled_step(*self.ready(rows[index], {k: v[index] for k, v in given.items()}))
            return (index + 1,)

        tf.while_loop(lambda i: i < steps, body, (tf.constant(0),), parallel_iterations=1)

    def ready(
        self, rows: Any, given: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        """What the compiled step takes for some rows, int32 ``[batch]``: inputs, targets and weights of examples."""
        import tensorflow as tf

        inputs, targets = self.batch(rows, given)
        weights = {k: tf.gather(v, rows) for k, v in self.weights.items()}
        return inputs if self.before is None else self.before(inputs, training=True), targets, weights

    def batch(self, rows: Any, given: dict[str, Any] | None = None) -> tuple[dict[str, Any], dict[str, Any]]:
        """The batch of some rows, int32 ``[batch]``, after augmentation.

        Args:
            given: what is brought for them; without it, what the feeder has is fetched.
        """
        import tensorflow as tf

        found = {k: tf.constant(v) for k, v in self.feeder.fetch(np.asarray(rows)).items()} if given is None else given

        def taken(kind: str, arrays: dict[str, Any]) -> dict[str, Any]:
            names = {k: f"{kind}/{k}" for k in arrays}
            return {k: found[name] if name in found else tf.gather(arrays[k], rows) for k, name in names.items()}

        return self._augmented(taken("inputs", self.inputs), taken("targets", self.targets))

    def _augmented(self, inputs: dict[str, Any], targets: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """A batch after augmentation; layers that mix examples mix their targets in the same shares."""
        for name, layers in self.augment.items():
            batch, size = inputs[name], inputs[name].shape[0]
            for layer, mixes, shape in layers:
                if mixes:
                    drawn = layer.get_random_transformation(batch, training=True)
                    batch = layer.transform_images(batch, drawn, training=True)
                    targets = {k: layer.transform_labels(v, drawn, training=True) for k, v in targets.items()}
                else:
                    batch = layer(batch, training=True)
                batch.set_shape((size, *shape))
            inputs = {**inputs, name: batch}
        return inputs, targets

    def run(self, rows: Array) -> None:
        """Train on batches given by row numbers, int32 ``[steps, batch]``.

        Raises:
            SpecError: XLA can't compile the step, or it fails while it runs; or a file can't be read any more.
        """
        import tensorflow as tf

        # One program for any number of steps; where XLA loops, what it loops over has one size.
        size, batch = self.group if self.how.loop == "xla" else None, rows.shape[1]
        try:
            types = (tf.TensorSpec((size, batch), tf.int32), tf.TensorSpec((), tf.int32))
            run = self._run.get_concrete_function(*types, self.feeder.specs(size, batch))
            for part, given in self.feeder.groups(rows, size):
                brought = {k: tf.constant(_filled(v, size)) for k, v in given.items()}
                run(tf.constant(_filled(part, size), tf.int32), tf.constant(len(part), tf.int32), brought)
        except tf.errors.ResourceExhaustedError:
            raise  # whoever knows all sizes tells them
        except tf.errors.OpError as error:
            raise SpecError(
                failure(self.program, self.plan, self.graph, str(error.message), jit=self.how.jit)
            ) from None

    def logs(self) -> dict[str, float]:
        """Loss and metrics since the last `reset`."""
        return metric_logs(self.model, self.loss)

    def variables(self) -> list[Any]:
        """All variables that steps change."""
        model, augmenting = self.model, [layer for layers in self.augment.values() for layer, *_ in layers]
        drawn = [v for layer in augmenting for v in layer.variables]
        counted = self.guard.variables if self.guard is not None else []
        measured = [*model.metrics_variables, *self.loss.variables]
        return [*model.variables, *model.optimizer.variables, *measured, *drawn, *counted]

    def reset(self) -> None:
        """Begin to measure anew."""
        self.model.reset_metrics()
        self.loss.reset_state()


def _filled(values: Array, size: int | None) -> Array:
    """Values ``[any, …]`` repeated until there are ``size``; as they are without."""
    return values if size in (None, len(values)) else np.resize(values, (size, *values.shape[1:]))


def on_device(values: Array) -> Any:
    """An array on the GPU where there is one; texts stay with the CPU."""
    import tensorflow as tf

    with tf.device("/GPU:0" if values.dtype != object and on_gpu() else "/CPU:0"):
        return tf.constant(values)


def order(seed: int, epoch: int, size: int, batch: int) -> Array:
    """The rows of an epoch's batches, int32 ``[steps, batch]``: a pure function of seed and epoch.

    Every batch is full, so that the step has one shape: the last one is topped up from the beginning of the epoch's
    own order. Every example comes at least once.
    """
    batch = min(batch, size)
    rows = np.random.Generator(np.random.PCG64([seed, epoch])).permutation(size)
    steps = -(-size // batch)
    return np.resize(rows, steps * batch).reshape(steps, batch).astype(np.int32)


class Evaluator:
    """Computes loss and metrics over a split, in batches, compiled by XLA; agrees with Keras's ``evaluate``.

    Args:
        compiles: whether XLA has kernels for all of the model; else it is a plain graph.
    """

    def __init__(self, model: Any, plan: TrainPlan, *, compiles: bool = True) -> None:
        import keras
        import tensorflow as tf

        self.model, self.batch = model, plan.batch_size
        self.loss = keras.metrics.Mean(name="loss")
        self._step = tf.function(self._one, jit_compile=plan.jit == "xla" and compiles, autograph=False)

    def _one(self, inputs: Any, targets: Any, weights: Any = None) -> None:
        import tensorflow as tf

        outputs = self.model(inputs, training=False)
        loss = self.model.compute_loss(inputs, targets, outputs, sample_weight=weights or None, training=False)
        # The last batch is smaller and counts less, as in Keras.
        self.loss.update_state(loss, sample_weight=tf.shape(next(iter(inputs.values())))[0])
        self.model.compute_metrics(inputs, targets, outputs, sample_weight=weights or None)

    def run(
        self,
        inputs: Mapping[str, Values],
        targets: Mapping[str, Values],
        weights: Mapping[str, Array] | None = None,
        between: Callable[[], None] = lambda: None,
    ) -> dict[str, float]:
        """Loss and metrics over a split, ``[examples, …]`` by name; ``between`` is called after each batch.

        ``weights`` are what each example counts by output; for all outputs or for none.
        """
        import tensorflow as tf

        self.model.reset_metrics()
        self.loss.reset_state()
        step = self._step.get_concrete_function(*map(_any_batch, (inputs, targets, weights or {})))
        for parts in batches((inputs, targets, weights or {}), self.batch):
            step(*({k: tf.constant(v) for k, v in part.items()} for part in parts))
            between()
        return metric_logs(self.model, self.loss)


def _any_batch(arrays: Mapping[str, Values]) -> dict[str, Any]:
    """The types of batches of any size. Keras weighs the loss of a single output by a size that it knows beforehand;
    for equal results it must not know it.
    """
    import tensorflow as tf

    dtypes = {k: tf.string if v.dtype == object else tf.as_dtype(v.dtype) for k, v in arrays.items()}
    return {k: tf.TensorSpec((None, *v.shape[1:]), dtypes[k]) for k, v in arrays.items()}
