"""What people look for who come from Keras's ``fit``: all of it is in the table of the documentation."""

import inspect
import re
from pathlib import Path
from typing import Any

import pytest

from specc.catalogue.objects import callbacks as ours

pytestmark = pytest.mark.keras

_TEXT = (Path(__file__).parents[2] / "docs" / "training.md").read_text(encoding="utf-8")
TABLE = re.search(r"## Coming from Keras's `fit`\n(.*?)\n## ", _TEXT, re.DOTALL)
NOWHERE = {"self", "kwargs", "log_dir"}
"""Arguments without a place: the folder of the logs is in the run's."""


def named(text: str) -> bool:
    assert TABLE is not None
    return re.search(rf"\b{text}\b", TABLE[1]) is not None


def arguments(function: Any) -> list[str]:
    return [name for name in inspect.signature(function).parameters if name not in NOWHERE]


def test_arguments_of_fit_and_compile() -> None:
    import keras

    assert [n for f in (keras.Model.fit, keras.Model.compile) for n in arguments(f) if not named(n)] == []


def test_callbacks() -> None:
    import keras

    found = [name for name in dir(keras.callbacks) if name[0].isupper()]
    assert len(found) > 12 and [name for name in found if not named(name)] == []


@pytest.mark.parametrize("name", ["EarlyStopping", "ReduceLROnPlateau", "TensorBoard"])
def test_arguments_of_callbacks(name: str) -> None:
    import keras

    declared = vars(getattr(ours, name))
    assert [a for a in arguments(getattr(keras.callbacks, name)) if a not in declared and not named(a)] == []
