"""The SARIF log: its structure as section 3 of the standard demands it, and what it says of places.

The schema below is of the part that is written, closed, in the standard's own names:
https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

import json
from pathlib import Path
from typing import Any

import diagnostic_samples as samples
import pytest
from jsonschema import Draft202012Validator

from specc.compiler import Compilation
from specc.diagnostics import Diagnostic, SpecError
from specc.diagnostics.render import render

BAD = Path(__file__).parents[1] / "golden" / "bad"
ONE: dict[str, Any] = {"type": "integer", "minimum": 1}
TEXT: dict[str, Any] = {"type": "string", "minLength": 1}


def closed(required: str = "", **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": required.split(),
        "additionalProperties": False,
    }


def many(items: dict[str, Any], least: int = 0) -> dict[str, Any]:
    return {"type": "array", "items": items, "minItems": least}


LEVEL = {"enum": ["none", "note", "warning", "error"]}
MESSAGE = closed("text", text=TEXT, markdown=TEXT)
REGION = closed("startLine", startLine=ONE, startColumn=ONE, endLine=ONE, endColumn=ONE)
ARTIFACT = closed("uri", uri={"type": "string", "pattern": r"^[!-~]+$"})
PHYSICAL = closed("artifactLocation", artifactLocation=ARTIFACT, region=REGION)
LOGICAL = closed("fullyQualifiedName", fullyQualifiedName=TEXT, kind=TEXT)
LOCATION = closed(
    "physicalLocation",
    id={"type": "integer", "minimum": 0},
    physicalLocation=PHYSICAL,
    logicalLocations=many(LOGICAL, 1),
    message=MESSAGE,
)
REPLACEMENT = closed("deletedRegion", deletedRegion=REGION, insertedContent=closed("text", text={"type": "string"}))
CHANGE = closed("artifactLocation replacements", artifactLocation=ARTIFACT, replacements=many(REPLACEMENT, 1))
RESULT = closed(
    "ruleId ruleIndex level message locations",
    ruleId=TEXT,
    ruleIndex={"type": "integer", "minimum": 0},
    level=LEVEL,
    message=MESSAGE,
    locations=many(LOCATION, 1),
    relatedLocations=many(LOCATION, 1),
    fixes=many(closed("artifactChanges", description=MESSAGE, artifactChanges=many(CHANGE, 1)), 1),
)
RULE = closed(
    "id",
    id=TEXT,
    name={"type": "string", "pattern": "^[A-Z][A-Za-z0-9]*$"},
    shortDescription=MESSAGE,
    fullDescription=MESSAGE,
    help=MESSAGE,
    defaultConfiguration=closed("level", level=LEVEL),
)
DRIVER = closed("name rules", name={"const": "specc"}, version=TEXT, rules=many(RULE))
RUN = closed(
    "tool results",
    tool=closed("driver", driver=DRIVER),
    columnKind={"const": "unicodeCodePoints"},
    results=many(RESULT),
)
LOG = Draft202012Validator(closed("version runs", **{"$schema": TEXT}, version={"const": "2.1.0"}, runs=many(RUN, 1)))


def log_of(report: list[Diagnostic]) -> Any:
    text = render(report, "sarif")
    assert text.isascii()
    log = json.loads(text)
    assert [f"{list(e.absolute_path)}: {e.message}" for e in LOG.iter_errors(log)] == []
    return log["runs"][0]


def test_all_parts() -> None:
    run = log_of(list(samples.ALL))
    rules = [r["id"] for r in run["tool"]["driver"]["rules"]]
    assert rules == sorted(set(rules))
    for diagnostic, result in zip(samples.ALL, run["results"], strict=True):
        assert rules[result["ruleIndex"]] == result["ruleId"] == diagnostic.code.id
        assert result["level"] == str(diagnostic.severity)
        assert len(result.get("relatedLocations", [])) == len(diagnostic.related)
        assert ("fixes" in result) == (diagnostic.fix is not None)


def test_places_are_those_of_the_text() -> None:
    (result,) = log_of([samples.UNKNOWN])["results"]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "specs/a.model"}
    assert place["region"] == {"startLine": 6, "startColumn": 17, "endLine": 6, "endColumn": 24}
    (change,) = result["fixes"][0]["artifactChanges"]
    assert change["replacements"] == [{"deletedRegion": place["region"], "insertedContent": {"text": "Conv2D"}}]


def test_names_of_files_are_urls() -> None:
    from specc.source import whole_file

    strange = Diagnostic(samples.MISSING.code, "no such file", whole_file("a b/ü%.csv"))
    far = Diagnostic(samples.MISSING.code, "no such file", whole_file("/tmp/a b.csv"))
    uris = [r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in log_of([strange, far])["results"]]
    assert uris == ["a%20b/%C3%BC%25.csv", "file:///tmp/a%20b.csv"]


def test_an_empty_report_is_a_log_without_results() -> None:
    assert log_of([])["results"] == []


@pytest.mark.parametrize("folder", sorted(p.name for p in BAD.iterdir() if p.is_dir()))
def test_every_code_is_a_valid_log(folder: str) -> None:
    for path in sorted(p for p in (BAD / folder).iterdir() if p.suffix in (".model", ".json")):
        try:
            report = list(Compilation.of_file(path).report)
        except SpecError as error:
            report = list(error.diagnostics)
        log_of(report)
