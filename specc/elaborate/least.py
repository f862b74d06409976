"""How much a body makes at least, counted before it is expanded: so that what never ends is refused at once.

The count is a lower bound: what hangs on something that isn't plain from the text counts as nothing, and of two
branches the smaller one counts. What is counted is made whenever the body has no errors.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from specc import limits
from specc.catalogue.registry import find, kinds_of
from specc.elaborate.values import Definition
from specc.source import Span
from specc.syntax import nodes

_MOST_WORK: Final = 100_000
"""Nodes looked at; after that, everything counts as nothing."""


class Amount(NamedTuple):
    """Layers that are made and steps (statements and passes of loops) that are carried out."""

    layers: int = 0
    steps: int = 0

    def __add__(self, other: Any) -> Amount:
        return Amount(self.layers + other.layers, self.steps + other.steps)

    def __mul__(self, times: Any) -> Amount:
        return Amount(self.layers * times, self.steps * times)

    @property
    def weight(self) -> float:
        """How far it goes to a limit."""
        return max(self.layers / limits.EXPANDED_LAYERS, self.steps / limits.STEPS)

    def least(self, other: Amount) -> Amount:
        """What is made in either case."""
        return Amount(min(self.layers, other.layers), min(self.steps, other.steps))


@dataclass
class _Names:
    """What is known of the names in a body: constants, tensors, and which names mean something else than outside."""

    constants: dict[str, Any]
    tensors: set[str]
    bound: set[str]


@dataclass
class Least:
    """Counts; what it found for a block is kept.

    ``parts`` are the blocks that the definitions counted so far apply, ``places`` is where each makes the most.
    """

    parts: defaultdict[Definition, set[Definition]] = field(default_factory=lambda: defaultdict(set))
    places: dict[Definition, Span] = field(default_factory=dict[Definition, Span])
    _made: dict[Any, Amount] = field(default_factory=dict[Any, Amount])
    _names: dict[Span, frozenset[str]] = field(default_factory=dict[Span, frozenset[str]])
    _active: list[Definition] = field(default_factory=list[Definition])
    _work: int = 0

    def of_definition(self, definition: Definition, constants: Mapping[str, Any] | None = None) -> Amount:
        """What a fresh instance makes where the parameters in ``constants`` have these values."""
        known = {k: v for k, v in constants.items() if type(v) is int} if constants else {}
        key = (definition, tuple(sorted(known.items())) if known else ())
        if (made := self._made.get(key)) is not None:
            return made
        if definition in self._active or len(self._active) > limits.NESTING:
            return Amount()
        self._active.append(definition)
        self._made[key] = self._definition(definition, known)
        self._active.pop()
        return self._made[key]

    def names_in(self, loop: nodes.For) -> frozenset[str]:
        """All names that a loop reads or binds."""
        if loop.span not in self._names:
            found = (n.text for n in nodes.walk(loop) if isinstance(n, nodes.Name | nodes.Identifier))
            self._names[loop.span] = frozenset(found)
        return self._names[loop.span]

    def of_loop(
        self, loop: nodes.For, passes: int, module: Any, constants: Mapping[str, Any], tensors: set[str]
    ) -> Amount:
        """What a loop makes that is about to run in a scope with these constants and tensors."""
        bound = _bound((loop,))
        outside = constants.keys() | tensors
        names = _Names({k: v for k, v in constants.items() if k not in bound}, set(), outside | bound)
        names.tensors = _lasting((loop,), tensors | _new(bound - outside, module))
        return (Amount(0, 1) + self._statements(module, loop.body, names)) * passes

    def _definition(self, definition: Definition, constants: dict[str, Any]) -> Amount:
        syntax = definition.syntax
        parameters = {p.name.text for p in syntax.parameters}
        if syntax.body is None:
            assert syntax.value is not None
            self.places[definition] = syntax.value.span
            return self._stage(definition.module, syntax.value, _Names(constants, set(), parameters))
        bound = _bound(syntax.body)
        inputs = {s.name.text for s in syntax.body if isinstance(s, nodes.Input)}
        known = {k: v for k, v in constants.items() if k not in bound}
        tensors = _lasting(syntax.body, inputs | _new(bound - parameters, definition.module))
        names = _Names(known, tensors, parameters | bound)
        made = [self._statements(definition.module, (s,), names) for s in syntax.body]
        if made:
            self.places[definition] = _place(
                max(zip(made, syntax.body, strict=True), key=lambda pair: pair[0].weight)[1]
            )
        return sum(made, Amount())

    def _statements(self, module: Any, body: Sequence[nodes.Statement], names: _Names) -> Amount:
        total = Amount()
        for statement in body:
            total += Amount(0, 1) + self._statement(module, statement, names)
        return total

    def _statement(self, module: Any, statement: nodes.Statement, names: _Names) -> Amount:
        match statement:
            case nodes.Binding(value=value) | nodes.Output(value=nodes.Node() as value):
                return self._value(module, value, names)
            case nodes.For(values=values, body=body):
                count = _length(values, names)
                return (Amount(0, 1) + self._statements(module, body, names)) * count if count else Amount()
            case nodes.If(yes=yes, no=no):
                return self._statements(module, yes, names).least(self._statements(module, no, names))
            case _:
                return Amount()

    # ── Expressions ──────────────────────────────────────────────────────────────────────────────

    def _value(self, module: Any, node: nodes.Expression, names: _Names) -> Amount:
        """What is made while an expression is evaluated."""
        self._work += 1
        if self._work > _MOST_WORK:
            return Amount()
        match node:
            case nodes.Chain(stages=(first, *rest)) if _is_tensor(first, names):
                made = self._value(module, first, names)
                for stage in rest:
                    made += self._stage(module, stage, names)
                return made
            case nodes.Conditional(yes=yes, no=no):
                return self._value(module, yes, names).least(self._value(module, no, names))
            case nodes.Binary():
                return self._binary(module, node, names)
            case _:
                return Amount()

    def _binary(self, module: Any, node: nodes.Binary, names: _Names) -> Amount:
        made, left = Amount(), node
        while isinstance(left, nodes.Binary) and left.operator in _TENSOR_OPERATORS:
            made += self._value(module, left.right, names) + Amount(int(_is_tensor(left.right, names)))
            left = left.left
        return made if isinstance(left, nodes.Binary) else made + self._value(module, left, names)

    def _stage(self, module: Any, node: nodes.Expression, names: _Names) -> Amount:
        """What is made while something that stands behind ``->`` is applied."""
        self._work += 1
        if self._work > _MOST_WORK:
            return Amount()
        match node:
            case nodes.Name(text=text):
                return self._named(module, text, {}, names)
            case nodes.Call(callee=nodes.Name(text=text), arguments=arguments):
                return self._named(module, text, _given(module, text, arguments, names), names)
            case nodes.Chain(stages=stages):
                return sum((self._stage(module, s, names) for s in stages), Amount())
            case nodes.Conditional(yes=yes, no=no):
                return self._stage(module, yes, names).least(self._stage(module, no, names))
            case (
                nodes.Binary(operator="*", left=item, right=times) | nodes.Binary(operator="*", left=times, right=item)
            ):
                count = _constant(times, names)
                return self._stage(module, item, names) * count if type(count) is int and count > 0 else Amount()
            case _:
                return Amount()

    def _named(self, module: Any, name: str, constants: dict[str, Any], names: _Names) -> Amount:
        if name in names.bound:
            return Amount()
        found = module.names_bound.get(name)
        if found is None:
            return Amount(1) if find("layer", name) else Amount()
        if not isinstance(found, Definition) or found.is_model:
            return Amount()
        if self._active:
            self.parts[self._active[-1]].add(found)
        return self.of_definition(found, constants)


_TENSOR_OPERATORS: Final = frozenset({"+", "-", "*", "/", "//", "%", "**"})


def _place(statement: nodes.Statement) -> Span:
    match statement:
        case (
            nodes.For(values=part)
            | nodes.If(condition=part)
            | nodes.Binding(value=part)
            | nodes.Output(value=nodes.Node() as part)
        ):
            return part.span
        case _:
            return statement.span


def _given(module: Any, name: str, arguments: Sequence[nodes.Argument], names: _Names) -> dict[str, Any]:
    """The constants that a call gives to the parameters of a block."""
    found = module.names_bound.get(name)
    if not isinstance(found, Definition):
        return {}
    parameters = [p.name.text for p in found.syntax.parameters]
    given: dict[str, Any] = {}
    for position, argument in enumerate(arguments):
        if argument.name is None and position >= len(parameters):
            break
        given[argument.name.text if argument.name else parameters[position]] = _constant(argument.value, names)
    return given


def _bound(body: Sequence[nodes.Statement]) -> set[str]:
    """All names that statements bind, at any depth."""
    found: set[str] = set()
    for statement in _all(body):
        match statement:
            case nodes.Binding(targets=targets) | nodes.For(targets=targets):
                found |= {t.text for t in targets}
            case nodes.Input(name=name) | nodes.Output(name=name):
                found.add(name.text)
            case _:
                pass
    return found


def _all(body: Sequence[nodes.Statement]) -> list[nodes.Statement]:
    found: list[nodes.Statement] = []
    pending = list(body)
    while pending:
        statement = pending.pop()
        found.append(statement)
        match statement:
            case nodes.For(body=inner):
                pending += inner
            case nodes.If(yes=yes, no=no):
                pending += [*yes, *no]
            case _:
                pass
    return found


def _new(bound: set[str], module: Any) -> set[str]:
    """Those of the names that mean nothing before a body binds them."""
    from specc.elaborate.functions import FUNCTIONS  # which needs what needs this

    return {n for n in bound if n not in module.names_bound and not kinds_of(n) and n not in FUNCTIONS}


def _lasting(body: Sequence[nodes.Statement], tensors: set[str]) -> set[str]:
    """Those of the names that stand for tensors throughout a body, whatever it binds."""
    names = _Names({}, set(tensors), set())
    statements = _all(body)
    while True:
        lost = {t for s in statements for t in _unsure(s, names)} & names.tensors
        if not lost:
            return names.tensors
        names.tensors -= lost


def _unsure(statement: nodes.Statement, names: _Names) -> set[str]:
    """The names that a statement may bind to something else than a tensor."""
    match statement:
        case nodes.Binding(targets=targets, value=value):
            return set() if len(targets) == 1 and _is_tensor(value, names) else {t.text for t in targets}
        case nodes.For(targets=targets):
            return {t.text for t in targets}
        case _:
            return set()


def _is_tensor(node: nodes.Expression, names: _Names) -> bool:
    match node:
        case nodes.Name(text=text):
            return text in names.tensors
        case nodes.Chain(stages=(first, *_)):
            return _is_tensor(first, names)
        case nodes.TupleLiteral(items=items):
            return bool(items) and all(_is_tensor(i, names) for i in items)
        case nodes.Binary(operator=operator, right=right):
            return operator in _TENSOR_OPERATORS and _is_tensor(right, names)
        case _:
            return False


def _length(node: nodes.Expression, names: _Names) -> int:
    """How many passes a loop over this makes, or 0 where the text doesn't say."""
    match node:
        case nodes.ListLiteral(items=items):
            return len(items)
        case nodes.Call(callee=nodes.Name(text="range"), arguments=arguments) if "range" not in names.bound:
            bounds = [_constant(a.value, names) for a in arguments]
            if all(type(b) is int for b in bounds) and 1 <= len(bounds) <= 2:
                return min(max(0, bounds[-1] - (bounds[0] if len(bounds) == 2 else 0)), limits.EXPANDED_LAYERS)
            return 0
        case nodes.Name(text=text):
            value = names.constants.get(text)
            return len(value) if isinstance(value, list | tuple) else 0
        case _:
            return 0


def _constant(node: nodes.Expression, names: _Names) -> Any:
    match node:
        case nodes.Number(value=value):
            return value
        case nodes.Name(text=text):
            return names.constants.get(text)
        case _:
            return None
