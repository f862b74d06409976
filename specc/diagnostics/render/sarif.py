"""Diagnostics as a SARIF 2.1.0 log, which code hosts and editors read.

Source of the format: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from specc import __version__
from specc.diagnostics.codes import Code
from specc.diagnostics.diagnostic import Diagnostic, Fix
from specc.diagnostics.explain import PAGES, page
from specc.source import Span

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def sarif(diagnostics: Iterable[Diagnostic]) -> str:
    """The log of one run, in plain ASCII; it has a rule for each code that occurs."""
    found = list(diagnostics)
    codes = sorted({d.code for d in found})
    driver = {"name": "specc", "version": __version__, "rules": [_rule(c) for c in codes]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(d, codes.index(d.code)) for d in found],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(code: Code) -> dict[str, Any]:
    rule: dict[str, Any] = {
        "id": code.id,
        "name": "".join(word.capitalize() for word in code.name.split("-")),
        "shortDescription": {"text": code.name.replace("-", " ")},
        "defaultConfiguration": {"level": str(code.severity)},
    }
    if (PAGES / f"{code.id}.md").is_file():
        prose = page(code.id)
        rule["fullDescription"] = {"text": prose.prose}
        rule["help"] = {"text": prose.prose, "markdown": prose.markdown}
    return rule


def _result(diagnostic: Diagnostic, rule: int) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": diagnostic.code.id,
        "ruleIndex": rule,
        "level": str(diagnostic.severity),
        "message": {"text": "\n".join(_lines(diagnostic))},
        "locations": [_location(diagnostic.span)],
    }
    if diagnostic.pointer:
        result["locations"][0]["logicalLocations"] = [{"fullyQualifiedName": diagnostic.pointer, "kind": "member"}]
    if diagnostic.related:
        result["relatedLocations"] = [
            {"id": number, **_location(related.span), "message": {"text": related.message}}
            for number, related in enumerate(diagnostic.related, start=1)
        ]
    if diagnostic.fix is not None:
        result["fixes"] = [_fix(diagnostic.fix)]
    return result


def _lines(diagnostic: Diagnostic) -> Iterable[str]:
    yield diagnostic.message
    if diagnostic.expected is not None:
        yield f"expected: {diagnostic.expected}"
    if diagnostic.found is not None:
        yield f"found: {diagnostic.found}"
    yield from (f"help: {line}" for line in diagnostic.help)


def _location(span: Span) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": _artifact(span)}
    if span.source.text:
        place["region"] = _region(span)
    return {"physicalLocation": place}


def _artifact(span: Span) -> dict[str, str]:
    """Where the text lies: relative to where the command runs, as people wrote it; absolute paths as URLs."""
    path = Path(span.source.name)
    if path.is_absolute():
        return {"uri": path.as_uri()}
    return {"uri": quote(path.as_posix())}


def _region(span: Span) -> dict[str, int]:
    """Lines and columns from 1; the end column is the one after the last character."""
    line, column = span.source.position(span.start)
    end_line, end_column = span.source.position(max(span.start, span.end))
    return {"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column}


def _fix(fix: Fix) -> dict[str, Any]:
    replacement = {"deletedRegion": _region(fix.span), "insertedContent": {"text": fix.replacement}}
    change = {"artifactLocation": _artifact(fix.span), "replacements": [replacement]}
    return {"description": {"text": f"replace by `{fix.replacement}`"}, "artifactChanges": [change]}
