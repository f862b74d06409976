"""The types of a block's steps for all values of its parameters, as the check of a block infers them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from specc.catalogue.declare import Refusal
from specc.catalogue.layer import Layer
from specc.catalogue.ops.base import Operation
from specc.elaborate.builder import bind_sizes
from specc.importing.steps import Body, Ref, Step
from specc.program.dims import Dim, Expr, symbol
from specc.program.types import TensorType, number_type


@dataclass(frozen=True)
class Value:
    """What stands for an argument in a block: a parameter, or a multiple of one."""

    name: str
    kind: str
    factor: int = 1

    def __str__(self) -> str:
        return self.name if self.factor == 1 else f"{self.factor} * {self.name}"

    @property
    def size(self) -> Dim:
        """It as a size."""
        return self.factor * symbol(self.name)


class Unsaid(Exception):
    """The types of a block can't be said for all values of its parameters; then it is checked where it is applied."""


def infer(body: Body, blocks: Mapping[str, Body]) -> bool:
    """Give the steps of a block the types that they have for all values of its parameters; whether they fit.

    Raises:
        Unsaid: that can't be said.
    """
    for step in body.steps:
        types = [body.type_of(i) if isinstance(i, Ref) else number_type(i) for i in step.inputs]
        try:
            made = _of_block(step, types, blocks[step.type]) if step.kind == "block" else _of_layer(step, types)
        except (Refusal, ValueError, ArithmeticError):
            return False
        step.outputs = made
    return True


def _of_layer(step: Step, types: Sequence[TensorType]) -> tuple[TensorType, ...]:
    made = step.made
    if not isinstance(made, Layer | Operation):
        raise Unsaid
    return type(made).make(**{k: _dim(v) for k, v in step.arguments.items()}).infer(tuple(types)).outputs


def _of_block(step: Step, types: Sequence[TensorType], block: Body) -> tuple[TensorType, ...]:
    if not block.is_typed:
        raise Unsaid
    sizes: dict[str, Dim] = {k: d for k, v in step.arguments.items() if isinstance(d := _dim(v), int | Expr)}
    for declared, actual in zip(block.inputs.values(), types, strict=True):
        if not bind_sizes(declared, actual, sizes):
            raise ValueError(step.type)
    return tuple(block.type_of(ref).substitute(sizes) for ref in block.outputs.values())


def _dim(value: Any) -> Any:
    """A value with sizes in place of parameters.

    Raises:
        Unsaid: a parameter that is no size.
    """
    if isinstance(value, Value):
        if value.kind != "int":
            raise Unsaid
        return value.size
    return tuple(map(_dim, value)) if isinstance(value, list) else value
