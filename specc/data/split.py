"""Splits examples into three parts, as a pure function of a seed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from specc.data.raw import Array
from specc.data.skipping import Account
from specc.diagnostics import Diagnostic, SpecError
from specc.diagnostics.codes import EMPTY_SPLIT
from specc.source import Span


@dataclass(frozen=True)
class Split:
    """Some of the examples: arrays whose first axis counts them, by input and output name.

    ``ids`` are their row numbers in the source, ``lines`` their lines in a file of text.
    """

    inputs: dict[str, Array]
    targets: dict[str, Array]
    ids: Array
    lines: Array | None = None

    @property
    def size(self) -> int:
        """Number of examples."""
        return len(self.ids)

    def take(self, rows: Array) -> Split:
        """The examples at some positions, in that order; a position may come more than once."""
        return Split(
            {k: v[rows] for k, v in self.inputs.items()},
            {k: v[rows] for k, v in self.targets.items()},
            self.ids[rows],
            None if self.lines is None else self.lines[rows],
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
    size: int, validation: float, test: float, seed: int, classes: Array | None, place: Span
) -> tuple[Array, Array, Array]:
    """The rows of the training, validation and test split, each in rising order; each row is in exactly one.

    Args:
        classes: targets ``[size, …]``; each split gets the same share of each, where there are examples enough.

    Raises:
        SpecError: a split that was asked for would be empty.
    """
    labels = None
    if classes is not None:
        labels = np.unique(classes.reshape(size, -1), axis=0, return_inverse=True)[1].reshape(-1)
    # One stream of random numbers for both cuts. scikit-learn takes no Generator, but a RandomState on its bits.
    random = np.random.RandomState(np.random.PCG64(seed))  # type: ignore[arg-type]
    rows: Any = np.arange(size)
    rest, held_out = _cut(rows, test, random, labels, place, "test")
    train, watched = _cut(rest, validation / (1.0 - test), random, labels, place, "validation")
    return np.sort(train), np.sort(watched), np.sort(held_out)


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
