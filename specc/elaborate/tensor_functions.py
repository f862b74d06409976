"""Calls of functions of tensors: ``softmax(x, axis=1)``, ``einsum("bij,bjk->bik", a, b)``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from specc.catalogue.bind import Given, bind, diagnostic_of, positional
from specc.catalogue.declare import Refusal
from specc.catalogue.ops.base import Operation
from specc.catalogue.ops.creation import arange
from specc.diagnostics import Diagnostic, SpecError
from specc.diagnostics.codes import MISSING_ARGUMENT, NO_INPUT, REPEATED_ARGUMENT, WRONG_KIND
from specc.elaborate.frame import Frame
from specc.elaborate.values import Tensor, describe
from specc.program.dims import Expr
from specc.program.graph import Node, Port
from specc.source import Span


def has_tensors(values: Sequence[Any]) -> bool:
    """Whether one of some values is a tensor, or a list with one."""
    return any(isinstance(v, Tensor) or (isinstance(v, list | tuple) and has_tensors(v)) for v in values)


def call(frame: Frame, operation: type[Operation], given: Sequence[Given], span: Span) -> Any:
    """The result of a function: a tensor, or a tuple of them.

    Raises:
        SpecError: an argument is wrong, or the tensors don't fit.
    """
    operands, arguments = _sorted_out(operation, given, span)
    made = bind(operation, arguments, span)
    if isinstance(made, arange):
        operands = [_like(frame, made, span)]
    results = frame.builder.operation(made, operands, frame.prefix, span)
    return results[0] if len(results) == 1 else tuple(results)


def _sorted_out(operation: type[Operation], given: Sequence[Given], span: Span) -> tuple[list[Any], list[Given]]:
    """The operands in order, and the arguments, those by position with their names."""
    if operation.implied:
        return [], list(given)
    if operation.variadic:
        count = len(operation.params)
        by_position = [g for g in given if g.name is None]
        operands = [_operand(operation, g) for g in by_position[count:]]
        return operands, [g for g in given if g not in by_position[count:]]
    names = [*operation.operands, *positional(operation)]
    found: dict[str, Given] = {}
    arguments: list[Given] = []
    for position, argument in enumerate(given):
        name = argument.name or (names[position] if position < len(names) else None)
        if name not in operation.operands:
            arguments.append(argument if name is None else replace(argument, name=name))
        elif name in found:
            message = f"`{name}` of `{operation.__name__}` is given twice"
            raise SpecError(Diagnostic(REPEATED_ARGUMENT, message, argument.place))
        else:
            found[name] = argument
    missing = [n for n in operation.operands if n not in found]
    if missing:
        raise SpecError(_missing(operation, missing, span))
    ordered = [found[n] for n in operation.operands]
    return _listed(operation, ordered[0]) if operation.takes_list else [
        _operand(operation, g) for g in ordered
    ], arguments


def _missing(operation: type[Operation], missing: list[str], span: Span) -> Diagnostic:
    listed = " and ".join(f"`{m}`" for m in missing)
    call = f"{operation.__name__}({', '.join(operation.operands)}, …)"
    return Diagnostic(MISSING_ARGUMENT, f"`{operation.__name__}` needs {listed}", span, help=(f"write `{call}`",))


def _listed(operation: type[Operation], given: Given) -> list[Any]:
    if not isinstance(given.value, tuple | list) or not given.value:
        message = f"`{operation.__name__}` takes a list of tensors"
        hint = (f"write `{operation.__name__}([a, b], …)`",)
        raise SpecError(Diagnostic(WRONG_KIND, message, given.span, found=describe(given.value), help=hint))
    return [_operand(operation, replace(given, value=v), numbers=False) for v in given.value]


def _operand(operation: type[Operation], given: Given, *, numbers: bool = True) -> Any:
    value = given.value
    if isinstance(value, Tensor) or (numbers and isinstance(value, bool | int | float)):
        return value
    hint: tuple[str, ...] = ()
    if isinstance(value, Expr):
        hint = ("a size that is only known at run time is no number to calculate with",)
    message = f"`{operation.__name__}` takes tensors, this is {describe(value)}"
    raise SpecError(Diagnostic(WRONG_KIND, message, given.span, found=describe(value), help=hint))


def _like(frame: Frame, operation: arange, span: Span) -> Tensor:
    """The tensor that tells `arange` the batch and, where it counts up to a run-time size, that size."""
    nodes = list(frame.builder.model.nodes)
    tensors = [_tensor(n, i) for n in nodes for i in range(len(n.outputs)) if n.outputs[i].dtype != "string"]
    if not tensors:
        raise SpecError(
            Diagnostic(
                NO_INPUT,
                "`arange` needs an input of numbers before it, which says how large the batch is",
                span,
                help=("write the `input` first",),
            )
        )
    try:
        count = operation.infer((tensors[0].type,)).outputs[0].shape[0]
    except Refusal as refusal:
        raise SpecError(diagnostic_of(refusal, span)) from None
    return next((t for t in tensors if count in t.type.shape), tensors[0]) if isinstance(count, Expr) else tensors[0]


def _tensor(node: Node, index: int) -> Tensor:
    return Tensor(Port(node.name, index), node.outputs[index], node.span)
