"""The command that trains."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from specc.cli.common import FILE, MODEL, PARAM, PLUGIN, compilation, note, warn_of


@click.command(epilog="Example: specc train specs/digits.model -p width=16 -o runs/small")
@FILE
@MODEL
@PARAM
@click.option(
    "--output", "-o", type=click.Path(path_type=Path), metavar="DIR", help="The run's folder; must not exist yet."
)
@click.option("--quiet", "-q", is_flag=True, help="Show no progress.")
@PLUGIN
def train(file: str, model: str | None, param: tuple[str, ...], output: Path | None, quiet: bool) -> None:
    """Train a model or ensemble.

    Leaves a run folder with the artifact, metrics, curves and TensorBoard events.
    """
    checked = compilation(file, param)
    warn_of(checked)
    program, graph = checked.program, checked.model(model)
    folder = output or next_folder(Path("runs"), Path(file).stem if file != "-" else graph.name.lower())
    from specc.training.observer import PlainObserver, RichObserver, SilentObserver
    from specc.training.run import train as run

    observer = SilentObserver() if quiet else RichObserver() if sys.stderr.isatty() else PlainObserver()
    result = run(program, graph.name, folder, observer=observer)
    for line in result.summary():
        print(line)
    note(f"Next: specc evaluate {folder}   or   specc predict {folder}   or   tensorboard --logdir {folder}")


def next_folder(parent: Path, name: str) -> Path:
    """``runs/name``, or with the first number that is still free behind it."""
    folder, number = parent / name, 1
    while folder.exists():
        number += 1
        folder = parent / f"{name}-{number}"
    return folder
