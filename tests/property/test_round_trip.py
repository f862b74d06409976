"""Random specs: the language and the JSON form are the same program, with one hash, in every process."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from specc.compiler import Compilation
from specc.diagnostics.render import render
from specc.program.json import dump, graph_hash, pretty
from specc.program.schema import schema
from specc.source import Source
from specc.syntax.format import format_source

ROOT = Path(__file__).parent.parent.parent
VALIDATOR = Draft202012Validator(schema())

LAYERS = (
    "Dense({n}, activation=relu)", "Dense({n}, kernel_regularizer=L2(0.01))", "Dropout(0.{n})", "LayerNormalization",
    "BatchNormalization(momentum=0.9)", "ReLU", "Softmax", "UnitNormalization", "GaussianNoise(0.1)", "ELU",
    "LeakyReLU(0.{n})",
)  # fmt: skip


def random_spec(seed: int) -> str:
    """A valid spec: branches, sharing, unknown sizes, a nested model, a plan."""
    draw = random.Random(seed)
    layer = lambda: draw.choice(LAYERS).format(n=draw.randint(2, 9))  # noqa: E731
    lines = [
        "input x: float32[T, 5]",
        f"shared = Dense({draw.randint(2, 9)})",
        "a = x -> Dense(6)",
        "b = x -> Dense(6)",
    ]
    for _ in range(draw.randint(1, 8)):
        name = draw.choice("ab")
        other = draw.choice("ab")
        lines.append(
            draw.choice(
                [
                    f"{name} = {other} -> {layer()} -> Dense(6)",
                    f"{name} = a + b",
                    f"{name} = 0.5 * {other} - 1",
                    f"{name} = {other} -> shared -> Dense(6)",
                    f"{name} = {other} -> Inner() -> Dense(6)",
                    f"{name} = (a, b) -> {draw.choice(['Add', 'Multiply', 'Maximum', 'Average'])}",
                    f"{name} = {other} -> (ReLU -> Dense(6)) * {draw.randint(1, 3)}",
                ]
            )
        )
    lines.append("output y = (a, b) -> Concatenate -> GlobalAveragePooling1D -> Dense(3, activation=softmax)")
    inner = "model Inner(n: int = 4) { input x: float32[S, 6]  output y = x -> Dense(n) }"
    body = "\n    ".join(lines)
    plan = (
        "data D = Sklearn(iris)\ntrain M { data = D  loss = SparseCategoricalCrossentropy()  metrics = [accuracy]  "
        f"optimizer = SGD(0.{draw.randint(1, 9)}, momentum=0.9) }}"
    )
    return f"{inner}\nmodel M {{\n    {body}\n}}\n{plan}\n"


def compiled(source: Source) -> Compilation:
    compilation = Compilation(source)
    assert compilation.report.ok, render(compilation.report, "full") + source.text
    return compilation


def check_round_trip(seed: int) -> None:
    first = compiled(Source("a.model", random_spec(seed)))
    text = pretty(first.program)
    again = compiled(Source("a.json", text))
    assert graph_hash(again.program) == graph_hash(first.program)
    assert pretty(again.program) == text
    assert list(VALIDATOR.iter_errors(json.loads(text))) == []
    formatted = compiled(Source("a.model", format_source(first.source)))
    assert graph_hash(formatted.program) == graph_hash(first.program)


@given(st.integers(0, 10**9))
@settings(max_examples=60, deadline=None, print_blob=True)
def test_round_trip(seed: int) -> None:
    check_round_trip(seed)


@pytest.mark.nightly
def test_round_trip_of_5000() -> None:
    for seed in range(5000):
        check_round_trip(seed)


def test_the_hash_is_the_same_in_every_process() -> None:
    script = (
        "import sys; sys.path[:0] = ['tests/property', '.']\n"
        "from test_round_trip import *\n"
        "print(*(graph_hash(compiled(Source('a.model', random_spec(s))).program) for s in range(20)))"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", script],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for hash_seed in ("0", "1", "2")
    }
    assert len(found) == 1 and len(found.pop().split()) == 20


@given(st.integers(0, 10**6), st.randoms(use_true_random=False))
@settings(max_examples=30, deadline=None)
def test_layers_may_stand_in_any_order(seed: int, order: random.Random) -> None:
    first = compiled(Source("a.model", random_spec(seed)))
    document = dump(first.program)
    for record in document["models"]:
        order.shuffle(record["layers"])
    again = compiled(Source("a.json", json.dumps(document)))
    want, found = first.model("M"), again.model("M")
    assert {n.name: n for n in found.nodes} == {n.name: n for n in want.nodes}
