"""Diagnostics as data: what went wrong, where, and the way out. Rendering lives elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher, get_close_matches
from typing import Final

from specc.diagnostics.codes import Code, Severity
from specc.source import Span


@dataclass(frozen=True, slots=True)
class Related:
    """Another place that explains the diagnostic ("this `T` comes from here")."""

    span: Span
    message: str


@dataclass(frozen=True, slots=True)
class Fix:
    """A replacement of the text of ``span`` that mends the problem without changing any other meaning."""

    span: Span
    replacement: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding.

    Attributes:
        code: the catalogue entry, see ``specc explain CODE``.
        message: one sentence without a final period.
        span: the place the finding is about.
        label: a few words shown under the carets.
        expected, found: what was wanted and what was there, when both can be said.
        related: other places that explain it, in reading order.
        help: ways out, one sentence each.
        fix: an edit that mends it, if one is certain; a misspelt name has the suggestion of its help.
        pointer: JSON pointer of the place, for JSON input.
    """

    code: Code
    message: str
    span: Span
    label: str = ""
    expected: str | None = None
    found: str | None = None
    related: tuple[Related, ...] = ()
    help: tuple[str, ...] = ()
    fix: Fix | None = None
    pointer: str | None = None

    def __post_init__(self) -> None:
        if self.fix is None and (fix := _suggested(self.help, self.span)):
            object.__setattr__(self, "fix", fix)

    @property
    def severity(self) -> Severity:
        return self.code.severity

    @property
    def sort_key(self) -> tuple[str, int, int, str, str]:
        return (self.span.source.name, self.span.start, self.span.end, self.code.id, self.message)


class SpecError(Exception):
    """Stops the work on one construct; carries the diagnostics that say why."""

    def __init__(self, *diagnostics: Diagnostic) -> None:
        super().__init__("; ".join(d.message for d in diagnostics))
        self.diagnostics = diagnostics


@dataclass
class Report:
    """Collects diagnostics; iterates in file order, each finding once."""

    _items: list[Diagnostic] = field(default_factory=list[Diagnostic])

    def add(self, *diagnostics: Diagnostic) -> None:
        self._items.extend(diagnostics)

    def extend(self, diagnostics: Iterable[Diagnostic]) -> None:
        self._items.extend(diagnostics)

    def __iter__(self) -> Iterator[Diagnostic]:
        unique = {d.sort_key: d for d in reversed(self._items)}
        return iter(sorted(unique.values(), key=lambda d: d.sort_key))

    def __len__(self) -> int:
        return len({d.sort_key for d in self._items})

    @property
    def errors(self) -> list[Diagnostic]:
        return [d for d in self if d.severity is Severity.ERROR]

    @property
    def ok(self) -> bool:
        """True when there is no error (warnings may be present)."""
        return not any(d.severity is Severity.ERROR for d in self._items)

    def raise_if_errors(self) -> None:
        """Raise `SpecError` with all errors, if there are any."""
        if errors := self.errors:
            raise SpecError(*errors)


_SUGGESTION: Final = re.compile(r"did you mean `(?P<name>[^`]+)`\?")
"""What `did_you_mean` writes."""

_SURE: Final = 0.75
"""How alike a name and its suggestion are where one is meant as the other without doubt."""


def _suggested(help: tuple[str, ...], span: Span) -> Fix | None:
    """The suggestion of a help line as an edit, where the place is just a name, or just a text."""
    found = next((m["name"] for line in help if (m := _SUGGESTION.fullmatch(line))), None)
    if found is None:
        return None
    text = span.text
    name = text[1:-1] if text[:1] == text[-1:] and text[:1] in ("'", '"') else text
    if not re.fullmatch(r"\w+", name) or SequenceMatcher(None, name.casefold(), found.casefold()).ratio() < _SURE:
        return None
    return Fix(span, f'"{found}"' if name != text else found)


def did_you_mean(name: str, known: Iterable[str]) -> tuple[str, ...]:
    """A help line that suggests the closest known name, or nothing when none is close."""
    best = closest(name, known)
    return (f"did you mean `{best}`?",) if best else ()


def closest(name: str, known: Iterable[str]) -> str | None:
    """The known name that ``name`` is most likely a misspelling of."""
    folded = name.casefold()
    candidates = {k.casefold(): k for k in sorted(known, reverse=True)}
    letters = set(folded)
    sharing = [k for k in candidates if not letters.isdisjoint(k)]  # comparing takes far longer
    matches = get_close_matches(folded, sharing, n=3, cutoff=0.6)
    # Letters in the wrong order are likelier than missing ones: `Adma` is `Adam`, not `Adamax`.
    matches.sort(key=lambda match: sorted(match) != sorted(folded))
    return candidates[matches[0]] if matches else None
