"""Examples that a Python program hands over, instead of a file."""

from __future__ import annotations

from array import array as integers
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, Final, TypeAlias, cast

import numpy as np

from specc.data.findings import MOST_FINDINGS, bad_cell, bad_file
from specc.data.raw import Array, Raw, spans
from specc.data.store import ColumnStore
from specc.data.stored import Stored, Values
from specc.diagnostics import Diagnostic, SpecError
from specc.diagnostics.codes import DATA_NOT_FOUND
from specc.source import Source, Span

Examples: TypeAlias = "Mapping[str, Any] | Iterable[Mapping[str, Any]]"
"""Arrays or lists by name, whose first axis counts the examples; or one record of values by name after the other."""


def read_given(
    examples: Examples | None, name: str, place: Span, *, stays_on_disk: Callable[[int], bool] = lambda _: False
) -> Raw:
    """The columns that examples hold: numbers, truth values as 1 and 0, texts, arrays of numbers of equal shape.

    ``None`` in the place of a number or text is a missing value.

    Args:
        name: what the spec calls the data.
        stays_on_disk: says it of the bytes that records take in memory. Those that do are stored as they come. Columns
            as a whole are in memory already; those that NumPy has mapped from a file stay there.

    Raises:
        SpecError: nothing was given, or a column is of no kind that can be read. Records that don't have the names and
            shapes of the first one are told in `Raw.bad`.
    """
    if examples is None:
        message = f"the examples of `{name}` are handed over by a Python program, here are none"
        hint = f"call `specc.training.run.train(…, given={{'{name}': examples}})`"
        raise SpecError(Diagnostic(DATA_NOT_FOUND, message, place, help=(hint,)))
    file = Source(name)
    if isinstance(examples, Mapping):
        columns = cast("Mapping[str, Any]", examples)
        return Raw({str(n): _values(str(n), values, file, place) for n, values in columns.items()}, file)
    return Records(file, place).read(iter(examples), stays_on_disk)


def _values(name: str, values: Any, file: Source, place: Span) -> Values:
    """A column that was given as a whole."""
    if not isinstance(values, np.memmap) or values.dtype.kind not in "iuf" or not values.ndim:
        return _column(name, values, file, place)
    return Stored(lambda rows: np.array(values[rows]), len(values), np.empty((0, *values.shape[1:]), values.dtype))


_OF_AN_OBJECT: Final = 100
"""Bytes that a value of a record takes beside its numbers, about."""

_COPIES: Final = 16
"""Bytes that a number takes in memory, about: as it is given, as a column, as float32 that is trained on."""


def _until_too_many(records: Iterator[Any], stays_on_disk: Callable[[int], bool]) -> tuple[list[Any], bool]:
    """The first records, and whether they and those that follow are too many to have them all in memory."""
    first: list[Any] = []
    needed, looked = 0, 0
    if stays_on_disk(0):
        return first, True
    for record in records:
        first.append(record)
        values = cast("Mapping[str, Any]", record).values() if isinstance(record, Mapping) else ()
        needed += sum(_OF_AN_OBJECT + _COPIES * getattr(v, "size", 1) for v in values)
        if needed > looked + (1 << 26):  # looking at what is free takes a moment
            looked = needed
            if stays_on_disk(needed):
                return first, True
    return first, False


def records_as_columns(
    records: list[Any],
    file: Source,
    place: Span,
    damaged: Mapping[int, SpecError] | None = None,
    *,
    origins: list[Span] | None = None,
    cut: bool = False,
) -> Raw:
    """The columns of records of values by name.

    Args:
        damaged: what is wrong with records, by their numbers, that couldn't be read.
        origins: the place of each record, where it has one.
        cut: whether they are a sample.

    Raises:
        SpecError: there are none that can be used, or a column is of no kind that can be read.
    """
    known = dict(damaged or {})
    sound = [None if i in known else record for i, record in enumerate(records)]
    misfits = zip(range(len(records)), _misfits(sound), strict=True)
    others = {i: _refused(i, why, file, place, origins) for i, why in misfits if why and i not in known}
    bad = {i: (known | others)[i] for i in sorted(known | others)}
    kept = [i for i in range(len(records)) if i not in bad]
    if not kept:
        raise SpecError(
            *(d for error in list(bad.values())[:MOST_FINDINGS] for d in error.diagnostics), _nothing(file, place)
        )
    names = [str(n) for n in records[kept[0]]]
    whole: dict[str, Values] = {n: _column(n, [records[i][n] for i in kept], file, place) for n in names}
    places = None if origins is None else spans(origins)[kept]
    return Raw(whole, file, rows=np.array(kept), origins=places, cut=cut).telling(bad)


def _nothing(file: Source, place: Span) -> Diagnostic:
    return bad_file("there are no examples in the data", Span(file), place)


def _refused(number: int, why: str, file: Source, place: Span, origins: list[Span] | None) -> SpecError:
    span = Span(file) if origins is None else origins[number]
    return SpecError(bad_cell(f"example {number} (counted from 0) {why}", span, place))


@dataclass
class Records:
    """Records that come one after the other, and are written down as columns.

    Attributes:
        complete: whether a name that is absent from a record is a missing value; else each has those of the first.
        origin: the place of a record by its number, where it has one.
    """

    file: Source
    place: Span
    complete: bool = False
    origin: Callable[[int], Span] | None = None

    def read(self, records: Iterator[Any], stays_on_disk: Callable[[int], bool], most: int | None = None) -> Raw:
        """The columns, in memory or stored. A record that is a `SpecError` is damaged.

        Args:
            most: the number of records of a sample.

        Raises:
            SpecError: as `records_as_columns`; or the disk is full.
        """
        if most is not None:
            first = list(islice(records, most))
            cut = next(records, None) is not None
            return self._in_memory(first, cut=cut)
        first, is_long = _until_too_many(records, stays_on_disk)
        return self.stored(chain(first, records)) if is_long else self._in_memory(first)

    def _in_memory(self, records: list[Any], *, cut: bool = False) -> Raw:
        damaged = {i: r for i, r in enumerate(records) if isinstance(r, SpecError)}
        return records_as_columns(records, self.file, self.place, damaged, cut=cut)

    def stored(self, records: Iterable[Any]) -> Raw:
        """The columns as `records_as_columns` gives them, but stored. A record that is a `SpecError` is damaged.

        Raises:
            SpecError: as there; or the disk is full.
        """
        store, bad, kept = ColumnStore(self.place), dict[int, SpecError](), integers("q")
        known: Any = {}
        forms: dict[str, tuple[str, tuple[int, ...]]] = {}
        some: list[Mapping[str, Any]] = []
        for number, record in enumerate(records):
            if isinstance(record, SpecError):
                bad[number] = record
                continue
            if isinstance(record, Mapping) and (self.complete or not known):
                known = dict.fromkeys([*known, *cast("Mapping[str, Any]", record)])
            looked_at = {**known, **record} if self.complete else record
            if why := _misfit(looked_at, known, forms):
                bad[number] = self._refused(number, why, len(bad) < MOST_FINDINGS)
                continue
            kept.append(number)
            some.append(looked_at)
            if len(some) == _TOGETHER:
                self._write(store, some, known)
        self._write(store, some, known)
        if not kept:
            told = (d for error in list(bad.values())[:MOST_FINDINGS] for d in error.diagnostics)
            raise SpecError(*told, _nothing(self.file, self.place))
        try:
            found = store.finished()
        except ValueError:
            raise SpecError(_no_column(", ".join(map(str, known)), self.file, self.place)) from None
        numbers: Array = np.array(kept, dtype=np.int64)
        columns = {str(n): found.get(str(n), np.full(len(numbers), "", dtype=object)) for n in known}
        return Raw(columns, self.file, rows=numbers, origins=self._origins(numbers)).telling(bad)

    def _write(self, store: ColumnStore, records: list[Mapping[str, Any]], names: Iterable[str]) -> None:
        if records:
            columns = {str(n): [r.get(n) for r in records] for n in names}
            found = {
                n: None if all(v is None for v in values) else _column(n, values, self.file, self.place)
                for n, values in columns.items()
            }
            store.add(found, len(records))
            records.clear()

    def _refused(self, number: int, why: str, is_told: bool) -> SpecError:
        span = Span(self.file) if self.origin is None else self.origin(number)
        told = [bad_cell(f"example {number} (counted from 0) {why}", span, self.place)] if is_told else []
        return SpecError(*told)

    def _origins(self, numbers: Array) -> Stored | None:
        origin = self.origin
        if origin is None:
            return None
        return Stored(lambda rows: spans([origin(int(n)) for n in numbers[rows]]), len(numbers), spans([]), 1 << 8)


_TOGETHER: Final = 256
"""How many records are written at a time."""


def _misfits(records: list[Any]) -> Iterable[str]:
    """For each record what is wrong with it, beside the first one; an empty text where nothing is."""
    first: Any = next((r for r in records if isinstance(r, Mapping)), {})
    forms: dict[str, tuple[str, tuple[int, ...]]] = {}
    for record in records:
        yield _misfit(record, first, forms)


def _misfit(record: Any, first: Mapping[str, Any], forms: dict[str, tuple[str, tuple[int, ...]]]) -> str:
    if not isinstance(record, Mapping):
        return f"is no record of values by name, it is {type(record).__name__}"
    values = cast("Mapping[str, Any]", record)
    for name in first:
        if name not in values:
            return f"has no `{name}`"
        if values[name] is None:
            continue
        form = _form(values[name])
        wanted = forms.setdefault(name, form)
        if form != wanted:
            return f"has {_shown(form)} in `{name}`, those before have {_shown(wanted)}"
    return ""


def _form(value: Any) -> tuple[str, tuple[int, ...]]:
    if isinstance(value, str):
        return "a text", ()
    try:
        array = np.asarray(value)
    except ValueError:
        return "a ragged list", ()
    return ("numbers" if array.dtype.kind in "iufb" else "something else"), array.shape


def _shown(form: tuple[str, tuple[int, ...]]) -> str:
    what, shape = form
    return f"{what} of the shape {list(shape)}" if shape else "a number" if what == "numbers" else what


def _column(name: str, values: Any, file: Source, place: Span) -> Array:
    if hasattr(values, "__array__"):
        values = np.asarray(values)
    one = isinstance(values, str | bytes | Mapping) or not isinstance(values, Iterable)
    items: Any = values if isinstance(values, np.ndarray) else [{}] if one else list(cast("Iterable[Any]", values))
    if not isinstance(items, np.ndarray) and all(v is None or isinstance(v, str) for v in items):
        return np.array(["" if v is None else v for v in items], dtype=object)
    try:
        array: Array = np.array([np.nan if v is None else v for v in items] if isinstance(items, list) else items)
    except ValueError:
        array = np.array(None)
    if array.dtype.kind in "iuf" and array.ndim:
        return array
    if array.dtype.kind == "b" and array.ndim:
        return array.astype(np.uint8)
    if array.dtype.kind in "UO" and array.ndim == 1 and all(isinstance(v, str) for v in array):
        return array.astype(object)
    raise SpecError(_no_column(name, file, place))


def _no_column(name: str, file: Source, place: Span) -> Diagnostic:
    message = f"`{name}` is no column of numbers, of texts, or of arrays of equal shape"
    return bad_file(message, Span(file), place)
