"""What the readers of data have in common: how findings are made, and how many are told at once."""

from __future__ import annotations

from collections.abc import Iterable

from specc.diagnostics import Diagnostic, Related, SpecError
from specc.diagnostics.codes import BAD_CELL, BAD_DATA_FILE
from specc.source import Span

MOST_FINDINGS = 20
"""More findings than this help nobody."""


def bad_file(message: str, span: Span, place: Span | None, help: Iterable[str] = ()) -> Diagnostic:
    """A finding about a whole file, or about a line that no cell of it can be blamed for."""
    return Diagnostic(BAD_DATA_FILE, message, span, related=read_for(place), help=tuple(help))


def bad_cell(message: str, span: Span, place: Span | None, help: Iterable[str] = ()) -> Diagnostic:
    """A finding about one value."""
    return Diagnostic(BAD_CELL, message, span, related=read_for(place), help=tuple(help))


def read_for(place: Span | None) -> tuple[Related, ...]:
    """The place in the spec that made us read a file."""
    return (Related(place, "read for this"),) if place else ()


def raise_some(findings: Iterable[Diagnostic]) -> None:
    """Raise the first findings, if there are any.

    Raises:
        SpecError: with at most `MOST_FINDINGS` of them.
    """
    some = tuple(findings)[:MOST_FINDINGS]
    if some:
        raise SpecError(*some)


class BadRows(SpecError):
    """Some rows can't be used.

    Attributes:
        rows: their positions among those that were looked at.
    """

    def __init__(self, rows: Iterable[int], *diagnostics: Diagnostic) -> None:
        super().__init__(*diagnostics[:MOST_FINDINGS])
        self.rows = frozenset(rows)


def raise_all(errors: Iterable[SpecError]) -> None:
    """Raise what several steps found as one, if there is anything: as `BadRows` where it is about nothing but rows.

    Raises:
        SpecError: with the first findings of each.
    """
    found = list(errors)
    diagnostics = [d for error in found for d in error.diagnostics]
    rows = [error.rows for error in found if isinstance(error, BadRows)]
    if found and len(rows) == len(found):
        raise BadRows(frozenset().union(*rows), *diagnostics)
    raise_some(diagnostics)


def reason(error: BaseException) -> str:
    """One line that says why a library gave up."""
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
