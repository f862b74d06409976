"""Goes on after syntax errors: one wrong statement hides no other, and is itself said once.

A file is taken apart at its declarations. In one that has an error, the statement at the error is blanked and the
declaration read again, so that places stay right; where a statement ends is told by line starts and indentation.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from specc.diagnostics import Diagnostic, Related
from specc.diagnostics.codes import SYNTAX
from specc.source import Source, Span

_DECLARATION: Final = re.compile(
    r"^(?:(?:from|version)\s+\"|(?:block|model|data|train|ensemble|tune|export)\s+[A-Za-z_]|test\s+\")", re.MULTILINE
)
_NAMED: Final = re.compile(r"(?:block|model|data|ensemble)\s+([A-Za-z_]\w*)")
_IMPORTED: Final = re.compile(r"from\b[^\n]*?\bimport\b(.*)", re.DOTALL)
_STATEMENT: Final = re.compile(
    r"[ \t]*(?:(?:input|output)\s+[A-Za-z_]|(?:for|if|assert)\b|\}"
    r"|(?!(?:in|and|or|not|then|else|true|false|none)\b)[A-Za-z_]\w*(?:[ \t]*,[ \t]*[A-Za-z_]\w*)*[ \t]*=(?!=))"
)
_SIGN: Final = re.compile(r'"(?:[^"\\\n]|\\[^\n])*+"?|#[^\n]*|[\[({\])}]')
_PAIRS: Final = {")": "(", "]": "[", "}": "{"}
_LARGEST: Final = 100_000
"""Characters of a declaration in which single statements are told apart."""


def pieces(text: str, begin: int) -> list[int]:
    """Where declarations begin, from ``begin`` on."""
    return [m.start() for m in _DECLARATION.finditer(text, begin)]


def names_of(source: Source, begin: int, end: int) -> list[Span]:
    """The names that a broken declaration would have bound."""
    if match := _NAMED.match(source.text, begin, end):
        return [Span(source, match.start(1), match.end(1))]
    if match := _IMPORTED.match(source.text, begin, end):
        # All names may be meant by a star.
        names = re.finditer(r"[A-Za-z_]\w*|\*", match.group(1))
        return [Span(source, match.start(1) + n.start(), match.start(1) + n.end()) for n in names]
    return []


class _Open(NamedTuple):
    sign: str
    at: int


def open_brackets(text: str, begin: int, end: int) -> list[_Open]:
    """The brackets that are open at ``end``, outermost first."""
    stack: list[_Open] = []
    for match in _SIGN.finditer(text, begin, end):
        sign = match.group()
        if sign in ("(", "[", "{"):
            stack.append(_Open(sign, match.start()))
        elif sign in _PAIRS and stack and stack[-1].sign == _PAIRS[sign]:
            stack.pop()
    return stack


@dataclass
class Repair:
    """One broken declaration, from ``begin`` to ``end`` of ``text``: what is wrong is blanked, piece by piece."""

    source: Source
    text: str
    begin: int
    end: int
    _blanked: set[int] = field(default_factory=set[int])

    def seen(self, at: int) -> bool:
        """Whether something was said about the line of a place."""
        return self._line(at) in self._blanked

    def premature(self, at: int) -> Diagnostic | None:
        """The finding that a brace ends the declaration too early, for an error at ``at``. The brace is blanked."""
        line = self._line(at)
        indent = self._indent(line)
        if open_brackets(self.text, self.begin, at) or not indent or not _STATEMENT.match(self.text, line):
            return None
        brace = self.text.rfind("}", self.begin, at)
        if brace < 0 or not self._indent(self._line(brace)):
            return None
        self.text = self.text[:brace] + " " + self.text[brace + 1 :]
        related = (Related(Span(self.source, at, at + 1), "this comes after it"),)
        message = "this `}` ends the declaration too early"
        return Diagnostic(SYNTAX, message, Span(self.source, brace, brace + 1), related=related)

    def unclosed(self) -> Diagnostic | None:
        """The finding that a brace has no end, where indentation tells which one."""
        if self.end - self.begin > _LARGEST:
            return None
        stack: list[tuple[int, int]] = []
        line = self._line(self.begin)
        while line < self.end:
            text = self.source.text[line : self._next(line)]
            inside = [o for o in open_brackets(self.source.text, line, line + len(text)) if o.sign == "{"]
            closes = len(re.match(r"[\s}]*", text).group().strip())  # type: ignore[union-attr]  # matches nothing, too
            if stack and text.strip() and not text.lstrip().startswith(("#", ")", "]")):
                at, indent = stack[-1]
                if self._indent(line) < indent or (self._indent(line) == indent and not closes):
                    related = (Related(Span(self.source, line, line + len(text.rstrip())), "this is outside of it"),)
                    brace = Span(self.source, at, at + 1)
                    return Diagnostic(SYNTAX, "`{` is never closed", brace, expected="`}`", related=related)
            surplus = sum((m.group() == "}") - (m.group() == "{") for m in _SIGN.finditer(text)) + len(inside)
            del stack[len(stack) - max(0, surplus) :]
            stack += [(o.at, self._indent(line)) for o in inside]
            line = self._next(line)
        return None

    def blank(self, at: int) -> bool:
        """Take out the statement that an error at ``at`` is about; False where nothing more can be told apart."""
        if self.end - self.begin > _LARGEST or at >= len(self.text[: self.end].rstrip()):
            return False
        if re.match(r"(?:block|model|test|train|ensemble|tune|export)\b[^{=]*\n[^{=]*$", self.text[self.begin : at]):
            return False  # a declaration without a body: what follows may be meant for one
        line = self._statement(at)
        if line == self._line(self.begin):
            return self._blank_header(line)
        self._blanked |= {line, self._line(at)}
        start = line + re.match(r"[ \t]*\}?", self.text[line:]).end()  # type: ignore[union-attr]  # matches nothing, too
        before = self.text
        self._replace(start, self._region_end(line))
        return self.text != before

    # ── Lines ────────────────────────────────────────────────────────────────────────────────────

    def _line(self, at: int) -> int:
        return self.text.rfind("\n", 0, at) + 1

    def _next(self, line: int) -> int:
        at = self.text.find("\n", line, self.end)
        return self.end if at < 0 else at + 1

    def _indent(self, line: int) -> int:
        return len(self.source.text[line : self.end]) - len(self.source.text[line : self.end].lstrip(" \t"))

    def _statement(self, at: int) -> int:
        """The line at which the statement begins that an error is about."""
        line = self._line(at)
        begins = _STATEMENT.match(self.text, line)
        if begins and at <= begins.end() and line not in self._blanked:
            # What stands before is not complete, unless it was blanked already.
            before = self._before(line)
            if before > self._line(self.begin) and before not in self._blanked and not self._is_whole(before, line):
                return before
        if self._begins(line) or self._stands_alone(line):
            return line
        return self._before(line)

    def _stands_alone(self, line: int) -> bool:
        """Whether a line that begins no statement isn't a part of the one before it either."""
        before = self._before(line)
        if open_brackets(self.text, before, line)[-1:] and open_brackets(self.text, before, line)[-1].sign in "([":
            return False
        if before <= self._line(self.begin) or self._opens(before, line):
            return True
        return self._indent(line) <= self._indent(before)

    def _before(self, line: int) -> int:
        """The line before, blank ones skipped, at which a statement begins."""
        while line > self.begin:
            line = self._line(line - 1)
            if self._begins(line):
                return line
        return line

    def _begins(self, line: int) -> bool:
        inside = open_brackets(self.text, self.begin, line)
        return bool(_STATEMENT.match(self.text, line)) and not (inside and inside[-1].sign in "([")

    def _is_whole(self, line: int, end: int) -> bool:
        """Whether a statement can't be the one that goes wrong at its end."""
        text = re.sub(r"#[^\n]*", "", self.text[line:end]).rstrip()
        return text.endswith(("}", "{"))

    def _region_end(self, line: int) -> int:
        """Where a statement ends: at the next line that is not indented deeper and closes no bracket of it."""
        indent, at = self._indent(line), self._next(line)
        if self._opens(line, at):
            return at
        while at < self.end:
            rest = self.text[at : self._next(at)].strip()
            if rest and self._indent(at) <= indent and not rest.startswith((")", "]", "->")):
                return at
            at = self._next(at)
        return at

    def _opens(self, start: int, end: int) -> bool:
        """Whether the text between opens a body that it doesn't close."""
        return any(o.sign == "{" for o in open_brackets(self.text, start, end))

    # ── Blanking ─────────────────────────────────────────────────────────────────────────────────

    def _blank_header(self, line: int) -> bool:
        end = self._next(line)
        brace = self.text.rfind("{", line, end)
        if line in self._blanked or brace < 0 or not self._opens(line, end):
            return False
        self._blanked.add(line)
        head = "tune a{" if self._is_section else "block a{"
        if brace + 1 - line < len(head):
            return False
        self.text = self.text[:line] + head.rjust(brace + 1 - line) + self.text[brace + 1 :]
        return True

    @property
    def _is_section(self) -> bool:
        return self.source.text.startswith(("train", "ensemble", "tune", "export"), self.begin)

    def _replace(self, start: int, end: int) -> None:
        """Blank a region but for line breaks and the braces that other lines need."""
        kept = list(re.sub(r"[^\n]", " ", self.text[start:end]))
        closing = self._surplus(start, end)
        for at in closing:
            kept[at - start] = "}"
        head = "a={" if self._is_section else "if 0{"
        brace = self.text.rfind("{", start, end) - start
        if not closing and self._opens(start, end) and brace + 1 >= len(head):
            kept[brace + 1 - len(head) : brace + 1] = head
        self.text = self.text[:start] + "".join(kept) + self.text[end:]

    def _surplus(self, start: int, end: int) -> list[int]:
        """The braces in a region that close what was opened before it."""
        depth, found = 0, list[int]()
        for match in _SIGN.finditer(self.text, start, end):
            depth += (match.group() == "{") - (match.group() == "}")
            if depth < 0:
                found.append(match.start())
                depth = 0
        return found
