"""The training step as StableHLO: a text that any PJRT runtime can train with, without TensorFlow and without specc.

The module has two functions. ``@main`` is one step: it takes a batch and the whole state, and gives the loss and the
state after the step. ``@state`` gives the state before the first step: weights, the optimizer's state, metrics, seeds.
Each argument and result says what it is in an attribute: ``specc.input``, ``specc.target``, ``specc.weight`` (those of
examples), ``specc.state`` or ``specc.loss``. A state that the step doesn't change is an argument only.

Source: StableHLO specification, https://openxla.org/stablehlo/spec.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, Final

import numpy as np

from specc.data.load import load
from specc.data.missing import with_learned
from specc.data.raw import Array
from specc.diagnostics import Diagnostic, SpecError
from specc.diagnostics.codes import MISSING_SETTING
from specc.lower.model import named_weights
from specc.program.precision import with_policies
from specc.program.program import Program
from specc.training.failures.mapping import failure
from specc.training.initial.adapt import adapt
from specc.training.initial.pretrained import load_pretrained
from specc.training.phases import begun
from specc.training.step.guard import guard_of
from specc.training.step.objective import build_state, compile_model
from specc.training.step.plan import XLA
from specc.training.step.training_step import TrainingStep, order

_QUOTED: Final = r'"(?:[^"\\]|\\.)*"'
_LOCATION: Final = re.compile(rf"\s*\bloc\((?:{_QUOTED}|[^()\"]|\((?:{_QUOTED}|[^()\"])*\))*\)")
"""Where an operation comes from: names of files on this machine, of use to nobody elsewhere."""

_COPY: Final = re.compile(r"mhlo\.copy (?P<operand>%\S+)(?: \{[^}]*\})? : (?P<type>tensor<\S+>)")
"""The one operation of XLA's own dialect that comes up; StableHLO has no copy, a reshape to the same shape is one."""

_MAIN: Final = re.compile(r"func\.func (?:public )?@main\((?P<arguments>.*?)\) -> (?P<results>.*?) \{$", re.MULTILINE)
_ALIAS: Final = re.compile(r"parameter_number = (\d+) : i64\}, output_index = array<i64(?:: (\d+))?>")


def emit_stablehlo(program: Program, target: str) -> str:
    """The training step of a model, with the state that a run of it begins with; of phases, that of the first.

    Raises:
        SpecError: there is no plan for the model, it is an ensemble, or XLA can't compile it.
    """
    step = starting_step(program, target)
    size = len(next(iter(step.targets.values())))
    return _module(step, order(step.plan.seed, 1, size, step.plan.batch_size)[0])


def starting_step(program: Program, target: str) -> TrainingStep:
    """The step of a model before its first one, with the state that a run begins with."""
    plan = program.trains.get(target)
    if plan is None or target in program.ensembles:
        raise SpecError(_without_step(program, target))
    data = load(program, program.data[plan.data], program.models[target], loss=plan.loss)
    train = data.train
    loaded = load_pretrained(with_policies(program, target), target)
    loaded.program = with_learned(adapt(loaded.program, target, train.inputs), plan.data, data.filled)
    model, _ = loaded.build(target, plan.seed)
    graph = loaded.program.models[target]
    if plan.phases:
        plan = begun(loaded.program, graph, model, plan)
    guard = guard_of(plan)
    compile_model(loaded.program, model, plan, guard)
    build_state(loaded.program, model, plan, train.inputs, train.targets)
    return TrainingStep(
        loaded.program, model, plan, train.inputs, train.targets, graph, guard, how=XLA, weights=train.weights
    )


def _without_step(program: Program, target: str) -> Diagnostic:
    if target in program.ensembles:
        message = f"`{target}` is an ensemble, whose members are trained by steps of their own"
    else:
        message = f"nothing says how to train `{target}`, so there is no step to print"
    trained = [name for name in program.trains if name not in program.ensembles]
    hint = f"name a model that has a step: -m {' or -m '.join(trained)}" if trained else "write a `train` section"
    return Diagnostic(MISSING_SETTING, message, program.place("model", target), help=(hint,))


# ── The text ─────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class _Argument:
    """An argument of the step: what it is (`input`, `target`, `weight`, `state`), its name, the value of a state."""

    kind: str
    name: str
    value: Array | None = None

    @property
    def attribute(self) -> str:
        return f"specc.{self.kind} = {json.dumps(self.name)}"


def _module(step: TrainingStep, rows: Array) -> str:
    """The whole text, for batches of as many rows.

    Raises:
        SpecError: XLA can't compile the step.
    """
    import tensorflow as tf

    batch = step.ready(tf.constant(rows))
    try:
        text = step.compiled_step.experimental_get_compiler_ir(*batch)(stage="stablehlo")
    except (tf.errors.OpError, ValueError) as error:
        raise SpecError(failure(step.program, step.plan, step.graph, str(error), jit="xla")) from None
    given = [
        _Argument(kind, name)
        for kind, values in zip(("input", "target", "weight"), batch, strict=True)
        for name in sorted(values)
    ]
    captured = step.compiled_step.get_concrete_function(*batch).captured_inputs
    arguments = [*given, *_captured(step, captured)]
    text = "\n".join(line for line in text.splitlines() if not line.startswith("#loc"))
    text = _COPY.sub(r"stablehlo.reshape \g<operand> : (\g<type>) -> \g<type>", _LOCATION.sub("", text))
    return _annotated(text, step.plan.target, arguments)


def _captured(step: TrainingStep, captured: Iterable[Any]) -> Iterator[_Argument]:
    """What the step takes besides its batch, in the order of its arguments: variables, and constants that were made."""
    names = _names(step)
    for number, tensor in enumerate(captured):
        if (found := names.get(id(tensor))) is not None:
            name, variable = found
            yield _Argument("state", name, np.asarray(variable))
        else:
            yield _Argument("state", f"constant_{number}", np.asarray(tensor))


def _names(step: TrainingStep) -> dict[int, tuple[str, Any]]:
    """The name and the variable of each resource that a step changes: weights as in an artifact, others by path."""
    weights = named_weights(step.program, step.plan.target, step.model)
    found: dict[int, tuple[str, Any]] = {id(v.value.handle): (name, v) for name, v in weights.items()}
    taken = set(weights)
    for variable in step.variables():
        if id(variable.value.handle) not in found:
            # Keras counts on with each generator of seeds that a process makes; here they count from the first one.
            path = re.sub(r"^seed_generator_\d+/", "seed_generator/", variable.path)
            name = next(n for n in _numbered(path) if n not in taken)
            taken.add(name)
            found[id(variable.value.handle)] = name, variable
    return found


def _numbered(name: str) -> Iterator[str]:
    yield name
    yield from (f"{name}_{number}" for number in count(1))


def _annotated(text: str, target: str, arguments: Sequence[_Argument]) -> str:
    """The module with what each argument and result is, and with the state before the first step."""
    header, body = text.split("\n", 1)
    updated = {int(argument): int(result or 0) for argument, result in _ALIAS.findall(header)}
    main = _MAIN.search(body)
    assert main is not None, "the step has no function `@main`"
    types = [t.strip() for t in re.split(r",?\s*%arg\d+: ", main["arguments"])[1:]]
    assert len(types) == len(arguments), f"{len(types)} arguments instead of {len(arguments)}"
    taken = [
        f"%arg{number}: {type_} {{{argument.attribute}{_alias(updated, number)}}}"
        for number, (type_, argument) in enumerate(zip(types, arguments, strict=True))
    ]
    results = ["specc.loss"] + ["?"] * len(updated)
    for argument, result in updated.items():
        results[result] = arguments[argument].attribute
    given = zip(_split(main["results"]), results, strict=True)
    signature = (
        f"func.func public @main(\n    {_lines(taken)}\n  ) -> (\n    "
        f"{_lines(f'{type_} {{{what}}}' for type_, what in given)}\n  ) {{"
    )
    body = body[: main.start()] + signature + body[main.end() :]
    states = [(a, t) for a, t in zip(arguments, types, strict=True) if a.value is not None]
    end = body.rindex("}")
    return f"module @{target} {{\n{body[:end]}{_state(states)}{body[end:]}\n"


def _alias(updated: Mapping[int, int], number: int) -> str:
    """An argument whose memory a result may take."""
    return f", tf.aliasing_output = {updated[number]} : i32" if number in updated else ""


def _lines(parts: Iterable[str]) -> str:
    return ",\n    ".join(parts)


def _split(results: str) -> list[str]:
    """The types of results: one alone, or several in brackets."""
    return re.findall(r"tensor<[^>]*>", results)


def _state(states: Sequence[tuple[_Argument, str]]) -> str:
    """The function that gives the state before the first step."""
    lines = [f"    %{n} = stablehlo.constant {_dense(a)} : {type_}" for n, (a, type_) in enumerate(states)]
    names = ", ".join(f"%{n}" for n in range(len(states)))
    types = ", ".join(type_ for _, type_ in states)
    results = _lines(f"{type_} {{{a.attribute}}}" for a, type_ in states)
    return "\n".join(
        [f"  func.func public @state() -> (\n    {results}\n  ) {{", *lines, f"    return {names} : {types}", "  }", ""]
    )


def _dense(argument: _Argument) -> str:
    """The values of an array as MLIR writes them: the bytes in hexadecimal, little-endian."""
    array = np.ascontiguousarray(argument.value)
    assert array.dtype.byteorder != ">"
    if array.dtype == bool:
        return f"dense<{json.dumps(array.tolist())}>"
    return f'dense<"0x{array.tobytes().hex().upper()}">'
