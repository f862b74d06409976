"""What applications of blocks came to, for trials that apply the same ones again and again.

A trial asks only whether a model is valid. A block that was applied before to tensors of the same types, with the same
arguments, and had no errors, has none again: one node stands for all that it would make.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, NamedTuple, TypeAlias

from specc.catalogue.declare import Declaration
from specc.catalogue.layer import Layer
from specc.elaborate.values import BlockInstance, Definition, Tensor
from specc.program.dims import Expr
from specc.program.types import TensorType


class Applied(NamedTuple):
    """The types of a block's outputs, and what it took of the budget."""

    outputs: tuple[TensorType, ...]
    layers: int
    steps: int


Memory: TypeAlias = dict[Hashable, Applied]


class Forgotten(Exception):
    """A block whose layers were not made, as they were remembered, is applied again and would share them."""


def key_of(block: BlockInstance, inputs: Sequence[Tensor]) -> Hashable | None:
    """What decides the outputs of a new block; None where it has layers as arguments, which others may share."""
    try:
        arguments = tuple((name, _plain(value)) for name, value in block.arguments.items())
    except TypeError:
        return None
    return block.definition, arguments, tuple(t.type for t in inputs)


def _plain(value: Any) -> Hashable:
    """A value with its type, as ``1`` is equal to ``true`` and to ``1.0``."""
    if isinstance(value, list | tuple):
        items: Sequence[Any] = value
        return type(value), *map(_plain, items)
    if isinstance(value, Declaration) and not isinstance(value, Layer):  # such as an initializer
        return type(value), value
    if value is None or isinstance(value, bool | int | float | str | Expr | Definition | type):
        return type(value), value
    raise TypeError
