"""Brings examples to the training step, for a group of steps at once; those that are not in the memory of the device a
few groups ahead of it.

What is fed is what a gather from memory would give, so a training has the same result, bit for bit.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final, TypeVar

from specc.data.raw import Array
from specc.data.stored import Stored, Values, is_stored

A = TypeVar("A")
B = TypeVar("B")

_AHEAD: Final = 2
"""How many groups of steps are read while one is trained on."""

_GROUP_BYTES: Final = 1 << 24
_GROUP_STEPS: Final = 256

_ON_GPU: Final = 0.5
"""The largest share of a GPU's memory that examples may take there."""


class Feeder:
    """The arrays ``[examples, …]``, by name, of which each step is given its batch."""

    def __init__(self, arrays: Mapping[str, Values]) -> None:
        self.arrays = dict(arrays)

    def specs(self, steps: int | None, batch: int) -> dict[str, Any]:
        """The types of what some steps, or any number of them, are given: ``[steps, batch, …]`` by name."""
        import tensorflow as tf

        dtypes = {k: tf.string if v.dtype == object else tf.as_dtype(v.dtype) for k, v in self.arrays.items()}
        return {k: tf.TensorSpec((steps, batch, *v.shape[1:]), dtypes[k]) for k, v in self.arrays.items()}

    def fetch(self, rows: Array) -> dict[str, Array]:
        """The examples at some rows of any shape, ``[*rows, …]`` by name."""
        found = {k: v[rows.reshape(-1)] for k, v in self.arrays.items()}
        return {k: v.reshape(*rows.shape, *v.shape[1:]) for k, v in found.items()}

    def groups(self, rows: Array, size: int | None = None) -> Iterator[tuple[Array, dict[str, Array]]]:
        """The steps, a group at a time, and what they are given; ``rows`` is int32 ``[steps, batch]``.

        Args:
            size: steps of a group; by default as many as `group_size` says of what they are given.

        Raises:
            SpecError: a file can't be read any more.
        """
        size = size or (group_size(self.arrays, rows.shape[1]) if self.arrays else max(1, len(rows)))
        parts = (rows[start : start + size] for start in range(0, len(rows), size))
        if not self.arrays:
            return ((part, {}) for part in parts)
        return ahead(lambda part: (part, self.fetch(part)), parts)


def group_size(arrays: Mapping[str, Values], batch: int) -> int:
    """How many steps there are in a group, where each step is brought a batch of the examples in some arrays."""
    of_a_step = batch * sum(_row_bytes(v) for v in arrays.values())
    return max(1, min(_GROUP_STEPS, _GROUP_BYTES // max(1, of_a_step)))


def ahead(read: Callable[[A], B], parts: Iterable[A]) -> Iterator[B]:
    """What is read for each part, in order, while a thread reads for the next ones."""
    with ThreadPoolExecutor(1, thread_name_prefix="feeding") as thread:
        waiting: deque[Future[B]] = deque()
        try:
            for part in parts:
                waiting.append(thread.submit(read, part))
                if len(waiting) > _AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def fed(arrays: Mapping[str, Values]) -> dict[str, Values]:
    """Those of some arrays that don't go to the device as a whole: they are stored, or too large for the GPU."""
    import tensorflow as tf

    stored = {k: v for k, v in arrays.items() if isinstance(v, Stored)}
    rest = {k: v for k, v in arrays.items() if k not in stored and v.dtype != object}
    if not tf.config.list_physical_devices("GPU"):
        return stored
    from specc.training.failures.memory import available

    room = available()
    if room is not None and sum(v.nbytes for v in rest.values()) > _ON_GPU * room:
        return stored | rest
    return stored


def batches(arrays: Sequence[Mapping[str, Values]], size: int) -> Iterator[tuple[dict[str, Array], ...]]:
    """Inputs, targets and what else belongs to examples in batches of a size, in order; the last may be smaller."""
    count = len(next(iter(arrays[0].values())))
    parts = (slice(start, start + size) for start in range(0, count, size))

    def read(part: slice) -> tuple[dict[str, Array], ...]:
        return tuple({k: v[part] for k, v in given.items()} for given in arrays)

    return ahead(read, parts) if any(map(is_stored, arrays)) else map(read, parts)


def answers(model: Any, inputs: Mapping[str, Values], size: int) -> dict[str, Array]:
    """What a Keras model answers to inputs ``[examples, …]`` by output, by its ``predict`` in batches of a size."""
    if not is_stored(inputs):
        return model.predict(dict(inputs), batch_size=size, verbose=0)
    import keras
    import tensorflow as tf

    class Batches(keras.utils.PyDataset):
        def __len__(self) -> int:
            return -(-len(next(iter(inputs.values()))) // size)

        def __getitem__(self, index: int) -> tuple[dict[str, Any]]:
            found = {k: v[index * size : (index + 1) * size] for k, v in inputs.items()}
            # Keras takes no texts of NumPy here.
            return ({k: tf.constant(v) if v.dtype == object else v for k, v in found.items()},)

    return model.predict(Batches(), verbose=0)


def _row_bytes(values: Values) -> int:
    return values.row_bytes if isinstance(values, Stored) else max(1, values.nbytes // max(1, len(values)))
