"""The report of a run in a real browser: what it says, how it looks on a screen and on a phone, what it fetches."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import PATH, Page, browser
from test_training_page import NET, RECORD, pictured
from training_helpers import iris, run

pytestmark = pytest.mark.skipif(PATH is None, reason="no Chromium, Chrome or Edge on the path")

OVERFLOWING = """[...document.querySelectorAll("body *")]
    .filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
    .filter(e => !e.closest(".wide, pre, figure.curves"))
    .map(e => e.outerHTML.slice(0, 80))"""
"""What is cut off at the side, but for what can be moved there."""

WEAK = """(() => {
    const light = color => {
        const [r, g, b] = color.match(/[\\d.]+/g).map(x => (x / 255) ** 2.2)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b
    }
    const ground = matchMedia("(prefers-color-scheme: dark)").matches ? "18 18 18" : "255 255 255"
    return [...document.querySelectorAll("p, td, th, h1, h2, li, figcaption, .example div, pre")].map(e => {
        const [more, less] = [getComputedStyle(e).color, ground].map(light).sort((a, b) => b - a)
        return [e.outerHTML.slice(0, 60), (more + 0.05) / (less + 0.05)]
    }).filter(([_, contrast]) => contrast < 4.5)
})()"""
"""Texts that are hard to read: a contrast below 4.5 to 1, https://www.w3.org/TR/WCAG21/#contrast-minimum."""


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with browser(tmp_path_factory.mktemp("profile")) as page:
        yield page


def require_whole(tab: Page, file: Path) -> None:
    """Nothing is missing, fetched, wrong, cut off or hard to read, on a screen and on a phone, by day and by night."""
    for width, dark in ((1200, False), (400, False), (400, True)):
        tab.open(file, width, dark=dark)
        assert tab.fetched() == [file.as_uri()]
        assert tab.problems() == []
        assert tab.value("[...document.images].filter(i => !i.complete || !i.naturalWidth).length") == 0
        assert tab.value("[document.documentElement.scrollWidth, innerWidth]") == [width, width]
        assert tab.value(OVERFLOWING) == [] and tab.value(WEAK) == []


def headings(tab: Page) -> list[str]:
    return tab.value('[...document.querySelectorAll("h2")].map(e => e.innerText)')


def cells(tab: Page, table: str) -> list[list[str]]:
    return tab.value(
        f'[...document.querySelectorAll("#{table} tr")].map(r => [...r.cells].map(c => c.innerText.trim()))'
    )


@pytest.mark.keras
def test_the_report_of_a_run(tab: Page, tmp_path: Path) -> None:
    text = iris("epochs = 2", data="Sklearn(iris, validation=0.2, test=0.2, seed=1)")
    result = run(text, tmp_path / "run")
    require_whole(tab, tmp_path / "run" / "report.html")
    record = json.loads((tmp_path / "run" / "run.json").read_text())
    assert tab.value("document.title") == "Iris: report of a run"
    assert headings(tab) == [
        "Result on the test split", "Examples of species", "Data", "Layers", "Spec", "Where it was trained",
    ]  # fmt: skip
    assert cells(tab, "metrics") == [[name, f"{value:.4g}"] for name, value in result.metrics.items()]
    assert [row[:2] for row in cells(tab, "layers")[1:]] == [
        ["features", "Input"], ["dense", "Dense"], ["dense_1", "Dense"],
    ]  # fmt: skip
    assert ["train", "examples", "90"] in cells(tab, "data")
    assert [row for row in cells(tab, "environment") if row[0] == "keras"] == [["keras", record["versions"]["keras"]]]
    assert tab.value('document.querySelector("pre").innerText').strip() == text.strip()
    figures: Any = tab.value("[...document.images].map(i => [i.alt, i.naturalWidth > 300])")
    assert figures == [["confusion", True], ["curves", True]]
    assert tab.value('document.querySelectorAll(".example").length') == 12


def test_names_without_end_and_tags_in_them(tab: Page, tmp_path: Path) -> None:
    long = "a_name_of_a_metric_that_nobody_would_want_to_type_but_somebody_did_" * 2
    name = "M" + "o" * 60
    record = RECORD | {
        "target": name,
        "spec": "a/path/" * 20 + "net.model",
        "metrics": {long: 0.5, "<script>alert(1)</script>": 1.0},
        "members": {long: {long: 0.25}},
        "machine": {"platform": "L" * 150, "gpus": []},
    }
    file = tmp_path / "report.html"
    file.write_text(pictured(tmp_path, NET.replace("model Net", f"model {name}"), record), encoding="utf-8")
    require_whole(tab, file)
    assert cells(tab, "metrics")[1] == ["<script>alert(1)</script>", "1"]
    assert ["gpus", "none"] in cells(tab, "environment")
    assert tab.value('document.querySelectorAll("body script, .example b, .example i").length') == 0
    assert "<b>dog</b>" in tab.value("document.body.innerText")


def test_the_test_would_see_what_is_wrong(tab: Page, tmp_path: Path) -> None:
    file = tmp_path / "bad.html"
    file.write_text(
        '<meta name=viewport content="width=device-width"><body><img src="gone.png"><script>nothing.there</script>'
        '<p style="color: #bbb; width: 600px">weak and wide</p>'
    )
    tab.open(file, 400)
    assert tab.fetched() == [file.as_uri(), (tmp_path / "gone.png").as_uri()]
    assert len(tab.problems()) >= 2
    assert tab.value("[...document.images].filter(i => !i.complete || !i.naturalWidth).length") == 1
    assert tab.value("document.documentElement.scrollWidth") > 400
    assert len(tab.value(OVERFLOWING)) == 1 and len(tab.value(WEAK)) == 1
