"""What a source holds before it is fitted to a model: named columns of examples."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal

import numpy as np

from specc.data.dialect import read_number
from specc.data.findings import BadRows
from specc.data.stored import Array, Values, chunks, is_stored, mapped, taken
from specc.diagnostics import Diagnostic, Related, SpecError
from specc.diagnostics.codes import BAD_DATA_FILE
from specc.source import Source, Span


@dataclass
class Raw:
    """Columns of examples; a column is one value per example, or an array per example.

    Attributes:
        columns: arrays whose first axis counts the examples, in memory or stored; texts are of dtype object.
        targets: the columns that the source itself knows as targets.
        classes: class names of columns that hold class numbers.
        file: the source text that cells can be pointed at, or the file as a whole.
        lines: for each example its line in ``file`` (from 1), where the file is text.
        header: the names of the columns in the order of the file.
        texts: the cells as they were written, where the file is text.
        bad: the rows that couldn't be read, so that they aren't in the columns; their numbers are those of the source.
        origins: for each example its place, where that is a file or line of its own.
        line_at: the line of an example by its number in the source, where ``file`` isn't the whole text.
        cut: whether it is a sample, not all there is.
        said: what was done to all examples, a line for each.
        rows: for each example its number in the source, where rows were left out.
        noun: what people call a column of it.
        delimiter: what stands between two cells of a line.
    """

    columns: dict[str, Values]
    file: Source
    targets: tuple[str, ...] = ()
    classes: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    lines: Array | None = None
    header: tuple[str, ...] = ()
    texts: dict[str, Values] = field(default_factory=dict[str, Values])
    noun: Literal["column", "array"] = "column"
    bad: BadRows | None = None
    rows: Array | None = None
    origins: Values | None = None
    line_at: Callable[[int], Span] | None = None
    cut: bool = False
    said: list[str] = field(default_factory=list[str])
    delimiter: str = ","

    @property
    def title(self) -> str:
        """What messages call it."""
        return self.file.name

    @property
    def size(self) -> int:
        """Number of examples."""
        return max((len(a) for a in self.columns.values() if a.ndim), default=0)

    @property
    def numbers(self) -> Array:
        """The number of each example in the source, from 0."""
        return np.arange(self.size) if self.rows is None else self.rows

    @property
    def is_stored(self) -> bool:
        """Whether its values are read as they are needed."""
        return is_stored(self.columns)

    @property
    def shows_rows(self) -> bool:
        """Whether each example has a place of its own."""
        return self.lines is not None or self.origins is not None

    def require_all(self) -> None:
        """Refuse rows that couldn't be read.

        Raises:
            BadRows: there are any.
        """
        if self.bad is not None:
            raise self.bad

    def without(self, rows: Collection[int]) -> Raw:
        """The same without the examples at some positions; columns of another length stay as they are."""
        kept = np.ones(self.size, dtype=bool)
        kept[list(rows)] = False
        places = np.flatnonzero(kept)
        return replace(
            self,
            columns={n: taken(a, places) if a.ndim and len(a) == len(kept) else a for n, a in self.columns.items()},
            lines=None if self.lines is None else self.lines[places],
            texts={n: taken(cells, places) for n, cells in self.texts.items()},
            rows=self.numbers[places],
            origins=None if self.origins is None else taken(self.origins, places),
        )

    def first(self, most: int | None) -> Raw:
        """A sample: the first so many examples; all without a number."""
        if most is None or self.size <= most:
            return self
        return replace(self.without(range(most, self.size)), cut=True)

    def without_unread(self, bad: Mapping[int, SpecError]) -> Raw:
        """The same without the examples, by position, that couldn't be read; they are told in ``bad``."""
        return self.without(bad).telling(bad) if bad else self

    def telling(self, bad: Mapping[int, SpecError]) -> Raw:
        """The same, with what is wrong with the examples, by their numbers in the source, that aren't in it."""
        diagnostics = [d for error in bad.values() for d in error.diagnostics]
        return replace(self, bad=BadRows(bad, *diagnostics)) if bad else self

    def place(self, column: str, row: int | None = None) -> Span:
        """The place of a cell, of a column's header, or of the file."""
        if self.origins is not None and row is not None:
            return self.origins[row]
        if self.lines is None:
            return Span(self.file)
        if row is not None and self.line_at is not None:
            line = self.line_at(int(self.numbers[row]))
        else:
            line = self.file.line_span(int(self.lines[row]) if row is not None else 1)
        if column not in self.header:
            return line
        end = re.escape(self.delimiter)
        cells = list(re.finditer(rf'("(?:[^"]|"")*"?|[^{end}]*)(?:{end}|$)', line.text))
        index = self.header.index(column)
        if index >= len(cells):  # the cells of this example go on in the next line
            return line
        start, end = cells[index].span(1)
        return Span(line.source, line.start + start, line.start + end)

    def words_for(self, column: str) -> Values | None:
        """The texts of a column, of dtype object, if it can be read as texts."""
        if column in self.texts:
            return self.texts[column]
        array = self.columns[column]
        return mapped(array, _as_texts) if array.dtype == object and array.ndim == 1 else None


def spans(places: list[Span]) -> Array:
    """Places of examples as an array."""
    found = np.empty(len(places), dtype=object)
    found[:] = places
    return found


def _as_texts(values: Array) -> Array:
    return np.array([str(v) for v in values], dtype=object)


def unequal_lengths(raw: Raw, place: Span, *chosen: Mapping[str, tuple[str, ...]]) -> Iterator[Diagnostic]:
    """Tell columns that don't have the same number of examples, at least one."""
    columns = dict.fromkeys(c for part in chosen for columns in part.values() for c in columns)
    lengths = {c: len(raw.columns[c]) if raw.columns[c].ndim else 0 for c in columns}
    if len(set(lengths.values())) == 1 and all(lengths.values()):
        return
    if not lengths or not any(lengths.values()):
        message = "there are no examples in the data"
    else:
        listed = ", ".join(f"`{name}` has {count}" for name, count in lengths.items())
        message = f"the {raw.noun}s have unequal numbers of examples: {listed}"
    yield Diagnostic(BAD_DATA_FILE, message, place, related=(Related(Span(raw.file), "the data"),))


def numbers_or_text(cells: list[str]) -> Array:
    """A column as float64 where every cell is a number or empty (which is NaN), else as texts."""
    values = [read_number(c) if c.strip() else np.nan for c in cells]
    if None in values or not any(c.strip() for c in cells):
        return np.array(cells, dtype=object)
    return np.array(values, dtype=np.float64)


def as_numbers(array: Values) -> Values:
    """A column of ``true`` and ``false`` as 1 and 0, NaN where nothing stands; any other as it is."""
    if array.dtype != object or array.ndim != 1:
        return array
    found = set[str]()
    for chunk in chunks(array):
        found |= {str(v).strip().lower() for v in chunk}
        if not found <= _TRUTHS.keys():
            return array
    if not any(found):
        return array
    return mapped(array, lambda values: np.array([_TRUTHS[str(v).strip().lower()] for v in values], np.float64))


_TRUTHS: Final = {"true": 1.0, "false": 0.0, "": np.nan}
