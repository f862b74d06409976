"""Text as a terminal shows it: nothing invisible, measured in cells, wrapped at spaces."""

from __future__ import annotations

import re
from functools import lru_cache
from unicodedata import category, east_asian_width

TAB = "    "
_NAMED = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}


@lru_cache(maxsize=4096)
def _visible_character(character: str) -> str:
    if character.isprintable():
        return character
    return _NAMED.get(character) or f"\\u{{{ord(character):x}}}"


@lru_cache(maxsize=4096)
def _character_cells(character: str) -> int:
    if category(character) in ("Mn", "Me") or "\u1160" <= character <= "\u11ff":
        return 0
    return 2 if east_asian_width(character) in "WF" else 1


def visible(text: str) -> str:
    r"""The text with everything escaped that a terminal would obey or hide.

    That is what Python calls not printable: control and bidirectional characters, line separators,
    unusual spaces, lone surrogates. U+202E is shown as ``\u{202e}``.
    """
    return text if text.isprintable() else "".join(map(_visible_character, text))


def one_line(text: str) -> str:
    """The visible text with its line breaks folded into single spaces."""
    return visible(re.sub(r"\s*[\r\n]\s*", " ", text.strip()).replace("\t", " "))


def cells(text: str) -> int:
    """How many terminal cells a visible text takes."""
    return len(text) if text.isascii() else sum(map(_character_cells, text))


def expand(character: str) -> str:
    """One character of a source line as it is shown there: tabs are spaces, the invisible is escaped."""
    return TAB if character == "\t" else _visible_character(character)


def wrap(text: str, width: int, first: int = 0) -> list[str]:
    """Break a message into visible lines of at most ``width`` cells, the first one shorter by ``first``.

    Line breaks of the message are kept. A word that is wider than the line is not broken: it may be a
    path that someone wants to copy.
    """
    lines: list[str] = []
    for paragraph in re.split(r"\r?\n", text.strip()):
        room = width - (0 if lines else first)
        lines += _wrap_paragraph(visible(paragraph.replace("\t", TAB)), room, width)
    return lines


def _wrap_paragraph(text: str, room: int, width: int) -> list[str]:
    lines, line, used = list[str](), "", 0
    for word in re.findall(r" *[^ ]+", text):
        size = cells(word)
        if line and used + size > room:
            lines.append(line)
            word, room, line = word.lstrip(" "), width, ""
            size, used = cells(word), 0
        line, used = line + word, used + size
    return [*lines, line]
