"""A plugin of pytest: all data stay on the disk and are read a few rows at a time, whatever a test says.

``pytest -p on_disk tests/data``: what tests say of data in memory must hold of those that are stored.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from specc.data import budget, given, load, long_table, parquet, stored, texts
from specc.data.split import Dataset, Split

SAID = "stay on the disk"


def whole(split: Split) -> Split:
    inputs, targets = ({k: stored.whole(v) for k, v in part.items()} for part in (split.inputs, split.targets))
    return replace(split, inputs=inputs, targets=targets)


def in_memory(train: Split, validation: Split, test: Split, classes: Any, account: Any, filled: Any) -> Dataset:
    """The data with all arrays read, and without the line that they were stored."""
    rules = tuple(rule for rule in account.rules if SAID not in rule)
    return Dataset(whole(train), whole(validation), whole(test), classes, replace(account, rules=rules), filled)


def few_rows_at_a_time(patch: Any) -> None:
    """Read so little at once that small data have many parts, which end everywhere."""
    patch.setattr(budget, "SHARE", -1.0)
    patch.setattr(stored, "CHUNK_BYTES", 100)
    patch.setattr(parquet, "_ROWS", 3)
    patch.setattr(long_table, "_ROWS", 3)
    patch.setattr(given, "_TOGETHER", 3)
    patch.setattr(texts, "_LINES", 3)


def pytest_configure() -> None:
    import pytest

    patch = pytest.MonkeyPatch()
    few_rows_at_a_time(patch)
    patch.setattr(load, "Dataset", in_memory)
