"""The report of a run as a page: complete, self-contained, safe against what data say."""

import base64
import io
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from specc.compiler import compile_text
from specc.data.split import Dataset, Split
from specc.training.reports.page import examples_of, page
from specc.training.reports.verdict import Verdict

NET = """
# the spec, with a <tag> & more
model Net {
    input picture: float32[8, 8, 1]
    input words: string[]
    both = (picture -> Flatten, words -> Hashing(5) -> Embedding(5, 3)) -> Concatenate
    output animal = both -> Dense(3, activation=softmax)
    output weight = picture -> Flatten -> Dense(1)
}
"""
CLASSES = ("cat", "<b>dog</b>", "cow")
RECORD: dict[str, Any] = {
    "target": "Net", "spec": "net.model", "hash": "0123456789abcdef", "seed": 3, "seconds": 12.3, "split": "test",
    "metrics": {"loss": 0.123456, "accuracy": 0.75}, "members": {}, "versions": {"keras": "3.15"},
    "machine": {"cores": 2, "gpus": []},
}  # fmt: skip


class Reader(HTMLParser):
    """Collects what a page has, and that its tags are closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "img", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data.strip())


def split(count: int) -> Split:
    rng = np.random.default_rng(count)
    inputs = {
        "picture": rng.uniform(0, 16, (count, 8, 8, 1)).astype("float32"),
        "words": np.array([f"<i>word {n}</i>" for n in range(count)], dtype=object),
    }
    targets = {"animal": rng.integers(0, 3, count), "weight": rng.normal(size=(count, 1))}
    return Split(inputs, targets, np.arange(100, 100 + count))


def pictured(tmp_path: Path, spec: str = NET, record: dict[str, Any] = RECORD) -> str:
    """The page of a run that has all that a page can have."""
    from PIL import Image

    Image.new("RGB", (5, 7)).save(tmp_path / "curves.png")
    test = split(20)
    answer = np.eye(3)[(test.targets["animal"] + (np.arange(20) < 4)) % 3] * 0.7 + 0.1
    examples = {
        "animal": examples_of(test, answer, test.targets["animal"], CLASSES),
        "weight": examples_of(test, test.targets["weight"] + 0.5, test.targets["weight"], None),
    }
    verdicts = {"Net": Verdict("overfitting", "it <rose>", ("`Dropout<3>` helps",))}
    data = Dataset(split(50), split(0), test, {"animal": CLASSES})
    return page(
        compile_text(spec).program,
        record,
        verdicts,
        {"curves": tmp_path / "curves.png"},
        examples,
        data,
    )


def made(tmp_path: Path) -> Reader:
    reader = Reader()
    reader.feed(pictured(tmp_path))
    assert not reader.open
    return reader


def test_the_page_has_all_of_the_run(tmp_path: Path) -> None:
    text = "\n".join(made(tmp_path).texts)
    for part in ("Net", "net.model · 0123456789ab · seed 3 · 12 s", "0.1235", "0.75", "overfitting", "keras", "3.15"):
        assert part in text, part
    assert NET.strip() in text and "Concatenate" in text
    assert "<b>dog</b>" in text and "word 3" in text and "it <rose>" in text and "Dropout<3>" in text


def test_nothing_is_fetched_or_run(tmp_path: Path) -> None:
    reader = made(tmp_path)
    assert not {"script", "link", "iframe", "object", "a", "form"} & {tag for tag, _ in reader.tags}
    sources = [attributes["src"] for tag, attributes in reader.tags if tag == "img"]
    assert len(sources) == 1 + 2 * 12 and all(s and s.startswith("data:image/png;base64,") for s in sources)
    assert not any(name.startswith("on") or name == "href" for _, attributes in reader.tags for name in attributes)


def test_the_worst_answers_come_first() -> None:
    test = split(20)
    answer = np.eye(3)[(test.targets["animal"] + (np.arange(20) < 4)) % 3] * 0.7 + 0.1
    answer[2] = answer[2] * 0.9 + np.array([0.1, 0, 0]) * (answer[2].argmax() == 0)
    found = examples_of(test, answer, test.targets["animal"], CLASSES)
    assert [e.is_wrong for e in found] == [True] * 4 + [False] * 8
    assert {e.number for e in found[:4]} == {100, 101, 102, 103} and found[4].number == 104
    assert all(e.true == CLASSES[test.targets["animal"][e.number - 100]] for e in found)
    values = examples_of(test, test.targets["weight"] + np.arange(20)[:, np.newaxis], test.targets["weight"], None)
    assert [e.number for e in values[:6]] == [119, 118, 117, 116, 115, 114] and not any(e.is_wrong for e in values)


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_pictures_are_those_of_the_data(channels: int) -> None:
    from PIL import Image

    pictures = np.random.default_rng(channels).uniform(-1, 1, (3, 8, 5, channels))
    few = Split({"p": pictures}, {"y": np.zeros((3, 1))}, np.arange(3))
    (_, uri, _) = examples_of(few, np.zeros((3, 1)), few.targets["y"], None)[1].inputs[0]
    assert uri is not None
    with Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2]))) as picture:
        assert picture.size == (45, 72)
        shown = np.asarray(picture).reshape(72, 45, -1)[::9, ::9]
    expected = (pictures[1] - pictures.min()) / np.ptp(pictures) * 255
    np.testing.assert_allclose(shown, expected, atol=1)


def test_yes_or_no_and_one_hot() -> None:
    few = Split({"x": np.zeros((3, 2))}, {}, np.arange(3))
    yes = examples_of(few, np.array([[0.9], [0.2], [0.6]]), np.array([[1], [1], [1]]), ("no", "yes"))
    assert {(e.number, e.true, e.predicted) for e in yes} == {
        (0, "yes", "yes (90 %)"), (1, "yes", "no (80 %)"), (2, "yes", "yes (60 %)")
    }  # fmt: skip
    rows = examples_of(few, np.eye(3), np.eye(3)[[0, 1, 1]], ("a", "b", "c"))
    assert [(e.true, e.is_wrong) for e in rows] == [("b", True), ("a", False), ("b", False)]
    assert examples_of(few.take(np.array([], int)), np.zeros((0, 3)), np.zeros(0), ("a", "b", "c")) == []
