"""The left edge of a rendered diagnostic: line numbers, bars and the marks of notes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from specc.diagnostics.render.ansi import Paint, Style
from specc.diagnostics.render.text import wrap


@dataclass(frozen=True, slots=True)
class Gutter:
    """Puts the left edge before lines; ``digits`` is the width of the largest line number shown."""

    digits: int
    width: int
    paint: Paint

    @property
    def room(self) -> int:
        """Cells that are left for text behind ``NN | ``."""
        return self.width - self.digits - 3

    def arrow(self, sign: str, place: str) -> str:
        """``  --> path:line:column``"""
        return f"{' ' * self.digits}{self.paint(sign, Style.FRAME)} {place}"

    def bar(self, number: int | None = None, text: str = "") -> str:
        """``12 | text``, or only the bar where there is no line number."""
        label = "" if number is None else str(number)
        return f"{self.paint(f'{label:>{self.digits}} |', Style.FRAME)} {text}".rstrip(" ")

    def note(self, title: str, message: str, style: Style = Style.BOLD) -> Iterator[str]:
        """``   = title: message``, wrapped, its further lines aligned under the message."""
        edge = " " * (self.digits + 1)
        indent = len(edge) + 2 + len(title) + 2
        first, *rest = wrap(message, self.width - indent)
        yield f"{edge}{self.paint('=', Style.FRAME)} {self.paint(title, style)}: {first}"
        for line in rest:
            yield f"{' ' * indent}{line}".rstrip(" ")
