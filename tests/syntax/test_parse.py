"""Text → tree: the whole language, places, words, numbers, texts."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from syntax_trees import EXPRESSIONS, TOUR, Pair, expression, file, findings, plain, walk

from specc.diagnostics import SpecError, codes
from specc.source import Source
from specc.syntax import nodes
from specc.syntax.parse import parse, parse_expression


def test_tour() -> None:
    kinds = [type(d).__name__ for d in file(TOUR).declarations]
    assert kinds == ["Import", "Definition", "Definition", "Definition", "Data", *["Section"] * 5, "Test"]


def test_every_part_lies_inside_of_its_whole() -> None:
    for whole, part in walk(file(TOUR)):
        assert whole.span.start <= part.span.start < part.span.end <= whole.span.end, (whole, part)


def test_the_text_of_every_expression_is_that_expression() -> None:
    for _, part in walk(file(TOUR)):
        if isinstance(part, nodes.Expression.__args__):
            assert expression(part.span.text) == plain(part)


def test_comments_are_kept_in_order() -> None:
    assert [c.text for c in file("# a\nmodel A { # b  \n}# c\n#\n").comments] == ["# a", "# b", "# c", "#"]


@settings(max_examples=300, deadline=None)
@given(EXPRESSIONS)
def test_generated_expressions(pair: Pair) -> None:
    text, tree = pair
    assert expression(text) == tree


@pytest.mark.parametrize(
    ("text", "brackets"),
    [
        ("a + b + c", "(a + b) + c"),
        ("a - b - c", "(a - b) - c"),
        ("a ** b ** c", "a ** (b ** c)"),
        ("-a ** b", "-(a ** b)"),
        ("a ** -b", "a ** (-b)"),
        ("-a * b", "(-a) * b"),
        ("- -a", "-(-a)"),
        ("a * b + c // d % e", "(a * b) + ((c // d) % e)"),
        ("not a == b", "not (a == b)"),
        ("not a and b or c and not d", "((not a) and b) or (c and (not d))"),
        ("a + b in c", "(a + b) in c"),
        ("a + b -> c or d", "(a + b) -> (c or d)"),
        ("f * 2 -> g[0](1) * n", "(f * 2) -> ((g[0])(1) * n)"),
        ("a -> if c then d else e -> f", "a -> (if c then d else (e -> f))"),
        ("if a then b else if c then d else e", "if a then b else (if c then d else e)"),
        ("if a then if b then c else d else e", "if a then (if b then c else d) else e"),
        ("if a then b -> c else d", "if a then (b -> c) else d"),
        ("f(a=if b then c else d, e)", "f(a=(if b then c else d), e)"),
        ("x[-1:a + b, ..., 0]", "(x)[(-1):(a + b), ..., 0]"),
    ],
)
def test_precedence(text: str, brackets: str) -> None:
    assert expression(text) == expression(brackets)


def test_a_chain_in_brackets_stays_a_part() -> None:
    assert expression("a -> (b -> c) -> d") == ("Chain", ("a", ("Chain", ("b", "c")), "d"))


@pytest.mark.parametrize("text", ["f(a, b,)", "[a,]", "(a, b,)", "x[a,]", "f(\n)", "{}", "{a=1 b={c=2}d=3}"])
def test_commas_and_breaks(text: str) -> None:
    assert expression(text)


def test_slices() -> None:
    assert expression("x[:, 1:, :2, ::3, 1:2:3]") == (
        "Index",
        "x",
        tuple(
            ("Slice", *(None if n is None else ("Number", n) for n in parts))
            for parts in [(None, None, None), (1, None, None), (None, 2, None), (None, None, 3), (1, 2, 3)]
        ),
    )


def body(text: str) -> Any:
    (definition,) = file(f"model A {{ {text} }}").declarations
    assert isinstance(definition, nodes.Definition)
    return plain(definition.body)


def test_record_where_an_expression_begins_and_body_after_a_condition() -> None:
    assert body("if c { x = { a = 1 b = 2 } }") == (
        (
            "If",
            "c",
            (("Binding", ("x",), ("Record", (("Setting", "a", ("Number", 1)), ("Setting", "b", ("Number", 2))))),),
            (),
        ),
    )


def test_statements() -> None:
    every = 'input x: float output y assert a, "m" for a, b in c {} if a {} else if b {} else {}'
    assert [s[0] for s in body(every)] == ["Input", "Output", "Assert", "For", "If"]
    assert body("a, b = c") == (("Binding", ("a", "b"), "c"),)
    assert body("output y: float32[H, W // 2, 3] = x")[0][2][:2] == ("Type", "float32")


def test_parameters() -> None:
    (definition,) = file(
        "block A(a: int in 1..4096 = 3, b: float in 1e-4..1e-1, c: int in [1, 2], d: layer,) = R"
    ).declarations
    assert isinstance(definition, nodes.Definition)
    a, b, c, d = definition.parameters
    assert plain(a.domain) == ("Range", ("Number", 1), ("Number", 4096))
    assert plain(b.domain) == ("Range", ("Number", 1e-4), ("Number", 0.1))
    assert plain(c.domain) == ("ListLiteral", (("Number", 1), ("Number", 2)))
    assert (a.default is None, d.domain, d.default, d.kind.text) == (False, None, None, "layer")


# ── Words ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "text", ["modelFoo{}", "model_Foo {}", "modelFoo = x", "dataX = y", "testx {}", 'from"a"importb']
)
def test_keywords_end_at_a_boundary(text: str) -> None:
    assert findings(text)


@pytest.mark.parametrize(
    "name", ["iff", "input_size", "format", "not_", "nothing", "in1", "then_", "modelX", "trueish"]
)
def test_names_may_begin_with_keywords(name: str) -> None:
    assert expression(name) == name


@pytest.mark.parametrize("name", ["if", "then", "else", "and", "or", "not", "in", "for", "true", "false", "none"])
def test_reserved_words_are_no_names(name: str) -> None:
    assert findings(f"model A {{ {name} = x }}")
    assert findings(f"model {name} {{ }}")


@pytest.mark.parametrize(
    "name",
    [
        "from",
        "import",
        "as",
        "block",
        "model",
        "data",
        "train",
        "ensemble",
        "tune",
        "export",
        "test",
        "input",
        "output",
    ],
)
def test_other_keywords_are_names_in_settings_arguments_and_expressions(name: str) -> None:
    assert not findings(f"train A {{ {name} = f({name}={name}, b=[{name}]) c = {name} -> {name} }}")
    assert not findings(f"model A({name}: int = 1) {{ x = {name} }}")


def test_sections_may_share_a_line() -> None:
    assert len(file('tune A { a = max(b)  c = 4 } data D = X(1) tune B {} test "t" {}').declarations) == 4


# ── Numbers and texts ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("10_000", 10000),
        ("1.5", 1.5),
        ("1e5", 1e5),
        ("1E+5", 1e5),
        ("1_0.5e-1", 1.05),
        ("9223372036854775807", 2**63 - 1),
    ],
)
def test_numbers(text: str, value: float) -> None:
    (_, found) = expression(text)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    "text", ["08", "1__0", "12abc", "1_", "1e", "1e999", "1.5.5", "0x10", "1_.5", "1e5_", "3px", "00"]
)
def test_bad_numbers(text: str) -> None:
    assert code_of(text) == codes.BAD_NUMBER


@pytest.mark.parametrize("text", ["9223372036854775808", "1" * 100_000, "9_999_999_999_999_999_999"])
def test_integers_too_large(text: str) -> None:
    assert code_of(text) == codes.INTEGER_TOO_LARGE


@pytest.mark.parametrize("text", ['"a', '"a\\"', 'f("a\n)', '"'])
def test_unterminated(text: str) -> None:
    assert code_of(text) == codes.UNTERMINATED_STRING


@pytest.mark.parametrize("text", [r'"\q"', r'"\u{110000}"', r'"\u{d800}"', r'"\u1"', r'"\u{}"'])
def test_bad_escapes(text: str) -> None:
    assert code_of(text) == codes.SYNTAX


def test_names_have_a_limit() -> None:
    assert expression("a" * 64) == "a" * 64
    assert code_of("a" * 65) == codes.SYNTAX


def code_of(text: str) -> codes.Code:
    with pytest.raises(SpecError) as caught:
        parse_expression(Source("test", text))
    return caught.value.diagnostics[0].code


# ── Limits ───────────────────────────────────────────────────────────────────────────────────────


def test_long_chains_are_flat() -> None:
    tree = parse_expression(Source("test", "x" + " -> a" * 30_000))
    assert isinstance(tree, nodes.Chain) and len(tree.stages) == 30_001


def test_many_records_nest_no_deeper_than_one() -> None:
    assert len(file("train A { a = f(g(1)) }\n" * 2000).declarations) == 2000


@pytest.mark.parametrize("source", ["x" * 2000, "é" * 600])
def test_size(source: str) -> None:
    with pytest.raises(SpecError) as caught:
        parse(Source("test", source), max_bytes=1000)
    assert caught.value.diagnostics[0].code == codes.SOURCE_TOO_LARGE
