"""Generated files are fresh."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from specc.program import schema
from specc.source import Source
from specc.syntax import parse as parse_module
from specc.syntax import tables
from specc.syntax.dump import dump
from specc.syntax.parse import parse

ROOT = Path(__file__).parent.parent.parent


def test_the_schema_is_fresh() -> None:
    stored = (tables.grammar_folder() / "model.schema.json").read_text(encoding="utf-8")
    assert stored == schema.text(), "write it anew: python -m specc.program.schema"


def test_the_schema_is_one_and_closed() -> None:
    found = schema.schema()
    Draft202012Validator.check_schema(found)
    assert found["$schema"] and found["$id"] and found["additionalProperties"] is False


def test_the_tables_are_of_this_grammar() -> None:
    """Their numbering differs from making to making; what they are made of is what counts."""
    stored = json.loads((tables.grammar_folder() / "specc.tables.json").read_text(encoding="utf-8"))["key"]
    fresh = json.loads(tables.text())["key"]
    # Another release of Lark makes other tables; then none are used, see `specc.syntax.tables`.
    if stored.split()[0] == fresh.split()[0]:
        assert stored == fresh, "write them anew: python -m specc.syntax.tables"


def test_the_tables_and_the_grammar_make_the_same_trees(monkeypatch: pytest.MonkeyPatch) -> None:
    source = Source("digits.model", (ROOT / "specs" / "digits.model").read_text())
    from_tables = dump(parse(source))
    monkeypatch.setattr(tables, "_key", lambda grammar: "none")
    parse_module._parser.cache_clear()
    try:
        assert dump(parse(source)) == from_tables
    finally:
        parse_module._parser.cache_clear()
