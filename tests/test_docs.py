"""Every spec on a documentation page compiles; every JSON one, too; and pages link to what exists."""

import re
from pathlib import Path

import pytest

from specc.compiler import Compilation
from specc.diagnostics.render import render
from specc.source import Source

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCE = re.compile(r"^```(model|json)\n(.*?)^```", re.MULTILINE | re.DOTALL)
SNIPPETS = [
    pytest.param(language, text, id=f"{page.name}:{page.read_text()[: match.start()].count(chr(10)) + 1}")
    for page in PAGES
    for match in FENCE.finditer(page.read_text())
    for language, text in [match.groups()]
]


@pytest.mark.parametrize(("language", "text"), SNIPPETS)
def test_snippet_compiles(language: str, text: str) -> None:
    compilation = Compilation(Source(f"snippet.{language}", text, ROOT / "specs" / "snippet"))
    assert compilation.report.ok, render(compilation.report, "full")
    assert all(t.passed for t in compilation.tests)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
        assert (page.parent / target).exists(), target
