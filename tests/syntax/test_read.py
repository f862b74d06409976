"""Reading files: what is refused, and in which words."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pytest

from specc.diagnostics import Diagnostic, SpecError, codes
from specc.syntax.parse import parse
from specc.syntax.read import read


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def finding(path: str, **options: int) -> Diagnostic:
    with pytest.raises(SpecError) as caught:
        read(path, **options)
    (only,) = caught.value.diagnostics
    return only


def written(data: bytes) -> str:
    Path("a.model").write_bytes(data)
    return "a.model"


def test_text_with_mark_and_breaks_of_windows() -> None:
    source = read(written(b"\xef\xbb\xbfmodel A {\r\n}\r\n"))
    assert (source.name, source.path, source.text[:7]) == ("a.model", Path("a.model"), "model A")
    assert len(parse(source).declarations) == 1


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("# é".encode())))
    source = read("-")
    assert (source.name, source.path, source.text) == ("<stdin>", None, "# é")


def test_missing() -> None:
    written(b"")
    assert finding("b.model").code == codes.CANNOT_READ
    assert finding("aa.model").help == ("did you mean `a.model`?",)
    assert finding("no/such/folder.model").code == codes.CANNOT_READ


def test_folder(folder: Path) -> None:
    (folder / "specs").mkdir()
    assert "is a folder" in finding("specs").message


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_no_permission() -> None:
    Path(written(b"")).chmod(0)
    assert "ermission" in finding("a.model").message


@pytest.mark.parametrize("path", ["a\0b.model", "x" * 5000, ""])
def test_impossible_paths(path: str) -> None:
    assert finding(path).code == codes.CANNOT_READ


def test_not_utf8() -> None:
    found = finding(written(b"# ok\n# \xe9\n"))
    assert (found.code, found.message) == (codes.NOT_UTF8, "byte 7 (line 2) is not UTF-8")


def test_size() -> None:
    written(b"#" * 100)
    assert read("a.model", max_bytes=100).text
    assert finding("a.model", max_bytes=99).code == codes.SOURCE_TOO_LARGE


@pytest.mark.parametrize("character", ["\0", "\x07", "\x0b", "\x1b", "\x7f", "\u202e", "\u2066", "\u2069"])
def test_forbidden_characters(character: str) -> None:
    found = finding(written(f"# a{character}b".encode()))
    assert (found.code, found.span.start, found.span.end) == (codes.FORBIDDEN_CHARACTER, 3, 4)
    assert f"{ord(character):04X}" in found.message
