"""Keeps what XLA compiled between processes, in the folder that ``SPECC_XLA_CACHE`` names.

TensorFlow reads an entry as it lies there, and fails on one that is damaged. So what a process leaves is sealed with
its SHA-256, and what isn't as it was sealed is removed before TensorFlow is loaded. Compiled programs are of one
version of TensorFlow and one kind of processor: each has a folder of its own.
"""

from __future__ import annotations

import atexit
import hashlib
import json
import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Final

VARIABLE: Final = "SPECC_XLA_CACHE"
_FLAGS: Final = "TF_XLA_FLAGS"
_SWITCH: Final = "--tf_xla_persistent_cache_directory"
_SEALS: Final = "sha256.json"


def keep_programs() -> None:
    """Tell TensorFlow, before it is loaded, where compiled programs are kept; where that fails, they aren't."""
    parent = os.environ.get(VARIABLE)
    if not parent or _SWITCH in os.environ.get(_FLAGS, ""):
        return
    try:
        folder = _folder(Path(parent))
        folder.mkdir(parents=True, exist_ok=True)
        _remove_broken(folder)
        _seal(folder)  # shows that it can be written
    except OSError as error:
        print(f"compiled programs are not kept: {error}", file=sys.stderr)
        return
    os.environ[_FLAGS] = f"{os.environ.get(_FLAGS, '')} {_SWITCH}={folder}".strip()
    atexit.register(_seal_quietly, folder)


def processor() -> str:
    """The name of the processor."""
    return _cpuinfo("model name") or platform.processor() or platform.machine()


def _folder(parent: Path) -> Path:
    kind = f"{processor()} {_features()} {os.cpu_count()}"
    return parent.absolute() / f"tensorflow-{version('tensorflow')}-{hashlib.sha256(kind.encode()).hexdigest()[:16]}"


def _features() -> str:
    """The instructions that the processor knows; XLA compiles for those."""
    return _cpuinfo("flags", "Features") or platform.machine()


def _cpuinfo(*names: str) -> str:
    """What Linux says of the first processor under one of some names, empty elsewhere."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(names)), "")


def _remove_broken(folder: Path) -> None:
    """Remove what isn't as it was sealed."""
    try:
        seals = json.loads((folder / _SEALS).read_bytes())
    except (OSError, ValueError):
        seals = {}
    for file in folder.iterdir():
        if file.name != _SEALS and (not isinstance(seals, dict) or seals.get(file.name) != _sha256(file)):
            file.unlink(missing_ok=True)


def _seal(folder: Path) -> None:
    """Write down the SHA-256 of all entries, whole or not at all."""
    seals = {f.name: _sha256(f) for f in sorted(folder.iterdir()) if f.suffix == ".pb"}
    partial = folder / f".{_SEALS}.{os.getpid()}"
    partial.write_text(json.dumps(seals, indent=1), encoding="utf-8")
    partial.replace(folder / _SEALS)


def _seal_quietly(folder: Path) -> None:
    try:
        _seal(folder)
    except OSError:
        return  # what isn't sealed is made anew


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
