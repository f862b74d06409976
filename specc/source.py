"""Source texts and places in them."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path


@dataclass(frozen=True, eq=False)
class Source:
    """A text that diagnostics can point into.

    Attributes:
        name: what messages call it (the path as the user wrote it, or ``<stdin>``).
        text: the whole text; empty for a file that is named but not shown (a binary, a folder).
        path: where it lies on disk, if it does; imports and data paths are relative to its folder.
        first: the number of its first line, where it is a part of a larger text.
    """

    name: str
    text: str = ""
    path: Path | None = None
    first: int = 1

    @cached_property
    def _line_starts(self) -> list[int]:
        starts = [0]
        find, at = self.text.find, 0
        while (at := find("\n", at) + 1) > 0:
            starts.append(at)
        return starts

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of a character offset, both counted from 1."""
        line = bisect_right(self._line_starts, offset)
        return line + self.first - 1, offset - self._line_starts[line - 1] + 1

    def line(self, number: int) -> str:
        """The text of line ``number`` (from 1) without its line break; empty where it has none."""
        number -= self.first - 1
        if not 1 <= number <= len(self._line_starts):
            return ""
        start = self._line_starts[number - 1]
        end = self.text.find("\n", start)
        return self.text[start : end if end >= 0 else len(self.text)].rstrip("\r")

    def line_span(self, number: int) -> Span:
        """The span of a whole line (from 1)."""
        start = self._line_starts[min(number - self.first + 1, len(self._line_starts)) - 1]
        return Span(self, start, start + len(self.line(number)))

    @property
    def folder(self) -> Path:
        """The folder that relative paths in this source start from."""
        return self.path.parent if self.path else Path.cwd()


class Span:
    """A half-open range of characters ``[start, end)`` of a source. Never changed; made by the thousand."""

    __slots__ = ("end", "source", "start")

    def __init__(self, source: Source, start: int = 0, end: int = 0) -> None:
        self.source = source
        self.start = start
        self.end = end

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Span):
            return NotImplemented
        return self.source is other.source and self.start == other.start and self.end == other.end

    def __hash__(self) -> int:
        return hash((id(self.source), self.start, self.end))

    def __repr__(self) -> str:
        return f"Span(start={self.start}, end={self.end})"

    @property
    def text(self) -> str:
        return self.source.text[self.start : self.end]

    @property
    def one_line(self) -> str:
        """The text with line breaks and indentation as single spaces, for messages."""
        return " ".join(self.text.split())

    @property
    def position(self) -> tuple[int, int]:
        """Line and column of the start, both counted from 1."""
        return self.source.position(self.start)

    def to(self, other: Span) -> Span:
        """The span from the start of this one to the end of ``other``."""
        return Span(self.source, self.start, max(self.end, other.end))

    def __str__(self) -> str:
        line, column = self.position
        return f"{self.source.name}:{line}:{column}"


def whole_file(path: str | Path) -> Span:
    """A place that names a file (or folder) as a whole, with no text to show."""
    return Span(Source(str(path), path=Path(path)))
