"""Applies the fixes that diagnostics carry to a text."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from specc.diagnostics.diagnostic import Diagnostic, Fix, Report
from specc.source import Source

_ROUNDS = 40
"""Most times that what a fix uncovers is fixed, too."""


def apply(source: Source, fixes: Iterable[Fix]) -> str:
    """The text of a source with its fixes applied, the first of those that overlap."""
    parts: list[str] = []
    at = 0
    for fix in sorted(fixes, key=lambda f: (f.span.start, f.span.end)):
        if fix.span.start < at:
            continue
        parts += [source.text[at : fix.span.start], fix.replacement]
        at = fix.span.end
    return "".join([*parts, source.text[at:]])


def mend(source: Source, check: Callable[[Source], Report]) -> tuple[Source, Report, int]:
    """The source with everything mended that can be, what is left to say of it, and how many problems went away.

    Fixes of other files (what a spec imports) are left alone. A round after which one of its findings is still there
    is undone. Others may come up: an error hides what hangs on it.
    """
    report, mended = check(source), 0
    for _ in range(_ROUNDS):
        fixable = [d for d in report if _is_own(d, source)]
        changed = Source(source.name, apply(source, (d.fix for d in fixable if d.fix)), source.path)
        if changed.text == source.text:
            break
        after = check(changed)
        if {(d.code, d.message) for d in fixable} & {(d.code, d.message) for d in after if _is_own(d, changed)}:
            break
        source, report, mended = changed, after, mended + len(fixable)
    return source, report, mended


def _is_own(diagnostic: Diagnostic, source: Source) -> bool:
    return diagnostic.fix is not None and diagnostic.fix.span.source is source
