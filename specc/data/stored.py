"""Arrays whose examples are read when they are asked for, so that data may be larger than memory.

`Values` is either: an array of NumPy, or one that is stored. The functions here do the same with both, so that what
is made of data is the same, bit for bit, wherever they lie.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NoReturn, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

Rows: TypeAlias = "slice | Array"
"""Examples by their positions; a slice has a start, a stop and the step 1."""

CHUNK_BYTES: Final = 1 << 24
"""About so many bytes are read at once by what looks at all examples."""


class Stored:
    """An array ``[examples, …]`` that is read as needed; what is indexed is an array of NumPy.

    Args:
        read: gives some examples. Several threads may call it at once.
        size: the number of examples.
        like: an array of the same dtype, whose axes but the first are the same.
        row_bytes: about how many bytes an example has, where the dtype doesn't say it.
    """

    def __init__(self, read: Callable[[Rows], Array], size: int, like: Array, row_bytes: int | None = None) -> None:
        self._read = read
        self.shape: tuple[int, ...] = (size, *like.shape[1:])
        self.dtype: np.dtype[Any] = like.dtype
        self.row_bytes = row_bytes or max(1, int(np.prod(like.shape[1:])) * like.dtype.itemsize)

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of values in all examples."""
        return int(np.prod(self.shape))

    @property
    def nbytes(self) -> int:
        """Bytes that all examples would take in memory."""
        return len(self) * self.row_bytes

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, key: Any) -> Any:
        """An example by its number; or several by a slice, an array of positions or of truth values."""
        if isinstance(key, int | np.integer):
            return self._read(np.array([range(len(self))[int(key)]]))[0]
        if isinstance(key, slice):
            start, stop, step = key.indices(len(self))
            return self._read(slice(start, max(start, stop)) if step == 1 else np.arange(start, stop, step))
        rows = _positions(key)
        if len(rows) and not 0 <= rows.min() <= rows.max() < len(self):
            raise IndexError(f"there are {len(self)} examples, asked for those from {rows.min()} to {rows.max()}")
        return self._read(rows)

    def __iter__(self) -> Iterator[Any]:
        return (value for chunk in chunks(self) for value in chunk)

    def __array__(self, dtype: Any = None, copy: Any = None) -> NoReturn:
        raise TypeError("a stored array may be larger than memory: read it in chunks")

    def take(self, rows: Array) -> Stored:
        """The examples at some positions, in that order, still stored."""
        positions = _positions(rows)
        return Stored(lambda key: self._read(positions[key]), len(positions), self._like, self.row_bytes)

    def map(self, make: Callable[[Array], Array], row_bytes: int | None = None) -> Stored:
        """What a function makes of the examples, each for itself, whenever they are read."""
        return Stored(lambda key: make(self._read(key)), len(self), make(self[:1]), row_bytes)

    @property
    def _like(self) -> Array:
        return np.empty((0, *self.shape[1:]), self.dtype)


Values: TypeAlias = "Array | Stored"


def _positions(key: Any) -> Array:
    rows: Array = np.asarray(key)
    return np.flatnonzero(rows) if rows.dtype == bool else rows.astype(np.int64, copy=False)


def taken(values: Values, rows: Array) -> Values:
    """The examples at some positions, or where ``rows`` is true."""
    return values.take(rows) if isinstance(values, Stored) else values[rows]


def mapped(values: Values, make: Callable[[Array], Array]) -> Values:
    """What a function makes of the examples, each for itself."""
    return values.map(make) if isinstance(values, Stored) else make(values)


def stacked(parts: Sequence[Values]) -> Values:
    """Arrays of equal shape side by side, ``[examples, …, parts]``."""
    first = parts[0]

    def read(rows: Rows) -> Array:
        return np.stack([part[rows] for part in parts], axis=-1)

    if not any(isinstance(part, Stored) for part in parts):
        return np.stack([part[:] for part in parts], axis=-1)
    row_bytes = sum(p.row_bytes for p in parts if isinstance(p, Stored)) if first.dtype == object else None
    return Stored(read, len(first), read(slice(0, min(1, len(first)))), row_bytes)


def chunks(values: Values) -> Iterator[Array]:
    """All examples, in order, some at a time; at least one chunk, so that its dtype and shape are known."""
    if not isinstance(values, Stored):
        yield values
        return
    rows = max(1, CHUNK_BYTES // values.row_bytes)
    for start in range(0, max(1, len(values)), rows):
        yield values[start : start + rows]


def by_rows(values: Values, make: Callable[[Array], Array]) -> Array:
    """What a function makes of the examples, each for itself, in memory: it must be small."""
    return np.concatenate([make(chunk) for chunk in chunks(values)])


def whole(values: Values) -> Array:
    """All examples in memory; for columns of one value per example."""
    return by_rows(values, lambda chunk: chunk) if isinstance(values, Stored) else values


def extent(values: Values) -> tuple[Any, Any]:
    """The least and the greatest value."""
    found = [(chunk.min(), chunk.max()) for chunk in chunks(values)]
    return min(low for low, _ in found), max(high for _, high in found)


def is_stored(values: Iterable[Values] | Mapping[str, Values]) -> bool:
    """Whether any of some arrays is stored."""
    return any(isinstance(v, Stored) for v in (values.values() if isinstance(values, Mapping) else values))
