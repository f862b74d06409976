"""How the CSV files of a source are written."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from _csv import Reader

_LIKELY: Final = ";\t|,"


@dataclass(frozen=True)
class Dialect:
    """How CSV files are written.

    Attributes:
        delimiter: the character between two cells.
        columns: the names of the columns, where a file has no header row.
        decimal: what stands before the fraction of a number.
        na_values: what stands in a cell whose value is missing, besides nothing and ``nan``.
    """

    delimiter: str = ","
    columns: tuple[str, ...] = ()
    decimal: str = "."
    na_values: frozenset[str] = frozenset()

    @classmethod
    def of(cls, source: Any) -> Dialect:
        """That of a declared `CSV`; any other source has the usual one."""
        names = ("delimiter", "columns", "decimal", "na_values")
        delimiter, columns, decimal, na_values = (getattr(source, name, None) for name in names)
        return cls(delimiter or ",", tuple(columns or ()), decimal or ".", frozenset(na_values or ()))

    @property
    def with_header(self) -> Dialect:
        """The same for files that have a header row."""
        return replace(self, columns=())

    def rows(self, lines: Iterable[str]) -> Reader:
        """The cells of each row; no cells for an empty line.

        Raises:
            csv.Error: a quoted cell doesn't end, or goes on after its end.
        """
        return csv.reader(lines, delimiter=self.delimiter, strict=True)

    def plain(self, cells: list[str]) -> list[str]:
        """Cells as all files have them: empty where a value is missing, numbers with a point."""
        if self.na_values:
            cells = ["" if cell.strip() in self.na_values else cell for cell in cells]
        return cells if self.decimal == "." else [self._with_point(cell) for cell in cells]

    def _with_point(self, cell: str) -> str:
        written = cell.replace(self.decimal, ".")
        return cell if written == cell or read_number(written) is None else written


USUAL: Final = Dialect()


def delimiter_hint(header: Iterable[str]) -> tuple[str, ...]:
    """What to add to a spec where a header row has one cell that looks like several."""
    names = list(header)
    likely = next((c for c in _LIKELY if len(names) == 1 and c in names[0]), None)
    return () if likely is None else (f"name what is between cells: `delimiter={_shown(likely)}`",)


def _shown(delimiter: str) -> str:
    return '"\\t"' if delimiter == "\t" else f'"{delimiter}"'


def read_number(text: str) -> float | None:
    """The number that a text is, as CSV files write them: ASCII digits, without ``_``."""
    if "_" in text or not text.isascii():
        return None
    try:
        return float(text)
    except ValueError:
        return None
