"""Folders with one folder per class, in which each file is an example."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

from specc.data.findings import bad_file, raise_some
from specc.diagnostics import Diagnostic
from specc.source import Span, whole_file

_LEFT_BY_SYSTEMS: Final = {"thumbs.db", "desktop.ini"}


def class_folders(
    root: Path, what: str, suffixes: Collection[str], place: Span, most: int | None
) -> tuple[list[Path], list[tuple[Path, int]], bool]:
    """The folders of the classes in alphabetical order, their files in the same, each with its class, and whether
    there are more of them.

    Args:
        what: what a file is, in one word.
        suffixes: what the names of such files end in.
        most: the number of files of a sample, from all over the folders; all of them without one.

    Raises:
        SpecError: with each class without files, and what isn't where it belongs.
    """
    classes = _visible(root, folders=True)
    raise_some(_misplaced(root, classes, what, suffixes, place))
    files = [(file, number) for number, folder in enumerate(classes) for file in _visible(folder)]
    if most is None or len(files) <= most:
        return classes, files, False
    return classes, [files[i * len(files) // most] for i in range(most)], True


def _visible(folder: Path, *, folders: bool = False) -> list[Path]:
    found = [p for p in folder.iterdir() if not p.name.startswith(".") and p.name.lower() not in _LEFT_BY_SYSTEMS]
    return sorted(p for p in found if p.is_dir() or not folders)


def _misplaced(
    root: Path, classes: list[Path], what: str, suffixes: Collection[str], place: Span
) -> Iterator[Diagnostic]:
    """What doesn't fit the form of one folder of files per class."""
    if not classes:
        yield bad_file(f"there are no classes here: each class is a folder of {what}s", whole_file(root), place)
    for file in _visible(root):
        if _is_one(file, suffixes) and not (what == "text" and file.stem.lower() in _ABOUT):
            yield bad_file(f"`{file.name}` is in no class: move it into a class's folder", whole_file(file), place)
    for folder in classes:
        files = _visible(folder)
        if not files:
            yield bad_file(f"the class `{folder.name}` has no {what}s", whole_file(folder), place)
        for file in files:
            if not file.resolve().is_relative_to(root):
                yield bad_file(f"`{file.name}` leads out of the folder of the {what}s", whole_file(file), place)
            elif not _is_one(file, suffixes):
                yield bad_file(f"`{file.name}` is no {what}", whole_file(file), place)


_ABOUT: Final = {"readme", "license", "licence", "copying"}
"""Names of texts that are about the data."""


def _is_one(file: Path, suffixes: Collection[str]) -> bool:
    return file.is_file() and file.suffix.lower() in suffixes
