"""Colour for terminals, in the few styles that diagnostics need."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Style(StrEnum):
    """ANSI "select graphic rendition" parameters."""

    ERROR = "1;31"
    WARNING = "1;33"
    FRAME = "1;34"
    HELP = "1;36"
    BOLD = "1"


@dataclass(frozen=True, slots=True)
class Paint:
    """Colours text when ``enabled``, else returns it as it is."""

    enabled: bool

    def __call__(self, text: str, style: Style) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if self.enabled and text else text
