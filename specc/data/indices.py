"""Whether an `Embedding` has a vector for every integer of the data: a compiled step takes another one silently."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar

from specc.catalogue.layer import Layer
from specc.catalogue.layers.dense import Embedding
from specc.data.stored import Values, extent
from specc.diagnostics import Diagnostic, Related
from specc.diagnostics.codes import NO_VECTOR
from specc.program.graph import ModelGraph, Node
from specc.program.program import Program
from specc.source import Span

L = TypeVar("L", bound=Layer)


def without_vector(
    program: Program, model: ModelGraph, arrays: Mapping[str, Values], place: Span
) -> Iterator[Diagnostic]:
    """A finding for each `Embedding` that takes an input and is too small for the values of it."""
    for name, array in arrays.items():
        if array.size and array.dtype.kind in "iu":
            low, high = map(int, extent(array))
            for node, layer in taking(program, model, name, Embedding):
                size = layer.input_dim
                if isinstance(size, int) and (low < 0 or high >= size):
                    have = f"this `Embedding` has vectors for 0 to {size - 1:,}"
                    yield Diagnostic(
                        NO_VECTOR,
                        f"the data of `{name}` go from {low:,} to {high:,}, {have}",
                        node.span,
                        related=(Related(place, "these data"),),
                        help=(f"write `Embedding({high + 1}, {layer.output_dim})`",) if low >= 0 else (),
                    )


def taking(program: Program, model: ModelGraph, name: str, kind: type[L]) -> Iterator[tuple[Node, L]]:
    """The layers of a kind that take an input as it is, also inside of models in the model."""
    for node in model.nodes:
        for position, port in enumerate(node.ports):
            if port.node != name:
                continue
            if isinstance(node.layer, kind):
                yield node, node.layer
            elif node.model is not None:
                inner = program.models[node.model]
                yield from taking(program, inner, list(inner.inputs)[position], kind)
