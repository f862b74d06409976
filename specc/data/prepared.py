"""What TFDS and Hugging Face wrote down of a data set that they prepared: features, splits, classes; JSON is read."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

from specc.data.facts import Column, Columns

Kind: TypeAlias = Literal["numbers", "text", "classes", "picture", "other"]

_MOST_BYTES: Final = 1 << 26


@dataclass(frozen=True)
class Feature:
    """A feature of each example.

    Attributes:
        shape: of one example's value; None where it is unknown, also an axis of it.
        classes: the names of its classes.
        called: what messages call its type.
    """

    kind: Kind
    shape: tuple[int | None, ...] | None = ()
    classes: tuple[str, ...] = ()
    called: str = ""

    def column(self, size: tuple[int, int] | None) -> Column:
        """What is known of it, where pictures are resized to a size."""
        shape = self.shape
        if self.kind == "picture":
            shape = None if shape is None else (*(size or shape[:2]), shape[-1])
        whole = None if shape is None or None in shape else tuple(n for n in shape if n is not None)
        return Column(whole, len(self.classes) or None, self.kind != "text" if self.kind != "other" else None)


Features: TypeAlias = dict[str, Feature]


@dataclass(frozen=True)
class Prepared:
    """A data set in a folder: its features, and the files of each split with the number of their examples."""

    features: Features
    targets: tuple[str, ...] = ()
    splits: dict[str, list[tuple[str, int]]] = field(default_factory=dict[str, list[tuple[str, int]]])

    def columns(self, size: tuple[int, int] | None) -> Columns:
        """What is known of the columns."""
        return {name: feature.column(size) for name, feature in self.features.items()}

    def chosen(self, names: Collection[str] | None) -> Features:
        """The features of some names; without any, all that can be read."""
        every = self.features.items()
        return {n: f for n, f in every if (f.kind != "other" if names is None else n in names)}

    @property
    def classes(self) -> dict[str, tuple[str, ...]]:
        """The names of classes, by feature."""
        return {name: feature.classes for name, feature in self.features.items() if feature.classes}


def _json(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        data = file.read(_MOST_BYTES + 1)
    if len(data) > _MOST_BYTES:
        raise ValueError(f"`{path.name}` is larger than {_MOST_BYTES:,} bytes")
    found: Any = json.loads(data)
    if not isinstance(found, dict):
        raise ValueError(f"`{path.name}` is no record")
    return found


# ── TFDS ─────────────────────────────────────────────────────────────────────────────────────────


def tfds_folder(root: Path, name: str) -> Path | None:
    """The folder of a data set, ``name``, ``name/config`` or either with ``:1.0.0``, that was prepared; None without.

    Without a version it is that of the newest one.
    """
    path, _, version = name.partition(":")
    if any(part in ("", ".", "..") for part in (*path.split("/"), *version.split("/")[1:])):
        return None
    folder = root.joinpath(*path.split("/"))
    if version:
        return folder / version if (folder / version / "features.json").is_file() else None
    found = [p.parent for p in folder.glob("*/features.json")]
    return max(found, key=lambda p: _version(p.name), default=None)


def _version(name: str) -> tuple[int, ...]:
    return tuple(int(part) if part.isdigit() else -1 for part in name.split("."))


def tfds(folder: Path) -> Prepared:
    """What TFDS says of a data set that it prepared.

    Raises:
        ValueError, KeyError, TypeError, OSError: its files can't be read.
    """
    info = _json(folder / "dataset_info.json")
    if info.get("fileFormat", "tfrecord") != "tfrecord":
        raise ValueError(f"its examples are in files of the kind {info['fileFormat']}, TFRecord files are read")
    features = dict(_tfds_features(_json(folder / "features.json"), folder, ""))
    pair = [item.get("featureKey", "") for item in info.get("supervisedKeys", {}).get("tuple", {}).get("items", [])]
    splits = {str(s["name"]): list(_shards(str(info["name"]), s)) for s in info["splits"]}
    return Prepared(features, tuple(n for n in pair[1:2] if n in features), splits)


def _shards(name: str, split: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    lengths = [int(n) for n in split["shardLengths"]]
    template = str(split.get("filepathTemplate", "{DATASET}-{SPLIT}.{FILEFORMAT}-{SHARD_X_OF_Y}"))
    for number, length in enumerate(lengths):
        parts = {
            "DATASET": name,
            "SPLIT": str(split["name"]),
            "FILEFORMAT": "tfrecord",
            "SHARD_INDEX": f"{number:05}",
            "NUM_SHARDS": f"{len(lengths):05}",
            "SHARD_X_OF_Y": f"{number:05}-of-{len(lengths):05}",
        }
        file = template
        for key, value in parts.items():
            file = file.replace(f"{{{key}}}", value)
        yield file, length


def _tfds_features(record: Mapping[str, Any], folder: Path, prefix: str) -> Iterator[tuple[str, Feature]]:
    for key, feature in record["featuresDict"]["features"].items():
        name = f"{prefix}{key}"
        if "featuresDict" in feature:
            yield from _tfds_features(feature, folder, f"{name}/")
        else:
            yield name, _tfds_feature(feature, folder / f"{name.replace('/', '-')}.labels.txt")


def _tfds_feature(feature: Mapping[str, Any], labels: Path) -> Feature:
    called = str(feature.get("pythonClassName", "")).rpartition(".")[2]
    if "classLabel" in feature:
        count = int(feature["classLabel"].get("numClasses", 0))
        names = labels.read_text(encoding="utf-8").splitlines() if labels.is_file() else map(str, range(count))
        return Feature("classes", (), tuple(names), called)
    if "text" in feature:
        return Feature("text", (), (), called)
    if "image" in feature:
        shape = _dimensions(feature["image"])
        plain = feature["image"].get("dtype") == "uint8" and len(shape) == 3 and shape[-1] in (1, 3)
        return Feature("picture" if plain else "other", shape, (), called)
    if "tensor" in feature:
        tensor = feature["tensor"]
        encoded = tensor.get("encoding", "none") != "none"
        kind: Kind = "other" if encoded else "text" if tensor["dtype"] in ("string", "object") else "numbers"
        called += f" in the encoding {tensor['encoding']}" if encoded else ""
        return Feature(kind, _dimensions(tensor), (), called)
    inner = feature.get("sequence", {}).get("feature", {})
    if "tensor" in inner and not _dimensions(inner["tensor"]) and inner["tensor"].get("encoding", "none") == "none":
        length = int(feature["sequence"].get("length", -1))
        kind = "other" if inner["tensor"]["dtype"] in ("string", "object") else "numbers"
        return Feature(kind, (length if length > 0 else None,), (), called)
    return Feature("other", None, (), called)


def _dimensions(feature: Mapping[str, Any]) -> tuple[int | None, ...]:
    sizes = (int(n) for n in feature.get("shape", {}).get("dimensions", ()))
    return tuple(n if n > 0 else None for n in sizes)


# ── Hugging Face ─────────────────────────────────────────────────────────────────────────────────


def huggingface(folder: Path, split: str, channels: int) -> Prepared | None:
    """What a folder of ``save_to_disk`` says of a split; None for a folder of another kind.

    Raises:
        ValueError, KeyError, TypeError, OSError: its files can't be read.
    """
    for path in (folder / "dataset_info.json", folder / split / "dataset_info.json"):
        if path.is_file() and (path.parent / "state.json").is_file():
            return of_features(_json(path)["features"], channels)
    return None


def of_features(record: Mapping[str, Any], channels: int) -> Prepared:
    """What features in the JSON form of Hugging Face say. A lone feature of classes is the target."""
    features = {str(name): _huggingface_feature(feature, channels) for name, feature in record.items()}
    labels = tuple(name for name, feature in features.items() if feature.kind == "classes")
    return Prepared(features, labels if len(labels) == 1 else ())


_NUMBERS: Final = ("int", "uint", "float", "bool", "decimal")


def _huggingface_feature(feature: Any, channels: int) -> Feature:
    if not isinstance(feature, dict):
        return Feature("other", None, (), "a list")
    called, dtype = str(feature.get("_type", "")), str(feature.get("dtype", ""))
    are_numbers = dtype.startswith(_NUMBERS)
    match called:
        case "ClassLabel":
            return Feature("classes", (), tuple(map(str, feature["names"])), called)
        case "Image":
            return Feature("picture", (None, None, channels), (), called)
        case "Value" if are_numbers or dtype in ("string", "large_string"):
            return Feature("numbers" if are_numbers else "text", (), (), dtype)
        case "Array2D" | "Array3D" | "Array4D" | "Array5D" if are_numbers:
            return Feature("numbers", tuple(feature["shape"]), (), called)
        case "List" | "LargeList" | "Sequence":
            inner = _huggingface_feature(feature.get("feature"), channels)
            length = int(feature.get("length", -1))
            if inner.kind == "numbers" and inner.shape is not None:
                return Feature("numbers", (length if length > 0 else None, *inner.shape), (), called)
        case _:
            pass
    return Feature("other", None, (), dtype or called or "a record")
