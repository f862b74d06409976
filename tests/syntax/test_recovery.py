"""Several faults in one file: each is said once, at its line, and nothing else is.

The lines of ``tests/golden/recovery/*.model`` with a fault end in ``# !``.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from specc.compiler import Compilation
from specc.diagnostics.render import render
from specc.source import Source

CASES = sorted((Path(__file__).parent.parent / "golden" / "recovery").glob("*.model"))


@pytest.mark.parametrize("path", CASES, ids=lambda p: p.stem)
def test_every_fault_is_found(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    report = Compilation(Source(path.name, text, path)).report
    marked = [number for number, line in enumerate(text.splitlines(), 1) if line.endswith("# !")]
    found = [d.span.position[0] for d in report if d.span.source.name == path.name]
    assert found == marked, render(report, "full")


def test_there_are_cases() -> None:
    assert len(CASES) >= 25
