"""Loads a plan's data for a model: read, choose columns, fit, split."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from specc.catalogue.declare import Declaration
from specc.catalogue.objects.data import DataSource
from specc.catalogue.objects.losses import AddLoss
from specc.data.columns import Chooser, Chosen, spec_places
from specc.data.findings import raise_all, raise_some
from specc.data.fit import Fitter
from specc.data.indices import without_vector
from specc.data.raw import Array, Raw, unequal_lengths
from specc.data.skipping import Skipping
from specc.data.sources import read_source
from specc.data.split import Dataset, Split, split_rows
from specc.data.targets import Output, fit_target
from specc.diagnostics import SpecError
from specc.program.graph import ModelGraph
from specc.program.plans import DataPlan
from specc.program.program import Program


def load(
    program: Program,
    plan: DataPlan,
    model: ModelGraph,
    *,
    loss: Mapping[str, Declaration] | None = None,
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
    if not isinstance(source, DataSource):
        raise TypeError(f"{source!r} is no source of data")
    places = spec_places(program, plan.name, model)
    raw = read_source(source, folder or program.source.folder, places.whole)

    def fit(raw: Raw) -> tuple[Split, dict[str, tuple[str, ...]]]:
        inputs, targets = _choose(Chooser(raw, places), raw, source, model, loss or {})
        return _fit(Fitter(raw, places), model, inputs, targets, loss or {})

    skipping = Skipping(getattr(source, "bad_rows", None), program.place("data", plan.name, "bad_rows"))
    (whole, classes), account = skipping.usable(raw, fit)
    raise_some(without_vector(program, model, whole.inputs, places.whole))
    stratify_by = whole.targets[next(iter(classes))] if classes and source.stratify else None
    seed = int(str(source.seed))
    train, watched, held_out = split_rows(whole.size, source.validation, source.test, seed, stratify_by, places.whole)
    return Dataset(whole.take(train), whole.take(watched), whole.take(held_out), classes, account)


def _choose(
    chooser: Chooser, raw: Raw, source: DataSource, model: ModelGraph, losses: Mapping[str, Declaration]
) -> tuple[Chosen, Chosen]:
    wanting = [name for name in model.outputs if not isinstance(losses.get(name), AddLoss)]
    targets = chooser.targets(wanting, getattr(source, "targets", None))
    taken = [column for columns in targets.values() for column in columns]
    inputs = chooser.inputs(model.inputs, getattr(source, "inputs", None), taken)
    raise_some(chooser.findings)
    raise_some(unequal_lengths(raw, chooser.places.whole, inputs, targets))
    return inputs, targets


def _fit(
    fitter: Fitter, model: ModelGraph, inputs: Chosen, targets: Chosen, losses: Mapping[str, Declaration]
) -> tuple[Split, dict[str, tuple[str, ...]]]:
    """All examples, and the class names of the outputs that have some."""
    errors: list[SpecError] = []
    arrays: dict[str, Array] = {}
    labels: dict[str, Array] = {}
    classes: dict[str, tuple[str, ...]] = {}
    try:
        arrays = fitter.inputs(model.inputs, inputs)
    except SpecError as error:
        errors.append(error)
    for name, type_ in model.output_types.items():
        if name not in targets:
            continue
        output = Output(name, type_.substitute(fitter.sizes), targets[name], losses.get(name))
        try:
            labels[name], names = fit_target(fitter, output)
        except SpecError as error:
            errors.append(error)
            continue
        if names is not None:
            classes[name] = names
    raise_all(errors)
    size = len(next(iter({**arrays, **labels}.values())))
    for name in model.outputs:
        # Keras wants a target for each output that has a loss; this loss doesn't look at it.
        labels.setdefault(name, np.zeros((size, *(1 for _ in model.output_types[name].shape)), np.float32))
    return Split(arrays, labels, fitter.raw.numbers[:size]), classes
