"""Finds what made the first number of a step that is not finite: an input, a layer, the loss, a gradient, the update.

The step is computed again without being compiled, and Keras's operations are listened to, one after the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass
class _Call:
    """One call of a layer or function, by its path in the model."""

    path: str
    layer: Any
    inputs: list[Any]
    outputs: list[Any]

    @property
    def makes_it(self) -> bool:
        """Whether it gives what is not finite for what is."""
        return all(map(is_finite, self.inputs)) and not all(map(is_finite, self.outputs))


def culprit(model: Any, inputs: Mapping[str, Any], targets: Mapping[str, Any], *, training: bool) -> str | None:
    """What made the first number that is not finite, in words; None where no such number comes up.

    Args:
        training: whether it is looked for in a training step, and so in the gradients, too.
    """
    import tensorflow as tf

    for what, given in (("input", inputs), ("target", targets)):
        for name, values in given.items():
            if not is_finite(values):
                return f"the {what} `{name}` holds numbers that are not finite"
    with tf.GradientTape(persistent=True) as tape, _listening() as calls:
        outputs = model(dict(inputs), training=training)
        found = next((c for c in calls if c.makes_it), None)
        loss = model.compute_loss(dict(inputs), dict(targets), outputs, training=training)
    if found is not None:
        return f"`{found.path}` gives numbers that are not finite"
    if not is_finite(loss):
        return "the loss is not finite for outputs that are"
    return _in_gradients(tape, loss, calls) if training else None


def first_broken(weights: Mapping[str, Any]) -> str | None:
    """The first of some weights that is not finite."""
    return next((name for name, variable in weights.items() if not is_finite(variable)), None)


def is_finite(values: Any) -> bool:
    """Whether all numbers are finite; so is all that is no floating-point number."""
    array = np.asarray(values)
    if array.dtype.name == "bfloat16":
        array = array.astype(np.float32)
    return array.dtype.kind != "f" or bool(np.isfinite(array).all())


def _in_gradients(tape: Any, loss: Any, calls: list[_Call]) -> str | None:
    """The operation at which gradients on their way back are no longer finite."""
    for call in reversed(calls):
        weights = [v.value for v in getattr(call.layer, "trainable_weights", ())]
        behind, before = _gradients(tape, loss, call.outputs), _gradients(tape, loss, [*call.inputs, *weights])
        if all(map(is_finite, behind)) and not all(map(is_finite, before)):
            return f"the gradient through `{call.path}` is not finite"
    return None


def _gradients(tape: Any, loss: Any, tensors: Iterable[Any]) -> list[Any]:
    import tensorflow as tf

    floats = [t for t in tensors if tf.as_dtype(t.dtype).is_floating]
    found = tape.gradient(loss, floats) if floats else []
    return [tf.convert_to_tensor(g) for g in found if g is not None]


@contextmanager
def _listening() -> Iterator[list[_Call]]:
    """The calls of Keras's operations that are made meanwhile, in the order in which they end."""
    import keras

    calls: list[_Call] = []
    path: list[str] = []
    original = keras.Operation.__call__

    def listened(self: Any, *arguments: Any, **named: Any) -> Any:
        path.append(self.name)
        try:
            answer = original(self, *arguments, **named)
        finally:
            # The model itself is no part of its layers' paths.
            here = "/".join(path[1:])
            path.pop()
        if here:
            calls.append(_Call(here, self, _tensors((arguments, named)), _tensors(answer)))
        return answer

    keras.Operation.__call__ = listened
    try:
        yield calls
    finally:
        keras.Operation.__call__ = original


def _tensors(values: Any) -> list[Any]:
    import keras
    import tensorflow as tf

    return [v for v in keras.tree.flatten(values) if isinstance(v, tf.Tensor)]
