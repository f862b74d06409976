"""The weights of a file of Keras, under the names that specc gives them.

In a `.keras` file each layer has a group with numbered arrays in Keras's order, and with its name as an attribute; the
parts of a layer have groups in it. In an `.h5` file an attribute lists the arrays of a layer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from specc.catalogue.layer import Weight
from specc.data.raw import Array
from specc.diagnostics import Diagnostic, SpecError
from specc.diagnostics.codes import WEIGHTS_DIFFER
from specc.elaborate.json_records import items_of
from specc.elaborate.json_text import JsonValue
from specc.importing.calls import name_of
from specc.importing.constants import MOST_NUMBERS
from specc.importing.operations import is_operation
from specc.program.names import snake_case
from specc.source import Span

_PARTS: Final = (
    "cell", "cells", "layer", "forward_layer", "backward_layer", "query_dense", "key_dense", "gate_dense",
    "value_dense", "output_dense",
)  # fmt: skip
"""The parts of layers that have weights, in the order in which a layer lists theirs."""

_NO_WEIGHTS: Final = ("seed_generator", "_seed_generators")


class Stored:
    """The arrays of one file, by layers."""

    def __init__(self, file: Any, form: str, place: Span) -> None:
        self.file, self.form, self.place = file, form, place

    def root(self) -> Any:
        """The group of the whole model."""
        return self.file if self.form == "keras" else _group(self.file, "model_weights")

    def groups(self, group: Any, records: Sequence[tuple[str, JsonValue]]) -> dict[str, Any]:
        """The groups of a model's layers, by the names of their nodes."""
        if isinstance(group, _Listed):
            return {node: group.of(name_of(r)) for node, r in records}
        if self.form == "h5":
            return {node: _listed(_group(group, name_of(r))) for node, r in records}
        layers = _group(group, "layers")
        by_name: dict[str, Any] = {}
        for key in layers if layers is not None else ():
            inner = _group(layers, key)
            own = _group(inner, "vars")
            if own is not None and isinstance(name := own.attrs.get("name"), str):
                by_name[name] = inner
        found: dict[str, Any] = {}
        counted: dict[str, int] = {}
        for node, record in records:
            if is_operation(record):
                continue
            base = snake_case(str(record.at("class_name").value))
            number = counted[base] = counted.get(base, -1) + 1
            fallback = None if by_name else _group(layers, f"{base}_{number}" if number else base)
            found[node] = by_name.get(name_of(record), fallback)
        return found

    def arrays(self, group: Any, record: JsonValue) -> list[Any]:
        """The arrays of a layer, in Keras's order of ``layer.weights``; they aren't read yet."""
        if self.form == "h5" or record.at("class_name").value != "SpectralNormalization":
            return self._arrays(group, list(_classes_in(record)))
        own, inner = self._own(group), self._arrays(_group(group, "layer"), [])
        return [*own, *inner[1:]]  # the inner layer's kernel is among its own, too

    def _own(self, group: Any) -> list[Any]:
        """The arrays of a layer that aren't those of a part."""
        own = _group(group, "vars")
        return [] if own is None else [_dataset(own, k, self.place) for k in sorted(own, key=_number)]

    def _arrays(self, group: Any, classes: Sequence[str]) -> list[Any]:
        if group is None:
            return []
        if isinstance(group, _Listed):
            return [_dataset(group.group, name, self.place) for name in group.names]
        found = self._own(group)
        for key in sorted((k for k in group if k != "vars" and k not in _NO_WEIGHTS), key=lambda k: _rank(k, classes)):
            found += self._arrays(_group(group, key), classes)
        return found

    def numbers(self, document: JsonValue, path: tuple[str, ...], index: int) -> list[float] | None:
        """The numbers of a layer's array, by the names of the models it is in and its own; None for none."""
        group, record = self.root(), document
        for name in path:
            records = items_of(record.at("config") if record.at("config") is not record else record, "layers")
            found = next((r for r in records if name_of(r) == name), None)
            if found is None or group is None:
                return None
            group, record = self.groups(group, [(name_of(r), r) for r in records]).get(name), found
        arrays = self.arrays(group, record)
        if index >= len(arrays) or arrays[index].size > MOST_NUMBERS:
            return None
        return [float(v) for v in np.array(arrays[index]).ravel()]

    def checked(self, name: str, weights: Sequence[Weight], arrays: Sequence[Any]) -> Iterator[tuple[str, Array]]:
        """The arrays of a layer by the names of its weights.

        Raises:
            SpecError: their number or a shape isn't that of the weights.
        """
        wanted = [tuple(int(d) for d in w.shape if isinstance(d, int)) for w in weights]
        found = [tuple(a.shape) for a in arrays]
        if found[: len(wanted)] != wanted or any(found[len(wanted) :]):  # counters follow, which a spec doesn't keep
            raise SpecError(
                Diagnostic(
                    WEIGHTS_DIFFER,
                    f"the weights of `{name}` in the file are not those of the layer",
                    self.place,
                    expected=", ".join(f"{w.name} {list(s)}" for w, s in zip(weights, wanted, strict=True)) or "none",
                    found=", ".join(str(list(s)) for s in found) or "none",
                )
            )
        for weight, array in zip(weights, arrays, strict=False):
            yield weight.name, _read(array, weight.dtype)


@dataclass(frozen=True)
class _Listed:
    """A group of an `.h5` file with the names of its arrays: those of one layer, also in a model in a model."""

    group: Any
    names: tuple[str, ...]

    def of(self, layer: str) -> _Listed:
        """The arrays of a layer inside."""
        return _Listed(self.group, tuple(n for n in self.names if layer in n.split("/")[:-1]))


def _listed(group: Any) -> _Listed | None:
    if group is None:
        return None
    names = group.attrs.get("weight_names", ())
    return _Listed(group, tuple(n.decode() if isinstance(n, bytes) else str(n) for n in names))


def _group(parent: Any, key: str) -> Any:
    """The group of that name; None where there is none. Links to elsewhere are not followed."""
    import h5py

    if parent is None:
        return None
    link = parent.get(key, getlink=True) if key in parent else None
    found = parent[key] if isinstance(link, h5py.HardLink) else None
    return found if isinstance(found, h5py.Group) else None


def _dataset(group: Any, key: str, place: Span) -> Any:
    """The array of that name, which must lie in the file itself.

    Raises:
        SpecError: it doesn't.
    """
    import h5py

    here, parts = group, key.split("/")
    for part in parts[:-1]:
        here = _group(here, part)
    link = here.get(parts[-1], getlink=True) if here is not None and parts[-1] in here else None
    found: Any = here[parts[-1]] if here is not None and isinstance(link, h5py.HardLink) else None
    if not isinstance(found, h5py.Dataset) or found.is_virtual or found.external or found.dtype.kind not in "biufV":
        raise SpecError(Diagnostic(WEIGHTS_DIFFER, f"`{group.name}/{key}` is no array of numbers in this file", place))
    return found


def _read(array: Any, dtype: str) -> Array:
    import ml_dtypes  # comes with Keras

    if array.attrs.get("dtype") == "bfloat16":
        return np.array(array, dtype=ml_dtypes.bfloat16)
    return np.require(np.array(array), ml_dtypes.bfloat16 if dtype == "bfloat16" else dtype, "C")


def _number(key: str) -> tuple[int, str]:
    return (int(key), "") if key.isdigit() else (1 << 30, key)


def _rank(key: str, classes: Sequence[str]) -> tuple[int, int, str]:
    """The place of a part: as layers list theirs, or parts of a list by where their classes stand in the record."""
    if (part := key.removeprefix("_")) in _PARTS:
        return _PARTS.index(part), 0, key
    base, _, number = key.rpartition("_")
    base, count = (base, int(number)) if base and number.isdigit() else (key, 0)
    places = [i for i, name in enumerate(classes) if name == base]
    return len(_PARTS), places[count] if count < len(places) else len(classes), key


def _classes_in(record: JsonValue) -> Iterator[str]:
    """The names of groups that the parts of a layer have, as they stand in its record."""
    inner = record.value.values() if isinstance(record.value, dict) else record.value
    if isinstance(record.at("class_name").value, str):
        yield snake_case(str(record.at("class_name").value))
    for value in inner if isinstance(inner, Iterable) and not isinstance(inner, str) else ():
        yield from _classes_in(value)
