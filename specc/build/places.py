"""Where in a Python program something was written: spans of calls, and of their arguments."""

from __future__ import annotations

import ast
import linecache
import sys
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, Final, TypeAlias

from specc.source import Source, Span

_PACKAGE: Final = __name__.partition(".")[0]
_sources: dict[str, tuple[list[str], Source]] = {}

Positions: TypeAlias = tuple[int | None, int | None, int | None, int | None]


def caller() -> Span:
    """The place in the user's program that specc was called from."""
    frame = calling_frame()
    line, end_line, start, end = _positions(frame.f_code)[frame.f_lasti // 2]
    filename = frame.f_code.co_filename
    source = _source(filename, frame.f_lineno)
    if not source.text:
        return Span(source)
    if line is None or end_line is None or start is None or end is None:
        return source.line_span(frame.f_lineno)
    return Span(source, _offset(source, line, start), _offset(source, end_line, end))


def calling_frame() -> FrameType:
    """The innermost frame outside of specc."""
    frame = sys._getframe(1)  # pyright: ignore[reportPrivateUsage]
    while frame.f_back is not None and _is_own(frame.f_globals.get("__name__", "")):
        frame = frame.f_back
    return frame


def _is_own(module: str) -> bool:
    return module == _PACKAGE or module.startswith(_PACKAGE + ".")


@lru_cache(512)
def _positions(code: CodeType) -> list[Positions]:
    return list(code.co_positions())


def _source(filename: str, line: int) -> Source:
    """The source of a file or notebook cell; where its text isn't known, one that is named after the line."""
    lines = linecache.getlines(filename)
    if not lines:
        return Source(f"{filename}, line {line}")
    known = _sources.get(filename)
    if known is None or known[0] is not lines:
        path = Path(filename)
        known = (lines, Source(_shown(path), "".join(lines), path if path.is_file() else None))
        _sources[filename] = known
    return known[1]


def _shown(path: Path) -> str:
    """A path as short as it can be said from the working directory."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _offset(source: Source, line: int, column: int) -> int:
    """The character at a line (from 1) and a column that is counted in UTF-8 bytes (from 0)."""
    text = source.line(line)
    characters = column if text.isascii() else len(text.encode()[:column].decode(errors="ignore"))
    return source.line_span(line).start + characters


class Written:
    """A Python expression at a place, whose parts have places, too."""

    def __init__(self, span: Span) -> None:
        self.span = span
        self._source = Source("", f"({span.text}\n)")
        self.tree = _parsed(self._source.text)

    def call(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> ast.Call | None:
        """The call with these arguments, if it is one that has each of them written out."""
        tree = self.tree
        if not isinstance(tree, ast.Call) or any(isinstance(a, ast.Starred) for a in tree.args):
            return None
        return tree if len(tree.args) == len(args) and {k.arg for k in tree.keywords} == set(kwargs) else None

    def place(self, node: ast.AST | None) -> Span:
        """The place of a part; of the whole for None."""
        if not isinstance(node, ast.expr | ast.keyword) or node.end_lineno is None or node.end_col_offset is None:
            return self.span
        start = _offset(self._source, node.lineno, node.col_offset)
        end = _offset(self._source, node.end_lineno, node.end_col_offset)
        return Span(self.span.source, self.span.start + start - 1, self.span.start + end - 1)

    def name(self, keyword: ast.keyword) -> Span:
        """The place of the name of a keyword argument."""
        start = self.place(keyword).start
        return Span(self.span.source, start, start + len(keyword.arg or ""))


def _parsed(text: str) -> ast.expr | None:
    try:
        return ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError):
        return None
