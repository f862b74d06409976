"""Text → syntax tree."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import Any, Final

from lark import Token
from lark.exceptions import UnexpectedInput

from specc import limits
from specc.diagnostics import Diagnostic, SpecError
from specc.diagnostics.codes import SOURCE_TOO_LARGE, TOO_DEEP
from specc.source import Source, Span
from specc.syntax import nodes
from specc.syntax.language import check_language
from specc.syntax.messages import explain, position
from specc.syntax.tables import load
from specc.syntax.transform import Build

_MOST_ERRORS: Final = 20
_BRACKET: Final = re.compile(r'"(?:[^"\\\n]|\\[^\n])*+"?|#[^\n]*|[\[({\])}]')
_DECLARATION: Final = re.compile(
    r"^(?:(?:from|version)\s+\"|(?:block|model|data|train|ensemble|tune|export)\s+[A-Za-z_]|test\s+\")", re.MULTILINE
)


class _Parser:
    """Lark with the tree builder inside; comments are kept aside."""

    def __init__(self) -> None:
        self.build = Build()
        self.comments: list[Token] = []
        waiting = dict.fromkeys(("MINUS", "NOT", "POWER", "IF"), self.build.opens)
        self.lark = load(self.build, {"COMMENT": self._comment, **waiting})

    def _comment(self, token: Token) -> Token:
        self.comments.append(token)
        return token

    def run(self, source: Source, text: str, start: str) -> Any:
        """The tree of ``text``, with places in ``source``.

        Raises:
            SpecError: numbers or texts are wrong.
            UnexpectedInput: it isn't of the grammar.
        """
        self.build.begin(source)
        self.comments.clear()
        tree = self.lark.parse(text, start=start)
        if self.build.problems:
            raise SpecError(*self.build.problems)
        return tree


@cache
def _parser() -> _Parser:
    return _Parser()


def parse(source: Source, *, max_bytes: int = limits.SOURCE_BYTES) -> nodes.File:
    """The tree of a file.

    Raises:
        SpecError: with all syntax errors: after each, reading goes on at the next declaration.
    """
    size = len(source.text)
    if size > max_bytes or (4 * size > max_bytes and len(source.text.encode("utf-8", "replace")) > max_bytes):
        raise SpecError(Diagnostic(SOURCE_TOO_LARGE, f"the text is larger than {max_bytes:,} bytes", Span(source)))
    check_language(source)
    check_depth(source)
    problems: list[Diagnostic] = []
    text, begin = source.text, 0
    while True:
        try:
            tree: nodes.File = _parser().run(source, text, "start")
        except SpecError as error:
            raise SpecError(*problems, *error.diagnostics) from None
        except UnexpectedInput as error:
            problems += [*_parser().build.problems, explain(source, text, error)]
            rest = _next_declaration(text, begin, position(text, error))
            if rest is None or len(problems) >= _MOST_ERRORS:
                raise SpecError(*problems) from None
            # What was read is blanked, not cut off, so that places stay right.
            text, begin = " " * (rest - 1) + "\n" + text[rest:], rest
            continue
        if problems:
            raise SpecError(*problems)
        return replace(tree, comments=tuple(_comment(source, token) for token in _parser().comments))


def parse_expression(source: Source) -> nodes.Expression:
    """The tree of a lone expression.

    Raises:
        SpecError: it isn't one.
    """
    check_depth(source)
    try:
        return _parser().run(source, source.text, "expression")
    except UnexpectedInput as error:
        raise SpecError(explain(source, source.text, error)) from None


def _comment(source: Source, token: Token) -> nodes.Identifier:
    start = token.start_pos or 0
    return nodes.Identifier(span=Span(source, start, start + len(token)), text=str(token).rstrip())


def check_depth(source: Source) -> None:
    """Refuse brackets that nest too deep, before anything is built.

    Raises:
        SpecError: they do.
    """
    depth = 0
    for match in _BRACKET.finditer(source.text):
        text = match.group()
        if text in ("[", "(", "{"):
            depth += 1
            if depth > limits.NESTING:
                place = Span(source, match.start(), match.end())
                message = f"brackets nest deeper than {limits.NESTING} levels"
                raise SpecError(Diagnostic(TOO_DEEP, message, place, help=("name parts of it",)))
        elif text in ("]", ")", "}"):
            depth -= 1


def _next_declaration(text: str, begin: int, error: int) -> int | None:
    """Where reading goes on after an error in what begins at ``begin``."""
    match = _DECLARATION.search(text, max(begin + 1, text.rfind("\n", 0, error) + 1))
    while match and match.start() < error:
        match = _DECLARATION.search(text, match.end())
    return match.start() if match else None
