"""Reads texts: a file for each in a folder per class, or a line for each in a file per class."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import numpy as np

from specc.data.findings import bad_file, reason
from specc.data.folders import class_folders
from specc.data.raw import Raw, spans
from specc.diagnostics import SpecError
from specc.source import Source, Span, whole_file

SUFFIX: Final = ".txt"


def read_text_folder(root: Path, name: str, place: Span, most: int | None = None) -> Raw:
    """The files below ``root`` as ``text``, and their folders in alphabetical order as the classes ``label``.

    Raises:
        SpecError: with each class without texts, and what isn't where it belongs. Files that are no UTF-8 are told in
            `Raw.bad`.
    """
    classes, files, cut = class_folders(root, "text", (SUFFIX,), place, most)
    texts: list[str] = []
    bad: dict[int, SpecError] = {}
    for row, (file, _) in enumerate(files):
        try:
            texts.append(file.read_bytes().decode("utf-8-sig"))
        except (OSError, UnicodeDecodeError) as error:
            texts.append("")
            bad[row] = SpecError(bad_file(_why(error, file.name), whole_file(file), place))
    labels = np.array([number for _, number in files], dtype=np.int32)
    columns = {"text": np.array(texts, dtype=object), "label": labels}
    names = tuple(folder.name for folder in classes)
    origins = spans([whole_file(file) for file, _ in files])
    raw = Raw(columns, Source(name, path=root), ("label",), {"label": names}, origins=origins, cut=cut)
    return raw.without_unread(bad)


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
    columns = {"text": np.array(texts, dtype=object)}
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
