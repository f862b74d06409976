"""Reads inputs for prediction from a file or a stream."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

import numpy as np

from specc.catalogue.objects.rules import Fill
from specc.data.arrays import read_arrays
from specc.data.columns import Chooser, Chosen, Given, Places, fits
from specc.data.dialect import USUAL, Dialect
from specc.data.findings import bad_file, raise_some, reason
from specc.data.fit import Fitter
from specc.data.missing import Filling, filled
from specc.data.parquet import read_parquet
from specc.data.paths import neighbours
from specc.data.pictures import SUFFIXES, read_picture
from specc.data.raw import Array, Raw, unequal_lengths
from specc.data.stored import whole
from specc.data.table import read_csv
from specc.data.unseen import findings
from specc.diagnostics import Diagnostic, SpecError, did_you_mean
from specc.diagnostics.codes import DATA_NOT_FOUND, DATA_SHAPE
from specc.program.graph import ModelGraph
from specc.program.program import Program
from specc.program.types import TensorType
from specc.source import Source, Span, whole_file


def load_inputs(
    model: ModelGraph,
    data: str | Path | BinaryIO,
    columns: Given = None,
    targets: Given = None,
    *,
    aside: Collection[str] = (),
    fills: tuple[Fill, ...] = (),
    dialect: Dialect = USUAL,
    program: Program | None = None,
    warn: Callable[[Diagnostic], None] | None = None,
) -> dict[str, Array]:
    """The inputs that a file holds, ``[examples, …]`` by input name.

    Args:
        data: a ``.csv``, ``.parquet``, ``.json``, ``.npy``, ``.npz`` or picture file, or a stream of JSON.
        columns: which columns feed which input, as the training data had it.
        targets: which columns the training data had as targets; they are left out where they are there.
        aside: the columns that said something about examples; they are left out as well.
        fills: what missing values were filled with in training.
        dialect: how CSV files are written; they have a header row.
        program: what the model is of; with it, ``warn`` is told of values that weren't seen in training.

    Raises:
        SpecError: it can't be read, or doesn't fit the model's inputs.
    """
    raw = _read(model, data, dialect)
    raw.require_all()
    places = Places(Span(raw.file))
    chooser = Chooser(raw, places)
    chosen = chooser.inputs(model.inputs, _known_here(model, raw, columns), [*_left_out(model, targets), *aside])
    raise_some(chooser.findings)
    _add_batch_axis(model, raw, chosen)
    raise_some(unequal_lengths(raw, places.whole, chosen))
    filling = Filling(fills, places.whole, model.inputs, chosen)
    fitted = Fitter(filled(raw, filling.known(raw)), places).inputs(model.inputs, chosen)
    arrays = {name: whole(values) for name, values in fitted.items()}
    for finding in () if program is None else findings(program, model, arrays, raw, chosen):
        if warn is not None:
            warn(finding)
    return arrays


def _known_here(model: ModelGraph, raw: Raw, columns: Given) -> Given:
    """Where a file has an input's own name instead of the columns of the training data, that is taken."""
    if columns is None:
        return None
    names = list(model.inputs)
    given: Chosen = columns if isinstance(columns, dict) else dict.fromkeys(names[:1], tuple(columns))
    kept = {n: c for n, c in given.items() if n not in raw.columns or all(i in raw.columns for i in c)}
    return kept or None


def _left_out(model: ModelGraph, targets: Given) -> list[str]:
    given: list[tuple[str, ...]] = list(targets.values()) if isinstance(targets, dict) else [tuple(targets or ())]
    return [*model.outputs, *(column for columns in given for column in columns)]


def _add_batch_axis(model: ModelGraph, raw: Raw, chosen: Chosen) -> None:
    """A single example without a batch axis gets one; the rows of a table are examples already."""
    if raw.lines is not None:
        return
    for name, columns in chosen.items():
        shape = model.inputs[name].shape if len(columns) == 1 else ()
        for column in columns:
            array = raw.columns[column]
            if fits(shape, array.shape) and array.size and array.dtype != object:
                raw.columns[column] = array[np.newaxis]


# ── Files ────────────────────────────────────────────────────────────────────────────────────────


def _read(model: ModelGraph, data: str | Path | BinaryIO, dialect: Dialect) -> Raw:
    if not isinstance(data, str | Path):
        return _json(model, data.read(), "<stdin>")
    path = Path(data)
    if not path.is_file():
        message = f"`{path}` is a folder" if path.is_dir() else f"there is no file `{path}`"
        hint = did_you_mean(path.name, neighbours(path))
        raise SpecError(Diagnostic(DATA_NOT_FOUND, message, whole_file(path), help=hint))
    match path.suffix.lower():
        case ".csv":
            return read_csv(path, str(path), dialect=dialect.with_header)
        case ".parquet":
            return read_parquet(path, str(path), whole_file(path))
        case ".npy" | ".npz":
            return _named(model, read_arrays(path), Source(str(path), path=path))
        case ".json":
            return _json(model, _bytes(path), str(path), path)
        case suffix if suffix in SUFFIXES:
            return _picture(model, path)
        case _:
            message = f"`{path.name}` is of no kind that can be read"
            expected = "a file .csv, .parquet, .json, .npy, .npz or a picture"
            raise SpecError(bad_file(message, whole_file(path), None, (f"give {expected}",)))


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SpecError(bad_file(f"`{path}` can't be read: {reason(error)}", whole_file(path), None)) from None


def _named(model: ModelGraph, arrays: dict[str, Array], file: Source) -> Raw:
    """Arrays by name; one without a name is the lone input."""
    if "" in arrays:
        if len(model.inputs) != 1:
            names = ", ".join(model.inputs)
            raise SpecError(bad_file(f"one array, but the model has the inputs {names}", Span(file), None))
        arrays = {next(iter(model.inputs)): arrays[""]}
    return Raw({**arrays}, file, noun="array")


def _picture(model: ModelGraph, path: Path) -> Raw:
    types = list(model.inputs.values())
    if len(types) != 1 or types[0].rank != 3:
        found = ", ".join(f"{n}: {t}" for n, t in model.inputs.items())
        raise SpecError(Diagnostic(DATA_SHAPE, "the model's input is no picture", whole_file(path), found=found))
    height, width, channels = types[0].shape
    size = (height, width) if isinstance(height, int) and isinstance(width, int) else None
    picture = read_picture(path, size, channels if isinstance(channels, int) and channels in (1, 3) else 3)
    return _named(model, {"": picture[np.newaxis]}, Source(str(path), path=path))


# ── JSON ─────────────────────────────────────────────────────────────────────────────────────────


def _json(model: ModelGraph, data: bytes, name: str, path: Path | None = None) -> Raw:
    """An object of arrays by name, a list of such objects (one per example), or the array of the lone input."""
    file = Source(name, path=path)
    try:
        text = data.decode("utf-8-sig")
        file = Source(name, text, path)
        value = json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        place = Span(file, error.pos, error.pos + 1)
        raise SpecError(bad_file(f"this is not JSON: {error.msg}", place, None)) from None
    except (ValueError, RecursionError) as error:
        raise SpecError(bad_file(f"this is not JSON: {reason(error)}", Span(file), None)) from None
    if isinstance(value, list) and value and all(isinstance(v, dict) for v in value):
        value = _by_name(value, file)
    arrays: dict[str, Any] = value if isinstance(value, dict) else {"": value}
    if not arrays:
        raise SpecError(bad_file("there is nothing in it", Span(file), None))
    return _named(model, {k: _array(k, v, model.inputs.get(k), file) for k, v in arrays.items()}, file)


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number in JSON")


def _by_name(examples: list[dict[str, Any]], file: Source) -> dict[str, list[Any]]:
    names = dict.fromkeys(name for example in examples for name in example)
    missing = [(i, n) for i, example in enumerate(examples) for n in names if n not in example]
    raise_some(bad_file(f"example {i} (counted from 0) has no `{n}`", Span(file), None) for i, n in missing)
    return {name: [example[name] for example in examples] for name in names}


def _array(name: str, value: Any, type_: TensorType | None, file: Source) -> Array:
    if isinstance(value, str):
        value = [value]
    if isinstance(value, list) and value and all(isinstance(v, str) for v in value):
        return np.array(value, dtype=object)
    try:
        array = np.array(value)
    except (ValueError, OverflowError):
        array = np.array(None)
    if array.dtype.kind == "b":
        return array.astype(np.uint8)
    if array.dtype.kind in "iuf":
        return array
    what = f"`{name}`" if name else "the list"
    help_ = (f"`{name}` is {type_}",) if type_ is not None else ()
    raise SpecError(
        bad_file(f"{what} is no array of numbers of equal length, nor a list of texts", Span(file), None, help_)
    )
