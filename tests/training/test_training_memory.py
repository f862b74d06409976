"""What a training takes of memory: estimated before, told after."""

from pathlib import Path
from typing import Any

import pytest
from training_helpers import iris, ready, refusal, run

from specc.diagnostics.codes import OUT_OF_MEMORY
from specc.training.failures import memory
from specc.training.failures.memory import Sizes, sizes_of, warning
from specc.training.observer import SilentObserver
from specc.training.step.training_step import TrainingStep

MANY = Sizes(weights=5 << 30, gradients=3 << 20, optimizer=2 << 10, activations=7, data=11)


def test_each_part_is_told() -> None:
    assert MANY.text(13) == (
        "about 5.00 GiB: weights 5.00 GiB, gradients 3.00 MiB, the optimizer's state 2.00 KiB, "
        "what layers make of a batch of 13 7 B, the data 11 B"
    )


@pytest.mark.keras
def test_the_sizes_of_a_training() -> None:
    text = iris("batch_size = 7  optimizer = Adam()", layers="Inner()").replace(
        "model Iris", "model Inner { input x: float32[T]  output y = x -> ReLU }\nmodel Iris", 1
    )
    found = ready(text)
    graph = found.program.models["Iris"]
    sizes = sizes_of(found.program, found.model, found.plan, found.data.train, graph)
    weights = 4 * (4 + 1) * 3
    assert (sizes.weights, sizes.gradients) == (weights, weights)
    assert sizes.optimizer == 2 * weights + 8 + 4  # two averages, the number of steps, the learning rate
    # The inputs of both models, and what both layers make, for a batch of 7.
    assert sizes.activations == 7 * 4 * (4 + 4 + 4 + 3)
    assert sizes.data == 90 * 4 * 4 + found.data.train.targets["species"].nbytes
    line = warning(sizes, found.plan, sizes.total - 1)
    assert line is not None and line.startswith("this needs about ") and line.endswith(" are free here")
    assert warning(sizes, found.plan, sizes.total) is None and warning(sizes, found.plan, None) is None


@pytest.mark.keras
def test_the_machine_knows_what_is_free() -> None:
    free = memory.available()
    assert free is None or free > 1 << 20


class Notes(SilentObserver):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)


@pytest.mark.keras
@pytest.mark.parametrize("kind", ["tensorflow", "python"])
def test_too_much_is_told_before_and_after(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    import tensorflow as tf

    def fail(*_: Any) -> None:
        if kind == "python":
            raise MemoryError
        raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor with shape[7,13]")

    observer = Notes()
    monkeypatch.setattr("specc.training.loop.available", lambda: 1000)
    monkeypatch.setattr(TrainingStep, "run", fail)
    finding = refusal(lambda: run(iris("jit = off  batch_size = 14"), tmp_path / "run", observer))
    assert finding.code is OUT_OF_MEMORY and finding.span.text == "14"
    assert "weights 204 B" in finding.message and "what layers make of a batch of 14 " in finding.message
    assert "lower the batch size: `batch_size = 7`" in finding.help
    assert any(note.endswith("1000 B are free here") for note in observer.notes)
    assert not (tmp_path / "run").exists()


@pytest.mark.keras
@pytest.mark.parametrize("error", ["tensorflow", "python"])
def test_no_memory_for_the_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: str) -> None:
    import keras
    import tensorflow as tf

    def fail(*_: Any, **__: Any) -> None:
        raise MemoryError if error == "python" else tf.errors.ResourceExhaustedError(None, None, "OOM when allocating")

    monkeypatch.setattr(keras.layers.Dense, "build", fail)
    finding = refusal(lambda: run(iris(), tmp_path / "run", Notes()))
    assert finding.code is OUT_OF_MEMORY and finding.span.text == "Dense(6, activation=relu)"
    assert finding.message == "there is no memory for the weights of `Dense`, 120 B"
    assert not (tmp_path / "run").exists()


@pytest.mark.keras
def test_no_memory_for_the_state_of_the_optimizer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import keras

    def fail(*_: Any, **__: Any) -> None:
        raise MemoryError

    monkeypatch.setattr(keras.optimizers.Adam, "build", fail)
    finding = refusal(lambda: run(iris("optimizer = Adam()"), tmp_path / "run", Notes()))
    assert finding.code is OUT_OF_MEMORY and "weights 204 B, gradients 204 B" in finding.message
    assert not (tmp_path / "run").exists()
