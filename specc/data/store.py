"""Files that stored arrays are read from, and the temporary files that columns are written into.

A temporary file has no name: the system frees it when the process ends, in whatever way. So no run ever finds what
another one left.
"""

from __future__ import annotations

import mmap
import os
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final, Literal

import numpy as np

from specc.data.findings import bad_file, reason
from specc.data.stored import Array, Rows, Stored, Values, chunks
from specc.diagnostics import Diagnostic, SpecError
from specc.diagnostics.codes import CANNOT_WRITE
from specc.source import Span, whole_file

_SMALL: Final = 1 << 12
"""Examples of fewer bytes that lie scattered are copied from a mapping of the file: a call for each takes longer."""


class KeptFile:
    """A file that stays open, and must stay as it is, while arrays in it are read.

    Args:
        path: where it lies; None for a temporary one.
        place: where the spec names it.
    """

    def __init__(self, file: IO[bytes], path: Path | None = None, place: Span | None = None) -> None:
        self._file, self._path, self._place = file, path, place
        self._seen = self._state()

    def _state(self) -> tuple[int, int]:
        found = os.fstat(self._file.fileno())
        return found.st_size, found.st_mtime_ns if self._path is not None else 0

    def bytes(self) -> mmap.mmap:
        """The content, mapped for as long as the result is in use. What was looked at takes no memory after that.

        Raises:
            SpecError: the file was changed since it was opened.
        """
        self._require_same()
        return mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ)

    def _require_same(self) -> None:
        if self._path is not None and self._state() != self._seen:
            message = f"`{self._path.name}` was changed while it was in use"
            hint = "train again; the file must stay as it is until the run is finished"
            raise SpecError(bad_file(message, whole_file(self._path), self._place, (hint,)))

    def read(self, rows: Rows, array: ArrayInFile) -> Array:
        """Some examples of an array in it.

        Raises:
            SpecError: the file was changed since it was opened.
        """
        if array.order == "C" and hasattr(os, "preadv") and (isinstance(rows, slice) or array.row_bytes >= _SMALL):
            found = self._copied(rows, array)
            return found if array.field is None else np.array(found[array.field])
        content: Any = np.ndarray(array.shape, array.dtype, self.bytes(), array.offset, order=array.order)
        return np.array(content[rows] if array.field is None else content[array.field][rows])

    def _copied(self, rows: Rows, array: ArrayInFile) -> Array:
        """Some examples, read into memory of their own."""
        self._require_same()
        size = array.row_bytes
        count = rows.stop - rows.start if isinstance(rows, slice) else len(rows)
        found = np.empty((count, *array.shape[1:]), array.dtype)
        content: Any = np.ndarray((found.nbytes,), np.uint8, found)  # also of dtypes that Python has no word for
        target = memoryview(content)
        if isinstance(rows, slice):
            self._fill(target, array.offset + rows.start * size)
            return found
        for number, row in enumerate(rows.tolist()):
            self._fill(target[number * size : (number + 1) * size], array.offset + row * size)
        return found

    def _fill(self, target: memoryview, at: int) -> None:
        while len(target):
            count = os.preadv(self._file.fileno(), [target], at)
            if not count:
                self._require_same()
                raise EOFError(f"byte {at} is beyond the end of the file")
            target, at = target[count:], at + count

    def stored(self, array: ArrayInFile) -> Stored:
        """An array in it."""
        like = np.empty((0, *array.shape[1:]), array.dtype)
        return Stored(lambda rows: self.read(rows, array), array.shape[0], like, array.row_bytes)


class ArrayInFile:
    """Where in a file an array is: its first byte, and its form; ``field`` is the one that is wanted of records."""

    def __init__(
        self,
        offset: int,
        dtype: np.dtype[Any],
        shape: tuple[int, ...],
        order: Literal["C", "F"] = "C",
        field: str | None = None,
    ) -> None:
        self.offset, self.dtype, self.shape, self.field = offset, dtype, shape, field
        self.order: Literal["C", "F"] = order
        self.row_bytes = int(np.prod(shape[1:])) * dtype.itemsize


def temporary_file(place: Span) -> IO[bytes]:
    """A new file without a name, in the folder that ``TMPDIR`` names, by default in ``/var/tmp``.

    ``/tmp`` is often in memory, which would defeat the purpose.

    Raises:
        SpecError: it can't be made.
    """
    with writing(place):
        return tempfile.TemporaryFile(dir=scratch_folder())


def scratch_folder() -> str:
    """Where temporary files are."""
    lasting = "/var/tmp"
    own = any(os.environ.get(name) for name in ("TMPDIR", "TEMP", "TMP"))
    return tempfile.gettempdir() if own or not os.access(lasting, os.W_OK) else lasting


@contextmanager
def writing(place: Span) -> Generator[None]:
    """Says in the words of the spec that temporary files can't be written.

    Raises:
        SpecError: they can't.
    """
    try:
        yield
    except OSError as error:
        message = f"data that don't fit into memory can't be kept in `{scratch_folder()}`: {reason(error)}"
        hint = "make room there, or set TMPDIR to a folder on a disk that has some"
        raise SpecError(Diagnostic(CANNOT_WRITE, message, place, help=(hint,))) from None


class ColumnStore:
    """Columns that are written some rows at a time, and then read in any order.

    Numbers are records in one file, texts stand in a second one. Where the rows that come later are of another dtype
    (integers, then numbers with fractions), the column is of the one that holds both.
    """

    def __init__(self, place: Span) -> None:
        self._place = place
        self._records, self._texts = temporary_file(place), temporary_file(place)
        self._record_bytes, self._text_bytes, self.size = 0, 0, 0
        self._segments: list[tuple[int, int, np.dtype[Any]]] = []  # first row, first byte, type of its records
        self._are_texts: dict[str, bool] = {}

    def add(self, columns: Mapping[str, Array | None], count: int) -> None:
        """Write the next rows; a column of which all values are missing is None.

        Raises:
            SpecError: the disk is full.
            ValueError: a column holds texts here and numbers elsewhere.
        """
        fields: dict[str, Array] = {}
        for name, values in columns.items():
            if values is not None:
                texts = values.dtype == object
                if self._are_texts.setdefault(name, texts) != texts:
                    raise ValueError(f"`{name}` holds both texts and numbers")
                fields[name] = self._written_texts(values) if texts else values
        form = np.dtype([(name, v.dtype, v.shape[1:]) for name, v in fields.items()])
        records = np.zeros(count, dtype=form)
        for name, values in fields.items():
            records[name] = values
        if not self._segments or self._segments[-1][2] != form:
            self._segments.append((self.size, self._record_bytes, form))
        data = records.tobytes()
        with writing(self._place):
            self._records.write(data)
        self._record_bytes += len(data)
        self.size += count

    def _written_texts(self, values: Array) -> Array:
        """Where texts were written: first byte and length of each."""
        encoded = [str(v).encode("utf-8", "surrogatepass") for v in values]
        sizes = np.array([len(e) for e in encoded], dtype=np.int64)
        starts = self._text_bytes + np.cumsum(sizes) - sizes
        with writing(self._place):
            self._texts.write(b"".join(encoded))
        self._text_bytes += int(sizes.sum())
        return np.stack([starts, sizes], axis=-1)

    def finished(self) -> dict[str, Values]:
        """The columns, in the order in which their names came.

        Raises:
            SpecError: the disk is full.
            ValueError: the arrays of a column have unequal shapes.
        """
        with writing(self._place):
            self._records.flush()
            self._texts.flush()
        names = dict.fromkeys(name for _, _, form in self._segments for name in form.names or ())
        return {name: self._column(name) for name in names}

    def _column(self, name: str) -> Values:
        parts: list[tuple[int, ArrayInFile | None]] = []
        forms: list[np.dtype[Any]] = []
        ends = [first for first, _, _ in self._segments[1:]] + [self.size]
        for (first, offset, form), end in zip(self._segments, ends, strict=True):
            known = name in (form.names or ())
            forms += [form[name]] if known else []
            parts.append((first, ArrayInFile(offset, form, (end - first,), field=name) if known else None))
        shapes = {form.shape for form in forms}
        missing = len(forms) < len(parts)
        if len(shapes) > 1 or (missing and shapes != {()} and not self._are_texts[name]):
            raise ValueError(f"`{name}` holds arrays of unequal shapes")
        records = KeptFile(self._records)
        (shape,) = shapes
        dtype = np.result_type(*(form.base for form in forms), *([np.float64] if missing else []))
        if self._are_texts[name]:
            empty: Array = np.zeros(2, np.int64)
            pairs = _joined(records, parts, self.size, empty)
            texts = KeptFile(self._texts) if self._text_bytes else None
            average = 64 + pairs.row_bytes + self._text_bytes // max(1, self.size)
            return pairs.map(lambda found: _read_texts(texts, found), average)
        return _joined(records, parts, self.size, np.full(shape, np.nan if missing else 0, dtype=dtype))


def _joined(file: KeptFile, parts: list[tuple[int, ArrayInFile | None]], size: int, missing: Array) -> Stored:
    """The rows of segments, one after the other; those of a segment without the column are missing."""
    firsts = np.array([first for first, _ in parts])
    like = np.empty((0, *missing.shape), missing.dtype)
    lone = parts[0][1]

    def read(rows: Rows) -> Array:
        if len(parts) == 1 and lone is not None:
            return file.read(rows, lone).astype(like.dtype, copy=False)
        numbers: Array = np.arange(rows.start, rows.stop) if isinstance(rows, slice) else rows
        found = np.empty((len(numbers), *like.shape[1:]), like.dtype)
        found[...] = missing
        segments = np.searchsorted(firsts, numbers, side="right") - 1
        for segment in np.unique(segments):
            first, array = parts[segment]
            if array is not None:
                here = segments == segment
                found[here] = file.read(numbers[here] - first, array)
        return found

    return Stored(read, size, like, max([1, *(array.row_bytes for _, array in parts if array is not None)]))


def _read_texts(file: KeptFile | None, pairs: Array) -> Array:
    found = np.empty(len(pairs), dtype=object)
    content = file.bytes() if file is not None else b""
    for row, (start, size) in enumerate(pairs.tolist()):
        found[row] = content[start : start + size].decode("utf-8", "surrogatepass")
    return found


def settled(values: Values, place: Span) -> Values:
    """The same, read once and written into a temporary file, where making it anew each time costs more than that.

    Raises:
        SpecError: the disk is full.
    """
    if not isinstance(values, Stored):
        return values
    store = ColumnStore(place)
    for chunk in chunks(values):
        store.add({"values": chunk}, len(chunk))
    return store.finished()["values"]
