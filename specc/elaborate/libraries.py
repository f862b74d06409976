"""Where an imported file lies: beside the one that imports it, in the standard library, or in an installed library."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from specc.diagnostics import Diagnostic, SpecError, did_you_mean
from specc.diagnostics.codes import IMPORT_NOT_FOUND, IMPORT_OUTSIDE
from specc.syntax import nodes

STANDARD: Final = Path(os.path.realpath(Path(__file__).parent.parent / "library"))
"""Where ``from "std/…"`` is found."""

GROUP: Final = "specc.libraries"
"""The entry points that installed packages declare their libraries with: ``acme = "acme_blocks"``."""

_LIBRARY: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_PACKAGE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True)
class Found:
    """A file, and the folder that it and its own imports stay in."""

    file: Path
    root: Path


@dataclass
class Finder:
    """Finds the files of imports. Installed packages are never run, only asked where they lie."""

    _folders: dict[str, Path | None] = field(default_factory=dict[str, "Path | None"])

    def find(self, path: nodes.String, folder: Path, root: Path) -> Found:
        """The file that a path names in a file of ``folder``, which must stay below ``root``.

        Raises:
            SpecError: there is none, or the path leads out.
        """
        text = path.value if path.value.endswith(".model") else path.value + ".model"
        if Path(text).is_absolute() or "://" in text or "\\" in text or "\0" in text:
            raise SpecError(_outside(path, "the folder of the spec", "a path relative to this file"))
        name, _, rest = text.partition("/")
        if name == "std":
            return _in_library(path, "std", rest, STANDARD)
        file = Path(os.path.realpath(folder / text))
        if not file.is_relative_to(root):
            expected = "a path to a file in the folder of the spec or below"
            raise SpecError(_outside(path, "the folder of the spec", expected))
        if _is_file(file):
            return Found(file, root)
        library = self._library(path, name) if rest and _LIBRARY.fullmatch(name) else None
        if library is not None:
            return _in_library(path, name, rest, library)
        raise SpecError(_not_found(path, file, name if rest and not _is_folder(folder / name) else None))

    def _library(self, path: nodes.String, name: str) -> Path | None:
        if name not in self._folders:
            self._folders[name] = _installed(path, name)
        return self._folders[name]


def _installed(path: nodes.String, name: str) -> Path | None:
    """The folder of an installed library, found without importing its package.

    Raises:
        SpecError: several packages have a library of that name, or its folder is not there.
    """
    # Loaded only here: no other spec has to wait for it.
    from importlib.metadata import entry_points
    from importlib.util import find_spec

    packages = sorted({e.value for e in entry_points(group=GROUP, name=name)})
    if not packages:
        return None
    if len(packages) > 1:
        listed = " and ".join(f"`{p}`" for p in packages)
        message = f"{listed} both call their library `{name}`"
        raise SpecError(Diagnostic(IMPORT_NOT_FOUND, message, path.span, help=("uninstall one of them",)))
    try:
        spec = find_spec(packages[0]) if _PACKAGE.fullmatch(packages[0]) else None
    except (ImportError, ValueError):
        spec = None
    folders = list(spec.submodule_search_locations or ()) if spec else []
    if not folders:
        message = f"the library `{name}` should lie in the package `{packages[0]}`, which is no installed package"
        help = (f'the entry point in `{GROUP}` names a package, `{name} = "{name}_blocks"`',)
        raise SpecError(Diagnostic(IMPORT_NOT_FOUND, message, path.span, help=help))
    return Path(os.path.realpath(folders[0]))


def _in_library(path: nodes.String, name: str, rest: str, root: Path) -> Found:
    file = Path(os.path.realpath(root / rest))
    if not file.is_relative_to(root):
        raise SpecError(_outside(path, f"the library `{name}`", f"a file of the library, `{name}/…`"))
    if _is_file(file):
        return Found(file, root)
    names = sorted(f"{name}/{p.relative_to(root).with_suffix('').as_posix()}" for p in root.rglob("*.model"))
    hint = did_you_mean(path.value.removesuffix(".model"), names)
    hint = hint or (f"it has {', '.join(names[:12]) or 'nothing yet'}",)
    where = "the standard library" if name == "std" else f"the library `{name}`"
    message = f"there is no `{path.value}` in {where}"
    raise SpecError(Diagnostic(IMPORT_NOT_FOUND, message, path.span, help=hint))


def _not_found(path: nodes.String, file: Path, library: str | None) -> Diagnostic:
    known = [p.name for p in file.parent.glob("*.model")] if _is_folder(file.parent) else []
    hint = did_you_mean(file.name, known)
    if not hint and library is not None:
        hint = did_you_mean(library, _names_installed()) or (f"no installed library is called `{library}` either",)
    return Diagnostic(IMPORT_NOT_FOUND, f"there is no file `{shown(file)}`", path.span, help=hint)


def _names_installed() -> list[str]:
    from importlib.metadata import entry_points

    return [*entry_points(group=GROUP).names, "std"]


def _outside(path: nodes.String, what: str, expected: str) -> Diagnostic:
    hint = "move the file below the spec's folder"
    message = f'"{path.value}" leads out of {what}'
    return Diagnostic(IMPORT_OUTSIDE, message, path.span, expected=expected, help=(hint,) if "spec" in what else ())


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name that no file can have
        return False


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False


def shown(path: Path) -> str:
    """A path as people would write it from where they are."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
