"""Reads pictures and folders of them."""

from __future__ import annotations

import struct
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from specc import limits
from specc.data.findings import bad_file, read_for, reason
from specc.data.folders import class_folders
from specc.data.raw import Array, Raw
from specc.diagnostics import Diagnostic, SpecError
from specc.diagnostics.codes import TOO_MUCH_MEMORY
from specc.source import Source, Span, whole_file

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff")


def read_folder(
    root: Path, name: str, size: tuple[int, int], channels: int, place: Span, most: int | None = None
) -> Raw:
    """The pictures below ``root`` as ``image`` float32 ``[examples, height, width, channels]`` and ``label``.

    Classes are the folders in alphabetical order; so are the pictures of a class.

    Raises:
        SpecError: with each class without pictures, and what isn't where it belongs. Pictures that can't be read are
            told in `Raw.bad`.
    """
    classes, files, cut = class_folders(root, "picture", SUFFIXES, place, most)
    _require_memory(4 * len(files) * size[0] * size[1] * channels, root, place)
    pixels = np.zeros((len(files), *size, channels), dtype=np.float32)
    bad: dict[int, SpecError] = {}
    sizes: set[tuple[int, int]] = set()
    for row, (file, _) in enumerate(files):
        try:
            pixels[row] = read_picture(file, size, channels, place, sizes)
        except SpecError as error:
            bad[row] = error
    labels = np.array([number for _, number in files], dtype=np.int32)
    names = tuple(folder.name for folder in classes)
    columns = {"image": pixels, "label": labels}
    raw = Raw(columns, Source(name, path=root), ("label",), {"label": names}, cut=cut, said=_resized(sizes, size))
    return raw.without_unread(bad)


def _resized(sizes: set[tuple[int, int]], size: tuple[int, int]) -> list[str]:
    if not sizes - {size}:
        return []
    least, greatest = (f"{height}×{width}" for height, width in (min(sizes), max(sizes)))
    found = least if len(sizes) == 1 else f"{len(sizes)} sizes from {least} to {greatest}"
    return [f"`image`: pictures of {found} resized to {size[0]}×{size[1]} (height×width)"]


def read_picture(
    path: Path,
    size: tuple[int, int] | None,
    channels: int,
    place: Span | None = None,
    sizes: set[tuple[int, int]] | None = None,
) -> Array:
    """A picture as float32 ``[height, width, channels]`` with values 0 to 255, resized to ``size`` if given.

    The height and width that it had are added to ``sizes``.

    Raises:
        SpecError: it isn't a picture.
    """
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as picture:
                converted = picture.convert("L" if channels == 1 else "RGB")
        if sizes is not None:
            sizes.add((converted.height, converted.width))
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
