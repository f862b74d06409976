"""Generated files are fresh."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from specc.compiler import Compilation
from specc.program import schema
from specc.program.json import dump
from specc.syntax import tables

SPECS = sorted((Path(__file__).parent.parent.parent / "specs").glob("*.model"))


def test_the_schema_is_fresh() -> None:
    stored = (tables.grammar_folder() / "model.schema.json").read_text(encoding="utf-8")
    assert stored == schema.text(), "write it anew: python -m specc.program.schema"


def test_the_schema_is_one_and_closed() -> None:
    found = schema.schema()
    Draft202012Validator.check_schema(found)
    assert found["$schema"] and found["$id"] and found["additionalProperties"] is False


def test_every_object_is_closed_and_every_part_explained() -> None:
    found = schema.schema()
    for name, definition in [("program", found), *found["$defs"].items()]:
        assert definition["title"] and definition["description"], name
    for part in parts(found):
        if part.get("additionalProperties") is False:
            for key, value in part["properties"].items():
                assert value["title"] and not value["description"][0].islower() and value["description"] != key, part
        elif part.get("type") == "object" and "properties" in part:
            # Only conditions are open; they say what they ask for.
            assert part["required"] and all(list(v) == ["const"] for v in part["properties"].values())


def parts(node: Any) -> Iterator[dict[str, Any]]:
    """All objects in a schema."""
    if isinstance(node, dict):
        yield node
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from parts(child)


@pytest.mark.parametrize("path", SPECS, ids=lambda p: p.stem)
def test_the_schema_admits_every_spec(path: Path) -> None:
    validator = Draft202012Validator(schema.schema())
    assert list(validator.iter_errors(dump(Compilation.of_file(path).program))) == []


def test_the_tables_are_of_this_grammar() -> None:
    """Their numbering differs from making to making; what they are made of is what counts."""
    stored = json.loads((tables.grammar_folder() / "specc.tables.json").read_text(encoding="utf-8"))
    fresh = json.loads(tables.text())
    same = ("grammar", "words", "signs", "patterns", "reserved")
    assert {k: stored[k] for k in same} == {k: fresh[k] for k in same}, "write them anew: python -m specc.syntax.tables"
