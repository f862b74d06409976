"""The index of the catalogue is fresh, and a spec loads only what it names."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from specc.catalogue import index, registry


def test_the_index_is_fresh() -> None:
    assert index.FILE.read_text(encoding="utf-8") == index.text(), "run `python -m specc.catalogue.index`"


def test_layers_come_first_among_the_kinds_of_a_name() -> None:
    assert registry.kinds_of("Identity") == ["layer", "initializer"]
    assert registry.kinds_of("Nothing") == []


def test_a_name_loads_only_its_own_family(tmp_path: Path) -> None:
    """A catalogue that is never edited, as an installed one: `Dense` needs no other family of layers."""
    code = (
        "import sys; from specc.catalogue import registry; registry._prepare = lambda: None\n"
        "assert registry.find('layer', 'Dense').__name__ == 'Dense'\n"
        "assert 'LSTM' in registry.names('layer')\n"
        "print(*(m for m in sys.modules if m.startswith('specc.catalogue.layers.')))"
    )
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert made.stdout.split() == ["specc.catalogue.layers.dense"]


def test_newer_files_than_the_index_are_all_loaded() -> None:
    code = (
        "from specc.catalogue import registry\n"
        "registry.WHERE.clear()\n"
        "registry._is_stale = lambda: False\n"
        "assert registry.find('layer', 'Dense') is None\n"
        "registry._prepare.cache_clear(); registry._is_stale = lambda: True\n"
        "assert registry.find('layer', 'Dense') is not None"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
