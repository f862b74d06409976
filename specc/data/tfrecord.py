"""Reads TFRecord files of ``tf.train.Example`` without TensorFlow.

A file is a row of records: the length as 8 bytes, its checksum, the data, their checksum, see
https://www.tensorflow.org/tutorials/load_data/tfrecord. An example is a protocol buffer that maps names to lists of
bytes, floats or integers (``tensorflow/core/example/feature.proto``). Only these forms are read; nothing is executed.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np

from specc.data.findings import bad_cell, bad_file, reason
from specc.data.given import Records, records_as_columns
from specc.data.raw import Array, Raw
from specc.data.stored import CHUNK_BYTES
from specc.diagnostics import SpecError
from specc.source import Source, Span, whole_file

_HEAD: Final = 12
_FOOT: Final = 4
_TOGETHER: Final = 1024
"""How many records are checked at a time."""


def read_records(
    paths: Sequence[Path],
    names: Sequence[str],
    shapes: Mapping[str, tuple[int, ...]],
    place: Span,
    most: int | None = None,
) -> Raw:
    """The features of the examples in some files by name; one value per example where the list has one.

    A feature that is absent or empty is missing.

    Args:
        names: what messages call the files.
        shapes: the shapes of lists that are more than vectors.
        most: the number of examples of a sample; all are read without one.

    Raises:
        SpecError: a file is damaged where the next record can't be found. Other records that are damaged, or don't
            have the form of the first one, are told in `Raw.bad`.
    """
    found: list[dict[str, Any]] = []
    bad: dict[int, SpecError] = {}
    origins: list[Span] = []
    cut = False
    for path, name in zip(paths, names, strict=True):
        data = _bytes(path, name, place)
        at = list(_records(data, path, place))
        cut = cut or (most is not None and len(found) + len(at) > most)
        at = at if most is None else at[: most - len(found)]
        for number, (start, length, sound) in enumerate(_checked(data, at)):
            origins.append(Span(Source(name, path=path)))
            part = data[start : start + length]
            record = _read(part, shapes, sound, number, start - _HEAD, origins[-1], place)
            if isinstance(record, SpecError):
                bad[len(found)] = record
            found.append({} if isinstance(record, SpecError) else record)
    file = Source(", ".join(names), path=paths[0])
    return records_as_columns(_complete(found, bad), file, place, bad, origins=origins, cut=cut)


def read_long_records(
    paths: Sequence[Path], names: Sequence[str], shapes: Mapping[str, tuple[int, ...]], place: Span
) -> Raw:
    """The same features as `read_records` gives them, written into a temporary file as they are read.

    Raises:
        SpecError: as there; or the disk is full.
    """
    file, firsts = Source(", ".join(names), path=paths[0]), list[int]()

    def records() -> Iterator[Any]:
        count = 0
        for path, name in zip(paths, names, strict=True):
            firsts.append(count)
            for number, (at, data, sound) in enumerate(stream(path, name, place)):
                yield _read(data, shapes, sound, number, at, Span(Source(name, path=path)), place)
                count += 1

    def origin(number: int) -> Span:
        which = bisect_right(firsts, number) - 1
        return Span(Source(names[which], path=paths[which]))

    return Records(file, place, complete=True, origin=origin).stored(records())


def _read(
    data: bytes, shapes: Mapping[str, tuple[int, ...]], sound: bool, number: int, at: int, span: Span, place: Span
) -> dict[str, Any] | SpecError:
    """The features of a record, or what is wrong with it."""
    try:
        if not sound:
            raise ValueError("its checksum is wrong")
        return _example(data, shapes)
    except (ValueError, IndexError, struct.error) as error:
        why = f"record {number} (counted from 0, at byte {at}) is damaged: {reason(error)}"
        return SpecError(bad_cell(why, span, place))


def _complete(records: list[dict[str, Any]], bad: Mapping[int, SpecError]) -> list[dict[str, Any]]:
    """The records, each with all names: what is absent is None."""
    names = dict.fromkeys(name for record in records for name in record)
    return [r if i in bad else {name: r.get(name) for name in names} for i, r in enumerate(records)]


def _bytes(path: Path, name: str, place: Span) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SpecError(bad_file(f"`{name}` can't be read: {reason(error)}", whole_file(path), place)) from None
    _refuse_compressed(data[:2], path, name, place)
    return data


def _refuse_compressed(start: bytes, path: Path, name: str, place: Span) -> None:
    if start == b"\x1f\x8b":
        message = f"`{name}` is compressed"
        raise SpecError(bad_file(message, whole_file(path), place, (f"unpack it: `gunzip {path.name}`",)))


# ── Records ──────────────────────────────────────────────────────────────────────────────────────


def _records(data: bytes, path: Path, place: Span) -> Iterator[tuple[int, int]]:
    """Where the data of each record begin, and their length."""
    at, number = 0, 0
    while at < len(data):
        length = _length(data[at : at + _HEAD], number, at, len(data), path, place)
        yield at + _HEAD, length
        at += _HEAD + length + _FOOT
        number += 1


def _length(head: bytes, number: int, at: int, size: int, path: Path, place: Span) -> int:
    """The length of the data of a record that begins at a byte of a file."""
    length = int.from_bytes(head[:8], "little")
    if len(head) == _HEAD and _masked(checksums([head[:8]]))[0] != int.from_bytes(head[8:], "little"):
        message = f"record {number} (counted from 0) at byte {at} doesn't begin as a record of a TFRecord file"
        raise SpecError(bad_file(message, whole_file(path), place))
    if len(head) < _HEAD or at + _HEAD + length + _FOOT > size:
        message = f"the file ends within record {number} (counted from 0), which begins at byte {at}"
        raise SpecError(bad_file(message, whole_file(path), place))
    return length


def stream(path: Path, name: str, place: Span) -> Iterator[tuple[int, bytes, bool]]:
    """The records of a file one after the other: the byte each begins at, its data, whether they are as written.

    Raises:
        SpecError: the file can't be read, is compressed, or is damaged where the next record can't be found.
    """
    some: list[tuple[int, bytes, bytes]] = []
    at, number, held = 0, 0, 0
    try:
        with path.open("rb") as file:
            size = path.stat().st_size
            _refuse_compressed(file.read(2), path, name, place)
            file.seek(0)
            while at < size:
                length = _length(file.read(_HEAD), number, at, size, path, place)
                some.append((at, file.read(length), file.read(_FOOT)))
                at, number, held = at + _HEAD + length + _FOOT, number + 1, held + length
                if len(some) == _TOGETHER or held > CHUNK_BYTES:
                    yield from _sound(some)
                    some, held = [], 0
    except OSError as error:
        raise SpecError(bad_file(f"`{name}` can't be read: {reason(error)}", whole_file(path), place)) from None
    yield from _sound(some)


def _sound(some: list[tuple[int, bytes, bytes]]) -> Iterator[tuple[int, bytes, bool]]:
    sums = _masked(checksums([data for _, data, _ in some])).tolist()
    for (at, data, foot), found in zip(some, sums, strict=True):
        yield at, data, found == int.from_bytes(foot, "little")


def _checked(data: bytes, at: list[tuple[int, int]]) -> Iterator[tuple[int, int, bool]]:
    """Records, and whether each is as it was written."""
    for first in range(0, len(at), _TOGETHER):
        some = at[first : first + _TOGETHER]
        sums = _masked(checksums([data[start : start + length] for start, length in some]))
        for (start, length), found in zip(some, sums.tolist(), strict=True):
            yield start, length, found == int.from_bytes(data[start + length : start + length + _FOOT], "little")


@cache
def _table() -> Array:
    """What each byte adds to a checksum, for the polynomial of Castagnoli."""
    table: Any = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = np.where(table & 1, (table >> np.uint32(1)) ^ np.uint32(0x82F63B78), table >> np.uint32(1))
    return table


def checksums(parts: Sequence[bytes]) -> Array:
    """The CRC-32C of each, uint32; byte by byte of all at once, as that is what NumPy is fast at."""
    lengths: Array = np.array([len(p) for p in parts], dtype=np.int64)
    order = np.argsort(-lengths, kind="stable")
    longest = int(lengths.max(initial=0))
    rows: Array = np.zeros((longest, len(parts)), dtype=np.uint8)
    for column, index in enumerate(order):
        rows[: lengths[index], column] = np.frombuffer(parts[index], dtype=np.uint8)
    sums: Array = np.full(len(parts), 0xFFFFFFFF, dtype=np.uint32)
    ends = np.searchsorted(-lengths[order], -np.arange(longest), side="left")
    table = _table()
    for row, end in zip(rows, ends, strict=True):
        some = sums[:end]
        sums[:end] = table[(some ^ row[:end]) & np.uint32(0xFF)] ^ (some >> np.uint32(8))
    found = np.empty_like(sums)
    found[order] = sums ^ np.uint32(0xFFFFFFFF)
    return found


def _masked(sums: Array) -> Array:
    """Checksums as they are written: turned and shifted, as those of data that hold checksums are unsafe."""
    turned = (sums >> np.uint32(15)) | (sums << np.uint32(17))
    return turned + np.uint32(0xA282EAD8)


# ── Examples ─────────────────────────────────────────────────────────────────────────────────────


def _example(data: bytes, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Any]:
    return {name: _value(name, values, shapes.get(name)) for name, values in features_of(data).items()}


def features_of(data: bytes) -> dict[str, list[bytes] | Array]:
    """The features of a ``tf.train.Example`` by name: bytes, float32 or int64.

    Raises:
        ValueError, IndexError, struct.error: it is none.
    """
    found: dict[str, list[bytes] | Array] = {}
    for features in _fields(data, 1):
        for entry in _fields(features, 1):
            name = next(_fields(entry, 1), b"").decode("utf-8")
            found[name] = _list(next(_fields(entry, 2), b""))
    return found


def _value(name: str, given: list[bytes] | Array, shape: tuple[int, ...] | None) -> Any:
    if not len(given):
        return None
    values: Any = [value.decode("utf-8") for value in given] if isinstance(given, list) else given
    if shape is not None:
        if len(values) != int(np.prod(shape)):
            raise ValueError(f"`{name}` has {len(values)} values, its shape is {list(shape)}")
        return np.asarray(values).reshape(shape)
    return values[0] if len(values) == 1 else values


def _list(feature: bytes) -> list[bytes] | Array:
    for number, kind, content in _parts(feature):
        if kind != 2 or not isinstance(content, bytes):
            continue
        if number == 1:
            return list(_fields(content, 1))
        if number == 2:
            packed = b"".join(c if isinstance(c, bytes) else b"" for n, _, c in _parts(content) if n == 1)
            return np.frombuffer(packed, dtype="<f4")
        if number == 3:
            return _integers(content)
    return []


def _integers(content: bytes) -> Array:
    found: list[int] = []
    for number, kind, part in _parts(content):
        if number == 1 and kind == 0 and isinstance(part, int):
            found.append(part)
        elif number == 1 and isinstance(part, bytes):
            at = 0
            while at < len(part):
                value, at = _varint(part, at)
                found.append(value)
    return np.array(found, dtype=np.uint64).astype(np.int64)


def _fields(data: bytes, wanted: int) -> Iterator[bytes]:
    """The contents of a field that holds bytes."""
    return (content for number, _, content in _parts(data) if number == wanted and isinstance(content, bytes))


def _parts(data: bytes) -> Iterator[tuple[int, int, int | bytes]]:
    """The fields of a message: number, wire type, and an integer or bytes."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        number, kind = key >> 3, key & 7
        if kind == 0:
            value, at = _varint(data, at)
            yield number, kind, value
            continue
        if kind not in (1, 2, 5):
            raise ValueError("it is no tf.train.Example")
        length, at = _varint(data, at) if kind == 2 else (8 if kind == 1 else 4, at)
        if at + length > len(data):
            raise ValueError("it is no tf.train.Example")
        yield number, kind, data[at : at + length]
        at += length


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at += 1
        if byte < 0x80:
            return value & 0xFFFFFFFFFFFFFFFF, at
    raise ValueError("it is no tf.train.Example")
