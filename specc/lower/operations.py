"""Operations → calls of ``keras.ops``: once for tensors, and in the same words as Python code."""

from __future__ import annotations

from typing import Any

from specc.catalogue.ops.base import Operation
from specc.catalogue.ops.creation import arange
from specc.catalogue.ops.products import einsum
from specc.program.graph import ModelGraph, Node, Port
from specc.program.types import TensorType, number_type


def apply_operation(
    keras: Any, operation: Operation, operands: list[Any], types: tuple[TensorType, ...], label: str
) -> Any:
    """The result of an operation. ``keras`` is the module, or what writes code in its place; ``label`` names a layer.

    A function of one result gives it, one of several a list.
    """
    name = type(operation).__name__
    given = operation.keras_arguments(types)
    match name:
        case "getitem":
            return operands[0][(slice(None), *map(_index, given["items"]))]
        case "reshape":
            # `ops.reshape` can't keep an unknown batch beside an unknown size, the layer can.
            return _reshaped(keras, operands[0], types[0], given["newshape"], label)
        case "ravel":
            return _reshaped(keras, operands[0], types[0], (-1,), label)
        case "broadcast_to":
            return keras.ops.tile(operands[0], **given)
        case _ if isinstance(operation, arange):
            return _arange(keras, operands[0], types[0], **given)
        case _ if isinstance(operation, einsum):
            return keras.ops.einsum(given["subscripts"].replace(" ", ""), *operands)
    function = getattr(keras.ops, name)
    return function(operands, **given) if operation.takes_list else function(*operands, **given)


def _reshaped(keras: Any, operand: Any, type_: TensorType, shape: tuple[int, ...], label: str) -> Any:
    """The layer would cast floats to its own dtype, so it gets theirs."""
    own = {"dtype": type_.dtype} if type_.is_float and type_.dtype != "float32" else {}
    return keras.layers.Reshape(shape, **own, name=label)(operand)


def operand_types(graph: ModelGraph, node: Node) -> tuple[TensorType, ...]:
    """The types of all that an operation takes, numbers too."""
    return tuple(graph.type_of(o) if isinstance(o, Port) else number_type(o) for o in node.inputs)


def _index(item: Any) -> Any:
    return ... if item == "..." else slice(*item) if isinstance(item, tuple) else item


def _arange(
    keras: Any, like: Any, type_: TensorType, *, count: int | None, place: int | None, first: int, step: int
) -> Any:
    """Counts ones along an axis: so the batch, and a size that is only known at run time, are those of ``like``."""
    kept = 0 if place is None else place
    others = tuple(slice(None) if axis == kept and place is not None else 0 for axis in range(type_.rank))
    ones = keras.ops.ones_like(like[(slice(None), *others)], dtype="int32")
    if place is None:
        ones = keras.ops.repeat(keras.ops.expand_dims(ones, axis=1), count, axis=1)
    counted = keras.ops.cumsum(ones, axis=1)
    if (first, step) == (0, 1):
        return counted - 1
    return counted * step + (first - step)
