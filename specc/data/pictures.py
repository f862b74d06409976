"""Reads pictures and folders of them."""

from __future__ import annotations

import os
import struct
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any, Final

import numpy as np

from specc import limits
from specc.data.findings import bad_file, read_for, reason
from specc.data.folders import class_folders
from specc.data.raw import Array, Raw
from specc.data.stored import Rows, Stored, Values
from specc.diagnostics import Diagnostic, SpecError
from specc.diagnostics.codes import TOO_MUCH_MEMORY
from specc.source import Source, Span, whole_file

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff")


def read_folder(
    root: Path,
    name: str,
    size: tuple[int, int],
    channels: int,
    place: Span,
    most: int | None = None,
    *,
    stays_on_disk: Callable[[int], bool] = lambda _: False,
) -> Raw:
    """The pictures below ``root`` as ``image`` float32 ``[examples, height, width, channels]`` and ``label``.

    Classes are the folders in alphabetical order; so are the pictures of a class.

    Args:
        stays_on_disk: says it of the bytes that they take in memory. Pictures that do are read whenever they are
            needed, uint8, after each was tried once.

    Raises:
        SpecError: with each class without pictures, and what isn't where it belongs. Pictures that can't be read are
            told in `Raw.bad`.
    """
    classes, files, cut = class_folders(root, "picture", SUFFIXES, place, most)
    needed = 4 * len(files) * size[0] * size[1] * channels
    paths = [file for file, _ in files]
    sizes: set[tuple[int, int]] = set()
    if stays_on_disk(3 * needed):
        pixels, bad = _Pictures(paths, size, channels, place).stored(sizes)
    else:
        _require_memory(needed, root, place)
        pixels, bad = _in_memory(paths, size, channels, place, sizes)
    labels = np.array([number for _, number in files], dtype=np.int32)
    names = tuple(folder.name for folder in classes)
    columns: dict[str, Values] = {"image": pixels, "label": labels}
    said = resized(sizes, size, "image")
    raw = Raw(columns, Source(name, path=root), ("label",), {"label": names}, cut=cut, said=said)
    return raw.without_unread(bad)


def _in_memory(
    paths: list[Path], size: tuple[int, int], channels: int, place: Span, sizes: set[tuple[int, int]]
) -> tuple[Array, dict[int, SpecError]]:
    pixels = np.zeros((len(paths), *size, channels), dtype=np.float32)
    bad: dict[int, SpecError] = {}
    for row, path in enumerate(paths):
        try:
            pixels[row] = read_picture(path, size, channels, place, sizes)
        except SpecError as error:
            bad[row] = error
    return pixels, bad


_THREADS: Final = min(8, os.cpu_count() or 1)
"""Pillow reads pictures in several threads at once."""


class _Pictures:
    """Files of pictures that are read when they are needed."""

    def __init__(self, paths: list[Path], size: tuple[int, int], channels: int, place: Span) -> None:
        self.paths, self.size, self.channels, self.place = paths, size, channels, place
        self.threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="pictures")

    def stored(self, sizes: set[tuple[int, int]]) -> tuple[Stored, dict[int, SpecError]]:
        """The pictures uint8 ``[examples, height, width, channels]``, and what is wrong with some."""

        def tried(path: Path) -> SpecError | None:
            try:
                read_pixels(path, self.size, self.channels, self.place, sizes)
            except SpecError as error:
                return error
            return None

        found = enumerate(self.threads.map(tried, self.paths))
        bad = {row: error for row, error in found if error is not None}
        return Stored(self._read, len(self.paths), np.empty((0, *self.size, self.channels), np.uint8)), bad

    def _read(self, rows: Rows) -> Array:
        paths = self.paths[rows] if isinstance(rows, slice) else [self.paths[row] for row in rows]
        pictures = self.threads.map(lambda p: read_pixels(p, self.size, self.channels, self.place), paths)
        return np.stack([np.empty((*self.size, self.channels), np.uint8), *pictures])[1:]


def resized(sizes: set[tuple[int, int]], size: tuple[int, int], column: str) -> list[str]:
    """The line that pictures of other sizes were resized, where there were some."""
    if not sizes - {size}:
        return []
    least, greatest = (f"{height}×{width}" for height, width in (min(sizes), max(sizes)))
    found = least if len(sizes) == 1 else f"{len(sizes)} sizes from {least} to {greatest}"
    return [f"`{column}`: pictures of {found} resized to {size[0]}×{size[1]} (height×width)"]


def read_picture(
    path: Path,
    size: tuple[int, int] | None,
    channels: int,
    place: Span | None = None,
    sizes: set[tuple[int, int]] | None = None,
) -> Array:
    """A picture as float32 ``[height, width, channels]`` with values 0 to 255, as `read_pixels` does it."""
    return read_pixels(path, size, channels, place, sizes).astype(np.float32)


def read_pixels(
    path: Path | IO[bytes],
    size: tuple[int, int] | None,
    channels: int,
    place: Span | None = None,
    sizes: set[tuple[int, int]] | None = None,
    *,
    told: tuple[str, Span] | None = None,
) -> Array:
    """A picture as uint8 ``[height, width, channels]``, resized to ``size`` if given.

    The height and width that it had are added to ``sizes``. ``told`` is what messages call one that is no file, and
    its place.

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
        array: Any = np.asarray(converted, dtype=np.uint8)
        return array[..., np.newaxis] if channels == 1 else array
    name, span = told or (f"`{Path(str(path)).name}`", whole_file(str(path)))
    raise SpecError(bad_file(f"{name} is no picture that can be read{why}", span, place))


def _require_memory(needed: int, root: Path, place: Span) -> None:
    if needed > limits.MEMORY_BYTES:
        message = f"the pictures take {needed:,} bytes of memory, the limit is {limits.MEMORY_BYTES:,}"
        raise SpecError(
            Diagnostic(TOO_MUCH_MEMORY, message, whole_file(root), related=read_for(place), help=("lower `size`",))
        )
