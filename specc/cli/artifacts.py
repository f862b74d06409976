"""Commands that use a trained artifact: evaluate and predict."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from specc.cli.common import JSON, PLUGIN, columns, print_findings, print_json
from specc.diagnostics import Report
from specc.diagnostics.render import OutputFormat

ARTIFACT = click.argument("artifact", type=click.Path(path_type=Path), metavar="RUN")


@click.command(epilog="Example: specc evaluate runs/digits")
@ARTIFACT
@click.option(
    "--root",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The folder that data paths start from; by default the spec's.",
)
@JSON
@PLUGIN
def evaluate(artifact: Path, root: Path | None, as_json: bool) -> None:
    """Evaluate an artifact on its held-out data.

    It is verified and reloaded first. The split is the test split of the data that it was trained on.

    RUN is a run's folder, or the artifact inside of it.
    """
    from specc.artifact.evaluate import evaluate as run
    from specc.artifact.read import read

    metrics = run(read(artifact), folder=root)
    if as_json:
        print_json(metrics)
        return
    for line in columns([[name, repr(value)] for name, value in metrics.items()]):
        print(line)


@click.command(epilog="Example: specc predict runs/digits picture.png --json")
@ARTIFACT
@click.argument("data", required=False)
@click.option("--count", "-n", type=click.IntRange(min=1), help="Only the first examples.")
@JSON
@PLUGIN
def predict(artifact: Path, data: str | None, count: int | None, as_json: bool) -> None:
    """Predict with an artifact, after verifying and reloading it.

    DATA is a .csv, .parquet, .json, .npy, .npz or picture file, or - for JSON on standard input; without it, the first
    examples of the held-out split are taken.
    """
    from specc.artifact.predict import input_arrays, predict_records
    from specc.artifact.read import read

    loaded = read(artifact)
    report = Report()
    given = sys.stdin.buffer if data == "-" else data
    inputs = input_arrays(loaded, given, limit=count or (None if data else 10), warn=report.add)
    print_findings(report, OutputFormat.FULL, sys.stderr)
    records = predict_records(loaded, inputs)
    if as_json:
        print_json(records)
        return
    for line in columns(_rows(records)):
        print(line)


def _rows(records: list[dict[str, Any]]) -> list[list[str]]:
    if not records:
        return []
    outputs = list(records[0])
    header = ["example", *outputs]
    return [header, *([str(i), *(_cell(r[o]) for o in outputs)] for i, r in enumerate(records))]


def _cell(value: Any) -> str:
    """``7 (99.8 %)`` for a class, numbers as they are."""
    if isinstance(value, dict) and "class" in value:
        return f"{value['class']} ({100 * value['probability']:.1f} %)"
    if isinstance(value, list):
        return "[" + ", ".join(_cell(v) for v in value[:8]) + (", …]" if len(value) > 8 else "]")
    return f"{value:.6g}" if isinstance(value, float) else str(value)
