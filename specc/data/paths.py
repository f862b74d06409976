"""Paths that a spec names: below its own folder, and nowhere else."""

from __future__ import annotations

from pathlib import Path, PurePosixPath, PureWindowsPath

from specc.diagnostics import Diagnostic, Related, SpecError, did_you_mean
from specc.diagnostics.codes import DATA_NOT_FOUND, IMPORT_OUTSIDE
from specc.source import Span, whole_file


def inside(folder: Path, path: str, place: Span, *, directory: bool = False) -> Path:
    """The file (or folder) that a spec names, which must lie below the spec's folder.

    Raises:
        SpecError: it leads elsewhere, or isn't there.
    """
    given = folder / path
    try:
        root, resolved = folder.resolve(), given.resolve()
        if _leads_out(path) or not resolved.is_relative_to(root):
            raise SpecError(_outside(path, root, place))
        found = resolved.is_dir() if directory else resolved.is_file()
    except (OSError, ValueError, RuntimeError):  # a NUL, too long a name, a loop of links
        resolved, found = given, False
    if not found:
        raise SpecError(_not_found(given, resolved, place, directory=directory))
    return resolved


def neighbours(path: Path) -> list[str]:
    """The names in the folder that ``path`` would lie in, for suggestions."""
    try:
        return [p.name for p in path.parent.iterdir() if not p.name.startswith(".")]
    except (OSError, ValueError):
        return []


def _leads_out(path: str) -> bool:
    pure = (PurePosixPath(path), PureWindowsPath(path))
    return "://" in path or any(p.is_absolute() or p.drive or ".." in p.parts for p in pure)


def _outside(path: str, root: Path, place: Span) -> Diagnostic:
    return Diagnostic(
        IMPORT_OUTSIDE,
        f'"{path}" leads out of the folder of the spec',
        place,
        expected=f"a path below {root.name or root}, without `..`",
        help=("move the data below the spec's folder",),
    )


def _not_found(given: Path, resolved: Path, place: Span, *, directory: bool) -> Diagnostic:
    what = "folder" if directory else "file"
    known = neighbours(resolved)
    if resolved.name in known:
        message = f"`{given}` is no {what}"
    else:
        message = f"there is no {what} `{given}`"
        known = [n for n in known if n != resolved.name]
    listed = (f"in `{given.parent}` there are {', '.join(sorted(known)[:6])}",) if known else ()
    return Diagnostic(
        DATA_NOT_FOUND,
        message,
        place,
        related=(Related(whole_file(given), "looked for here"),),
        help=did_you_mean(given.name, known) or listed,
    )
