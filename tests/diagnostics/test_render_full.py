"""The snippet renderer: any text, any span, any width."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specc.diagnostics import Diagnostic, Fix, Related, codes
from specc.diagnostics.render import OutputFormat, render
from specc.diagnostics.render.text import cells, wrap
from specc.source import Source, Span

TRICKY = "\t\r\n \x00\x1b\x7f\u202e\u200b\u2028\u0301日🙂｡\ud800aZ{}"
TEXTS = st.text(st.one_of(st.sampled_from(TRICKY), st.characters()), max_size=300)
LINES = st.text(st.one_of(st.sampled_from(TRICKY), st.characters(codec="utf-8")), max_size=200)


def naive_shown(text: str) -> str:
    shown = ""
    for character in text:
        if character == "\t":
            shown += "    "
        elif character == "\r":
            shown += "\\r"
        else:
            shown += character if character.isprintable() else f"\\u{{{ord(character):x}}}"
    return shown


def naive_cells(text: str) -> int:
    total = 0
    for character in text:
        if unicodedata.category(character) in ("Mn", "Me") or 0x1160 <= ord(character) <= 0x11FF:
            continue
        total += 1 + (unicodedata.east_asian_width(character) in ("W", "F"))
    return total


@st.composite
def diagnostics(draw: st.DrawFn) -> Diagnostic:
    source, other = Source(draw(TEXTS), draw(TEXTS)), Source("other.model", draw(TEXTS))

    def span() -> Span:
        where = draw(st.sampled_from([source, other]))
        start = draw(st.integers(0, len(where.text)))
        return Span(where, start, draw(st.integers(start, len(where.text))))

    messages = st.lists(TEXTS, max_size=2)
    return Diagnostic(
        draw(st.sampled_from(codes.ALL)),
        draw(TEXTS),
        span(),
        draw(TEXTS),
        expected=draw(st.none() | TEXTS),
        found=draw(st.none() | TEXTS),
        related=tuple(Related(span(), message) for message in draw(messages)),
        help=tuple(draw(messages)),
        fix=Fix(span(), draw(TEXTS)) if draw(st.booleans()) else None,
        pointer=draw(st.none() | TEXTS),
    )


@given(st.lists(diagnostics(), max_size=2), st.sampled_from(OutputFormat), st.booleans(), st.integers(20, 200))
def test_never_raises_and_never_sends_control_characters(
    report: list[Diagnostic], format: OutputFormat, color: bool, width: int
) -> None:
    output = render(report, format, color=color, width=width)
    if color:
        output = output.replace("\x1b[", "")
    assert output.replace("\n", "").isprintable()
    output.encode("utf-8")


@given(LINES, st.data(), st.integers(20, 150))
def test_carets_start_under_the_span(text: str, data: st.DataObject, width: int) -> None:
    text = text.replace("\n", " ").replace("\r", " ") or "x"
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    output = render([Diagnostic(codes.SYNTAX, "m", Span(Source("f", text), start, end))], "full", width=width)
    _, _, bar, row, carets = output.split("\n")[:5]
    assert bar == "  |"
    # Trailing spaces are not printed, and all rows begin with `1 | `.
    row, carets = row.removeprefix("1 |")[1:], carets.removeprefix("  |")[1:]
    column = len(carets) - len(carets.lstrip(" "))
    assert set(carets[column:]) == {"^"}
    assert naive_cells(row) <= max(width, 40) - 4
    here = naive_shown(text[start : start + 1]).strip(" ")
    at_column = [row[i:] for i in range(len(row) + 1) if naive_cells(row[:i]) == column]
    assert not here or any(behind.startswith(here) for behind in at_column)
    if "…" not in row:
        assert column == naive_cells(naive_shown(text[:start]))
        assert len(carets) - column == max(1, naive_cells(naive_shown(text[start:end])))


def carets_of(source: Source, start: int, end: int, width: int = 60, label: str = "") -> list[str]:
    """The rows below the location of a diagnostic, without the first bar."""
    found = Diagnostic(codes.SYNTAX, "m", Span(source, start, end), label)
    return render([found], "full", width=width).splitlines()[3:]


def test_a_long_line_is_cropped_around_the_carets() -> None:
    source = Source("f", "a" * 300 + "HERE" + "b" * 300)
    row, carets = carets_of(source, 300, 304, width=40)
    assert row == "1 | …" + "a" * 14 + "HERE" + "b" * 15 + "…"
    assert carets == "  | " + " " * 15 + "^^^^"


def test_a_span_wider_than_the_terminal_shows_its_beginning() -> None:
    row, carets = carets_of(Source("f", "a" * 500), 0, 500, width=40)
    assert row == "1 | " + "a" * 33 + "…"
    assert carets == "  | " + "^" * 33


def test_a_far_place_on_the_same_line_is_shown_on_its_own() -> None:
    source = Source("f", "first" + " " * 300 + "second")
    related = (Related(Span(source, 305, 311), "there"),)
    found = Diagnostic(codes.SYNTAX, "m", Span(source, 0, 5), "here", related=related)
    rows = render([found], "full", width=40).splitlines()[3:]
    assert [row.strip(" 1|…") for row in rows] == ["first", "^^^^^ here", "second", "------", "there"]


def test_a_label_without_room_goes_below() -> None:
    rows = carets_of(Source("f", "a" * 30 + " b"), 31, 32, width=40, label="a label of many words that wraps")
    assert rows == [
        "1 | " + "a" * 30 + " b",
        "  | " + " " * 31 + "^",
        "  |     a label of many words that wraps",
    ]


@pytest.mark.parametrize(
    ("text", "start", "end", "expected"),
    [
        ("one\ntwo\n", 0, 8, ["1 | one", "  | ^^^", "2 | two", "  | ^^^"]),
        ("a {\n  b\n}\n", 2, 10, ["1 | a {", "  |   ^", "2 |   b", "3 | }", "  | ^"]),
        ("a {\n  b\n  c\n}\n", 2, 14, ["1 | a {", "  |   ^", "...", "4 | }", "  | ^"]),
        ("one\ntwo", 3, 4, ["1 | one", "  |    ^"]),
        ("one\r\ntwo", 3, 5, ["1 | one", "  |    ^"]),
        ("a\rb", 0, 2, ["1 | a\\rb", "  | ^^^"]),
        ("one\r\n\r\n", 0, 7, ["1 | one", "  | ^^^"]),
        ("one\n", 4, 4, ["2 |", "  | ^"]),
        ("one", 3, 3, ["1 | one", "  |    ^"]),
        ("one", 99, 120, ["1 | one", "  |    ^"]),
        ("\t日本x", 2, 4, ["1 |     日本x", "  |       ^^^"]),
        ("e\u0301x", 2, 3, ["1 | e\u0301x", "  |  ^"]),
    ],
)
def test_carets(text: str, start: int, end: int, expected: list[str]) -> None:
    assert carets_of(Source("f", text), start, end) == expected


def test_a_megabyte_on_one_line_is_quick() -> None:
    for character in ("x", "\u0301", "日"):
        source = Source("f", character * (1 << 20))
        assert len("".join(carets_of(source, 1 << 19, (1 << 19) + 3))) < 2000


@given(TEXTS, st.integers(40, 100), st.integers(0, 30))
def test_wrapped_text_keeps_its_words_and_its_width(text: str, width: int, first: int) -> None:
    lines = wrap(text, width, first)
    assert all(cells(line) <= width or " " not in line.strip(" ") for line in lines)
    assert "".join("".join(lines).split()) == "".join(wrap(text, 10**9)).replace(" ", "")
