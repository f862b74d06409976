"""Keeps Python's garbage collector from looking through a growing tree or graph again and again."""

from __future__ import annotations

import gc
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def without_collecting() -> Generator[None]:
    """No collection of cyclic garbage meanwhile: what a compilation makes is bounded by its limits, and is kept."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
