"""Bodies and blocks → a text of the language: chains with ``->``, loops where a block follows itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from specc.catalogue.declare import show_value
from specc.catalogue.ops.base import Operation
from specc.catalogue.registry import all_names
from specc.importing.blocks import Block, Structured
from specc.importing.generic import Value
from specc.importing.layers import is_automatic
from specc.importing.steps import Body, Ref, Step
from specc.program.dims import symbols_of
from specc.program.names import snake_case
from specc.program.to_text import arguments_text, by_position, function_text, type_text, value_text
from specc.source import Source
from specc.syntax.format import format_source
from specc.syntax.tables import load

_LOOP: Final = 3
"""Fewest applications of a block in a row, with other arguments each, that become a loop."""

_ELSE: Final = {"filters": "width", "units": "width"}
"""What a loop calls what it goes over where the name means something else."""

_LONG: Final = 80
"""Most characters of a list that a loop goes over in one line."""


def text_of(found: Structured) -> str:
    """The text, formatted."""
    parts = [_block(b, found.blocks) for b in found.blocks.values()]
    parts += [_Writer(body, found.blocks, ()).model() for body in found.bodies]
    return format_source(Source("text", "\n\n".join(parts) + "\n"))


def _block(block: Block, blocks: Mapping[str, Block]) -> str:
    writer = _Writer(block.body, blocks, block.parameters)
    parameters = [
        f"{p.name}: {p.kind}" + (f" = {_shown(p.default)}" if p.has_default else "") for p in block.parameters.values()
    ]
    head = f"block {block.body.name}" + (f"({', '.join(parameters)})" if parameters else "")
    if block.is_chain:
        return f"{head} = {writer.chain(block.body.steps)}"
    return f"{head} {{\n{writer.lines()}}}"


class _Writer:
    """Writes one body."""

    def __init__(self, body: Body, blocks: Mapping[str, Block], parameters: Iterable[str]) -> None:
        self.body, self.blocks = body, blocks
        self.takers = body.takers()
        self._position = {id(s): i for i, s in enumerate(body.steps)}
        self._last = {ref: max(self._place(t) for t in takers) for ref, takers in self.takers.items()}
        self._variables: dict[Ref, str] = {Ref(None, i): name for i, name in enumerate(body.inputs)}
        self._held: dict[int, str] = {}
        self._lines: list[str] = []
        self._done: set[str] = set()
        symbols = {s.name for t in body.inputs.values() for s in symbols_of(t.shape)}
        used = {w for s in body.steps for w in _words_in(s.arguments)}
        self._never = {*symbols, *used, *parameters, *blocks, *load().words, *all_names()}
        self._explicit = self._bases_in_conflict()

    def _place(self, taker: Step | None) -> int:
        return len(self.body.steps) if taker is None else self._position[id(taker)]

    def _bases_in_conflict(self) -> set[str]:
        """The classes whose automatic names somebody gave to other layers: there, each layer gets a name."""
        labels = {s.label for s in self.body.steps if s.label}
        return {s.type for s in self.body.steps if any(is_automatic(label, s.type) for label in labels)}

    def model(self) -> str:
        """The whole model."""
        return f"model {self.body.name} {{\n{self.lines()}}}"

    def lines(self) -> str:
        """The statements."""
        for name, type_ in self.body.inputs.items():
            self._lines.append(f"input {name}: {type_text(type_)}")
        chain: list[Step] = []
        for step in self.body.steps:
            if chain and not self._follows(chain[-1], step):
                self._statement(chain)
                chain = []
            chain.append(step)
        if chain:
            self._statement(chain)
        for name, ref in self.body.outputs.items():
            if name not in self._done:
                self._lines.append(f"output {name} = {self._variables[ref]}")
        return "".join(f"    {line}\n" for line in self._lines)

    def _follows(self, before: Step, step: Step) -> bool:
        """Whether a step goes on with a chain."""
        return (
            step.kind != "op"
            and len(before.outputs) == 1
            and step.inputs == [Ref(before)]
            and self.takers[Ref(before)] == [step]
        )

    # ── Statements ───────────────────────────────────────────────────────────────────────────────

    def _statement(self, chain: list[Step]) -> None:
        """The lines of a chain: its loops, and what is before and after them."""
        first, last = chain[0], chain[-1]
        start = self._start(first)
        rest = chain[1:] if first.kind == "op" else chain
        names: list[str] = []
        for ref in [] if self._is_output(last) else [Ref(last, i) for i in range(len(last.outputs))]:
            names.append(self._variable(ref, besides=names))
        variable = names[0] if len(names) == 1 else self._free("x", self._position[id(last)])
        parts = list(_runs(rest, self._is_loop))
        pending: list[str] = [start]
        for part in parts:
            if not isinstance(part, tuple):
                pending.append(self._elements(part))
                continue
            if len(pending) > 1 or pending[0] != variable:
                self._lines.append(f"{variable} = {' -> '.join(pending)}")
            self._loop(list(part), variable)
            pending = [variable]
        text = " -> ".join(pending)
        if self._is_output(last):
            name = next(n for n, r in self.body.outputs.items() if r == Ref(last))
            self._lines.append(f"output {name} = {text}")
            self._variables[Ref(last)] = name
            self._done.add(name)
        elif len(names) > 1 or text != names[0]:
            self._lines.append(f"{', '.join(names)} = {text}")

    def _is_output(self, step: Step) -> bool:
        """Whether a step's result is an output and nothing else, under a name that means nothing else here."""
        names = [n for n, r in self.body.outputs.items() if r == Ref(step)]
        return (
            len(step.outputs) == 1
            and len(names) == 1
            and self.takers.get(Ref(step)) == [None]
            and names[0] not in self._never
            and list(self.body.outputs)[len(self._done)] == names[0]
        )

    def _start(self, step: Step) -> str:
        operands = [self._variables[i] if isinstance(i, Ref) else show_value(i) for i in step.inputs]
        if step.kind == "op":
            assert isinstance(step.made, Operation)
            made = step.made
            return function_text(made, operands, [0 if isinstance(i, Ref) else i for i in step.inputs])
        return operands[0] if len(operands) == 1 else f"({', '.join(operands)})"

    def chain(self, steps: Sequence[Step]) -> str:
        """A row of layers without what they are applied to."""
        return self._elements(list(steps))

    def _elements(self, steps: list[Step]) -> str:
        """Layers in a row; equal ones are counted."""
        texts = [self._applied(s) for s in steps]
        parts: list[str] = []
        at = 0
        while at < len(texts):
            count = 1
            while at + count < len(texts) and texts[at + count] == texts[at] and not steps[at + count].is_bound:
                count += 1
            alone = steps[at].is_bound or count == 1
            parts.append(texts[at] if alone else f"{texts[at]} * {count}")
            at += 1 if alone else count
        return " -> ".join(parts)

    # ── Loops ────────────────────────────────────────────────────────────────────────────────────

    def _is_loop(self, steps: Sequence[Step]) -> bool:
        """Whether some applications of one block in a row are a loop: they differ, not in much, and are enough."""
        if steps[0].kind != "block" or len(steps) < _LOOP:
            return False
        differing = sum(len({repr(s.arguments[k]) for s in steps}) > 1 for k in self.blocks[steps[0].type].parameters)
        return differing < len(steps) - 1 and len({self._applied(s) for s in steps}) > 1

    def _loop(self, steps: list[Step], variable: str) -> None:
        """``for`` over what differs."""
        block = self.blocks[steps[0].type]
        rows: dict[str, list[Any]] = {}
        labels = [s.label for s in steps]
        template = _numbered(labels)
        if template is not None:
            rows["i"] = [int(re.findall(r"[0-9]+", label or "")[-1]) for label in labels]
        elif any(labels):
            rows["name"] = labels
        for name in block.parameters:
            column = [s.arguments[name] for s in steps]
            if len(set(map(repr, column))) > 1:
                rows[name] = column
        targets = {name: self._loop_variable(name) for name in rows}
        values = {k: Value(targets[k], "") if k in rows else steps[0].arguments[k] for k in block.parameters}
        name = show_value(template.format(f"{{{targets['i']}}}")) if template is not None else targets.get("name")
        call = self._call(steps[0], values, name=name)
        items = [tuple(column[i] for column in rows.values()) for i in range(len(steps))]
        listed = f"[{', '.join(_tuple(item) for item in items)}]"
        if list(rows) == ["i"]:
            listed = f"range({rows['i'][0]}, {rows['i'][-1] + 1})" if rows["i"][0] else f"range({len(steps)})"
        if len(listed) > _LONG:
            held = self._free_name("stages")
            self._held[id(steps[0])] = held
            self._lines.append(f"{held} = {listed}")
            listed = held
        self._lines.append(f"for {', '.join(targets.values())} in {listed} {{")
        self._lines.append(f"    {variable} = {variable} -> {call}")
        self._lines.append("}")

    def _loop_variable(self, name: str) -> str:
        taken = {*self._variables.values(), *self.body.parameters, *load().words, *self.blocks, *all_names()}
        name = _ELSE.get(name, name) if name in taken else name
        while name in taken:
            name = f"{name}_"
        return name

    # ── Layers ───────────────────────────────────────────────────────────────────────────────────

    def _applied(self, step: Step) -> str:
        """The layer, block or model that a step applies."""
        owner = step.shares or step
        if not step.is_bound:
            return self._call(step, step.arguments, name=self._label(step))
        if id(owner) not in self._held:
            base = owner.label or f"shared_{snake_case(owner.type)}"
            held = self._free_name(re.sub(r"[^A-Za-z0-9_]", "_", base))
            name = show_value(owner.label) if owner.label not in (None, held) else None
            made = self._call(owner, owner.arguments, name=name)
            self._lines.append(f"{held} = {made if made.endswith(')') else f'{made}()'}")
            self._held[id(owner)] = held
        return self._held[id(owner)]

    def _label(self, step: Step) -> str | None:
        label = step.label or (step.node if step.type in self._explicit else None)
        return None if not label else show_value(label)

    def _call(self, step: Step, arguments: Mapping[str, Any], name: str | None) -> str:
        texts: dict[str, str] = {}
        for key, value in arguments.items():
            if step.kind == "block" or step.made is None or isinstance(value, Value | list):
                texts[key] = _shown(value)
            else:
                texts[key] = value_text(step.made.params[key], value)
        if step.kind == "block":
            parameters = self.blocks[step.type].parameters
            first = [k for k, p in parameters.items() if not p.has_default]
            texts = {k: texts[k] for k in parameters if k in texts and not self._is_default(step, k, arguments[k])}
        else:
            first = [] if step.made is None else by_position(step.made)
        named = {} if name is None else {"name": name}
        return f"{step.type}({', '.join(arguments_text({**texts, **named}, first))})".removesuffix("()")

    def _is_default(self, step: Step, name: str, value: Any) -> bool:
        parameter = self.blocks[step.type].parameters[name]
        return parameter.has_default and repr(parameter.default) == repr(value)

    # ── Variables ────────────────────────────────────────────────────────────────────────────────

    def _variable(self, ref: Ref, besides: Sequence[str] = ()) -> str:
        """A name for a result: ``x`` where it is all that is needed from here on, else one for its role."""
        if ref not in self._variables:
            assert ref.step is not None
            here = self._position[id(ref.step)]
            self._variables[ref] = self._free(self._role(ref, here), here, besides)
        return self._variables[ref]

    def _live(self, here: int) -> list[Ref]:
        """What was made up to here and is taken after it."""
        made = [Ref(None, i) for i in range(len(self.body.inputs))]
        made += [r for r in self._variables if r.step is not None and self._position[id(r.step)] < here]
        return [r for r in made if self._last.get(r, -1) > here]

    def _role(self, ref: Ref, here: int) -> str:
        if not self._live(here) and ref.step is not None and len(ref.step.outputs) == 1:
            return "x"
        takers = [t for t in self.takers.get(ref, []) if t is not None]
        merging = takers[0].type.lower() if takers else ""
        if merging in ("add", "subtract") and len(takers) == 1:
            others = [self._variables.get(r) for r in takers[0].refs if r != ref]
            came_first = any(name is not None and name != "main" for name in others)
            return "main" if came_first or self._is_long(ref) else "skip"
        if merging == "multiply" and len(takers) == 1:
            return "scale"
        if merging == "concatenate" and len(takers) == 1:
            return "branch"
        return "x" if len(takers) > 1 else "part"

    def _is_long(self, ref: Ref) -> bool:
        """Whether what made a tensor are several steps: the main way, not the one around it."""
        step, count = ref.step, 0
        while step is not None and len(step.refs) == 1 and len(self.takers[Ref(step)]) == 1:
            step, count = step.refs[0].step, count + 1
        return count > 3

    def _free(self, base: str, here: int, besides: Sequence[str] = ()) -> str:
        """A name that holds nothing that is still needed."""
        held = {*(self._variables[r] for r in self._live(here)), *self._held.values(), *besides}
        name, number = base, 1
        while name in held or name in self._never:
            number += 1
            name = f"{base}_{number}"
        return name

    def _free_name(self, base: str) -> str:
        name, number = base, 1
        while name in self._never or name in {*self._held.values(), *self._variables.values()}:
            number += 1
            name = f"{base}_{number}"
        return name


def _numbered(labels: Sequence[str | None]) -> str | None:
    """The pattern of names that count up by their last number, such as ``block{}``; None where they don't."""
    found = [re.fullmatch(r"(.*?)([0-9]+)([^0-9]*)", label or "") for label in labels]
    parts = [(m[1], m[3], m[2]) for m in found if m is not None]
    if len(parts) < len(labels) or len({p[:2] for p in parts}) > 1:
        return None
    first = int(parts[0][2])
    counts_up = all(number == str(first + i) for i, (*_, number) in enumerate(parts))
    return f"{parts[0][0]}{{}}{parts[0][1]}" if counts_up else None


def _runs(steps: list[Step], is_loop: Any) -> Iterable[list[Step] | tuple[Step, ...]]:
    """The steps of a chain: loops as tuples, and what is between them as lists."""
    rest: list[Step] = []
    at = 0
    while at < len(steps):
        end = at + 1
        while end < len(steps) and (steps[end].kind, steps[end].type) == (steps[at].kind, steps[at].type):
            end += 1
        run = steps[at:end]
        if is_loop(run):
            if rest:
                yield rest
            rest = []
            yield tuple(run)
        else:
            rest += run
        at = end
    if rest:
        yield rest


def _tuple(values: tuple[Any, ...]) -> str:
    inner = ", ".join(map(_shown, values))
    return inner if len(values) == 1 else f"({inner})"


def _shown(value: Any) -> str:
    """A value as a spec writes it."""
    if isinstance(value, list):
        return f"[{', '.join(map(_shown, value))}]"
    return str(value) if isinstance(value, Value) else show_value(value)


def _words_in(values: Any) -> Iterable[str]:
    if isinstance(values, str):
        yield values
    elif isinstance(values, Mapping):
        for value in values.values():
            yield from _words_in(value)
    elif isinstance(values, list | tuple):
        for value in values:
            yield from _words_in(value)
