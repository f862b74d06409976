"""Subgraphs that repeat → blocks with parameters for what differs.

A window is a run of steps in a body. Windows that do the same, apart from values of arguments, may become one block;
the best of them does, by how much shorter the text gets. Then the same is done again, in the blocks, too: so blocks
contain blocks. It is the idea of grammar compression (Larsson and Moffat 1999, https://doi.org/10.1109/DCC.1999.755679)
on graphs.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final, TypeAlias

from specc.catalogue.declare import Declaration, Word
from specc.catalogue.params import Optional, Param, Tuple
from specc.catalogue.registry import all_names
from specc.importing.generic import Unsaid, Value, infer
from specc.importing.layers import is_automatic
from specc.importing.steps import Body, Ref, Step
from specc.program.dims import Dim, Expr, symbol
from specc.program.types import TensorType

LONGEST: Final = 150
"""Most steps of a window."""

_MOST_PARAMETERS: Final = 6
_MOST_INPUTS, _MOST_OUTPUTS = 3, 3

_Window: TypeAlias = "tuple[Body, int, dict[Ref, int]]"
"""A body, the position of a window in it, and the numbers of what it takes from outside."""

Keys: TypeAlias = "dict[Any, int]"
"""Numbers for windows that are alike: each is the number of the window without its last step, and that step."""

Place: TypeAlias = tuple[Body, int]
"""A body and the position of a step in it."""


@dataclass(eq=False)
class Parameter:
    """A parameter of a block: its kind, and its value in most applications, where that is its default."""

    name: str
    kind: str
    default: Any = None
    has_default: bool = False


@dataclass(eq=False)
class Block:
    """A part that repeats; ``fits`` is False where its types are wrong for some sizes."""

    body: Body
    parameters: dict[str, Parameter]
    key: Any
    fits: bool = True

    @property
    def is_chain(self) -> bool:
        """Whether it is a row of layers, which needs no inputs in its text."""
        body, before = self.body, Ref(None, 0)
        if len(body.inputs) != 1 or len(body.outputs) != 1 or body.outputs["y"] != Ref(body.steps[-1]):
            return False
        for step in body.steps:
            if step.kind == "op" or step.inputs != [before] or len(step.outputs) != 1:
                return False
            before = Ref(step)
        return True


@dataclass
class Structured:
    """Bodies in which what repeats is a block, and the blocks, each before those that apply it."""

    bodies: list[Body]
    blocks: dict[str, Block] = field(default_factory=dict[str, Block])


def find_blocks(bodies: list[Body], keys: Keys, refused: frozenset[Any] = frozenset()) -> Structured:
    """The bodies with blocks in place of what repeats; ``refused`` are keys of windows that must not become blocks.

    ``keys`` are those given out so far.
    """
    found = Structured(bodies)
    taken = {body.name for body in bodies}
    while True:
        pool = [*found.bodies, *(b.body for b in found.blocks.values())]
        best = _best(pool, keys, refused)
        if best is None:
            break
        block = best.block(_definition_name(best, taken), {name: b.body for name, b in found.blocks.items()})
        if not block.fits and not block.is_chain:
            refused |= {block.key}
            continue
        taken.add(block.body.name)
        found.blocks[block.body.name] = block
        best.replace(block)
    found.blocks = {b.body.name: b for b in _inner_first(found.blocks)}
    return found


def _inner_first(blocks: dict[str, Block]) -> Iterator[Block]:
    done: set[str] = set()

    def visit(name: str) -> Iterator[Block]:
        if name not in done:
            done.add(name)
            for step in blocks[name].body.steps:
                if step.kind == "block":
                    yield from visit(step.type)
            yield blocks[name]

    for name in blocks:
        yield from visit(name)


# ── Windows that do the same ─────────────────────────────────────────────────────────────────────


def _best(pool: Sequence[Body], keys: Keys, refused: frozenset[Any]) -> Candidate | None:
    """The repeated window that makes the text shortest."""
    groups = [
        (most, key, length, places)
        for key, length, places in _groups(pool, keys)
        if (most := _at_most(len(places), length)) > 0
    ]
    last = {id(body): _last_uses(body) for body in pool}
    best: Candidate | None = None
    for most, key, length, places in sorted(groups, key=lambda g: -g[0]):
        if best is not None and most * _BONUS <= best.worth:
            break
        for candidate in _candidates(key, length, places, last):
            if not all(u.body.is_typed for u in candidate.uses) and not candidate.is_chain:
                continue  # it isn't known what its inputs are
            if candidate.key not in refused and candidate.worth > (best.worth if best is not None else 0):
                best = candidate
    return best


def _written_length(place: Place, length: int) -> int:
    """The steps of a window as a text counts them: what a chain or a loop repeats is there once."""
    body, start = place
    steps = body.steps[start : start + length]
    return 1 + sum(not _repeats(a, b) for a, b in pairwise(steps))


def _repeats(before: Step, step: Step) -> bool:
    if (before.kind, before.type) != (step.kind, step.type) or step.inputs != [Ref(before)]:
        return False
    return step.kind == "block" or (repr(before.arguments) == repr(step.arguments) and not (before.label or step.label))


def _at_most(count: int, length: int) -> float:
    """The most that a text gets shorter by."""
    return count * (length - 1) - (length + 2)


_BONUS: Final = 1.5


def _groups(pool: Sequence[Body], keys: Keys) -> Iterator[tuple[int, int, list[Place]]]:
    """The windows of each length that are alike, where there are two or more.

    What repeats at one length repeats at the one before it: only those windows grow.
    """
    positions = {id(b): {id(s): i for i, s in enumerate(b.steps)} for b in pool}
    alive: dict[int, list[_Window]] = {0: [(b, i, {}) for b in pool for i in range(len(b.steps))]}
    for length in range(1, LONGEST + 1):
        longer: dict[int, list[_Window]] = defaultdict(list)
        for key, windows in alive.items():
            for body, start, outer in windows:
                if start + length > len(body.steps):
                    continue
                step = body.steps[start + length - 1]
                if not step.is_bound:
                    token = key, _token(step, start, outer, positions[id(body)])
                    if len(outer) > _MOST_INPUTS:
                        continue
                    longer[keys.setdefault(token, len(keys) + 1)].append((body, start, outer))
        alive = {key: windows for key, windows in longer.items() if len(windows) > 1}
        if not alive:
            return
        if length > 1:
            yield from ((key, length, _apart(windows, length)) for key, windows in alive.items())


def _token(step: Step, start: int, outer: dict[Ref, int], positions: dict[int, int]) -> Any:
    """What a step adds to a window: its type, and where it takes from, inside and outside."""
    taken: list[Any] = []
    for value in step.inputs:
        if not isinstance(value, Ref):
            taken.append(("number", repr(value)))
        elif value.step is not None and (at := positions[id(value.step)]) >= start:
            taken.append((at - start, value.index))
        else:
            taken.append(("outer", outer.setdefault(value, len(outer))))
    return step.kind, step.type, len(step.outputs), tuple(taken)


def _apart(windows: list[_Window], length: int) -> list[Place]:
    """The windows that don't overlap, from the first on."""
    found: list[Place] = []
    end: dict[int, int] = {}
    for body, start, _ in windows:
        if start >= end.get(id(body), 0):
            found.append((body, start))
            end[id(body)] = start + length
    return found


# ── What a block of them would be ────────────────────────────────────────────────────────────────


@dataclass(eq=False)
class Use:
    """One place where a window stands.

    Attributes:
        prefix: what the names of its steps begin with.
        apart: whether that is so of none beside it.
        values: those of the block's parameters.
    """

    body: Body
    start: int
    steps: list[Step]
    inputs: list[Ref]
    outputs: list[Ref]
    prefix: str = ""
    apart: bool = False
    values: dict[str, Any] = field(default_factory=dict[str, Any])

    def offset(self, ref: Ref) -> tuple[int, int]:
        return self.steps.index(ref.step), ref.index  # type: ignore[arg-type]  # never an input's: it has a step


@dataclass(eq=False)
class Candidate:
    """Windows that may become one block."""

    key: Any
    uses: list[Use]
    parameters: dict[str, Parameter]
    slots: dict[tuple[int, str], Any]
    names: list[str | None]
    types: list[TensorType]
    worth: float

    @property
    def is_chain(self) -> bool:
        """Whether it is a row of layers."""
        use = self.uses[0]
        inside = zip(use.steps, [*use.inputs, *(Ref(s) for s in use.steps)], strict=False)
        return (
            len(use.inputs) == 1
            and use.outputs == [Ref(use.steps[-1])]
            and all(s.kind != "op" and s.inputs == [before] for s, before in inside)
        )

    def block(self, name: str, blocks: Mapping[str, Body]) -> Block:
        """The block itself, with steps of its own."""
        first = self.uses[0]
        body = Body(
            name,
            dict(zip(_input_names(len(first.inputs)), self.types, strict=True)),
            parameters=frozenset(self.parameters),
            is_block=True,
        )
        copies: dict[int, Step] = {}

        def moved(value: Any) -> Any:
            if not isinstance(value, Ref):
                return value
            if value.step is not None and id(value.step) in copies:
                return Ref(copies[id(value.step)], value.index)
            return Ref(None, first.inputs.index(value))

        for place, step in enumerate(first.steps):
            arguments = {k: v for (p, k), v in self.slots.items() if p == place}
            copy = Step(
                step.kind,
                step.type,
                arguments,
                [moved(i) for i in step.inputs],
                step.outputs,
                label=self.names[place],
                made=step.made,
                has_weights=step.has_weights,
            )
            copies[id(step)] = copy
            body.steps.append(copy)
        body.outputs = dict(zip(_output_names(len(first.outputs)), map(moved, first.outputs), strict=True))
        fits = True
        try:
            fits = body.is_typed = infer(body, blocks)
        except Unsaid:
            body.is_typed = False
        return Block(body, self.parameters, self.key, fits)

    def replace(self, block: Block) -> None:
        """Put applications of the block in the places of the windows."""
        by_body: dict[int, list[Use]] = defaultdict(list)
        for use in self.uses:
            by_body[id(use.body)].append(use)
        for uses in by_body.values():
            body, instead = uses[0].body, dict[Ref, Ref]()
            labels = Counter([*(s.label for s in body.steps), *(u.prefix for u in uses)])
            for use in reversed(uses):
                call = Step(
                    "block",
                    block.body.name,
                    dict(use.values),
                    list(use.inputs),
                    tuple(body.type_of(r) for r in use.outputs),
                    label=use.prefix if use.prefix and labels[use.prefix] == 1 else None,
                    has_weights=any(s.has_weights for s in use.steps),
                )
                instead |= {ref: Ref(call, i) for i, ref in enumerate(use.outputs)}
                body.steps[use.start : use.start + len(use.steps)] = [call]
            for step in body.steps:
                step.inputs = [instead.get(i, i) if isinstance(i, Ref) else i for i in step.inputs]
            body.outputs = {k: instead.get(r, r) for k, r in body.outputs.items()}


def _input_names(count: int) -> list[str]:
    return ["x"] if count == 1 else ["x", "other"] if count == 2 else [f"x{i + 1}" for i in range(count)]


def _output_names(count: int) -> list[str]:
    return ["y"] if count == 1 else [f"y{i + 1}" for i in range(count)]


def _candidates(key: Any, length: int, places: list[Place], last: Mapping[int, _Last]) -> Iterator[Candidate]:
    """The blocks that some windows may become: those that give the same results to what is around them.

    ``last`` says for each body where each tensor is taken last.
    """
    groups: dict[Any, list[Use]] = defaultdict(list)
    for body, start in places:
        if (use := _use(body, start, length, last[id(body)])) is not None:
            shape = (tuple(use.offset(r) for r in use.outputs), tuple(_rank(body, r) for r in use.inputs))
            groups[shape].append(use)
    for shape, uses in groups.items():
        for alike in _by_words(uses) if len(uses) > 1 else ():
            if len(alike) > 1 and (found := _candidate((key, shape), alike)) is not None:
                yield found


def _rank(body: Body, ref: Ref) -> tuple[str, int]:
    type_ = body.type_of(ref)
    return type_.dtype, type_.rank


@dataclass(frozen=True)
class _Last:
    """Where each tensor of a body is taken last, and for each step where any of its results is."""

    of: dict[Ref, int]
    reach: list[int]


def _last_uses(body: Body) -> _Last:
    """The last position at which each tensor is taken; one behind the end for outputs of the body."""
    found = {ref: i for i, step in enumerate(body.steps) for ref in step.refs}
    found |= dict.fromkeys(body.outputs.values(), len(body.steps))
    reach = [max((found.get(Ref(s, i), -1) for i in range(len(s.outputs))), default=-1) for s in body.steps]
    return _Last(found, reach)


def _use(body: Body, start: int, length: int, last: _Last) -> Use | None:
    """A window as a use of a block; None where too much goes in or out."""
    end = start + length
    if sum(at >= end for at in last.reach[start:end]) > _MOST_OUTPUTS:
        return None
    steps = body.steps[start:end]
    outputs = [r for s in steps for i in range(len(s.outputs)) if last.of.get(r := Ref(s, i), -1) >= end]
    if not 1 <= len(outputs) <= _MOST_OUTPUTS:
        return None
    inside = {id(s) for s in steps}
    inputs = list(dict.fromkeys(r for s in steps for r in s.refs if r.step is None or id(r.step) not in inside))
    if not 1 <= len(inputs) <= _MOST_INPUTS:
        return None
    prefix, apart = _prefix(body, start, length)
    return Use(body, start, steps, inputs, outputs, prefix, apart)


def _prefix(body: Body, start: int, length: int) -> tuple[str, bool]:
    """What the names of a window's steps begin with, and whether those around it don't."""
    labels = [s.label for s in body.steps[start : start + length] if s.label]
    if len(labels) < 2:
        return (labels[0], False) if labels else ("", False)
    common = _common(labels)
    around = [body.steps[i].label for i in (start - 1, start + length) if 0 <= i < len(body.steps)]
    return common, bool(common) and not any(label is not None and _begins(label, common) for label in around)


def _common(labels: Sequence[str]) -> str:
    """What some names begin with, up to a sign between words."""
    first, last = min(labels), max(labels)
    same = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
    if same < len(first) or not _begins(last, first):
        same = max(first.rfind(sign, 0, same) for sign in "_.-")
    return first[: max(same, 0)].strip("_.-")


def _begins(label: str, prefix: str) -> bool:
    return label == prefix or (label.startswith(prefix) and label[len(prefix) : len(prefix) + 1] in ("_", ".", "-"))


def _by_words(uses: list[Use]) -> Iterator[list[Use]]:
    """The uses whose arguments differ in numbers and words only."""
    groups: dict[Any, list[Use]] = defaultdict(list)
    for use in uses:
        groups[tuple(map(_fixed, use.steps))].append(use)
    yield from groups.values()


def _fixed(step: Step) -> str:
    """The arguments that can't become parameters: objects, and what has no other value by default."""
    if step.fixed is None:
        step.fixed = repr(sorted((k, repr(v)) for k, v in step.arguments.items() if not _may_differ(step, k, v)))
    return step.fixed


def _may_differ(step: Step, name: str, value: Any) -> bool:
    if _has_value(value):
        return True
    if step.kind == "block" or step.made is None:
        return step.kind == "block"
    if step.kind == "op":
        return False
    default = step.made.params[name].default
    plain = isinstance(_plain(step.made.params[name], value), int | float | str | list)
    return plain and default is not None and not isinstance(default, Declaration)


def _plain(param: Param[Any], value: Any) -> Any:
    """A value as a spec writes it: one number for equal ones."""
    while isinstance(param, Optional):
        param = param.inner
    if isinstance(param, Tuple) and isinstance(value, tuple):
        if param.single and param.length and len(set(map(repr, value))) == 1:
            return _plain(param.item, value[0])
        return [_plain(param.item, v) for v in value]
    return str(value) if isinstance(value, Word) else value


# ── Parameters ───────────────────────────────────────────────────────────────────────────────────

_NAMES: Final = {
    "kernel_size": "kernel", "strides": "stride", "dilation_rate": "dilation", "pool_size": "size",
    "num_heads": "heads",
}  # fmt: skip
"""What people call a parameter that is an argument of a layer inside."""


class _Columns:
    """The parameters of a block while they are found: the values of each, one for each place."""

    def __init__(self) -> None:
        self.values: dict[str, list[Any]] = {}
        self.parameters: dict[str, Parameter] = {}

    def slot(self, name: str, column: list[Any]) -> Any:
        """What stands for an argument that has these values; None where nothing can.

        Raises:
            _TooManyError: no other parameter may be added.
        """
        known = _stands_for(column, self.values) or self._elements(name, column)
        if known is not None:
            return known
        kind = _kind_of(column)
        if kind is None or len(self.values) == _MOST_PARAMETERS:
            raise _TooManyError
        free = _free(_NAMES.get(name, name), self.values)
        self.values[free] = _alike(column, kind)
        self.parameters[free] = Parameter(free, kind)
        return Value(free, kind)

    def _elements(self, name: str, column: list[Any]) -> list[Any] | None:
        """A list whose items are the same in all places, or stand for parameters: ``[1, 1, filters]``."""
        if not all(isinstance(v, list) and len(v) == len(column[0]) for v in column):
            return None
        parts: list[Any] = []
        for items in zip(*column, strict=True):
            same = all(repr(i) == repr(items[0]) for i in items) and not _has_value(items[0])
            part = items[0] if same else _stands_for(list(items), self.values)
            if part is None:
                return None
            parts.append(part)
        return parts


class _TooManyError(Exception):
    """What differs can't be parameters."""


def _candidate(key: Any, uses: list[Use]) -> Candidate | None:
    slots: dict[tuple[int, str], Any] = {}
    differing: list[tuple[tuple[int, str], list[Any]]] = []
    for place, step in enumerate(uses[0].steps):
        steps = [u.steps[place] for u in uses]
        for name in dict.fromkeys(k for s in steps for k in s.arguments):
            column = [_written(s, name) for s in steps]
            slots[place, name] = step.arguments.get(name, column[0])
            if any(repr(v) != repr(column[0]) or _has_value(v) for v in column):
                differing.append(((place, name), column))
    columns = _Columns()
    try:
        # Lists come last: their items may be parameters that others need, too.
        for slot, column in sorted(differing, key=lambda d: any(isinstance(v, list) for v in d[1])):
            slots[slot] = columns.slot(slot[1], column)
    except _TooManyError:
        return None
    types = _contract(uses, columns.values)
    for i, use in enumerate(uses):
        use.values = {name: column[i] for name, column in columns.values.items()}
    _set_defaults(columns.parameters, columns.values)
    names = _inner_names(uses)
    worth = _worth(uses, columns.values, names)
    return Candidate(key, uses, _ordered(columns.parameters), slots, names, types, worth)


def _has_value(value: Any) -> bool:
    """Whether a value hangs on a parameter of the block that it stands in."""
    return isinstance(value, Value) or (isinstance(value, list) and any(map(_has_value, value)))


def _written(step: Step, name: str) -> Any:
    """The value of an argument as a spec writes it, by default too."""
    if step.kind == "block":
        return step.arguments[name]
    assert step.made is not None
    param = step.made.params[name]
    return _plain(param, step.arguments.get(name, param.default))


def _kind_of(column: list[Any]) -> str | None:
    """The kind of the parameter that takes all these values; None where there is none."""
    kinds = {v.kind if isinstance(v, Value) else _KINDS.get(type(v), "") for v in column}
    for kind, admitted in _ADMITTED.items():
        if kinds <= admitted:
            return kind
    return None


_KINDS: Final[dict[type, str]] = {bool: "bool", int: "int", float: "float", str: "string", list: "list"}

_ADMITTED: Final = {
    "bool": {"bool"}, "int": {"int"}, "float": {"int", "float"}, "string": {"string"}, "list": {"int", "list"},
}  # fmt: skip


def _alike(column: list[Any], kind: str) -> list[Any]:
    """The values as those of one kind."""
    if kind == "list" and any(isinstance(v, int) for v in column):
        longest = max((len(v) for v in column if isinstance(v, list)), default=0)
        if not longest:
            raise _TooManyError  # beside a parameter of unknown length
        return [[v] * longest if isinstance(v, int) else v for v in column]
    return [float(v) if isinstance(v, int) else v for v in column] if kind == "float" else column


def _stands_for(column: list[Any], columns: dict[str, list[Any]]) -> Value | None:
    """The parameter, or multiple of one, that has these values in all places."""
    for name, known in columns.items():
        kind = _kind_of(known) or ""
        if known == column and [type(v) for v in known] == [type(v) for v in column]:
            return Value(name, kind)
        factor = _factor(column[0], known[0])
        if factor > 1 and all(_factor(a, b) == factor for a, b in zip(column, known, strict=True)):
            return Value(name, kind, factor)
    return None


def _factor(value: Any, known: Any) -> int:
    """How often a size is another one; 0 where it isn't a multiple."""
    if type(value) is int and type(known) is int:
        return value // known if known > 0 and value > 0 and value % known == 0 else 0
    if isinstance(value, Value) and isinstance(known, Value) and value.name == known.name and known.kind == "int":
        return value.factor // known.factor if value.factor % known.factor == 0 else 0
    return 0


def _as_value(size: Dim, body: Body) -> Any:
    """A size of a block's step as the parameter that it is a multiple of, if it is one."""
    for name in (s.name for s in size.symbols) if isinstance(size, Expr) else ():
        for factor in range(1, 9):
            if name in body.parameters and size == factor * symbol(name):
                return Value(name, "int", factor)
    return size


def _free(name: str, taken: dict[str, Any]) -> str:
    name = f"{name}_" if name in all_names() else name
    found, number = name, 1
    while found in taken:
        number += 1
        found = f"{name}_{number}"
    return found


def _set_defaults(parameters: dict[str, Parameter], columns: dict[str, list[Any]]) -> None:
    """The value of most applications is the default, where there are many more of them."""
    for name, column in columns.items():
        (_, count), *_ = Counter(map(repr, column)).most_common(1)
        common = next(v for v in column if sum(repr(w) == repr(v) for w in column) == count)
        if count >= 3 and count >= 0.6 * len(column) and not _has_value(common):
            parameters[name].default, parameters[name].has_default = common, True


def _ordered(parameters: dict[str, Parameter]) -> dict[str, Parameter]:
    return dict(sorted(parameters.items(), key=lambda item: item[1].has_default))


def _contract(uses: list[Use], columns: dict[str, list[Any]]) -> list[TensorType]:
    """The types of a block's inputs: what is the same in all places is a number, the rest has names."""
    symbols: dict[str, str] = {}
    types: list[TensorType] = []
    for number in range(len(uses[0].inputs)):
        found = [u.body.type_of(u.inputs[number]) for u in uses]
        dims: list[Dim] = []
        for axis in range(found[0].rank):
            sizes = [_as_value(t.shape[axis], u.body) for t, u in zip(found, uses, strict=True)]
            is_last = axis == found[0].rank - 1
            if is_last and all(isinstance(s, int) and s == sizes[0] for s in sizes):
                dims.append(sizes[0])
            elif (value := _stands_for(list(sizes), columns)) is not None:
                dims.append(value.size)
            else:
                dims.append(symbol(_symbol(axis, found[0].rank, repr(list(map(str, sizes))), symbols)))
        types.append(found[0].with_shape(*dims))
    return types


_LETTERS: Final = {1: "C", 2: "TC", 3: "HWC", 4: "DHWC"}


def _symbol(axis: int, rank: int, column: str, symbols: dict[str, str]) -> str:
    """The name of an unknown size: one for all axes that are equal in every place, H and W apart."""
    letter = _LETTERS.get(rank, "ABCDEFGIJK")[axis % 10]
    key = f"{letter}{column}"
    if key not in symbols:
        taken = set(symbols.values())
        number, name = 1, letter
        while name in taken:
            number += 1
            name = f"{letter}{number}"
        symbols[key] = name
    return symbols[key]


def _inner_names(uses: list[Use]) -> list[str | None]:
    """The names of a block's steps: what is left of theirs after the block's, where that is the same in all places."""
    names: list[str | None] = []
    for place in range(len(uses[0].steps)):
        labels = [u.steps[place].label for u in uses]
        rests = {_rest(u.steps[place].label, u.prefix) for u in uses}
        if len(rests) > 1 or None in rests:  # `attention_1`, `attention_2`, …
            rests = {None if label is None else re.sub(r"_?[0-9]+$", "", label) or None for label in labels}
        rest = rests.pop() if len(rests) == 1 else None
        is_kept = rest is not None and uses[0].steps[place].has_weights and rest not in names
        names.append(rest if is_kept and not is_automatic(rest or "", uses[0].steps[place].type) else None)
    return names


def _rest(label: str | None, prefix: str) -> str | None:
    if label is None or not prefix:
        return label
    return label[len(prefix) :].strip("_.-") or None


def _worth(uses: list[Use], columns: dict[str, list[Any]], names: list[str | None]) -> float:
    """How much shorter the text gets, more where the names of steps say that they belong together."""
    count, length = len(uses), _written_length((uses[0].body, uses[0].start), len(uses[0].steps))
    varying = sum(1 for c in columns.values() if len(set(map(repr, c))) > 1)
    interface = 1.5 * (len(uses[0].inputs) - 1) + 2 * (len(uses[0].outputs) - 1)
    saved = count * (length - 1 - 0.2 * varying - interface) - (length + 2)
    lost = sum(1 for u in uses for s, n in zip(u.steps, names, strict=True) if s.label and s.has_weights and n is None)
    labelled = sum(1 for u in uses if sum(s.label is not None for s in u.steps) > 1)
    if labelled > count / 2:
        together = sum(1 for u in uses if u.prefix)
        saved *= _BONUS if all(u.apart for u in uses) else 1.0 if together >= count / 2 else 0.4
    return saved - 0.4 * lost


# ── Names of blocks ──────────────────────────────────────────────────────────────────────────────

_SHORT: Final = {
    "BatchNormalization": "BN", "LayerNormalization": "LN", "Conv2D": "Conv", "Conv1D": "Conv", "Conv3D": "Conv",
    "DepthwiseConv2D": "Depthwise", "SeparableConv2D": "SeparableConv", "ReLU": "ReLU", "Activation": "",
    "ZeroPadding2D": "Pad", "MaxPooling2D": "Pool", "AveragePooling2D": "Pool",
}  # fmt: skip


def _definition_name(candidate: Candidate, taken: set[str]) -> str:
    """A name for a block, after what it does."""
    base = _described(candidate)
    name, number = base, 1
    while name in taken or name in all_names():
        number += 1
        name = f"{base}{number}"
    return name


def _described(candidate: Candidate) -> str:
    use = candidate.uses[0]
    types = [s.type for s in use.steps]
    added = {r for s in use.steps if s.type in ("Add", "add") for r in s.refs if r in use.inputs}
    if any("Attention" in t for t in types):
        return "Attention" if len(types) < 5 else "Transformer"
    if added:
        return "Residual"
    if (
        any(t in ("Multiply", "multiply") for t in types)
        and any("GlobalAverage" in t for t in types)
        and len(types) < 8
    ):
        return "SqueezeExcite"
    if types[-1] in ("Concatenate", "concatenate"):
        return "DenseBlock" if any(r in use.inputs for r in use.steps[-1].refs) else "Branches"
    words = [re.sub(r"\W", "", _SHORT.get(t, t)) for t in types]
    if len(words) <= 3 and len("".join(words)) <= 24:
        return "".join(w[:1].upper() + w[1:] for w in dict.fromkeys(words) if w) or "Block"
    said = {"".join(w.capitalize() for w in re.findall(r"[A-Za-z]{3,}", u.prefix)) for u in candidate.uses}
    return said.pop() or "Block" if len(said) == 1 else "Block"
