"""Evaluates expressions: names, calls, conditions, compositions. Arithmetic stands in `specc.elaborate.arithmetic`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from specc.catalogue import elsewhere
from specc.catalogue.bind import Given, bind
from specc.catalogue.declare import Declaration, Param, Value, Word
from specc.catalogue.layer import Layer
from specc.catalogue.ops.base import Operation
from specc.catalogue.ops.indexing import getitem
from specc.catalogue.registry import find, kinds_of, names
from specc.diagnostics import Diagnostic, SpecError, closest, did_you_mean
from specc.diagnostics.codes import UNDECIDED, UNKNOWN_NAME, UNKNOWN_OBJECT, WRONG_KIND
from specc.elaborate import arithmetic, hints, tensor_functions
from specc.elaborate.apply import apply, as_tensors, instance_of
from specc.elaborate.frame import Frame, NotGeneric
from specc.elaborate.functions import FUNCTIONS, Function
from specc.elaborate.parameters import catalogues_for
from specc.elaborate.values import (
    Composite,
    Definition,
    LayerInstance,
    Poisoned,
    SomeNumber,
    Tensor,
    describe,
    is_applicable,
)
from specc.syntax import nodes

Kinds: TypeAlias = tuple[str, ...]
LAYERS: Kinds = ("layer",)


def evaluate(frame: Frame, node: nodes.Expression, kinds: Kinds = LAYERS) -> Any:
    """The value of an expression; ``kinds`` says which catalogue a bare name is looked up in first.

    Raises:
        SpecError: it has no value; carries the reasons.
        Poisoned: it uses a value whose own failure is reported already.
    """
    return _EVALUATORS[type(node)](frame, node, kinds)


def _literal(frame: Frame, node: nodes.Number | nodes.String | nodes.Constant, kinds: Kinds) -> Any:
    return node.value


def _name(frame: Frame, node: nodes.Name, kinds: Kinds) -> Any:
    if node.text in frame.scope:
        return frame.look_up(node.text)
    defined = frame.module.look_up(node.text)
    if defined is not None:
        return defined
    for kind in kinds:
        if declaration := find(kind, node.text):
            return declaration
    if node.text in FUNCTIONS:
        return FUNCTIONS[node.text]
    for kind in kinds_of(node.text):
        if kind != "op" and node.text[0].isupper():
            return find(kind, node.text)
    return Word(node.text)


def _list(frame: Frame, node: nodes.ListLiteral, kinds: Kinds) -> list[Any]:
    return [evaluate(frame, item, kinds) for item in node.items]


def _tuple(frame: Frame, node: nodes.TupleLiteral, kinds: Kinds) -> tuple[Any, ...]:
    return tuple(evaluate(frame, item, kinds) for item in node.items)


def _record(frame: Frame, node: nodes.Record, kinds: Kinds) -> dict[str, Any]:
    return {s.name.text: evaluate(frame, s.value, kinds) for s in node.settings}


def _conditional(frame: Frame, node: nodes.Conditional, kinds: Kinds) -> Any:
    branch = node.yes if condition(frame, node.condition) else node.no
    return evaluate(frame, branch, kinds)


def condition(frame: Frame, node: nodes.Expression) -> bool:
    """The truth of a condition.

    Raises:
        SpecError: it isn't true or false, or hangs on a run-time size.
    """
    value = evaluate(frame, node)
    if isinstance(value, bool):
        return value
    if isinstance(value, Word):
        raise unknown_name(frame, value, node)
    if isinstance(value, Tensor):
        hint = ("to choose element by element, write `where(condition, a, b)`; to join, `logical_and(a, b)`",)
        message = "a condition is decided at compile time, it can't hang on a tensor's values"
        raise SpecError(Diagnostic(UNDECIDED, message, node.span, found=describe(value), help=hint))
    raise SpecError(Diagnostic(WRONG_KIND, "a condition must be true or false", node.span, found=describe(value)))


# ── Composition ──────────────────────────────────────────────────────────────────────────────────


def _chain(frame: Frame, node: nodes.Chain, kinds: Kinds) -> Any:
    first, *rest = node.stages
    start = evaluate(frame, first)
    tensors = as_tensors(start)
    if tensors is None:
        if isinstance(start, Word) and (closest(start, frame.scope) or not closest(start, names("layer"))):
            raise unknown_name(frame, start, first)
        parts = [_part(frame, start, first)] + [_part(frame, evaluate(frame, s), s) for s in rest]
        return frame.once(("->", node.span.start), lambda: Composite(tuple(parts), node.span))
    for stage in rest:
        layer = _applicable(frame, evaluate(frame, stage), stage)
        tensors = apply(frame, layer, tensors, stage.span)
    return tensors[0] if len(tensors) == 1 else tuple(tensors)


def _part(frame: Frame, value: Any, node: nodes.Expression) -> Any:
    return instance_of(frame, _applicable(frame, value, node), node.span)


def _applicable(frame: Frame, value: Any, node: nodes.Expression) -> Any:
    if is_applicable(value):
        return value
    if isinstance(value, Word):
        raise unknown_layer(frame, value, node)
    hint = "tensors stand to the left of `->`; to combine two, write `(a, b) -> Concatenate` or `a + b`"
    raise SpecError(
        Diagnostic(
            WRONG_KIND,
            f"{describe(value)} can't be applied with `->`",
            node.span,
            expected="a layer, block or model",
            found=describe(value),
            help=(hint,) if isinstance(value, Tensor) else (),
        )
    )


# ── Calls ────────────────────────────────────────────────────────────────────────────────────────


def _call(frame: Frame, node: nodes.Call, kinds: Kinds) -> Any:
    callee = evaluate(frame, node.callee, kinds)
    match callee:
        case type():
            return _call_declaration(frame, node, callee)
        case Definition():
            arguments = enumerate(node.arguments)
            given = [_given(frame, a, _kinds_for(callee, a, i), parameter_value) for i, a in arguments]
            return frame.once(node.span.start, lambda: frame.elaborator.instance(frame, callee, given, node.span))
        case Function():
            values = [_given(frame, a, LAYERS) for a in node.arguments]
            operation = find("op", callee.name)
            if operation and tensor_functions.has_tensors([v.value for v in values]):
                return _call_operation(frame, node, operation, values)
            return callee(frame, node, [v.value for v in values])
        case Word():
            operation = find("op", callee) if LAYERS[0] in kinds else None
            if operation is None:
                raise unknown_callee(frame, callee, node.callee, kinds)
            return _call_operation(frame, node, operation, [_given(frame, a, LAYERS) for a in node.arguments])
        case _:
            hint = ("a layer is applied with `->`: `x -> layer`",) if is_applicable(callee) else ()
            raise SpecError(Diagnostic(WRONG_KIND, f"{describe(callee)} can't be called", node.callee.span, help=hint))


def _kinds_for(definition: Definition, argument: nodes.Argument, position: int) -> Kinds:
    """The catalogues that a name in an argument of a block or model is looked up in: those of its parameter."""
    parameters = definition.syntax.parameters
    if argument.name is not None:
        parameter = next((p for p in parameters if p.name.text == argument.name.text), None)
    else:
        parameter = parameters[position] if position < len(parameters) else None
    return catalogues_for(parameter) if parameter is not None else LAYERS


def _call_operation(frame: Frame, node: nodes.Call, operation: type[Declaration], given: Sequence[Given]) -> Any:
    assert issubclass(operation, Operation)
    for written, argument in zip(node.arguments, given, strict=True):
        is_operand = argument.name is None or argument.name in operation.operands
        if isinstance(argument.value, Word) and is_operand and not _admits(operation, argument.value):
            raise unknown_name(frame, argument.value, written.value)
    return tensor_functions.call(frame, operation, given, node.span)


def _admits(operation: type[Declaration], word: Word) -> bool:
    return any(word in p.words for p in operation.params.values())


def _call_declaration(frame: Frame, node: nodes.Call, declaration: type[Declaration]) -> Any:
    params = list(declaration.params.values())
    given: list[Given] = []
    problems: list[Diagnostic] = []
    for position, argument in enumerate(node.arguments):
        param = _param_of(declaration, params, argument, position)
        try:
            given.append(_given(frame, argument, param.kinds if param else ()))
        except SpecError as error:
            problems.extend(error.diagnostics)
    if problems:
        raise SpecError(*problems)
    if issubclass(declaration, Layer) and given and as_tensors(given[0].value):
        hint = (f"write `x -> {declaration.__name__}`, with its arguments in brackets",)
        message = f"the layer {declaration.__name__} can't be called with a tensor"
        raise SpecError(Diagnostic(WRONG_KIND, message, given[0].span, found=describe(given[0].value), help=hint))
    instance = bind(declaration, given, node.span)
    if not isinstance(instance, Layer):
        return instance
    layer = instance
    made = frame.once(node.span.start, lambda: LayerInstance(layer, node.span))
    if isinstance(made, LayerInstance) and made.layer is not layer and made.layer != layer:
        return LayerInstance(layer, node.span, node=made.node)
    return made


def _param_of(
    declaration: type[Declaration], params: Sequence[Param[Any]], argument: nodes.Argument, position: int
) -> Param[Any] | None:
    if argument.name is not None:
        return declaration.params.get(argument.name.text)
    return params[position] if position < len(params) else None


def _given(
    frame: Frame, argument: nodes.Argument, kinds: Kinds, convert: Callable[[Any], Value] | None = None
) -> Given:
    name = argument.name
    value = (convert or argument_value)(evaluate(frame, argument.value, kinds or LAYERS))
    if name is not None and name.text == "name" and isinstance(argument.value, nodes.String):
        value = _label(frame, argument.value)
    return Given(name.text if name else None, value, argument.value.span, name.span if name else None)


def _label(frame: Frame, node: nodes.String) -> str:
    """The name that a call gives to a layer, with ``{name}`` replaced by what the name stands for."""

    def value_of(found: re.Match[str]) -> str:
        if found[1] not in frame.scope:
            raise unknown_name(frame, found[1], node)
        # A name of a size that isn't a number stands in the check for all sizes only, and names nothing that is kept.
        return re.sub(r"\W+", "_", str(frame.look_up(found[1])))

    return re.sub(r"\{([A-Za-z_]\w*)\}", value_of, node.value)


def parameter_value(value: Any) -> Value:
    """A value as parameters of blocks and models take it: a layer stays the one that it is."""
    return value if is_applicable(value) else argument_value(value)


def argument_value(value: Any) -> Value:
    """A value as declarations take it: layers without their identity, lists as tuples."""
    if isinstance(value, LayerInstance):
        return value.layer
    if isinstance(value, SomeNumber):
        raise NotGeneric
    if isinstance(value, Function):
        return Word(value.name)  # `mode=max`: no argument is a function
    if isinstance(value, list):
        return tuple(map(argument_value, value))
    if isinstance(value, dict):
        return {k: argument_value(v) for k, v in value.items()}
    return value


# ── Indexing ─────────────────────────────────────────────────────────────────────────────────────


def _index(frame: Frame, node: nodes.Index, kinds: Kinds) -> Any:
    value = evaluate(frame, node.value)
    if isinstance(value, Tensor):
        items = tuple(_index_item(frame, item) for item in node.items)
        return frame.builder.operation(getitem.make(items=items), [value], frame.prefix, node.span)[0]
    if isinstance(value, list | tuple):
        return _element(frame, list(value), node)
    if isinstance(value, Word):
        raise unknown_name(frame, value, node.value)
    raise SpecError(Diagnostic(WRONG_KIND, f"{describe(value)} can't be indexed", node.value.span))


def _index_item(frame: Frame, item: nodes.Expression | nodes.Slice | nodes.Ellipsis) -> Any:
    match item:
        case nodes.Ellipsis():
            return "..."
        case nodes.Slice():
            parts = (item.start, item.stop, item.step)
            return tuple(None if p is None else _position(frame, p) for p in parts)
        case _:
            return _position(frame, item)


def _position(frame: Frame, node: nodes.Expression) -> int:
    value = evaluate(frame, node)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise SpecError(
        Diagnostic(WRONG_KIND, "a position must be an integer known at compile time", node.span, found=describe(value))
    )


def _element(frame: Frame, values: list[Any], node: nodes.Index) -> Any:
    if len(node.items) != 1 or isinstance(node.items[0], nodes.Slice | nodes.Ellipsis):
        raise SpecError(Diagnostic(WRONG_KIND, "a list is indexed with one position", node.span))
    position = _position(frame, node.items[0])
    if not -len(values) <= position < len(values):
        raise SpecError(
            Diagnostic(WRONG_KIND, f"position {position} is outside of a list of {len(values)}", node.items[0].span)
        )
    return values[position]


# ── Operators ────────────────────────────────────────────────────────────────────────────────────


def _unary(frame: Frame, node: nodes.Unary, kinds: Kinds) -> Any:
    if node.operator == "not":
        return not condition(frame, node.operand)
    value = evaluate(frame, node.operand)
    if isinstance(value, Word):
        raise unknown_name(frame, value, node.operand)
    return arithmetic.negate(frame, value, node.span)


def _binary(frame: Frame, node: nodes.Binary, kinds: Kinds) -> Any:
    # The left spine is walked in a loop: `a + b + c + …` nests to the left as deep as it is long.
    spine: list[nodes.Binary] = []
    left: nodes.Expression = node
    while isinstance(left, nodes.Binary) and left.operator not in ("and", "or"):
        spine.append(left)
        left = left.left
    if not spine:
        return _logical(frame, node)
    value = _operand(frame, left)
    for step in reversed(spine):
        value = arithmetic.combine(frame, step.operator, value, _operand(frame, step.right), step)
    return value


def _operand(frame: Frame, node: nodes.Expression) -> Any:
    value = evaluate(frame, node)
    if isinstance(value, Word):
        raise unknown_name(frame, value, node)
    return value


def _logical(frame: Frame, node: nodes.Binary) -> bool:
    left = condition(frame, node.left)
    if node.operator == "and":
        return left and condition(frame, node.right)
    return left or condition(frame, node.right)


# ── Unknown names ────────────────────────────────────────────────────────────────────────────────


def visible_names(frame: Frame) -> list[str]:
    """Names that an expression may use here."""
    return [*frame.scope, *frame.module.names(), *FUNCTIONS]


def _require_all_bound(frame: Frame) -> None:
    """Nothing is known to be unknown beside an import that could not be read.

    Raises:
        Poisoned: there is one of all names.
    """
    if frame.module.may_bind_more:
        raise Poisoned


def unknown_name(frame: Frame, name: str, node: nodes.Expression) -> SpecError:
    """The error for a name that stands for nothing."""
    _require_all_bound(frame)
    hint = hints.bound_below(frame, name, node.span) or did_you_mean(name, visible_names(frame))
    return SpecError(Diagnostic(UNKNOWN_NAME, f"unknown name `{name}`", node.span, help=hint))


def unknown_layer(frame: Frame, name: str, node: nodes.Expression) -> SpecError:
    """The error for a name that should be a layer, block or model."""
    _require_all_bound(frame)
    known = [*names("layer"), *frame.module.names(), *frame.scope]
    hint = hints.bound_below(frame, name, node.span) or did_you_mean(name, known)
    return SpecError(elsewhere.unknown(LAYERS, name, node.span, hint or ("`specc layers` lists all layers",)))


def text_for_object(text: str, node: nodes.Expression, kinds: Kinds) -> SpecError:
    """The error for a text that names, as in Keras, what is written as a call here."""
    what = " or ".join(kinds)
    best = elsewhere.SHORT.get(text) or closest(text.replace("_", ""), [n for kind in kinds for n in names(kind)])
    hint = (f"write `{best}()`, without quotes",) if best else ()
    return SpecError(Diagnostic(UNKNOWN_OBJECT, f"a text is no {what}", node.span, found=node.span.text, help=hint))


def unknown_callee(frame: Frame, name: str, node: nodes.Expression, kinds: Kinds) -> SpecError:
    """The error for a call of a name that stands for nothing."""
    if kinds == LAYERS:
        return unknown_layer(frame, name, node)
    known = [n for kind in kinds for n in names(kind)]
    hint = did_you_mean(name, known) or (f"known: {', '.join(known[:12])}",)
    return SpecError(elsewhere.unknown(kinds, name, node.span, hint))


_EVALUATORS: dict[type[Any], Callable[[Frame, Any, Kinds], Any]] = {
    nodes.Number: _literal,
    nodes.String: _literal,
    nodes.Constant: _literal,
    nodes.Name: _name,
    nodes.ListLiteral: _list,
    nodes.TupleLiteral: _tuple,
    nodes.Record: _record,
    nodes.Call: _call,
    nodes.Index: _index,
    nodes.Unary: _unary,
    nodes.Binary: _binary,
    nodes.Chain: _chain,
    nodes.Conditional: _conditional,
}

__all__ = ["Poisoned", "argument_value", "condition", "evaluate", "unknown_layer", "unknown_name"]
