"""A program as a text of the language, for `specc convert`: models as flat lists of layers, plans as sections."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from specc.catalogue.bind import positional
from specc.catalogue.declare import Declaration, Param, show_value
from specc.catalogue.ops.arithmetic import INFIX
from specc.catalogue.ops.base import Operation
from specc.catalogue.ops.indexing import getitem
from specc.catalogue.params import Label, Optional, Text, Tuple
from specc.catalogue.registry import all_names
from specc.diagnostics import Diagnostic, SpecError
from specc.diagnostics.codes import DUPLICATE_NAME
from specc.limits import NAME_LENGTH
from specc.program.dims import symbols_of
from specc.program.graph import ModelGraph, Node, Operand, Port, Start
from specc.program.names import Labels, Names, snake_case
from specc.program.plans import EnsemblePlan, ExportPlan, TrainPlan, TunePlan
from specc.program.program import Program
from specc.program.types import TensorType
from specc.source import Source
from specc.syntax.format import format_source
from specc.syntax.language import RESERVED
from specc.syntax.tables import load


def to_text(program: Program) -> str:
    """The program as a `.model` text in the canonical layout. Loops, blocks and parameters are not found again.

    Raises:
        SpecError: a model or input has the name of a layer or function that is used, and would hide it in a text.
    """
    _require_free_names(program)
    inline = {p.data for p in program.trains.values() if not p.data.isidentifier()}
    parts = [_Model(program, m).text() for m in program.models.values() if m.kind == "model"]
    parts += [f"data {p.name} = {_call(p.source)}" for p in program.data.values() if p.name not in inline]
    parts += [_section("ensemble", p.name, _ensemble(p)) for p in program.ensembles.values()]
    parts += [_section("train", p.target, train_settings(program, p)) for p in program.explicit_trains.values()]
    parts += [_section("tune", p.target, _tune(p)) for p in program.tunes.values()]
    parts += [_section("export", p.target, _export(p)) for p in program.exports.values()]
    return format_source(Source("text", "\n\n".join(parts) + "\n"))


def _require_free_names(program: Program) -> None:
    for model in program.models.values():
        named = [*((name, "model", other.span) for name, other in program.models.items())]
        named += [(name, "input", model[name].span) for name in model.inputs]
        called = [n.layer for n in model.nodes if n.layer is not None and not _is_infix(n.layer, n.inputs)]
        used = {type(made).__name__ for made in called} | {w for made in called for w in _texts(made.given.values())}
        for name, what, span in named:
            if name in used:
                message = f"the {what} `{name}` would hide what has that name, too, and is used in `{model.name}`"
                raise SpecError(Diagnostic(DUPLICATE_NAME, message, span, help=(f"call the {what} something else",)))


def _section(keyword: str, name: str, settings: Mapping[str, str]) -> str:
    return f"{keyword} {name} {{\n" + "".join(f"    {k} = {v}\n" for k, v in settings.items()) + "}"


# ── Models ───────────────────────────────────────────────────────────────────────────────────────


class _Model:
    """Writes one model. Variables are called like their nodes, with other names where those mean something."""

    def __init__(self, program: Program, model: ModelGraph) -> None:
        self.program, self.model = program, model
        self.lines: list[str] = []
        self._uses = Counter([p for n in model.nodes for p in n.ports] + list(model.outputs.values()))
        self._shared = {n.shares for n in model.nodes if n.shares}
        self._held: dict[str, str] = {}
        self._variables: dict[Port, str] = {}
        symbols = {s.name for t in model.inputs.values() for s in symbols_of(t.shape)}
        words = {w for n in model.nodes if n.layer is not None for w in _texts(n.layer.given.values())}
        self._bound = {*symbols, *words, *program.models, *all_names(), *load().words}
        self._written: set[str] = set()
        self._names = Names(self._written, Labels(n.name for n in model.nodes if n.kind != "op" and not n.shares))

    def text(self) -> str:
        chain: list[str] = []
        last: Node | None = None
        for node in self.model.nodes:
            if node.kind == "input":
                self._variables[Port(node.name)] = node.name
                self._bound.add(node.name)
                self._written.add(node.name)
                self.lines.append(f"input {node.name}: {type_text(node.outputs[0])}")
                continue
            follows = last is not None and node.inputs == (Port(last.name),) and self._is_passed_on(last)
            if not (follows and node.kind != "op"):
                self._end(chain, last)
                chain = []
            chain = self._node(node, chain)
            last = node
        self._end(chain, last)
        for name, port in self.model.outputs.items():
            self.lines.append(f"output {name}: {type_text(self.model.type_of(port))} = {self._variables[port]}")
        body = "".join(f"    {line}\n" for line in self.lines)
        return f"model {self.model.name} {{\n{body}}}"

    def _is_passed_on(self, node: Node) -> bool:
        return len(node.outputs) == 1 and self._uses[Port(node.name)] == 1

    def _node(self, node: Node, chain: list[str]) -> list[str]:
        """The chain with one more node, or the one that begins with it."""
        if isinstance(node.layer, Operation):
            self._written.add(self._names.unlabelled(type(node.layer).__name__))
            return [function_text(node.layer, [self._operand(o) for o in node.inputs], node.inputs)]
        if chain:
            return [*chain, self._layer(node)]
        operands = [self._operand(o) for o in node.inputs]
        return [operands[0] if len(operands) == 1 else f"({', '.join(operands)})", self._layer(node)]

    def _end(self, chain: list[str], last: Node | None) -> None:
        if last is None or not chain:
            return
        targets = [self._variable(Port(last.name, i)) for i in range(len(last.outputs))]
        self.lines.append(f"{', '.join(targets)} = {' -> '.join(chain)}")

    def _layer(self, node: Node) -> str:
        """The layer or model that a node applies, with a name where it wouldn't get its own."""
        if node.shares is not None:
            held = self._held[node.shares]
            self._written.add(self._names.unlabelled(held))
            return held
        base = snake_case(node.type_name)
        is_shared = node.name in self._shared
        named: list[str] = []
        if is_shared or self._names.next(base) != node.name:
            self._names.claim(node.name)
            named = [f'name="{node.name}"']
        else:
            self._names.unique(base)
        self._written.add(node.name)
        own = _of_use(node.start) if node.layer is None else _arguments(node.layer, without="name")
        made = f"{node.type_name}({', '.join([*own, *named])})"
        if not is_shared:
            return made.removesuffix("()")
        self._held[node.name] = self._free(f"{node.name}_layer")
        self.lines.append(f"{self._held[node.name]} = {made}")
        return self._held[node.name]

    def _operand(self, operand: Operand) -> str:
        return self._variable(operand) if isinstance(operand, Port) else show_value(operand)

    def _variable(self, port: Port) -> str:
        if port not in self._variables:
            self._variables[port] = self._free(port.node if port.index == 0 else f"{port.node}_{port.index}")
        return self._variables[port]

    def _free(self, base: str) -> str:
        name = re.sub(r"\W", "_", base)[-48:]
        name = name if name.isidentifier() else f"x_{name}"
        if name in self._bound:
            number = 1
            while f"{name}_{number}" in self._bound:
                number += 1
            name = f"{name}_{number}"
        self._bound.add(name)
        return name


def _of_use(start: Start) -> list[str]:
    """The weights that a model begins with, as arguments."""
    return [f"{k}={v if v == 'imagenet' else show_value(v)}" for k, v in start.record.items()]


def _texts(values: Iterable[Any]) -> Iterable[str]:
    """All texts inside of some arguments."""
    for value in values:
        match value:
            case str():
                yield value
            case Declaration():
                yield from _texts(value.given.values())
            case tuple() | list():
                yield from _texts(value)
            case Mapping():
                yield from _texts([*value.keys(), *value.values()])
            case _:
                pass


def type_text(type_: TensorType) -> str:
    """A type as an input or output declares it."""
    return f"{type_.dtype}[{', '.join(map(str, type_.shape))}]"


def function_text(operation: Operation, operands: Sequence[str], inputs: Sequence[Operand]) -> str:
    """The call of a function, or what stands for it."""
    name = type(operation).__name__
    if _is_infix(operation, inputs):
        return f"{operands[0]} {INFIX[name]} {operands[1]}"
    if isinstance(operation, getitem):
        return f"{operands[0]}[{', '.join(map(_index, operation.items))}]"
    if operation.variadic:
        arguments = [value_text(p, getattr(operation, n)) for n, p in operation.params.items()]
        return f"{name}({', '.join([*arguments, *operands])})"
    first = [] if operation.implied else [f"[{', '.join(operands)}]"] if operation.takes_list else list(operands)
    return f"{name}({', '.join([*first, *_arguments(operation)])})"


def _is_infix(made: Declaration, inputs: Sequence[Operand]) -> bool:
    """Whether an operator stands for a function; beside a negative number it wouldn't read well."""
    negative = any(isinstance(i, int | float) and i < 0 for i in inputs)
    return isinstance(made, Operation) and type(made).__name__ in INFIX and not negative


def _index(item: Any) -> str:
    if not isinstance(item, tuple):
        return str(item)
    start, stop, step = ("" if part is None else str(part) for part in item)
    return f"{start}:{stop}" + (f":{step}" if step else "")


# ── Plans ────────────────────────────────────────────────────────────────────────────────────────


def _ensemble(plan: EnsemblePlan) -> dict[str, str]:
    names = Names(set())
    members: list[str] = []
    for member in plan.members:
        is_automatic = names.next(snake_case(member.model)) == member.name
        names.unique(snake_case(member.model)) if is_automatic else names.claim(member.name)
        members.append(f"{member.model}()" if is_automatic else f'{member.model}(name="{member.name}")')
    settings = {"members": f"[{', '.join(members)}]", "combine": _call(plan.combine)}
    return settings if plan.sample is None else {**settings, "sample": _call(plan.sample)}


def train_settings(program: Program, plan: TrainPlan) -> dict[str, str]:
    """The settings of a plan; what is by default is left out."""
    settings = {"data": plan.data if plan.data.isidentifier() else _call(program.data[plan.data].source)}
    if plan.augment:
        chains = {k: " -> ".join(map(_call, layers)) for k, layers in plan.augment.items()}
        settings["augment"] = _per_name(chains, len(program.models[plan.target].inputs))
    outputs = len(program.models[plan.target].outputs)
    settings["loss"] = _per_name({k: _call(v) for k, v in plan.loss.items()}, outputs)
    if plan.loss_weights:
        settings["loss_weights"] = _per_name({k: show_value(v) for k, v in plan.loss_weights.items()}, outputs)
    if plan.class_weight:
        settings["class_weight"] = _per_name({k: _class_weight(v) for k, v in plan.class_weight.items()}, outputs)
    for name, metrics in (("metrics", plan.metrics), ("weighted_metrics", plan.weighted_metrics)):
        if metrics:
            settings[name] = _per_name({k: _metrics(v) for k, v in metrics.items()}, outputs)
    settings["optimizer"] = _call(plan.optimizer)
    if plan.phases is not None:
        settings["phases"] = f"[{', '.join(map(_call, plan.phases))}]"
    if plan.early_stopping is not None:
        settings["early_stopping"] = _call(plan.early_stopping)
    if plan.reduce_lr is not None:
        settings["reduce_lr"] = _call(plan.reduce_lr)
    if plan.tensorboard is not None:
        settings["tensorboard"] = plan.tensorboard if isinstance(plan.tensorboard, str) else _call(plan.tensorboard)
    if plan.checkpoint is not None:
        settings["checkpoint"] = _call(plan.checkpoint)
    plain = ("epochs",) if plan.phases is None else ()  # with phases it is their sum
    for name in (*plain, "batch_size", "seed", "dtype_policy", "jit", "on_nan"):
        if (value := getattr(plan, name)) != TrainPlan.model_fields[name].default:
            settings[name] = str(value)
    return settings


def _metrics(metrics: Sequence[Declaration | str]) -> str:
    return f"[{', '.join(m if isinstance(m, str) else _call(m) for m in metrics)}]"


def _class_weight(weights: Sequence[float] | str) -> str:
    return weights if isinstance(weights, str) else show_value(list(weights))


def _tune(plan: TunePlan) -> dict[str, str]:
    settings = {"objective": f"{plan.direction}({plan.metric})", "trials": str(plan.trials)}
    return settings if plan.pruner is None else {**settings, "pruner": _call(plan.pruner)}


def _export(plan: ExportPlan) -> dict[str, str]:
    return {"formats": f"[{', '.join(plan.formats)}]", "version": show_value(plan.version)}


def _per_name(texts: Mapping[str, str], names: int) -> str:
    """A value for each name: the value alone where there is one name."""
    if names == 1:
        return next(iter(texts.values()))
    return "{ " + "  ".join(f"{k} = {v}" for k, v in texts.items()) + " }"


# ── Calls and values ─────────────────────────────────────────────────────────────────────────────


def _call(made: Declaration) -> str:
    """A declared object as its call."""
    return f"{type(made).__name__}({', '.join(_arguments(made))})"


def _arguments(made: Declaration, without: str = "") -> list[str]:
    """The arguments that are not by default; what is required comes first and by position."""
    given, params = made.given, made.params
    return arguments_text({n: value_text(params[n], v) for n, v in given.items() if n != without}, by_position(made))


def by_position(made: Declaration) -> list[str]:
    """The arguments that are written without their names: those that are required."""
    order = positional(type(made))
    required = [n for n in order if made.params[n].required]
    return required if required == list(order)[: len(required)] else []


def arguments_text(texts: Mapping[str, str], first: Sequence[str]) -> list[str]:
    """Arguments by name; those of ``first`` before the others, by position."""
    return [*(texts[n] for n in first), *(f"{n}={text}" for n, text in texts.items() if n not in first)]


def value_text(param: Param[Any], value: Any) -> str:
    """An argument as the language writes it: words without quotes, one number for equal ones."""
    inner = param
    while isinstance(inner, Optional):
        inner = inner.inner
    if isinstance(inner, Tuple) and isinstance(value, tuple):
        if inner.single and inner.length and len(set(map(repr, value))) == 1:
            return value_text(inner.item, value[0])
        return f"[{', '.join(value_text(inner.item, v) for v in value)}]"
    match value:
        case Declaration():
            return _call(value)
        case tuple() | list():
            return f"[{', '.join(value_text(param, v) for v in value)}]"
        case Mapping():
            return "{ " + "  ".join(f"{k} = {value_text(param, v)}" for k, v in value.items()) + " }"
        case str() if is_word(value) and not isinstance(inner, Text | Label):
            return str(value)
        case _:
            return show_value(value)


def is_word(text: str) -> bool:
    """Whether a text can stand without quotes."""
    if not (text.isidentifier() and text.isascii()) or len(text) > NAME_LENGTH or text in RESERVED:
        return False
    return not (text[0].isupper() and text in all_names())
