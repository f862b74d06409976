"""What a source of data is known to hold before it is read: the columns, their shapes, how many classes they have.

Of a file only the header is looked at: the first line of a table, the names and shapes of arrays. Neither NumPy nor
scikit-learn is loaded for it; what their readers say of a file that is broken is left to them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final, Literal, TypeAlias

from specc.data.bundled import BUNDLED
from specc.data.dialect import Dialect
from specc.data.paths import inside, neighbours
from specc.diagnostics import SpecError, did_you_mean
from specc.diagnostics.codes import IMPORT_OUTSIDE
from specc.program.program import Program
from specc.source import Source, Span

_HEADER_BYTES: Final = 1 << 16
"""Most bytes of a file, or of an array in it, that are looked at."""

_MOST_ARRAYS: Final = 1000


@dataclass(frozen=True)
class Column:
    """A column: the shape of one example's value in it (None where unknown), and how many classes it is known to have.

    ``numbers`` is False for texts, and None where that shows in the values only.
    """

    shape: tuple[int, ...] | None = ()
    classes: int | None = None
    numbers: bool | None = True


Columns: TypeAlias = dict[str, Column]


@dataclass(frozen=True)
class Facts:
    """What is known of a source.

    Attributes:
        title: what messages call it.
        columns: all columns by name, None where they aren't known.
        targets: the columns that the source itself knows as targets.
        noun: what people call a column of it.
    """

    title: str
    columns: Columns | None = None
    targets: tuple[str, ...] = ()
    noun: Literal["column", "array"] = "column"
    header: Span | None = None
    """The row of a table that names its columns."""
    problems: SpecError | None = field(default=None, compare=False)
    """Why the file can't be read, where it isn't there."""

    def place(self, column: str) -> Span | None:
        """Where the file names a column, as far as that is known."""
        return self.header


def facts_of(program: Program, data: str) -> Facts:
    """What is known of the source of some data."""
    source: Any = program.data.values_of[data]["source"]
    match type(source).__name__:
        case "Sklearn":
            return _bundled(str(source.name))
        case "CSV":
            path, problems = _file(program, data, source.path)
            columns, header = _table(path, source.path, Dialect.of(source)) if path else (None, None)
            return Facts(source.path, columns, header=header, problems=problems)
        case "Parquet":
            path, problems = _file(program, data, source.path)
            return Facts(source.path, _schema(path) if path else None, problems=problems)
        case "NPZ":
            path, problems = _file(program, data, source.path)
            return Facts(source.path, _arrays(path) if path else None, noun="array", problems=problems)
        case "NPY":
            return _separate_arrays(program, data, arrays_of(source.paths))
        case "Texts":
            path, problems = _file(program, data, source.path, directory=True)
            columns = {"text": Column(numbers=False), "label": Column(classes=_folders(path) if path else None)}
            return Facts(source.path, columns, ("label",), problems=problems)
        case "TFRecord":
            found = [_file(program, data, path, argument="paths")[1] for path in source.paths]
            problems = next((p for p in found if p is not None), None)
            return Facts(", ".join(source.paths), noun="array", problems=problems)
        case "TextLines":
            return _lines(program, data, source.paths)
        case "Images":
            path, problems = _file(program, data, source.path, directory=True)
            shape = (*map(int, source.size), int(source.channels))
            columns = {"image": Column(shape), "label": Column(classes=_folders(path) if path else None)}
            return Facts(source.path, columns, ("label",), problems=problems)
        case "TFDS":
            return _tfds(program, data, source)
        case "HuggingFace":
            return _huggingface(program, data, source)
        case _:
            return Facts(str(data), noun="array")


def _bundled(name: str) -> Facts:
    known = BUNDLED[name]
    columns = {c: Column(known.shape) for c in known.inputs}
    columns |= {c: Column(classes=known.classes) for c in known.targets}
    return Facts(f"scikit-learn's {name}", columns, known.targets)


def arrays_of(paths: str | dict[str, str]) -> dict[str, str]:
    """The files of arrays by name; a lone one is called as its file."""
    return paths if isinstance(paths, dict) else {Path(paths).stem: paths}


def _separate_arrays(program: Program, data: str, files: dict[str, str]) -> Facts:
    columns: Columns = {}
    title = ", ".join(files.values())
    for name, given in files.items():
        path, problems = _file(program, data, given, argument="paths")
        if problems is not None:
            return Facts(title, noun="array", problems=problems)
        column = _array_file(path) if path is not None else None
        columns[name] = column or Column(shape=None, numbers=None)
    return Facts(title, columns, noun="array")


def _lines(program: Program, data: str, paths: str | dict[str, str]) -> Facts:
    files = paths if isinstance(paths, dict) else {"": paths}
    title = ", ".join(files.values())
    found = [_file(program, data, path, argument="paths")[1] for path in files.values()]
    columns = {"text": Column(numbers=False)}
    if isinstance(paths, dict):
        columns["label"] = Column(classes=len(paths))
    problems = next((p for p in found if p is not None), None)
    return Facts(title, columns, ("label",) if "label" in columns else (), problems=problems)


# ── Prepared data sets ───────────────────────────────────────────────────────────────────────────


def _tfds(program: Program, data: str, source: Any) -> Facts:
    from specc.data import prepared

    root, problems = _file(program, data, source.data_dir, directory=True, argument="data_dir")
    try:
        folder = prepared.tfds_folder(root, source.name) if root is not None else None
        found = prepared.tfds(folder) if folder is not None else None
    except _UNREADABLE:
        found = None
    return _prepared(source, source.name, found, problems)


def _huggingface(program: Program, data: str, source: Any) -> Facts:
    from specc.data import prepared

    folder, problems = _file(program, data, source.path, directory=True)
    try:
        found = prepared.huggingface(folder, source.split, int(source.channels)) if folder is not None else None
    except _UNREADABLE:
        found = None
    return _prepared(source, source.path, found, problems)


_UNREADABLE: Final = (OSError, ValueError, KeyError, TypeError, AttributeError)


def _prepared(source: Any, title: str, found: Any, problems: SpecError | None) -> Facts:
    if found is None:
        return Facts(title, problems=problems)
    size = None if source.size is None else (int(source.size[0]), int(source.size[1]))
    return Facts(title, found.columns(size), found.targets, problems=problems)


# ── Files ────────────────────────────────────────────────────────────────────────────────────────


def _file(
    program: Program, data: str, path: str, *, directory: bool = False, argument: str = "path"
) -> tuple[Path | None, SpecError | None]:
    """A file of data, if the spec is a file that data lie beside. The JSON form, as artifacts hold it, goes alone.

    A spec is shown, converted and served without its data as well: a file that isn't there is told only where the
    data seem to be at hand, so that its name is wrong.
    """
    source = program.source
    if source.path is None or source.name.endswith(".json") or source.text.lstrip()[:1] == "{":
        return None, None
    try:
        return inside(source.folder, path, program.place("data", data, argument), directory=directory), None
    except SpecError as error:
        outside = any(d.code == IMPORT_OUTSIDE for d in error.diagnostics)
        return None, error if outside or _data_are_at_hand(source.folder, path, directory=directory) else None


def _data_are_at_hand(folder: Path, path: str, *, directory: bool) -> bool:
    """Whether the folder that a file should be in holds others of its kind, or a folder one of a similar name."""
    wanted = folder / path
    names = neighbours(wanted)
    if directory:
        return bool(did_you_mean(wanted.name, names))
    return any(name.endswith(wanted.suffix) for name in names if wanted.suffix)


def _table(path: Path, name: str, dialect: Dialect) -> tuple[Columns | None, Span | None]:
    """The columns of a table by its header row, and that row; or those that the spec names."""
    import csv
    import io

    if dialect.columns:
        return {name: Column(numbers=None) for name in dialect.columns}, None
    try:
        with path.open("rb") as file:
            start = file.read(_HEADER_BYTES)
        whole = len(start) < _HEADER_BYTES
        text = (start if whole else start[: start.rfind(b"\n") + 1]).decode("utf-8-sig")
        rows = dialect.rows(io.StringIO(text, newline=""))
        names = [cell.strip() for cell in next((row for row in rows if row), [])]
    except (OSError, ValueError, csv.Error):
        return None, None
    if not names or "" in names or len(set(names)) < len(names):
        return None, None
    return {name: Column(numbers=None) for name in names}, Source(name, text, path).line_span(1)


def _schema(path: Path) -> Columns | None:
    """The columns of a Parquet file by its footer; here alone a library is loaded, where it is installed."""
    from specc.data.parquet import schema_of

    return schema_of(path)


def _arrays(path: Path) -> Columns | None:
    """The arrays of a file by the headers that stand before their values."""
    import zipfile
    import zlib

    found: Columns = {}
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.namelist()
            if len(members) > _MOST_ARRAYS or not all(m.endswith(".npy") for m in members):
                return None
            for member in members:
                with archive.open(member) as file:
                    column = _array(file)
                if column is None:
                    return None
                found[member.removesuffix(".npy")] = column
    except (OSError, ValueError, EOFError, KeyError, NotImplementedError, RuntimeError):
        return None
    except (zipfile.BadZipFile, zlib.error):
        return None
    return found or None


def _array_file(path: Path) -> Column | None:
    try:
        with path.open("rb") as file:
            return _array(file)
    except (OSError, ValueError):
        return None


_ARRAY: Final = re.compile(
    r"\{'descr': '[<>|=](?P<kind>[a-zA-Z])\d+', 'fortran_order': (?:True|False), 'shape': \((?P<shape>[\d, ]*)\), ?\}"
)
"""The header of an array without fields, as NumPy writes it."""


def _array(file: IO[bytes]) -> Column | None:
    """An array by its header, see https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html."""
    start = file.read(8)
    size = 2 if start[6:7] == b"\x01" else 4
    length = int.from_bytes(file.read(size), "little")
    if start[:6] != b"\x93NUMPY" or length > _HEADER_BYTES:
        return None
    header = _ARRAY.match(file.read(length).decode("latin-1"))
    if header is None or header["kind"] not in "iufbU":
        return None
    shape = tuple(int(size) for size in header["shape"].split(",") if size.strip())
    return Column(shape[1:] if shape else None, numbers=header["kind"] != "U")


def _folders(path: Path) -> int | None:
    """The number of folders in one, each of which is a class."""
    try:
        return sum(p.is_dir() and not p.name.startswith(".") for p in path.iterdir()) or None
    except OSError:
        return None
