"""Whatever the text, the answer is a tree or a `SpecError` with places, and soon."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from syntax_trees import TOUR, file, plain

from specc.diagnostics import SpecError, codes
from specc.source import Source
from specc.syntax.format import format_source
from specc.syntax.parse import parse

PIECES = [
    *"(){}[],:=.+-*/%<>!#\"'\\;\n\t ?é&|@",
    "->", "**", "//", "...", "..", "==", "<=", " if ", " then ", " else ", " not ", " in ", " for ", "model",
    "block A {",
    "test \"", "data ", "1e", "0x", "1.5", "\\u{", " a ", "= {", "x[", "f(", "\n}\n", "# c\n",
    "assert ", "output ", "input ",
]  # fmt: skip

PLACES = st.integers(0, len(TOUR))
EDITS = st.lists(st.tuples(PLACES, st.integers(0, 12), st.sampled_from(PIECES) | st.just("")), min_size=1, max_size=4)


def mutated(edits: list[tuple[int, int, str]]) -> str:
    text = TOUR
    for at, length, piece in edits:
        text = text[:at] + piece + text[at + length :]
    return text


def check(text: str) -> None:
    try:
        tree = parse(Source("test.model", text))
    except SpecError as error:
        assert error.diagnostics
        for finding in error.diagnostics:
            assert 0 <= finding.span.start <= finding.span.end <= len(text)
            assert finding.code in codes.ALL
            said = " ".join([finding.message, finding.expected or "", finding.found or "", *finding.help])
            assert "ANON" not in said and "Token(" not in said and "\n" not in said and len(said) < 600
        return
    formatted = format_source(Source("test.model", text))
    again = file(formatted)
    assert plain(again) == plain(tree)
    assert [c.text for c in again.comments] == [c.text for c in tree.comments]
    assert format_source(Source("test.model", formatted)) == formatted


@settings(max_examples=400, deadline=None)
@given(EDITS)
def test_mutated_tour(edits: list[tuple[int, int, str]]) -> None:
    check(mutated(edits))


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_soup(text: str) -> None:
    check(text)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60))
def test_any_text(text: str) -> None:
    check(text)


N = 100_000
HOSTILE = {
    "parentheses": "(" * N,
    "closed": "(" * N + ")" * N,
    "lists": "[" * N,
    "records": "{a=" * N,
    "minus": "-" * N + "1",
    "not": "not " * N + "a",
    "power": "1" + "**1" * N,
    "then": "if a then " * 50_000,
    "else": "if a then b else " * 50_000 + "c",
    "stage": "a" + " -> if a then b else c" * 20_000,
    "sum": "a" + " + a" * N,
    "difference": "a" + "-a" * N,
    "and": "a" + " and a" * N,
    "calls": "a" + "()" * N,
    "indexes": "a" + "[1]" * N,
    "digits": "1" * 900_000,
    "dots": "1.1" * 300_000,
    "quote": '"' + "a" * 900_000,
    "quotes": '"' * 900_000,
    "escaped": '"' + '\\"' * 400_000,
    "backslashes": '\\"' * 400_000,
    "spaces": " " * 900_000 + "?",
    "breaks": "\n" * 900_000 + "?",
    "name": "a" * 900_000,
    "closers": ")" * N,
    "elses": "if a {} else " * 50_000 + "{}",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_expression(name: str) -> None:
    answered(f"model A {{\n    x = {HOSTILE[name]}\n}}\n")


@pytest.mark.parametrize(
    "text",
    [
        "a" * 10_000_000,
        "model A {}" + "}" * 500_000,
        "model A { if a {} else " + "if a {} else " * 50_000,
        "model A { x = = }\n" * 50_000,
        "model A {}\n" * 20_000 + "model A { x = = }\n" * 50,
        "model A {\n" * 50_000,
        'test "' * 100_000,
        "# c\n" * 200_000 + "?",
        "a " * 400_000,
        "model " * 150_000,
    ],
)
def test_hostile_file(text: str) -> None:
    answered(text)


def answered(text: str) -> None:
    begin = time.perf_counter()
    with pytest.raises(SpecError) as caught:
        parse(Source("test.model", text))
    assert time.perf_counter() - begin < 4, "2 s here, with room for a slow machine"
    for finding in caught.value.diagnostics:
        assert len(finding.message) < 300 and len(finding.found or "") < 100
        assert all(len(h) < 300 for h in finding.help)


def test_speed() -> None:
    chain = "model A { x = a" + " -> Dense(1, activation=relu)" * 10_000 + "}"
    begin = time.perf_counter()
    file(chain)
    assert time.perf_counter() - begin < 3, "about 1 s here"
