"""Predicts with an artifact."""

from __future__ import annotations

from typing import Any, BinaryIO

import numpy as np

from specc.artifact.evaluate import dataset, held_out, train_plan
from specc.artifact.read import Artifact
from specc.data import load_inputs
from specc.data.raw import Array


def input_arrays(artifact: Artifact, data: str | BinaryIO | None, *, limit: int | None = None) -> dict[str, Array]:
    """Inputs ``[examples, …]`` by name from a file or stream; without one, from the held-out split.

    Raises:
        SpecError: they can't be read or don't fit the model.
    """
    if data is None:
        found = held_out(dataset(artifact, train_plan(artifact), None)).inputs
    else:
        found = load_inputs(artifact.graph, data, _columns(artifact))
    return {name: array[:limit] for name, array in found.items()}


def _columns(artifact: Artifact) -> Any:
    """The columns of the inputs as the training data named them, if they did."""
    plan = artifact.program.train_plan(artifact.target)
    source = artifact.program.data[plan.data].source if plan is not None else None
    return getattr(source, "inputs", None)


def predict(artifact: Artifact, inputs: dict[str, Array], *, batch_size: int = 256) -> dict[str, Array]:
    """The outputs ``[examples, …]`` by name for inputs ``[examples, …]`` by name."""
    model = artifact.load_model()
    answers = model.predict(inputs, batch_size=batch_size, verbose=0)
    return {name: np.asarray(value) for name, value in answers.items()}


def predict_records(artifact: Artifact, inputs: dict[str, Array]) -> list[dict[str, Any]]:
    """A record per example: for an output over classes its class and probability, else its values."""
    answers = predict(artifact, inputs)
    size = len(next(iter(inputs.values())))
    return [{name: _answer(artifact, name, values[i]) for name, values in answers.items()} for i in range(size)]


def _answer(artifact: Artifact, name: str, value: Array) -> Any:
    classes = artifact.manifest.classes.get(name)
    if classes and value.ndim == 1 and len(value) == len(classes):
        best = int(value.argmax())
        named = {c: float(v) for c, v in zip(classes, value, strict=True)}
        return {"class": classes[best], "probability": float(value[best]), "probabilities": named}
    if classes and len(classes) == 2 and value.size == 1:
        probability = float(value.reshape(-1)[0])
        return {"class": classes[int(probability > 0.5)], "probability": max(probability, 1 - probability)}
    return float(value.reshape(-1)[0]) if value.size == 1 else value.tolist()
