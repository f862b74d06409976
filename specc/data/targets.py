"""Fits columns to a model's outputs, as their losses want targets: class numbers, one-hot rows or values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np

from specc.catalogue.declare import Declaration
from specc.catalogue.objects.losses import Loss
from specc.data.columns import Part, more_units, over_two_classes, too_many_classes
from specc.data.fit import Fitter
from specc.data.raw import Array
from specc.data.stored import Stored, Values, by_rows, chunks, extent, mapped, whole
from specc.data.values import shorten
from specc.diagnostics import SpecError
from specc.program.dims import Dim
from specc.program.types import TensorType

_SHOWN: Final = 10
"""Most classes that the log lists."""

Names: TypeAlias = tuple[str, ...] | None


@dataclass(frozen=True)
class Output:
    """An output, the columns of its target, and the loss between them; the class names where they are known already."""

    name: str
    type: TensorType
    columns: tuple[str, ...]
    loss: Declaration | None
    known: Names = None

    @property
    def channels(self) -> Dim:
        """The size of the last axis; 1 where there is none."""
        return self.type.channels if self.type.rank else 1

    @property
    def over_two_classes(self) -> bool:
        """Whether the loss is over one value per example that says which of two classes it is."""
        return isinstance(self.loss, Loss) and over_two_classes(self.loss, self.type)


def fit_target(fitter: Fitter, output: Output) -> tuple[Values, Names]:
    """The target of one output, and the class names where it is classes.

    Class numbers are int32 ``[examples, …]`` without the last axis; everything else is float32 of the output's shape.
    Of data that are stored, targets of one value per example are in memory.

    Raises:
        SpecError: values, classes or the shape don't fit.
    """
    match output.loss.targets if isinstance(output.loss, Loss) else "values":
        case "classes":
            return _numbers(fitter, output)
        case "one_hot" if not _holds_rows(fitter, output):
            ids, names = _numbers(fitter, output)
            return _one_hot(fitter, ids, int(str(output.channels))), names
        case _ if output.over_two_classes:
            return _two_classes(fitter, output)
        case _:
            return _values(fitter, output), None


def _holds_rows(fitter: Fitter, output: Output) -> bool:
    """Whether the data already give a number for each class."""
    first = fitter.raw.columns[output.columns[0]]
    return len(output.columns) > 1 or (first.dtype != object and first.ndim == output.type.rank + 1 > 1)


def _one_hot(fitter: Fitter, ids: Values, classes: int) -> Values:
    rows = np.eye(classes, dtype=np.float32)
    stored = Stored(lambda key: ids[key], len(ids), np.empty((0, *ids.shape[1:]), np.int32))
    return mapped(stored if fitter.raw.is_stored else ids, lambda some: rows[some])


def _values(fitter: Fitter, output: Output) -> Values:
    arrays = fitter.numbers(output.columns, "float32")
    if len(arrays) == 1:
        array = arrays[0]
        if array.ndim == output.type.rank and output.channels == 1:
            array = mapped(array, lambda some: some[..., np.newaxis])
    else:
        array = fitter.stack(output.name, output.type, output.columns, arrays)
    fitter.require_shape(output.name, output.type, output.columns, array)
    return whole(array) if array.size == len(array) else array


def _two_classes(fitter: Fitter, output: Output) -> tuple[Values, Names]:
    """Values of 0 and 1 (or what lies between) for a lone channel."""
    column = output.columns[0]
    array = fitter.raw.columns[column]
    names = fitter.raw.classes.get(column)
    if array.dtype == object and len(output.columns) == 1:
        ids, names = _labels(fitter, column, output.known)
        _require_classes(fitter, output, column, ids, 2)
        return whole(ids).astype(np.float32).reshape(-1, *(1,) * output.type.rank), names
    values = _values(fitter, output)
    if names is not None:
        _require_classes(fitter, output, column, values, 2)
    if getattr(output.loss, "probabilities", False):
        _require_shares(fitter, column)
    return values, names or (("0", "1") if _are_classes(values) else None)


def _are_classes(values: Values) -> bool:
    return all(bool(np.isin(chunk, (0, 1)).all()) for chunk in chunks(values))


def _require_shares(fitter: Fitter, column: str) -> None:
    array = fitter.raw.columns[column]
    outside = by_rows(array, lambda some: _any_of_each((some < 0) | (some > 1)))
    fitter.bad_values(column, np.flatnonzero(outside), "is neither of the classes 0 and 1, nor between them")


def _any_of_each(truths: Array) -> Array:
    """For each example whether any of its values is true."""
    return np.any(truths.reshape(len(truths), -1), axis=1)


# ── Class numbers ────────────────────────────────────────────────────────────────────────────────


def _numbers(fitter: Fitter, output: Output) -> tuple[Values, Names]:
    found = [_class_numbers(fitter, output, column) for column in output.columns]
    if len(found) == 1:
        ids, names = found[0]
        if ids.ndim == output.type.rank + 1 > 1 and ids.shape[-1] == 1:
            ids = mapped(ids, lambda some: some[..., 0])
    else:
        ids = fitter.stack(output.name, output.type, output.columns, [ids for ids, _ in found])
        names = found[0][1] if len({names for _, names in found}) == 1 else None
    without_channels = TensorType("int32", output.type.shape[:-1])
    fitter.require_shape(output.name, without_channels, output.columns, ids)
    return whole(ids) if ids.size == len(ids) else ids, names


def _class_numbers(fitter: Fitter, output: Output, column: str) -> tuple[Values, Names]:
    raw = fitter.raw
    if raw.columns[column].dtype == object:
        ids, names = _labels(fitter, column, output.known)
    else:
        (ids,) = fitter.numbers((column,), "int32")
        negative = by_rows(ids, lambda some: _any_of_each(some < 0))
        fitter.bad_values(column, np.flatnonzero(negative), "is no class: classes count from 0")
        names = raw.classes.get(column)
    if isinstance(output.channels, int):
        _require_classes(fitter, output, column, ids, output.channels)
        names = names or tuple(str(i) for i in range(output.channels))
    return ids, names or tuple(str(i) for i in range(int(extent(ids)[1]) + 1))


def _labels(fitter: Fitter, column: str, known: Names) -> tuple[Array, tuple[str, ...]]:
    """Texts as class numbers, in the alphabetical order of the texts, or as they are known."""
    labels = mapped(fitter.raw.columns[column], lambda some: np.array([str(v).strip() for v in some], dtype=object))
    absent = by_rows(labels, lambda some: np.array([not name for name in some], dtype=bool))
    fitter.bad_values(column, np.flatnonzero(absent), "is no class: the name is missing")
    if known is not None:
        others = by_rows(labels, lambda some: ~np.isin(some, np.array(known, dtype=object)))
        shown = f"{', '.join(known[:_SHOWN])}{', …' if len(known) > _SHOWN else ''}"
        fitter.bad_values(column, np.flatnonzero(others), f"is none of the classes that the model knows: {shown}")
        numbers = {name: number for number, name in enumerate(known)}
        return np.array([numbers[label] for label in labels], dtype=np.int32), known
    names: Array = np.unique(np.concatenate([np.unique(some.astype(str)) for some in chunks(labels)]))
    ids = by_rows(labels, lambda some: np.searchsorted(names, some.astype(str)))
    shown = ", ".join(f"{i} {shorten(str(name))}" for i, name in enumerate(names[:_SHOWN]))
    fitter.rules.append(f"`{column}`: classes in alphabetical order: {shown}{', …' if len(names) > _SHOWN else ''}")
    return ids.reshape(-1).astype(np.int32), tuple(str(n) for n in names)


def _require_classes(fitter: Fitter, output: Output, column: str, ids: Values, most: int) -> None:
    lowest, highest = map(int, extent(ids))
    if highest < most:
        return
    raw = fitter.raw
    shifted = lowest == 1 and highest == most and raw.columns[column].dtype != object
    found = f"class numbers from {lowest} to {highest}" if shifted else f"{highest + 1} classes"
    if shifted:
        way_out = "class numbers count from 0: subtract 1 from each"
    else:
        way_out = more_units(highest + 1, of_two=output.over_two_classes)
    part = Part(output.name, output.type, (column,))
    raise SpecError(too_many_classes(raw, fitter.places, part, found, most, way_out))
