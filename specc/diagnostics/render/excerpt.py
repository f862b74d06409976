"""The part of a source line that fits the terminal."""

from __future__ import annotations

from dataclasses import dataclass

from specc.diagnostics.render.text import cells, expand

ELLIPSIS = "…"
_LOOKAROUND = 8
"""Characters looked at per cell to fill, so that a megabyte of combining marks costs nothing."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The characters ``[start, end)`` (from 0) of a source line that are shown."""

    text: str
    start: int
    end: int

    def shows(self, character: int) -> bool:
        """True when this character of the line, or the end of the line, is in the excerpt."""
        return self.start <= character < self.end or character == self.end == len(self.text)

    def cell(self, character: int) -> int:
        """The cell (from 0) at which a character of the line is shown."""
        shown = self.text[self.start : min(character, self.end)]
        return (self.start > 0) + cells(_expanded(shown))

    def __str__(self) -> str:
        left = ELLIPSIS if self.start > 0 else ""
        right = ELLIPSIS if self.end < len(self.text) else ""
        return f"{left}{_expanded(self.text[self.start : self.end])}{right}"


def crop(text: str, start: int, end: int, room: int) -> Excerpt:
    """The excerpt of at most ``room`` cells that shows the characters ``[start, end)`` and what is around.

    When even those do not fit, it shows as many of them as do, from ``start`` on.
    """
    if len(text) <= _LOOKAROUND * room and cells(_expanded(text)) < room:
        return Excerpt(text, 0, len(text))
    room -= 3  # an ellipsis on each side, and a caret behind the end of the line
    right, room = _grow(text, start, end, room)
    left, rest = _grow(text, start, 0, room // 2)
    right, room = _grow(text, right, len(text), room - room // 2 + rest)
    left, _ = _grow(text, left, 0, room)
    return Excerpt(text, left, right)


def _grow(text: str, at: int, limit: int, room: int) -> tuple[int, int]:
    """Move from ``at`` towards ``limit`` while characters fit; where that ends, and the room left."""
    step = 1 if limit > at else -1
    for _ in range(min(abs(limit - at), _LOOKAROUND * room)):
        size = cells(expand(text[at if step > 0 else at - 1]))
        if size > room:
            break
        at, room = at + step, room - size
    return at, room


def _expanded(text: str) -> str:
    return "".join(map(expand, text))
