"""Examples that a Python program hands over, instead of a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias, cast

import numpy as np

from specc.data.findings import MOST_FINDINGS, bad_cell, bad_file
from specc.data.raw import Array, Raw, spans
from specc.diagnostics import Diagnostic, SpecError
from specc.diagnostics.codes import DATA_NOT_FOUND
from specc.source import Source, Span

Examples: TypeAlias = "Mapping[str, Any] | Iterable[Mapping[str, Any]]"
"""Arrays or lists by name, whose first axis counts the examples; or one record of values by name after the other."""


def read_given(examples: Examples | None, name: str, place: Span) -> Raw:
    """The columns that examples hold: numbers, truth values as 1 and 0, texts, arrays of numbers of equal shape.

    ``None`` in the place of a number or text is a missing value.

    Args:
        name: what the spec calls the data.

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
        return Raw({str(n): _column(str(n), values, file, place) for n, values in columns.items()}, file)
    return records_as_columns(list(examples), file, place)


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
    whole = {n: _column(n, [records[i][n] for i in kept], file, place) for n in names}
    places = None if origins is None else spans(origins)[kept]
    return Raw(whole, file, rows=np.array(kept), origins=places, cut=cut).telling(bad)


def _nothing(file: Source, place: Span) -> Diagnostic:
    return bad_file("there are no examples in the data", Span(file), place)


def _refused(number: int, why: str, file: Source, place: Span, origins: list[Span] | None) -> SpecError:
    span = Span(file) if origins is None else origins[number]
    return SpecError(bad_cell(f"example {number} (counted from 0) {why}", span, place))


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
    message = f"`{name}` is no column of numbers, of texts, or of arrays of equal shape"
    raise SpecError(bad_file(message, Span(file), place))
