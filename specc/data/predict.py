"""Reads inputs for prediction from a file or a stream."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from specc.data.fit import Fitter, encode_texts
from specc.data.raw import Array, Raw
from specc.data.sources import read_arrays, read_csv, read_picture
from specc.diagnostics import Diagnostic, SpecError, did_you_mean
from specc.diagnostics.codes import BAD_DATA_FILE, DATA_NOT_FOUND, DATA_SHAPE, UNKNOWN_COLUMN
from specc.program.graph import ModelGraph
from specc.program.types import INTEGERS, TensorType
from specc.source import Source, Span, whole_file

_PICTURES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp")


def load_inputs(model: ModelGraph, data: str | BinaryIO, columns: Any = None) -> dict[str, Array]:
    """The inputs that a file holds, ``[examples, …]`` by input name.

    Args:
        data: a ``.csv``, ``.json``, ``.npy``, ``.npz`` or picture file, or a stream of JSON.
        columns: which CSV columns feed which input, as the training data had it.

    Raises:
        SpecError: it can't be read, or doesn't fit the model's inputs.
    """
    if not isinstance(data, str):
        return _from_json(model, data.read(), Span(Source("<stdin>")))
    path = Path(data)
    if not path.is_file():
        known = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
        message = f"there is no file `{path}`"
        raise SpecError(Diagnostic(DATA_NOT_FOUND, message, whole_file(path), help=did_you_mean(path.name, known)))
    suffix = path.suffix.lower()
    if suffix == ".csv":
        return _from_csv(model, path, columns)
    if suffix in (".npy", ".npz"):
        return _from_arrays(model, read_arrays(path), whole_file(path))
    if suffix in _PICTURES:
        return _from_picture(model, path)
    if suffix == ".json":
        return _from_json(model, path.read_bytes(), whole_file(path))
    message = f"`{path.name}` is of no kind that can be read"
    raise SpecError(
        Diagnostic(BAD_DATA_FILE, message, whole_file(path), expected=".csv, .json, .npy, .npz or a picture")
    )


def _from_csv(model: ModelGraph, path: Path, columns: Any) -> dict[str, Array]:
    raw = read_csv(path, str(path))
    fitter = Fitter(raw, Span(raw.file), {})
    chosen = fitter.input_columns(model.inputs, columns, ()) if columns else _csv_columns(model, raw, fitter)
    return {name: fitter.input(name, type_, chosen[name]) for name, type_ in model.inputs.items()}


def _csv_columns(model: ModelGraph, raw: Raw, fitter: Fitter) -> dict[str, tuple[str, ...]]:
    """By name; for a lone vector of ``n`` the first ``n`` columns, so that a target column may follow."""
    if len(model.inputs) == 1:
        ((name, type_),) = model.inputs.items()
        if type_.rank == 1 and isinstance(type_.shape[0], int) and name not in raw.columns:
            return {name: tuple(raw.columns)[: type_.shape[0]]}
    return fitter.input_columns(model.inputs, None, model.outputs)


def _from_picture(model: ModelGraph, path: Path) -> dict[str, Array]:
    pictures = {n: t for n, t in model.inputs.items() if t.rank == 3}
    if len(model.inputs) != 1 or not pictures:
        raise SpecError(Diagnostic(DATA_SHAPE, "the model's input is no picture", whole_file(path)))
    ((name, type_),) = pictures.items()
    height, width, channels = type_.shape
    size = (height, width) if isinstance(height, int) and isinstance(width, int) else None
    picture = read_picture(path, size, channels if channels in (1, 3) else 3)  # type: ignore[arg-type]
    return _checked(model, {name: picture[np.newaxis]}, whole_file(path))


def _from_json(model: ModelGraph, data: bytes, place: Span) -> dict[str, Array]:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise SpecError(Diagnostic(BAD_DATA_FILE, f"this is not JSON: {error}", place)) from None
    if isinstance(value, list) and value and all(isinstance(v, dict) for v in value):
        value = {k: [v.get(k) for v in value] for k in dict.fromkeys(k for v in value for k in v)}
    arrays = value if isinstance(value, dict) else {"": value}
    return _from_arrays(model, {k: _array(v, model.inputs.get(k), place) for k, v in arrays.items()}, place)


def _array(value: Any, type_: TensorType | None, place: Span) -> Array:
    texts = isinstance(value, list) and value and all(isinstance(v, str) for v in value)
    if texts and (type_ is None or (type_.dtype in INTEGERS and type_.rank == 1)):
        return encode_texts(value)
    try:
        array = np.array(value)
    except ValueError:
        array = np.array(None)
    if array.dtype == object or array.dtype.kind in "US":
        raise SpecError(Diagnostic(BAD_DATA_FILE, "the values are no array of numbers of equal length", place))
    return array


def _from_arrays(model: ModelGraph, arrays: dict[str, Array], place: Span) -> dict[str, Array]:
    """Arrays by input name; a lone unnamed array is the lone input."""
    names = list(model.inputs)
    if list(arrays) == [""] and len(names) == 1:
        arrays = {names[0]: arrays[""]}
    for name in names:
        if name not in arrays:
            known = [k for k in arrays if k]
            message = f"there is nothing for the input `{name}`"
            hint = did_you_mean(name, known) or (f"inputs are {', '.join(names)}",)
            raise SpecError(Diagnostic(UNKNOWN_COLUMN, message, place, help=hint))
    return _checked(model, {n: arrays[n] for n in names}, place)


def _checked(model: ModelGraph, arrays: dict[str, Array], place: Span) -> dict[str, Array]:
    """Arrays in the inputs' dtypes; a single example gets its batch axis."""
    found: dict[str, Array] = {}
    for name, type_ in model.inputs.items():
        array = arrays[name]
        if array.ndim == type_.rank:
            array = array[np.newaxis]
        sizes = zip(type_.shape, array.shape[1:], strict=False)
        if array.ndim != type_.rank + 1 or any(isinstance(w, int) and w != h for w, h in sizes):
            shape = ", ".join(map(str, array.shape))
            message = f"the data for `{name}` do not have its shape"
            expected = f"[examples, {', '.join(map(str, type_.shape))}]"
            raise SpecError(Diagnostic(DATA_SHAPE, message, place, expected=expected, found=f"[{shape}]"))
        found[name] = array.astype("float32" if type_.dtype == "bfloat16" else type_.dtype)
    if len({len(a) for a in found.values()}) > 1:
        raise SpecError(Diagnostic(DATA_SHAPE, "the inputs have unequal numbers of examples", place))
    return found
