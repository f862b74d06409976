"""Files of weights, read as data: names, shapes and arrays, with nothing of Keras.

- ``.safetensors``: arrays by specc's names, as an artifact and ``specc import`` write them.
- ``.h5``: what Keras's ``save_weights`` writes and its applications publish. An attribute lists the layers in order,
  and one of each layer its arrays.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from specc.data.raw import Array
from specc.diagnostics import Diagnostic, SpecError
from specc.diagnostics.codes import BAD_WEIGHTS_FILE
from specc.source import Span

SUFFIXES: Final = (".safetensors", ".h5", ".hdf5")

_MOST_HEADER: Final = 100 << 20
"""Most bytes of a safetensors header, as its library has it."""


@dataclass(frozen=True)
class Header:
    """What a file says of its arrays: shapes by name, in the file's order.

    ``by_name`` is True where the names are those that specc gives.
    """

    shapes: Mapping[str, tuple[int, ...]]
    by_name: bool


def read_header(path: Path, place: Span) -> Header:
    """The names and shapes in a file of weights; no array is read.

    Raises:
        SpecError: it is no such file, or damaged.
    """
    if path.suffix == ".safetensors":
        return Header(_safetensors_header(path, place), by_name=True)
    with _opened(path, place) as file:
        return Header({name: tuple(array.shape) for name, array in _arrays(file, path, place)}, by_name=False)


def read_arrays(path: Path, place: Span) -> dict[str, Array]:
    """All arrays of a file of weights, by name, in its order.

    Raises:
        SpecError: it is no such file, or damaged.
    """
    if path.suffix == ".safetensors":
        from specc.artifact.tensors import parse_weights

        try:
            return parse_weights(path.read_bytes())
        except (OSError, ValueError) as error:
            raise SpecError(_damaged(path, place, str(error))) from None
    import numpy as np

    with _opened(path, place) as file:
        return {name: np.array(array) for name, array in _arrays(file, path, place)}


# ── safetensors ──────────────────────────────────────────────────────────────────────────────────


def _safetensors_header(path: Path, place: Span) -> dict[str, tuple[int, ...]]:
    """The header alone: its length, then JSON."""
    try:
        with path.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            if length > _MOST_HEADER:
                raise ValueError(f"its header claims {length:,} bytes")
            header = json.loads(file.read(length))
        return {name: tuple(map(int, info["shape"])) for name, info in header.items() if name != "__metadata__"}
    except (OSError, ValueError, struct.error, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise SpecError(_damaged(path, place, str(error) or type(error).__name__)) from None


# ── HDF5 ─────────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def _opened(path: Path, place: Span) -> Generator[Any]:
    import h5py

    try:
        with h5py.File(path, "r") as file:
            yield file
    except SpecError:
        raise
    except Exception as error:  # HDF5 raises all kinds for files that are damaged
        raise SpecError(_damaged(path, place, str(error).splitlines()[0])) from None


def _arrays(file: Any, path: Path, place: Span) -> Iterator[tuple[str, Any]]:
    """The arrays in the order of the layers and of each layer's attribute."""
    root = _inside(file, "model_weights", path, place) if "model_weights" in file else file
    if not {"layer_names", "layer_names0"} & set(root.attrs):
        hint = (
            "`specc import FILE` writes the weights of a `.keras` file as `.safetensors`",
            'in Keras, `model.save_weights("weights.h5")` writes a file with them',
        )
        message = f"`{path.name}` has no list of layers"
        raise SpecError(Diagnostic(BAD_WEIGHTS_FILE, message, place, help=hint))
    for layer in _texts(root.attrs, "layer_names"):
        group = _inside(root, layer, path, place)
        for name in _texts(group.attrs, "weight_names"):
            yield f"{layer}/{name}", _array(group, name, path, place)


def _texts(attributes: Any, name: str) -> list[str]:
    """A list of texts; Keras splits one that is too long into ``name0``, ``name1``, …"""
    parts = [attributes[name]] if name in attributes else []
    while f"{name}{len(parts)}" in attributes:
        parts.append(attributes[f"{name}{len(parts)}"])
    return [t.decode() if isinstance(t, bytes) else str(t) for part in parts for t in part]


def _inside(group: Any, name: str, path: Path, place: Span) -> Any:
    """What lies under a name in the file itself: links to other places are not followed."""
    import h5py

    here = group
    for part in name.split("/"):
        if not isinstance(here, h5py.Group) or not isinstance(here.get(part, getlink=True), h5py.HardLink):
            raise SpecError(_damaged(path, place, f"`{name}` is listed and doesn't lie in it"))
        here = here[part]
    return here


def _array(group: Any, name: str, path: Path, place: Span) -> Any:
    import h5py

    found = _inside(group, name, path, place)
    if not isinstance(found, h5py.Dataset) or found.is_virtual or found.external or found.dtype.kind not in "biuf":
        raise SpecError(_damaged(path, place, f"`{name}` is no array of numbers in it"))
    return found


def _damaged(path: Path, place: Span, reason: str) -> Diagnostic:
    return Diagnostic(BAD_WEIGHTS_FILE, f"`{path.name}` can't be read as weights: {reason}", place)
