"""The manifest of an artifact: what it is, and the size and SHA-256 of every file in it."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

FORMAT: Final = 1
"""Version of the artifact's form."""

MANIFEST: Final = "manifest.json"
SPEC: Final = "spec.json"
WEIGHTS: Final = "weights.safetensors"


def _below(path: str) -> str:
    """A path of plain names, below the artifact's folder on any system."""
    if "\\" in path or ":" in path or any(part in ("", ".", "..") for part in path.split("/")):
        raise ValueError("the path leads out of the artifact, or is not written plainly")
    return path


RelativePath = Annotated[str, AfterValidator(_below)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class FileRecord(_Record):
    """Size in bytes and SHA-256 of one file."""

    size: int = Field(ge=0)
    sha256: Sha256


class TensorRecord(_Record):
    """An input or output: dtype, and sizes of one example as texts (``"H"``, ``"28"``)."""

    dtype: str
    shape: tuple[str, ...]


class ExportRecord(_Record):
    """How an exported file agreed with the model when it was loaded in a process of its own.

    The differences are the largest over all outputs of ``examples`` real inputs.
    """

    path: RelativePath
    examples: int = Field(ge=1)
    largest_absolute_difference: float = Field(ge=0)
    largest_relative_difference: float = Field(ge=0)


class Manifest(_Record):
    """Everything about an artifact that isn't in its spec or its weights."""

    format: int = FORMAT
    target: str
    version: str
    hash: str
    inputs: dict[str, TensorRecord]
    outputs: dict[str, TensorRecord]
    parameters: int = Field(ge=0)
    metrics: dict[str, float | None] = {}
    """None where a metric was not a finite number."""
    classes: dict[str, tuple[str, ...]] = {}
    versions: dict[str, str] = {}
    plugins: dict[str, str] = {}
    """The plugins that the model needs, with their versions."""
    exports: dict[str, ExportRecord] = {}
    files: dict[RelativePath, FileRecord]
    sha256: str = ""
    """SHA-256 of the canonical manifest without this field."""

    def sealed(self) -> Manifest:
        """The manifest with its own hash."""
        return self.model_copy(update={"sha256": self.own_hash()})

    def own_hash(self) -> str:
        """The hash that the manifest must carry."""
        return hashlib.sha256(canonical(self._plain("sha256"))).hexdigest()

    def to_bytes(self) -> bytes:
        """The one way that the manifest is written."""
        return (json.dumps(self._plain(), indent=2, ensure_ascii=False) + "\n").encode()

    def _plain(self, *without: str) -> dict[str, Any]:
        """The fields as JSON has them; most artifacts need no plugin and say nothing of them."""
        return self.model_dump(mode="json", exclude={*without, *(() if self.plugins else ("plugins",))})


def finite(metrics: Mapping[str, float]) -> dict[str, float | None]:
    """Metrics as JSON can hold them."""
    return {name: float(value) if math.isfinite(value) else None for name, value in metrics.items()}


def canonical(value: Any) -> bytes:
    """JSON with sorted keys and no spaces."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def file_record(path: Path) -> FileRecord:
    """Size and hash of a file, read in pieces."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as stream:
        while piece := stream.read(1 << 20):
            digest.update(piece)
            size += len(piece)
    return FileRecord(size=size, sha256=digest.hexdigest())
