"""Specs with data, written into a folder and loaded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from specc.compiler import Compilation
from specc.data.load import load
from specc.data.split import Dataset
from specc.diagnostics import Diagnostic, SpecError
from specc.source import Source

CLASSES = "SparseCategoricalCrossentropy()"


def spec(body: str, data: str, loss: str = "MeanSquaredError()") -> str:
    """A model of some inputs and outputs (its body), the source of its data, and a loss for one output or a record."""
    train = f"data = D  loss = {loss}  optimizer = Adam(0.01)"
    return f"model M {{\n{body}\n}}\n\ndata D = {data}\n\ntrain M {{ {train} }}\n"


def vector(inputs: str, output: str, data: str, loss: str = "MeanSquaredError()") -> str:
    """A spec whose model takes one vector and gives one: ``x: float32[2]`` and ``y: Dense(3)``."""
    name, _, layer = output.partition(": ")
    return spec(f"    input {inputs}\n    output {name} = {inputs.split(':')[0]} -> {layer}", data, loss)


def loaded(text: str, folder: Path) -> Dataset:
    """The data of the spec's only training, with paths from ``folder``."""
    program = Compilation(Source("m.model", text, folder / "m.model")).program
    plan = program.trains["M"]
    return load(program, program.data[plan.data], program.models["M"], loss=plan.loss)


def findings(text: str, folder: Path) -> tuple[Diagnostic, ...]:
    """What loading finds wrong."""
    return raised(lambda: loaded(text, folder))


def finding(text: str, folder: Path) -> Diagnostic:
    """The only thing that loading finds wrong."""
    (only,) = findings(text, folder)
    return only


def raised(action: Callable[[], object]) -> tuple[Diagnostic, ...]:
    """The diagnostics that an action raises."""
    with pytest.raises(SpecError) as caught:
        action()
    return caught.value.diagnostics


def write(folder: Path, name: str, *lines: str) -> Path:
    """A text file of lines."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def numbers(folder: Path, rows: int = 40) -> Path:
    """``t.csv`` with the columns ``a``, ``b`` and ``y`` = a + b."""
    return write(folder, "t.csv", "a,b,y", *(f"{i},{2 * i},{3 * i}" for i in range(rows)))
