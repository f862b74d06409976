"""Evaluates an artifact on the held-out split of its own data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from specc.artifact.read import Artifact
from specc.data.given import Examples
from specc.data.load import load
from specc.data.split import Dataset, Split
from specc.diagnostics import Diagnostic, SpecError
from specc.diagnostics.codes import MISSING_SETTING
from specc.program.plans import TrainPlan
from specc.source import whole_file


def evaluate(
    artifact: Artifact, *, folder: Path | None = None, given: Mapping[str, Examples] | None = None
) -> dict[str, float]:
    """Loss and metrics on the test split (or the validation split where there is no test split).

    Args:
        folder: where the paths of the data start; by default where the spec was when it was trained.
        given: the examples of data that are `Given`, by the names of the data.

    Raises:
        SpecError: the data can't be found or no longer fit.
    """
    plan = train_plan(artifact)
    split = held_out(dataset(artifact, plan, folder, given))
    model = artifact.load_model()
    from specc.training.evaluation import evaluate as run

    return run(artifact.program, model, plan, split, artifact.graph)


def train_plan(artifact: Artifact) -> TrainPlan:
    """The plan that says which data, loss and metrics the artifact was trained with."""
    program = artifact.program
    own = program.train_plan(artifact.target)
    ensemble = program.ensembles.get(artifact.target)
    members = [program.train_plan(m.model) for m in ensemble.members] if ensemble else []
    found = next((p for p in (own, *members) if p is not None), None)
    if found is None:
        raise SpecError(Diagnostic(MISSING_SETTING, "the artifact's spec has no `train`", whole_file(artifact.folder)))
    return found


def dataset(
    artifact: Artifact, plan: TrainPlan, folder: Path | None, given: Mapping[str, Examples] | None = None
) -> Dataset:
    """The data that the artifact was trained on, split in the same way."""
    program = artifact.program
    start = folder or spec_folder(artifact)
    return load(
        program,
        program.data[plan.data],
        artifact.graph,
        loss=plan.loss,
        folder=start,
        classes=artifact.manifest.classes,
        given=given,
    )


def spec_folder(artifact: Artifact) -> Path:
    """Where the spec lay: the run folder around the artifact remembers it; else the current folder."""
    record = artifact.folder.parent / "run.json"
    try:
        relative = json.loads(record.read_text(encoding="utf-8"))["spec_folder"]
        folder = (record.parent / str(relative)).resolve()
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return Path.cwd()
    return folder if folder.is_dir() else Path.cwd()


def held_out(data: Dataset) -> Split:
    """The split that training never looked at: test, else validation, else what there is."""
    return next(s for s in (data.test, data.validation, data.train) if s.size)
