"""Diagnostics for people: the source with carets, what was expected, and the way out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from specc.diagnostics.codes import Severity
from specc.diagnostics.diagnostic import Diagnostic, Fix
from specc.diagnostics.render.ansi import Paint, Style
from specc.diagnostics.render.gutter import Gutter
from specc.diagnostics.render.snippet import Mark, Pen, clamp, marks, snippet
from specc.diagnostics.render.text import one_line, visible, wrap
from specc.source import Source, Span

MIN_WIDTH = 40
"""Narrower terminals get lines of this many cells: less is not readable."""
_SHOWN_FIX = 60
_STYLE = {Severity.ERROR: Style.ERROR, Severity.WARNING: Style.WARNING}

Place = tuple[Span, str, Pen]


def full(diagnostics: Iterable[Diagnostic], *, color: bool, width: int) -> str:
    """The diagnostics as blocks with source snippets, separated by blank lines."""
    width, paint = max(width, MIN_WIDTH), Paint(color)
    blocks = ("\n".join(_block(d, width, paint)) + "\n" for d in diagnostics)
    return "\n".join(blocks)


def _block(diagnostic: Diagnostic, width: int, paint: Paint) -> Iterator[str]:
    places = _places(diagnostic)
    blocks = [_marks(source, group) for source, group in places.items()]
    largest = max((mark.line for block in blocks for mark in block), default=0)
    gutter = Gutter(len(str(largest)), width, paint)
    yield from _header(diagnostic, width, paint)
    sign, pointer = "-->", f" ({visible(diagnostic.pointer)})" if diagnostic.pointer else ""
    for (source, group), block in zip(places.items(), blocks, strict=True):
        if sign == ":::":
            yield gutter.bar()
        yield gutter.arrow(sign, location(group[0][0]) + pointer)
        yield from _place(source, group, block, gutter)
        sign, pointer = ":::", ""
    if notes := list(_notes(diagnostic, gutter)):
        yield from [gutter.bar()] * any(blocks)
        yield from notes


def _header(diagnostic: Diagnostic, width: int, paint: Paint) -> Iterator[str]:
    code = diagnostic.code
    head = f"{diagnostic.severity}[{code.id}] {code.name}:"
    first, *rest = wrap(diagnostic.message, width, len(head) + 1)
    yield f"{paint(head, _STYLE[diagnostic.severity])} {paint(first, Style.BOLD)}"
    for line in rest:
        yield paint(line, Style.BOLD)


def _places(diagnostic: Diagnostic) -> dict[Source, list[Place]]:
    """The places of a diagnostic by source, its own place first."""
    own = Pen("^", _STYLE[diagnostic.severity])
    places = {diagnostic.span.source: [(diagnostic.span, diagnostic.label, own)]}
    for related in diagnostic.related:
        place = (related.span, related.message, Pen("-", Style.FRAME))
        places.setdefault(related.span.source, []).append(place)
    return places


def _marks(source: Source, places: list[Place]) -> list[Mark]:
    """The marks of all places in one source; none when it has no text to show."""
    return [mark for place in places for mark in marks(*place)] if source.text else []


def _place(source: Source, places: list[Place], marked: list[Mark], gutter: Gutter) -> Iterator[str]:
    if source.text:
        yield gutter.bar()
        yield from snippet(source, marked, gutter)
        return
    for _, label, _ in places:
        if label:
            yield from gutter.note("note", label)


def _notes(diagnostic: Diagnostic, gutter: Gutter) -> Iterator[str]:
    if diagnostic.expected is not None:
        yield from gutter.note("expected", diagnostic.expected)
    if diagnostic.found is not None:
        yield from gutter.note("   found", diagnostic.found)
    for line in diagnostic.help:
        yield from gutter.note("help", line, Style.HELP)
    if diagnostic.fix and not any(f"`{diagnostic.fix.replacement}`" in line for line in diagnostic.help):
        yield from gutter.note("fix", _fix(diagnostic.fix), Style.HELP)


def _fix(fix: Fix) -> str:
    old, new = _shortened(fix.span.text), _shortened(fix.replacement)
    if not old:
        return f"insert `{new}`"
    return f"replace `{old}` with `{new}`" if new else f"remove `{old}`"


def _shortened(text: str) -> str:
    text = one_line(text)
    return text if len(text) <= _SHOWN_FIX else f"{text[: _SHOWN_FIX - 1]}…"


def location(span: Span) -> str:
    """``path:line:column``, or only the path when the source has no text to point into."""
    name = visible(span.source.name)
    if not span.source.text:
        return name
    line, column = span.source.position(clamp(span)[0])
    return f"{name}:{line}:{column}"
