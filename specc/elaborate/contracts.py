"""What a definition demands of its callers by `assert`: where a call doesn't keep to it, the call is to blame."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from specc.diagnostics import Diagnostic, Related, SpecError
from specc.diagnostics.codes import ASSERTION
from specc.elaborate.frame import Frame
from specc.elaborate.values import Poisoned
from specc.source import Span


class Refused(Exception):
    """An `assert` that doesn't hold for the call that led to it."""

    def __init__(self, message: str, *related: Related) -> None:
        super().__init__(message)
        self.message, self.related = message, related


@contextmanager
def refusing(frame: Frame, span: Span) -> Generator[None]:
    """Blame the call at ``span`` for an `assert` that fails in what it calls.

    A call in an imported file passes the blame on to the call of the file that is compiled: there it can be mended.

    Raises:
        SpecError: an `assert` failed.
        Refused: the same, for the caller of the definition that ``span`` stands in.
        Poisoned: the same, in a definition whose own error is reported already.
    """
    try:
        yield
    except Refused as refused:
        if frame.elaborator.is_broken(frame):
            raise Poisoned from None
        if frame.calls and span.source is not frame.elaborator.program.source:
            raise Refused(refused.message, *refused.related, Related(span, "called here")) from None
        raise SpecError(Diagnostic(ASSERTION, refused.message, span, related=refused.related)) from None
