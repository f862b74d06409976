"""Reads pictures and folders of them."""

from __future__ import annotations

import struct
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from specc import limits
from specc.data.findings import bad_file, raise_some, read_for, reason
from specc.data.raw import Array, Raw
from specc.diagnostics import Diagnostic, SpecError
from specc.diagnostics.codes import TOO_MUCH_MEMORY
from specc.source import Source, Span, whole_file

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff")
_LEFT_BY_SYSTEMS = {"thumbs.db", "desktop.ini"}


def read_folder(root: Path, name: str, size: tuple[int, int], channels: int, place: Span) -> Raw:
    """The pictures below ``root`` as ``image`` float32 ``[examples, height, width, channels]`` and ``label``.

    Classes are the folders in alphabetical order; so are the pictures of a class.

    Raises:
        SpecError: with each class without pictures, and what isn't where it belongs. Pictures that can't be read are
            told in `Raw.bad`.
    """
    classes = _visible(root, folders=True)
    raise_some(_misplaced(root, classes, place))
    files = [(file, number) for number, folder in enumerate(classes) for file in _visible(folder)]
    _require_memory(4 * len(files) * size[0] * size[1] * channels, root, place)
    pixels = np.zeros((len(files), *size, channels), dtype=np.float32)
    bad: dict[int, SpecError] = {}
    for row, (file, _) in enumerate(files):
        try:
            pixels[row] = read_picture(file, size, channels, place)
        except SpecError as error:
            bad[row] = error
    labels = np.array([number for _, number in files], dtype=np.int32)
    names = tuple(folder.name for folder in classes)
    raw = Raw({"image": pixels, "label": labels}, Source(name, path=root), ("label",), {"label": names})
    return raw.without_unread(bad)


def read_picture(path: Path, size: tuple[int, int] | None, channels: int, place: Span | None = None) -> Array:
    """A picture as float32 ``[height, width, channels]`` with values 0 to 255, resized to ``size`` if given.

    Raises:
        SpecError: it isn't a picture.
    """
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as picture:
                converted = picture.convert("L" if channels == 1 else "RGB")
        if size is not None:
            converted = converted.resize((size[1], size[0]), Image.Resampling.BILINEAR)
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError, struct.error) as error:
        why = "" if isinstance(error, Image.UnidentifiedImageError) else f": {reason(error)}"
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        why = f": {reason(error)}"
    else:
        array: Any = np.asarray(converted, dtype=np.float32)
        return array[..., np.newaxis] if channels == 1 else array
    raise SpecError(bad_file(f"`{path.name}` is no picture that can be read{why}", whole_file(path), place))


def _require_memory(needed: int, root: Path, place: Span) -> None:
    if needed > limits.MEMORY_BYTES:
        message = f"the pictures take {needed:,} bytes of memory, the limit is {limits.MEMORY_BYTES:,}"
        raise SpecError(
            Diagnostic(TOO_MUCH_MEMORY, message, whole_file(root), related=read_for(place), help=("lower `size`",))
        )


def _visible(folder: Path, *, folders: bool = False) -> list[Path]:
    found = [p for p in folder.iterdir() if not p.name.startswith(".") and p.name.lower() not in _LEFT_BY_SYSTEMS]
    return sorted(p for p in found if p.is_dir() or not folders)


def _misplaced(root: Path, classes: list[Path], place: Span) -> Iterator[Diagnostic]:
    """What doesn't fit the form of one folder of pictures per class."""
    if not classes:
        yield bad_file("there are no classes here: each class is a folder of pictures", whole_file(root), place)
    for file in _visible(root):
        if file.suffix.lower() in SUFFIXES and file.is_file():
            yield bad_file(f"`{file.name}` is in no class: move it into a class's folder", whole_file(file), place)
    for folder in classes:
        files = _visible(folder)
        if not files:
            yield bad_file(f"the class `{folder.name}` has no pictures", whole_file(folder), place)
        for file in files:
            if not file.resolve().is_relative_to(root):
                yield bad_file(f"`{file.name}` leads out of the folder of the pictures", whole_file(file), place)
            elif not file.is_file() or file.suffix.lower() not in SUFFIXES:
                yield bad_file(f"`{file.name}` is no picture", whole_file(file), place)
