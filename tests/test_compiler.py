"""Each phase of a compilation is computed once, also where it fails."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest

from specc.compiler import Compilation
from specc.diagnostics import SpecError
from specc.source import Source


@pytest.mark.parametrize(
    ("name", "text", "module", "reader"),
    [
        ("a.model", "model M { input x: float32[3 output y = x }", "specc.syntax.parse", "parse"),
        ("a.json", '{"specc": 1, "models": [}', "specc.elaborate.from_json", "read_json"),
        ("a.json", '{"specc": 1, "modles": []}', "specc.elaborate.from_json", "structure_problems"),
    ],
)
def test_what_can_not_be_read_is_read_once(
    name: str, text: str, module: str, reader: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = getattr(import_module(module), reader), 0

    def counted(*args: Any, **options: Any) -> Any:
        nonlocal calls
        calls += 1
        return real(*args, **options)

    monkeypatch.setattr(f"{module}.{reader}", counted)
    compilation = Compilation(Source(name, text))
    assert not compilation.report.ok
    for _ in range(2):
        with pytest.raises(SpecError) as caught:
            _ = compilation.proofs
        assert [d.code for d in caught.value.diagnostics] == [d.code for d in compilation.report]
    assert calls == 1
