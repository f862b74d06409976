"""Carries out the statements of a body: inputs, bindings, loops, choices, outputs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, cast

from specc import limits
from specc.catalogue.declare import Word, show_value
from specc.diagnostics import Diagnostic, Related, SpecError, did_you_mean
from specc.diagnostics.codes import (
    ASSERTION,
    DUPLICATE_NAME,
    OUTPUT_TYPE,
    UNKNOWN_NAME,
    WRONG_DTYPE,
    WRONG_KIND,
    WRONG_RANK,
)
from specc.elaborate import hints
from specc.elaborate.builder import bind_sizes
from specc.elaborate.contracts import Refused
from specc.elaborate.expressions import condition, evaluate, unknown_name
from specc.elaborate.frame import Frame, Impossible
from specc.elaborate.values import (
    POISON,
    BlockInstance,
    LayerInstance,
    ModelInstance,
    Poisoned,
    SomeNumber,
    Tensor,
    describe,
    is_applicable,
)
from specc.program.deciding import equal, why_different
from specc.program.dims import Dim, Expr, substitute
from specc.program.types import ALIASES, DTYPES, TensorType
from specc.source import Span
from specc.syntax import nodes


class Inputs(Protocol):
    """Where a body's inputs come from: new ones of a model, or the tensors a block is applied to."""

    def take(self, frame: Frame, statement: nodes.Input) -> Tensor:
        """The tensor that the input stands for; binds the symbols of its type in the scope."""
        ...


@dataclass
class Outputs:
    """The outputs that a body made, in order; a poisoned one is listed as None."""

    values: dict[str, Tensor | None] = field(default_factory=dict[str, "Tensor | None"])
    places: dict[str, Span] = field(default_factory=dict[str, Span])


def run(frame: Frame, body: Sequence[nodes.Statement], inputs: Inputs, outputs: Outputs) -> None:
    """Carry out statements in order. A failed one is reported and poisons the names it would have bound."""
    for position, statement in enumerate(body):
        try:
            frame.builder.budget.step(statement.span)
            _RUNNERS[type(statement)](frame, statement, inputs, outputs)
        except SpecError as error:
            frame.elaborator.report(frame, error)
            # What a failed `assert` was to prevent needs no report of its own.
            for failed in body[position:] if isinstance(statement, nodes.Assert) else (statement,):
                _poison(frame, failed, outputs)
            if isinstance(statement, nodes.Assert):
                return
        except Poisoned:
            _poison(frame, statement, outputs)


def _poison(frame: Frame, statement: nodes.Statement, outputs: Outputs) -> None:
    match statement:
        case nodes.Input(name=name):
            frame.scope[name.text] = POISON
        case nodes.Output(name=name):
            frame.scope[name.text] = POISON
            outputs.values[name.text] = None
        case nodes.Binding(targets=targets):
            frame.scope.update({t.text: POISON for t in targets})
        case nodes.For(targets=targets, body=body):
            frame.scope.update({t.text: POISON for t in targets})
            for inner in body:
                _poison(frame, inner, outputs)
        case nodes.If(yes=yes, no=no):
            for inner in (*yes, *no):
                _poison(frame, inner, outputs)
        case nodes.Assert():
            pass


# ── Statements ───────────────────────────────────────────────────────────────────────────────────


def _input(frame: Frame, statement: nodes.Input, inputs: Inputs, outputs: Outputs) -> None:
    frame.scope[statement.name.text] = inputs.take(frame, statement)


def _binding(frame: Frame, statement: nodes.Binding, inputs: Inputs, outputs: Outputs) -> None:
    value = evaluate(frame, statement.value)
    if isinstance(value, Word):
        raise unknown_name(frame, value, statement.value)
    if len(statement.targets) == 1:
        name = statement.targets[0].text
        if isinstance(value, LayerInstance | BlockInstance | ModelInstance) and value.hint is None:
            value.hint = name
        frame.scope[name] = value
        return
    values = _unpacked(value, len(statement.targets), statement.value)
    frame.scope.update(zip((t.text for t in statement.targets), values, strict=True))


def _unpacked(value: Any, count: int, node: nodes.Expression) -> list[Any]:
    if not isinstance(value, tuple | list):
        raise SpecError(Diagnostic(WRONG_KIND, f"{describe(value)} can't be split into {count} names", node.span))
    if len(value) != count:
        message = f"{len(value)} values for {count} names"
        hint = hints.of_results(node, len(value))
        raise SpecError(
            Diagnostic(WRONG_KIND, message, node.span, expected=str(count), found=str(len(value)), help=hint)
        )
    return list(value)


def _for(frame: Frame, statement: nodes.For, inputs: Inputs, outputs: Outputs) -> None:
    values = evaluate(frame, statement.values)
    if not isinstance(values, list | tuple):
        hint = ("to count, write `for i in range(n)`",) if isinstance(values, int | Expr) else ()
        raise SpecError(
            Diagnostic(WRONG_KIND, f"a loop goes over a list, not {describe(values)}", statement.values.span, help=hint)
        )
    _require(frame, statement, len(values))
    for index, value in enumerate(values):
        frame.builder.budget.step(statement.span)
        if len(statement.targets) == 1:
            frame.scope[statement.targets[0].text] = value
        else:
            parts = _unpacked(value, len(statement.targets), statement.values)
            frame.scope.update(zip((t.text for t in statement.targets), parts, strict=True))
        run(frame.in_loop(index), statement.body, inputs, outputs)


def _require(frame: Frame, statement: nodes.For, passes: int) -> None:
    """Refuse a loop that makes too much before it begins. In a block that is applied again it makes less."""
    budget, scope = frame.builder.budget, frame.scope
    known = [(k, scope[k]) for k in budget.least.names_in(statement) if k in scope]
    tensors = {k for k, v in known if isinstance(v, Tensor)}
    constants = {k: v for k, v in known if k not in tensors}
    least = budget.least.of_loop(statement, passes, frame.module, constants, tensors)
    if least.layers > budget.layers and _is_made(frame, statement.span):
        return
    budget.require_amount(least, statement.values.span)


def _is_made(frame: Frame, place: Span) -> bool:
    """Whether an application before this one made layers in some place of a body."""
    depth = len(frame.loop)
    made = cast("Iterable[tuple[Any, tuple[int, ...]]]", frame.cells.made)
    keys = (key for key, loop in made if loop[:depth] == frame.loop)
    starts = (key[1] if isinstance(key, tuple) else key for key in keys)
    return any(isinstance(s, int) and place.start <= s < place.end for s in starts)


def _if(frame: Frame, statement: nodes.If, inputs: Inputs, outputs: Outputs) -> None:
    branch = statement.yes if condition(frame, statement.condition) else statement.no
    run(frame, branch, inputs, outputs)


def _assert(frame: Frame, statement: nodes.Assert, inputs: Inputs, outputs: Outputs) -> None:
    if condition(frame, statement.condition):
        return
    if frame.cases is not None and (len(frame.active) == 1 or not frame.cases.is_plain):
        raise Impossible  # what a block demands of its callers is checked at each call
    message = _filled(frame, statement.message.value) if statement.message else statement.condition.span.one_line
    if frame.calls:
        raise Refused(message, Related(statement.span, "this does not hold"))
    raise SpecError(Diagnostic(ASSERTION, message, statement.span, label="this does not hold"))


def _filled(frame: Frame, text: str) -> str:
    """A message with ``{name}`` replaced by the values of names."""
    for name, value in frame.scope.items():
        if "{" + name + "}" in text:
            shown = describe(value) if isinstance(value, Tensor) else show_value(value)
            text = text.replace("{" + name + "}", shown)
    return text


def _output(frame: Frame, statement: nodes.Output, inputs: Inputs, outputs: Outputs) -> None:
    name = statement.name.text
    if name in outputs.values:
        related = (Related(outputs.places[name], "the first one"),) if name in outputs.places else ()
        raise SpecError(
            Diagnostic(DUPLICATE_NAME, f"there are two outputs called `{name}`", statement.name.span, related=related)
        )
    value = _output_value(frame, statement)
    if statement.type is not None:
        _check_output(frame, statement.type, value, name)
    frame.scope[name] = value
    outputs.values[name] = value
    outputs.places[name] = statement.name.span


def _output_value(frame: Frame, statement: nodes.Output) -> Tensor:
    name = statement.name
    if statement.value is None:
        if name.text not in frame.scope:
            hint = did_you_mean(name.text, frame.scope) or (f"write `output {name.text} = …`",)
            raise SpecError(Diagnostic(UNKNOWN_NAME, f"nothing is called `{name.text}`", name.span, help=hint))
        value, place = frame.look_up(name.text), name.span
    else:
        value, place = evaluate(frame, statement.value), statement.value.span
        if isinstance(value, Word):
            raise unknown_name(frame, value, statement.value)
    if isinstance(value, Tensor):
        return value
    hint: tuple[str, ...] = ()
    if isinstance(value, tuple):
        hint = ("name each one: `a, b = …`, then `output a` and `output b`",)
    elif is_applicable(value):
        hint = (f"apply it to a tensor: `output {name.text} = x -> {place.text}`",)
    raise SpecError(Diagnostic(WRONG_KIND, f"an output must be a tensor, not {describe(value)}", place, help=hint))


def _check_output(frame: Frame, declared: nodes.Type, value: Tensor, name: str) -> None:
    want = evaluate_type(frame, declared)
    if bind_sizes(want, value.type, {s.name: _own(s.name) for d in want.shape for s in _symbols(d)}):
        return
    raise SpecError(
        Diagnostic(
            OUTPUT_TYPE,
            f"the output `{name}` is declared {want} but is {value.type}",
            declared.span,
            expected=str(want),
            found=str(value.type),
            related=(Related(value.origin, f"this makes {value.type}"),),
            help=_first_difference(want, value.type),
        )
    )


def _first_difference(want: TensorType, have: TensorType) -> tuple[str, ...]:
    if want.dtype != have.dtype or want.rank != have.rank:
        return ()
    pairs = zip(want.shape, have.shape, strict=True)
    return next((why_different(a, b) for a, b in pairs if not equal(a, b)), ())


def _symbols(dim: Dim) -> frozenset[Any]:
    return dim.symbols if isinstance(dim, Expr) else frozenset()


def _own(name: str) -> Dim:
    from specc.program.dims import symbol

    return symbol(name)


# ── Types ────────────────────────────────────────────────────────────────────────────────────────


def evaluate_type(frame: Frame, declared: nodes.Type) -> TensorType:
    """The type that is written there, all of whose names are bound.

    Raises:
        SpecError: an unknown dtype, or a size that isn't one.
    """
    return TensorType(dtype_of(declared), tuple(evaluate_size(frame, d) for d in declared.shape))


def dtype_of(declared: nodes.Type) -> str:
    """The dtype that is written there, short names resolved; refuses a type of too many axes."""
    if len(declared.shape) > limits.RANK:
        message = f"a type has at most {limits.RANK} axes"
        raise SpecError(Diagnostic(WRONG_RANK, message, declared.span, found=f"{len(declared.shape):,}"))
    text = ALIASES.get(declared.dtype.text, declared.dtype.text)
    if text in DTYPES:
        return text
    raise SpecError(
        Diagnostic(
            WRONG_DTYPE,
            f"unknown dtype `{text}`",
            declared.dtype.span,
            help=did_you_mean(text, (*DTYPES, *ALIASES)) or (f"known: {', '.join(DTYPES)}",),
        )
    )


def evaluate_size(frame: Frame, node: nodes.Expression) -> Dim:
    """A size that is written there: a positive integer or an expression over symbols."""
    value = evaluate(frame, node)
    if isinstance(value, Word):
        raise unknown_name(frame, value, node)
    if isinstance(value, Expr):
        return substitute(value, {})
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return check_size(value, node.span)
    hint, fix = (), None
    if value is None:
        hint = ("the batch axis is not written; a size that is not known gets a name, such as `T`",)
    elif isinstance(value, float | SomeNumber):
        hint, fix = hints.whole_division(node.span)
    message = "a size must be a positive integer or a name"
    raise SpecError(Diagnostic(WRONG_KIND, message, node.span, found=describe(value), help=hint, fix=fix))


def check_size(value: int, span: Span) -> int:
    """A size within the limit of one axis."""
    from specc.diagnostics.codes import DIM_TOO_LARGE

    if value > limits.DIM:
        raise SpecError(Diagnostic(DIM_TOO_LARGE, f"an axis of {value:,} is larger than {limits.DIM:,}", span))
    return value


_RUNNERS: dict[type[Any], Any] = {
    nodes.Input: _input,
    nodes.Output: _output,
    nodes.Binding: _binding,
    nodes.For: _for,
    nodes.If: _if,
    nodes.Assert: _assert,
}
