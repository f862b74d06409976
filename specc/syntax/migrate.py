"""Brings files of older versions of the language to the current one, step by step."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from specc.diagnostics import Diagnostic, SpecError
from specc.diagnostics.codes import JSON_STRUCTURE
from specc.source import Source, Span
from specc.syntax.language import HEADER, STEPS, UNMARKED, Step, wrong_version
from specc.syntax.parse import parse


def migrate_text(source: Source, steps: Mapping[int, Step] = STEPS) -> str:
    """A text brought to the current version, which it names; one that names it already is left as it is.

    Raises:
        SpecError: no step begins from its version, or it has syntax errors.
    """
    current = _current(steps)
    match = HEADER.match(source.text)
    found = match["version"] if match else str(UNMARKED)
    if match and found == str(current):
        return source.text
    text = source.text
    for step in _path(found, Span(source, *match.span("version")) if match else Span(source), steps):
        text = step.text(text)
    text = _named(text, current)
    parse(Source(source.name, text, source.path))
    return text


def _named(text: str, version: int) -> str:
    """A text that names its version on the line where it did so, or else on a new first one."""
    match = HEADER.match(text)
    if match is None:
        return f"specc {version}\n\n{text.lstrip()}"
    return text[: match.start("version")] + str(version) + text[match.end("version") :]


def migrate_json(source: Source, steps: Mapping[int, Step] = STEPS) -> str:
    """A text of the JSON form brought to the current version; one that is of it already is left as it is.

    Raises:
        SpecError: it isn't a JSON object, or no step begins from its version.
    """
    from specc.elaborate.json_text import read_json

    document = read_json(source)
    if not isinstance(document.value, dict):
        raise SpecError(Diagnostic(JSON_STRUCTURE, "the JSON form is an object", document.span, pointer=""))
    place = document.value.get("specc", document)
    found = str(UNMARKED) if place is document else json.dumps(place.plain())
    current = _current(steps)
    if place is not document and found == str(current):
        return source.text
    content: dict[str, Any] = document.plain()
    for step in _path(found, place.span, steps):
        content = step.json(content)
    rest = {k: v for k, v in content.items() if k not in ("$schema", "specc")}
    migrated = {"$schema": f"urn:specc:model:{current}", "specc": current, **rest}
    return json.dumps(migrated, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _current(steps: Mapping[int, Step]) -> int:
    return max(steps, default=0) + 1


def _path(found: str, place: Span, steps: Mapping[int, Step]) -> list[Step]:
    """The steps from a version to the current one."""
    current = _current(steps)
    wanted = range(int(found), current) if found.isdecimal() and int(found) <= current else None
    if wanted is None or any(version not in steps for version in wanted):
        raise SpecError(wrong_version(found, place))
    return [steps[version] for version in wanted]
