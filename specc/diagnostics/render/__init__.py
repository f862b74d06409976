"""Renderers: the same diagnostics for a terminal, for `grep`, for programs, for GitHub and for what reads SARIF.

None of them sends a control or bidirectional character of a source or a message to the terminal.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from specc.diagnostics.codes import Severity
from specc.diagnostics.diagnostic import Diagnostic
from specc.diagnostics.render.as_json import as_json
from specc.diagnostics.render.concise import concise
from specc.diagnostics.render.full import full
from specc.diagnostics.render.github import github

__all__ = ["OutputFormat", "render", "summary"]


class OutputFormat(StrEnum):
    """The forms that a report can be printed in."""

    FULL = "full"
    CONCISE = "concise"
    JSON = "json"
    GITHUB = "github"
    SARIF = "sarif"


def render(report: Iterable[Diagnostic], format: OutputFormat | str, *, color: bool = False, width: int = 100) -> str:
    """The report as text that ends with a line break; empty for no diagnostics (but ``[]`` as JSON, a log as SARIF).

    Args:
        report: the diagnostics, in the order to show them.
        format: an `OutputFormat` or its value.
        color: use ANSI colours (``full`` and ``concise`` only).
        width: cells per line of the terminal (``full`` only); below 40 it counts as 40.
    """
    match OutputFormat(format):
        case OutputFormat.FULL:
            return full(report, color=color, width=width)
        case OutputFormat.CONCISE:
            return concise(report, color=color)
        case OutputFormat.JSON:
            return as_json(report)
        case OutputFormat.GITHUB:
            return github(report)
        case OutputFormat.SARIF:
            from specc.diagnostics.render.sarif import sarif  # with the pages, which the others don't need

            return sarif(report)


def summary(report: Iterable[Diagnostic]) -> str:
    """``Found 2 errors and 1 warning in 2 files.``"""
    diagnostics = list(report)
    if not diagnostics:
        return "Found no problems."
    errors = sum(d.severity is Severity.ERROR for d in diagnostics)
    warnings = len(diagnostics) - errors
    files = len({d.span.source.name for d in diagnostics})
    kinds = [_count(errors, "error")] * (errors > 0) + [_count(warnings, "warning")] * (warnings > 0)
    return f"Found {' and '.join(kinds)} in {_count(files, 'file')}."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
