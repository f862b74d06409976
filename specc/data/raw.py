"""What a source holds before it is fitted to a model: named columns of examples."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from specc.diagnostics import Diagnostic, Related, SpecError, did_you_mean
from specc.diagnostics.codes import DATA_NOT_FOUND, IMPORT_OUTSIDE
from specc.source import Source, Span, whole_file

Array = NDArray[Any]


@dataclass
class Raw:
    """Columns of equal length; a column is one value per example, or an array per example.

    Attributes:
        columns: arrays whose first axis counts the examples; texts are of dtype object.
        targets: the columns that the source itself knows as targets.
        classes: class names of columns that hold class numbers.
        file: the source text that cells can be pointed at, or the file as a whole.
        lines: for each example its line in ``file`` (from 1), where the file is text.
    """

    columns: dict[str, Array]
    file: Source
    targets: tuple[str, ...] = ()
    classes: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    lines: list[int] | None = None
    header: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Number of examples."""
        return len(next(iter(self.columns.values()))) if self.columns else 0

    def place(self, column: str, row: int | None = None) -> Span:
        """The place of a cell, of a column's header, or of the file."""
        if self.lines is None:
            return Span(self.file)
        number = self.lines[row] if row is not None else 1
        line = self.file.line_span(number)
        cells = line.text.split(",")
        index = self.header.index(column) if column in self.header else -1
        if index < 0 or '"' in line.text or index >= len(cells):
            return line
        start = line.start + sum(len(c) + 1 for c in cells[:index])
        return Span(self.file, start, start + len(cells[index]))


def inside(folder: Path, path: str, place: Span, *, directory: bool = False) -> Path:
    """The file that a spec names, which must lie below the spec's folder.

    Raises:
        SpecError: it leads elsewhere, or isn't there.
    """
    given = Path(path)
    root = folder.resolve()
    resolved = (root / given).resolve()
    if given.is_absolute() or "://" in path or not resolved.is_relative_to(root):
        message = f'"{path}" leads out of the folder of the spec'
        hint = "move the data below the spec's folder"
        raise SpecError(
            Diagnostic(IMPORT_OUTSIDE, message, place, expected=f"a path below {root.name or root}", help=(hint,))
        )
    if not (resolved.is_dir() if directory else resolved.is_file()):
        known = [p.name for p in resolved.parent.iterdir()] if resolved.parent.is_dir() else []
        what = "folder" if directory else "file"
        raise SpecError(
            Diagnostic(
                DATA_NOT_FOUND,
                f"there is no {what} `{folder / given}`",
                place,
                related=(Related(whole_file(folder / given), "looked for here"),),
                help=did_you_mean(resolved.name, known),
            )
        )
    return resolved


def numbers_or_text(cells: list[str]) -> Array:
    """A column as float64 where every cell is a number (empty cells are NaN), else as texts."""
    try:
        return np.array([float(c) if c.strip() else np.nan for c in cells], dtype=np.float64)
    except ValueError:
        return np.array(cells, dtype=object)
