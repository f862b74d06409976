"""Reads data sets that TFDS has prepared: its own files, without TFDS and without TensorFlow.

TFDS writes TFRecord files of ``tf.train.Example``, with the features in ``features.json`` and the splits in
``dataset_info.json`` beside them, see https://www.tensorflow.org/datasets/external_tfrecord. So a data set that was
prepared once is a folder of plain files: nothing is downloaded, and no code of a data set is run.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from specc.data.facts import Facts
from specc.data.findings import bad_cell, bad_file, raise_some, reason
from specc.data.given import Records
from specc.data.paths import inside
from specc.data.pictures import read_pixels, resized
from specc.data.prepared import Feature, Prepared, tfds, tfds_folder
from specc.data.raw import Array, Raw
from specc.data.tfrecord import features_of, stream
from specc.diagnostics import Diagnostic, Related, SpecError, did_you_mean
from specc.diagnostics.codes import BAD_DATA_FILE, DATA_NOT_FOUND
from specc.source import Source, Span, whole_file


def read_tfds(
    folder: Path,
    data_dir: str,
    name: str,
    split: str,
    size: tuple[int, int] | None,
    place: Span,
    *,
    most: int | None = None,
    wanted: Callable[[Facts], Collection[str] | None] | None = None,
    stays_on_disk: Callable[[int], bool] = lambda _: False,
) -> Raw:
    """The features of a data set by name; those of features in features are joined by ``/``.

    Args:
        folder: where paths of the spec start.
        data_dir: the folder that data sets were prepared in, relative to it.
        name: of the data set, with its configuration and version where they are said.
        split: one, or several with ``+`` between them.
        size: height and width that pictures are resized to.
        most: the number of examples of a sample; all are read without one.

    Raises:
        SpecError: it isn't prepared there; a split or file is missing; a feature that is wanted can't be read.
    """
    root = inside(folder, data_dir, place, directory=True)
    found = tfds_folder(root, name)
    if found is None or not found.resolve().is_relative_to(root):
        raise SpecError(_not_prepared(root, data_dir, name, place))
    try:
        prepared = tfds(found)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        message = f"this is no data set that TFDS prepared: {reason(error)}"
        raise SpecError(bad_file(message, whole_file(found), place)) from None
    known = Facts(name, prepared.columns(size), prepared.targets)
    names = None if wanted is None else wanted(known)
    kept = prepared.chosen(names)
    raise_some(unreadable(kept, found, place))
    raise_some(without_size(kept, size, place))
    sizes: set[tuple[int, int]] = set()
    records = _records(_files(prepared, split, found, name, place), kept, size, sizes, place)
    file = Source(name, path=found)
    raw = Records(file, place).read(records, stays_on_disk, most)
    said = [line for n, f in kept.items() if f.kind == "picture" and size for line in resized(sizes, size, n)]
    targets = tuple(n for n in prepared.targets if n in raw.columns)
    classes = {n: c for n, c in prepared.classes.items() if n in raw.columns}
    return replace(raw, targets=targets, classes=classes, said=[*raw.said, *said])


def _not_prepared(root: Path, data_dir: str, name: str, place: Span) -> Diagnostic:
    known = sorted(p.parent.parent.relative_to(root).as_posix() for p in root.glob("*/*/features.json"))
    listed = (f"in `{data_dir}` there are {', '.join(known[:6])}",) if known else ()
    return Diagnostic(
        DATA_NOT_FOUND,
        f"the data set `{name}` is not prepared in `{data_dir}`, and specc downloads nothing",
        place,
        related=(Related(whole_file(root), "looked for here"),),
        help=(
            *(did_you_mean(name, known) or listed),
            "prepare it once: `pip install 'specc[tfds]'`, then "
            f"`python -c \"import tensorflow_datasets as tfds; tfds.load('{name}', data_dir='{data_dir}')\"`",
        ),
    )


def unreadable(kept: Mapping[str, Feature], folder: Path, place: Span) -> Iterator[Diagnostic]:
    """A finding for each feature that feeds nothing of a model."""
    for name, feature in kept.items():
        if feature.kind == "other":
            what = "numbers and arrays of them, texts, classes and pictures are read"
            message = f"the feature `{name}` is {feature.called}: {what}"
            hint = "name the features that you want with `inputs` and `targets`"
            yield bad_file(message, whole_file(folder), place, (hint,))


def without_size(kept: Mapping[str, Feature], size: tuple[int, int] | None, place: Span) -> Iterator[Diagnostic]:
    """A finding for each feature of pictures whose sizes aren't known."""
    for name, feature in kept.items():
        if feature.kind == "picture" and size is None and None in (feature.shape or ()):
            message = f"the pictures `{name}` are of any size"
            hint = "say which one they are resized to: `size=[224, 224]`"
            yield Diagnostic(BAD_DATA_FILE, message, place, help=(hint,))


def _files(prepared: Prepared, split: str, folder: Path, name: str, place: Span) -> list[Path]:
    files: list[Path] = []
    for part in (p.strip() for p in split.split("+")):
        if part not in prepared.splits:
            message = f"`{name}` has no split `{part}`"
            known = f"splits are {', '.join(prepared.splits)}; several are joined with `+`"
            hints = (*did_you_mean(part, prepared.splits), known)
            raise SpecError(Diagnostic(DATA_NOT_FOUND, message, place, help=hints))
        files += [inside(folder, file, place) for file, count in prepared.splits[part] if count]
    return files


def _records(
    files: list[Path],
    features: Mapping[str, Feature],
    size: tuple[int, int] | None,
    sizes: set[tuple[int, int]],
    place: Span,
) -> Iterator[Any]:
    for path in files:
        span = Span(Source(path.name, path=path))
        for number, (at, data, sound) in enumerate(stream(path, path.name, place)):
            called = f"record {number} (counted from 0, at byte {at}) of `{path.name}`"
            try:
                if not sound:
                    raise ValueError("its checksum is wrong")
                found = features_of(data)
                yield {n: _value(found.get(n, ()), f, size, sizes, (called, span), place) for n, f in features.items()}
            except SpecError as error:
                yield error
            except (ValueError, IndexError, struct.error) as error:
                yield SpecError(bad_cell(f"{called} is damaged: {reason(error)}", span, place))


def _value(
    values: Any,
    feature: Feature,
    size: tuple[int, int] | None,
    sizes: set[tuple[int, int]],
    told: tuple[str, Span],
    place: Span,
) -> Any:
    """The value of a feature; None where it is missing."""
    if not len(values):
        return None
    match feature.kind:
        case "picture":
            shape = feature.shape or (None, None, 3)
            return read_pixels(io.BytesIO(values[0]), size, int(shape[-1] or 3), place, sizes, told=told)
        case "text":
            return values[0].decode("utf-8")
        case "classes":
            return int(values[0]) if values[0] >= 0 else None
        case _:
            found: Array = np.asarray(values)
            shape = tuple(-1 if n is None else n for n in feature.shape or ())
            return found.reshape(shape) if shape else found[0]
