"""Keras's public names against the catalogue: a new release shows its news here, name by name.

What a spec can't say stands in `specc.catalogue.left_out` with its reason, and nothing else may.
"""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from specc.catalogue.left_out import LEFT_OUT
from specc.catalogue.params import ACTIVATIONS, INITIALIZERS
from specc.catalogue.registry import declarations, find, kinds_of
from specc.compiler import compile_text

pytestmark = pytest.mark.keras

MODULES = {
    "layer": "layers",
    "loss": "losses",
    "metric": "metrics",
    "optimizer": "optimizers",
    "schedule": "optimizers.schedules",
    "regularizer": "regularizers",
    "constraint": "constraints",
    "initializer": "initializers",
}
"""The Keras module of each kind whose names are the catalogue's."""

OWN = {"AddLoss"}
"""What Keras has no class for: in Keras it is `Layer.add_loss`."""

NO_SHAPE = {"glu": "halves the last axis, which Keras's shape rules don't know", "threshold": "needs arguments"}
"""Activations that no argument can name."""

NOT_THE_FUNCTION = {"get", "serialize", "deserialize"}


def module(kind: str) -> Any:
    import keras

    found: Any = keras
    for part in MODULES[kind].split("."):
        found = getattr(found, part)
    return found


def classes(kind: str) -> dict[str, type[Any]]:
    return {n: c for n, c in vars(module(kind)).items() if inspect.isclass(c)}


@pytest.mark.parametrize("kind", MODULES)
def test_every_class_is_declared_or_left_out_with_a_reason(kind: str) -> None:
    words = set(INITIALIZERS) if kind == "initializer" else set()
    said = {n for n in classes(kind) if find(kind, n) is not None} | words
    new = sorted(set(classes(kind)) - said - set(LEFT_OUT.get(kind, ())))
    assert not new, f"keras.{MODULES[kind]} has {', '.join(new)}: declare them, or say why not in left_out.py"


@pytest.mark.parametrize("kind", MODULES)
def test_every_declaration_and_every_reason_is_of_a_class_of_keras(kind: str) -> None:
    theirs = classes(kind)
    assert set(declarations(kind)) - OWN <= set(theirs), "declared, but not in Keras any more"
    assert set(LEFT_OUT.get(kind, ())) <= set(theirs), "left out, but not in Keras any more"
    assert not set(LEFT_OUT.get(kind, ())) & set(declarations(kind)), "declared and left out"


@pytest.mark.parametrize("kind", MODULES)
def test_other_names_are_those_of_keras(kind: str) -> None:
    names = {**classes(kind), **{c.__name__: c for c in classes(kind).values()}}
    for name, declared in declarations(kind).items():
        for alias in declared.aliases:
            assert names[alias] is names[name], alias
            assert find(kind, alias) is declared


def test_activations_are_those_of_keras() -> None:
    import keras

    theirs = {n for n, f in vars(keras.activations).items() if inspect.isfunction(f)} - NOT_THE_FUNCTION
    assert theirs == set(ACTIVATIONS) | set(NO_SHAPE)


@pytest.mark.parametrize(("kind", "name"), [(k, n) for k, names in LEFT_OUT.items() for n in names if not kinds_of(n)])
def test_what_is_left_out_is_refused_with_its_reason(kind: str, name: str) -> None:
    places = {
        "layer": f"output y = x -> {name}(5)",
        "regularizer": f"output y = x -> Dense(5, kernel_regularizer={name}(5))",
        "constraint": f"output y = x -> Dense(5, kernel_constraint={name}(5))",
        "initializer": f"output y = x -> Dense(5, kernel_initializer={name}(5))",
    }
    body = places.get(kind, "output y = x -> Dense(5)")
    settings = {
        "loss": f"loss = {name}()",
        "metric": f"loss = MeanSquaredError()  metrics = [{name}()]",
        "optimizer": f"loss = MeanSquaredError()  optimizer = {name}()",
        "schedule": f"loss = MeanSquaredError()  optimizer = Adam({name}())",
    }
    train = f'train M {{ data = Csv("a.csv")  {settings[kind]} }}' if kind in settings else ""
    found = list(compile_text(f"model M {{ input x: float32[7]  {body} }} {train}").report)
    assert any(f"`{name}`" in d.message and LEFT_OUT[kind][name] in d.help for d in found), [str(d) for d in found]
