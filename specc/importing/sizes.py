"""Sizes that Keras doesn't know become names, one for each axis; where a model needs two to be equal, they are one."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Final

from specc.program.deciding import equal
from specc.program.dims import Dim, Expr, substitute, symbol
from specc.program.types import TensorType


class Restart(Exception):
    """Two unknown sizes were found to be one: everything is calculated anew with that."""


_LETTERS: Final = {1: "T", 2: "TC", 3: "HWC", 4: "DHWC"}
"""Names of sizes, by the number of axes."""


def size_names(rank: int, number: int) -> list[str]:
    """The names that the sizes of an input would have, the ``number``-th of its model."""
    letters = _LETTERS.get(rank, "ABCDEFGIJK")
    return [letters[axis % len(letters)] + ("" if number == 0 else str(number + 1)) for axis in range(rank)]


def one_size(types: Sequence[TensorType]) -> tuple[str, str] | None:
    """Two unknown sizes that make the types of some tensors fit if they are the same."""
    for left, right in combinations([t for t in types if t.rank == types[0].rank], 2):
        for a, b in zip(left.shape, right.shape, strict=True):
            first, second = _lone(a), _lone(b)
            if first and second and first != second and equal(a, substitute(b, {second: symbol(first)})):
                return first, second
    return None


def _lone(size: Dim) -> str | None:
    """The name of the one unknown size that a size hangs on."""
    names = {s.name for s in size.symbols} if isinstance(size, Expr) else set()
    return names.pop() if len(names) == 1 else None
