"""The check of a block for all sizes of its inputs, and for values of its parameters that stand for the others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import Any

from specc import limits
from specc.catalogue.declare import Word
from specc.diagnostics import SpecError
from specc.diagnostics.codes import NO_INPUT, UNUSED_VALUE
from specc.elaborate.body import Outputs, run
from specc.elaborate.builder import Budget, Builder
from specc.elaborate.elaborator import Elaborator
from specc.elaborate.expressions import evaluate, unknown_layer
from specc.elaborate.frame import Cases, Frame, Impossible, NotGeneric, Undecided
from specc.elaborate.inputs import NewInputs
from specc.elaborate.parameters import DomainParam
from specc.elaborate.structure import structure
from specc.elaborate.values import Definition, Poisoned
from specc.program.dims import symbol
from specc.program.graph import ModelGraph
from specc.syntax import nodes


def check_block(elaborator: Elaborator, definition: Definition) -> None:
    """Check a block for all sizes of its inputs; findings are reported."""
    if not elaborator.is_small(definition):
        return
    try:
        for values in _samples(elaborator, definition):
            check_values(elaborator, definition, values)
    except (NotGeneric, Poisoned):
        return  # it is checked where it is applied


def _samples(elaborator: Elaborator, definition: Definition) -> Iterable[dict[str, Any]]:
    params = elaborator.params(definition)
    if not params:
        yield {}
        return
    frame = elaborator.frame(definition.module, definition.syntax.span)
    try:
        defaults = elaborator.with_defaults(frame, definition.syntax.parameters, params, {}, "block")
    except SpecError as error:
        elaborator.add(*error.diagnostics)
        raise Poisoned from None
    choices = [_sample_values(p, defaults) for p in params.values()]
    for combination in list(product(*choices))[:16]:
        yield dict(zip(params, combination, strict=True))


def check_values(elaborator: Elaborator, definition: Definition, values: dict[str, Any]) -> None:
    """Check a block for all sizes of its inputs, with these values of its parameters; findings are reported.

    Raises:
        NotGeneric: it can't be checked for all sizes at once.
        Poisoned: it has errors, which are reported.
    """
    pending: list[Cases] = [Cases()]
    for _ in range(limits.CASES):
        if not pending:
            return
        cases = pending.pop()
        try:
            _check_case(elaborator, definition, values, cases)
        except Impossible:
            continue
        except Undecided as undecided:
            pending += [cases.assume(undecided.question, False), cases.assume(undecided.question, True)]


def _check_case(elaborator: Elaborator, definition: Definition, values: dict[str, Any], cases: Cases) -> None:
    scope = {k: cases.apply(v) for k, v in values.items()}
    syntax = definition.syntax
    model = ModelGraph(definition.name, syntax.name.span)
    builder = Builder(model, Budget(), generic=True)
    frame = Frame(scope, definition.module, builder, elaborator, cases=cases, active=(definition,))
    if syntax.value is not None:
        _check_value(elaborator, frame, syntax.value)
        return
    outputs = Outputs()
    assert syntax.body is not None
    run(frame, syntax.body, NewInputs(cases.sizes), outputs)
    model.outputs = {n: t.port for n, t in outputs.values.items() if t is not None}
    if definition not in elaborator.broken and all(v is not None for v in outputs.values.values()):
        problems = [d for d in structure(model, syntax.name.span) if cases.is_plain or d.code != UNUSED_VALUE]
        if any(d.code != UNUSED_VALUE for d in problems):
            elaborator.broken.add(definition)
        elaborator.add(*(d for d in problems if d.code != NO_INPUT))


def _check_value(elaborator: Elaborator, frame: Frame, value: nodes.Expression) -> None:
    try:
        found = evaluate(frame, value)
        if isinstance(found, Word):
            raise unknown_layer(frame, found, value)
    except SpecError as error:
        elaborator.report(frame, error)


def _sample_values(param: DomainParam, defaults: Mapping[str, Any]) -> Sequence[Any]:
    choices = param.choices
    if choices is not None and len(choices) <= 4:
        return choices
    if param.name in defaults:
        return [defaults[param.name]]
    if param.kind == "int":
        return [symbol(param.name)]
    if param.kind == "float" and param.low is not None:
        return [float(param.low)]
    raise NotGeneric
