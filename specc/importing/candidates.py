"""What a block of some windows would be: parameters, types of its inputs, names of its steps, and what it is worth."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from specc.importing.generic import Value
from specc.importing.layers import is_automatic
from specc.importing.parameters import Columns, Parameter, TooManyError
from specc.importing.steps import Body, Step, is_chain
from specc.importing.uses import Use
from specc.importing.windows import shorter
from specc.program.dims import Dim, Expr, symbol
from specc.program.types import TensorType

BONUS: Final = 1.5
"""How much more a block is worth whose steps belong together by their names, and by no other's."""


@dataclass(eq=False)
class Candidate:
    """Windows that may become one block.

    Attributes:
        key: what says that windows are alike.
        parameters: those of the block.
        slots: the arguments of its steps, by the number of the step and the name.
        names: those of its steps.
        types: those of its inputs.
        worth: how much shorter the text gets, weighted by how well it reads.
    """

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
        return is_chain(use.steps, use.inputs, use.outputs)


def candidate(key: Any, uses: list[Use]) -> Candidate | None:
    """The block that could stand in these places; None where too much differs between them."""
    columns = Columns()
    try:
        slots = columns.slots([u.steps for u in uses])
    except TooManyError:
        return None
    types = _contract(uses, columns)
    for i, use in enumerate(uses):
        use.values = {name: column[i] for name, column in columns.values.items()}
    names = _inner_names(uses)
    varying = sum(1 for c in columns.values.values() if len(set(map(repr, c))) > 1)
    worth = saved(uses, varying) - 0.4 * _lost(uses, names)
    return Candidate(key, uses, columns.parameters(), slots, names, types, worth)


# ── What it is worth ─────────────────────────────────────────────────────────────────────────────


def saved(uses: list[Use], varying: int = 0) -> float:
    """How many steps shorter the text gets, weighted by whether the names of steps say that they belong together.

    ``varying`` is how many parameters differ from place to place.
    """
    count, first = len(uses), uses[0]
    steps = shorter(count, _written_length(first.steps), len(first.inputs), len(first.outputs)) - 0.2 * varying * count
    labelled = sum(1 for u in uses if sum(s.label is not None for s in u.steps) > 1)
    if labelled <= count / 2:
        return steps
    if all(u.is_apart for u in uses):
        return steps * BONUS
    return steps if sum(1 for u in uses if u.prefix) >= count / 2 else steps * 0.4


def _written_length(steps: Sequence[Step]) -> int:
    """The steps of a window as a text counts them: what a chain or a loop repeats is there once."""
    return 1 + sum(not _repeats(a, b) for a, b in pairwise(steps))


def _repeats(before: Step, step: Step) -> bool:
    if (before.kind, before.type) != (step.kind, step.type) or [r.step for r in step.refs] != [before]:
        return False
    return step.kind == "block" or (repr(before.arguments) == repr(step.arguments) and not (before.label or step.label))


def _lost(uses: list[Use], names: list[str | None]) -> int:
    """How many layers with weights lose the name that people gave them."""
    return sum(
        s.label is not None and s.has_weights and n is None for u in uses for s, n in zip(u.steps, names, strict=True)
    )


# ── Names of its steps ───────────────────────────────────────────────────────────────────────────


def _inner_names(uses: list[Use]) -> list[str | None]:
    """The names of a block's steps: what is left of theirs after the block's, where that is the same in all places."""
    names: list[str | None] = []
    for place, step in enumerate(uses[0].steps):
        labels = [u.steps[place].label for u in uses]
        rests = {_rest(label, u.prefix) for label, u in zip(labels, uses, strict=True)}
        if len(rests) > 1 or None in rests:  # `attention_1`, `attention_2`, …
            rests = {None if label is None else re.sub(r"_?[0-9]+$", "", label) or None for label in labels}
        rest = rests.pop() if len(rests) == 1 else None
        is_kept = rest is not None and step.has_weights and rest not in names
        names.append(rest if is_kept and not is_automatic(rest or "", step.type) else None)
    return names


def _rest(label: str | None, prefix: str) -> str | None:
    if label is None or not prefix:
        return label
    return label[len(prefix) :].strip("_.-") or None


# ── Types of its inputs ──────────────────────────────────────────────────────────────────────────


def _contract(uses: list[Use], columns: Columns) -> list[TensorType]:
    """The types of a block's inputs: what is the same in all places is a number, the rest has names."""
    symbols: dict[str, str] = {}
    types: list[TensorType] = []
    for number in range(len(uses[0].inputs)):
        found = [u.body.type_of(u.inputs[number]) for u in uses]
        rank = found[0].rank
        dims: list[Dim] = []
        for axis in range(rank):
            sizes = [_as_value(t.shape[axis], u.body) for t, u in zip(found, uses, strict=True)]
            if axis == rank - 1 and all(isinstance(s, int) and s == sizes[0] for s in sizes):
                dims.append(sizes[0])
            elif (value := columns.stands_for(sizes)) is not None:
                dims.append(value.size)
            else:
                dims.append(symbol(_symbol(axis, rank, repr(list(map(str, sizes))), symbols)))
        types.append(found[0].with_shape(*dims))
    return types


def _as_value(size: Dim, body: Body) -> Any:
    """A size of a block's step as the parameter that it is a multiple of, if it is one."""
    for name in (s.name for s in size.symbols) if isinstance(size, Expr) else ():
        for factor in range(1, 9):
            if name in body.parameters and size == factor * symbol(name):
                return Value(name, "int", factor)
    return size


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
