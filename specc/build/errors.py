"""Diagnostics as exceptions of a Python program: what is raised shows the finding as the command line would."""

from __future__ import annotations

import re
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from specc import limits
from specc.diagnostics import Diagnostic, Related, SpecError
from specc.diagnostics.codes import TOO_MANY_LAYERS
from specc.elaborate.values import Poisoned
from specc.source import Span

_CODE: Final = re.compile(r"`[^`]+`")
_NAMED: Final = re.compile(r"(?<=\w)=([a-z_]+)\b(?![(.])")
_CONSTANTS: Final = {"true": "True", "false": "False", "none": "None"}


class BuildError(SpecError):
    """A finding in a program that builds models; its text is the finding with the line that it is about."""

    def __reduce__(self) -> tuple[type[BuildError], tuple[Diagnostic, ...]]:
        return BuildError, tuple(self.diagnostics)  # such as from one process to another

    def __str__(self) -> str:
        from specc.diagnostics.render import render

        return "\n" + render(self.diagnostics, "full").rstrip()


BuildError.__module__ = "specc.build"


@contextmanager
def raising(span: Span) -> Generator[None]:
    """Raise what goes wrong at ``span`` as a `BuildError`, in the words of Python."""
    try:
        yield
    except BuildError:
        raise
    except SpecError as error:
        raise BuildError(*map(in_python, error.diagnostics)) from None
    except Poisoned:
        message = f"with this, the model has more than {limits.EXPANDED_LAYERS:,} layers"
        raise BuildError(Diagnostic(TOO_MANY_LAYERS, message, span, help=("repeat less",))) from None


def called_here(error: BuildError, span: Span) -> BuildError:
    """The error with the place of a call that led to it."""
    return BuildError(*(_called_here(d, Related(span, "called here")) for d in error.diagnostics))


def _called_here(found: Diagnostic, call: Related) -> Diagnostic:
    """A finding with a call; one in a block that applies itself is told once."""
    return found if call in found.related[-1:] else replace(found, related=(*found.related, call))


def in_python(found: Diagnostic) -> Diagnostic:
    """A finding in the words of Python: layers are applied with ``>>``, words are texts."""
    return replace(
        found,
        message=_worded(found.message),
        label=_worded(found.label),
        help=tuple(map(_worded, found.help)),
    )


def _worded(text: str) -> str:
    return _CODE.sub(lambda code: _python(code[0]), text)


def _python(code: str) -> str:
    named = _NAMED.sub(lambda m: f"={_CONSTANTS.get(m[1], repr(m[1]))}".replace("'", '"'), code)
    return named.replace("->", ">>")
