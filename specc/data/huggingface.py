"""Reads data sets of Hugging Face from a folder, with the package ``datasets`` of the extra ``specc[huggingface]``.

The folder is one of ``save_to_disk``, or holds Parquet, Arrow, CSV or JSON files. Nothing is downloaded, and no code of
a data set is run: the package has known no scripts since version 4.
"""

from __future__ import annotations

import io
import re
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from specc.data.facts import Facts
from specc.data.findings import bad_file, raise_some, reason
from specc.data.given import Records
from specc.data.paths import inside, neighbours
from specc.data.pictures import read_pixels, resized
from specc.data.prepared import Feature, of_features
from specc.data.raw import Raw
from specc.data.store import scratch_folder
from specc.data.tfds import unreadable
from specc.diagnostics import Diagnostic, Related, SpecError, did_you_mean
from specc.diagnostics.codes import DATA_NOT_FOUND, MISSING_EXTRA
from specc.source import Source, Span, whole_file

_OLDEST: Final = 4
"""Versions before it run code that lies in a folder of data."""

_KINDS: Final = {".parquet": "parquet", ".arrow": "arrow", ".csv": "csv", ".json": "json", ".jsonl": "json"}

_TOGETHER: Final = 64
"""Examples that are read at a time."""


def read_huggingface(
    folder: Path,
    path: str,
    split: str,
    size: tuple[int, int] | None,
    channels: int,
    place: Span,
    *,
    most: int | None = None,
    wanted: Callable[[Facts], Collection[str] | None] | None = None,
    stays_on_disk: Callable[[int], bool] = lambda _: False,
) -> Raw:
    """The columns of a split. A lone column of classes is the target.

    Args:
        folder: where paths of the spec start.
        path: the folder of the data set, relative to it.
        size: height and width that pictures are resized to.
        channels: of pictures.
        most: the number of examples of a sample; all are read without one.

    Raises:
        SpecError: the package isn't installed; there is no such folder or split; a column that is wanted can't be read.
    """
    root = _folder(folder, path, place)
    datasets = _package(place)
    with tempfile.TemporaryDirectory(prefix="specc-", dir=scratch_folder()) as scratch:
        try:
            found = _loaded(datasets, root, path, split, scratch, place)
        except SpecError:
            raise
        except Exception as error:  # the package raises all kinds for what it can't read
            message = f"this is no data set that can be read: {reason(error)}"
            raise SpecError(bad_file(message, whole_file(root), place)) from None
        prepared = of_features(found.features.to_dict(), channels)
        known = Facts(path, prepared.columns(size), prepared.targets)
        names = None if wanted is None else wanted(known)
        kept = prepared.chosen(names)
        raise_some(unreadable(kept, root, place))
        sizes: set[tuple[int, int]] = set()
        records = _records(datasets, found.select_columns(list(kept)), kept, size, sizes, root, place)
        raw = Records(Source(path, path=root), place).read(records, stays_on_disk, most)
    said = [line for n, f in kept.items() if f.kind == "picture" and size for line in resized(sizes, size, n)]
    targets = tuple(n for n in prepared.targets if n in raw.columns)
    classes = {n: c for n, c in prepared.classes.items() if n in raw.columns}
    return replace(raw, targets=targets, classes=classes, said=[*raw.said, *said])


def _folder(folder: Path, path: str, place: Span) -> Path:
    """The folder of a data set.

    Raises:
        SpecError: there is none; what it takes to have one is said.
    """
    try:
        return inside(folder, path, place, directory=True)
    except SpecError as error:
        if any(d.code != DATA_NOT_FOUND for d in error.diagnostics) or path in neighbours(folder / path):
            raise
        known = neighbours((folder / path).resolve())
        name = path.rpartition("/")[2]
        message = f"there is no folder `{path}` beside the spec, and specc downloads nothing"
        way_out = f"python -c \"import datasets; datasets.load_dataset('{path}').save_to_disk('{path}')\""
        hint = f"save it once beside the spec: `pip install 'specc[huggingface]'`, then `{way_out}`"
        related = (Related(whole_file(folder / path), "looked for here"),)
        finding = Diagnostic(DATA_NOT_FOUND, message, place, related=related, help=(*did_you_mean(name, known), hint))
        raise SpecError(finding) from None


def _package(place: Span) -> Any:
    hint = "install it: `pip install 'specc[huggingface]'`"
    try:
        import datasets  # pyright: ignore
    except ImportError:
        message = "data sets of Hugging Face are read with the package datasets, which isn't installed"
        raise SpecError(Diagnostic(MISSING_EXTRA, message, place, help=(hint,))) from None
    version = str(datasets.__version__)
    if int(version.split(".")[0]) < _OLDEST:
        message = f"the package datasets {version} runs code of data sets; from {_OLDEST}.0 on it doesn't"
        raise SpecError(Diagnostic(MISSING_EXTRA, message, place, help=(hint,)))
    return datasets


def _loaded(datasets: Any, root: Path, path: str, split: str, scratch: str, place: Span) -> Any:
    """The split of a data set in a folder."""
    if (root / "dataset_dict.json").is_file():
        found = datasets.load_from_disk(str(root))
        if split not in found:
            raise SpecError(_no_split(path, split, found, place))
        return found[split]
    if (root / "state.json").is_file():
        return datasets.load_from_disk(str(root))
    known = (p for p in sorted(root.rglob("*")) if p.suffix in _KINDS and p.is_file())
    files = [p for p in known if p.resolve().is_relative_to(root)]
    kinds = {_KINDS[p.suffix] for p in files}
    if len(kinds) != 1:
        what = (
            f"files of several kinds are in it: {', '.join(sorted(kinds))}" if files else "no files of data are in it"
        )
        hint = "a folder of `save_to_disk`, or files .parquet, .arrow, .csv, .json or .jsonl of one kind are read"
        raise SpecError(bad_file(what, whole_file(root), place, (hint,)))
    parts = ("train", "validation", "test", split)
    named = {part: [p for p in files if _is_of(part, p.relative_to(root))] for part in parts}
    chosen = named[split] if any(named.values()) else files if split == "train" else []
    if not chosen:
        raise SpecError(_no_split(path, split, [part for part, some in named.items() if some] or ["train"], place))
    (kind,) = kinds
    datasets.disable_progress_bars()
    return datasets.load_dataset(kind, data_files=[str(p) for p in chosen], split="train", cache_dir=scratch)


def _is_of(split: str, path: Path) -> bool:
    """Whether a file, or a folder that it is in, is called as a split is: ``train-00000-of-00002.parquet``."""
    return any(re.search(rf"(^|[-_.]){re.escape(split)}([-_.]|$)", part) for part in path.parts)


def _no_split(path: str, split: str, known: Collection[str], place: Span) -> Diagnostic:
    hints = (*did_you_mean(split, known), f"splits are {', '.join(known)}")
    return Diagnostic(DATA_NOT_FOUND, f"`{path}` has no split `{split}`", place, help=hints)


def _records(
    datasets: Any,
    found: Any,
    features: Mapping[str, Feature],
    size: tuple[int, int] | None,
    sizes: set[tuple[int, int]],
    root: Path,
    place: Span,
) -> Iterator[Any]:
    for name, feature in features.items():
        if feature.kind == "picture":
            found = found.cast_column(name, datasets.Image(decode=False))
    number = 0
    for batch in found.with_format(None).iter(_TOGETHER):
        for row in range(len(next(iter(batch.values())))):
            try:
                yield {
                    n: _value(batch[n][row], f, size, sizes, f"`{n}` of example {number} (counted from 0)", root, place)
                    for n, f in features.items()
                }
            except SpecError as error:
                yield error
            number += 1


def _value(
    value: Any,
    feature: Feature,
    size: tuple[int, int] | None,
    sizes: set[tuple[int, int]],
    called: str,
    root: Path,
    place: Span,
) -> Any:
    """A value of a column; None where it is missing."""
    if value is None:
        return None
    match feature.kind:
        case "picture":
            channels = int((feature.shape or (3,))[-1] or 3)
            content = value.get("bytes")
            if content is not None:
                return read_pixels(io.BytesIO(content), size, channels, place, sizes, told=(called, whole_file(root)))
            path = Path(str(value.get("path") or "")).resolve()
            if not path.is_relative_to(root):
                raise SpecError(bad_file(f"{called} is in no file of the folder", whole_file(root), place))
            return read_pixels(path, size, channels, place, sizes)
        case "classes":
            return value if value >= 0 else None
        case "numbers" if feature.shape:
            return np.asarray(value)
        case _:
            return float(value) if feature.called.startswith("decimal") else value
