"""Splits examples into three parts, as a pure function of a seed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from specc.data.raw import Array
from specc.data.skipping import Account
from specc.data.stored import Values, chunks, taken
from specc.diagnostics import Diagnostic, SpecError
from specc.diagnostics.codes import EMPTY_SPLIT
from specc.source import Span


@dataclass(frozen=True)
class Split:
    """Some of the examples: arrays whose first axis counts them, by input and output name; in memory or stored.

    ``ids`` are their row numbers in the source, ``lines`` their lines in a file of text, ``groups`` what says which of
    them belong together, ``weights`` what each counts in the loss, for all outputs or for none.
    """

    inputs: dict[str, Values]
    targets: dict[str, Values]
    ids: Array
    lines: Array | None = None
    groups: Array | None = None
    weights: dict[str, Array] = field(default_factory=dict[str, Array])

    @property
    def size(self) -> int:
        """Number of examples."""
        return len(self.ids)

    def take(self, rows: Array) -> Split:
        """The examples at some positions, in that order; a position may come more than once."""
        return Split(
            {k: taken(v, rows) for k, v in self.inputs.items()},
            {k: taken(v, rows) for k, v in self.targets.items()},
            self.ids[rows],
            None if self.lines is None else self.lines[rows],
            None if self.groups is None else self.groups[rows],
            {k: v[rows] for k, v in self.weights.items()},
        )

    def where(self, source: str, position: int) -> str:
        """The place of an example in the source of that name: file and line where it has some."""
        return f"{source}:{self.lines[position]}" if self.lines is not None else f"example {self.ids[position]}"


@dataclass(frozen=True)
class Dataset:
    """The three splits.

    Attributes:
        classes: the class names of outputs whose targets are classes.
        account: what was done with the rows before they were split.
        filled: what missing values of columns are filled with, by a rule of the spec.
    """

    train: Split
    validation: Split
    test: Split
    classes: dict[str, tuple[str, ...]]
    account: Account = field(default_factory=Account)
    filled: dict[str, float | str] = field(default_factory=dict[str, float | str])


def split_rows(
    size: int,
    validation: float,
    test: float,
    seed: int,
    classes: Values | None,
    place: Span,
    groups: Array | None = None,
) -> tuple[Array, Array, Array]:
    """The rows of the training, validation and test split, each in rising order; each row is in exactly one.

    Args:
        classes: targets ``[size, …]``; each split gets the same share of each, where there are examples enough.
        groups: the number of each row's group, from 0; rows of a group stay together, so that shares are those that
            come nearest. With classes too, the draw of `_DRAWS` is taken whose splits have the most equal shares.

    Raises:
        SpecError: a split that was asked for would be empty.
    """
    labels = None if classes is None else _labels(classes)
    # One stream of random numbers for both cuts. scikit-learn takes no Generator, but a RandomState on its bits.
    random = np.random.RandomState(np.random.PCG64(seed))  # type: ignore[arg-type]
    if groups is not None:
        return _split_groups(groups, validation, test, random, labels, place)
    rows: Any = np.arange(size)
    rest, held_out = _cut(rows, test, random, labels, place, "test")
    train, watched = _cut(rest, validation / (1.0 - test), random, labels, place, "validation")
    return np.sort(train), np.sort(watched), np.sort(held_out)


def _labels(classes: Values) -> Array:
    """The number of each row's classes among all that there are, in their order."""

    def unlike(rows: Array) -> Array:
        return np.unique(rows.reshape(len(rows), -1), axis=0)

    known = unlike(np.concatenate([unlike(chunk) for chunk in chunks(classes)]))

    def numbers(chunk: Array) -> Array:
        joined = np.concatenate([known, chunk.reshape(len(chunk), -1)])
        return np.unique(joined, axis=0, return_inverse=True)[1].reshape(-1)[len(known) :]

    return np.concatenate([numbers(chunk) for chunk in chunks(classes)])


def _cut(
    rows: Array, share: float, random: np.random.RandomState, labels: Array | None, place: Span, what: str
) -> tuple[Array, Array]:
    """The rows without a share of them, and that share."""
    if share <= 0:
        return rows, rows[:0]
    count = round(len(rows) * share)
    if count < 1 or count >= len(rows):
        message = f"the {what} split of {len(rows)} examples would be {'empty' if count < 1 else 'all of them'}"
        way_out = f"{'raise' if count < 1 else 'lower'} `{what}`, or set it to 0"
        raise SpecError(Diagnostic(EMPTY_SPLIT, message, place, help=(way_out,)))
    from sklearn.model_selection import train_test_split

    chosen = labels[rows] if labels is not None and _can_stratify(labels[rows], count) else None
    parts: Any = train_test_split(rows, test_size=count, random_state=random, stratify=chosen)
    return parts[0], parts[1]


def _can_stratify(labels: Array, count: int) -> bool:
    """scikit-learn needs two examples of each class, and room for each class in both parts."""
    numbers = np.bincount(labels)
    present = numbers[numbers > 0]
    return bool(present.min() >= 2 and len(present) <= min(count, len(labels) - count))


# ── Groups ───────────────────────────────────────────────────────────────────────────────────────

_DRAWS: Final = 64
"""How many orders of the groups are tried for equal shares of classes."""


def _split_groups(
    groups: Array, validation: float, test: float, random: np.random.RandomState, labels: Array | None, place: Span
) -> tuple[Array, Array, Array]:
    """The rows of each split, where groups stay together: a random order of groups is cut in three."""
    sizes = np.bincount(groups)
    parts = 1 + (validation > 0) + (test > 0)
    if len(sizes) < parts:
        message = f"{len(sizes)} group{'' if len(sizes) == 1 else 's'} can't be in {parts} splits"
        hint = "set `validation` or `test` to 0, or leave `group` out"
        raise SpecError(Diagnostic(EMPTY_SPLIT, message, place, help=(hint,)))
    draws = [_draw(sizes, validation, test, random) for _ in range(1 if labels is None else _DRAWS)]
    best = draws[0] if labels is None else min(draws, key=lambda part: _inequality(part[groups], labels))
    found = [np.flatnonzero(best[groups] == number) for number in range(3)]
    return found[0], found[1], found[2]


def _draw(sizes: Array, validation: float, test: float, random: np.random.RandomState) -> Array:
    """For each group its split: 0 for training, 1 for validation, 2 for test."""
    order = random.permutation(len(sizes))
    ends = np.concatenate([[0], np.cumsum(sizes[order])])
    part = np.zeros(len(sizes), dtype=np.int64)
    begin = 0
    for number, share, later in ((2, test, 1 + (validation > 0)), (1, validation, 1)):
        if share > 0:
            possible = np.arange(begin + 1, len(sizes) - later + 1)
            end = int(possible[np.abs(ends[possible] - ends[begin] - share * ends[-1]).argmin()])
            part[order[begin:end]] = number
            begin = end
    return part


def _inequality(part: Array, labels: Array) -> float:
    """The largest difference between the share of a class in a split and in all rows."""
    counts = np.zeros((3, int(labels.max()) + 1))
    np.add.at(counts, (part, labels), 1)
    present = counts[counts.sum(axis=1) > 0]
    shares = present / present.sum(axis=1, keepdims=True)
    return float(np.abs(shares - counts.sum(axis=0) / len(labels)).max())
