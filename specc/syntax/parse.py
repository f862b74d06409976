"""Text → syntax tree."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import Any, Final

from specc import limits
from specc.diagnostics import Diagnostic, SpecError
from specc.diagnostics.codes import SOURCE_TOO_LARGE, TOO_DEEP
from specc.source import Source, Span
from specc.syntax import nodes
from specc.syntax.lalr import Parser, Token, Unexpected
from specc.syntax.language import check_language
from specc.syntax.messages import AS_NAME, explain, position
from specc.syntax.recover import Repair, names_of, pieces
from specc.syntax.tables import load
from specc.syntax.transform import Build

_MOST_ERRORS: Final = 20
_BRACKET: Final = re.compile(r'"(?:[^"\\\n]|\\[^\n])*+"?|#[^\n]*|[\[({\])}]')


class BrokenFile(SpecError):
    """Syntax errors, with the tree of the declarations that have none (None where not all errors were looked for)."""

    def __init__(self, tree: nodes.File | None, *diagnostics: Diagnostic) -> None:
        super().__init__(*diagnostics)
        self.tree = tree


class _Parser:
    """The parser with the tree builder inside; comments are kept aside."""

    def __init__(self) -> None:
        self.build = Build()
        self.comments: list[Token] = []
        waiting = dict.fromkeys(("MINUS", "NOT", "POWER", "IF"), self.build.opens)
        self.parser = Parser(load(), self.build, {"COMMENT": self.comments.append, **waiting})

    def run(self, source: Source, text: str, start: str) -> Any:
        """The tree of ``text``, with places in ``source``.

        Raises:
            SpecError: numbers or texts are wrong.
            Unexpected: it isn't of the grammar.
        """
        self.build.begin(source)
        self.comments.clear()
        tree = self.parser.parse(text, start)
        if self.build.problems:
            raise BrokenFile(tree if isinstance(tree, nodes.File) else None, *self.build.problems)
        return tree


@cache
def _parser() -> _Parser:
    return _Parser()


def parse(source: Source, *, max_bytes: int = limits.SOURCE_BYTES) -> nodes.File:
    """The tree of a file.

    Raises:
        BrokenFile: with all syntax errors, and the tree of the declarations that have none.
        SpecError: the text is too large or nests too deep, or is of another version of the language.
    """
    size = len(source.text)
    if size > max_bytes or (4 * size > max_bytes and len(source.text.encode("utf-8", "replace")) > max_bytes):
        raise SpecError(Diagnostic(SOURCE_TOO_LARGE, f"the text is larger than {max_bytes:,} bytes", Span(source)))
    check_language(source)
    check_depth(source)
    try:
        tree: nodes.File = _parser().run(source, source.text, "start")
    except BrokenFile as error:
        raise _without_broken(error) from None
    except Unexpected as error:
        raise _Recovery(source).run(error) from None
    return replace(tree, comments=tuple(_comment(source, token) for token in _parser().comments))


class _Recovery:
    """Reads what can be read of a file with syntax errors."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.problems: list[Diagnostic] = []
        self.whole: list[nodes.Declaration] = []
        self.broken: list[Span] = []
        self._text = source.text

    def run(self, error: Exception) -> BrokenFile:
        """All errors of the file, whose first one is given."""
        text, begin, caught = self.source.text, 0, error
        while caught is not None and len(self.problems) < _MOST_ERRORS:
            begin = self._declaration(begin, caught)
            if begin >= len(text):
                return BrokenFile(self._tree(), *self.problems)
            caught = self._read(begin, len(text))
        return BrokenFile(self._tree() if caught is None else None, *self.problems)

    def _tree(self) -> nodes.File:
        names = tuple(nodes.Identifier(span=s, text=s.text) for s in self.broken)
        return nodes.File(span=Span(self.source), declarations=tuple(self.whole), comments=(), broken=names)

    def _read(self, begin: int, end: int) -> Exception | None:
        """Read the declarations between two places; the error where that fails."""
        self._text = _window(self.source.text, begin, end)
        try:
            tree: nodes.File = _parser().run(self.source, self._text, "start")
        except (SpecError, Unexpected) as error:
            return error
        self.whole += tree.declarations
        return None

    def _declaration(self, begin: int, error: Exception) -> int:
        """Deal with the declaration that an error is in; where the next one begins."""
        text = self.source.text
        starts = [begin, *(p for p in pieces(text, begin) if p > begin), len(text)]
        caught: Exception | None = error
        while caught is not None:
            place = max(self._place(caught), begin)
            index = max(i for i, start in enumerate(starts[:-1]) if start <= place)
            starts = starts[: index + 2]
            # Where the declaration before is not complete, it is found at the end of what stands before.
            caught = self._read(begin, starts[index]) if index else None
            if caught is not None:
                starts.pop()
        start, end = starts[-2:]
        self.broken += names_of(self.source, start, end)
        same = start == begin and end == len(text) and isinstance(error, Unexpected)
        self._repair(Repair(self.source, _window(text, start, end), start, end), error if same else None)
        return end

    def _place(self, error: Exception) -> int:
        if isinstance(error, Unexpected):
            return position(self._text, error)
        assert isinstance(error, SpecError)
        return error.diagnostics[0].span.start

    def _repair(self, repair: Repair, first: Exception | None) -> None:
        """Say everything that is wrong in one declaration; its first error is known where it was read alone."""
        if isinstance(first, Unexpected) and not self._one(repair, first):
            return
        while len(self.problems) < _MOST_ERRORS:
            try:
                _parser().run(self.source, repair.text, "start")
                return
            except SpecError as error:
                self.problems += error.diagnostics
                return
            except Unexpected as error:
                values = list(_parser().build.problems)
                if not self._one(repair, error):
                    self.problems += values
                    return

    def _one(self, repair: Repair, error: Unexpected) -> bool:
        """Say one error and take it out; whether there may be more."""
        at = position(repair.text, error)
        if early := repair.premature(at):
            self.problems.append(early)
            return True
        if not repair.seen(at):
            finding = self._explained(repair, error, at)
            # A keyword that is taken for a name is said once, not at each use of the name.
            if not (finding.message.endswith(AS_NAME) and self._is_said(finding.message, repair)):
                self.problems.append(finding)
        return repair.blank(at)

    def _is_said(self, message: str, repair: Repair) -> bool:
        return any(p.message == message and repair.begin <= p.span.start < repair.end for p in self.problems)

    def _explained(self, repair: Repair, error: Unexpected, at: int) -> Diagnostic:
        text = repair.text + self.source.text[repair.end :]
        is_end = at >= len(repair.text.rstrip())
        if is_end and (finding := repair.unclosed()):
            return finding
        if is_end and repair.end < len(self.source.text):
            try:  # what comes after it helps to explain it
                _parser().run(self.source, text, "start")
            except Unexpected as whole:
                return explain(self.source, text, whole)
            except SpecError:
                pass
        return explain(self.source, repair.text, error)


def _window(text: str, begin: int, end: int) -> str:
    """A part of a text; what stands before is blanked, not cut off, so that places stay right."""
    return " " * max(begin - 1, 0) + "\n" * (begin > 0) + text[begin:end]


def _without_broken(error: BrokenFile) -> BrokenFile:
    """The tree without the declarations in which values are wrong."""
    tree = error.tree
    if tree is None:
        return error
    places = [d.span.start for d in error.diagnostics]
    is_broken = [any(d.span.start <= p < d.span.end for p in places) for d in tree.declarations]
    broken = [d for d, wrong in zip(tree.declarations, is_broken, strict=True) if wrong]
    spans = [s for d in broken for s in names_of(d.span.source, d.span.start, d.span.end)]
    names = tuple(nodes.Identifier(span=s, text=s.text) for s in spans)
    whole = tuple(d for d, wrong in zip(tree.declarations, is_broken, strict=True) if not wrong)
    return BrokenFile(replace(tree, declarations=whole, broken=names), *error.diagnostics)


def parse_expression(source: Source) -> nodes.Expression:
    """The tree of a lone expression.

    Raises:
        SpecError: it isn't one.
    """
    check_depth(source)
    try:
        return _parser().run(source, source.text, "expression")
    except Unexpected as error:
        raise SpecError(explain(source, source.text, error)) from None


def _comment(source: Source, token: Token) -> nodes.Identifier:
    return nodes.Identifier(span=Span(source, token.start, token.end), text=token.text.rstrip())


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
