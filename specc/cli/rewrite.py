"""Commands that print a spec in another form: fmt and compile."""

from __future__ import annotations

import difflib
import json
import os
import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

import click

from specc.cli.common import FILE, FILES, MODEL, PARAM, PLUGIN, Exit, compilation, note, warn_of
from specc.compiler import Compilation
from specc.diagnostics import Diagnostic, Report, SpecError
from specc.diagnostics.codes import CANNOT_WRITE
from specc.source import Source, whole_file
from specc.syntax.read import read


@click.command(epilog="Example: specc fmt --check specs/*.model")
@FILES
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if a file would change.")
@click.option("--diff", is_flag=True, help="Write nothing; print what would change.")
def fmt(files: tuple[str, ...], check: bool, diff: bool) -> None:
    """Format specs in place, in the one canonical style. Comments and meaning are kept."""
    from specc.syntax.format import format_source

    changed = change_files(files, format_source, "reformat", check=check, diff=diff)
    if not check and not diff and "-" not in files:
        note(f"{changed} of {len(files)} file{'s' if len(files) > 1 else ''} reformatted")


def change_files(files: tuple[str, ...], change: Callable[[Source], str], verb: str, *, check: bool, diff: bool) -> int:
    """Change files in place; the number of those that differ. With ``check`` or ``diff``, that is only said.

    Raises:
        SpecError: with the findings of all files that can't be changed.
        click.exceptions.Exit: something differs that is only checked.
    """
    changed, report = 0, Report()
    for file in files:
        try:
            source = read(file)
            text = change(source)
        except SpecError as error:
            report.add(*error.diagnostics)
            continue
        differs = text != source.text
        changed += differs
        if diff:
            sys.stdout.writelines(diff_lines(source.text, text, file, "changed"))
        elif file == "-" and not check:
            sys.stdout.write(text)
        elif differs and not check:
            write_text(Path(file), text)
        if differs and check:
            note(f"would {verb} {file}")
    if len(report):
        raise SpecError(*report)
    if changed and (check or diff):
        raise click.exceptions.Exit(Exit.FINDINGS)
    return changed


def diff_lines(before: str, after: str, name: str, what: str) -> list[str]:
    """The lines of a unified diff between a text and its formatted, fixed, … form."""
    return list(difflib.unified_diff(before.splitlines(True), after.splitlines(True), name, f"{name} ({what})"))


class Emit(StrEnum):
    """The forms that ``compile --emit`` prints."""

    AST = "ast"
    GRAPH = "graph"
    JSON = "json"
    KERAS = "keras"
    PYTHON = "python"
    STABLEHLO = "stablehlo"


@click.command(epilog="Example: specc compile specs/digits.model --emit python -o digits.py")
@FILE
@click.option("--emit", type=click.Choice([str(e) for e in Emit]), default="json", show_default=True, help="The form.")
@MODEL
@PARAM
@click.option("--output", "-o", type=click.Path(path_type=Path), help="Write to this file instead.")
@PLUGIN
def compile(file: str, emit: str, model: str | None, param: tuple[str, ...], output: Path | None) -> None:
    """Print what a phase makes of a spec.

    The syntax tree, the graph, the JSON form, Keras's JSON, Python code, or the training step with its state as
    StableHLO.
    """
    checked = compilation(file, param)
    if emit != Emit.AST:
        warn_of(checked)
    _put(_EMITTERS[Emit(emit)](checked, model), output)


class Form(StrEnum):
    """The two forms of a program."""

    MODEL = "model"
    JSON = "json"


@click.command(epilog="Example: specc convert specs/digits.model -o digits.json")
@FILE
@click.option("--to", type=click.Choice([str(f) for f in Form]), help="The form; by default the other one.")
@PARAM
@click.option("--output", "-o", type=click.Path(path_type=Path), help="Write to this file instead of printing.")
@PLUGIN
def convert(file: str, to: str | None, param: tuple[str, ...], output: Path | None) -> None:
    """Write a spec in the other form: `.model` as JSON, JSON as `.model`.

    The program stays the same, and so does its hash. What is elaborated stays so: a text made of JSON is a flat list
    of layers, without blocks, loops, parameters, tests and comments.
    """
    suffix = output.suffix.removeprefix(".") if output is not None else ""
    if to and suffix in list(Form) and suffix != to:
        raise click.UsageError(f"`--to {to}` and `-o {output}` don't go together")
    if output is not None and file != "-" and output.exists() and output.samefile(file):
        raise click.UsageError(f"{output} is the spec itself; name another file")
    checked = compilation(file, param)
    warn_of(checked)
    form = to or (suffix if suffix in list(Form) else Form.MODEL if checked.is_json else Form.JSON)
    text = _json(checked, None) if form == Form.JSON else checked.text
    _put(text, output)
    if output is not None and output.parent.resolve() != checked.source.folder.resolve():
        for plan in checked.program.data.values():
            if path := getattr(plan.source, "path", None):
                note(f"the data `{path}` must lie beside {output}")


def _put(text: str, output: Path | None) -> None:
    """Print a text, or write it to a file."""
    if output is None:
        sys.stdout.write(text)
        return
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


def _stablehlo(checked: Compilation, model: str | None) -> str:
    from specc.lower.quiet import import_tensorflow

    import_tensorflow()
    from specc.training.step.stablehlo import emit_stablehlo

    return emit_stablehlo(checked.program, checked.model(model).name)


_EMITTERS: dict[Emit, Callable[[Compilation, str | None], str]] = {
    Emit.AST: _ast,
    Emit.GRAPH: _graph,
    Emit.JSON: _json,
    Emit.KERAS: _keras,
    Emit.PYTHON: _python,
    Emit.STABLEHLO: _stablehlo,
}


def write_text(path: Path, text: str) -> None:
    """Replace a file in one step: whatever happens, it holds the old or the new text.

    Raises:
        SpecError: it can't be written.
    """
    import tempfile  # only here: no other command has to wait for it

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
