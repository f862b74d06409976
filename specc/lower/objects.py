"""Declarations → Keras objects: same name, same arguments."""

from __future__ import annotations

from functools import cache
from typing import Any

from specc.catalogue.declare import Declaration
from specc.catalogue.layer import Layer
from specc.catalogue.layers.wrappers import Wrapper
from specc.catalogue.objects.losses import AddLoss
from specc.program.types import TensorType


def to_keras(declaration: Declaration, inputs: tuple[TensorType, ...] = (), **extra: Any) -> Any:
    """The Keras object that a declaration stands for; ``inputs`` are the types that a layer is applied to.

    Raises:
        ValueError, TypeError: Keras refuses the arguments.
    """
    given = declaration.keras_arguments(inputs) if isinstance(declaration, Layer) else declaration.given
    inner = (declaration.inner_input(inputs[0]),) if isinstance(declaration, Wrapper) and inputs else ()
    arguments = {name: _value(value, inner) for name, value in given.items()}
    return _class(declaration)(**{**arguments, **extra})


def _value(value: Any, inner: tuple[TensorType, ...]) -> Any:
    if isinstance(value, Declaration):
        return to_keras(value, inner)
    if isinstance(value, tuple):
        return tuple(_value(v, inner) for v in value)
    return value


def _class(declaration: Declaration) -> Any:
    import keras

    if isinstance(declaration, AddLoss):
        return _add_loss_class()
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
