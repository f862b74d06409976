"""Leaves out rows that can't be used, where a spec allows it, and keeps account of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil
from typing import Any, Final, TypeVar

from specc.catalogue.objects.rules import Skip
from specc.data.findings import BadRows
from specc.data.raw import Raw
from specc.diagnostics import Diagnostic, SpecError
from specc.diagnostics.codes import TOO_MANY_BAD_ROWS
from specc.source import Span

T = TypeVar("T")

_SHOWN: Final = 5
"""How many of the rows that were left out are told one by one."""


@dataclass(frozen=True)
class Account:
    """What was done with the rows of a source: it is said in the log and kept in ``run.json``.

    Attributes:
        source: what messages call the source.
        rows: how many there were.
        skipped: how many were left out.
        first: the first of those, with file and line.
        rules: what was read as what, a line for each.
        sample: whether only some of the rows were looked at.
    """

    source: str = ""
    rows: int = 0
    skipped: int = 0
    first: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    sample: bool = False

    def lines(self) -> list[str]:
        """A line for each thing that was done."""
        if not self.skipped:
            return [*self.rules]
        more = "; …" if self.skipped > len(self.first) else ""
        share = percent(self.skipped / self.rows)
        return [
            f"skipped {self.skipped} of {self.rows} rows of `{self.source}` ({share}): {'; '.join(self.first)}{more}",
            *self.rules,
        ]

    def found(self) -> list[str]:
        """The lines for who only looked at the data."""
        what = f"looked at {'the first or some' if self.sample else 'all'} {self.rows:,} examples of `{self.source}`"
        return [what, *self.lines()]

    def record(self) -> dict[str, Any]:
        """The same as plain data."""
        return {
            "source": self.source,
            "rows": self.rows,
            "skipped": self.skipped,
            "first_skipped": list(self.first),
            "rules": list(self.rules),
        }


@dataclass
class Skipping:
    """Makes something of the rows that can be used.

    Attributes:
        rule: what the spec says about bad rows: nothing may be left out without a `Skip`.
        place: where it says so.
    """

    rule: Any
    place: Span
    _findings: list[Diagnostic] = field(default_factory=list[Diagnostic])

    def usable(self, raw: Raw, make: Callable[[Raw], T]) -> tuple[T, Account]:
        """What is made of a source, without the rows that `make` finds bad, and the account of it.

        Raises:
            SpecError: rows are bad and none may be left out, or they are too many; or what ``make`` raises.
        """
        total = raw.size
        if raw.bad is not None:
            total += len(raw.bad.rows)
            self._leave_out(raw.bad)
        while raw.size or not total:
            try:
                made = make(raw)
            except BadRows as error:
                self._leave_out(error)
                raw = raw.without(error.rows)
            except SpecError:
                self._require_few(total - raw.size, total, raw)
                raise
            else:
                self._require_few(total - raw.size, total, raw)
                first = tuple(f"{d.span}: {d.message}" for d in self._findings[:_SHOWN])
                return made, Account(raw.title, total, total - raw.size, first)
        raise SpecError(self._too_many(total, total, raw), *self._findings[:_SHOWN])

    def _leave_out(self, error: BadRows) -> None:
        if not isinstance(self.rule, Skip):
            raise error
        self._findings = sorted((*self._findings, *error.diagnostics), key=_in_order)

    def _require_few(self, count: int, total: int, raw: Raw) -> None:
        if count and isinstance(self.rule, Skip) and count / total > self.rule.max:
            raise SpecError(self._too_many(count, total, raw), *self._findings[:_SHOWN])

    def _too_many(self, count: int, total: int, raw: Raw) -> Diagnostic:
        allowed = getattr(self.rule, "max", 0.0)
        message = f"{count} of {total} rows of `{raw.title}` can't be used ({percent(count / total)}), "
        return Diagnostic(
            TOO_MANY_BAD_ROWS,
            f"{message}at most {percent(allowed)} may be left out",
            self.place,
            help=(f"correct the rows, or raise `max`: `Skip(max={_rounded_up(count / total)})`",),
        )


def _in_order(finding: Diagnostic) -> tuple[str, int, int]:
    return finding.span.source.name, *finding.span.position


def percent(share: float) -> str:
    """``3.3 %``"""
    return f"{100 * share:.3g} %"


def _rounded_up(share: float) -> str:
    return f"{min(ceil(100 * share) / 100, 0.99):g}"
