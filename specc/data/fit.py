"""Fits columns to the types of a model's inputs, refusing what doesn't fit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from specc.data.columns import HOLD_BYTES, UNEQUAL, Chosen, Part, Places, bind_sizes, fits, wrong_shape
from specc.data.findings import MOST_FINDINGS, BadRows, bad_cell, raise_all
from specc.data.raw import Array, Raw, as_numbers
from specc.data.stored import Values, mapped, stacked, whole
from specc.data.values import array_dtype, byte_length, encode_texts, shorten, unfit, why_unfit
from specc.diagnostics import Diagnostic, SpecError
from specc.diagnostics.codes import DATA_SHAPE
from specc.program.dims import Dim, Shape
from specc.program.types import TensorType

TRUTHS_READ: Final = "`{}`: true read as 1, false as 0"


@dataclass
class Fitter:
    """Fits the columns of ``raw`` to tensors.

    Attributes:
        places: where a spec names the data, and the inputs and outputs.
        sizes: what the symbols in the inputs' types were found to be.
        rules: what was read as what, a line for each.
    """

    raw: Raw
    places: Places
    sizes: dict[str, Dim] = field(default_factory=dict[str, Dim])
    rules: list[str] = field(default_factory=list[str])

    def inputs(self, types: dict[str, TensorType], chosen: Chosen) -> dict[str, Values]:
        """The array of each input, ``[examples, …]`` in its dtype; stored where its columns are.

        Raises:
            SpecError: shapes, texts or missing values don't fit, or a symbol would have two sizes.
        """
        errors: list[SpecError] = []
        arrays: dict[str, Values] = {}
        for name, type_ in types.items():
            try:
                arrays[name] = self._input(name, type_, chosen[name], self._text_length(type_, types, chosen))
            except SpecError as error:
                errors.append(error)
        raise_all(errors)
        for name, array in arrays.items():
            bind_sizes(types[name], array.shape[1:], self.sizes)
        for name, array in arrays.items():
            self.require_shape(name, types[name], chosen[name], array)
        return arrays

    def _input(self, name: str, type_: TensorType, columns: tuple[str, ...], length: int) -> Values:
        texts = self._texts(type_, columns)
        if texts is not None:
            self._require_short(columns[0], texts, length)
            self.rules.append(f"`{columns[0]}`: texts as their UTF-8 bytes plus 1, padded with 0 to {length}")
            self._tell_empty(columns[0], texts)
            return mapped(texts, lambda some: encode_texts(some, length).astype(type_.dtype))
        if type_.dtype == "string":
            words = [self._words(column) for column in columns]
            for column, texts in zip(columns, words, strict=True):
                self._tell_empty(column, texts)
            return words[0] if len(words) == 1 and type_.rank != 1 else stacked(words)
        arrays = self.numbers(columns, type_.dtype)
        if len(arrays) == 1 and not (type_.rank == 1 and arrays[0].ndim == 1):
            return arrays[0]
        return self.stack(name, type_, columns, arrays)

    def stack(self, name: str, type_: TensorType, columns: tuple[str, ...], arrays: Sequence[Values]) -> Values:
        """Columns side by side, ``[examples, …, columns]``."""
        if len({a.shape for a in arrays}) > 1:
            part = Part(name, type_, columns)
            raise SpecError(wrong_shape(self.raw, self.places, part, UNEQUAL, self.sizes))
        return stacked(arrays)

    # ── Texts ────────────────────────────────────────────────────────────────────────────────────

    def takes_texts(self, type_: TensorType, columns: tuple[str, ...]) -> bool:
        """Whether texts of a column become bytes for an input such as ``int32[T]``."""
        return self._texts(type_, columns) is not None

    def _tell_empty(self, column: str, texts: Values) -> None:
        if count := sum(not text.strip() for text in texts):
            self.rules.append(f"`{column}`: {count} empty cell{'' if count == 1 else 's'} read as the empty text")

    def _texts(self, type_: TensorType, columns: tuple[str, ...]) -> Values | None:
        """The texts that become the bytes of an input such as ``int32[T]``, if that is what it takes."""
        if len(columns) != 1 or type_.rank != 1 or type_.dtype not in HOLD_BYTES:
            return None
        if type_.shape[0] == 1 and self.raw.columns[columns[0]].dtype != object:
            return None  # one number per example
        return self.raw.words_for(columns[0])

    def _words(self, column: str) -> Values:
        """The texts of a column.

        Raises:
            SpecError: it holds none.
        """
        words = self.raw.words_for(column)
        if words is None:
            message = f"the {self.raw.noun} `{column}` holds numbers, no texts"
            hint = "declare the input with their dtype: integers are looked up by `IntegerLookup`"
            raise SpecError(bad_cell(message, self.raw.place(column), self.places.whole, (hint,)))
        return words

    def _text_length(self, type_: TensorType, types: dict[str, TensorType], chosen: Chosen) -> int:
        """The length that texts are padded to: as the type says, else the longest of all inputs of that length."""
        if type_.rank == 1 and isinstance(type_.shape[0], int):
            return type_.shape[0]
        same = (n for n, t in types.items() if t.shape == type_.shape)
        found = (self._texts(types[n], chosen[n]) for n in same)
        return max((byte_length(t) for t in found if t is not None), default=1)

    def _require_short(self, column: str, texts: Values, length: int) -> None:
        long = [row for row, text in enumerate(texts) if len(text.encode()) > length]
        raise_all(
            self._bad(column, long, lambda r: f"this text has {len(texts[r].encode())} bytes, the input takes {length}")
        )

    # ── Numbers ──────────────────────────────────────────────────────────────────────────────────

    def numbers(self, columns: tuple[str, ...], dtype: str) -> list[Values]:
        """The columns in a dtype.

        Raises:
            SpecError: with the place of each value that isn't one of it.
        """
        arrays = [self._as_numbers(column) for column in columns]
        raise_all(error for c, array in zip(columns, arrays, strict=True) for error in self._unfit(c, array, dtype))
        kept = array_dtype(dtype)
        through = np.float64 if kept == "bool" else kept
        return [mapped(array, lambda some: some.astype(through).astype(kept)) for array in arrays]

    def _as_numbers(self, column: str) -> Values:
        array = self.raw.columns[column]
        numbers = as_numbers(array)
        if numbers is not array:
            self.rules.append(TRUTHS_READ.format(column))
        return numbers

    def _unfit(self, column: str, array: Values, dtype: str) -> list[SpecError]:
        rows = np.flatnonzero(unfit(array, dtype))
        if array.dtype == object and len(rows) == len(array) > 1 and str(array[0]).strip():
            message = f"the {self.raw.noun} `{column}` holds texts such as `{shorten(str(array[0]))}`, no numbers"
            hint = "name the columns that you want with `inputs`; texts feed an input `string[]`, as for `StringLookup`"
            return [SpecError(bad_cell(message, self.raw.place(column), self.places.whole, (hint,)))]
        return self._bad(column, rows.tolist(), lambda row: why_unfit(array[row], dtype))

    def _bad(self, column: str, rows: Sequence[int], why: Callable[[int], str]) -> list[SpecError]:
        """The finding that rows can't be used, if there are any; ``why`` says it of a row."""
        # Without a line to show, one finding says it all.
        shown = rows[: MOST_FINDINGS if self.raw.shows_rows else 1]
        return [BadRows(rows, *(self._bad_value(column, row, why(row)) for row in shown))] if rows else []

    def _bad_value(self, column: str, row: int, message: str) -> Diagnostic:
        number = int(self.raw.numbers[row])
        where = "" if self.raw.shows_rows else f" (example {number} of `{column}`, counted from 0)"
        return bad_cell(message + where, self.raw.place(column, row), self.places.whole)

    def bad_values(self, column: str, rows: Array, what: str) -> None:
        """Refuse the values at some rows.

        Raises:
            BadRows: there are any.
        """
        values = self.raw.columns[column]
        raise_all(self._bad(column, rows.tolist(), lambda row: f"`{shorten(_plain(values[row]))}` {what}"))

    def groups(self, column: str | None) -> Array | None:
        """For each example the number of its group, from 0 in the order of the values of a column.

        Raises:
            SpecError: the column is no value per example; `BadRows` where the value is missing.
        """
        if column is None:
            return None
        values = self.raw.columns[column]
        if values.ndim != 1:
            message = f"the {self.raw.noun} `{column}` says what belongs together: it needs one value per example"
            raise SpecError(Diagnostic(DATA_SHAPE, message, self.places.whole, found=str(list(values.shape[1:]))))
        texts = values.dtype == object
        values = np.array([str(v).strip() for v in values]) if texts else whole(values)
        absent = values == "" if texts else values != values
        raise_all(self._bad(column, np.flatnonzero(absent).tolist(), lambda _: "the group is missing here"))
        return np.unique(values, return_inverse=True)[1].reshape(-1)

    def weights(self, column: str, positions: Shape) -> Array:
        """What each example counts, float32 ``[examples]``; of an output with positions also each of those, or the
        first axes of them. There is always an axis for each, of size 1 where all of it count alike.

        Args:
            positions: the axes of an example over which the loss has values: ``[T]`` of an output ``[T, c]``.

        Raises:
            SpecError: the column is of another shape; `BadRows` where a weight is missing, infinite or negative.
        """
        (stored,) = self.numbers((column,), "float32")
        array = whole(stored)
        self.bad_values(column, np.flatnonzero((array < 0).reshape(len(array), -1).any(axis=1)), "is less than 0")
        found = array.shape[1:]
        if not fits(positions[: len(found)], found):
            message = f"the {self.raw.noun} `{column}` says what each example counts: it needs one number per example"
            wanted = f", or {list(positions)}" if positions else ""
            raise SpecError(Diagnostic(DATA_SHAPE, message + wanted, self.places.whole, found=str(list(found))))
        return array.reshape(*array.shape, *(1,) * (len(positions) - len(found)))

    # ── Shapes ───────────────────────────────────────────────────────────────────────────────────

    def require_shape(self, name: str, type_: TensorType, columns: tuple[str, ...], array: Values) -> None:
        """Refuse an array ``[examples, …]`` that isn't of a type, given the sizes of symbols found so far.

        Raises:
            SpecError: it isn't.
        """
        found = array.shape[1:]
        if not fits(type_.substitute(self.sizes).shape, found):
            part = Part(name, type_, columns)
            raise SpecError(wrong_shape(self.raw, self.places, part, found, self.sizes))


def _plain(value: object) -> str:
    if isinstance(value, np.ndarray):
        return "an array"
    return f"{value:g}" if isinstance(value, float | np.floating) else str(value)
