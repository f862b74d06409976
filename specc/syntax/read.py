"""Reads source files, refusing what no spec should hold."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Final

from specc import limits
from specc.diagnostics import Diagnostic, SpecError, did_you_mean
from specc.diagnostics.codes import CANNOT_READ, FORBIDDEN_CHARACTER, NOT_UTF8, SOURCE_TOO_LARGE
from specc.source import Source, Span, whole_file

# Control characters that no text needs, separators of lines that editors show in different ways, characters that are
# never seen, and those that change the direction in which text is shown: with them a spec could read differently from
# what it is (CVE-2021-42574). The joiners U+200C and U+200D stay, as some languages are not written without them.
_FORBIDDEN: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"
)


def read(path: str | Path, *, max_bytes: int = limits.SOURCE_BYTES) -> Source:
    """The text of a file; ``-`` is standard input.

    Raises:
        SpecError: it can't be read, is too large, isn't UTF-8 or has forbidden characters.
    """
    if str(path) == "-":
        return decode(sys.stdin.buffer.read(max_bytes + 1), "<stdin>", None, max_bytes)
    file = Path(path)
    try:
        with file.open("rb") as stream:
            data = stream.read(max_bytes + 1)
    except (OSError, ValueError) as error:
        raise SpecError(_cannot_read(file, error)) from None
    return decode(data, str(path), file, max_bytes)


def decode(data: bytes, name: str, path: Path | None, max_bytes: int = limits.SOURCE_BYTES) -> Source:
    """The source that some bytes are.

    Raises:
        SpecError: they are too many, not UTF-8 or have forbidden characters.
    """
    place = Span(Source(name, path=path))
    if len(data) > max_bytes:
        message = f"the file is larger than {max_bytes:,} bytes"
        raise SpecError(Diagnostic(SOURCE_TOO_LARGE, message, place, help=("split it, or raise `--max-source`",)))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        message = f"byte {error.start} (line {line}) is not UTF-8"
        raise SpecError(Diagnostic(NOT_UTF8, message, place, help=("save the file as UTF-8",))) from None
    source = Source(name, text, path)
    refuse_forbidden(source)
    return source


def refuse_forbidden(source: Source) -> None:
    """Refuse characters that no text should hold.

    Raises:
        SpecError: there is one; at its place.
    """
    if match := _FORBIDDEN.search(source.text):
        message = f"the character U+{ord(match.group()):04X} is not allowed"
        place = Span(source, match.start(), match.end())
        raise SpecError(Diagnostic(FORBIDDEN_CHARACTER, message, place, help=("take it out; most editors hide it",)))


def _cannot_read(file: Path, error: OSError | ValueError) -> Diagnostic:
    if isinstance(error, FileNotFoundError):
        folder = file.parent
        known = [p.name for p in folder.glob("*.model")] if folder.is_dir() else []
        hint = did_you_mean(file.name, known) or (
            (f"in `{folder}` there are {', '.join(sorted(known)[:6])}",) if known else ()
        )
        return Diagnostic(CANNOT_READ, f"there is no file `{file}`", whole_file(file), help=hint)
    if isinstance(error, IsADirectoryError):
        return Diagnostic(CANNOT_READ, f"`{file}` is a folder, not a file", whole_file(file))
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return Diagnostic(CANNOT_READ, f"`{file}` can't be read: {reason}", whole_file(file))
