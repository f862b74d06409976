"""Positions against the obvious way to count them."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from specc.source import Source, Span, whole_file

TEXTS = st.text(st.sampled_from("ab\n\r\t é日\u2028\x0c"), max_size=60)


def naive_position(text: str, offset: int) -> tuple[int, int]:
    line, column = 1, 1
    for character in text[:offset]:
        line, column = (line + 1, 1) if character == "\n" else (line, column + 1)
    return line, column


@given(TEXTS)
def test_positions(text: str) -> None:
    source = Source("a", text)
    for offset in range(len(text) + 1):
        assert source.position(offset) == naive_position(text, offset)


@given(TEXTS)
def test_lines(text: str) -> None:
    source, lines = Source("a", text), text.split("\n")
    for number, line in enumerate(lines, start=1):
        assert source.line(number) == line.rstrip("\r")
        assert source.line_span(number).text == source.line(number)
        assert source.line_span(number).position == (number, 1)
    assert source.line(0) == source.line(len(lines) + 1) == ""


@given(TEXTS, st.data())
def test_spans_join(text: str, data: st.DataObject) -> None:
    source = Source("a", text)
    a, b, c, d = sorted(data.draw(st.tuples(*[st.integers(0, len(text))] * 4)))
    first, second = Span(source, a, b), Span(source, c, d)
    assert first.to(second) == Span(source, a, d)
    assert first.to(second).text == text[a:d]
    assert Span(source, a, d).to(first) == Span(source, a, d)


def test_a_span_reads_as_a_place() -> None:
    source = Source("specs/a.model", "one\ntwo three")
    assert str(Span(source, 8, 13)) == "specs/a.model:2:5"
    assert Span(source, 8, 13).position == (2, 5)


def test_windows_line_breaks_are_not_part_of_a_line() -> None:
    source = Source("a", "one\r\ntwo\r\n")
    assert [source.line(n) for n in (1, 2, 3)] == ["one", "two", ""]
    assert source.position(5) == (2, 1)


def test_folder_and_whole_file(tmp_path: Path) -> None:
    assert Source("<stdin>").folder == Path.cwd()
    assert Source("a", path=tmp_path / "a.model").folder == tmp_path
    span = whole_file(tmp_path / "x.csv")
    assert (span.source.name, span.text) == (str(tmp_path / "x.csv"), "")
