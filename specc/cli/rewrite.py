"""Commands that print a spec in another form: fmt and compile."""

from __future__ import annotations

import difflib
import json
import os
import sys
import tempfile
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from specc.cli.common import Exit, File, Parameters, Target, compilation, note, warn_of
from specc.compiler import Compilation
from specc.diagnostics import Diagnostic, Report, SpecError
from specc.diagnostics.codes import CANNOT_WRITE
from specc.source import whole_file
from specc.syntax.read import read


def fmt(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Specs to format; `-` is standard input.")],
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit with 1 if a file would change.")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Write nothing; print what would change.")] = False,
) -> None:
    """Format specs in place, in the one canonical style. Comments and meaning are kept.

    Example: specc fmt --check specs/*.model
    """
    from specc.syntax.format import format_source

    changed, report = 0, Report()
    for file in files:
        try:
            source = read(file)
            formatted = format_source(source)
        except SpecError as error:
            report.add(*error.diagnostics)
            continue
        differs = formatted != source.text
        changed += differs
        if diff:
            sys.stdout.writelines(_diff(source.text, formatted, file))
        elif file == "-" and not check:
            sys.stdout.write(formatted)
        elif differs and not check:
            write_text(Path(file), formatted)
        if differs and check:
            note(f"would reformat {file}")
    if not check and not diff and "-" not in files and not len(report):
        note(f"{changed} of {len(files)} file{'s' if len(files) > 1 else ''} reformatted")
    if len(report):
        raise SpecError(*report)
    if changed and (check or diff):
        raise typer.Exit(Exit.FINDINGS)


def _diff(before: str, after: str, name: str) -> list[str]:
    return list(difflib.unified_diff(before.splitlines(True), after.splitlines(True), name, f"{name} (formatted)"))


class Emit(StrEnum):
    """The forms that ``compile --emit`` prints."""

    AST = "ast"
    GRAPH = "graph"
    JSON = "json"
    KERAS = "keras"
    PYTHON = "python"


def compile(
    file: File,
    emit: Annotated[Emit, typer.Option("--emit", help="The form to print.")] = Emit.JSON,
    model: Target = None,
    param: Parameters = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write to this file instead.")] = None,
) -> None:
    """Print what a phase makes of a spec: syntax tree, graph, JSON form, Keras's JSON or Python code.

    Example: specc compile specs/digits.model --emit python -o digits.py
    """
    checked = compilation(file, param)
    if emit is not Emit.AST:
        warn_of(checked)
    text = _EMITTERS[emit](checked, model)
    if output is None:
        sys.stdout.write(text)
    else:
        write_text(output, text)
        note(f"wrote {output}")


def _ast(checked: Compilation, model: str | None) -> str:
    from specc.syntax.dump import dump

    return dump(checked.tree)


def _graph(checked: Compilation, model: str | None) -> str:
    from specc.program.text import graph_text

    return graph_text(checked.program, checked.model(model))


def _json(checked: Compilation, model: str | None) -> str:
    from specc.program.json import pretty

    return pretty(checked.program)


def _python(checked: Compilation, model: str | None) -> str:
    from specc.lower.python_code import python_code

    return python_code(checked.program, checked.model(model).name)


def _keras(checked: Compilation, model: str | None) -> str:
    from specc.lower.model import build

    built = build(checked.program, checked.model(model).name)
    return json.dumps(json.loads(built.to_json()), indent=2) + "\n"


_EMITTERS: dict[Emit, Callable[[Compilation, str | None], str]] = {
    Emit.AST: _ast,
    Emit.GRAPH: _graph,
    Emit.JSON: _json,
    Emit.KERAS: _keras,
    Emit.PYTHON: _python,
}


def write_text(path: Path, text: str) -> None:
    """Replace a file in one step: whatever happens, it holds the old or the new text.

    Raises:
        SpecError: it can't be written.
    """
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
                stream.write(text)
            if path.exists():
                Path(temporary).chmod(path.stat().st_mode)
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        message = f"`{path}` can't be written: {error.strerror}"
        raise SpecError(Diagnostic(CANNOT_WRITE, message, whole_file(path))) from None
