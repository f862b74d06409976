"""Checkpoints: all state of a run in a folder, written whole or not at all, verified before it is believed.

A checkpoint is written beside its place, every file is brought to the disk, the manifest with the size and SHA-256 of
each comes last, and only then the folder gets its name. Older ones go only when a newer one is on the disk.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from specc.artifact.manifest import canonical, file_record
from specc.artifact.tensors import parse_weights, save_weights
from specc.artifact.write import sync
from specc.data.raw import Array

FORMAT: Final = 1
"""Version of a checkpoint's form."""

STATE: Final = "state.json"
WEIGHTS: Final = "weights.safetensors"
REST: Final = "state.safetensors"
PROGRAM: Final = "program.json"
MANIFEST: Final = "manifest.json"
_PARTIAL: Final = ".partial-"
_DAMAGED: Final = ".damaged"


@dataclass(frozen=True)
class State:
    """All state of a run.

    Attributes:
        record: where it stands, as plain JSON.
        program: the program that is trained, in its canonical JSON form.
        weights: the weights of the target by the names that an artifact gives them.
        rest: all other arrays by name.
    """

    record: dict[str, Any]
    program: bytes = b""
    weights: Mapping[str, Array] = field(default_factory=dict[str, Array])
    rest: Mapping[str, Array] = field(default_factory=dict[str, Array])


class Checkpoints:
    """The checkpoints in a folder, numbered from 1.

    Args:
        keep: how many of the newest are kept.
    """

    def __init__(self, folder: Path, keep: int = 2) -> None:
        self.folder, self.keep = folder, keep

    def save(self, state: State) -> Path:
        """Add a checkpoint; older ones than those to keep are removed.

        Raises:
            OSError: it can't be written. Those that are there stay.
        """
        self.folder.mkdir(exist_ok=True)
        final = self.folder / f"{max(self._numbers(every=True), default=0) + 1:06}"
        partial = Path(tempfile.mkdtemp(dir=self.folder, prefix=_PARTIAL))
        try:
            _fill(partial, state)
            partial.rename(final)
            sync(self.folder)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
        self._tidy()
        return final

    def newest(self, tell: Callable[[str], None]) -> State | None:
        """The newest checkpoint that is as it was written; None where there is none.

        Damaged ones are put aside under another name, and told.
        """
        for number in reversed(self._numbers()):
            folder = self._folder(number)
            try:
                return _read(folder)
            except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
                folder.rename(folder.with_suffix(_DAMAGED))
                tell(f"checkpoint {folder.name} is damaged ({error}); the one before is taken")
        return None

    def where(self) -> str | None:
        """Where the weights of the newest checkpoint lie."""
        numbers = self._numbers()
        return f"the weights before it are kept in `{self._folder(numbers[-1]) / WEIGHTS}`" if numbers else None

    def _folder(self, number: int) -> Path:
        return self.folder / f"{number:06}"

    def _numbers(self, *, every: bool = False) -> list[int]:
        """The numbers of the checkpoints in rising order; with ``every`` also of those put aside."""
        if not self.folder.is_dir():
            return []
        names = (p.stem if every else p.name for p in self.folder.iterdir())
        return sorted(int(name) for name in names if name.isdecimal())

    def _tidy(self) -> None:
        """Remove what is no longer needed. What can't be removed now is removed another time."""
        old = [self._folder(n) for n in self._numbers()[: -self.keep]]
        for folder in (*old, *self.folder.glob(f"{_PARTIAL}*")):
            shutil.rmtree(folder, ignore_errors=True)


def _fill(folder: Path, state: State) -> None:
    record = {"format": FORMAT, **state.record}
    (folder / STATE).write_text(json.dumps(record), encoding="utf-8")
    (folder / PROGRAM).write_bytes(state.program)
    save_weights(folder / WEIGHTS, state.weights)
    save_weights(folder / REST, state.rest)
    files = {name: file_record(folder / name).model_dump() for name in (STATE, PROGRAM, WEIGHTS, REST)}
    (folder / MANIFEST).write_bytes(canonical({"files": files, "sha256": _seal(files)}))
    for file in (*folder.iterdir(), folder):
        sync(file)


def _seal(files: Any) -> str:
    return hashlib.sha256(canonical(files)).hexdigest()


def _read(folder: Path) -> State:
    """A checkpoint.

    Raises:
        OSError, ValueError, KeyError, TypeError: it is not as it was written.
    """
    data = (folder / MANIFEST).read_bytes()
    manifest = json.loads(data)
    if manifest["sha256"] != _seal(manifest["files"]) or data != canonical(manifest):
        raise ValueError(f"{MANIFEST} was changed")
    contents = {name: _verified(folder / name, manifest["files"][name]) for name in (STATE, PROGRAM, WEIGHTS, REST)}
    record = json.loads(contents[STATE])
    if record.pop("format") != FORMAT:
        raise ValueError("another version of specc wrote it")
    return State(record, contents[PROGRAM], parse_weights(contents[WEIGHTS]), parse_weights(contents[REST]))


def _verified(path: Path, record: Mapping[str, Any]) -> bytes:
    data = path.read_bytes()
    if len(data) != record["size"] or hashlib.sha256(data).hexdigest() != record["sha256"]:
        raise ValueError(f"{path.name} was changed")
    return data
