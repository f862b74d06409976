"""The command that trains."""

from __future__ import annotations

import shlex
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from specc import plugins
from specc.cli.common import FILE, MODEL, PARAM, PLUGIN, compilation, note, warn_of


@click.command(epilog="Example: specc train specs/digits.model -p width=16 -o runs/small")
@FILE
@MODEL
@PARAM
@click.option(
    "--output", "-o", type=click.Path(path_type=Path), metavar="DIR", help="The run's folder; must not exist yet."
)
@click.option(
    "--resume", is_flag=True, help="Go on with the run in the folder, as if it had never stopped; else begin it."
)
@click.option(
    "--plan",
    type=click.Path(path_type=Path),
    metavar="RUN",
    help="Carry out steps as that run did, instead of measuring what is fastest.",
)
@click.option(
    "--mlflow", is_flag=True, help="Also track the run with MLflow, where MLFLOW_TRACKING_URI and _EXPERIMENT_NAME say."
)
@click.option("--quiet", "-q", is_flag=True, help="Show no progress.")
@PLUGIN
def train(
    file: str,
    model: str | None,
    param: tuple[str, ...],
    output: Path | None,
    resume: bool,
    plan: Path | None,
    mlflow: bool,
    quiet: bool,
) -> None:
    """Train a model or ensemble.

    Leaves a run folder with the artifact, metrics, curves and TensorBoard events. A run that ended early, in whatever
    way, goes on with `--resume`, with the same result.
    """
    checked = compilation(file, param)
    warn_of(checked)
    program, graph = checked.program, checked.model(model)
    from specc.training.observer import PlainObserver, RichObserver, SilentObserver
    from specc.training.run import train as run
    from specc.training.signals import Interrupted, Signals
    from specc.training.step.plan import read_plans

    plans = read_plans(plan) if plan is not None else None
    folder = output or _default_folder(Path(file).stem if file != "-" else graph.name.lower(), resume)
    observer = SilentObserver() if quiet else RichObserver() if sys.stderr.isatty() else PlainObserver()
    way_on = f"go on with: {_command(file, model, param, plan, folder, mlflow)}"
    try:
        with Signals(lambda number: f"{_stopped(number)}, with the checkpoint that there was; {way_on}") as signals:
            result = run(
                program,
                graph.name,
                folder,
                observer=observer,
                resume=resume,
                signals=signals,
                step_plans=plans,
                mlflow=mlflow,
            )
    except Interrupted as interrupted:
        kept = way_on if folder.is_dir() else "nothing was trained yet, and nothing is left"
        note(f"{_stopped(interrupted.number)}; {kept}")
        raise click.exceptions.Exit(128 + interrupted.number) from None
    for line in result.summary():
        print(line)
    note(f"Next: specc evaluate {folder}   or   specc predict {folder}   or   tensorboard --logdir {folder}")


def _stopped(number: int) -> str:
    return f"stopped by {signal.Signals(number).name}"


def _command(
    file: str, model: str | None, param: tuple[str, ...], plan: Path | None, folder: Path, mlflow: bool
) -> str:
    """The command that goes on with a run."""
    options = [*(["-m", model] if model else []), *(x for p in param for x in ("-p", p))]
    options += ["--plan", str(plan)] if plan is not None else []
    allowed = [x for plugin in plugins.current() for x in ("--plugin", plugin.name)]
    tracked = ["--mlflow"] if mlflow else []
    return shlex.join(["specc", "train", file, *options, *allowed, *tracked, "--resume", "-o", str(folder)])


def _default_folder(name: str, resume: bool) -> Path:
    """Where a run without `-o` goes: a new folder; to go on, the newest unfinished one, else the newest."""
    from specc.training.folder import is_unfinished

    there = list(_taken(Path("runs"), name))
    unfinished = [folder for folder in there if is_unfinished(folder)]
    if resume and there:
        return (unfinished or there)[-1]
    if unfinished:
        note(f"{unfinished[-1]} is unfinished, `--resume` goes on with it; this is another run")
    return next_folder(Path("runs"), name)


def _taken(parent: Path, name: str) -> Iterator[Path]:
    """``runs/name``, ``runs/name-2``, … up to the first number that is free."""
    folder, number = parent / name, 1
    while folder.exists():
        yield folder
        number += 1
        folder = parent / f"{name}-{number}"


def next_folder(parent: Path, name: str) -> Path:
    """``runs/name``, or with the first number that is still free behind it."""
    taken = sum(1 for _ in _taken(parent, name))
    return parent / (f"{name}-{taken + 1}" if taken else name)
