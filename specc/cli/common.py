"""What the commands share: options, reading, printing findings, exit codes."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Sequence
from enum import IntEnum
from typing import Any, Final, TextIO, TypeAlias, TypeVar

import click

from specc.compiler import Compilation
from specc.diagnostics import Diagnostic, SpecError
from specc.diagnostics.render import OutputFormat, render, summary
from specc.limits import SOURCE_BYTES
from specc.syntax.read import read


class Exit(IntEnum):
    """Exit codes of the command line."""

    OK = 0
    FINDINGS = 1
    USAGE = 2
    INTERNAL = 3


F = TypeVar("F", bound=Callable[..., Any])
Decorator: TypeAlias = Callable[[F], F]

FILE: Final[Decorator[Any]] = click.argument("file", metavar="FILE")
"""A .model file or its JSON form; `-` is standard input."""

FILES: Final[Decorator[Any]] = click.argument("files", metavar="FILE...", nargs=-1, required=True)

MODEL: Final[Decorator[Any]] = click.option(
    "--model", "-m", metavar="NAME", help="The model or ensemble meant, where the file has several."
)
PARAM: Final[Decorator[Any]] = click.option(
    "--param", "-p", multiple=True, metavar="NAME=VALUE", help="Value of a parameter; can be given several times."
)
FORMAT: Final[Decorator[Any]] = click.option(
    "--output-format",
    type=click.Choice([str(f) for f in OutputFormat]),
    default=str(OutputFormat.FULL),
    show_default=True,
    help="How findings are printed.",
)
JSON: Final[Decorator[Any]] = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")


def _allow(_: click.Context, __: click.Parameter, names: tuple[str, ...]) -> None:
    if names:
        from specc.plugins import allow

        allow(names)


PLUGIN: Final[Decorator[Any]] = click.option(
    "--plugin",
    multiple=True,
    metavar="NAME",
    is_eager=True,
    expose_value=False,
    callback=_allow,
    help="Allow an installed plugin, whose layers are code; can be given several times.",
)
MAX_SOURCE: Final[Decorator[Any]] = click.option(
    "--max-source", type=click.IntRange(min=1), metavar="BYTES", help="Largest source file accepted."
)


def parameters(texts: Sequence[str]) -> dict[str, str]:
    """``["width=16"]`` as a mapping; anything else is wrong usage."""
    found: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name.strip() or not value.strip():
            raise click.BadParameter(f"`{text}` is not of the form NAME=VALUE", param_hint="--param")
        found[name.strip()] = value.strip()
    return found


def compilation(
    file: str, params: Sequence[str], max_source: int | None = None, *, exhaustive: bool = False
) -> Compilation:
    """The compilation of a file named on the command line."""
    most, given = max_source or SOURCE_BYTES, parameters(params)
    return Compilation(read(file, max_bytes=most), given, max_bytes=most, exhaustive=exhaustive)


def use_color(stream: TextIO) -> bool:
    """Whether to colour: on a terminal, unless ``NO_COLOR`` is set (https://no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def width() -> int:
    """Columns of the terminal."""
    return shutil.get_terminal_size((100, 24)).columns


def print_findings(findings: Iterable[Diagnostic], format: str, stream: TextIO) -> None:
    """Print findings, with a closing count in the form for people."""
    found = list(findings)
    stream.write(render(found, format, color=use_color(stream), width=width()))
    if format in (OutputFormat.FULL, OutputFormat.CONCISE) and found:
        stream.write(summary(found) + "\n")


def print_json(value: Any) -> None:
    """Print a result as JSON on standard output."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def warn_of(checked: Compilation, format: str = OutputFormat.FULL) -> None:
    """Print warnings on standard error; errors stop the command.

    Raises:
        SpecError: there are errors.
    """
    report = list(checked.report)
    if any(d.severity == "error" for d in report):
        raise SpecError(*report)
    if report:
        print_findings(report, format, sys.stderr)


def note(text: str) -> None:
    """A message for the person at the terminal."""
    sys.stderr.write(text + "\n")


def columns(rows: list[list[str]], right: tuple[int, ...] = ()) -> list[str]:
    """Rows as lines of aligned columns; those in ``right`` are aligned to the right."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))] if rows else []
    return [
        "  ".join(
            c.rjust(w) if i in right else c.ljust(w) for i, (c, w) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
