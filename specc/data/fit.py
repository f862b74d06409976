"""Fits columns to the types of a model's inputs and outputs, refusing what doesn't fit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from specc.catalogue.declare import Declaration
from specc.data.raw import Array, Raw
from specc.diagnostics import Diagnostic, Related, Report, SpecError, did_you_mean
from specc.diagnostics.codes import BAD_CELL, DATA_SHAPE, TOO_MANY_CLASSES, UNKNOWN_COLUMN
from specc.program.types import INTEGERS, TensorType
from specc.source import Span

_MOST_FINDINGS = 20


@dataclass
class Fitter:
    """Fits the columns of ``raw``; ``place`` is where the spec names the data, ``places`` where it names the tensors."""

    raw: Raw
    place: Span
    places: dict[str, Span]

    # ── Which columns ────────────────────────────────────────────────────────────────────────────

    def target_columns(self, outputs: Iterable[str], given: Any) -> dict[str, tuple[str, ...]]:
        """The columns of each output's target: as given, by the same name, or those that the source knows.

        Raises:
            SpecError: they can't be told.
        """
        names = list(outputs)
        chosen = self._chosen(names, given, "output")
        for name in names:
            if name not in chosen and name in self.raw.columns:
                chosen[name] = (name,)
            elif name not in chosen and len(names) == 1 and self.raw.targets:
                chosen[name] = self.raw.targets
            elif name not in chosen:
                raise SpecError(self._no_column(name, "output", "targets"))
        self._require(chosen)
        return chosen

    def input_columns(
        self, inputs: dict[str, TensorType], given: Any, targets: Iterable[str]
    ) -> dict[str, tuple[str, ...]]:
        """The columns of each input: as given, by the same name, or for a lone input all that are no targets."""
        chosen = self._chosen(list(inputs), given, "input")
        taken = {*targets, *self.raw.targets}
        rest = tuple(c for c in self.raw.columns if c not in taken)
        for name in inputs:
            if name not in chosen and name in self.raw.columns:
                chosen[name] = (name,)
            elif name not in chosen and len(inputs) == 1 and rest:
                chosen[name] = rest
            elif name not in chosen:
                raise SpecError(self._no_column(name, "input", "inputs"))
        self._require(chosen)
        return chosen

    def _chosen(self, names: list[str], given: Any, what: str) -> dict[str, tuple[str, ...]]:
        if given is None:
            return {}
        if not isinstance(given, dict):
            if len(names) != 1:
                message = f"there are {len(names)} {what}s: say which columns belong to which"
                hint = f"write `{what if what == 'input' else 'target'}s = {{ {names[0]} = […]  … }}`"
                raise SpecError(Diagnostic(UNKNOWN_COLUMN, message, self.place, help=(hint,)))
            return {names[0]: tuple(given)}
        for name in given:
            if name not in names:
                hint = did_you_mean(name, names) or (f"{what}s are {', '.join(names)}",)
                raise SpecError(Diagnostic(UNKNOWN_COLUMN, f"the model has no {what} `{name}`", self.place, help=hint))
        return {k: tuple(v) for k, v in given.items()}

    def _require(self, chosen: dict[str, tuple[str, ...]]) -> None:
        report = Report()
        for column in (c for columns in chosen.values() for c in columns):
            if column not in self.raw.columns:
                known = list(self.raw.columns)
                hint = did_you_mean(column, known) or (f"columns are {', '.join(known[:12])}",)
                related = (Related(self.raw.place(column), "the data"),)
                message = f"`{self.raw.file.name}` has no column `{column}`"
                report.add(Diagnostic(UNKNOWN_COLUMN, message, self.place, related=related, help=hint))
        report.raise_if_errors()

    def _no_column(self, name: str, what: str, setting: str) -> Diagnostic:
        known = ", ".join(list(self.raw.columns)[:12])
        return Diagnostic(
            UNKNOWN_COLUMN,
            f"`{self.raw.file.name}` has no column for the {what} `{name}`",
            self.place,
            related=(Related(self.places.get(name, self.place), f"the {what}"),),
            help=(f"name it: `{setting} = {{ {name} = … }}`", f"columns are {known}"),
        )

    # ── Inputs ───────────────────────────────────────────────────────────────────────────────────

    def input(self, name: str, type_: TensorType, columns: tuple[str, ...]) -> Array:
        """The array of one input, ``[examples, …]`` in the input's dtype.

        Raises:
            SpecError: shape, texts or missing values don't fit.
        """
        arrays = [self.raw.columns[c] for c in columns]
        if len(arrays) == 1 and arrays[0].dtype == object and type_.dtype in INTEGERS and type_.rank == 1:
            return self._checked(name, type_, columns, encode_texts(arrays[0]).astype(type_.dtype))
        if len(arrays) == 1 and type_.dtype == "string" and type_.rank == 0:
            return arrays[0].astype(str)
        self._require_numbers(columns)
        array = arrays[0] if len(arrays) == 1 and not _is_vector(type_, arrays[0]) else np.stack(arrays, axis=-1)
        return self._checked(name, type_, columns, array.astype(_dtype(type_)))

    def _checked(self, name: str, type_: TensorType, columns: tuple[str, ...], array: Array) -> Array:
        found = array.shape[1:]
        fits = len(found) == type_.rank and all(
            not isinstance(w, int) or w == h for w, h in zip(type_.shape, found, strict=True)
        )
        if fits:
            return array
        raise SpecError(
            Diagnostic(
                DATA_SHAPE,
                f"the data for `{name}` do not have its shape",
                self.place,
                expected=f"{type_}",
                found=f"[{', '.join(map(str, found))}] in {self._listed(columns)}",
                related=(
                    Related(self.places.get(name, self.place), f"`{name}` is {type_}"),
                    Related(self.raw.place(columns[0]), f"the data: {self._listed(columns)}"),
                ),
            )
        )

    def _listed(self, columns: tuple[str, ...]) -> str:
        shown = ", ".join(f"`{c}`" for c in columns[:5])
        more = f" and {len(columns) - 5} more" if len(columns) > 5 else ""
        return f"column{'s' if len(columns) > 1 else ''} {shown}{more}"

    def _require_numbers(self, columns: tuple[str, ...]) -> None:
        """Refuse texts and missing values, each with its line."""
        report = Report()
        for column in columns:
            array = self.raw.columns[column]
            for row in _bad_rows(array)[: _MOST_FINDINGS - len(report)]:
                value = array[row]
                message = "a number is missing here" if _is_missing(value) else f"{str(value)!r} is no number"
                related = (Related(self.place, f"column `{column}` is read for this"),)
                report.add(Diagnostic(BAD_CELL, message, self.raw.place(column, int(row)), related=related))
        report.raise_if_errors()

    # ── Targets ──────────────────────────────────────────────────────────────────────────────────

    def target(
        self, name: str, type_: TensorType, columns: tuple[str, ...], loss: Declaration | None
    ) -> tuple[Array, tuple[str, ...] | None]:
        """The target of one output, and the class names where it is classes.

        Class numbers are int32 ``[examples, …]``; everything else is float32 of the output's shape.
        """
        wanted = getattr(loss, "targets", "values")
        array = self.raw.columns[columns[0]]
        if wanted == "values" and array.dtype != object:
            return self._values(name, type_, columns), None
        ids, classes = self._classes(columns[0], type_)
        if wanted == "values":
            return ids.astype(np.float32).reshape(-1, *(1,) * type_.rank), classes
        count = type_.channels if type_.rank else 1
        if isinstance(count, int) and int(ids.max()) >= count:
            raise SpecError(self._too_many(name, type_, columns[0], int(ids.max()) + 1))
        if wanted == "one_hot" and isinstance(count, int):
            return np.eye(count, dtype=np.float32)[ids], classes
        return ids, classes

    def _values(self, name: str, type_: TensorType, columns: tuple[str, ...]) -> Array:
        self._require_numbers(columns)
        arrays = [self.raw.columns[c].astype(np.float32) for c in columns]
        array = arrays[0] if len(arrays) == 1 else np.stack(arrays, axis=-1)
        if array.ndim == type_.rank and array.ndim and type_.channels == 1:
            array = array[..., np.newaxis]
        return self._checked(name, type_, columns, array)

    def _classes(self, column: str, type_: TensorType) -> tuple[Array, tuple[str, ...]]:
        array = self.raw.columns[column]
        if array.dtype == object:
            labels = sorted({str(v).strip() for v in array})
            index = {label: i for i, label in enumerate(labels)}
            self._require_labels(column)
            return np.array([index[str(v).strip()] for v in array], dtype=np.int32), tuple(labels)
        self._require_numbers((column,))
        wrong = np.flatnonzero((array < 0) | (array != np.floor(array)))
        if array.ndim == 1 and wrong.size:
            message = f"{array[wrong[0]]:g} is no class: classes count from 0"
            related = (Related(self.place, f"column `{column}` is read for this"),)
            raise SpecError(Diagnostic(BAD_CELL, message, self.raw.place(column, int(wrong[0])), related=related))
        count = type_.channels if type_.rank and isinstance(type_.channels, int) else int(array.max()) + 1
        names = self.raw.classes.get(column) or tuple(str(i) for i in range(count))
        return array.astype(np.int32), names

    def _require_labels(self, column: str) -> None:
        empty = [i for i, v in enumerate(self.raw.columns[column]) if not str(v).strip()]
        if empty:
            related = (Related(self.place, f"column `{column}` is read for this"),)
            raise SpecError(
                Diagnostic(BAD_CELL, "a class is missing here", self.raw.place(column, empty[0]), related=related)
            )

    def _too_many(self, name: str, type_: TensorType, column: str, count: int) -> Diagnostic:
        return Diagnostic(
            TOO_MANY_CLASSES,
            f"the column `{column}` has {count} classes, but the output `{name}` has {type_.channels}",
            self.place,
            expected=f"at most {type_.channels} classes",
            found=f"{count} classes in `{self.raw.file.name}`",
            related=(
                Related(self.places.get(name, self.place), f"`{name}` is {type_}"),
                Related(self.raw.place(column), f"column `{column}`"),
            ),
            help=(f"give the last layer {count} units",),
        )


def encode_texts(texts: Iterable[Any]) -> Array:
    """Texts as their UTF-8 bytes plus 1, int32 ``[texts, longest]``, padded with 0."""
    encoded = [str(t).encode() for t in texts]
    longest = max(map(len, encoded), default=0) or 1
    result = np.zeros((len(encoded), longest), dtype=np.int32)
    for row, data in zip(result, encoded, strict=True):
        row[: len(data)] = np.frombuffer(data, dtype=np.uint8).astype(np.int32) + 1
    return result


def _is_vector(type_: TensorType, array: Array) -> bool:
    """Whether a lone column of single values is to become the one channel of a vector."""
    return type_.rank == 1 and array.ndim == 1


def _dtype(type_: TensorType) -> str:
    return "float32" if type_.dtype == "bfloat16" else type_.dtype


def _bad_rows(array: Array) -> list[int]:
    if array.dtype == object:
        return [i for i, v in enumerate(array) if not _is_number(str(v))]
    if array.dtype.kind != "f":
        return []
    finite = np.isfinite(array.reshape(len(array), -1)).all(axis=1)
    return [int(i) for i in np.flatnonzero(~finite)]


def _is_number(text: str) -> bool:
    try:
        return bool(np.isfinite(float(text)))
    except ValueError:
        return False


def _is_missing(value: Any) -> bool:
    return not str(value).strip() or str(value) == "nan"
