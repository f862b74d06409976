"""Whether data are read into memory, or stay on the disk and are read as needed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

SHARE: Final = 0.5
"""The largest share of the free memory that data may take to be read into it."""


def stays_on_disk(source: Any, needed: int) -> bool:
    """Whether a source's data stay on the disk: as it says itself by ``cache``, else where they take too much memory.

    Args:
        needed: bytes that they take in memory, the copies that are made of them on the way included.
    """
    cache = getattr(source, "cache", None)
    if cache is not None:
        return cache == "disk"
    free = free_memory()
    return free is not None and needed > SHARE * free


def free_memory() -> int | None:
    """Bytes of memory that are free on this machine, or in this container; None if unknown."""
    free = [_meminfo(Path("/proc/meminfo")), _limit(Path("/sys/fs/cgroup/memory.max"))]
    known = [f for f in free if f is not None]
    return min(known) if known else None


def _meminfo(path: Path) -> int | None:
    try:
        lines = path.read_text().splitlines()
        return next(int(line.split()[1]) << 10 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, ValueError, IndexError, StopIteration):
        if not hasattr(os, "sysconf") or "SC_PHYS_PAGES" not in os.sysconf_names:
            return None
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _limit(path: Path) -> int | None:
    """What a container may take; ``max`` is no limit."""
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return None
