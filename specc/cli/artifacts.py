"""Commands that use a trained artifact: evaluate and predict."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from specc.cli.common import Json, columns, print_json

Artifact = Annotated[Path, typer.Argument(metavar="ARTIFACT", help="A run's folder, or the artifact inside of it.")]


def evaluate(
    artifact: Artifact,
    root: Annotated[
        Path | None,
        typer.Option("--root", metavar="DIR", help="The folder that data paths start from; by default the spec's."),
    ] = None,
    json: Json = False,
) -> None:
    """Evaluate an artifact on the held-out test split of its data, after verifying and reloading it.

    Example: specc evaluate runs/digits
    """
    from specc.artifact.evaluate import evaluate as run
    from specc.artifact.read import read

    metrics = run(read(artifact), folder=root)
    if json:
        print_json(metrics)
        return
    for line in columns([[name, repr(value)] for name, value in metrics.items()]):
        print(line)


def predict(
    artifact: Artifact,
    data: Annotated[
        str | None,
        typer.Argument(
            metavar="[DATA]",
            help="A .csv, .json, .npy, .npz or picture file, or - for JSON on standard input; "
            "without it, the test split's first examples.",
        ),
    ] = None,
    count: Annotated[int | None, typer.Option("--count", "-n", min=1, help="Only the first examples.")] = None,
    json: Json = False,
) -> None:
    """Predict with an artifact, after verifying and reloading it.

    Example: specc predict runs/digits picture.png --json
    """
    from specc.artifact.predict import input_arrays, predict_records
    from specc.artifact.read import read

    loaded = read(artifact)
    inputs = input_arrays(loaded, sys.stdin.buffer if data == "-" else data, limit=count or (None if data else 10))
    records = predict_records(loaded, inputs)
    if json:
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
