"""Source lines with carets under them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from specc.diagnostics.render.ansi import Style
from specc.diagnostics.render.excerpt import Excerpt, crop
from specc.diagnostics.render.gutter import Gutter
from specc.diagnostics.render.text import cells, one_line, wrap
from specc.source import Source, Span

_LABEL_ROOM = 40
"""A label that does not fit behind its carets moves left until it has this many cells."""


@dataclass(frozen=True, slots=True)
class Pen:
    """How the carets of one place are drawn."""

    caret: str
    style: Style


@dataclass(frozen=True, slots=True)
class Mark:
    """Carets under the characters ``[start, end)`` (from 0) of a line; one caret when that is empty."""

    line: int
    start: int
    end: int
    label: str
    pen: Pen


def marks(span: Span, label: str, pen: Pen) -> list[Mark]:
    """Where the carets of a span go: on its line, or on the first and the last of its lines."""
    source, label = span.source, one_line(label)
    start, end = clamp(span)
    (first, start_column), (last, end_column) = source.position(start), source.position(end)
    length = len(source.line(first))
    begin = min(start_column - 1, length)
    if first == last:
        return [Mark(first, begin, min(end_column - 1, length), label, pen)]
    text = source.line(last)
    stop = min(end_column - 1, len(text))
    indent = min(len(text) - len(text.lstrip()), stop)
    return [Mark(first, begin, length, "", pen), Mark(last, indent, stop, label, pen)]


def clamp(span: Span) -> tuple[int, int]:
    """The span's offsets inside its text, without the line breaks it ends on."""
    text = span.source.text
    start = min(max(span.start, 0), len(text))
    end = min(max(span.end, start), len(text))
    while end > start and text[end - 1] == "\n":
        end = max(start, end - (2 if text.startswith("\r\n", end - 2) else 1))
    return start, end


def snippet(source: Source, marked: list[Mark], gutter: Gutter) -> Iterator[str]:
    """The marked lines of a source in order, each with its carets, and ``...`` where lines are left out.

    Marks on one line are drawn one below the other, in the order given.
    """
    previous = None
    for number, on_line in groupby(sorted(marked, key=lambda m: m.line), key=lambda m: m.line):
        if previous is not None and number == previous + 2:
            between = source.line(previous + 1)
            yield gutter.bar(previous + 1, str(crop(between, 0, 0, gutter.room)))
        elif previous is not None and number > previous + 2:
            yield gutter.paint("...", Style.FRAME)
        yield from _marked_line(number, source.line(number), on_line, gutter)
        previous = number


def _marked_line(number: int, text: str, on_line: Iterator[Mark], gutter: Gutter) -> Iterator[str]:
    """One line with its carets; a long line is shown again for a mark outside the part shown so far."""
    excerpt = None
    for mark in on_line:
        if excerpt is None or not excerpt.shows(mark.start):
            excerpt = crop(text, mark.start, mark.end, gutter.room)
            yield gutter.bar(number, str(excerpt))
        yield from _carets(mark, excerpt, gutter)


def _carets(mark: Mark, excerpt: Excerpt, gutter: Gutter) -> Iterator[str]:
    column = excerpt.cell(mark.start)
    carets = mark.pen.caret * max(1, excerpt.cell(mark.end) - column)
    size, behind = cells(mark.label), column + len(carets) + 1
    paint, style = gutter.paint, mark.pen.style
    if not mark.label or behind + size <= gutter.room:
        label = " " + paint(mark.label, style) if mark.label else ""
        yield gutter.bar(text=f"{' ' * column}{paint(carets, style)}{label}")
        return
    yield gutter.bar(text=f"{' ' * column}{paint(carets, style)}")
    indent = max(0, min(column, gutter.room - min(size, _LABEL_ROOM)))
    for line in wrap(mark.label, gutter.room - indent):
        yield gutter.bar(text=" " * indent + paint(line, style))
