"""Ways out that only who sees the whole spec can tell: of a layer that can't take its input, of a name or a size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from specc.catalogue.layer import Layer
from specc.catalogue.ops.indexing import getitem
from specc.diagnostics import Diagnostic, Fix, SpecError
from specc.diagnostics.codes import INPUT_COUNT, UNKNOWN_NAME, UNKNOWN_SIZE, WRONG_RANK
from specc.elaborate.frame import Frame
from specc.elaborate.values import LayerInstance, Tensor
from specc.program.dims import Expr
from specc.program.graph import Node, Port
from specc.source import Span
from specc.syntax import nodes

_RECURRENT: Final = ("LSTM", "GRU", "SimpleRNN")
_BATCHES: Final = (16, 32, 64, 100, 128, 256, 512)
"""Sizes that an input's first axis has where the batch axis was written."""


def for_layer(frame: Frame, layer: LayerInstance, inputs: Sequence[Tensor], error: SpecError) -> SpecError:
    """The error of a layer that is applied, with what its inputs tell about the way out."""
    return SpecError(*(_improved(frame, layer.layer, inputs, d) for d in error.diagnostics))


def _improved(frame: Frame, layer: Layer, inputs: Sequence[Tensor], finding: Diagnostic) -> Diagnostic:
    name = type(layer).__name__
    if finding.code == INPUT_COUNT and name == "MultiHeadAttention" and len(inputs) == 1:
        hint = "it takes a query and a value; for attention within one tensor, write `(x, x) -> MultiHeadAttention(…)`"
        return replace(finding, help=(hint,))
    if len(inputs) != 1:
        return finding
    made_by = _node(frame, inputs[0])
    if made_by is not None and finding.code == WRONG_RANK and (hint := _of_rank(layer, inputs[0], made_by)):
        return replace(finding, help=(hint, *finding.help))
    if made_by is not None and finding.code == UNKNOWN_SIZE:
        return replace(finding, help=_of_size(inputs[0], made_by, frame))
    return finding


def _node(frame: Frame, tensor: Tensor) -> Node | None:
    return frame.builder.model.members.get(tensor.port.node)


def _of_rank(layer: Layer, x: Tensor, made_by: Node) -> str | None:
    """What to do about a tensor of too many or too few axes."""
    ranks = (layer.rank,) if isinstance(layer.rank, int) else layer.rank or ()
    before = type(made_by.layer).__name__
    is_last = before in _RECURRENT and not getattr(made_by.layer, "return_sequences", True)
    if is_last and x.type.rank + 1 in ranks:
        return f"give the `{before}` before it `return_sequences=true`, so that it passes on every step"
    first = x.type.shape[0] if x.type.shape else None
    if x.type.rank == 3 and first == x.type.shape[1]:
        return None  # a picture
    if made_by.kind == "input" and x.type.rank - 1 in ranks and first in _BATCHES:
        rest = ", ".join(map(str, x.type.shape[1:]))
        return f"is {first} the size of a batch? the batch axis is not written: `{x.type.dtype}[{rest}]`"
    return None


def _of_size(x: Tensor, made_by: Node, frame: Frame) -> tuple[str, ...]:
    """What to do about an axis that has no known size: take a step of it, or pool over it."""
    if isinstance(made_by.layer, getitem):
        items = made_by.layer.items
        if len(items) > 1 and items[0] == (None, None, None) and isinstance(items[1], int):
            rest = ", ".join(["", *(_shown(i) for i in items[2:])])
            return (f"the batch axis is not counted: write `[{items[1]}{rest}]` for this step of every example",)
    pooled = x.type if any(isinstance(d, Expr) for d in x.type.shape[:-1]) else None
    if pooled is None and len(made_by.inputs) == 1:
        port = made_by.inputs[0]
        pooled = frame.builder.model.type_of(port) if isinstance(port, Port) else None
    layer = {2: "GlobalAveragePooling1D", 3: "GlobalAveragePooling2D"}.get(pooled.rank if pooled is not None else 0)
    if layer is None:
        return ("give the axis a number in the input's type",)
    return (f"give the axis a number in the input's type, or pool over it before, as `{layer}` does",)


def _shown(item: Any) -> str:
    if not isinstance(item, tuple):
        return str(item)
    start, stop, step = ("" if part is None else str(part) for part in item)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    return f"{start}:{stop}" + (f":{step}" if step else "")


# ── Names and sizes ──────────────────────────────────────────────────────────────────────────────


def bound_below(frame: Frame, name: str, place: Span) -> tuple[str, ...]:
    """The hint for a name that is used before the statement that binds it."""
    tree: nodes.File = frame.module.tree
    for declaration in tree.declarations:
        span = declaration.span
        if span.source is place.source and span.start <= place.start < span.end:
            below = (s for s in _bindings(declaration).get(name, ()) if s.start > place.start)
            first = next(below, None)
            return (f"`{name}` is bound below, on line {first.position[0]}",) if first is not None else ()
    return ()


def _bindings(declaration: nodes.Declaration) -> dict[str, list[Span]]:
    """The places that bind each name; kept for the next name of the same declaration."""
    if not _last or _last[0][0] is not declaration:
        found: dict[str, list[Span]] = {}
        for part in nodes.walk(declaration):
            targets = part.targets if isinstance(part, nodes.Binding) else ()
            for target in (*targets, *((part.name,) if isinstance(part, nodes.Input) else ())):
                found.setdefault(target.text, []).append(target.span)
        _last[:] = [(declaration, found)]
    return _last[0][1]


_last: list[tuple[nodes.Declaration, dict[str, list[Span]]]] = []


def of_formula(error: SpecError) -> SpecError:
    """The error of a size in an input's type: a name that nothing binds yet can't be calculated with."""
    hint = "`{}` must stand alone in an input before it's calculated with"
    return SpecError(
        *(
            replace(d, help=(*d.help, hint.format(d.span.text))) if d.code == UNKNOWN_NAME else d
            for d in error.diagnostics
        )
    )


def whole_division(place: Span) -> tuple[tuple[str, ...], Fix | None]:
    """The way out where a size was made with `/`; the edit where it is certain."""
    text = place.text
    if "/" not in text.replace("//", ""):
        return (), None
    fix = Fix(place, text.replace("/", "//")) if text.count("/") == 1 and '"' not in text and "#" not in text else None
    return ("`/` makes a fraction; whole numbers and sizes are divided with `//`",), fix


_RESULTS: Final = {
    "LSTM": (3, "its output, memory and carry: `y, h, c = …`"),
    "GRU": (2, "its output and state: `y, h = …`"),
    "SimpleRNN": (2, "its output and state: `y, h = …`"),
}
"""What a recurrent layer gives with `return_state=true`."""


def of_results(value: nodes.Expression, found: int) -> tuple[str, ...]:
    """The hint where results are split into the wrong number of names."""
    last = value.stages[-1] if isinstance(value, nodes.Chain) else value
    callee = last.callee if isinstance(last, nodes.Call) else last
    if not isinstance(callee, nodes.Name):
        return ()
    count, words = _RESULTS.get(callee.text, (0, ""))
    return (f"`{callee.text}` gives {words}",) if count == found else ()
