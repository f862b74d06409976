"""Reads the sources that a spec can name."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from specc.catalogue.declare import Declaration
from specc.catalogue.objects.data import CSV, NPZ, Images, Sklearn
from specc.data.raw import Raw, inside, numbers_or_text
from specc.diagnostics import Diagnostic, Related, Report, SpecError
from specc.diagnostics.codes import BAD_CELL, BAD_DATA_FILE
from specc.source import Source, Span, whole_file
from specc.syntax.read import decode

_MOST_FINDINGS = 20
_PICTURES = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff"}


def read_source(source: Declaration, folder: Path, place: Span) -> Raw:
    """The columns that a source holds; ``folder`` is where its paths start, ``place`` where the spec names it.

    Raises:
        SpecError: it can't be found or read.
    """
    return _READERS[type(source)](source, folder, place)


def _sklearn(source: Sklearn, folder: Path, place: Span) -> Raw:
    from sklearn import datasets

    bunch: Any = getattr(datasets, f"load_{source.name}")()
    file = Source(f"scikit-learn's {source.name}")
    if source.name == "digits":
        images = bunch.images.astype(np.float32)[..., np.newaxis]
        names = tuple(str(n) for n in bunch.target_names)
        return Raw({"image": images, "digit": bunch.target}, file, ("digit",), {"digit": names})
    columns: dict[str, Any] = {str(n): bunch.data[:, i] for i, n in enumerate(bunch.feature_names)}
    if source.name == "linnerud":
        targets = {str(n): bunch.target[:, i] for i, n in enumerate(bunch.target_names)}
        return Raw({**columns, **targets}, file, tuple(targets))
    name = {"iris": "species", "wine": "cultivar", "breast_cancer": "diagnosis", "diabetes": "progression"}[source.name]
    classes = {} if source.name == "diabetes" else {name: tuple(str(n) for n in bunch.target_names)}
    return Raw({**columns, name: bunch.target}, file, (name,), classes)


# ── CSV ──────────────────────────────────────────────────────────────────────────────────────────


def _csv(source: CSV, folder: Path, place: Span) -> Raw:
    return read_csv(inside(folder, source.path, place), str(Path(source.path)), place)


def read_csv(path: Path, name: str, place: Span | None = None) -> Raw:
    """The columns of a CSV file with a header row.

    Raises:
        SpecError: wrong encoding, header, or number of cells; with the file's line.
    """
    try:
        file = decode(path.read_bytes(), name, path, max_bytes=1 << 34)
    except SpecError as error:
        raise SpecError(*(_bad_file(d.message, d.span, place) for d in error.diagnostics)) from None
    reader = csv.reader(io.StringIO(file.text, newline=""), strict=True)
    rows: list[list[str]] = []
    lines: list[int] = []
    try:
        for row in reader:
            if row:
                rows.append(row)
                lines.append(reader.line_num)
    except csv.Error as error:
        raise SpecError(
            _bad_file(f"this is not CSV: {error}", file.line_span(max(reader.line_num, 1)), place)
        ) from None
    if len(rows) < 2:
        raise SpecError(_bad_file("the table has a header row and at least one row of values", Span(file), place))
    header = tuple(cell.strip() for cell in rows[0])
    _check_header(header, file, place)
    _check_lengths(rows, lines, header, file, place)
    cells = list(zip(*rows[1:], strict=True))
    columns = {n: numbers_or_text(list(c)) for n, c in zip(header, cells, strict=True)}
    return Raw(columns, file, lines=lines[1:], header=header)


def _check_header(header: tuple[str, ...], file: Source, place: Span | None) -> None:
    twice = sorted({n for n in header if header.count(n) > 1})
    if twice or "" in header:
        message = f"two columns are called `{twice[0]}`" if twice and twice[0] else "a column has no name"
        raise SpecError(_bad_file(message, file.line_span(1), place))


def _check_lengths(
    rows: list[list[str]], lines: list[int], header: tuple[str, ...], file: Source, place: Span | None
) -> None:
    report = Report()
    for row, line in zip(rows, lines, strict=True):
        if len(row) != len(header) and len(report) < _MOST_FINDINGS:
            message = f"{len(row)} cells in a table of {len(header)} columns"
            related = (Related(place, "read for this"),) if place else ()
            report.add(Diagnostic(BAD_CELL, message, file.line_span(line), related=related))
    report.raise_if_errors()


def _bad_file(message: str, span: Span, place: Span | None) -> Diagnostic:
    related = (Related(place, "read for this"),) if place else ()
    return Diagnostic(BAD_DATA_FILE, message, span, related=related)


# ── Arrays and pictures ──────────────────────────────────────────────────────────────────────────


def _npz(source: NPZ, folder: Path, place: Span) -> Raw:
    path = inside(folder, source.path, place)
    arrays = read_arrays(path, place)
    lengths = {n: len(a) if a.ndim else 0 for n, a in arrays.items()}
    if len(set(lengths.values())) != 1:
        listed = ", ".join(f"{n} {k}" for n, k in lengths.items())
        raise SpecError(_bad_file(f"the arrays have unequal numbers of examples: {listed}", whole_file(path), place))
    return Raw(arrays, Source(source.path, path=path))


def read_arrays(path: Path, place: Span | None = None) -> dict[str, Any]:
    """The arrays of an ``.npz`` or ``.npy`` file by name; pickled objects are refused.

    Raises:
        SpecError: it isn't such a file.
    """
    try:
        loaded = np.load(path, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            return {"": loaded}
        with loaded:
            return {name: loaded[name] for name in loaded.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise SpecError(_bad_file(f"this is no file of NumPy arrays: {reason}", whole_file(path), place)) from None


def _images(source: Images, folder: Path, place: Span) -> Raw:
    root = inside(folder, source.path, place, directory=True)
    classes = sorted(p.name for p in root.iterdir() if p.is_dir() and not p.name.startswith("."))
    files = [
        (f, i) for i, c in enumerate(classes) for f in sorted((root / c).iterdir()) if f.suffix.lower() in _PICTURES
    ]
    if not files:
        raise SpecError(_bad_file("there are no pictures: each class is a folder of pictures", whole_file(root), place))
    report = Report()
    pixels: list[Any] = []
    for file, _ in files:
        try:
            pixels.append(read_picture(file, source.size, int(str(source.channels)), place))
        except SpecError as error:
            report.add(*error.diagnostics)
            if len(report) >= _MOST_FINDINGS:
                break
    report.raise_if_errors()
    labels = np.array([i for _, i in files])
    return Raw(
        {"image": np.stack(pixels), "label": labels},
        Source(source.path, path=root),
        ("label",),
        {"label": tuple(classes)},
    )


def read_picture(path: Path, size: tuple[Any, ...] | None, channels: int, place: Span | None = None) -> Any:
    """A picture as float32 ``[height, width, channels]`` with values 0 to 255, resized to ``size`` if given.

    Raises:
        SpecError: it isn't a picture.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as picture:
            converted = picture.convert("L" if channels == 1 else "RGB")
            if size is not None:
                converted = converted.resize((int(size[1]), int(size[0])), Image.Resampling.BILINEAR)
            array = np.asarray(converted, dtype=np.float32)
    except (OSError, UnidentifiedImageError, ValueError, Image.DecompressionBombError) as error:
        reason = str(error).splitlines()[0]
        raise SpecError(_bad_file(f"`{path.name}` is no picture: {reason}", whole_file(path), place)) from None
    return array[..., np.newaxis] if channels == 1 else array


_READERS: dict[type[Declaration], Callable[..., Raw]] = {Sklearn: _sklearn, CSV: _csv, NPZ: _npz, Images: _images}
