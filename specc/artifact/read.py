"""Reads artifacts. Every file is verified before anything in it is believed; nothing in it is executed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from specc.artifact.manifest import FORMAT, MANIFEST, SPEC, WEIGHTS, Manifest, file_record
from specc.compiler import Compilation
from specc.diagnostics import Diagnostic, SpecError
from specc.diagnostics.codes import ARTIFACT_VERSION, DAMAGED_ARTIFACT, NOT_AN_ARTIFACT, Code
from specc.elaborate.json_text import read_json
from specc.program.graph import ModelGraph
from specc.program.json import graph_hash
from specc.program.program import Program
from specc.source import Source, whole_file

_LARGEST_MANIFEST: Final = 16 << 20
_LARGEST_SPEC: Final = 256 << 20


@dataclass
class Artifact:
    """A verified artifact. Its spec is checked again when it is first used; its model is built on demand."""

    folder: Path
    manifest: Manifest

    @property
    def target(self) -> str:
        """The model or ensemble that the artifact is."""
        return self.manifest.target

    @cached_property
    def program(self) -> Program:
        """The program, checked again.

        Raises:
            SpecError: this version of specc doesn't accept it.
        """
        path = self.folder / SPEC
        source = Source(str(path), path.read_text(encoding="utf-8"), path)
        program = Compilation(source, max_bytes=_LARGEST_SPEC).program
        if graph_hash(program) != self.manifest.hash or self.target not in program.models:
            raise _damaged(path, "the spec is not the one that the manifest names")
        return program

    @property
    def graph(self) -> ModelGraph:
        """The graph of the target."""
        return self.program.models[self.target]

    def load_model(self) -> Any:
        """The Keras model, built from the spec, with the artifact's weights filled in by name, shape and dtype.

        Raises:
            SpecError: the weights are not those of the spec.
        """
        from safetensors.numpy import load_file

        from specc.lower.model import build, named_weights

        model = build(self.program, self.target)
        path = self.folder / WEIGHTS
        stored, variables = load_file(path), named_weights(self.program, self.target, model)
        for name in sorted(stored.keys() ^ variables.keys()):
            raise _damaged(path, f"the tensor `{name}` is {'not in it' if name in variables else 'too many'}")
        for name, variable in variables.items():
            array = stored[name]
            if tuple(array.shape) != tuple(variable.shape) or str(array.dtype) != variable.dtype:
                raise _damaged(path, f"the tensor `{name}` has another shape or dtype")
            variable.assign(array)
        return model


def read(path: Path) -> Artifact:
    """The artifact in a folder, or in the run folder around it; verified as a whole.

    Raises:
        SpecError: it is no artifact, or any of its files is damaged.
    """
    folder = find(path)
    return Artifact(folder, verify(folder))


def find(path: Path) -> Path:
    """The artifact's folder: the path itself, or ``artifact`` inside of it."""
    for folder in (path, path / "artifact"):
        if (folder / MANIFEST).is_file():
            return folder
    if not path.exists():
        message = f"there is no folder `{path}`"
    elif not path.is_dir():
        message = f"`{path}` is a file; an artifact is a folder"
    else:
        message = f"`{path}` holds no {MANIFEST}"
    hint = f"an artifact is a folder with {MANIFEST}, {SPEC} and {WEIGHTS}, or the run folder around it"
    raise SpecError(Diagnostic(NOT_AN_ARTIFACT, message, whole_file(path), help=(hint, "`specc train` makes one")))


def verify(folder: Path) -> Manifest:
    """The manifest, after every file was found to have the size and SHA-256 that it names.

    Raises:
        SpecError: a file is damaged, missing or too many; names the file.
    """
    manifest = _manifest(folder / MANIFEST)
    found = {p.relative_to(folder).as_posix(): p for p in sorted(folder.rglob("*")) if p.is_symlink() or not p.is_dir()}
    found.pop(MANIFEST, None)
    for name in manifest.files:
        if name not in found:
            raise _damaged(folder / name, "the file is missing")
    for name, path in found.items():
        if name not in manifest.files:
            raise _damaged(path, "the manifest does not name this file")
        if path.is_symlink() or not path.is_file():
            raise _damaged(path, "this is a link or no plain file")
    for name, record in manifest.files.items():
        if found[name].stat().st_size != record.size:
            message = f"the file has {found[name].stat().st_size:,} bytes instead of {record.size:,}"
            raise _damaged(found[name], message)
        if file_record(found[name]).sha256 != record.sha256:
            raise _damaged(found[name], "the file's SHA-256 is not the manifest's")
    if SPEC not in manifest.files or WEIGHTS not in manifest.files:
        raise _damaged(folder / MANIFEST, "the manifest names no spec or no weights")
    return manifest


def _manifest(path: Path) -> Manifest:
    if path.is_symlink() or path.stat().st_size > _LARGEST_MANIFEST:
        raise _damaged(path, "this is no manifest")
    try:
        text = path.read_text(encoding="utf-8")
        data = read_json(Source(str(path), text, path)).plain()
    except (UnicodeDecodeError, SpecError):
        raise _damaged(path, "the manifest is no JSON") from None
    if isinstance(data, dict) and data.get("format") != FORMAT and isinstance(data.get("format"), int):
        message = f"the artifact has format {data['format']}, this specc reads format {FORMAT}"
        raise _error(ARTIFACT_VERSION, path, message, "use the specc that wrote it, or a newer one")
    try:
        manifest = Manifest.model_validate_json(json.dumps(data))
    except ValidationError as error:
        first = error.errors()[0]
        place = "/".join(map(str, first["loc"]))
        raise _damaged(path, f"the manifest's `{place}` is wrong: {first['msg'].lower()}") from None
    if manifest.own_hash() != manifest.sha256:
        raise _damaged(path, "the manifest's own SHA-256 is wrong")
    return manifest


def _damaged(path: Path, reason: str) -> SpecError:
    hint = "copy it again, or train it again: a damaged artifact is never used"
    return _error(DAMAGED_ARTIFACT, path, f"`{path.name}` is damaged: {reason}", hint)


def _error(code: Code, path: Path, message: str, hint: str) -> SpecError:
    return SpecError(Diagnostic(code, message, whole_file(path), help=(hint,)))
