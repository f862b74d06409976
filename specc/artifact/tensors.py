"""Tensors in files: weights as safetensors, inputs and outputs of checks as npz. Neither can hold code."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from safetensors import SafetensorError, deserialize

from specc.data.raw import Array

_DTYPES: Final = {
    "F64": "float64",
    "F32": "float32",
    "F16": "float16",
    "I64": "int64",
    "I32": "int32",
    "I16": "int16",
    "I8": "int8",
    "U64": "uint64",
    "U32": "uint32",
    "U16": "uint16",
    "U8": "uint8",
    "BOOL": "bool",
    "BF16": "bfloat16",
}


def save_weights(path: Path, weights: Mapping[str, Array]) -> None:
    """Write weights as safetensors.

    Raises:
        OSError: they can't be written.
    """
    from safetensors.numpy import save_file

    try:
        save_file(dict(weights), path)
    except SafetensorError as error:
        raise OSError(str(error)) from None


def parse_weights(data: bytes) -> dict[str, Array]:
    """The tensors of a safetensors file, by name.

    Raises:
        ValueError: it is none.
    """
    try:
        return {name: _array(info) for name, info in deserialize(data)}
    except SafetensorError as error:
        raise ValueError(str(error)) from None


def _array(info: dict[str, Any]) -> Array:
    name = _DTYPES.get(info["dtype"])
    if name is None:
        raise ValueError(f"a tensor has the dtype {info['dtype']}")
    return np.frombuffer(info["data"], _dtype(name)).reshape(info["shape"])


def _dtype(name: str) -> Any:
    if name == "bfloat16":
        import ml_dtypes  # comes with TensorFlow

        return ml_dtypes.bfloat16
    return np.dtype(name)


def save_arrays(path: Path, arrays: Mapping[str, Any]) -> None:
    """Write arrays by name as npz, without pickled objects: texts as NumPy's own, bfloat16 as float32."""
    # The mark keeps names apart from the parameters of `savez`.
    np.savez(path, allow_pickle=False, **{f"={name}": _plain(np.asarray(value)) for name, value in arrays.items()})


def load_arrays(path: Path) -> dict[str, Array]:
    """The arrays that `save_arrays` wrote."""
    with np.load(path, allow_pickle=False) as loaded:
        return {name.removeprefix("="): loaded[name] for name in loaded.files}


def _plain(array: Array) -> Array:
    if array.dtype == object:
        return array.astype(str)
    return array.astype(np.float32) if array.dtype.name == "bfloat16" else array
