"""The version of the language, the steps from one to the next, and versions of files."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from specc.diagnostics import Diagnostic, SpecError
from specc.diagnostics.codes import LANGUAGE_VERSION
from specc.source import Source, Span


class Step(NamedTuple):
    """How a file becomes one of the next version; the version that it names itself is changed for it."""

    text: Callable[[str], str]
    json: Callable[[dict[str, Any]], dict[str, Any]]


STEPS: Final[Mapping[int, Step]] = {}
"""By the version that a step begins from. An entry added here is all that makes the next version the current one."""

CURRENT: Final = max(STEPS, default=0) + 1
"""The version of the language and of its JSON form that this compiler reads."""

UNMARKED: Final = 1
"""The version of a file that names none."""

HEADER: Final = re.compile(r"(?:\s|#[^\n]*\n)*specc\s+(?P<version>[0-9][0-9A-Za-z_.]*)")
"""What a text begins with that names its version; comments may stand before."""

_NUMBERS: Final = re.compile(r"(?:0|[1-9][0-9]{0,8})(?:\.(?:0|[1-9][0-9]{0,8})){0,2}")


def check_language(source: Source) -> None:
    """Refuse a text of another version before anything else in it is read.

    Raises:
        SpecError: this compiler doesn't know the version that the text names.
    """
    match = HEADER.match(source.text)
    if match and match["version"] != str(CURRENT):
        raise SpecError(wrong_version(match["version"], Span(source, *match.span("version"))))


def wrong_version(found: object, span: Span, pointer: str | None = None) -> Diagnostic:
    """The finding that a file is written for another version."""
    text = str(found)[:40]
    number = int(text) if text.isdecimal() else 0
    hint = _NEWER if number > CURRENT else _OLDER if number in STEPS else f"there is none; write {CURRENT}"
    return Diagnostic(
        LANGUAGE_VERSION,
        f"this file is of version {text} of the language, this specc reads version {CURRENT}",
        span,
        help=(hint,),
        pointer=pointer,
    )


_OLDER: Final = "`specc migrate FILE` brings a file to this version"
_NEWER: Final = "a newer specc may read it; `specc migrate` brings older files forward, never newer ones back"


def numbers(text: str) -> tuple[int, ...] | None:
    """The one to three numbers of a version, or None when it isn't one."""
    return tuple(map(int, text.split("."))) if _NUMBERS.fullmatch(text) else None
