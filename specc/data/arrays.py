"""Reads files of NumPy arrays, never pickled objects."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from specc.data.findings import bad_file, reason
from specc.data.raw import Array
from specc.data.store import ArrayInFile, KeptFile, temporary_file, writing
from specc.data.stored import Stored, Values, mapped
from specc.diagnostics import SpecError
from specc.source import Span, whole_file


def read_arrays(path: Path, place: Span | None = None) -> dict[str, Array]:
    """The arrays of an ``.npz`` file by name, or the one of an ``.npy`` file under the empty name.

    Numbers stay as they are, truth values become 0 and 1, texts become arrays of dtype object.

    Raises:
        SpecError: it isn't such a file, or holds something else.
    """
    return {name: _plain(name, array, path, place) for name, array in _load(path, place).items()}


def stored_arrays(path: Path, place: Span) -> dict[str, Values]:
    """The same arrays, read as they are needed: from the file itself, or unpacked into a temporary one.

    Raises:
        SpecError: as `read_arrays`; or the disk is full.
    """
    with _reading(path, place):
        if not zipfile.is_zipfile(path):
            array = np.load(path, mmap_mode="r", allow_pickle=False)
            found = {"": _stored(array, KeptFile(path.open("rb"), path, place)) if array.ndim and array.size else array}
        else:
            with zipfile.ZipFile(path) as archive:
                found = {n.removesuffix(".npy"): _member(archive, n, path, place) for n in archive.namelist()}
    return {name: _plain(name, array, path, place) for name, array in found.items()}


def bytes_of_arrays(path: Path) -> int:
    """About how many bytes the arrays of a file have; 0 for one that can't be read."""
    try:
        if not zipfile.is_zipfile(path):
            return path.stat().st_size
        with zipfile.ZipFile(path) as archive:
            return sum(member.file_size for member in archive.infolist())
    except (OSError, zipfile.BadZipFile):
        return 0


def _stored(array: Any, file: KeptFile) -> Stored:
    """An array that NumPy has mapped, as one that holds no memory."""
    order = "F" if array.flags.f_contiguous and not array.flags.c_contiguous else "C"
    return file.stored(ArrayInFile(array.offset, array.dtype, array.shape, order))


def _member(archive: zipfile.ZipFile, name: str, path: Path, place: Span) -> Any:
    """An array of an archive. It is read once from beginning to end, which tests its checksum."""
    member, target = archive.getinfo(name), None
    with archive.open(member) as content:
        if content.read(6) != np.lib.format.MAGIC_PREFIX:
            return b""  # as NumPy gives what is no array
    with archive.open(member) as content:
        version = np.lib.format.read_magic(content)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, is_fortran, dtype = read(content)
        if dtype.hasobject:
            raise ValueError("Object arrays cannot be loaded when allow_pickle=False")
        begin, expected = content.tell(), int(np.prod(shape)) * dtype.itemsize
        is_packed = member.compress_type != zipfile.ZIP_STORED or not shape or not expected
        target = temporary_file(place) if is_packed else None
        count = 0
        while some := content.read(1 << 20):
            count += len(some)
            if target is not None:
                with writing(place):
                    target.write(some)
    if count < expected:
        raise ValueError(f"`{name}` ends after {count:,} of {expected:,} bytes")
    if not shape or not expected:
        with np.load(path, allow_pickle=False) as loaded:
            return loaded[name.removesuffix(".npy")]
    order = "F" if is_fortran and len(shape) > 1 else "C"
    if target is not None:
        with writing(place):
            target.flush()
        return KeptFile(target).stored(ArrayInFile(0, dtype, shape, order))
    with path.open("rb") as file:  # the sizes in the archive's directory needn't be those before the content
        file.seek(member.header_offset)
        head = file.read(30)
    begin += member.header_offset + 30 + int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little")
    return KeptFile(path.open("rb"), path, place).stored(ArrayInFile(begin, dtype, shape, order))


def _load(path: Path, place: Span | None) -> dict[str, Any]:
    with _reading(path, place):
        loaded: Any = np.load(path, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            return {"": loaded}
        with loaded:
            return {name: loaded[name] for name in loaded.files}


@contextmanager
def _reading(path: Path, place: Span | None) -> Generator[None]:
    try:
        yield
    except (OSError, ValueError, EOFError, KeyError, MemoryError, OverflowError, NotImplementedError) as error:
        why = reason(error)
    except (zipfile.BadZipFile, zlib.error, SyntaxError, RuntimeError) as error:
        why = reason(error)
    else:
        return
    raise SpecError(bad_file(f"this is no file of NumPy arrays: {why}", whole_file(path), place))


def _plain(name: str, array: Any, path: Path, place: Span | None) -> Any:
    if isinstance(array, np.ndarray | Stored):
        kind = array.dtype.kind
        if kind in "iuf":
            return array
        if kind == "b":
            return mapped(array, lambda some: some.astype(np.uint8))
        if kind == "U" and array.ndim == 1:
            return mapped(array, lambda some: some.astype(object))
    found = f"{array.dtype}" if isinstance(array, np.ndarray | Stored) else "no array"
    message = f"`{name}` is {found}, arrays hold numbers or a list of texts" if name else f"the array is {found}"
    raise SpecError(bad_file(message, whole_file(path), place))
