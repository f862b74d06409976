"""Arrays that stand in a configuration → what a spec can write of them: a number, or one for each channel.

A spec has no constant tensors. What is calculated with one number for each channel is what `Rescaling` does, which also
makes a tensor of them: ``zeros_like(x) -> Rescaling(1, offset=[…])``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np

from specc.catalogue.bind import Given, bind
from specc.catalogue.declare import Declaration
from specc.catalogue.ops.base import Operation
from specc.diagnostics import SpecError
from specc.elaborate.json_records import text_of
from specc.elaborate.json_text import JsonValue
from specc.elaborate.values import Tensor
from specc.importing.arguments import cannot_import, declaration_of
from specc.program.deciding import equal

MOST_NUMBERS: Final = 1 << 16
"""Most numbers that a spec has as one argument."""

_NARROW: Final = ("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "float16", "bfloat16")
"""Dtypes that become float32 beside a float32."""


@dataclass(frozen=True)
class Channels:
    """One number for each channel: an array whose other axes have the size 1."""

    numbers: tuple[float, ...]
    dtype: str
    place: JsonValue


Operand: TypeAlias = "Tensor | float | Channels"


def constant_of(value: JsonValue, rank: int) -> float | Channels:
    """What an array or number of a configuration is that is calculated with tensors of at most ``rank`` axes.

    Raises:
        SpecError: no number, and not one for each channel.
    """
    is_array = value.at("class_name").value in ("__numpy__", "__tensor__")
    content = (value.at("config", "value") if is_array else value).plain()
    if isinstance(content, int | float):
        return content
    found = _array(content)
    if found is None:
        raise SpecError(
            cannot_import("this calculates with something that is no number and no array of numbers", value)
        )
    is_wide = found.ndim > rank + 1  # with the batch axis
    if found.size == 1 and not is_wide:
        return found.item()
    if is_wide or found.size > found.shape[-1] or found.size > MOST_NUMBERS:
        sizes = ", ".join(map(str, found.shape))
        message = f"this calculates with a constant of the shape [{sizes}]; a spec has numbers, one or one per channel"
        raise SpecError(cannot_import(message, value, AS_WEIGHT))
    dtype = text_of(value.at("config"), "dtype") if is_array else "float32"
    return Channels(tuple(shortest(float(n)) for n in found.ravel()), dtype, value)


AS_WEIGHT: Final = "make it a weight of a layer, such as an `Embedding` of positions with `trainable=False`"


def _array(content: Any) -> Any:
    """An array of numbers, with at least one of them; None where it is none."""
    try:
        found = np.array(content)
    except ValueError:  # lists of unlike lengths
        return None
    return found if found.dtype.kind in "biuf" and found.ndim and found.size and np.isfinite(found).all() else None


def shortest(number: float) -> float:
    """A float32 as people write it: 0.1 and not 0.10000000149011612; other numbers as they are."""
    with np.errstate(over="ignore"):
        single = np.float32(number)
    return float(str(single)) if float(single) == number else number


def beside(operands: Sequence[Operand], constant: Channels) -> Tensor:
    """The tensor that a constant is calculated with, which has as many channels.

    Raises:
        SpecError: there is none, or the result would not be of float32.
    """
    tensors = [o for o in operands if isinstance(o, Tensor)]
    for tensor in sorted(tensors, key=lambda t: not t.type.is_float):
        if tensor.type.rank and equal(tensor.type.shape[-1], len(constant.numbers)):
            if constant.dtype == "float32" or (constant.dtype in _NARROW and tensor.type.dtype == "float32"):
                return tensor
            message = f"this calculates with {tensor.type.dtype} and a constant of {constant.dtype}"
            raise SpecError(cannot_import(message, constant.place, "a spec has constants of float32: make it one"))
    message = f"this constant has {len(constant.numbers)} numbers, which aren't one for each channel"
    raise SpecError(cannot_import(message, constant.place, AS_WEIGHT))


def rescaling(operation: Operation, operands: Sequence[Operand]) -> Declaration | None:
    """The `Rescaling` that calculates the same as an operation with a constant; None for other operations."""
    match type(operation).__name__, operands:
        case ("add", (Channels() as c, Tensor())) | ("add", (Tensor(), Channels() as c)):
            return shifted(1.0, c.numbers, c.place)
        case "subtract", (Tensor(), Channels() as c):
            return shifted(1.0, [-n for n in c.numbers], c.place)
        case "subtract", (Channels() as c, Tensor()):
            return shifted(-1.0, c.numbers, c.place)
        case ("multiply", (Channels() as c, Tensor())) | ("multiply", (Tensor(), Channels() as c)):
            return shifted(c.numbers, 0.0, c.place)
        case _:
            return None


def shifted(scale: float | Sequence[float], offset: float | Sequence[float], place: JsonValue) -> Declaration:
    """A `Rescaling`."""
    values = {"scale": scale, "offset": offset}
    given = [
        Given(name, tuple(value) if isinstance(value, Sequence) else value, place.span)
        for name, value in values.items()
        if value != 0.0
    ]
    return bind(declaration_of("layer", "Rescaling", place), given, place.span)
