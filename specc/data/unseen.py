"""Values that a lookup doesn't know, as its vocabulary is that of the training split: counted, with their places."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from specc.catalogue.layers.lookup import Lookup
from specc.data.indices import taking
from specc.data.raw import Array, Raw
from specc.data.split import Dataset, Split
from specc.data.stored import Values, by_rows, taken
from specc.data.values import shorten
from specc.diagnostics import Diagnostic, Related, SpecError
from specc.diagnostics.codes import NO_VECTOR, UNSEEN_VALUE
from specc.program.graph import ModelGraph, Node
from specc.program.program import Program
from specc.source import Span

_SHOWN: Final = 5


@dataclass(frozen=True)
class Unseen:
    """Values of an input that a layer doesn't know.

    Attributes:
        rows: the examples that have one, by their positions.
        values: the first one of each of them; ``columns`` is where in the example it stands.
    """

    input: str
    node: Node
    rows: Array
    columns: Array
    values: list[Any]

    @property
    def _layer(self) -> str:
        return type(self.node.layer).__name__

    def _told(self, where: Sequence[str]) -> str:
        # Only the first places are told.
        told = zip(where, self.values, strict=False)
        shown = [f"{w} `{shorten(str(v))}`" if w else f"`{shorten(str(v))}`" for w, v in told]
        more = ", …" if len(self.rows) > len(shown) else ""
        count = f"{len(self.rows)} example{' has' if len(self.rows) == 1 else 's have'}"
        return f"`{self.input}`: {count} a value that `{self._layer}` doesn't know: {', '.join(shown)}{more}"

    def line(self, source: str, split: Split, name: str) -> str:
        """A line for the log about a split."""
        return f"{name} split, {self._told([split.where(source, int(row)) for row in self.rows[:_SHOWN]])}"

    def finding(self, place: Callable[[int, int], Span]) -> Diagnostic:
        """A warning at the first value, with the places of the next ones; ``place`` is of a row and a column."""
        first, *others = [place(int(r), int(c)) for r, c in zip(self.rows[:_SHOWN], self.columns, strict=False)]
        related = tuple(Related(span, "another one") for span in others)
        message = self._told([""] * min(len(self.rows), _SHOWN))
        hint = "it is treated as all that wasn't seen in training"
        return Diagnostic(UNSEEN_VALUE, message, first, related=related, help=(hint,))

    def require_index(self, place: Span) -> None:
        """Refuse values that a layer has no index for.

        Raises:
            SpecError: it has none for values that it doesn't know.
        """
        if getattr(self.node.layer, "num_oov_indices", 1) == 0:
            message = f"{self._told([''] * _SHOWN)}; it has no index for others"
            related = (Related(place, "these data"),)
            raise SpecError(
                Diagnostic(NO_VECTOR, message, self.node.span, related=related, help=("leave out `num_oov_indices=0`",))
            )


def unseen(program: Program, model: ModelGraph, arrays: Mapping[str, Values]) -> Iterator[Unseen]:
    """What lookups that take an input as it is don't know of its values ``[examples, …]``."""
    for name, array in arrays.items():
        for node, layer in taking(program, model, name, Lookup):
            if not layer.is_learned or layer.invert or not array.size:
                continue
            known: Array = np.array([*layer.terms, *layer.special], dtype=array.dtype)

            def strange(some: Array, known: Array = known) -> Array:
                return ~np.isin(some.reshape(len(some), -1), known)

            rows = np.flatnonzero(by_rows(array, lambda some: np.any(strange(some), axis=1)))
            if len(rows):
                bad = taken(array, rows)
                columns = by_rows(bad, lambda some: strange(some).argmax(axis=1))
                first: Array = bad[:_SHOWN].reshape(len(rows[:_SHOWN]), -1)
                yield Unseen(name, node, rows, columns, first[range(len(first)), columns[:_SHOWN]].tolist())


def unseen_lines(program: Program, model: ModelGraph, data: Dataset, place: Span) -> list[str]:
    """A line for each split and lookup that doesn't know values of it.

    Raises:
        SpecError: a lookup has no index for them.
    """
    lines: list[str] = []
    for name, split in (("training", data.train), ("validation", data.validation), ("test", data.test)):
        for found in unseen(program, model, split.inputs):
            found.require_index(place)
            lines.append(found.line(data.account.source, split, name))
    return lines


def findings(
    program: Program, model: ModelGraph, arrays: Mapping[str, Values], raw: Raw, chosen: Mapping[str, tuple[str, ...]]
) -> Iterator[Diagnostic]:
    """A warning for each lookup that doesn't know values of a file, at their places.

    Raises:
        SpecError: a lookup has no index for them.
    """
    for found in unseen(program, model, arrays):
        columns = chosen[found.input]

        def place(row: int, column: int, columns: tuple[str, ...] = columns) -> Span:
            return raw.place(columns[min(column, len(columns) - 1)], row)

        found.require_index(Span(raw.file))
        yield found.finding(place)
