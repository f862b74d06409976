"""Every code has a page, and its examples are true: the wrong spec has the finding, the right one has none."""

from __future__ import annotations

from pathlib import Path

import pytest

from specc.compiler import Compilation
from specc.diagnostics import Diagnostic, SpecError
from specc.diagnostics.explain import Example, Page, missing_pages, pages

SHOWN_BY_A_SPEC = [p for p in pages() if p.wrong.language != "console"]


def test_every_code_has_a_page() -> None:
    assert missing_pages() == []


def test_lines_of_a_page_are_text() -> None:
    for page in pages():
        assert page.prose[0].isupper(), page.code
        assert page.prose.rstrip().endswith((".", ")", "```")), page.code


@pytest.mark.parametrize("page", SHOWN_BY_A_SPEC, ids=lambda p: p.code.id)
def test_wrong_example_has_the_finding(page: Page, tmp_path: Path) -> None:
    found = findings(page.wrong, tmp_path)
    assert [d for d in found if d.code == page.code], [str(d.message) for d in found]
    assert all(d.span.source.text for d in found if d.code == page.code)
    assert {d.code for d in found} == {page.code}


@pytest.mark.parametrize("page", SHOWN_BY_A_SPEC, ids=lambda p: p.code.id)
def test_right_example_has_none(page: Page, tmp_path: Path) -> None:
    assert [d.message for d in findings(page.right, tmp_path)] == []


def test_only_what_no_spec_can_show_is_a_session() -> None:
    sessions = [p.code.id for p in pages() if p.wrong.language == "console"]
    others = ("E100", "E101", "E102", "E215", "E216", "E217", "E900")
    assert all(i[1] in "678" or i in others for i in sessions), sessions


def findings(example: Example, folder: Path) -> list[Diagnostic]:
    """What compiling an example finds, with its tests; a first line ``# -p width=7`` gives parameters."""
    for name, text in example.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    main = folder / f"example.{example.language}"
    main.write_text(example.text, encoding="utf-8")
    first = example.text.partition("\n")[0]
    options = [first.removeprefix("# -p ")] if first.startswith("# -p ") else []
    try:
        compilation = Compilation.of_file(main, dict(o.split("=", 1) for o in options))
        found = list(compilation.report)
        if compilation.report.ok:
            found += [d for test in compilation.tests for d in test.findings]
    except SpecError as error:
        found = list(error.diagnostics)
    return found
