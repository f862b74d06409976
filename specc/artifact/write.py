"""Writes an artifact: canonical spec, weights, exports that were tried, and the manifest that seals them."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from specc import __version__
from specc.artifact.exports import export_all
from specc.artifact.manifest import (
    MANIFEST,
    SPEC,
    WEIGHTS,
    ExportRecord,
    Manifest,
    TensorRecord,
    file_record,
    finite,
)
from specc.artifact.tensors import save_weights
from specc.data.raw import Array
from specc.diagnostics import Diagnostic, SpecError
from specc.diagnostics.codes import CANNOT_WRITE, FOLDER_EXISTS
from specc.lower.model import named_weights
from specc.plugins import needed
from specc.program.json import canonical, graph_hash
from specc.program.program import Program
from specc.program.types import TensorType
from specc.source import whole_file


def write(
    program: Program,
    target: str,
    model: Any,
    folder: Path,
    *,
    metrics: Mapping[str, float],
    classes: Mapping[str, tuple[str, ...]],
    samples: Mapping[str, Array],
    formats: Iterable[str] = (),
    version: str = "0.1.0",
) -> Manifest:
    """Write the artifact of a trained model. The folder appears whole or not at all.

    Args:
        samples: real inputs, ``[examples, …]`` by name; exports are compared on them.
        formats: exports to write, ``keras`` and ``saved_model``.

    Raises:
        SpecError: the folder exists or can't be written, or an export disagrees with the model.
    """
    if folder.exists() or folder.is_symlink():
        raise SpecError(Diagnostic(FOLDER_EXISTS, f"`{folder}` exists already", whole_file(folder)))
    partial: Path | None = None
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}.partial-"))
        partial.chmod(0o755)
        manifest = _fill(partial, program, target, model, metrics, classes, samples, tuple(formats), version)
        partial.rename(folder)
        sync(folder.parent)
    except OSError as error:
        message = f"`{folder}` can't be written: {error.strerror or error}"
        raise SpecError(Diagnostic(CANNOT_WRITE, message, whole_file(folder))) from None
    finally:
        if partial is not None and partial.exists():
            shutil.rmtree(partial, ignore_errors=True)
    return manifest


def _fill(
    folder: Path,
    program: Program,
    target: str,
    model: Any,
    metrics: Mapping[str, float],
    classes: Mapping[str, tuple[str, ...]],
    samples: Mapping[str, Array],
    formats: tuple[str, ...],
    version: str,
) -> Manifest:
    (folder / SPEC).write_bytes(canonical(program))
    weights = {n: np.require(v.numpy(), requirements="C") for n, v in named_weights(program, target, model).items()}
    save_weights(folder / WEIGHTS, weights)
    exports: dict[str, ExportRecord] = {}
    if formats:
        exports = export_all(model, samples, folder / "exports", formats, program.place("export", target))
    files = {f.relative_to(folder).as_posix(): file_record(f) for f in sorted(folder.rglob("*")) if f.is_file()}
    graph = program.models[target]
    manifest = Manifest(
        target=target,
        version=version,
        hash=graph_hash(program),
        inputs={n: _tensor(t) for n, t in graph.inputs.items()},
        outputs={n: _tensor(t) for n, t in graph.output_types.items()},
        parameters=sum(int(w.size) for w in weights.values()),
        metrics=finite(metrics),
        classes={k: tuple(v) for k, v in classes.items()},
        versions=_versions(),
        plugins=needed(node.layer for model in program.models.values() for node in model.nodes),
        exports=exports,
        files=files,
    ).sealed()
    (folder / MANIFEST).write_bytes(manifest.to_bytes())
    for file in (*folder.rglob("*"), folder):
        sync(file)
    return manifest


def _tensor(type_: TensorType) -> TensorRecord:
    return TensorRecord(dtype=type_.dtype, shape=tuple(map(str, type_.shape)))


def _versions() -> dict[str, str]:
    import keras
    import tensorflow as tf

    return {"specc": __version__, "keras": keras.__version__, "tensorflow": tf.__version__, "numpy": np.__version__}


def sync(path: Path) -> None:
    """Make sure that a file or folder has reached the disk."""
    if path.is_dir() and os.name == "nt":
        return  # Windows can't open folders
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
