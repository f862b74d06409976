"""Diagnostics for programs: one JSON array, its keys always present and in the same order.

Lines and columns count from 1, offsets from 0, all in Unicode characters; ``end`` is the first character
after the place. ``start`` and ``end`` are null for a file as a whole.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from specc.diagnostics.diagnostic import Diagnostic, Fix
from specc.source import Source, Span

Json = str | int | None | list["Json"] | dict[str, "Json"]


def as_json(diagnostics: Iterable[Diagnostic]) -> str:
    """The diagnostics as a JSON array in plain ASCII."""
    text = json.dumps([record(d) for d in diagnostics], indent=2, ensure_ascii=True)
    return text.replace("\x7f", "\\u007f") + "\n"  # the one control character that JSON lets through


def record(diagnostic: Diagnostic) -> dict[str, Json]:
    """One diagnostic as JSON data."""
    return {
        "code": diagnostic.code.id,
        "name": diagnostic.code.name,
        "severity": str(diagnostic.severity),
        "message": diagnostic.message,
        "file": diagnostic.span.source.name,
        **_range(diagnostic.span),
        "expected": diagnostic.expected,
        "found": diagnostic.found,
        "label": diagnostic.label,
        "related": [{"message": r.message, "file": r.span.source.name, **_range(r.span)} for r in diagnostic.related],
        "help": list(diagnostic.help),
        "fix": _fix(diagnostic.fix) if diagnostic.fix else None,
        "pointer": diagnostic.pointer,
    }


def _fix(fix: Fix) -> Json:
    return {**_range(fix.span), "replacement": fix.replacement}


def _range(span: Span) -> dict[str, Json]:
    return {"start": _position(span.source, span.start), "end": _position(span.source, span.end)}


def _position(source: Source, offset: int) -> Json:
    if not source.text:
        return None
    line, column = source.position(offset)
    return {"line": line, "column": column, "offset": offset}
