"""Diagnostics one per line, as `grep` and editors' error matchers read them."""

from __future__ import annotations

from collections.abc import Iterable

from specc.diagnostics.diagnostic import Diagnostic
from specc.diagnostics.render.ansi import Paint, Style
from specc.diagnostics.render.full import location
from specc.diagnostics.render.text import one_line


def concise(diagnostics: Iterable[Diagnostic], *, color: bool) -> str:
    """``path:line:column: E400 message`` for each diagnostic."""
    paint = Paint(color)
    return "".join(f"{_line(d, paint)}\n" for d in diagnostics)


def _line(diagnostic: Diagnostic, paint: Paint) -> str:
    code = paint(diagnostic.code.id, Style.ERROR if diagnostic.code.id.startswith("E") else Style.WARNING)
    return f"{location(diagnostic.span)}: {code} {one_line(diagnostic.message)}"
