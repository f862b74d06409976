"""Small artifacts for tests."""

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from specc.artifact import write as writing
from specc.artifact.manifest import MANIFEST, Manifest, canonical, file_record
from specc.artifact.read import read
from specc.compiler import Compilation, compile_text
from specc.diagnostics import Diagnostic, SpecError
from specc.program.program import Program

NET = """
model Net {
    input x: float32[3]
    output kind: float32[3] = x -> Dense(5, activation=relu) -> BatchNormalization -> Dense(3, activation=softmax)
}
"""

TRAINED = """
model Net {
    input x: float32[3]
    output kind = x -> Dense(5, activation=relu) -> BatchNormalization -> Dense(3, activation=softmax)
}
data Points = CSV("points.csv", validation=0.2, test=0.25, seed=3)
train Net {
    data       = Points
    loss       = SparseCategoricalCrossentropy()
    metrics    = [accuracy]
    optimizer  = Adam(0.01)
    epochs     = 2
    batch_size = 16
}
export Net { formats = [keras, saved_model]  version = "2.1.0" }
"""


def of(text: str) -> Program:
    return compile_text(text).program


def write_spec(folder: Path) -> Compilation:
    """A spec and its data: 120 points of three kinds."""
    folder.mkdir(exist_ok=True)
    random = np.random.default_rng(5)
    rows = [
        f"{a:.6f},{b:.6f},{c:.6f},{('red', 'green', 'blue')[i % 3]}"
        for i, (a, b, c) in enumerate(random.normal(size=(120, 3)) + np.arange(120)[:, None] % 3)
    ]
    (folder / "points.csv").write_text("\n".join(["a,b,c,kind", *rows]) + "\n")
    (folder / "net.model").write_text(TRAINED)
    return Compilation.of_file(folder / "net.model")


class _Variable:
    def __init__(self, value: Any) -> None:
        self._value = value

    def numpy(self) -> Any:
        return self._value


def weights_of(program: Program, target: str = "Net") -> dict[str, Any]:
    """Made-up weights of a flat model, without Keras."""
    random = np.random.default_rng(0)
    return {
        f"{node.name}/{w.name}": random.normal(size=w.shape).astype(w.dtype)
        for node in program.models[target].nodes
        for w in node.weights
    }


def write_plain(folder: Path, patch: pytest.MonkeyPatch, **options: Any) -> Manifest:
    """An artifact with made-up weights and no exports, written without TensorFlow."""
    stub_keras(patch)
    given = {"metrics": {"test_accuracy": 0.75}, "classes": {"kind": ("a", "b", "c")}, "samples": {}, **options}
    return writing.write(of(NET), "Net", None, folder, **given)


def stub_keras(patch: Any) -> None:
    """Let `write` run without Keras, whose variables are made up instead."""
    stub = {n: _Variable(v) for n, v in weights_of(of(NET)).items()}
    patch.setattr(writing, "named_weights", lambda program, target, model: stub)
    patch.setattr(writing, "_versions", lambda: {"specc": "0.1.0"})


def reseal(folder: Path, change: Callable[[dict[str, Any]], None] = lambda data: None) -> None:
    """Change a manifest as somebody would who knows how it is made, its own hash included."""
    data = json.loads((folder / MANIFEST).read_text())
    for name in data["files"]:
        if (folder / name).is_file():
            data["files"][name] = file_record(folder / name).model_dump()
    change(data)
    data["sha256"] = hashlib.sha256(canonical({k: v for k, v in data.items() if k != "sha256"})).hexdigest()
    (folder / MANIFEST).write_bytes((json.dumps(data, indent=2, ensure_ascii=False) + "\n").encode())


def refusal(act: Callable[[], Any]) -> Diagnostic:
    """The finding that something is refused with."""
    with pytest.raises(SpecError) as caught:
        act()
    (finding,) = caught.value.diagnostics
    return finding


def refused(folder: Path) -> Diagnostic:
    """The finding that an artifact is refused with."""
    return refusal(lambda: read(folder))


def files_of(folder: Path) -> Iterator[Path]:
    return (p for p in sorted(folder.rglob("*")) if p.is_file())
