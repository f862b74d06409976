"""A layer's rule in symbols: what its example makes of sizes that have names instead of numbers."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from itertools import combinations, count
from typing import Final

from specc.catalogue.declare import Refusal
from specc.catalogue.layer import Inferred, Layer
from specc.program.dims import Dim, symbol
from specc.program.types import TensorType

_NAMES: Final[dict[int, Sequence[str]]] = {
    0: (),
    1: ("C",),
    2: ("T", "C"),
    3: ("H", "W", "C"),
    4: ("D", "H", "W", "C"),
    5: ("T", "D", "H", "W", "C"),
}
"""What the axes of an example are called by their number, where the layer's documentation doesn't name them."""


def in_symbols(layer: Layer, types: Sequence[TensorType]) -> tuple[tuple[TensorType, ...], Inferred]:
    """The types with names for sizes, and what the layer's own rule makes of them.

    The names are those of the documentation (``Shape: [steps, C] → …``); equal sizes have one name. A size that the
    layer must know, or that an argument says, stays a number.
    """
    named = _named(types, _documented(layer))
    for number in range(len(named)):
        for kept in combinations(sorted(named), number):
            symbolic = tuple(t.with_shape(*(_size(d, named, kept) for d in t.shape)) for t in types)
            try:
                return symbolic, layer.infer(symbolic)
            except Refusal:
                continue
    return tuple(types), layer.infer(tuple(types))


def _documented(layer: Layer) -> list[list[str]]:
    """The names of each input's axes, as the documentation has them before its arrow."""
    said = (type(layer).__doc__ or "").partition("Shape:")[2].partition("→")[0]
    return [names.split(", ") for names in re.findall(r"\[([^\]]*)\]", said)]


def _named(types: Sequence[TensorType], documented: Sequence[Sequence[str]]) -> dict[int, str]:
    """A name for each size, that of the first axis which has it."""
    found: dict[int, str] = {}
    for type_, own in zip(types, [*documented, *[()] * len(types)], strict=False):
        names = own if len(own) == type_.rank and all(map(str.isidentifier, own)) else _usual(type_.rank)
        for size, name in zip(type_.shape, names, strict=True):
            if isinstance(size, int) and size > 1 and size not in found:
                found[size] = name if name not in found.values() else _next(name, found.values())
    return found


def _usual(rank: int) -> Sequence[str]:
    return _NAMES[rank] if rank in _NAMES else [f"n{i}" for i in range(rank)]


def _next(name: str, taken: Collection[str]) -> str:
    return next(f"{name}{number}" for number in count(2) if f"{name}{number}" not in taken)


def _size(size: Dim, named: dict[int, str], kept: Sequence[int]) -> Dim:
    if not isinstance(size, int) or size in kept or size not in named:
        return size
    return symbol(named[size])
