"""What TensorFlow says is told at the line of the spec that it is about."""

from __future__ import annotations

import numpy as np
import pytest

from specc.compiler import compile_text
from specc.diagnostics.codes import RUNTIME_FAILED, XLA_FAILED
from specc.program.program import Program
from specc.training.failures.mapping import failure, layer_of

NET = """
model Words {
    input x: int32[T]
    output y = x -> Embedding(5, 3, name="table") -> GlobalAveragePooling1D
}
model Net {
    input a: int32[4]
    input b: int32[4]
    words = Words(name="words.one")
    far = softmax((a -> words) * (b -> words))
    dense = Dense(3)
    output y = far -> Dense(3, name="dense_9") -> dense -> dense
}
data Pairs = NPZ("pairs.npz")
train Net { data = Pairs  loss = MeanSquaredError()  jit = off }
"""


def program() -> Program:
    return compile_text(NET).elaborated.program


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("Net_1/dense_9_1/MatMul", "dense_9"),
        ("Net_1/dense_2/Add", "dense"),
        ("gradient_tape/Net_1/dense_9_1/MatMul/MatMul", "dense_9"),
        ("Net_1/words.one_1/table_1/GatherV2", "table"),
        ("Net/softmax/Softmax", "softmax"),
        ("while/body/Net_1/a/Cast", None),
        ("StatefulPartitionedCall", None),
    ],
)
def test_the_layer_of_an_operation(path: str, name: str | None) -> None:
    found = program()
    for text in (f"Detected at node {path} defined at (most recent call last):", f"[[{{{{node {path}}}}}]] [Op:x]"):
        node = layer_of(found, found.models["Net"], text)
        assert (node and node.name) == name


def test_a_failure_stands_at_its_layer() -> None:
    found = program()
    text = "Detected at node Net_1/words.one/table/GatherV2 defined at\nindices[0,0] = 7 is not in [0, 5)"
    text = f"Graph execution error:\n\n{text}"
    finding = failure(found, found.trains["Net"], found.models["Net"], text)
    assert finding.code is RUNTIME_FAILED and finding.span.text == 'Embedding(5, 3, name="table")'
    assert finding.message == "the training step failed at `table`: indices[0,0] = 7 is not in [0, 5)"
    assert finding.related[0].span.text == "Net"


def test_without_a_layer_it_stands_at_the_plan() -> None:
    found = program()
    for graph in (None, found.models["Net"]):
        finding = failure(found, found.trains["Net"], graph, "out of luck\n\t [[{{node while}}]]")
        assert finding.span == found.place("train", "Net") and finding.message.endswith("failed: out of luck")


def test_what_xla_can_not_compile_is_told_at_its_layer() -> None:
    found = compile_text(NET.replace("jit = off", "jit = xla")).elaborated.program
    text = "Detected unsupported operations on XLA_CPU_JIT: Where (No registered kernel) {{node Net/dense/Where}}"
    finding = failure(found, found.trains["Net"], found.models["Net"], text)
    assert finding.code is XLA_FAILED and finding.span.text == "dense" and "jit = off" in finding.help[0]


@pytest.mark.keras
def test_a_step_that_fails_is_told_there() -> None:
    """An index that an embedding hasn't: data with such are refused before, so that this step is given them by hand."""
    from training_helpers import refusal

    from specc.lower.model import build
    from specc.training.step.objective import build_state, compile_model
    from specc.training.step.training_step import TrainingStep

    found = program()
    plan, model = found.trains["Net"], build(found, "Net")
    inputs = {n: np.full((4, 4), 3, np.int32) for n in ("a", "b")}
    targets = {"y": np.zeros((4, 3), np.float32)}
    compile_model(found, model, plan)
    build_state(found, model, plan, inputs, targets)
    step = TrainingStep(found, model, plan, {n: v + 4 for n, v in inputs.items()}, targets, found.models["Net"])
    finding = refusal(lambda: step.run(np.arange(4, dtype=np.int32)[np.newaxis]))
    assert finding.code is RUNTIME_FAILED and finding.span.text == 'Embedding(5, 3, name="table")'
