"""Reads the sources that a spec can name."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from specc.catalogue.declare import Declaration
from specc.catalogue.objects.data import (
    CSV,
    NPY,
    NPZ,
    TFDS,
    Given,
    HuggingFace,
    Images,
    Parquet,
    Sklearn,
    TextLines,
    Texts,
    TFRecord,
)
from specc.data import budget
from specc.data.arrays import bytes_of_arrays, read_arrays, stored_arrays
from specc.data.bundled import BUNDLED
from specc.data.dialect import Dialect
from specc.data.facts import Facts, arrays_of
from specc.data.findings import bad_file
from specc.data.given import Examples, read_given
from specc.data.huggingface import read_huggingface
from specc.data.long_table import read_long_csv
from specc.data.parquet import read_parquet
from specc.data.paths import inside
from specc.data.pictures import read_folder
from specc.data.raw import Array, Raw
from specc.data.stored import Stored, Values
from specc.data.table import read_csv
from specc.data.texts import read_long_text_lines, read_text_folder, read_text_lines
from specc.data.tfds import read_tfds
from specc.data.tfrecord import read_long_records, read_records
from specc.diagnostics import SpecError
from specc.program.program import bytes_text
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
    raw = _read(source, folder, place, most, wanted, given)
    if not raw.is_stored:
        return raw
    size = sum(v.nbytes for v in raw.columns.values() if isinstance(v, Stored))
    return replace(raw, said=[*raw.said, f"{bytes_text(size)} of `{raw.title}` stay on the disk, read as needed"])


def _read(
    source: Declaration,
    folder: Path,
    place: Span,
    most: int | None,
    wanted: Callable[[Facts], Collection[str] | None] | None,
    given: tuple[str, Examples | None],
) -> Raw:
    def stays_on_disk(needed: int) -> bool:
        return most is None and budget.stays_on_disk(source, needed)

    match source:
        case Sklearn():
            return _bundled(source.name)
        case CSV():
            path = inside(folder, source.path, place)
            if stays_on_disk(_COPIES_OF_A_TABLE * path.stat().st_size):
                return read_long_csv(path, source.path, place, Dialect.of(source), wanted)
            return read_csv(path, source.path, place, Dialect.of(source), most)
        case Given():
            return read_given(given[1], given[0], place, stays_on_disk=stays_on_disk).first(most)
        case TFRecord():
            files = [inside(folder, path, place) for path in source.paths]
            if stays_on_disk(_COPIES * sum(file.stat().st_size for file in files)):
                return read_long_records(files, source.paths, source.shapes or {}, place)
            return read_records(files, source.paths, source.shapes or {}, place, most)
        case Parquet():
            path = inside(folder, source.path, place)
            return read_parquet(path, source.path, place, most, wanted, stays_on_disk=stays_on_disk)
        case NPZ():
            return _npz(source, folder, place, stays_on_disk).first(most)
        case NPY():
            return _npy(source, folder, place, stays_on_disk).first(most)
        case Texts():
            root = inside(folder, source.path, place, directory=True)
            return read_text_folder(root, source.path, place, most, stays_on_disk=stays_on_disk)
        case TextLines():
            names = source.paths if isinstance(source.paths, dict) else {"": source.paths}
            texts = {name: inside(folder, path, place) for name, path in names.items()}
            if stays_on_disk(_COPIES * sum(file.stat().st_size for file in texts.values())):
                return read_long_text_lines(texts, names, place)
            return read_text_lines(texts, names, place).first(most)
        case Images():
            root = inside(folder, source.path, place, directory=True)
            height, width = (int(str(s)) for s in source.size)
            channels = int(str(source.channels))
            return read_folder(root, source.path, (height, width), channels, place, most, stays_on_disk=stays_on_disk)
        case TFDS():
            return read_tfds(
                folder,
                source.data_dir,
                source.name,
                source.split,
                _size(source.size),
                place,
                most=most,
                wanted=wanted,
                stays_on_disk=stays_on_disk,
            )
        case HuggingFace():
            return read_huggingface(
                folder,
                source.path,
                source.split,
                _size(source.size),
                int(str(source.channels)),
                place,
                most=most,
                wanted=wanted,
                stays_on_disk=stays_on_disk,
            )
        case _:
            raise TypeError(f"no reader for {type(source).__name__}")


def _size(given: Any) -> tuple[int, int] | None:
    return None if given is None else (int(str(given[0])), int(str(given[1])))


_COPIES: Final = 4
"""Bytes that a byte of a file takes in memory, about: as it is read, as it is fitted, as it is trained on."""

_COPIES_OF_A_TABLE: Final = 12
"""The same of a table of text, whose cells are kept as they were written."""


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


def _npy(source: NPY, folder: Path, place: Span, stays_on_disk: Callable[[int], bool]) -> Raw:
    files = arrays_of(source.paths)
    paths = {name: inside(folder, given, place) for name, given in files.items()}
    stored = stays_on_disk(_COPIES * sum(map(bytes_of_arrays, paths.values())))
    arrays: dict[str, Values] = {}
    for name, path in paths.items():
        found = stored_arrays(path, place) if stored else read_arrays(path, place)
        if list(found) != [""]:
            message = "these are several arrays: read them with `NPZ`"
            raise SpecError(bad_file(message, whole_file(path), place))
        arrays[name] = found[""]
    first = next(iter(files.values()))
    return Raw(
        arrays, Source(first if len(files) == 1 else ", ".join(files.values()), path=folder / first), noun="array"
    )


def _npz(source: NPZ, folder: Path, place: Span, stays_on_disk: Callable[[int], bool]) -> Raw:
    path = inside(folder, source.path, place)
    stored = stays_on_disk(_COPIES * bytes_of_arrays(path))
    arrays: Mapping[str, Values] = stored_arrays(path, place) if stored else read_arrays(path, place)
    if not arrays or "" in arrays:
        message = "there are no arrays in it" if not arrays else "this is one array without a name: save it as `.npz`"
        raise SpecError(bad_file(message, whole_file(path), place))
    return Raw(dict(arrays), Source(source.path, path=path), noun="array")
