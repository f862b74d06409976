"""What plans say of each output or input, in either form: the names must be the model's, and all losses be there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from specc.catalogue.declare import Declaration
from specc.diagnostics import Diagnostic, SpecError, did_you_mean
from specc.diagnostics.codes import MISSING_SETTING, UNKNOWN_SETTING, WRONG_KIND
from specc.elaborate.builder import Budget, Builder
from specc.elaborate.values import Tensor
from specc.program.graph import ModelGraph
from specc.source import Span


def require_names(
    given: Mapping[str, Span], names: Sequence[str], what: str, place: Span, *, partly: bool = False
) -> None:
    """Refuse names that aren't those of the model's outputs (or inputs), and outputs that are left out.

    Args:
        given: the names, and where they stand.
        what: ``output`` or ``input``.
        partly: whether some may be left out; inputs always may.

    Raises:
        SpecError: a name is unknown or missing.
    """
    for name, span in given.items():
        if name not in names:
            hint = did_you_mean(name, names) or (f"{what}s are {', '.join(names)}",)
            raise SpecError(Diagnostic(UNKNOWN_SETTING, f"there is no {what} `{name}`", span, help=hint))
    missing = [n for n in names if n not in given]
    if missing and what == "output" and not partly:
        hint = (f"write `{missing[0]} = …` between the braces",)
        raise SpecError(Diagnostic(MISSING_SETTING, f"the {what} `{missing[0]}` is left out", place, help=hint))


def augmentation(
    graph: ModelGraph, name: str, budget: Budget, span: Span, apply: Callable[[Builder, Tensor], Sequence[Tensor]]
) -> tuple[Declaration, ...]:
    """The layers that ``apply`` puts after an input: in a row, and keeping its type.

    Raises:
        SpecError: they don't.
    """
    builder = Builder(ModelGraph(f"augment {name}", span), budget)
    start = builder.input(name, graph.inputs[name], span)
    (end, *more) = apply(builder, start)
    if end.type != start.type:
        message = f"augmentation must keep the input's type, it makes {end.type} of {start.type}"
        raise SpecError(Diagnostic(WRONG_KIND, message, span, expected=str(start.type), found=str(end.type)))
    steps = [n for n in builder.model.nodes if n.kind != "input"]
    if more or any(n.kind != "layer" or len(n.inputs) != 1 for n in steps):
        raise SpecError(Diagnostic(WRONG_KIND, "augmentation must be layers in a row", span))
    return tuple(n.layer for n in steps if n.layer is not None)
