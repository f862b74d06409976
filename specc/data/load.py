"""Loads a plan's data for a model: read, fit, split."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from specc.catalogue.declare import Declaration
from specc.catalogue.objects.data import DataSource
from specc.data.fit import Fitter
from specc.data.raw import Array
from specc.data.sources import read_source
from specc.diagnostics import Diagnostic, Report, SpecError
from specc.diagnostics.codes import EMPTY_SPLIT
from specc.program.graph import ModelGraph
from specc.program.plans import DataPlan
from specc.program.program import Program
from specc.source import Span


@dataclass(frozen=True)
class Split:
    """Some of the examples: arrays whose first axis counts them, by input and output name.

    ``ids`` are their row numbers in the source.
    """

    inputs: dict[str, Array]
    targets: dict[str, Array]
    ids: Array

    @property
    def size(self) -> int:
        """Number of examples."""
        return len(self.ids)

    def take(self, rows: Array) -> Split:
        """The examples at some positions, in that order; a position may come more than once."""
        return Split(
            {k: v[rows] for k, v in self.inputs.items()}, {k: v[rows] for k, v in self.targets.items()}, self.ids[rows]
        )


@dataclass(frozen=True)
class Dataset:
    """The three splits; ``classes`` are the class names of outputs whose targets are classes."""

    train: Split
    validation: Split
    test: Split
    classes: dict[str, tuple[str, ...]]


def load(
    program: Program,
    plan: DataPlan,
    model: ModelGraph,
    *,
    loss: Mapping[str, Declaration],
    folder: Path | None = None,
) -> Dataset:
    """The data of a plan, fitted to a model and split. A pure function of the files and the plan's seed.

    Args:
        loss: the loss of each output; it says whether targets are class numbers, one-hot rows or values.
        folder: where paths start; by default the spec's folder.

    Raises:
        SpecError: the data can't be found or read, or don't fit; with the spec's line and the data's place.
    """
    source = plan.source
    assert isinstance(source, DataSource)
    place = program.place("data", plan.name)
    raw = read_source(source, folder or program.source.folder, place)
    fitter = Fitter(raw, place, _places(model))
    targets = fitter.target_columns(model.outputs, getattr(source, "targets", None))
    taken = [c for columns in targets.values() for c in columns]
    inputs = fitter.input_columns(model.inputs, getattr(source, "inputs", None), taken)
    report, arrays, labels, classes = Report(), dict[str, Array](), dict[str, Array](), dict[str, tuple[str, ...]]()
    for name, type_ in model.inputs.items():
        try:
            arrays[name] = fitter.input(name, type_, inputs[name])
        except SpecError as error:
            report.add(*error.diagnostics)
    for name, type_ in model.output_types.items():
        try:
            labels[name], names = fitter.target(name, type_, targets[name], loss.get(name))
        except SpecError as error:
            report.add(*error.diagnostics)
            continue
        if names is not None:
            classes[name] = names
    report.raise_if_errors()
    whole = Split(arrays, labels, np.arange(raw.size))
    stratify_by = labels[next(iter(classes))] if classes and source.stratify else None
    parts = split_rows(raw.size, source.validation, source.test, int(str(source.seed)), stratify_by, place)
    train, watched, held_out = (whole.take(rows) for rows in parts)
    return Dataset(train, watched, held_out, classes)


def _places(model: ModelGraph) -> dict[str, Span]:
    outputs = {name: model[port.node].span for name, port in model.outputs.items()}
    return {**outputs, **{n.name: n.span for n in model.nodes if n.kind == "input"}}


def split_rows(
    size: int, validation: float, test: float, seed: int, classes: Array | None, place: Span
) -> tuple[Array, Array, Array]:
    """The rows of the training, validation and test split; each row is in exactly one.

    With ``classes`` each split has the same share of each class, where every class has examples enough.

    Raises:
        SpecError: a split that was asked for would be empty.
    """
    rows: Any = np.arange(size)
    if classes is not None and classes.ndim > 1:
        classes = classes.reshape(size, -1).argmax(axis=1)
    rest, held_out = _cut(rows, test, seed, classes, place, "test")
    share = validation / (1.0 - test)
    train, watched = _cut(rest, share, seed + 1, classes, place, "validation")
    return np.sort(train), np.sort(watched), np.sort(held_out)


def _cut(rows: Array, share: float, seed: int, classes: Array | None, place: Span, what: str) -> tuple[Array, Array]:
    if share <= 0:
        return rows, rows[:0]
    count = round(len(rows) * share)
    if count < 1 or count >= len(rows):
        message = f"the {what} split of {len(rows)} examples would be {'empty' if count < 1 else 'all of them'}"
        raise SpecError(Diagnostic(EMPTY_SPLIT, message, place, help=(f"raise `{what}`, or set it to 0",)))
    from sklearn.model_selection import train_test_split

    labels = classes[rows] if classes is not None else None
    if labels is not None and not _can_stratify(labels, count):
        labels = None
    kept, cut = train_test_split(rows, test_size=count, random_state=seed, stratify=labels)
    return np.asarray(kept), np.asarray(cut)


def _can_stratify(labels: Array, count: int) -> bool:
    """scikit-learn needs two examples of each class, and room for each class in both parts."""
    numbers = np.bincount(labels)
    present = numbers[numbers > 0]
    return bool(present.min() >= 2 and len(present) <= min(count, len(labels) - count))
