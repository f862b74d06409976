"""Runs of steps that do the same, apart from the values of arguments: they are grown step by step.

What repeats at one length repeats at the one before it, so only those windows grow. It is the idea of grammar
compression (Larsson and Moffat 1999, https://doi.org/10.1109/DCC.1999.755679) on graphs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from specc.importing.steps import Body, Ref, Step

LONGEST: Final = 150
"""Most steps of a window."""

MOST_INPUTS: Final = 3

Keys: TypeAlias = "dict[Any, int]"
"""Numbers for windows that are alike: each is the number of the window without its last step, and that step."""


@dataclass(frozen=True)
class Window:
    """Where a run of steps begins, and what it takes from outside, in order."""

    body: Body
    start: int
    inputs: tuple[Ref, ...]


@dataclass(frozen=True)
class Alike:
    """Windows of one length that do the same and don't overlap."""

    key: int
    length: int
    windows: list[Window]

    @property
    def most(self) -> float:
        """The most steps that a text gets shorter by if they become a block."""
        return shorter(len(self.windows), self.length, len(self.windows[0].inputs), 1)


def shorter(count: int, length: float, inputs: int, outputs: int) -> float:
    """How many steps shorter a text gets if so many windows of a length become a block: its inputs are read, too."""
    interface = 1.5 * (inputs - 1) + 2 * (outputs - 1)
    return count * (length - 1 - interface) - (length + 2)


_Growing: TypeAlias = "tuple[Body, int, dict[Ref, int]]"
"""A body, where a window in it begins, and the numbers of what it takes from outside so far."""


def alike(pool: Sequence[Body], keys: Keys) -> Iterator[Alike]:
    """The windows of each length that are alike, where there are two or more."""
    positions = {id(b): {id(s): i for i, s in enumerate(b.steps)} for b in pool}
    growing: dict[int, list[_Growing]] = {0: [(b, i, {}) for b in pool for i in range(len(b.steps))]}
    for length in range(1, LONGEST + 1):
        longer: dict[int, list[_Growing]] = defaultdict(list)
        for key, windows in growing.items():
            for body, start, outer in windows:
                if start + length > len(body.steps) or (step := body.steps[start + length - 1]).is_bound:
                    continue
                token = key, _token(step, start, outer, positions[id(body)])
                if len(outer) <= MOST_INPUTS:
                    longer[keys.setdefault(token, len(keys) + 1)].append((body, start, outer))
        growing = {key: windows for key, windows in longer.items() if len(windows) > 1}
        if not growing:
            return
        if length > 1:
            yield from (Alike(key, length, _apart(windows, length)) for key, windows in growing.items())


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


def _apart(windows: list[_Growing], length: int) -> list[Window]:
    """The windows that don't overlap, from the first on."""
    found: list[Window] = []
    end: dict[int, int] = {}
    for body, start, outer in windows:
        if start >= end.get(id(body), 0):
            found.append(Window(body, start, tuple(outer)))
            end[id(body)] = start + length
    return found
