"""Predicts with an artifact."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, BinaryIO

import numpy as np

from specc.artifact.evaluate import dataset, held_out, train_plan
from specc.artifact.read import Artifact
from specc.data.columns import fills_of, set_aside
from specc.data.dialect import Dialect
from specc.data.predict import load_inputs
from specc.data.raw import Array
from specc.diagnostics import Diagnostic, SpecError, did_you_mean
from specc.diagnostics.codes import DATA_SHAPE
from specc.program.types import TensorType
from specc.source import Span


def input_arrays(
    artifact: Artifact,
    data: str | BinaryIO | None,
    *,
    limit: int | None = None,
    warn: Callable[[Diagnostic], None] | None = None,
) -> dict[str, Array]:
    """Inputs ``[examples, …]`` by name from a file or stream; without one, from the held-out split.

    ``warn`` is told of values in the file that weren't seen in training.

    Raises:
        SpecError: they can't be read or don't fit the model.
    """
    if data is None:
        found = held_out(dataset(artifact, train_plan(artifact), None)).inputs
    else:
        source = _source(artifact)
        columns, targets = getattr(source, "inputs", None), getattr(source, "targets", None)
        found = load_inputs(
            artifact.graph,
            data,
            columns,
            targets,
            aside=set_aside(source),
            fills=fills_of(source),
            dialect=Dialect.of(source),
            program=artifact.program,
            warn=warn,
        )
    return {name: array[:limit] for name, array in found.items()}


def _source(artifact: Artifact) -> Any:
    """The training data's declaration, which names the columns; None where the spec has no data."""
    try:
        return artifact.program.data[train_plan(artifact).data].source
    except SpecError:
        return None


def predict(artifact: Artifact, inputs: Mapping[str, Any], *, batch_size: int = 256) -> dict[str, Array]:
    """The outputs ``[examples, …]`` by name for inputs ``[examples, …]`` by name.

    Raises:
        SpecError: the inputs don't fit the model, or the weights are not those of the spec.
    """
    arrays = _fitting(artifact, inputs)
    answers = artifact.model.predict(arrays, batch_size=batch_size, verbose=0)
    return {name: np.asarray(value) for name, value in answers.items()}


def predict_records(artifact: Artifact, inputs: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A record per example: for an output over classes its class and probability, else its values."""
    answers = {name: _probabilities(artifact, name, v) for name, v in predict(artifact, inputs).items()}
    size = len(next(iter(answers.values())))
    return [{name: _answer(artifact, name, values[i]) for name, values in answers.items()} for i in range(size)]


def _probabilities(artifact: Artifact, name: str, values: Array) -> Array:
    """The answers, made probabilities where they are logits of classes."""
    if name not in artifact.manifest.classes:
        return values
    loss = train_plan(artifact).loss.get(name)
    if not getattr(loss, "from_logits", False):
        return values
    if values.ndim < 2 or values.shape[-1] == 1:
        return 1 / (1 + np.exp(-np.clip(values, -80, 80)))
    powers = np.exp(values - values.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


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


# ── Inputs of programs; those of files are fitted when they are read ─────────────────────────────


def _fitting(artifact: Artifact, inputs: Mapping[str, Any]) -> dict[str, Array]:
    """The inputs as arrays of the model's types, in its order."""
    types = artifact.graph.inputs
    for name in inputs.keys() ^ types.keys():
        message = f"the input `{name}` is missing" if name in types else f"the model has no input `{name}`"
        raise _unfit(artifact, message, did_you_mean(name, types) if name in inputs else ())
    arrays = {name: _array(artifact, name, types[name], inputs[name]) for name in types}
    lengths = {len(a) for a in arrays.values()}
    if len(lengths) > 1 or 0 in lengths:
        listed = ", ".join(f"`{n}` {len(a)}" for n, a in arrays.items())
        raise _unfit(artifact, f"inputs need the same number of examples, at least one: {listed}")
    return arrays


def _array(artifact: Artifact, name: str, type_: TensorType, value: Any) -> Array:
    array = np.asarray(value)
    sizes = zip(array.shape[1:], type_.shape, strict=False)
    if array.ndim != type_.rank + 1 or any(isinstance(d, int) and d != n for n, d in sizes):
        wanted = f"[{', '.join(('examples', *map(str, type_.shape)))}]"
        raise _unfit(artifact, f"the input `{name}` has the shape {list(array.shape)} instead of {wanted}")
    if type_.dtype in ("string", "bfloat16"):
        return array
    if not _fits(array, np.dtype(type_.dtype)):
        raise _unfit(artifact, f"the input `{name}` has the dtype {array.dtype} instead of {type_.dtype}")
    return array.astype(type_.dtype, copy=False)


def _fits(array: Array, dtype: np.dtype[Any]) -> bool:
    """Whether numbers keep their value in a dtype, but for the precision of floats."""
    if array.dtype.kind in "iu" and dtype.kind in "iu":
        return bool(np.all((array >= np.iinfo(dtype).min) & (array <= np.iinfo(dtype).max)))
    return np.can_cast(array.dtype, dtype, "same_kind")


def _unfit(artifact: Artifact, message: str, help: tuple[str, ...] = ()) -> SpecError:
    return SpecError(Diagnostic(DATA_SHAPE, message, Span(artifact.program.source), help=help))
