"""How a model was compiled, as a `train` section and in sentences: without Keras, from what it saves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from importing_helpers import Record, entry, functional, layer

from specc.importing.importer import Import, import_model

ONE = functional(entry("x", 5), layer("Dense", "kind", "x", units=3))
TWO = functional(
    entry("x", 5),
    layer("Dense", "kind", "x", units=3),
    layer("Dense", "size", "x", units=1),
    outputs=[["kind", 0, 0], ["size", 0, 0]],
)
OPTIMIZER = {"module": "keras.optimizers", "class_name": "Adam", "config": {"learning_rate": 0.0010000000474974513}}


def compiled(folder: Path, model: Record, **arguments: Any) -> Import:
    """A model that was compiled so, imported."""
    file = folder / "net.json"
    file.write_text(json.dumps({**model, "compile_config": {"optimizer": OPTIMIZER, **arguments}}))
    return import_model(file)


def test_a_model_that_was_not_compiled_says_nothing(tmp_path: Path) -> None:
    file = tmp_path / "net.json"
    file.write_text(json.dumps(ONE))
    assert import_model(file).train == ""


def test_defaults_and_noise_of_float32_are_left_out(tmp_path: Path) -> None:
    made = compiled(tmp_path, ONE, loss="mse", metrics=[["acc"]], loss_weights=None, weighted_metrics=[None])
    assert made.notes == []
    assert made.train.splitlines()[1:-1] == [
        "    data      = Examples",
        "    loss      = MeanSquaredError()",
        "    metrics   = [accuracy]",
        "    optimizer = Adam()",
    ]


@pytest.mark.parametrize("loss", ["mse", ["mse", "mse"], {"kind": "mse", "size": "mse"}])
def test_each_output_has_its_loss(tmp_path: Path, loss: Any) -> None:
    made = compiled(tmp_path, TWO, loss=loss)
    assert "= { kind = MeanSquaredError()  size = MeanSquaredError() }" in made.train


def test_metrics_by_the_weights_of_examples(tmp_path: Path) -> None:
    made = compiled(tmp_path, TWO, loss="mse", weighted_metrics={"size": ["mae"]})
    assert made.notes == [] and "weighted_metrics = { size = [mae] }" in made.train


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"loss": {"class_name": "function", "config": "mine"}}, "a spec has no loss `mine`"),
        ({"loss": {"class_name": "__lambda__", "config": {"value": ["4wEA"]}}}, "a function, whose code"),
        ({"loss": {"module": "mine", "class_name": "Own", "registered_name": "mine>Own", "config": {}}}, "`mine>Own`"),
        ({"loss": {"class_name": "Huber", "config": {"name": "huber"}}}, "didn't save the arguments of `Huber`"),
        ({"loss": {"kind": "mse"}}, "the output `size` has none"),
        ({"loss": ["mse"]}, "there are 1 for 2 outputs"),
        ({"loss": {"kinds": "mse"}}, "no output `kinds`"),
        ({"loss": 7}, "a function, whose code"),
        ({"loss_weights": {"kind": "x"}}, "no number"),
        ({"metrics": ["mse", "mine"]}, "no metric `mine`"),
        ({"optimizer": {"class_name": "Own", "config": {}}}, "no optimizer `Own`"),
    ],
)
def test_what_a_section_cannot_say_is_told(tmp_path: Path, arguments: Record, said: str) -> None:
    notes = compiled(tmp_path, TWO, **arguments).notes
    assert len(notes) == 1
    assert said in notes[0]
