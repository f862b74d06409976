"""Verifies an artifact: every file has the size and SHA-256 that the manifest names, before any of it is believed."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from specc.artifact.manifest import FORMAT, MANIFEST, SPEC, WEIGHTS, Manifest, file_record
from specc.diagnostics import Diagnostic, SpecError
from specc.diagnostics.codes import ARTIFACT_VERSION, DAMAGED_ARTIFACT, NOT_AN_ARTIFACT, Code
from specc.elaborate.json_text import read_json
from specc.source import Source, whole_file

UNFINISHED: Final = "unfinished.json"
"""What says, in the folder of a run, that it isn't finished."""

_LARGEST_MANIFEST: Final = 16 << 20


def find(path: Path) -> Path:
    """The artifact's folder: the path itself, or ``artifact`` inside of it.

    Raises:
        SpecError: there is none.
    """
    try:
        for folder in (path, path / "artifact"):
            if _exists(folder / MANIFEST):
                return folder
        if not _exists(path):
            message = f"there is no folder `{path}`"
        elif not path.is_dir():
            message = f"`{path}` is a file; an artifact is a folder"
        elif _exists(path / UNFINISHED):
            message = f"the run in `{path}` is unfinished"
            hint = f"`specc train FILE --resume -o {path}` goes on with it"
            raise SpecError(Diagnostic(NOT_AN_ARTIFACT, message, whole_file(path), help=(hint,)))
        else:
            message = f"`{path}` holds no {MANIFEST}"
    except (OSError, ValueError) as error:  # too long a name, a folder that may not be read, a NUL
        message = f"`{path}` can't be read: {getattr(error, 'strerror', None) or error}"
    hint = f"an artifact is a folder with {MANIFEST}, {SPEC} and {WEIGHTS}, or the run folder around it"
    raise SpecError(Diagnostic(NOT_AN_ARTIFACT, message, whole_file(path), help=(hint, "`specc train` makes one")))


def _exists(path: Path) -> bool:
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def verify(folder: Path) -> Manifest:
    """The manifest, after every file was found to have the size and SHA-256 that it names.

    Raises:
        SpecError: it is no artifact; or a file is damaged, missing or too many: names the file.
    """
    folder = find(folder)
    manifest = read_manifest(folder / MANIFEST)
    found = _files(folder)
    for name in manifest.files:
        if name not in found:
            raise damaged(folder / name, "the file is missing", name)
    for name, path in found.items():
        if name not in manifest.files:
            raise damaged(path, "the manifest does not name this file", name)
    for name, path in found.items():
        _require_same(path, name, manifest)
    return manifest


def _files(folder: Path) -> dict[str, Path]:
    """All that lies in an artifact, by path, without the manifest and folders."""
    paths = (p for p in sorted(folder.rglob("*")) if p.is_symlink() or not p.is_dir())
    found = {p.relative_to(folder).as_posix(): p for p in paths}
    found.pop(MANIFEST, None)
    for name, path in found.items():
        if path.is_symlink() or not path.is_file():
            raise damaged(path, "this is a link or no plain file", name)
    return found


def _require_same(path: Path, name: str, manifest: Manifest) -> None:
    expected = manifest.files[name]
    try:
        size = path.stat().st_size
        if size != expected.size:
            raise damaged(path, f"it has {size:,} bytes instead of {expected.size:,}", name)
        if file_record(path) != expected:
            raise damaged(path, "the file's SHA-256 is not the manifest's", name)
    except OSError as error:
        raise damaged(path, f"it can't be read: {error.strerror}", name) from None


def verified_bytes(folder: Path, name: str, manifest: Manifest) -> bytes:
    """The content of a file, verified anew: it may have changed since the artifact was.

    Raises:
        SpecError: it has.
    """
    expected, path = manifest.files[name], folder / name
    try:
        with path.open("rb") as stream:
            data = stream.read(expected.size + 1)
    except OSError as error:
        raise damaged(path, f"it can't be read: {error.strerror}", name) from None
    if len(data) != expected.size or hashlib.sha256(data).hexdigest() != expected.sha256:
        raise damaged(path, "it changed after it was verified", name)
    return data


# ── The manifest ─────────────────────────────────────────────────────────────────────────────────


def read_manifest(path: Path) -> Manifest:
    """The manifest, when it is exactly as it was written.

    Raises:
        SpecError: it isn't, or it is of another format.
    """
    data = _content(path)
    value = _json(path, data)
    format = value.get("format") if isinstance(value, dict) else None
    if type(format) is int and format != FORMAT:
        newer = "install a newer specc" if format > FORMAT else "use the specc that wrote it, or train again"
        message = f"the artifact has format {format}, this specc reads format {FORMAT}"
        raise _error(ARTIFACT_VERSION, path, message, newer)
    try:
        manifest = Manifest.model_validate_json(json.dumps(value))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = "/".join(map(str, first["loc"]))
        reason = first["msg"].removeprefix("Value error, ").lower()
        raise damaged(path, f"`{place}` is wrong: {reason}" if place else reason) from None
    if manifest.own_hash() != manifest.sha256:
        raise damaged(path, "its own SHA-256 is wrong")
    if manifest.to_bytes() != data:
        raise damaged(path, "it is not as it was written")
    _require_complete(manifest, path)
    return manifest


def _content(path: Path) -> bytes:
    if path.is_symlink() or not path.is_file():
        raise damaged(path, "this is a link or no plain file")
    try:
        with path.open("rb") as stream:
            data = stream.read(_LARGEST_MANIFEST + 1)
    except OSError as error:
        raise damaged(path, f"it can't be read: {error.strerror}") from None
    if len(data) > _LARGEST_MANIFEST:
        raise damaged(path, f"it is larger than {_LARGEST_MANIFEST >> 20} MiB")
    return data


def _json(path: Path, data: bytes) -> Any:
    try:
        return read_json(Source(str(path), data.decode("utf-8"), path)).plain()
    except UnicodeDecodeError:
        raise damaged(path, "it is no UTF-8 text") from None
    except SpecError as error:
        raise damaged(path, f"it is no JSON: {error}") from None


def _require_complete(manifest: Manifest, path: Path) -> None:
    for name in (SPEC, WEIGHTS):
        if name not in manifest.files:
            raise damaged(path, f"it names no {name}")
    for export in manifest.exports.values():
        if not any(name == export.path or name.startswith(f"{export.path}/") for name in manifest.files):
            raise damaged(path, f"it names no file of the export `{export.path}`")


# ── Findings ─────────────────────────────────────────────────────────────────────────────────────


def damaged(path: Path, reason: str, name: str | None = None) -> SpecError:
    """Why the file ``name`` of an artifact, at ``path``, is not used."""
    hint = "copy the artifact again, or train it again: a damaged one is never used"
    return _error(DAMAGED_ARTIFACT, path, f"`{name or path.name}` is damaged: {reason}", hint)


def _error(code: Code, path: Path, message: str, hint: str) -> SpecError:
    return SpecError(Diagnostic(code, message, whole_file(path), help=(hint,)))
