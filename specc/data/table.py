"""Reads CSV files, so that every cell can be pointed at."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from specc.data.findings import bad_cell, bad_file, raise_some, reason
from specc.data.raw import Raw, numbers_or_text
from specc.diagnostics import Diagnostic, SpecError
from specc.source import Source, Span, whole_file
from specc.syntax.read import decode

_MOST_BYTES = 1 << 32


def read_csv(path: Path, name: str, place: Span | None = None) -> Raw:
    """The columns of a CSV file with a header row, in its order.

    Args:
        name: what messages call the file.
        place: where the spec names it.

    Raises:
        SpecError: wrong encoding, header, or number of cells; with the file's line.
    """
    file = _text(path, name, place)
    rows, lines = _rows(file, place)
    if len(rows) < 2:
        message = "a table has a header row and at least one row of values"
        raise SpecError(bad_file(message, Span(file), place))
    header = tuple(cell.strip() for cell in rows[0])
    _check_header(header, file, lines[0], place)
    raise_some(_lengths(rows, lines, file, place))
    texts = {n: list(cells) for n, cells in zip(header, zip(*rows[1:], strict=True), strict=True)}
    columns = {n: numbers_or_text(cells) for n, cells in texts.items()}
    return Raw(columns, file, lines=lines[1:], header=header, texts=texts)


def _text(path: Path, name: str, place: Span | None) -> Source:
    try:
        return decode(path.read_bytes(), name, path, max_bytes=_MOST_BYTES)
    except OSError as error:
        raise SpecError(bad_file(f"`{name}` can't be read: {reason(error)}", whole_file(path), place)) from None
    except SpecError as error:
        raise SpecError(*(bad_file(d.message, d.span, place, d.help) for d in error.diagnostics)) from None


def _rows(file: Source, place: Span | None) -> tuple[list[list[str]], list[int]]:
    """The rows that aren't empty, and the line that each begins in."""
    reader = csv.reader(io.StringIO(file.text, newline=""), strict=True)
    rows: list[list[str]] = []
    lines: list[int] = []
    begins = 1
    try:
        for row in reader:
            if row:
                rows.append(row)
                lines.append(begins)
            begins = reader.line_num + 1
    except csv.Error as error:
        raise SpecError(bad_file(f"this is not CSV: {reason(error)}", file.line_span(begins), place)) from None
    return rows, lines


def _check_header(header: tuple[str, ...], file: Source, line: int, place: Span | None) -> None:
    span = file.line_span(line)
    twice = sorted({n for n in header if n and header.count(n) > 1})
    findings = [bad_file(f"two columns are called `{name}`", span, place) for name in twice]
    if "" in header:
        findings.append(bad_file(f"column {header.index('') + 1} has no name", span, place))
    raise_some(findings)


def _lengths(rows: list[list[str]], lines: list[int], file: Source, place: Span | None) -> Iterator[Diagnostic]:
    count = len(rows[0])
    for row, line in zip(rows, lines, strict=True):
        if len(row) != count:
            cells = f"{len(row)} cell{'' if len(row) == 1 else 's'}"
            hint = ("cells are separated by commas",) if count == 1 else ()
            yield bad_cell(f"this row has {cells}, the header has {count}", file.line_span(line), place, hint)
