"""Fills missing values of inputs with what a spec says, or with what the training split says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

import numpy as np

from specc.catalogue.declare import Declaration
from specc.catalogue.objects.rules import STRATEGIES, Fill
from specc.data.columns import Chosen, Places, fills_of
from specc.data.fit import TRUTHS_READ, Fitter
from specc.data.raw import Array, Raw, as_numbers
from specc.data.stored import chunks, mapped, taken
from specc.data.values import unfit
from specc.diagnostics import Diagnostic, SpecError
from specc.diagnostics.codes import CANNOT_LEARN, CONFLICTING_ARGUMENTS
from specc.program.plans import DataPlan
from specc.program.program import Plans, Program
from specc.program.types import TensorType
from specc.source import Span

Filler: TypeAlias = float | str
"""What stands in the place of a missing value."""

_OF_NUMBERS: Final = ("mean", "median")


@dataclass(frozen=True)
class Filling:
    """How the missing values of the columns of inputs are filled.

    Attributes:
        fills: what the spec says.
        place: where it says so.
    """

    fills: tuple[Fill, ...]
    place: Span
    types: Mapping[str, TensorType]
    inputs: Chosen

    def values(self, raw: Raw, train: Array | None = None) -> dict[str, Filler]:
        """What each column is filled with.

        Args:
            train: the rows that may be learned from. Without them, any value of a column stands for what isn't known.

        Raises:
            SpecError: a column holds something else than it is to be filled with, or there is nothing to learn from.
        """
        found: dict[str, Filler] = {}
        for column, type_, fill, texts in self._filled(raw):
            if fill.value in STRATEGIES:
                value = _learned(fill.value, _present(raw, column, texts=texts, rows=train), known=train is not None)
                if value is None:
                    message = (
                        f"`{column}` has no values in the training split that a {fill.value} could be learned from"
                    )
                    raise SpecError(Diagnostic(CANNOT_LEARN, message, self.place))
            else:
                value = fill.value
            if train is not None or fill.value not in STRATEGIES:
                self._require_fit(column, type_, value)
            found[column] = value
        return found

    def known(self, raw: Raw) -> dict[str, Filler]:
        """What each column is filled with that isn't to be learned first."""
        return {c: fill.value for c, _, fill, _ in self._filled(raw) if fill.value not in STRATEGIES}

    @property
    def learns(self) -> bool:
        """Whether the training split says what values are filled with."""
        return any(fill.value in STRATEGIES for fill in self.fills)

    def rules(self, raw: Raw, values: Mapping[str, Filler]) -> Iterator[str]:
        """A line for each column in which something was missing."""
        said = {column: fill.value for column, _, fill, _ in self._filled(raw)}
        for column, value in values.items():
            count = _count(raw, column, texts=isinstance(value, str))
            if count:
                learned = f", the {said[column]} of the training split" if said[column] in STRATEGIES else ""
                if not isinstance(value, str) and raw.columns[column].dtype == object:
                    yield TRUTHS_READ.format(column)
                shown = f"`{value}`" if isinstance(value, str) else f"{value:g}"
                yield f"`{column}`: {count} missing value{'' if count == 1 else 's'} filled with {shown}{learned}"

    def _filled(self, raw: Raw) -> Iterator[tuple[str, TensorType, Fill, bool]]:
        """The columns that are filled, the type of the input they feed, with what, and whether they hold texts."""
        if not self.fills:
            return
        fitter = Fitter(raw, Places(self.place))
        done: set[str] = set()
        for name, columns in self.inputs.items():
            type_ = self.types[name]
            for column in columns:
                texts = type_.dtype == "string" or fitter.takes_texts(type_, columns)
                fill = self._fill(raw, column, texts=texts)
                if fill is not None and column not in done:
                    done.add(column)
                    yield column, type_, fill, texts

    def _fill(self, raw: Raw, column: str, *, texts: bool) -> Fill | None:
        named = next((f for f in self.fills if column in (f.columns or ())), None)
        fill = named or next((f for f in self.fills if f.columns is None), None)
        if fill is None:
            return None
        numbers = as_numbers(raw.columns[column])
        fits = _for_texts(fill.value) if texts else numbers.dtype != object and _for_numbers(fill.value)
        if named is not None and not fits and (texts or numbers.dtype != object):
            holds, way_out = ("texts", "a quoted text") if texts else ("numbers", "a number")
            message = f"`{column}` holds {holds}, it can't be filled with {_shown(fill.value)}"
            hint = f"fill it with `most_frequent` or {way_out}"
            raise SpecError(Diagnostic(CONFLICTING_ARGUMENTS, message, self.place, help=(hint,)))
        return fill if fits else None

    def _require_fit(self, column: str, type_: TensorType, value: Filler) -> None:
        if not isinstance(value, str) and unfit(np.array([value]), type_.dtype)[0]:
            message = f"`{column}` would be filled with {value:g}, which is no {type_.dtype}"
            hint = "use `most_frequent`, or a number of that kind"
            raise SpecError(Diagnostic(CONFLICTING_ARGUMENTS, message, self.place, help=(hint,)))


def filled(raw: Raw, values: Mapping[str, Filler]) -> Raw:
    """The columns with values in the place of the missing ones."""
    columns, texts = dict(raw.columns), dict(raw.texts)
    for column, value in values.items():
        if not isinstance(value, str):
            if _count(raw, column, texts=False):
                columns[column] = mapped(as_numbers(columns[column]), _filler_of_numbers(value))
        elif (words := raw.words_for(column)) is not None:
            words = mapped(words, _filler_of_texts(value))
            if column in texts:
                texts[column] = words
            if columns[column].dtype == object:
                columns[column] = words
    return replace(raw, columns=columns, texts=texts)


def _filler_of_numbers(value: float) -> Callable[[Array], Array]:
    return lambda numbers: np.where(np.isnan(numbers), value, numbers)


def _filler_of_texts(value: str) -> Callable[[Array], Array]:
    return lambda words: np.array([word if word.strip() else value for word in words], dtype=object)


def with_learned(program: Program, data: str, values: Mapping[str, Filler]) -> Program:
    """The program whose data say what missing values are filled with, in the place of how that is learned."""
    plan = program.data[data]
    if not any(fill.value in STRATEGIES for fill in fills_of(plan.source)):
        return program
    fills = tuple(Fill.make(value=v, columns=(c,)) for c, v in values.items())
    source: Declaration = type(plan.source).make(**{**plan.source.given, "missing": fills or "error"})
    plans: Plans[DataPlan] = Plans("DataPlan")
    plans.update(program.data)
    plans[data] = plan.model_copy(update={"source": source})
    return replace(program, data=plans)


def _present(raw: Raw, column: str, *, texts: bool, rows: Array | None) -> Iterator[Array]:
    """The values of a column that aren't missing, at some rows, some at a time."""
    values = raw.words_for(column) if texts else as_numbers(raw.columns[column])
    if values is None:
        return
    for some in chunks(values if rows is None else taken(values, rows)):
        yield some[[bool(word.strip()) for word in some]] if texts else some[~np.isnan(some)]


def _learned(strategy: str, values: Iterator[Array], *, known: bool) -> Filler | None:
    if not known:
        first = next((some[0] for some in values if len(some)), None)
        return first if first is None or isinstance(first, str) else float(first)
    if strategy == "most_frequent":
        counts = Counter[Any]()
        for some in values:
            counts.update(some.tolist())
        most = max(counts.values(), default=0)
        return min((value for value, count in counts.items() if count == most), default=None)
    # The values of one column, at full precision whatever the dtype of the column.
    numbers = np.concatenate([some.astype(np.float64) for some in values])
    if not len(numbers):
        return None
    return float(np.mean(numbers) if strategy == "mean" else np.median(numbers))


def _count(raw: Raw, column: str, *, texts: bool) -> int:
    values = raw.words_for(column) if texts else as_numbers(raw.columns[column])
    if values is None:
        return 0
    if texts:
        return sum(not word.strip() for word in values)
    return sum(int(np.isnan(some).sum()) for some in chunks(values))


def _for_texts(value: Filler) -> bool:
    return isinstance(value, str) and value not in _OF_NUMBERS


def _for_numbers(value: Filler) -> bool:
    return not isinstance(value, str) or value in STRATEGIES


def _shown(value: Filler) -> str:
    return f"the text `{value}`" if isinstance(value, str) and value not in STRATEGIES else f"`{value}`"
