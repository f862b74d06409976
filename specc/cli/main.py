"""The ``specc`` command: thin commands over `specc.compiler` and the phases to its right."""

from __future__ import annotations

import os
import sys
import traceback
from typing import Annotated, Any

import typer

from specc import __version__
from specc.cli import artifacts, inspect, rewrite, training
from specc.cli.common import Exit, note, print_findings
from specc.diagnostics import SpecError
from specc.diagnostics.render import OutputFormat

# What Typer raises for wrong usage; `typer.BadParameter` is the only part of it that Typer exports.
_UsageMessage: Any = next(c for c in typer.BadParameter.__mro__ if c.__name__ == "ClickException")

app = typer.Typer(
    name="specc",
    help="A compiler for .model files: neural networks and ensembles, checked before TensorFlow is loaded.",
    epilog="Example: specc check specs/digits.model && specc train specs/digits.model",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)

for _command in (
    inspect.check,
    inspect.show,
    rewrite.fmt,
    inspect.explain,
    inspect.layers,
    rewrite.compile,
    training.train,
    artifacts.evaluate,
    artifacts.predict,
    inspect.test,
    inspect.doctor,
):
    app.command()(_command)


def _version(asked: bool) -> None:
    if asked:
        print(f"specc {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", "-V", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """A compiler for .model files: neural networks and ensembles, checked before TensorFlow is loaded."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit: 0 fine, 1 findings, 2 wrong usage, 3 internal error, 130 interrupted."""
    sys.exit(run(arguments))


def run(arguments: list[str] | None = None) -> int:
    """The exit code of a command line; messages are printed."""
    asked = list(sys.argv[1:] if arguments is None else arguments)
    try:
        code = app(args=asked, standalone_mode=False)
        sys.stdout.flush()
        return int(code or 0)
    except SpecError as error:
        findings = sorted(error.diagnostics, key=lambda d: d.sort_key)
        form = _format_asked(asked)
        print_findings(findings, form, sys.stdout if form in (OutputFormat.JSON, OutputFormat.GITHUB) else sys.stderr)
        return Exit.FINDINGS
    except _UsageMessage as error:
        error.show()
        return Exit.USAGE
    except (KeyboardInterrupt, typer.Abort):
        note("interrupted")
        return 130
    except BrokenPipeError:
        # Who reads our output has seen enough: `specc layers | head`.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.OK
    except MemoryError:
        note("out of memory")
        return Exit.INTERNAL
    except Exception:  # the last net: whatever happens, a user sees a sentence and not a traceback
        return _internal_error()


def _format_asked(arguments: list[str]) -> OutputFormat:
    """The form of findings that a command line asks for, also when the command failed before it could say."""
    for i, argument in enumerate(arguments):
        name, _, value = argument.partition("=")
        if name == "--output-format":
            asked = value or (arguments[i + 1] if i + 1 < len(arguments) else "")
            return OutputFormat(asked) if asked in list(OutputFormat) else OutputFormat.FULL
    return OutputFormat.FULL


def _internal_error() -> int:
    error = traceback.format_exc()
    note(f"internal error: {error.strip().splitlines()[-1]}")
    if os.environ.get("SPECC_DEBUG"):
        note(error)
    else:
        note("This is a bug in specc. Set SPECC_DEBUG=1 to see where, and please report it with the spec.")
    return Exit.INTERNAL
