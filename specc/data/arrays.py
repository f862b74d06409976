"""Reads files of NumPy arrays, never pickled objects."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from specc.data.findings import bad_file, reason
from specc.data.raw import Array
from specc.diagnostics import SpecError
from specc.source import Span, whole_file


def read_arrays(path: Path, place: Span | None = None) -> dict[str, Array]:
    """The arrays of an ``.npz`` file by name, or the one of an ``.npy`` file under the empty name.

    Numbers stay as they are, truth values become 0 and 1, texts become arrays of dtype object.

    Raises:
        SpecError: it isn't such a file, or holds something else.
    """
    return {name: _plain(name, array, path, place) for name, array in _load(path, place).items()}


def _load(path: Path, place: Span | None) -> dict[str, Any]:
    try:
        loaded: Any = np.load(path, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            return {"": loaded}
        with loaded:
            return {name: loaded[name] for name in loaded.files}
    except (OSError, ValueError, EOFError, KeyError, MemoryError, OverflowError, NotImplementedError) as error:
        why = reason(error)
    except (zipfile.BadZipFile, zlib.error, SyntaxError, RuntimeError) as error:
        why = reason(error)
    raise SpecError(bad_file(f"this is no file of NumPy arrays: {why}", whole_file(path), place))


def _plain(name: str, array: Any, path: Path, place: Span | None) -> Array:
    if isinstance(array, np.ndarray):
        kind = array.dtype.kind
        if kind in "iuf":
            return array
        if kind == "b":
            return array.astype(np.uint8)
        if kind == "U" and array.ndim == 1:
            return array.astype(object)
    found = f"{array.dtype}" if isinstance(array, np.ndarray) else "no array"
    message = f"`{name}` is {found}, arrays hold numbers or a list of texts" if name else f"the array is {found}"
    raise SpecError(bad_file(message, whole_file(path), place))
