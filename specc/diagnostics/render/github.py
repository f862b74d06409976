"""Diagnostics as GitHub workflow commands, which show them at the lines of a pull request."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from specc.diagnostics.diagnostic import Diagnostic
from specc.diagnostics.render.full import location
from specc.diagnostics.render.text import one_line, visible


def github(diagnostics: Iterable[Diagnostic]) -> str:
    """``::error file=…,line=…,col=…,endLine=…,endColumn=…,title=…::message`` for each diagnostic."""
    return "".join(f"{_command(d)}\n" for d in diagnostics)


def _command(diagnostic: Diagnostic) -> str:
    properties = ",".join(f"{key}={_property(value)}" for key, value in _properties(diagnostic))
    message = "%0A".join(_data(visible(line)) for line in _message(diagnostic))
    return f"::{diagnostic.severity} {properties}::{message}"


def _properties(diagnostic: Diagnostic) -> Iterator[tuple[str, str]]:
    span, code = diagnostic.span, diagnostic.code
    yield "file", visible(span.source.name)
    if span.source.text:
        line, column = span.position
        end_line, end_column = span.source.position(span.end)
        yield from (("line", str(line)), ("col", str(column)))
        yield from (("endLine", str(end_line)), ("endColumn", str(end_column)))
    yield "title", f"{code.id} {code.name}"


def _message(diagnostic: Diagnostic) -> Iterator[str]:
    yield from re.split(r"\r?\n", diagnostic.message.strip())
    if diagnostic.label:
        yield one_line(diagnostic.label)
    if diagnostic.expected is not None:
        yield f"expected: {one_line(diagnostic.expected)}"
    if diagnostic.found is not None:
        yield f"found: {one_line(diagnostic.found)}"
    for related in diagnostic.related:
        yield f"{location(related.span)}: {one_line(related.message)}"
    for line in diagnostic.help:
        yield f"help: {one_line(line)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
