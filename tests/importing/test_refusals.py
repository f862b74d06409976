"""What a user reads where a model can't be a spec: every file of ``tests/golden/import`` against the text beside it.

Rewrite them with ``SPECC_UPDATE_GOLDENS=1 pytest tests/importing/test_refusals.py``, and read the difference.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from specc.diagnostics import SpecError
from specc.diagnostics.render import render
from specc.importing.importer import import_model

FOLDER = Path(__file__).parent.parent / "golden" / "import"
CASES = sorted(FOLDER.glob("*.json"))


@pytest.mark.parametrize("path", CASES, ids=lambda p: p.stem)
def test_refusal(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(path.parent)
    with pytest.raises(SpecError) as raised:
        import_model(Path(path.name))
    found = raised.value.diagnostics
    assert all(d.pointer is not None for d in found)
    text = render(sorted(found, key=lambda d: d.sort_key), "full", width=100)
    golden = path.with_suffix(".err")
    if os.environ.get("SPECC_UPDATE_GOLDENS"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


def test_no_golden_is_left_over() -> None:
    assert {p.stem for p in FOLDER.glob("*.err")} == {p.stem for p in CASES}
