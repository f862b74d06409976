"""The folder of a run: locked while it is worked on, there from the beginning, finished when `run.json` is in it."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

from specc.artifact.verify import UNFINISHED
from specc.artifact.write import sync
from specc.diagnostics import Diagnostic, SpecError
from specc.diagnostics.codes import CANNOT_RESUME, CANNOT_WRITE, FOLDER_EXISTS, RUN_IN_USE
from specc.source import whole_file

RECORD: Final = "run.json"
"""The record of a finished run; comes last."""

CHECKPOINTS: Final = "checkpoints"
LOCK: Final = "lock"
_PARTIAL: Final = ".partial"


def is_finished(folder: Path) -> bool:
    """Whether a folder holds a finished run."""
    return (folder / RECORD).is_file()


def is_unfinished(folder: Path) -> bool:
    """Whether a folder holds a run that can go on; also one that was ended before it could say what it is."""
    if is_finished(folder) or not folder.is_dir() or folder.is_symlink():
        return False
    return (folder / UNFINISHED).is_file() or {p.name for p in folder.iterdir()} <= {LOCK, f"{UNFINISHED}{_PARTIAL}"}


def require_free(folder: Path, *, resume: bool) -> None:
    """Refuse a folder in which there is something else than the run to go on with.

    Raises:
        SpecError: it exists, or holds no run.
    """
    if not (folder.exists() or folder.is_symlink()):
        return
    unfinished = is_unfinished(folder)
    if resume and not unfinished:
        hint = "name the folder of the run with `-o`"
        raise SpecError(Diagnostic(CANNOT_RESUME, f"`{folder}` holds no run", whole_file(folder), help=(hint,)))
    if not resume:
        begun = unfinished and (folder / UNFINISHED).is_file()
        what = "holds an unfinished run" if begun else "exists already"
        hints = ("`--resume` goes on with it",) if begun else ()
        hints = (*hints, "name another folder with `-o`")
        raise SpecError(Diagnostic(FOLDER_EXISTS, f"`{folder}` {what}", whole_file(folder), help=hints))


class RunFolder:
    """The folder of a run that this process works on.

    Attributes:
        worth_keeping: whether there is something in it to go on from.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.checkpoints = path / CHECKPOINTS
        self.worth_keeping = False

    def begin(self, identity: Mapping[str, Any]) -> None:
        """Say what the run is, in `UNFINISHED`. One that was begun must be the same.

        Raises:
            SpecError: it is another one.
            OSError: it can't be written.
        """
        if is_finished(self.path):
            raise SpecError(Diagnostic(FOLDER_EXISTS, f"`{self.path}` exists already", whole_file(self.path)))
        file = self.path / UNFINISHED
        if file.is_file():
            self.worth_keeping = True
            _require_same(self.path, read_record(file), identity)
            return
        _write(file, identity)

    def partial(self) -> Path:
        """An empty folder for what becomes part of the run by `publish`."""
        partial = self.path / _PARTIAL
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir()
        return partial

    def publish(self, partial: Path) -> None:
        """Move finished things to their places, the record last; then nothing is needed of the unfinished run."""
        for item in sorted(partial.iterdir(), key=lambda p: p.name == RECORD):
            place = self.path / item.name
            _remove(place)  # what was left by a process that was killed here
            for file in (*item.rglob("*"), item):
                sync(file)
            if item.name == RECORD:
                sync(self.path)
            item.rename(place)
        sync(self.path)
        self.tidy()

    def tidy(self) -> None:
        """Remove what a finished run doesn't need."""
        for name in (CHECKPOINTS, _PARTIAL, UNFINISHED):
            _remove(self.path / name)


@contextmanager
def opened(folder: Path) -> Iterator[RunFolder]:
    """The folder of a run, locked; it is removed when the run fails and there is nothing to go on from.

    Raises:
        SpecError: another process works on it, or it can't be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / LOCK).open("a+", encoding="utf-8")
    except OSError as error:
        raise SpecError(cannot_write(folder, error)) from None
    run = RunFolder(folder)
    with lock:
        _take(lock, folder)
        try:
            yield run
        except OSError as error:
            raise SpecError(cannot_write(folder, error)) from None
        finally:
            if is_finished(folder):
                _remove(folder / LOCK)
            elif not run.worth_keeping:
                shutil.rmtree(folder, ignore_errors=True)


def cannot_write(folder: Path, error: OSError) -> Diagnostic:
    """The finding that a folder can't be written."""
    message = f"`{folder}` can't be written: {error.strerror or error}"
    hints = ("name another folder with `-o`",)
    if is_unfinished(folder):
        hints = ("make room, then `--resume` goes on with the run",)
    return Diagnostic(CANNOT_WRITE, message, whole_file(folder), help=hints)


# ── What a run is ────────────────────────────────────────────────────────────────────────────────


def _require_same(folder: Path, begun: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    different = [name for name in now if begun.get(name) != now[name]]
    if not different:
        return
    listed = "; ".join(f"{name} was {_short(begun.get(name))}, is {_short(now[name])}" for name in different)
    message = f"the run in `{folder}` was begun with something else: {listed}"
    hints = ("go on with what it was begun with", "or start over in another folder: `-o`")
    raise SpecError(Diagnostic(CANNOT_RESUME, message, whole_file(folder), help=hints))


def _short(value: Any) -> str:
    text = str(value)
    return f"{text[:12]}…" if len(text) == 64 else text


def read_record(file: Path) -> dict[str, Any]:
    """A record of a run, empty where it can't be read."""
    try:
        found = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError):
        found = {}
    return found if isinstance(found, dict) else {}


def _write(file: Path, record: Mapping[str, Any]) -> None:
    """Write a file whole or not at all."""
    partial = file.with_name(f"{file.name}{_PARTIAL}")
    partial.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    sync(partial)
    partial.replace(file)
    sync(file.parent)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


# ── The lock ─────────────────────────────────────────────────────────────────────────────────────


def _take(lock: IO[str], folder: Path) -> None:
    """Lock a file until it is closed, which a process that is killed does, too.

    Raises:
        SpecError: another process has locked it.
    """
    if not _locked(lock):
        lock.seek(0)
        holder = lock.read().strip() or "?"
        message = f"the run in `{folder}` is worked on by process {holder}"
        hints = ("wait until it has ended", "or name another folder with `-o`")
        raise SpecError(Diagnostic(RUN_IN_USE, message, whole_file(folder), help=hints))
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n")
    lock.flush()


def _locked(lock: IO[str]) -> bool:
    try:
        if os.name == "nt":
            import msvcrt

            lock.seek(1 << 20)  # beyond what is read: Windows lets nobody read what is locked
            msvcrt.locking(lock.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]  # Windows alone has it
        else:
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
