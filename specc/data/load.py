"""Loads a plan's data for a model: read, choose columns, leave out bad rows, fit, split, fill."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from specc.catalogue.declare import Declaration
from specc.catalogue.objects.data import DataSource
from specc.catalogue.objects.losses import AddLoss
from specc.catalogue.objects.rules import Skip
from specc.data.columns import (
    Chooser,
    Chosen,
    SpecPlaces,
    fills_of,
    group_of,
    misplaced,
    set_aside,
    spec_places,
    weights_of,
)
from specc.data.facts import Facts
from specc.data.findings import raise_all, raise_some
from specc.data.fit import Fitter
from specc.data.given import Examples
from specc.data.indices import without_vector
from specc.data.missing import Filler, Filling, filled
from specc.data.raw import Array, Raw, unequal_lengths
from specc.data.skipping import Account, Skipping
from specc.data.sources import read_source
from specc.data.split import Dataset, Split, split_rows
from specc.data.stored import Values
from specc.data.targets import Output, fit_target
from specc.diagnostics import Diagnostic, SpecError
from specc.diagnostics.codes import EMPTY_SPLIT
from specc.program.dims import Shape
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
    classes: Mapping[str, tuple[str, ...]] | None = None,
    given: Mapping[str, Examples] | None = None,
) -> Dataset:
    """The data of a plan, fitted to a model and split. A pure function of the files and the plan's seed.

    Args:
        loss: the loss of each output; it says whether targets are class numbers, one-hot rows or values.
        folder: where paths start; by default the spec's folder.
        classes: the class names of outputs that are known from training; others are refused then.
        given: the examples of data that are `Given`, by the names of the data.

    Raises:
        SpecError: the data can't be found or read, or don't fit; with the spec's line and the data's place.
    """
    start = folder or program.source.folder
    handed = (given or {}).get(plan.name)
    fitting, fitted, account = _fit(program, plan, model, loss or {}, start, classes or {}, given=handed)
    source, place = fitting.source, fitting.places.whole
    raise_some(without_vector(program, model, fitted.whole.inputs, place))
    stratify_by = fitted.whole.targets[next(iter(fitted.classes))] if fitted.classes and source.stratify else None
    seed, size = int(str(source.seed)), fitted.whole.size
    train, watched, held_out = split_rows(
        size, source.validation, source.test, seed, stratify_by, place, fitted.whole.groups
    )
    fitted = fitting.fill(fitted, train)
    whole, rules = fitted.whole, tuple(dict.fromkeys(fitted.rules))
    splits = whole.take(train), whole.take(watched), whole.take(held_out)
    raise_some(_count_nothing(splits, fitting.places))
    return Dataset(*splits, fitted.classes, replace(account, rules=rules), fitted.fills)


def _count_nothing(splits: tuple[Split, ...], places: SpecPlaces) -> Iterator[Diagnostic]:
    """The splits with examples that all count nothing."""
    for name, split in zip(("training", "validation", "test"), splits, strict=True):
        if split.weights and split.size and not any(array.any() for array in split.weights.values()):
            message = f"all examples of the {name} split have the weight 0"
            yield Diagnostic(EMPTY_SPLIT, message, places.argument("sample_weight"))


_SAMPLE: Final = 1000


def examine(program: Program, plan: DataPlan, model: ModelGraph, loss: Mapping[str, Declaration]) -> Account:
    """What `load` would find wrong, as far as a sample shows it; data of fewer than 1000 examples are looked at whole.

    Raises:
        SpecError: as `load`; but in a sample there may be more bad rows than may be left out of the whole.
    """
    start = program.source.folder
    _, fitted, account = _fit(program, plan, model, loss, start, {}, _SAMPLE)
    if not fitted.raw.cut:
        return load(program, plan, model, loss=loss).account
    place = program.place("data", plan.name)
    raise_some(without_vector(program, model, fitted.whole.inputs, place))
    return replace(account, rules=tuple(dict.fromkeys(fitted.rules)), sample=True)


def _fit(
    program: Program,
    plan: DataPlan,
    model: ModelGraph,
    loss: Mapping[str, Declaration],
    folder: Path,
    classes: Mapping[str, tuple[str, ...]],
    most: int | None = None,
    given: Examples | None = None,
) -> tuple[Fitting, Fitted, Account]:
    """The examples that can be used, not split yet; at most so many."""
    source = plan.source
    if not isinstance(source, DataSource):
        raise TypeError(f"{source!r} is no source of data")
    places = spec_places(program, plan.name, model)
    fitting = Fitting(source, model, loss, places, classes)
    raw = read_source(source, folder, places.whole, most, fitting.wanted, (plan.name, given))
    rule: Any = getattr(source, "bad_rows", None)
    if raw.cut and isinstance(rule, Skip):
        rule = Skip.make(max=_NEARLY_ALL)
    fitted, account = Skipping(rule, places.argument("bad_rows")).usable(raw, fitting.fit)
    return fitting, fitted, account


_NEARLY_ALL: Final = 0.999999


@dataclass(frozen=True)
class Fitted:
    """Examples that fit a model.

    Attributes:
        raw: what they were made of, nothing filled.
        classes: the class names of the outputs that have some.
        rules: what was read as what.
        filling: how missing values are filled, and ``fills`` with what.
    """

    raw: Raw
    whole: Split
    classes: dict[str, tuple[str, ...]]
    rules: list[str]
    filling: Filling
    fills: dict[str, Filler]


@dataclass(frozen=True)
class Fitting:
    """Fits what a source holds to a model."""

    source: DataSource
    model: ModelGraph
    losses: Mapping[str, Declaration]
    places: SpecPlaces
    classes: Mapping[str, tuple[str, ...]]

    def fit(self, raw: Raw) -> Fitted:
        """All examples; for now, any value stands for missing ones that the training split is to be asked for.

        Raises:
            SpecError: columns aren't there, or don't fit; `BadRows` where it is about rows.
        """
        inputs, targets = self._choose(raw)
        filling = Filling(fills_of(self.source), self.places.argument("missing"), self.model.inputs, inputs)
        return self._fitted(raw, inputs, targets, filling, filling.values(raw))

    def fill(self, fitted: Fitted, train: Array) -> Fitted:
        """The same with what the training rows say of missing values.

        Raises:
            SpecError: they say nothing, or it doesn't fit.
        """
        filling = fitted.filling
        fills = filling.values(fitted.raw, train)
        rules = [*filling.rules(fitted.raw, fills), *fitted.rules]
        if fills == fitted.fills:
            return replace(fitted, rules=rules)
        fitter = Fitter(filled(fitted.raw, fills), self.places)
        whole = replace(fitted.whole, inputs=fitter.inputs(self.model.inputs, filling.inputs))
        return replace(fitted, whole=whole, fills=fills, rules=rules)

    def wanted(self, known: Facts) -> set[str] | None:
        """The columns that are needed of those that are known; None where something is wrong about them."""
        chooser = Chooser(known, self.places)
        inputs, targets = self._chosen(chooser)
        wrong = chooser.findings or list(misplaced(self.source, known, inputs, self.places))
        needed = {c for part in (inputs, targets) for columns in part.values() for c in columns}
        return None if wrong else needed | set(set_aside(self.source))

    def _choose(self, raw: Raw) -> tuple[Chosen, Chosen]:
        chooser = Chooser(raw, self.places)
        inputs, targets = self._chosen(chooser)
        raise_some(chooser.findings)
        raise_some(misplaced(self.source, raw, inputs, self.places))
        aside = {"": tuple(set_aside(self.source))}
        raise_some(unequal_lengths(raw, self.places.whole, inputs, targets, aside))
        return inputs, targets

    def _chosen(self, chooser: Chooser) -> tuple[Chosen, Chosen]:
        """The columns of inputs and targets."""
        outputs = [name for name in self.model.outputs if not isinstance(self.losses.get(name), AddLoss)]
        targets = chooser.targets(outputs, getattr(self.source, "targets", None))
        taken = [*(column for columns in targets.values() for column in columns), *set_aside(self.source)]
        return chooser.inputs(self.model.inputs, getattr(self.source, "inputs", None), taken), targets

    def _fitted(self, raw: Raw, inputs: Chosen, targets: Chosen, filling: Filling, fills: dict[str, Filler]) -> Fitted:
        fitter = Fitter(filled(raw, fills), self.places)
        errors: list[SpecError] = []
        arrays: dict[str, Values] = {}
        labels: dict[str, Values] = {}
        classes: dict[str, tuple[str, ...]] = {}
        try:
            arrays = fitter.inputs(self.model.inputs, inputs)
        except SpecError as error:
            errors.append(error)
        for name, type_ in self.model.output_types.items():
            if name not in targets:
                continue
            output = Output(
                name, type_.substitute(fitter.sizes), targets[name], self.losses.get(name), self.classes.get(name)
            )
            try:
                labels[name], names = fit_target(fitter, output)
            except SpecError as error:
                errors.append(error)
                continue
            if names is not None:
                classes[name] = names
        groups, weights = None, dict[str, Array]()
        try:
            groups = fitter.groups(group_of(self.source))
        except SpecError as error:
            errors.append(error)
        try:
            weights = self._weights(fitter)
        except SpecError as error:
            errors.append(error)
        raise_all(errors)
        size = len(next(iter({**arrays, **labels}.values())))
        for name in self.model.outputs:
            # Keras wants a target for each output that has a loss; this loss doesn't look at it.
            labels.setdefault(name, np.zeros((size, *(1 for _ in self.model.output_types[name].shape)), np.float32))
        # Keras wants weights for all outputs or for none.
        ones = {name: np.ones(size, np.float32) for name in self.model.outputs if weights}
        whole = Split(arrays, labels, raw.numbers[:size], raw.lines, groups, ones | weights)
        return Fitted(raw, whole, classes, [*raw.said, *fitter.rules], filling, fills)

    def _weights(self, fitter: Fitter) -> dict[str, Array]:
        """What each example counts, for the outputs for which that is said.

        Raises:
            SpecError: the weights don't fit.
        """
        found: dict[str, Array] = {}
        for output, column in weights_of(self.source, self.model.outputs).items():
            shape = self.model.output_types[output].substitute(fitter.sizes).shape
            loss = self.losses.get(output)
            weights = fitter.weights(column, positions := _positions(loss, shape))
            if getattr(loss, "reduction", "") == "mean_with_sample_weight":  # which divides by the sum of all of them
                weights = np.broadcast_to(weights, (len(weights), *map(int, map(str, positions))))
            found[output] = weights
        return found


def _positions(loss: Declaration | None, shape: Shape) -> Shape:
    """The axes of an output's example over which its loss has values."""
    if isinstance(loss, AddLoss):
        return shape
    axis: Any = getattr(loss, "axis", -1)
    summed = {int(a) % (len(shape) + 1) for a in (axis if isinstance(axis, tuple) else (axis,))}
    return tuple(size for number, size in enumerate(shape, 1) if number not in summed)
