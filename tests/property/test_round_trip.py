"""Random specs: the language and the JSON form are the same program, with one hash, in every process."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from specc.compiler import Compilation
from specc.diagnostics.render import render
from specc.program.graph import ModelGraph
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
        "part = Part(6)",
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
                    f"{name} = {other} -> Part({draw.randint(2, 5)}) -> Dense(6)",
                    f"{name} = {other} -> part",
                    f"{name} = softmax({other}, axis=-1) + 1",
                    f"{name} = where({other} > 0, {other}, -{draw.random()})",
                    f"{name} = concatenate([{other}[:, :2], b[:, -4:]], axis=-1)",
                    f'c = einsum("bij,bik->bjk", a, {other}) -> Dense(6) -> Reshape([6, 6]) -> Permute([2, 1])'
                    f"\n    {name} = {other} + mean(c, axis=1, keepdims=true)",
                    f"h, _ = {other} -> GRU(6, return_sequences=true, return_state=true)\n    {name} = h",
                    f"{name} = {other} -> Bidirectional(LSTM(3, return_sequences=true, recurrent_dropout=0.1))",
                    f'{name} = {other} -> Dense(6, name="add_{_}") -> Inner(name="in.{_}") -> Dense(6)',
                ]
            )
        )
    lines.append("output y = (a, b) -> Concatenate -> GlobalAveragePooling1D -> Dense(3, activation=softmax)")
    inner = "model Inner(n: int = 4) { input x: float32[S, 6]  output y = x -> Dense(n) }"
    part = "block Part(n: int = 4) { input x: float[T, C]  output y: float[T, n] = x * 2 -> Dense(n) -> ReLU }"
    body = "\n    ".join(lines)
    plan = (
        'data D = NPZ("d.npz")\ntrain M { data = D  loss = SparseCategoricalCrossentropy()  metrics = [accuracy]  '
        f"optimizer = SGD(0.{draw.randint(1, 9)}, momentum=0.9) }}"
    )
    return f"{inner}\n{part}\nmodel M {{\n    {body}\n}}\n{plan}\n"


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
    for form in (first, again):
        back = compiled(Source("a.model", form.text))
        assert graph_hash(back.program) == graph_hash(first.program)
        assert format_source(back.source) == back.source.text


@given(st.integers(0, 10**9))
@settings(max_examples=60, deadline=None, print_blob=True)
def test_round_trip(seed: int) -> None:
    check_round_trip(seed)


_IN_A_PROCESS = """
import hashlib, sys
sys.path[:0] = ["tests/property", "."]
from test_round_trip import *
found = hashlib.sha256()
for seed in range(int(sys.argv[1])):
    check_round_trip(seed)
    found.update(graph_hash(compiled(Source("a.model", random_spec(seed))).program).encode())
print(found.hexdigest())
"""


def hashes(count: int) -> set[str]:
    """One hash over those of the first random specs, after their round trips, for each of three hash seeds."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", _IN_A_PROCESS, str(count)],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in ("0", "1", "2")
    ]
    found = {p.communicate()[0] for p in processes}
    assert all(p.returncode == 0 for p in processes)
    return found


def test_the_hash_is_the_same_in_every_process() -> None:
    assert len(hashes(8)) == 1


@pytest.mark.nightly
def test_round_trip_of_5000() -> None:
    assert len(hashes(5000)) == 1


@given(st.integers(0, 10**6), st.randoms(use_true_random=False))
@settings(max_examples=30, deadline=None)
def test_layers_may_stand_in_any_order(seed: int, order: random.Random) -> None:
    first = compiled(Source("a.model", random_spec(seed)))
    document = dump(first.program)
    for record in document["models"]:
        order.shuffle(record["layers"])
    again = compiled(Source("a.json", json.dumps(document)))
    want, found = first.model("M"), again.model("M")
    assert _parts(found) == _parts(want)


def _parts(model: ModelGraph) -> dict[str, Any]:
    return {n.name: (n.type_name, n.inputs, n.outputs, n.shares, n.weights) for n in model.nodes}
