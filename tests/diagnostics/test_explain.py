from pathlib import Path

import pytest

from specc.diagnostics import codes, explain

GOOD = """\
# E400 shape-mismatch

Two tensors do not fit.

```csv file=data/x.csv
a,b
1,2
```

## Wrong

```model
## not a heading
model A = Dense(3)
```

```model file=helper.model
block B = ReLU
```

## Right

````json
{"a": "```"}
````
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "E400.md").write_text(GOOD, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("name", ["E400", "e400", "shape-mismatch", " Shape-Mismatch "])
def test_page_is_found_by_code_and_name(folder: Path, name: str) -> None:
    page = explain.page(name, folder)
    assert page.code == codes.SHAPE_MISMATCH
    assert page.title == "shape-mismatch"
    assert page.markdown == GOOD


def test_page_has_its_parts(folder: Path) -> None:
    (page,) = explain.pages(folder)
    shared = {"data/x.csv": "a,b\n1,2\n"}
    assert page.prose.startswith("Two tensors do not fit.")
    assert page.files == shared
    wrong = "## not a heading\nmodel A = Dense(3)\n"
    assert page.wrong == explain.Example("model", wrong, {**shared, "helper.model": "block B = ReLU\n"})
    assert page.right == explain.Example("json", '{"a": "```"}\n', shared)


def test_unknown_code_suggests_one(folder: Path) -> None:
    with pytest.raises(explain.UnknownCodeError, match="no diagnostic code `shape-missmatch`") as caught:
        explain.page("shape-missmatch", folder)
    assert caught.value.help == ("did you mean `shape-mismatch`?",)


def test_code_without_a_page(folder: Path) -> None:
    with pytest.raises(explain.MissingPageError, match=r"E401 wrong-rank has no page .*E401\.md"):
        explain.page("E401", folder)
    assert codes.WRONG_RANK in explain.missing_pages(folder)
    assert codes.SHAPE_MISMATCH not in explain.missing_pages(folder)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("# E400 shape-mismatch", "# E401 wrong-rank", "first line"),
        ("# E400 shape-mismatch", "# E400 other", "first line"),
        ("## Right", "## Wrong", "stands twice"),
        ("## Right", "## Correct", "sections are not"),
        ("\n````\n", "\n", "not closed"),
        ("```model\n", "```python\n", "exactly one example"),
        (" file=helper.model", "", "exactly one example"),
        ("helper.model", "../helper.model", "leads out"),
    ],
)
def test_malformed_page(folder: Path, old: str, new: str, message: str) -> None:
    (folder / "E400.md").write_text(GOOD.replace(old, new), encoding="utf-8")
    with pytest.raises(explain.PageError, match=rf"E400\.md: .*{message}"):
        explain.page("E400", folder)


def test_page_without_prose(folder: Path) -> None:
    text = "# E400 shape-mismatch\n" + GOOD[GOOD.index("## Wrong") :]
    (folder / "E400.md").write_text(text, encoding="utf-8")
    with pytest.raises(explain.PageError, match="no prose"):
        explain.page("E400", folder)


def test_page_that_is_not_utf8(folder: Path) -> None:
    (folder / "E400.md").write_bytes(b"\xff")
    with pytest.raises(explain.PageError, match=r"E400\.md"):
        explain.pages(folder)
