"""Reads the sources that a spec can name."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import numpy as np

from specc.catalogue.declare import Declaration
from specc.catalogue.objects.data import CSV, NPY, NPZ, Given, Images, Parquet, Sklearn, TextLines, Texts, TFRecord
from specc.data.arrays import read_arrays
from specc.data.bundled import BUNDLED
from specc.data.facts import Facts, arrays_of
from specc.data.findings import bad_file
from specc.data.given import Examples, read_given
from specc.data.parquet import read_parquet
from specc.data.paths import inside
from specc.data.pictures import read_folder
from specc.data.raw import Array, Raw
from specc.data.table import read_csv
from specc.data.texts import read_text_folder, read_text_lines
from specc.data.tfrecord import read_records
from specc.diagnostics import SpecError
from specc.source import Source, Span, whole_file


def read_source(
    source: Declaration,
    folder: Path,
    place: Span,
    most: int | None = None,
    wanted: Callable[[Facts], Collection[str] | None] | None = None,
    given: tuple[str, Examples | None] = ("", None),
) -> Raw:
    """The columns that a source holds; ``folder`` is where its paths start, ``place`` where the spec names it.

    With ``most``, a sample of about so many examples. ``wanted`` says which columns are needed, where others can be
    left in the file. ``given`` is the name of the data, and the examples of `Given`.

    Raises:
        SpecError: it can't be found or read.
    """
    match source:
        case Sklearn():
            return _bundled(source.name)
        case CSV():
            return read_csv(inside(folder, source.path, place), source.path, place, source.na_values, most)
        case Given():
            return read_given(given[1], given[0], place).first(most)
        case TFRecord():
            files = [inside(folder, path, place) for path in source.paths]
            return read_records(files, source.paths, source.shapes or {}, place, most)
        case Parquet():
            return read_parquet(inside(folder, source.path, place), source.path, place, most, wanted)
        case NPZ():
            return _npz(source, folder, place).first(most)
        case NPY():
            return _npy(source, folder, place).first(most)
        case Texts():
            return read_text_folder(inside(folder, source.path, place, directory=True), source.path, place, most)
        case TextLines():
            files = source.paths if isinstance(source.paths, dict) else {"": source.paths}
            return read_text_lines({n: inside(folder, path, place) for n, path in files.items()}, files, place).first(
                most
            )
        case Images():
            root = inside(folder, source.path, place, directory=True)
            height, width = (int(str(s)) for s in source.size)
            return read_folder(root, source.path, (height, width), int(str(source.channels)), place, most)
        case _:
            raise TypeError(f"no reader for {type(source).__name__}")


def _bundled(name: str) -> Raw:
    """A data set of scikit-learn, under the names that it gives its columns."""
    from sklearn import datasets

    bunch: Any = getattr(datasets, f"load_{name}")()
    file = Source(f"scikit-learn's {name}")
    if name == "digits":
        images = bunch.images.astype(np.float32)[..., np.newaxis]
        names = tuple(str(n) for n in bunch.target_names)
        return Raw({"image": images, "digit": bunch.target}, file, ("digit",), {"digit": names})
    columns: dict[str, Array] = {str(n): bunch.data[:, i] for i, n in enumerate(bunch.feature_names)}
    if name == "linnerud":
        targets = {str(n): bunch.target[:, i] for i, n in enumerate(bunch.target_names)}
        return Raw({**columns, **targets}, file, tuple(targets))
    (target,) = BUNDLED[name].targets
    classes = {} if name == "diabetes" else {target: tuple(str(n) for n in bunch.target_names)}
    return Raw({**columns, target: bunch.target}, file, (target,), classes)


def _npy(source: NPY, folder: Path, place: Span) -> Raw:
    files = arrays_of(source.paths)
    arrays: dict[str, Array] = {}
    for name, given in files.items():
        path = inside(folder, given, place)
        found = read_arrays(path, place)
        if list(found) != [""]:
            message = "these are several arrays: read them with `NPZ`"
            raise SpecError(bad_file(message, whole_file(path), place))
        arrays[name] = found[""]
    first = next(iter(files.values()))
    return Raw(
        arrays, Source(first if len(files) == 1 else ", ".join(files.values()), path=folder / first), noun="array"
    )


def _npz(source: NPZ, folder: Path, place: Span) -> Raw:
    path = inside(folder, source.path, place)
    arrays = read_arrays(path, place)
    if not arrays or "" in arrays:
        message = "there are no arrays in it" if not arrays else "this is one array without a name: save it as `.npz`"
        raise SpecError(bad_file(message, whole_file(path), place))
    return Raw(arrays, Source(source.path, path=path), noun="array")
