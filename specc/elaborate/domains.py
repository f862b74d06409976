"""Whether every value of every declared domain gives what is valid, or for which one it doesn't.

What hangs on few values is tried with each of them. For many, a model is elaborated once with symbols that stand for
all values of their domain: any comparison that hasn't the same answer for all of them ends the attempt, so that what
comes through holds for each. Where that fails, the ends of the domains and values beside them are tried; the result
says so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import product
from math import prod
from typing import Any, Final, NamedTuple

from specc.catalogue.bind import Given
from specc.catalogue.declare import show_value
from specc.diagnostics import Diagnostic, Related, SpecError
from specc.diagnostics.codes import ASSERTION, COUNTEREXAMPLE, COUNTEREXAMPLE_OF_ASSERT
from specc.elaborate.elaborator import Elaborator
from specc.elaborate.expressions import evaluate
from specc.elaborate.frame import NotGeneric, Undecided
from specc.elaborate.generic import check_values
from specc.elaborate.memory import Forgotten, Memory
from specc.elaborate.modules import Module
from specc.elaborate.overrides import Overrides
from specc.elaborate.parameters import DomainParam, declared_params
from specc.elaborate.sections import Sections
from specc.elaborate.values import Definition, Poisoned
from specc.program.deciding import Unproven
from specc.program.dims import symbol
from specc.program.program import Plans, Program
from specc.syntax import nodes

_WORK: Final = 1_000
"""Nodes that the trials for one definition may make; so a check stays a blink."""

_EXHAUSTIVE_WORK: Final = 500_000
"""The same where all values are asked for."""

_FEW: Final = 24
"""Most values (of all parameters together) that are tried one by one before symbols are."""

_CHOICES: Final = 24
"""Most combinations of what can't be a symbol (options, ends of fractions) for which symbols are tried."""

_LIMITS: Final = "E9"
"""What only a limit of the compiler refuses is no counterexample."""


@dataclass(frozen=True)
class Proof:
    """What was found out of one definition or section: ``names`` of its parameters, and how it was shown."""

    title: str
    names: tuple[str, ...]
    how: str

    def __str__(self) -> str:
        return f"{self.title}: {', '.join(self.names)} {self.how}"


@dataclass
class Proofs:
    """What is known of all domains of a file."""

    findings: list[Diagnostic] = field(default_factory=list[Diagnostic])
    proofs: list[Proof] = field(default_factory=list[Proof])


class _Outcome(NamedTuple):
    """The errors of a trial, and how many nodes it made."""

    errors: list[Diagnostic]
    nodes: int


@dataclass
class _Subject:
    """Something with parameters, and the test whether it is valid for values of those that have a domain.

    ``trial`` gives the errors for some values, the others by default; ``cost`` is about how many nodes that makes.
    """

    title: str
    parameters: tuple[nodes.Parameter, ...]
    params: Mapping[str, DomainParam]
    defaults: frozenset[str]
    trial: Callable[[dict[str, Any]], _Outcome]
    cost: int

    @property
    def ranged(self) -> dict[str, DomainParam]:
        return {n: p for n, p in self.params.items() if p.low is not None or p.choices is not None}


def prove(module: Module, program: Program, *, exhaustive: bool = False) -> Proofs:
    """Try the domains of all definitions and training sections of a file that has no errors.

    ``exhaustive`` tries every value where it otherwise would try the ends only, which may take minutes.
    """
    found = Proofs()
    for subject in _subjects(module, program):
        if subject.ranged:
            _prove_one(subject, found, _EXHAUSTIVE_WORK if exhaustive else _WORK)
    return found


# ── How it is shown ──────────────────────────────────────────────────────────────────────────────


def _prove_one(subject: _Subject, found: Proofs, work: int) -> None:
    names = tuple(subject.ranged)
    cost = subject.cost
    listed = {n: _all_values(p, work) for n, p in subject.ranged.items()}
    count = prod(len(v) for v in listed.values() if v) if all(listed.values()) else 0
    few = 0 < count <= _FEW and count * cost <= work
    if not few and _holds_for_symbols(subject):
        floats = [n for n, p in subject.ranged.items() if p.kind == "float" and p.choices is None]
        ends = f" (both ends of {', '.join(floats)})" if floats else ""
        found.proofs.append(Proof(subject.title, names, f"proven for all values, with symbols{ends}"))
        return
    every = few or 0 < count * cost <= work
    trials = _combinations({n: v for n, v in listed.items() if v}) if every else _ends(subject, max(1, work // cost))
    spent = 0
    tried: dict[str, set[str]] = {n: set() for n in names}
    for values in trials:
        try:
            errors, made = subject.trial(values)
        except NotGeneric:
            found.proofs.append(Proof(subject.title, names, "checked where it is applied"))
            return
        if errors:
            found.findings.append(_counterexample(subject, values, errors[0]))
            return
        spent += made
        for name, value in values.items():
            tried[name].add(show_value(value))
        if spent > work and not every:
            break
    if every:
        how = f"proven, each of {count} {'combinations' if len(names) > 1 else 'values'} tried"
    else:
        counted = " and ".join(_counted(n, len(v)) for n, v in tried.items() if v)
        how = f"not proven: tried with {counted}, beginning at the ends of the domain{'s' if len(names) > 1 else ''}"
    found.proofs.append(Proof(subject.title, names, how))


def _counted(name: str, values: int) -> str:
    return f"{values} value{'' if values == 1 else 's'} of {name}"


def _all_values(param: DomainParam, most: int) -> list[Any]:
    """The values of a domain, empty where they can't be listed."""
    if param.choices is not None:
        return list(param.choices)
    if param.kind != "int" or param.high - param.low >= most:
        return []
    return list(range(param.low, param.high + 1))


def _combinations(values: Mapping[str, list[Any]]) -> Iterator[dict[str, Any]]:
    for combination in product(*values.values()):
        yield dict(zip(values, combination, strict=True))


def _ends(subject: _Subject, most: int) -> Iterator[dict[str, Any]]:
    """All corners of the domains, then values inside of each domain alone."""
    corners = {n: list(p.choices) if p.choices is not None else [p.low, p.high] for n, p in subject.ranged.items()}
    trials = list(_combinations(corners)) if prod(map(len, corners.values())) <= most else []
    for name, param in subject.ranged.items():
        trials += [{name: value} for value in (*corners[name], *_inside(param))]
    seen: set[str] = set()
    for values in trials[:most]:
        if str(values) not in seen:
            seen.add(str(values))
            yield values


def _inside(param: DomainParam) -> list[Any]:
    if param.choices is not None:
        return []
    low, high = param.low, param.high
    if param.kind == "float":
        return [(low + high) / 2]
    near = (low + 1, low + 2, (low + high) // 2, (low + high) // 2 + 1, high - 2, high - 1)
    return [v for v in dict.fromkeys(near) if low < v < high]


def _holds_for_symbols(subject: _Subject) -> bool:
    choices: dict[str, list[Any]] = {}
    for name, param in subject.ranged.items():
        if param.choices is not None:
            choices[name] = list(param.choices)
        elif param.kind == "float":
            choices[name] = [param.low, param.high]
        else:
            choices[name] = [symbol(name, domain=(param.low, param.high))]
    if prod(map(len, choices.values())) > _CHOICES or all(p.kind != "int" for p in subject.ranged.values()):
        return False
    try:
        return not any(subject.trial(values).errors for values in _combinations(choices))
    except (Unproven, NotGeneric, Undecided):
        return False


def _counterexample(subject: _Subject, values: dict[str, Any], error: Diagnostic) -> Diagnostic:
    relevant = dict(values)
    named = set(re.findall(r"\w+", error.span.text)) if error.code == ASSERTION else set[str]()
    for name in values:
        fewer = {k: v for k, v in relevant.items() if k != name}
        if name in subject.defaults and name not in named and fewer and _fails_alike(subject, fewer, error):
            relevant = fewer
    shown = ", ".join(f"{n}={show_value(v)}" for n, v in relevant.items())
    by_name = {p.name.text: p for p in subject.parameters}
    first, *others = [by_name[n].span for n in relevant]
    related = (Related(error.span, error.message), *(Related(s, "and its domain") for s in others))
    is_assert = error.code == ASSERTION
    narrow = "narrow the domain"
    return Diagnostic(
        COUNTEREXAMPLE_OF_ASSERT if is_assert else COUNTEREXAMPLE,
        f"`{subject.title}` is not valid for {shown}: {error.message}",
        first,
        expected="a valid result for every value of the domain",
        found=f"{shown} gives {error.code}",
        related=related,
        help=(narrow if is_assert else f"{narrow}, or state what must hold with `assert`",),
    )


def _fails_alike(subject: _Subject, values: dict[str, Any], error: Diagnostic) -> bool:
    errors = subject.trial(values).errors
    return bool(errors) and (errors[0].code, errors[0].span, errors[0].message) == (
        error.code,
        error.span,
        error.message,
    )


# ── What has domains ─────────────────────────────────────────────────────────────────────────────


def _subjects(module: Module, program: Program) -> Iterator[_Subject]:
    for definition in module.definitions:
        if subject := _of_definition(definition, program):
            yield subject
    for section in module.tree.declarations:
        if isinstance(section, nodes.Section) and section.keyword == "train" and section.parameters:
            yield _of_section(module, section, program)


def _of_definition(definition: Definition, program: Program) -> _Subject | None:
    syntax = definition.syntax
    if not any(p.domain is not None or p.kind.text == "bool" for p in syntax.parameters):
        return None
    params = _scratch(definition).params(definition)
    defaults = frozenset(p.name.text for p in syntax.parameters if p.default is not None)
    open_ended = any(n not in defaults and p.low is None and p.choices is None for n, p in params.items())
    if open_ended and definition.is_model:
        return None  # it is made, and checked, where it is given a value
    made = program.models.get(definition.name)
    memory: Memory = {}

    def trial(values: dict[str, Any]) -> _Outcome:
        completed = _completed(params, defaults, values)
        return _model(definition, completed, memory) if definition.is_model else _block(definition, completed)

    return _Subject(
        definition.name,
        syntax.parameters,
        params,
        defaults,
        trial,
        len(made) if made else 20,
    )


def _completed(params: Mapping[str, DomainParam], defaults: frozenset[str], values: dict[str, Any]) -> dict[str, Any]:
    """``values`` with some value for each parameter that has neither one nor a default."""
    found = dict(values)
    for name, param in params.items():
        if name not in found and name not in defaults:
            found[name] = _some_value(param)
    return {n: found[n] for n in params if n in found}


def _some_value(param: DomainParam) -> Any:
    if param.choices is not None:
        return param.choices[0]
    if param.low is not None:
        return param.low
    if param.kind == "int":
        return symbol(param.name)
    raise NotGeneric


def _scratch(definition: Definition) -> Elaborator:
    return Elaborator(Program(definition.module.source), Overrides())


def _model(definition: Definition, values: dict[str, Any], memory: Memory) -> _Outcome:
    """A model for some values. What its blocks came to is remembered for the next trial, if all was valid."""
    own = dict(memory)
    try:
        outcome = _made(definition, values, own)
    except Forgotten:
        return _made(definition, values, None)
    if not outcome.errors:
        memory.update(own)
    return outcome


def _made(definition: Definition, values: dict[str, Any], memory: Memory | None) -> _Outcome:
    elaborator = _scratch(definition)
    elaborator.memory = memory
    before = elaborator.budget.layers
    try:
        bound = _with_defaults(elaborator, definition, values)
        elaborator.graph(definition, bound, definition.syntax.name.span)
    except SpecError as error:
        elaborator.add(*error.diagnostics)
    except Poisoned:
        pass
    return _Outcome(_errors(elaborator), before - elaborator.budget.layers)


def _block(definition: Definition, values: dict[str, Any]) -> _Outcome:
    """A block for some values, and all sizes of its inputs.

    Raises:
        NotGeneric: it can't be checked for all sizes at once.
    """
    elaborator = _scratch(definition)
    try:
        check_values(elaborator, definition, _with_defaults(elaborator, definition, values))
    except SpecError as error:
        elaborator.add(*error.diagnostics)
    except Poisoned:
        pass
    return _Outcome(_errors(elaborator), 20)


def _with_defaults(elaborator: Elaborator, definition: Definition, values: dict[str, Any]) -> dict[str, Any]:
    syntax = definition.syntax
    frame = elaborator.frame(definition.module, syntax.span)
    return elaborator.with_defaults(frame, syntax.parameters, elaborator.params(definition), values, syntax.keyword)


def _errors(elaborator: Elaborator) -> list[Diagnostic]:
    return [d for d in elaborator.findings.errors if not d.code.id.startswith(_LIMITS)]


def _of_section(module: Module, section: nodes.Section, program: Program) -> _Subject:
    elaborator = Elaborator(Program(module.source), Overrides())
    frame = elaborator.frame(module, section.span)
    params = declared_params(section.parameters, partial(evaluate, frame))

    def trial(values: dict[str, Any]) -> _Outcome:
        given = {f"{section.name.text}.{n}": Given(n, v, section.span) for n, v in values.items()}
        scratch = replace(program, trains=Plans("TrainPlan"), places={})
        elaborator = Elaborator(scratch, Overrides(given))
        Sections(elaborator, module).train_alone(section)
        return _Outcome(_errors(elaborator), 10)

    defaults = frozenset(p.name.text for p in section.parameters if p.default is not None)
    return _Subject(f"{section.keyword} {section.name.text}", section.parameters, params, defaults, trial, 10)
