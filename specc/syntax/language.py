"""The version of the language, the steps from one to the next, and versions of files."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from specc.diagnostics import Diagnostic, Related, SpecError
from specc.diagnostics.codes import BAD_VERSION, DUPLICATE_NAME, LANGUAGE_VERSION
from specc.source import Source, Span
from specc.syntax import nodes


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

RESERVED: Final = ("and", "else", "false", "for", "if", "in", "none", "not", "or", "then", "true")
"""The words of the language that are never names."""

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


def bad_version(text: nodes.String, expected: str) -> Diagnostic:
    """The finding that a text is no version of a file."""
    message = f'"{text.value[:40]}" is no version of a file'
    return Diagnostic(BAD_VERSION, message, text.span, expected=expected, help=('write `version "1.2.0"`',))


def version_problems(versions: Sequence[nodes.Version]) -> list[Diagnostic]:
    """What is wrong with the versions that a file gives itself: it has at most one, of three numbers."""
    problems = [bad_version(v.text, "three numbers") for v in versions if len(v.parts) != 3]
    for other in versions[1:]:
        first = Related(versions[0].span, "the first one")
        message = "the version of the file is given twice"
        problems.append(Diagnostic(DUPLICATE_NAME, message, other.span, related=(first,)))
    return problems
