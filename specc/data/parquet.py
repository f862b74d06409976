"""Reads Parquet files with pyarrow, which comes with the extra ``specc[parquet]``."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np

from specc.data.facts import Column, Columns, Facts
from specc.data.findings import bad_file, raise_some, reason
from specc.data.raw import Array, Raw
from specc.data.store import ColumnStore
from specc.data.stored import Values
from specc.diagnostics import Diagnostic, SpecError
from specc.diagnostics.codes import MISSING_EXTRA
from specc.source import Source, Span, whole_file


def read_parquet(
    path: Path,
    name: str,
    place: Span,
    most: int | None = None,
    wanted: Callable[[Facts], Collection[str] | None] | None = None,
    *,
    stays_on_disk: Callable[[int], bool] = lambda _: False,
) -> Raw:
    """The columns of a Parquet file, in its order: numbers, truth values as 1 and 0, texts, lists of equal length.

    What is null is missing: NaN, or the empty text.

    Args:
        name: what messages call the file.
        place: where the spec names it.
        most: the number of rows of a sample; all are read without one.
        wanted: says of what is known which columns are to be read; by default all that can be.
        stays_on_disk: says it of the bytes that the columns take in memory. Those that do are stored.

    Raises:
        SpecError: pyarrow isn't installed; the file is broken; or a column that is wanted holds something else.
    """
    pyarrow = _pyarrow(place)
    with _reading(pyarrow, path, place), pyarrow.parquet.ParquetFile(path) as file:
        schema, size = file.schema_arrow, file.metadata.num_rows
        known = Facts(name, columns_of(pyarrow, schema))
        names = None if wanted is None else wanted(known)
        kept = [n for n in schema.names if names is None or n in names]
        raise_some(_unreadable(pyarrow, schema, kept if names is not None else [], path, place))
        readable = [n for n in kept if is_readable(pyarrow, schema.field(n).type)]
        if most is None and stays_on_disk(_COPIES * _bytes(file.metadata, readable)):
            return Raw(_stored(pyarrow, file, readable, place), Source(name, path=path))
        if most is None or size <= most:
            table = file.read(columns=kept)
        else:
            table = pyarrow.Table.from_batches([next(file.iter_batches(most, columns=kept))])
        columns: dict[str, Values] = {n: _array(pyarrow, table.column(n)) for n in readable}
    return Raw(columns, Source(name, path=path), cut=most is not None and size > most)


_COPIES: Final = 4
"""Bytes that a byte of a column takes in memory, about."""

_ROWS: Final = 1 << 14


def _bytes(metadata: Any, columns: Collection[str]) -> int:
    """Bytes of some columns, unpacked; of lists all parts."""
    total = 0
    for group in range(metadata.num_row_groups):
        parts = (metadata.row_group(group).column(i) for i in range(metadata.num_columns))
        total += sum(p.total_uncompressed_size for p in parts if p.path_in_schema.split(".")[0] in columns)
    return total


def _stored(pyarrow: Any, file: Any, columns: list[str], place: Span) -> dict[str, Values]:
    """Columns, read in batches and written into a temporary file."""
    store = ColumnStore(place)
    for batch in file.iter_batches(_ROWS, columns=columns):
        table = pyarrow.Table.from_batches([batch])
        store.add({n: _array(pyarrow, table.column(n)) for n in columns}, len(table))
    found = store.finished()
    return {n: found.get(n, np.empty(0)) for n in columns}


def schema_of(path: Path) -> Columns | None:
    """The columns of a file by its footer; None where it can't be read, or not without the extra."""
    try:
        pyarrow = _pyarrow(whole_file(path))
        with _reading(pyarrow, path, None):
            return columns_of(pyarrow, pyarrow.parquet.read_schema(path))
    except SpecError:
        return None


def columns_of(pyarrow: Any, schema: Any) -> Columns:
    """What a schema tells of the columns."""
    found: Columns = {}
    for field in schema:
        kind = field.type
        if pyarrow.types.is_fixed_size_list(kind):
            found[field.name] = Column((kind.list_size,))
        elif pyarrow.types.is_list(kind) or pyarrow.types.is_large_list(kind):
            found[field.name] = Column(None)
        else:
            found[field.name] = Column(numbers=_is_number(pyarrow, kind))
    return found


def is_readable(pyarrow: Any, kind: Any) -> bool:
    """Whether columns of a type can feed a model."""
    types = pyarrow.types
    if types.is_fixed_size_list(kind) or types.is_list(kind) or types.is_large_list(kind):
        return _is_number(pyarrow, kind.value_type)
    return _is_number(pyarrow, kind) or _is_text(pyarrow, kind)


def _pyarrow(place: Span) -> Any:
    try:
        import pyarrow  # pyright: ignore
        import pyarrow.parquet  # pyright: ignore
    except ImportError:
        message = "Parquet files are read with pyarrow, which isn't installed"
        hint = "install it: `pip install 'specc[parquet]'`"
        raise SpecError(Diagnostic(MISSING_EXTRA, message, place, help=(hint,))) from None
    return pyarrow


@contextmanager
def _reading(pyarrow: Any, path: Path, place: Span | None) -> Generator[None]:
    try:
        yield
    except (OSError, ValueError, pyarrow.ArrowException) as error:
        message = f"this is no Parquet file that can be read: {reason(error)}"
        raise SpecError(bad_file(message, whole_file(path), place)) from None


def _unreadable(pyarrow: Any, schema: Any, kept: Collection[str], path: Path, place: Span) -> Iterator[Diagnostic]:
    for name in kept:
        kind = schema.field(name).type
        if not is_readable(pyarrow, kind):
            message = f"the column `{name}` holds {kind}: numbers, truth values, texts and lists of numbers are read"
            hint = "make numbers or texts of it, or name the columns that you want with `inputs` and `targets`"
            yield bad_file(message, whole_file(path), place, (hint,))


def _is_number(pyarrow: Any, kind: Any) -> bool:
    types = pyarrow.types
    return types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind) or types.is_decimal(kind)


def _is_text(pyarrow: Any, kind: Any) -> bool:
    types = pyarrow.types
    if types.is_dictionary(kind):
        return _is_text(pyarrow, kind.value_type)
    return types.is_string(kind) or types.is_large_string(kind)


def _array(pyarrow: Any, column: Any) -> Array:
    """A column as NumPy's array: texts of dtype object, numbers with NaN for null."""
    kind = column.type
    if _is_text(pyarrow, kind):
        return np.array(["" if v is None else str(v) for v in column.to_pylist()], dtype=object)
    if not _is_number(pyarrow, kind):
        rows: list[Any] = column.to_pylist()
        width = {None if row is None else len(row) for row in rows}
        if len(width) > 1 or None in width:
            raise ValueError("lists of unequal length make no array")
        return np.array(rows, dtype=np.float64)
    if pyarrow.types.is_boolean(kind):
        column = column.cast(pyarrow.uint8())
    elif pyarrow.types.is_decimal(kind):
        column = column.cast(pyarrow.float64())
    return column.to_numpy()
