"""Reads CSV files that are larger than memory: once from beginning to end, then rows as they are needed.

Columns of numbers are written into a temporary file. Cells as they were written, for texts and for messages, are read
from the file itself: where each row begins is known, in 16 bytes a row.
"""

from __future__ import annotations

import csv
import io
from array import array
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

import numpy as np

from specc.data.dialect import USUAL, Dialect
from specc.data.facts import Column, Facts
from specc.data.findings import MOST_FINDINGS, BadRows, bad_file, raise_some, reason
from specc.data.raw import Array, Raw, numbers_or_text
from specc.data.store import ColumnStore, KeptFile
from specc.data.stored import Rows, Stored, Values
from specc.data.table import check_header, require_text, require_values, unequal
from specc.diagnostics import Diagnostic, SpecError
from specc.source import Source, Span, whole_file
from specc.syntax.read import refuse_forbidden

_ROWS: Final = 1 << 14
"""Rows that are read at a time."""


def read_long_csv(
    path: Path,
    name: str,
    place: Span,
    dialect: Dialect = USUAL,
    wanted: Callable[[Facts], Collection[str] | None] | None = None,
) -> Raw:
    """The columns of a CSV file as `read_csv` gives them, but stored.

    Args:
        name: what messages call the file.
        place: where the spec names it.
        dialect: how the file is written.
        wanted: says of what is known which columns are needed; by default all.

    Raises:
        SpecError: as `read_csv`; or the disk is full.
    """
    try:
        with path.open("rb") as raw:
            return _Reader(raw, path, name, place, dialect).read(wanted)
    except OSError as error:
        raise SpecError(bad_file(f"`{name}` can't be read: {reason(error)}", whole_file(path), place)) from None


@dataclass
class _Lines:
    """The lines of a text, with the byte and the number of the line that comes next."""

    text: IO[str]
    at: int = 0
    number: int = 1
    kept: list[str] = field(default_factory=list[str])

    def __iter__(self) -> Iterator[str]:
        for line in self.text:
            self.at += len(line) if line.isascii() else len(line.encode())
            self.number += 1
            self.kept.append(line)
            yield line


class _Reader:
    def __init__(self, file: IO[bytes], path: Path, name: str, place: Span, dialect: Dialect) -> None:
        self.path, self.name, self.place, self.dialect = path, name, place, dialect
        start = file.read(4)
        require_text(start, path, name, place)
        bom = 3 if start.startswith(b"\xef\xbb\xbf") else 0
        file.seek(bom)
        self.lines = _Lines(io.TextIOWrapper(file, encoding="utf-8", newline=""), bom)
        self.starts, self.numbers = array("q"), array("q")  # of each row of values: its first byte, its first line
        self.whole = array("q")  # the rows that have as many cells as the header
        self.bad: dict[int, Diagnostic | None] = {}
        self.numeric: dict[str, bool] = {}  # columns that hold numbers so far
        self.are_blank: set[str] = set()  # columns without any value so far

    def read(self, wanted: Callable[[Facts], Collection[str] | None] | None) -> Raw:
        rows = self._rows()
        header, file = self._header(rows)
        known = Facts(self.name, {n: Column(numbers=None) for n in header})
        names = None if wanted is None else wanted(known)
        kept = [n for n in header if names is None or n in names]
        self.numeric, self.are_blank = dict.fromkeys(kept, True), set(kept)
        store = ColumnStore(self.place)
        places = {n: header.index(n) for n in kept}
        for some in self._some(rows, len(header)):
            store.add({n: self._numbers(n, [row[k] for row in some]) for n, k in places.items()}, len(some))
        require_values(len(self.starts), self.dialect, file, self.place)
        return self._raw(header, file, store.finished())

    def _raw(self, header: tuple[str, ...], file: Source, found: dict[str, Values]) -> Raw:
        starts = np.array([*self.starts, self.lines.at], dtype=np.int64)
        numbers, whole = np.array(self.numbers, dtype=np.int64), np.array(self.whole, dtype=np.int64)
        cells = _Cells(KeptFile(self.path.open("rb"), self.path, self.place), starts, whole, self.dialect)
        texts: dict[str, Values] = {n: cells.column(k) for k, n in enumerate(header)}
        are_texts = {n for n in self.numeric if not self.numeric[n] or n in self.are_blank}
        columns = {n: found[n] if n in found and n not in are_texts else texts[n] for n in header}
        bad = BadRows(self.bad, *(d for d in self.bad.values() if d is not None)) if self.bad else None

        def line_at(row: int) -> Span:
            source = Source(self.name, cells.text(row), self.path, int(numbers[row]))
            return source.line_span(int(numbers[row]))

        return Raw(
            columns,
            file,
            lines=numbers[whole],
            header=header,
            texts=texts,
            bad=bad,
            rows=whole,
            line_at=line_at,
            delimiter=self.dialect.delimiter,
        )

    def _header(self, rows: Iterator[tuple[list[str], int, int]]) -> tuple[tuple[str, ...], Source]:
        if self.dialect.columns:
            return self.dialect.columns, Source(self.name, path=self.path)
        cells, _, line = next(rows, ([], 0, 1))
        file = Source(self.name, "".join(self.lines.kept), self.path)
        require_values(len(cells), self.dialect, file, self.place)
        header = tuple(cell.strip() for cell in cells)
        check_header(header, file, line, self.place)
        return header, file

    def _rows(self) -> Iterator[tuple[list[str], int, int]]:
        """The rows that aren't empty, each with its first byte and line."""
        lines = self.lines
        reader = self.dialect.rows(iter(lines))
        at, begins = lines.at, 1
        try:
            for row in reader:
                if row:
                    yield row, at, begins
                at, begins = lines.at, lines.number
        except csv.Error as error:
            span = Source(self.name, "".join(lines.kept[begins - lines.number :]), self.path, begins).line_span(begins)
            raise SpecError(bad_file(f"this is not CSV: {reason(error)}", span, self.place)) from None
        except UnicodeDecodeError:
            raise SpecError(bad_file(_not_utf8(self.path), whole_file(self.path), self.place)) from None

    def _some(self, rows: Iterator[tuple[list[str], int, int]], width: int) -> Iterator[list[list[str]]]:
        """Rows as wide as the header, some at a time; where each begins, and what is wrong with others, is noted."""
        found: list[list[str]] = []
        first = 1
        for cells, at, line in rows:
            if len(cells) == width:
                self.whole.append(len(self.starts))
                found.append(cells)
            else:
                self.bad[len(self.starts)] = (
                    self._finding(cells, line, width) if len(self.bad) < MOST_FINDINGS else None
                )
            self.starts.append(at)
            self.numbers.append(line)
            if len(self.starts) % _ROWS == 0:
                first = self._require_sound(first)
                yield found
                found = []
        self._require_sound(first)
        yield found

    def _finding(self, cells: list[str], line: int, width: int) -> Diagnostic:
        text = "".join(self.lines.kept[line - self.lines.number :])
        span = Source(self.name, text, self.path, line).line_span(line)
        return unequal(len(cells), width, self.dialect, span, self.place)

    def _require_sound(self, first: int) -> int:
        """Refuse characters that no text should hold in the lines since ``first``; the line that comes next."""
        try:
            refuse_forbidden(Source(self.name, "".join(self.lines.kept), self.path, first))
        except SpecError as error:
            raise_some(bad_file(d.message, d.span, self.place, d.help) for d in error.diagnostics)
        self.lines.kept.clear()
        return self.lines.number

    def _numbers(self, name: str, cells: list[str]) -> Array | None:
        """The numbers of a column's next cells; None where there are none, or where the column holds texts."""
        if not self.numeric[name]:
            return None
        cells = self.dialect.plain(cells)
        if not any(cell.strip() for cell in cells):
            return None
        self.are_blank.discard(name)
        found = numbers_or_text(cells)
        self.numeric[name] = found.dtype != object
        return found if self.numeric[name] else None


@dataclass(frozen=True)
class _Cells:
    """The cells of a file as they were written.

    Attributes:
        starts: the first byte of each row, and that after the last one.
        whole: the rows that are examples.
    """

    file: KeptFile
    starts: Array
    whole: Array
    dialect: Dialect

    def text(self, row: int) -> str:
        """The text of a row of the file."""
        content = self.file.bytes()
        text = content[int(self.starts[row]) : int(self.starts[row + 1])].decode("utf-8")
        return text.rstrip("\r\n") + "\n"

    def column(self, index: int) -> Stored:
        """The texts of a column."""

        def read(rows: Rows) -> Array:
            content = self.file.bytes()
            found: list[str] = []
            for row in self.whole[rows].tolist():
                text = content[int(self.starts[row]) : int(self.starts[row + 1])].decode("utf-8")
                cells = next(cells for cells in self.dialect.rows(io.StringIO(text, newline="")) if cells)
                found.append(cells[index])
            return np.array(self.dialect.plain(found), dtype=object)

        size = len(self.whole)
        average = int(self.starts[-1]) // max(1, len(self.starts)) + 64
        return Stored(read, size, np.empty(0, dtype=object), average)


def _not_utf8(path: Path) -> str:
    """Where the first byte is that is not UTF-8."""
    at = 0
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError as error:
                return f"byte {at + error.start} (line {number}) is not UTF-8"
            at += len(line)
    return "it is not UTF-8"
