"""The command that trains."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from specc.cli.common import File, Parameters, Target, compilation, note, warn_of


def train(
    file: File,
    model: Target = None,
    param: Parameters = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="DIR", help="The run's folder; must not exist yet.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
) -> None:
    """Train a model or ensemble; leaves a run folder with the artifact, metrics, curves and TensorBoard events.

    Example: specc train specs/digits.model -p width=16 -o runs/small
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
