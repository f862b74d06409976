"""Generated files are fresh."""

import json

from jsonschema import Draft202012Validator

from specc.program import schema
from specc.syntax import tables


def test_the_schema_is_fresh() -> None:
    stored = (tables.grammar_folder() / "model.schema.json").read_text(encoding="utf-8")
    assert stored == schema.text(), "write it anew: python -m specc.program.schema"


def test_the_schema_is_one_and_closed() -> None:
    found = schema.schema()
    Draft202012Validator.check_schema(found)
    assert found["$schema"] and found["$id"] and found["additionalProperties"] is False


def test_the_tables_are_of_this_grammar() -> None:
    """Their numbering differs from making to making; what they are made of is what counts."""
    stored = json.loads((tables.grammar_folder() / "specc.tables.json").read_text(encoding="utf-8"))
    fresh = json.loads(tables.text())
    same = ("grammar", "words", "signs", "patterns", "reserved")
    assert {k: stored[k] for k in same} == {k: fresh[k] for k in same}, "write them anew: python -m specc.syntax.tables"
