"""The ``specc`` command: thin commands over `specc.compiler` and the phases to its right."""

from __future__ import annotations

import gc
import os
import sys
import traceback
from typing import Any

import click

from specc import __version__
from specc.cli import artifacts, importing, inspect, modules, rewrite, training
from specc.cli.common import Exit, note, print_findings
from specc.diagnostics import SpecError, did_you_mean
from specc.diagnostics.render import OutputFormat


class _Commands(click.Group):
    """The commands in the order in which they are added; a misspelt one gets a suggestion."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        name = args[0]
        if not name.startswith("-") and name not in self.commands:
            hint = " ".join(did_you_mean(name, self.commands)) or f"Commands are {', '.join(self.commands)}."
            raise click.UsageError(f"There is no command `{name}`; {hint}", ctx)
        return super().resolve_command(ctx, args)


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Example: specc check specs/digits.model && specc train specs/digits.model",
)
@click.version_option(__version__, "--version", "-V", prog_name="specc", message="%(prog)s %(version)s")
def app() -> None:
    """A compiler for .model files: neural networks and ensembles, checked before TensorFlow is loaded."""


for _command in (
    inspect.check,
    inspect.show,
    rewrite.fmt,
    modules.migrate,
    inspect.explain,
    inspect.layers,
    rewrite.compile,
    rewrite.convert,
    importing.import_,
    training.train,
    artifacts.evaluate,
    artifacts.predict,
    inspect.test,
    inspect.doctor,
):
    app.add_command(_command)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit: 0 fine, 1 findings, 2 wrong usage, 3 internal error, 130 interrupted."""
    code = run(arguments)
    # The process ends: looking through a large program for cyclic garbage would take longer than reading it did.
    gc.freeze()
    sys.exit(code)


def run(arguments: list[str] | None = None) -> int:
    """The exit code of a command line; messages are printed."""
    asked = list(sys.argv[1:] if arguments is None else arguments)
    try:
        code = app(args=asked, prog_name="specc", standalone_mode=False)
        sys.stdout.flush()
        return int(code or 0)
    except SpecError as error:
        findings = sorted(error.diagnostics, key=lambda d: d.sort_key)
        form = _format_asked(asked)
        print_findings(findings, form, sys.stdout if form in (OutputFormat.JSON, OutputFormat.GITHUB) else sys.stderr)
        return Exit.FINDINGS
    except click.exceptions.NoArgsIsHelpError as error:
        print(error.format_message())
        return Exit.USAGE
    except click.ClickException as error:
        error.show()
        return Exit.USAGE
    except (KeyboardInterrupt, click.Abort):
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
