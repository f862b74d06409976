"""The command that brings files to the current version of the language: migrate."""

from __future__ import annotations

import click

from specc.cli.common import FILES, note
from specc.cli.rewrite import change_files
from specc.compiler import Compilation
from specc.source import Source
from specc.syntax.language import CURRENT


@click.command(epilog="Example: specc migrate --diff specs/*.model")
@FILES
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if a file would change.")
@click.option("--diff", is_flag=True, help="Write nothing; print what would change.")
def migrate(files: tuple[str, ...], check: bool, diff: bool) -> None:
    """Bring specs, or their JSON forms, to the version of the language that this specc reads, in place."""
    changed = change_files(files, _migrated, "migrate", check=check, diff=diff)
    if diff or "-" in files:
        return
    if not changed:
        note(f"already version {CURRENT}")
    else:
        note(f"{changed} of {len(files)} file{'s' if len(files) > 1 else ''} brought to version {CURRENT}")


def _migrated(source: Source) -> str:
    from specc.syntax.migrate import migrate_json, migrate_text

    return migrate_json(source) if Compilation(source).is_json else migrate_text(source)
