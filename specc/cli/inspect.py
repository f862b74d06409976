"""Commands that look at a spec without TensorFlow: check, show, explain, layers, test, doctor."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from specc.cli.common import (
    FILE,
    FILES,
    FORMAT,
    JSON,
    MAX_SOURCE,
    MODEL,
    PARAM,
    PLUGIN,
    Exit,
    columns,
    compilation,
    note,
    print_findings,
    print_json,
    use_color,
    warn_of,
    width,
)
from specc.diagnostics import Report, SpecError
from specc.diagnostics.render import OutputFormat

if TYPE_CHECKING:
    from specc.compiler import Compilation
    from specc.elaborate.domains import Proof
    from specc.source import Source


@click.command(epilog="Example: specc check specs/*.model --output-format github")
@FILES
@PARAM
@FORMAT
@MAX_SOURCE
@click.option("--exhaustive", is_flag=True, help="Try every value of every domain, however long that takes.")
@click.option("--data", "with_data", is_flag=True, help="Look at a sample of the data, too, as training would read it.")
@click.option("--fix", is_flag=True, help="Mend what can be mended without doubt, in place.")
@click.option("--diff", is_flag=True, help="With --fix: write nothing, print what would change.")
@PLUGIN
def check(
    files: tuple[str, ...],
    param: tuple[str, ...],
    output_format: str,
    max_source: int | None,
    exhaustive: bool,
    with_data: bool,
    fix: bool,
    diff: bool,
) -> None:
    """Check specs: names, arguments, every shape, plans. Takes a blink; loads no TensorFlow. `-` is standard input."""
    if diff and not fix:
        raise click.BadParameter("`--diff` shows what `--fix` would do: give both", param_hint="--diff")
    report = Report()
    proofs: list[Proof] = []
    notes: list[str] = []
    for file in files:
        try:
            checked = compilation(file, param, max_source, exhaustive=exhaustive)
            if fix:
                checked = mended(checked, file, diff=diff)
            report.extend(checked.report)
            proofs += checked.proofs.proofs
            if with_data and checked.report.ok:
                from specc.check.sample import look_at_data

                findings, lines = look_at_data(checked.program)
                report.extend(findings)
                notes += lines
        except SpecError as error:
            report.add(*error.diagnostics)
    # With `--fix`, standard output may be the mended text.
    print_findings(report, output_format, sys.stderr if fix and (diff or "-" in files) else sys.stdout)
    if output_format == OutputFormat.FULL:
        for proof in proofs:
            note(str(proof))
        for line in notes:
            note(line)
    if not report.ok:
        raise click.exceptions.Exit(Exit.FINDINGS)
    if not len(report) and output_format == OutputFormat.FULL:
        note("No problems found." if len(files) == 1 else f"No problems found in {len(files)} files.")


def mended(checked: Compilation, file: str, *, diff: bool) -> Compilation:
    """The compilation of the text with all sure fixes applied, which is written back or printed.

    Raises:
        SpecError: it can't be written.
    """
    from specc.cli.rewrite import diff_lines, write_text
    from specc.diagnostics.fixes import mend

    def again(source: Source) -> Compilation:
        return replace(checked, source=source)

    source, _, count = mend(checked.source, lambda source: again(source).report)
    if diff:
        sys.stdout.writelines(diff_lines(checked.source.text, source.text, file, "fixed"))
    elif file == "-":
        sys.stdout.write(source.text)
    elif count:
        write_text(Path(file), source.text)
    if count and not diff:
        note(f"fixed {count} problem{'' if count == 1 else 's'} in {file}")
    return again(source)


@click.command(epilog="Example: specc show specs/resnet.model -p width=32")
@FILE
@MODEL
@PARAM
@click.option("--expand", is_flag=True, help="Show the models inside of the model, too.")
@JSON
@PLUGIN
def show(file: str, model: str | None, param: tuple[str, ...], expand: bool, as_json: bool) -> None:
    """Show a model as a table.

    A row for each layer, with output shapes, parameters and FLOPs per example.
    """
    from specc.cli.table import model_record, model_table

    checked = compilation(file, param)
    warn_of(checked)
    program, graph = checked.program, checked.model(model)
    if as_json:
        print_json(model_record(program, graph))
        return
    for line in model_table(program, graph, width() if sys.stdout.isatty() else None, expand=expand):
        print(line)


@click.command(epilog="Example: specc explain E400")
@click.argument("code", required=False)
def explain(code: str | None) -> None:
    """Explain a diagnostic code or name.

    Prints a page with a wrong and a right spec; without a code, all codes are listed.
    """
    from specc.diagnostics.codes import ALL
    from specc.diagnostics.explain import UnknownCodeError, page

    if code is None:
        for line in columns([[c.id, c.name] for c in ALL]):
            print(line)
        return
    try:
        print(page(code).markdown.rstrip())
    except UnknownCodeError as error:
        hint = " ".join(error.help) or "`specc explain` lists all codes."
        raise click.BadParameter(f"{error.args[0]}; {hint}", param_hint="CODE") from None


@click.command(epilog="Example: specc layers Conv2D")
@click.argument("name", required=False)
@JSON
@PLUGIN
def layers(name: str | None, as_json: bool) -> None:
    """List all that a spec can name by family and kind, or show one: a layer, loss, optimizer, function, …"""
    from specc.catalogue.left_out import LEFT_OUT, why
    from specc.catalogue.registry import find, kinds_of
    from specc.cli.reference import declaration_record, declaration_text, groups, known_names, listing
    from specc.diagnostics import did_you_mean

    room = width() if sys.stdout.isatty() else None
    if name is None:
        if as_json:
            print_json([declaration_record(d) for group in groups() for d in group.members])
        else:
            print("\n".join(listing(room)))
        return
    kinds = kinds_of(name)
    if not kinds:
        if (reason := why(name, *LEFT_OUT)) is not None:
            raise click.BadParameter(f"a spec can't say `{name}`: {reason}", param_hint="NAME")
        hint = " ".join(did_you_mean(name, known_names())) or "`specc layers` lists all layers."
        raise click.BadParameter(f"there is no `{name}`; {hint}", param_hint="NAME")
    declared = [d for kind in kinds if (d := find(kind, name)) is not None]
    if as_json:
        records = [declaration_record(d) for d in declared]
        print_json(records[0] if len(records) == 1 else records)
        return
    print("\n\n".join(declaration_text(d, room) for d in declared))


@click.command(epilog="Example: specc test specs/resnet.model")
@FILE
@PARAM
@FORMAT
@JSON
@PLUGIN
def test(file: str, param: tuple[str, ...], output_format: str, as_json: bool) -> None:
    """Run the tests in a spec, without TensorFlow."""
    checked = compilation(file, param)
    warn_of(checked)
    results = checked.tests
    if as_json:
        print_json([_test_record(r) for r in results])
    else:
        for result in results:
            if not result.passed:
                print_findings(result.findings, output_format, sys.stdout)
        for result in results:
            print(f"{_mark(result.passed)} {result.title}")
        failed = sum(not r.passed for r in results)
        note(f"{len(results) - failed} passed, {failed} failed" if results else "this file has no tests")
    if any(not r.passed for r in results):
        raise click.exceptions.Exit(Exit.FINDINGS)


def _test_record(result: Any) -> dict[str, Any]:
    from specc.diagnostics.render.as_json import record

    line, column = result.span.position
    findings = [record(d) for d in result.findings]
    return {"title": result.title, "passed": result.passed, "line": line, "column": column, "findings": findings}


def _mark(passed: bool) -> str:
    word, color = ("ok  ", "32") if passed else ("FAIL", "31")
    return f"\033[{color}m{word}\033[0m" if use_color(sys.stdout) else word


@click.command(epilog="Example: specc doctor --json")
@JSON
def doctor(as_json: bool) -> None:
    """Say what this installation can do.

    Prints versions and devices, and whether TensorFlow and XLA work.
    """
    from specc.cli.health import examine

    found = examine()
    if as_json:
        print_json(found)
    else:
        for line in columns([[name, str(value)] for name, value in found["facts"].items()]):
            print(line)
        for problem in found["problems"]:
            note(f"problem: {problem}")
        note("Everything works." if not found["problems"] else "Something is wrong, see above.")
    if found["problems"]:
        raise click.exceptions.Exit(Exit.FINDINGS)
