"""Tells which columns feed which input, and which hold the target of which output.

`check` asks with what is known of a source before it is read (`specc.data.facts`), training with what was read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from math import prod
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias

from specc.data.dialect import delimiter_hint
from specc.diagnostics import Diagnostic, Related, did_you_mean
from specc.diagnostics.codes import CONFLICTING_ARGUMENTS, DATA_SHAPE, TOO_MANY_CLASSES, UNKNOWN_COLUMN, UNKNOWN_SETTING
from specc.program.dims import Dim, Expr, Shape, symbols_of
from specc.program.graph import ModelGraph
from specc.program.program import Program
from specc.program.types import INTEGERS, TensorType
from specc.source import Span

if TYPE_CHECKING:
    from specc.catalogue.objects.losses import Loss
    from specc.catalogue.objects.rules import Fill

Given: TypeAlias = Any
"""What a spec says: None, a tuple of columns, or a dict of such by the name of an input or output."""

Chosen: TypeAlias = dict[str, tuple[str, ...]]


class Known(Protocol):
    """What is known of a source: its name for messages, its columns, and which of them it knows as targets."""

    @property
    def title(self) -> str: ...
    @property
    def columns(self) -> Mapping[str, Any] | None: ...
    @property
    def targets(self) -> tuple[str, ...]: ...
    @property
    def noun(self) -> str: ...
    def place(self, column: str) -> Span | None: ...


# ── Places ───────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Places:
    """Where findings about columns point: all at one place, as for a file that was given with a command."""

    whole: Span

    def of(self, name: str) -> Span:
        """The place of an input or output."""
        return self.whole

    def setting(self, what: str) -> Span:
        """The place of the columns of all inputs, or of all targets."""
        return self.whole

    def key(self, what: str, name: str) -> Span:
        """The place of an input's or output's name among them."""
        return self.setting(what)

    def column(self, what: str, name: str, index: int) -> Span:
        """The place of a column's name."""
        return self.setting(what)


@dataclass(frozen=True)
class SpecPlaces(Places):
    """Where a spec says which columns feed what."""

    program: Program
    data: str
    model: ModelGraph

    def of(self, name: str) -> Span:
        """Where the model makes an input or output."""
        graph = self.model
        return graph[graph.outputs[name].node].span if name in graph.outputs else graph[name].span

    def setting(self, what: str) -> Span:
        """The value of ``inputs`` or ``targets``, or all of the source."""
        return self.program.place("data", self.data, _setting(what))

    def argument(self, *path: str) -> Span:
        """An argument of the source or a part of it, or all of the source."""
        return self.program.place("data", self.data, *path)

    def key(self, what: str, name: str) -> Span:
        """The name before ``=`` in a record."""
        record = self.setting(what)
        found = re.search(rf'(?<!\w)"?{re.escape(name)}"?(?=\s*[=:])', record.text)
        return Span(record.source, record.start + found.start(), record.start + found.end()) if found else record

    def column(self, what: str, name: str, index: int) -> Span:
        """The name of a column in a record by name or in a list, or on its own."""
        start = ("data", self.data, _setting(what))
        paths = ((*start, name, str(index)), (*start, name), (*start, str(index)))
        known = self.program.places
        return next((known[path] for path in paths if path in known), self.setting(what))


def spec_places(program: Program, data: str, model: ModelGraph) -> SpecPlaces:
    """The places of the data called ``data`` and of what they feed."""
    return SpecPlaces(program.place("data", data), program, data, model)


# ── Choice ───────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Chooser:
    """Chooses columns by name; what it can't choose is missing from the result and told in ``findings``.

    Where the columns aren't known, only what a spec says itself is chosen.
    """

    known: Known
    places: Places
    findings: list[Diagnostic] = field(default_factory=list[Diagnostic])

    def targets(self, outputs: Iterable[str], given: Given) -> Chosen:
        """The columns of each output's target: as given, by the same name, or those that the source knows."""
        return self._choose(list(outputs), given, "output", self.known.targets)

    def inputs(self, inputs: Iterable[str], given: Given, targets: Iterable[str]) -> Chosen:
        """The columns of each input: as given, by the same name, or for a lone input all that are no targets."""
        taken = {*targets, *self.known.targets}
        rest = tuple(c for c in self.known.columns or () if c not in taken)
        return self._choose(list(inputs), given, "input", rest)

    def _choose(self, names: list[str], given: Given, what: str, for_a_lone_one: tuple[str, ...]) -> Chosen:
        before = len(self.findings)
        chosen = self._given(names, given, what)
        if len(self.findings) > before:  # what is said is wrong: guessing the rest would only mislead
            return {}
        columns = self.known.columns
        if columns is None:
            return chosen
        for name in names:
            if name in chosen:
                continue
            if name in columns:
                chosen[name] = (name,)
            elif len(names) == 1 and for_a_lone_one:
                chosen[name] = for_a_lone_one
            else:
                self.findings.append(self._no_column(name, what))
        return {name: found for name, found in chosen.items() if self._all_there(name, found, what)}

    def _given(self, names: list[str], given: Given, what: str) -> Chosen:
        if given is None:
            return {}
        if isinstance(given, dict):
            for name in given:
                if name not in names:
                    self.findings.append(self._no_such(name, names, what))
            return {name: tuple(given[name]) for name in names if name in given}
        if len(names) == 1:
            return {names[0]: tuple(given)}
        if names:
            message = f"there are {len(names)} {what}s: say which {self.known.noun}s belong to which"
            hint = f"write `{_setting(what)} = {{ {'  '.join(f'{n} = […]' for n in names[:3])} }}`"
            self.findings.append(Diagnostic(UNKNOWN_COLUMN, message, self.places.setting(what), help=(hint,)))
        return {}

    def _no_such(self, name: str, names: list[str], what: str) -> Diagnostic:
        hint = did_you_mean(name, names) or ((f"{what}s are {', '.join(names)}",) if names else ())
        message = f"the model has no {what} `{name}`"
        place = self.places.key(what, name)
        if what == "output" and isinstance(self.places, SpecPlaces) and name in self.places.model.outputs:
            message, hint = f"the loss of `{name}` looks at no target", ("take it out",)
        return Diagnostic(UNKNOWN_SETTING, message, place, help=hint)

    def _all_there(self, name: str, chosen: tuple[str, ...], what: str) -> bool:
        columns = self.known.columns or {}
        for index, column in enumerate(chosen):
            if column not in columns:
                message = f"`{self.known.title}` has no {self.known.noun} `{column}`"
                hint = did_you_mean(column, columns) or (*self._delimiter_hint(), self._listed())
                place = self.places.column(what, name, index)
                self.findings.append(Diagnostic(UNKNOWN_COLUMN, message, place, help=hint))
        return all(c in columns for c in chosen)

    def _no_column(self, name: str, what: str) -> Diagnostic:
        noun = self.known.noun
        return Diagnostic(
            UNKNOWN_COLUMN,
            f"`{self.known.title}` has no {noun} for the {what} `{name}`",
            self.places.setting(what),
            related=(Related(self.places.of(name), f"the {what}"),),
            help=(
                *did_you_mean(name, self.known.columns or ()),
                *self._delimiter_hint(),
                f"name its {noun}: `{_setting(what)} = {{ {name} = … }}`",
                self._listed(),
            ),
        )

    def _delimiter_hint(self) -> tuple[str, ...]:
        """What to do about columns that were not told apart."""
        hint = delimiter_hint(self.known.columns or ())
        return hint if isinstance(self.places, SpecPlaces) or not hint else ("separate cells as in the training data",)

    def _listed(self) -> str:
        names = list(self.known.columns or ())
        return f"{self.known.noun}s are {', '.join(names[:12])}{', …' if len(names) > 12 else ''}"


def fills_of(source: Any) -> tuple[Fill, ...]:
    """What a source says about missing values; nothing where they are errors."""
    missing = getattr(source, "missing", ())
    return missing if isinstance(missing, tuple) else ()


def group_of(source: Any) -> str | None:
    """The column that says which rows of a source belong together."""
    return getattr(source, "group", None)


def weights_of(source: Any, outputs: Iterable[str]) -> dict[str, str]:
    """The column that says what examples count, for each output that has one."""
    given = getattr(source, "sample_weight", None)
    if given is None:
        return {}
    return dict(given) if isinstance(given, dict) else dict.fromkeys(outputs, str(given))


def set_aside(source: Any) -> list[str]:
    """The columns that say something about rows: a lone input that takes all columns doesn't take those."""
    return [*filter(None, [group_of(source)]), *weights_of(source, ("",)).values()]


def misplaced(source: Any, known: Known, inputs: Chosen, places: SpecPlaces) -> Iterator[Diagnostic]:
    """Columns that a source names, beside those of inputs and targets, and that can't be what it says."""
    if known.columns is None:
        return
    group = group_of(source)
    if group is not None and group not in known.columns:
        yield _no_such_column(group, known, places.argument("group"))
    yield from _misplaced_weights(source, known, places)
    feeding = {c for columns in inputs.values() for c in columns}
    place = places.argument("missing")
    for column in (c for fill in fills_of(source) for c in fill.columns or ()):
        if column not in known.columns:
            yield _no_such_column(column, known, place)
        elif column not in feeding:  # what is to be told is never made up
            message = f"`{column}` feeds no input: only inputs are filled"
            yield Diagnostic(CONFLICTING_ARGUMENTS, message, place, help=(f"take `{column}` out of `missing`",))


def _misplaced_weights(source: Any, known: Known, places: SpecPlaces) -> Iterator[Diagnostic]:
    outputs = list(places.model.outputs)
    for output, column in weights_of(source, outputs[:1]).items():
        place = places.argument("sample_weight", output)
        if output not in outputs:
            hint = did_you_mean(output, outputs) or (f"outputs are {', '.join(outputs)}",)
            yield Diagnostic(UNKNOWN_SETTING, f"the model has no output `{output}`", place, help=hint)
        elif column not in (known.columns or {}):
            yield _no_such_column(column, known, place)


def _no_such_column(column: str, known: Known, place: Span) -> Diagnostic:
    message = f"`{known.title}` has no {known.noun} `{column}`"
    return Diagnostic(UNKNOWN_COLUMN, message, place, help=did_you_mean(column, known.columns or ()))


# ── Misfits ──────────────────────────────────────────────────────────────────────────────────────


HOLD_BYTES: Final = tuple(dtype for dtype in INTEGERS if dtype not in ("int8", "uint8"))
"""The dtypes that texts are read as the bytes of."""

UNEQUAL: Final = "arrays of unequal shapes"


def bind_sizes(type_: TensorType, shape: tuple[int, ...], sizes: dict[str, Dim]) -> None:
    """Note what the symbols in a type are for the shape of an example that is to be of it."""
    for wanted, found in zip(type_.shape, shape, strict=False):
        if isinstance(wanted, Expr) and str(wanted) in {s.name for s in wanted.symbols}:
            sizes.setdefault(str(wanted), int(found))


def fits(wanted: Shape, found: tuple[int, ...]) -> bool:
    """Whether the shape of an example can be a wanted one; sizes that aren't numbers may be anything."""
    pairs = zip(wanted, found, strict=False)
    return len(wanted) == len(found) and all(w == f for w, f in pairs if isinstance(w, int))


@dataclass(frozen=True)
class Part:
    """An input or output, and the columns that are for it."""

    name: str
    type: TensorType
    columns: tuple[str, ...]


def wrong_shape(
    known: Known, places: Places, part: Part, found: tuple[int, ...] | str, sizes: Mapping[str, Dim]
) -> Diagnostic:
    """The finding that columns don't have the shape of what they are for.

    Args:
        found: the shape of one example, or what there is instead.
        sizes: what the symbols in the inputs' types were found to be.
    """
    symbols = sorted(s.name for s in symbols_of(part.type.shape))
    bound = [f"{symbol} = {sizes[symbol]}" for symbol in symbols if symbol in sizes]
    shown = found if isinstance(found, str) else f"[{', '.join(map(str, found))}] in {_some(known, part.columns)}"
    return Diagnostic(
        DATA_SHAPE,
        f"the data for `{part.name}` do not have its shape",
        places.whole,
        expected=f"{part.type}{' with ' if bound else ''}{', '.join(bound)}",
        found=shown,
        related=_made_and_data(known, places, part),
        help=_other_input(part, found) if isinstance(places, SpecPlaces) and part.name in places.model.inputs else (),
    )


def _other_input(part: Part, found: tuple[int, ...] | str) -> tuple[str, ...]:
    """What an input would have to be for the shape of its data."""
    if isinstance(found, str) or not found:
        return ()
    declared = f"declare `input {part.name}: {TensorType(part.type.dtype, found)}`"
    if part.type.rank == 1 and len(found) > 1 and part.type.shape == (prod(found),):
        return (f"{declared}, and put `{part.name} -> Flatten` before the first layer",)
    return (f"{declared}, or name the {'columns' if len(part.columns) > 1 else 'column'} that you want",)


def too_many_classes(known: Known, places: Places, part: Part, found: str, most: int, way_out: str) -> Diagnostic:
    """The finding that a column has more classes than an output can tell from each other."""
    return Diagnostic(
        TOO_MANY_CLASSES,
        f"the {known.noun} `{part.columns[0]}` has {found}, the output `{part.name}` is for {most}",
        places.whole,
        expected=f"classes 0 to {most - 1}",
        found=f"{found} in `{known.title}`",
        related=_made_and_data(known, places, part),
        help=(way_out,),
    )


def over_two_classes(loss: Loss, type_: TensorType) -> bool:
    """Whether a loss is over one value per example that says which of two classes it is."""
    if loss.targets != "values" or (type_.rank and type_.channels != 1):
        return False
    return loss.probabilities or type(loss).__name__ in ("Hinge", "SquaredHinge")


def more_units(classes: int, *, of_two: bool) -> str:
    """What to do about more classes than an output tells from each other."""
    if of_two:
        return "for more than two classes use `SparseCategoricalCrossentropy` and a softmax over them"
    return f"give the last layer {classes} units"


def _made_and_data(known: Known, places: Places, part: Part) -> tuple[Related, ...]:
    made = Related(places.of(part.name), f"`{part.name}` is {part.type}")
    data = known.place(part.columns[0])
    return (made,) if data is None else (made, Related(data, f"the data: {_some(known, part.columns)}"))


def _some(known: Known, columns: tuple[str, ...]) -> str:
    """Some columns in words."""
    shown = ", ".join(f"`{c}`" for c in columns[:5])
    more = f" and {len(columns) - 5} more" if len(columns) > 5 else ""
    return f"{known.noun}{'s' if len(columns) > 1 else ''} {shown}{more}"


def _setting(what: str) -> str:
    return "inputs" if what == "input" else "targets"
