"""Rules about data, as far as they are known without reading them: names, shapes, numbers of classes.

What they say training says as well, when it has read the data (`specc.data`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from specc.check.plans import is_loss, trained_models
from specc.data.columns import (
    HOLD_BYTES,
    UNEQUAL,
    Chooser,
    Chosen,
    Part,
    SpecPlaces,
    bind_sizes,
    fits,
    misplaced,
    more_units,
    over_two_classes,
    set_aside,
    spec_places,
    too_many_classes,
    wrong_shape,
)
from specc.data.facts import Column, Facts, facts_of
from specc.diagnostics import Diagnostic, Related
from specc.diagnostics.codes import TARGET_AMONG_INPUTS
from specc.program.dims import Dim
from specc.program.graph import ModelGraph
from specc.program.program import Program
from specc.program.types import TensorType

if TYPE_CHECKING:
    from specc.catalogue.objects.losses import Loss


@dataclass
class Feed:
    """What is known of the data that a model is trained with.

    Attributes:
        sizes: what the symbols in the inputs' types are for these data.
    """

    model: ModelGraph
    losses: dict[str, Any]
    facts: Facts
    places: SpecPlaces
    inputs: Chosen
    targets: Chosen
    findings: list[Diagnostic]
    source: Any
    sizes: dict[str, Dim] = field(default_factory=dict[str, Dim])

    def columns(self, chosen: tuple[str, ...]) -> list[Column]:
        known = self.facts.columns or {}
        return [known[c] for c in chosen if c in known]

    def misfit(self, part: Part, found: tuple[int, ...] | str) -> Iterator[Diagnostic]:
        """The finding that columns can't have a shape, if that is so."""
        if isinstance(found, str) or not fits(part.type.substitute(self.sizes).shape, found):
            yield wrong_shape(self.facts, self.places, part, found, self.sizes)


def feeds(program: Program) -> Iterator[Feed]:
    """The data of each training; members of an ensemble have the same inputs and outputs, the first stands for all."""
    for target, plan in program.trains.values_of.items():
        models = trained_models(program, target)
        if models and plan["data"] in program.data.values_of:
            yield _feed(program, plan["data"], models[0], plan["loss"])


def _feed(program: Program, data: str, model: ModelGraph, losses: dict[str, Any]) -> Feed:
    source = program.data.values_of[data]["source"]
    facts, places = facts_of(program, data), spec_places(program, data, model)
    chooser = Chooser(facts, places)
    wanting = [o for o in model.outputs if not (is_loss(losses.get(o)) and losses[o].targets == "none")]
    targets = chooser.targets(wanting, getattr(source, "targets", None))
    taken = [*(column for columns in targets.values() for column in columns), *set_aside(source)]
    inputs = chooser.inputs(model.inputs, getattr(source, "inputs", None), taken)
    return Feed(model, losses, facts, places, inputs, targets, chooser.findings, source)


def data_fit_model(program: Program) -> Iterator[Diagnostic]:
    """Files are there, columns have the names that are given, and their values the shape of what they feed."""
    for feed in feeds(program):
        if feed.facts.problems is not None:
            yield from feed.facts.problems.diagnostics
        yield from feed.findings
        if feed.facts.columns is None or feed.findings:
            continue
        if found := list(misplaced(feed.source, feed.facts, feed.inputs, feed.places)):
            yield from found
            continue
        yield from _inputs(feed)
        for output in feed.targets:
            if is_loss(loss := feed.losses.get(output)):
                yield from _target(feed, output, loss)


# ── Inputs ───────────────────────────────────────────────────────────────────────────────────────


def _inputs(feed: Feed) -> Iterator[Diagnostic]:
    types = feed.model.inputs
    found = {name: _shape(type_, feed.columns(feed.inputs.get(name, ()))) for name, type_ in types.items()}
    for name, shape in found.items():
        if isinstance(shape, tuple):
            bind_sizes(types[name], shape, feed.sizes)
    for name, shape in found.items():
        if shape is not None:
            yield from feed.misfit(Part(name, types[name], feed.inputs[name]), shape)


def _shape(type_: TensorType, columns: list[Column]) -> tuple[int, ...] | str | None:
    """The shape of an input's array per example; a text where there can't be one, None where the values decide."""
    if not columns or type_.dtype == "string" or any(c.shape is None for c in columns):
        return None
    first = columns[0].shape or ()
    if len(columns) == 1:
        if type_.rank == 1 and type_.dtype in HOLD_BYTES and not columns[0].numbers:
            return None  # texts that become bytes
        return (1,) if type_.rank == 1 and not first else first
    return (*first, len(columns)) if all(c.shape == first for c in columns) else UNEQUAL


# ── Targets ──────────────────────────────────────────────────────────────────────────────────────


def _target(feed: Feed, output: str, loss: Loss) -> Iterator[Diagnostic]:
    type_ = feed.model.output_types[output].substitute(feed.sizes)
    part = Part(output, type_, feed.targets[output])
    columns = feed.columns(part.columns)
    if len(columns) == 1 and columns[0].shape == ():
        # Whether numbers per example fit is said where targets are told (E513).
        yield from _classes(feed, part, columns[0].classes, loss)
        return
    shapes = [c.shape for c in columns]
    if any(s is None for s in shapes) or all(s == () for s in shapes) or not all(c.numbers for c in columns):
        return
    first = shapes[0] or ()
    if any(s != first for s in shapes):
        yield from feed.misfit(part, UNEQUAL)
        return
    one_hot = loss.targets == "one_hot" and (len(columns) > 1 or len(first) == type_.rank)
    if loss.targets == "classes" or (loss.targets == "one_hot" and not one_hot):
        part = Part(output, TensorType("int32", type_.shape[:-1]), part.columns)
        lone = len(columns) == 1 and len(first) == type_.rank and first[-1:] == (1,)
        yield from feed.misfit(part, first[:-1] if lone else _side_by_side(first, columns))
        return
    lone = len(columns) == 1 and len(first) == type_.rank - 1 and type_.channels == 1
    yield from feed.misfit(part, (*first, 1) if lone else _side_by_side(first, columns))


def _side_by_side(shape: tuple[int, ...], columns: list[Column]) -> tuple[int, ...]:
    return shape if len(columns) == 1 else (*shape, len(columns))


def _classes(feed: Feed, part: Part, classes: int | None, loss: Loss) -> Iterator[Diagnostic]:
    of_two = over_two_classes(loss, part.type)
    most = 2 if of_two else None
    if loss.targets in ("classes", "one_hot") and part.type.rank:
        most = part.type.channels if isinstance(part.type.channels, int) and part.type.channels > 1 else None
    if most is not None and classes is not None and classes > most:
        way_out = more_units(classes, of_two=of_two)
        yield too_many_classes(feed.facts, feed.places, part, f"{classes} classes", most, way_out)


# ── Targets among inputs ─────────────────────────────────────────────────────────────────────────


def targets_are_no_inputs(program: Program) -> Iterator[Diagnostic]:
    """What a model is to tell isn't given to it; an input that is nothing but targets belongs to an autoencoder."""
    for feed in feeds(program):
        targets = _told(feed)
        for name, columns in feed.inputs.items():
            among = [c for c in columns if c in targets]
            if not among or all(c in targets for c in columns):
                continue
            yield Diagnostic(
                TARGET_AMONG_INPUTS,
                f"`{among[0]}` is the target of `{targets[among[0]]}`, and among the columns of the input `{name}`",
                feed.places.column("input", name, columns.index(among[0])),
                related=(Related(feed.places.setting("output"), "the target"),),
                help=("take it out of `inputs`: the model would only copy it, and can't when the answer isn't known",),
            )


def _told(feed: Feed) -> dict[str, str]:
    """The columns that are targets, and the output of each."""
    found = {c: output for output, columns in feed.targets.items() for c in columns}
    if not found and not feed.findings:
        # A column with the name of an output is its target, also in a file that can't be looked into.
        given = {c for columns in feed.inputs.values() for c in columns}
        return {o: o for o in feed.model.outputs if o in given}
    return found
