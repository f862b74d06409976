"""Numbers and texts as arrays of the dtypes that models take."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from specc.data.dialect import read_number
from specc.data.raw import Array
from specc.data.stored import Values, by_rows
from specc.program.types import INTEGERS


def array_dtype(dtype: str) -> str:
    """The NumPy dtype for a tensor of ``dtype``; NumPy has no bfloat16, which TensorFlow makes from float32."""
    return "float32" if dtype == "bfloat16" else dtype


def encode_texts(texts: Iterable[str], length: int | None = None) -> Array:
    """Texts as their UTF-8 bytes plus 1, int32 ``[texts, length]``, padded with 0; by default to the longest."""
    encoded = [t.encode() for t in texts]
    width = max(map(len, encoded), default=0) or 1 if length is None else length
    result = np.zeros((len(encoded), width), dtype=np.int32)
    for row, data in zip(result, encoded, strict=True):
        row[: len(data)] = np.frombuffer(data, dtype=np.uint8).astype(np.int32) + 1
    return result


def byte_length(texts: Iterable[str]) -> int:
    """The longest text's number of UTF-8 bytes, at least 1."""
    return max((len(t.encode()) for t in texts), default=0) or 1


def unfit(values: Values, dtype: str) -> Array:
    """For each example whether it holds something that ``dtype`` can't hold: a text, NaN, a fraction, too much."""
    if values.dtype.kind in "iu" and dtype != "bool" and _holds(dtype, values.dtype):
        return np.zeros(len(values), dtype=bool)
    return by_rows(values, lambda array: _unfit(array, dtype))


def _holds(dtype: str, given: np.dtype[Any]) -> bool:
    """Whether all integers of a dtype are within the limits of another one."""
    if dtype in INTEGERS:
        return np.can_cast(given, dtype, "safe")
    return float(np.iinfo(given).max) <= float(np.finfo(array_dtype(dtype)).max)


def _unfit(array: Array, dtype: str) -> Array:
    if array.dtype == object:
        return np.array([not _finite(str(v)) for v in array], dtype=bool)
    wrong: Any = ~np.isfinite(array)
    with np.errstate(invalid="ignore"):
        if dtype == "bool":
            wrong |= (array != 0) & (array != 1)
        elif dtype in INTEGERS:
            limits = np.iinfo(dtype)
            wrong |= (array < limits.min) | (array > limits.max)
            wrong |= array != np.floor(array)
        else:
            wrong |= np.abs(array.astype(np.float64)) > float(np.finfo(array_dtype(dtype)).max)
    return wrong.reshape(len(array), -1).any(axis=1)


def why_unfit(value: Any, dtype: str) -> str:
    """What is wrong about a value that `unfit` found."""
    if getattr(value, "ndim", 0):
        return f"there is a value that is no finite {dtype}"
    text = str(value).strip()
    number = read_number(text)
    if not text or text == "nan":
        return "a number is missing here"
    if number is None:
        return f"`{shorten(text)}` is no number"
    return f"`{shorten(text)}` is no finite number" if not np.isfinite(number) else f"`{shorten(text)}` is no {dtype}"


def shorten(text: str, most: int = 40) -> str:
    """A text that fits into a message."""
    shown = "".join(c if c.isprintable() else "?" for c in text)
    return shown if len(shown) <= most else f"{shown[:most]}…"


def _finite(text: str) -> bool:
    number = read_number(text)
    return number is not None and bool(np.isfinite(number))
