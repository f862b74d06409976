"""The canonical layout: goldens, and that nothing but the layout changes.

A case is ``tests/golden/format/NAME.model`` with the result in ``NAME.out`` beside it. After a change of the layout,
rewrite those with ``SPECC_UPDATE_GOLDENS=1 pytest tests/syntax/test_format.py``, and read the difference.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from syntax_trees import EXPRESSIONS, TOUR, Pair, file, plain

from specc.diagnostics import SpecError
from specc.source import Source
from specc.syntax import nodes
from specc.syntax.format import format_source

FOLDER = Path(__file__).parent.parent / "golden" / "format"


def formatted(text: str) -> str:
    return format_source(Source("test.model", text))


def only_laid_out(text: str) -> str:
    """The layout of a text, after making sure that tree and comments are kept and that twice is as once."""
    result = formatted(text)
    before, after = file(text), file(result)
    assert plain(after) == plain(before)
    assert sorted(c.text for c in after.comments) == sorted(c.text for c in before.comments)
    assert formatted(result) == result
    return result


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.model")), ids=lambda p: p.stem)
def test_golden(path: Path) -> None:
    result = only_laid_out(path.read_text(encoding="utf-8"))
    golden = path.with_suffix(".out")
    if os.environ.get("SPECC_UPDATE_GOLDENS"):
        golden.write_text(result, encoding="utf-8")
    assert result == golden.read_text(encoding="utf-8")


def test_tour() -> None:
    only_laid_out(TOUR)


@settings(max_examples=300, deadline=None)
@given(EXPRESSIONS)
def test_generated_expressions(pair: Pair) -> None:
    text, tree = pair
    result = only_laid_out(f"block A = {text}\ntrain B {{ c = {text} dd = {text} }}\n")
    (definition, _) = file(result).declarations
    assert isinstance(definition, nodes.Definition)
    assert plain(definition.value) == tree


def _in_code(at: int) -> bool:
    line = TOUR[TOUR.rfind("\n", 0, at) + 1 : at]
    return "#" not in line and line.count('"') % 2 == 0


GAPS = [m.end() for m in re.finditer(r"(?<=[\s(,{\[])(?=\S)", TOUR) if _in_code(m.end())]


@settings(max_examples=150, deadline=None)
@given(st.sets(st.sampled_from(GAPS), max_size=6), st.booleans())
def test_comments_anywhere(places: set[int], alone: bool) -> None:
    text = TOUR
    for number, at in enumerate(sorted(places, reverse=True)):
        text = text[:at] + ("\n\n" if alone else "") + f"# note {number}\n" + text[at:]
    only_laid_out(text)


def test_breaks_of_windows() -> None:
    assert formatted(TOUR.replace("\n", "\r\n")) == formatted(TOUR)


@pytest.mark.parametrize("text", ["", "\n\n", " \t"])
def test_nothing(text: str) -> None:
    assert formatted(text) == ""


def test_comments_alone() -> None:
    assert formatted("\n\n# a  \n\n\n\n#b\n") == "# a\n\n#b\n"


def test_spelling_of_numbers_and_texts_is_kept() -> None:
    text = 'block A = f(10_000, 1e-4, 1.50, "\\u{e9}", (1))\n'
    assert formatted(text) == text.replace("(1)", "1")


def test_no_layout_for_what_is_no_spec() -> None:
    with pytest.raises(SpecError):
        formatted("model A {")
