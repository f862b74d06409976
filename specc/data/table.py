"""Reads CSV files, so that every cell can be pointed at."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection
from pathlib import Path

import numpy as np

from specc.data.findings import MOST_FINDINGS, BadRows, bad_cell, bad_file, raise_some, reason
from specc.data.raw import Raw, numbers_or_text
from specc.diagnostics import Diagnostic, SpecError
from specc.source import Source, Span, whole_file
from specc.syntax.read import decode

_MOST_BYTES = 1 << 32
_SAMPLE_BYTES = 1 << 20


def read_csv(
    path: Path, name: str, place: Span | None = None, na_values: Collection[str] = (), most: int | None = None
) -> Raw:
    """The columns of a CSV file with a header row, in its order.

    Args:
        name: what messages call the file.
        place: where the spec names it.
        na_values: what stands in a cell whose value is missing, besides nothing and ``nan``.
        most: the number of rows of a sample; all are read without one.

    Raises:
        SpecError: wrong encoding or header; with the file's line. Rows of another length are told in `Raw.bad`.
    """
    file, cut = _text(path, name, place, None if most is None else _SAMPLE_BYTES)
    rows, lines = _rows(file, place, most, cut=cut)
    cut = cut or (most is not None and len(rows) > most + 1)
    rows, lines = (rows[: most + 1], lines[: most + 1]) if most is not None else (rows, lines)
    if len(rows) < 2:
        message = "a table has a header row and at least one row of values"
        raise SpecError(bad_file(message, Span(file), place))
    header = tuple(cell.strip() for cell in rows[0])
    check_header(header, file, lines[0], place)
    whole = [i for i in range(1, len(rows)) if len(rows[i]) == len(header)]
    texts = {n: [rows[i][k] for i in whole] for k, n in enumerate(header)}
    if na_values:
        texts = {n: ["" if cell.strip() in na_values else cell for cell in cells] for n, cells in texts.items()}
    return Raw(
        {n: numbers_or_text(cells) for n, cells in texts.items()},
        file,
        lines=np.array([lines[i] for i in whole], dtype=np.int64),
        header=header,
        texts={n: np.array(cells, dtype=object) for n, cells in texts.items()},
        bad=_unequal_rows(rows, lines, file, place),
        rows=np.array(whole, dtype=np.int64) - 1,
        cut=cut,
    )


def _text(path: Path, name: str, place: Span | None, most: int | None) -> tuple[Source, bool]:
    """The text, or whole lines of at most so many bytes, and whether there is more."""
    try:
        with path.open("rb") as file:
            data = file.read() if most is None else file.read(most)
            cut = most is not None and bool(file.read(1))
        data = data[: data.rfind(b"\n") + 1] if cut else data
        return decode(data, name, path, max_bytes=_MOST_BYTES), cut
    except OSError as error:
        raise SpecError(bad_file(f"`{name}` can't be read: {reason(error)}", whole_file(path), place)) from None
    except SpecError as error:
        raise SpecError(*(bad_file(d.message, d.span, place, d.help) for d in error.diagnostics)) from None


def _rows(file: Source, place: Span | None, most: int | None, *, cut: bool) -> tuple[list[list[str]], list[int]]:
    """The rows that aren't empty, and the line that each begins in; a few more than ``most`` at most."""
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


def _unequal_rows(rows: list[list[str]], lines: list[int], file: Source, place: Span | None) -> BadRows | None:
    """The rows that don't have as many cells as the header."""
    count = len(rows[0])
    found = [i for i, row in enumerate(rows) if len(row) != count]
    told = (unequal(len(rows[i]), count, file.line_span(lines[i]), place) for i in found[:MOST_FINDINGS])
    return BadRows((i - 1 for i in found), *told) if found else None


def unequal(cells: int, count: int, line: Span, place: Span | None) -> Diagnostic:
    """The finding that a row has not as many cells as the header, which has ``count``."""
    hint = ("cells are separated by commas",) if count == 1 else ()
    message = f"this row has {cells} cell{'' if cells == 1 else 's'}, the header has {count}"
    return bad_cell(message, line, place, hint)
