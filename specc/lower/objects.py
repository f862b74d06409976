"""Declarations → Keras objects: same name, same arguments."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from functools import cache
from typing import Any

from specc.catalogue.declare import Declaration
from specc.catalogue.layer import Layer
from specc.catalogue.layers.pipelines import Pipeline
from specc.catalogue.layers.wrappers import Wrapper
from specc.catalogue.objects.losses import AddLoss
from specc.program.types import TensorType


def to_keras(declaration: Declaration, inputs: tuple[TensorType, ...] = (), **extra: Any) -> Any:
    """The Keras object that a declaration stands for; ``inputs`` are the types that a layer is applied to.

    Raises:
        ValueError, TypeError: Keras refuses the arguments.
    """
    given = declaration.keras_arguments(inputs) if isinstance(declaration, Layer) else declaration.given
    inner = inner_inputs(declaration, inputs)
    arguments = {name: _value(value, inner) for name, value in given.items()}
    made = _class(declaration)(**{**arguments, **extra})
    if isinstance(declaration, Layer) and inputs and declaration.is_misjudged(inputs):
        return _traced(made, **{name: value for name, value in extra.items() if name == "name"})
    return made


def inner_inputs(declaration: Declaration, inputs: tuple[TensorType, ...]) -> tuple[TensorType, ...]:
    """What a layer inside of another is applied to, the first one where there are several in a row."""
    if isinstance(declaration, Wrapper) and inputs:
        return (declaration.inner_input(inputs[0]),)
    return inputs if isinstance(declaration, Pipeline) else ()


def _value(value: Any, inner: tuple[TensorType, ...]) -> Any:
    if isinstance(value, Declaration):
        return to_keras(value, inner)
    if isinstance(value, tuple):
        return tuple(_value(v, given) for v, given in in_a_row(value, inner))
    return value


def in_a_row(values: tuple[Any, ...], inputs: tuple[TensorType, ...]) -> Iterator[tuple[Any, tuple[TensorType, ...]]]:
    """Values with what they are applied to, where they are layers one after the other."""
    for value in values:
        yield value, inputs
        inputs = value.infer(inputs).outputs if isinstance(value, Layer) and inputs else ()


def _traced(layer: Any, **named: Any) -> Any:
    """A layer whose shapes Keras finds by tracing it, as its own rule for them is wrong."""
    import keras

    return keras.layers.Pipeline([layer], **named)


def _class(declaration: Declaration) -> Any:
    import keras

    if isinstance(declaration, AddLoss):
        return _add_loss_class()
    if declaration.keras_class:
        module_name, _, name = declaration.keras_class.partition(":")
        return getattr(importlib.import_module(module_name), name)
    module = {
        "layer": keras.layers,
        "loss": keras.losses,
        "metric": keras.metrics,
        "optimizer": keras.optimizers,
        "schedule": keras.optimizers.schedules,
        "regularizer": keras.regularizers,
        "initializer": keras.initializers,
        "constraint": keras.constraints,
        "callback": keras.callbacks,
    }[declaration.kind]
    return getattr(module, type(declaration).__name__)


@cache
def _add_loss_class() -> Any:
    import keras

    class AddLoss(keras.losses.Loss):
        """The mean of the output; the target is not looked at."""

        def call(self, y_true: Any, y_pred: Any) -> Any:
            return y_pred

    return AddLoss
