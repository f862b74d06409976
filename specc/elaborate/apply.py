"""Applies layers, blocks and models to tensors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from specc.catalogue.layer import Layer
from specc.diagnostics import Diagnostic, Related, SpecError
from specc.diagnostics.codes import INPUT_COUNT, INPUT_TYPE, MISSING_ARGUMENT
from specc.elaborate import hints
from specc.elaborate.builder import bind_sizes
from specc.elaborate.contracts import refusing
from specc.elaborate.frame import Frame
from specc.elaborate.values import (
    BlockInstance,
    Composite,
    Definition,
    LayerInstance,
    ModelInstance,
    Repeated,
    Tensor,
    fresh,
)
from specc.program.dims import Dim, symbols_of
from specc.program.graph import ModelGraph
from specc.source import Span


def as_tensors(value: Any) -> list[Tensor] | None:
    """The tensors that a value passes to a layer, or None when it isn't made of tensors."""
    if isinstance(value, Tensor):
        return [value]
    if isinstance(value, tuple | list) and value and all(isinstance(v, Tensor) for v in value):
        return list(value)
    return None


def apply(frame: Frame, layer: Any, inputs: Sequence[Tensor], span: Span) -> list[Tensor]:
    """The outputs of ``layer`` for some tensors; ``span`` is the place of the application.

    Raises:
        SpecError: the layer can't take them.
    """
    match layer:
        case LayerInstance():
            try:
                return frame.builder.layer(layer, inputs, frame.prefix, span)
            except SpecError as error:
                raise hints.for_layer(frame, layer, inputs, error) from None
        case BlockInstance():
            with refusing(frame, span):
                return frame.elaborator.apply_block(frame, layer, inputs, span)
        case ModelInstance():
            return _apply_model(frame, layer, inputs, span)
        case Composite(parts=parts):
            return _in_a_row(frame, parts, inputs)
        case Repeated():
            return _in_a_row(frame, _copies(layer), inputs)
        case _:
            made = frame.once(("bare", span.start), lambda: instance_of(frame, layer, span))
            return apply(frame, made, inputs, span)


def _in_a_row(frame: Frame, layers: Sequence[Any], inputs: Sequence[Tensor]) -> list[Tensor]:
    current = list(inputs)
    for layer in layers:
        # Each part of a composition is named at its own place.
        current = apply(frame, layer, current, layer.span)
    return current


def _copies(repeated: Repeated) -> list[Any]:
    if repeated.copies is None:
        repeated.copies = [fresh(repeated.item) for _ in range(repeated.count)]
    return repeated.copies


def instance_of(frame: Frame, layer: Any, span: Span) -> Any:
    """A bare layer class or definition as an instance of its own; everything else as it is."""
    if isinstance(layer, Definition):
        return frame.elaborator.instance(frame, layer, [], span)
    return _plain(layer, span) if isinstance(layer, type) else layer


def _plain(declaration: type[Layer], span: Span) -> LayerInstance:
    missing = [name for name, param in declaration.params.items() if param.required]
    if missing:
        listed = ", ".join(f"`{m}`" for m in missing)
        call = f"{declaration.__name__}({', '.join(f'{m}=…' for m in missing)})"
        raise SpecError(
            Diagnostic(
                MISSING_ARGUMENT,
                f"`{declaration.__name__}` needs {listed}",
                span,
                help=(f"write `{call}`",),
            )
        )
    return LayerInstance(declaration.make(), span)


def _apply_model(frame: Frame, instance: ModelInstance, inputs: Sequence[Tensor], span: Span) -> list[Tensor]:
    values = match_model(instance.graph, inputs, span)
    return frame.builder.nested(instance, inputs, values, frame.prefix, span)


def match_model(graph: ModelGraph, inputs: Sequence[Tensor], span: Span) -> dict[str, Dim]:
    """The sizes that a model's symbols take for some tensors.

    Raises:
        SpecError: they aren't of the types that the model declares.
    """
    declared = graph.inputs
    contract = Related(graph.span, f"`{graph.definition}` is declared here")
    if len(declared) != len(inputs):
        raise SpecError(input_count(graph.definition, len(declared), len(inputs), span, contract))
    values: dict[str, Dim] = {}
    for (name, want), have in zip(declared.items(), inputs, strict=True):
        if not bind_sizes(want, have.type, values):
            raise SpecError(_input_type(graph, name, have, values, span))
    return values


def input_count(name: str, wanted: int, found: int, span: Span, contract: Related) -> Diagnostic:
    """The finding that a block or model is given too many or too few tensors."""
    return Diagnostic(
        INPUT_COUNT,
        f"`{name}` takes {wanted} tensor{'' if wanted == 1 else 's'}, it is given {found}",
        span,
        expected=str(wanted),
        found=str(found),
        related=(contract,),
        help=("several tensors are passed as `(a, b) -> Name`",) if wanted > 1 else (),
    )


def _input_type(graph: ModelGraph, name: str, found: Tensor, values: Mapping[str, Dim], span: Span) -> Diagnostic:
    """The finding that a tensor isn't of the declared type of an input; ``values`` are of sizes found before."""
    want = graph.inputs[name]
    known = sorted({s.name for s in symbols_of(want.shape)} & values.keys())
    bound = f" ({', '.join(f'{n} is {values[n]} here' for n in known)})" if known else ""
    return Diagnostic(
        INPUT_TYPE,
        f"the input `{name}` of `{graph.definition}` is {want}, it is given {found.type}",
        span,
        expected=f"{want}{bound}",
        found=str(found.type),
        related=(Related(graph[name].span, f"`{name}` is declared here"),),
    )
