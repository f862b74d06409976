"""Reads texts: a file for each in a folder per class, or a line for each in a file per class."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

import numpy as np

from specc.data.findings import bad_file, reason
from specc.data.folders import class_folders
from specc.data.raw import Array, Raw, spans
from specc.data.store import ColumnStore
from specc.data.stored import Rows, Stored, Values
from specc.diagnostics import SpecError
from specc.source import Source, Span, whole_file

SUFFIX: Final = ".txt"


def read_text_folder(
    root: Path,
    name: str,
    place: Span,
    most: int | None = None,
    *,
    stays_on_disk: Callable[[int], bool] = lambda _: False,
) -> Raw:
    """The files below ``root`` as ``text``, and their folders in alphabetical order as the classes ``label``.

    Raises:
        SpecError: with each class without texts, and what isn't where it belongs. Files that are no UTF-8 are told in
            `Raw.bad`.
    """
    classes, files, cut = class_folders(root, "text", (SUFFIX,), place, most)
    paths = [file for file, _ in files]
    sizes = [path.stat().st_size for path in paths]
    if stays_on_disk(_COPIES * sum(sizes)):
        texts, bad = _stored_texts(paths, place, sum(sizes))
    else:
        found = [_text(path, place) for path in paths]
        bad = {row: error for row, (_, error) in enumerate(found) if error is not None}
        texts = np.array([text for text, _ in found], dtype=object)
    labels = np.array([number for _, number in files], dtype=np.int32)
    columns: dict[str, Values] = {"text": texts, "label": labels}
    names = tuple(folder.name for folder in classes)
    origins = spans([whole_file(path) for path in paths])
    raw = Raw(columns, Source(name, path=root), ("label",), {"label": names}, origins=origins, cut=cut)
    return raw.without_unread(bad)


_COPIES: Final = 4
"""Bytes that a byte of a text takes in memory, about."""


def _text(path: Path, place: Span) -> tuple[str, SpecError | None]:
    """The text of a file, or what is wrong with it."""
    try:
        return path.read_bytes().decode("utf-8-sig"), None
    except (OSError, UnicodeDecodeError) as error:
        return "", SpecError(bad_file(_why(error, path.name), whole_file(path), place))


def _stored_texts(paths: list[Path], place: Span, total: int) -> tuple[Stored, dict[int, SpecError]]:
    """The texts of files that are read when they are needed, after each was tried once."""
    bad = {row: error for row, path in enumerate(paths) if (error := _text(path, place)[1]) is not None}

    def read(rows: Rows) -> Array:
        numbers = range(rows.start, rows.stop) if isinstance(rows, slice) else rows
        found = np.empty(len(numbers), dtype=object)
        for i, row in enumerate(numbers):
            found[i], error = _text(paths[row], place)
            if error is not None and row not in bad:
                raise error
        return found

    return Stored(read, len(paths), np.empty(0, dtype=object), 64 + total // max(1, len(paths))), bad


def read_text_lines(files: Mapping[str, Path], names: Mapping[str, str], place: Span) -> Raw:
    """The lines of files as ``text``, and what each file is called, in alphabetical order, as the classes ``label``.

    Empty lines are no examples. A lone file without a name has no classes.

    Args:
        files: by the name of their class.
        names: what messages call them.

    Raises:
        SpecError: a file can't be read. Lines that are no UTF-8 are told in `Raw.bad`.
    """
    texts: list[str] = []
    labels: list[int] = []
    origins: list[Span] = []
    bad: dict[int, SpecError] = {}
    classes = sorted(files)
    for label, called in enumerate(classes):
        path = files[called]
        try:
            data = path.read_bytes()
        except OSError as error:
            raise SpecError(bad_file(_why(error, names[called]), whole_file(path), place)) from None
        source = Source(names[called], data.decode("utf-8-sig", "replace"), path)
        for number, start, line in _lines(data):
            try:
                text = line.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError as error:
                text = "?"
                message = f"byte {start + error.start} (line {number}) is not UTF-8"
                bad[len(texts)] = SpecError(bad_file(message, source.line_span(number), place))
            if text.strip():
                texts.append(text)
                labels.append(label)
                origins.append(source.line_span(number))
    columns: dict[str, Values] = {"text": np.array(texts, dtype=object)}
    file = Source(", ".join(names[c] for c in classes), path=files[classes[0]])
    if classes == [""]:
        return Raw(columns, file, origins=spans(origins)).without_unread(bad)
    columns["label"] = np.array(labels, dtype=np.int32)
    raw = Raw(columns, file, ("label",), {"label": tuple(classes)}, origins=spans(origins))
    return raw.without_unread(bad)


def _lines(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """The lines with their numbers from 1, and the byte that each begins with."""
    start = 0
    for number, line in enumerate(data.split(b"\n"), 1):
        yield number, start, line.removesuffix(b"\r")
        start += len(line) + 1


def _why(error: OSError | UnicodeDecodeError, name: str) -> str:
    if isinstance(error, UnicodeDecodeError):
        line = error.object[: error.start].count(b"\n") + 1
        return f"byte {error.start} (line {line}) of `{name}` is not UTF-8"
    return f"`{name}` can't be read: {reason(error)}"


def read_long_text_lines(files: Mapping[str, Path], names: Mapping[str, str], place: Span) -> Raw:
    """The same lines as `read_text_lines` gives them, stored in a temporary file.

    Raises:
        SpecError: as there; or the disk is full.
    """
    classes = sorted(files)
    store, found = ColumnStore(place), list[str]()
    labels, starts, numbers = array("i"), array("q"), array("q")
    bad: dict[int, SpecError] = {}

    def flush() -> None:
        if found:
            store.add({"text": np.array(found, dtype=object)}, len(found))
            found.clear()

    for label, called in enumerate(classes):
        for number, start, line in _lines_of(files[called], names[called], place):
            text, error = _line(names[called], files[called], number, start, line, place)
            if error is not None:
                bad[len(labels)] = error
            if text.strip():
                found.append(text)
                labels.append(label)
                starts.append(start)
                numbers.append(number)
            if len(found) == _LINES:
                flush()
    flush()
    count = len(labels)

    def place_of(row: int) -> Span:
        called, number = classes[labels[row]], numbers[row]
        with files[called].open("rb") as file:
            file.seek(starts[row])
            text = file.readline().decode("utf-8-sig", "replace")
        return Source(names[called], text, files[called], number).line_span(number)

    def places(rows: Rows) -> Array:
        return spans([place_of(int(row)) for row in np.arange(count)[rows]])

    columns: dict[str, Values] = store.finished() or {"text": np.array([], dtype=object)}
    origins = Stored(places, count, np.empty(0, dtype=object), 1 << 10)
    file = Source(", ".join(names[c] for c in classes), path=files[classes[0]])
    if classes == [""]:
        return Raw(columns, file, origins=origins).without_unread(bad)
    columns["label"] = np.array(labels, dtype=np.int32)
    raw = Raw(columns, file, ("label",), {"label": tuple(classes)}, origins=origins)
    return raw.without_unread(bad)


_LINES: Final = 1 << 14


def _lines_of(path: Path, name: str, place: Span) -> Iterator[tuple[int, int, bytes]]:
    start = 0
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                yield number, start, line.removesuffix(b"\n").removesuffix(b"\r")
                start += len(line)
    except OSError as error:
        raise SpecError(bad_file(_why(error, name), whole_file(path), place)) from None


def _line(name: str, path: Path, number: int, start: int, line: bytes, place: Span) -> tuple[str, SpecError | None]:
    """The text of a line, or ``?`` and what is wrong with it."""
    try:
        return line.decode("utf-8-sig" if number == 1 else "utf-8"), None
    except UnicodeDecodeError as error:
        span = Source(name, line.decode("utf-8", "replace"), path, number).line_span(number)
        message = f"byte {start + error.start} (line {number}) is not UTF-8"
        return "?", SpecError(bad_file(message, span, place))
