"""Reads CSV files, so that every cell can be pointed at."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Final

import numpy as np

from specc.data.dialect import USUAL, Dialect
from specc.data.findings import MOST_FINDINGS, BadRows, bad_cell, bad_file, raise_some, reason
from specc.data.raw import Raw, numbers_or_text
from specc.diagnostics import Diagnostic, SpecError
from specc.source import Source, Span, whole_file
from specc.syntax.read import decode

_MOST_BYTES = 1 << 32
_SAMPLE_BYTES = 1 << 20

_OTHERS: Final = {
    b"\x1f\x8b": ("packed by gzip", "unpack it: `gunzip`"),
    b"PK\x03\x04": ("a ZIP archive, as workbooks are", "save the table as CSV"),
    b"PAR1": ("Parquet", "read it by `Parquet`"),
}
"""What files are by their first bytes that people take for CSV, with a way out."""


def read_csv(
    path: Path, name: str, place: Span | None = None, dialect: Dialect = USUAL, most: int | None = None
) -> Raw:
    """The columns of a CSV file, in its order.

    Args:
        name: what messages call the file.
        place: where the spec names it.
        dialect: how the file is written.
        most: the number of rows of a sample; all are read without one.

    Raises:
        SpecError: wrong encoding or header; with the file's line. Rows of another length are told in `Raw.bad`.
    """
    file, cut = _text(path, name, place, None if most is None else _SAMPLE_BYTES)
    rows, lines = _rows(file, place, dialect, most, cut=cut)
    first = 0 if dialect.columns else 1
    header = dialect.columns or tuple(cell.strip() for row in rows[:1] for cell in row)
    cut = cut or (most is not None and len(rows) > most + first)
    rows, lines = (rows[: most + first], lines[: most + first]) if most is not None else (rows, lines)
    require_values(len(rows) - first, dialect, file, place)
    check_header(header, file, lines[0], place)
    whole = [i for i in range(first, len(rows)) if len(rows[i]) == len(header)]
    texts = {n: dialect.plain([rows[i][k] for i in whole]) for k, n in enumerate(header)}
    return Raw(
        {n: numbers_or_text(cells) for n, cells in texts.items()},
        file,
        lines=np.array([lines[i] for i in whole], dtype=np.int64),
        header=header,
        texts={n: np.array(cells, dtype=object) for n, cells in texts.items()},
        bad=_unequal_rows(rows[first:], lines[first:], len(header), file, dialect, place),
        rows=np.array(whole, dtype=np.int64) - first,
        cut=cut,
        delimiter=dialect.delimiter,
    )


def _text(path: Path, name: str, place: Span | None, most: int | None) -> tuple[Source, bool]:
    """The text, or whole lines of at most so many bytes, and whether there is more."""
    try:
        with path.open("rb") as file:
            data = file.read() if most is None else file.read(most)
            cut = most is not None and bool(file.read(1))
        require_text(data, path, name, place)
        data = data[: data.rfind(b"\n") + 1] if cut else data
        return decode(data, name, path, max_bytes=_MOST_BYTES), cut
    except OSError as error:
        raise SpecError(bad_file(f"`{name}` can't be read: {reason(error)}", whole_file(path), place)) from None
    except SpecError as error:
        raise SpecError(*(bad_file(d.message, d.span, place, d.help) for d in error.diagnostics)) from None


def require_text(data: bytes, path: Path, name: str, place: Span | None) -> None:
    """Refuse a file that by its first bytes is something else than CSV.

    Raises:
        SpecError: it is.
    """
    for start, (what, hint) in _OTHERS.items():
        if data.startswith(start):
            raise SpecError(bad_file(f"`{name}` is no CSV file: it is {what}", whole_file(path), place, (hint,)))


def require_values(rows: int, dialect: Dialect, file: Source, place: Span | None) -> None:
    """Refuse a table without a row of values.

    Raises:
        SpecError: there is none.
    """
    if rows < 1:
        header = "" if dialect.columns else "a header row and "
        raise SpecError(bad_file(f"a table has {header}at least one row of values", Span(file), place))


def _rows(
    file: Source, place: Span | None, dialect: Dialect, most: int | None, *, cut: bool
) -> tuple[list[list[str]], list[int]]:
    """The rows that aren't empty, and the line that each begins in; a few more than ``most`` at most."""
    reader = dialect.rows(io.StringIO(file.text, newline=""))
    rows: list[list[str]] = []
    lines: list[int] = []
    begins = 1
    try:
        for row in reader:
            if row:
                rows.append(row)
                lines.append(begins)
            begins = reader.line_num + 1
            if most is not None and len(rows) > most + 1:
                break
    except csv.Error as error:
        if cut and len(rows) > 1:  # the end of the sample is within a row
            return rows, lines
        raise SpecError(bad_file(f"this is not CSV: {reason(error)}", file.line_span(begins), place)) from None
    return rows, lines


def check_header(header: tuple[str, ...], file: Source, line: int, place: Span | None) -> None:
    """Refuse columns without a name, and two of the same.

    Raises:
        SpecError: there are some.
    """
    span = file.line_span(line)
    twice = sorted({n for n in header if n and header.count(n) > 1})
    findings = [bad_file(f"two columns are called `{name}`", span, place) for name in twice]
    if "" in header:
        findings.append(bad_file(f"column {header.index('') + 1} has no name", span, place))
    raise_some(findings)


def _unequal_rows(
    rows: list[list[str]], lines: list[int], count: int, file: Source, dialect: Dialect, place: Span | None
) -> BadRows | None:
    """The rows that don't have as many cells as there are columns."""
    found = [i for i, row in enumerate(rows) if len(row) != count]
    told = (unequal(len(rows[i]), count, dialect, file.line_span(lines[i]), place) for i in found[:MOST_FINDINGS])
    return BadRows(found, *told) if found else None


def unequal(cells: int, count: int, dialect: Dialect, line: Span, place: Span | None) -> Diagnostic:
    """The finding that a row has not as many cells as there are columns, ``count``."""
    hint = (f"cells are separated by `{dialect.delimiter}`, or as `delimiter` says",) if 1 in (cells, count) else ()
    names = f"`columns` names {count}" if dialect.columns else f"the header has {count}"
    return bad_cell(f"this row has {cells} cell{'' if cells == 1 else 's'}, {names}", line, place, hint)
