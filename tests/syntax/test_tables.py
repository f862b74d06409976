"""The parser reads what Lark reads, as Lark reads it, and says the same of what it can't read."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken
from syntax_trees import TOUR
from test_robust import EDITS, mutated

from specc.syntax import tables
from specc.syntax.lalr import END, Parser, Unexpected
from specc.syntax.lalr import Token as OwnToken
from specc.syntax.language import RESERVED

ROOT = Path(__file__).parent.parent.parent
SPECS = [TOUR, *(p.read_text(encoding="utf-8") for p in sorted((ROOT / "specs").glob("*.model")))]


class Trees:
    """A builder of plain trees."""

    def __getattr__(self, name: str) -> Callable[[list[Any]], Any]:
        return lambda parts: (name, [_own(p) for p in parts])


def _own(part: Any) -> Any:
    return (part.text, part.start, part.end) if isinstance(part, OwnToken) else part


@cache
def parsers() -> tuple[Parser, Lark]:
    grammar = (tables.grammar_folder() / "specc.lark").read_text(encoding="utf-8")
    lark = Lark(grammar, parser="lalr", start=["start", "expression"], maybe_placeholders=True)
    return Parser(tables.load(), Trees(), {"COMMENT": lambda token: None}), lark


def _plain(part: Any) -> Any:
    if isinstance(part, Token):
        return (str(part), part.start_pos, part.end_pos)
    return (part.data, [_plain(c) for c in part.children]) if isinstance(part, Tree) else part


def _theirs(text: str) -> Any:
    try:
        return _plain(parsers()[1].parse(text, start="start"))
    except UnexpectedToken as error:
        accepted = frozenset(error.accepts or error.expected)
        return (None if error.token.type == END else error.token.start_pos, accepted)
    except UnexpectedCharacters as error:
        return (error.pos_in_stream, frozenset(error.allowed or ()))
    except UnexpectedInput as error:
        raise AssertionError from error


def _ours(text: str) -> Any:
    try:
        return _own(parsers()[0].parse(text, "start"))
    except Unexpected as error:
        return (None if error.at_end else error.start, error.accepted)


@pytest.mark.parametrize("text", SPECS)
def test_specs_are_read_as_lark_reads_them(text: str) -> None:
    found = _ours(text)
    assert found[0] == "start"
    assert found == _theirs(text)


@settings(max_examples=300, deadline=None)
@given(EDITS)
def test_mutated_texts_are_read_as_lark_reads_them(edits: list[tuple[int, int, str]]) -> None:
    text = mutated(edits)
    assert _ours(text) == _theirs(text)


@pytest.mark.parametrize(
    "text", ["", " \n", "# c", "x == 3", "model A { x == 3 }", "model A { x = 1...2 }", "data d = "]
)
def test_ends_and_halves_of_signs(text: str) -> None:
    assert _ours(text) == _theirs(text)


def test_a_changed_grammar_makes_tables_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    grammar = (tables.grammar_folder() / "specc.lark").read_text(encoding="utf-8")
    monkeypatch.setattr(tables, "_grammar", lambda: grammar.replace("/data(?", "/dada(?"))
    made = tables.load()
    assert made.words["dada"] == "DATA"
    assert "data" not in made.words


def test_reserved_words_are_those_of_the_grammar() -> None:
    assert tuple(sorted(tables.load().reserved)) == RESERVED
