"""Training in phases: the weights of Keras's own two compiles, one history, and nothing that ruins it."""

import json
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from forking import forks
from training_helpers import iris, ready, refusal, run

from specc.check.phases import phase_states
from specc.lower.model import build
from specc.training import phases
from specc.training.observer import SilentObserver
from specc.training.step.training_step import order

pytestmark = pytest.mark.keras

BODY = """
model Body {
    input x: float32[4]
    a = x -> Dense(7, activation=tanh, kernel_regularizer=L2(0.01), name="a")
    b = a -> BatchNormalization(momentum=0.8, name="bn")
    output y = b -> Dense(5, activation=tanh, name="b_1") -> Dense(5, activation=tanh, name="b_2")
}
"""
TWO = "phases = [Phase(freeze=backbone, epochs=2), Phase(unfreeze=[bn, b], learning_rate=0.003, epochs=3)]"


def transfer(settings: str = TWO, more: str = "", trainable: str = "true") -> str:
    """A spec of a new head after a backbone with batch normalization."""
    layers = f'Body(name="backbone", trainable={trainable}) -> Dropout(0.0)'
    return BODY + iris(f"optimizer = Adam(0.02)  batch_size = 16  seed = 3  {settings}", layers=layers, more=more)


def keras_twin(model: Any) -> tuple[Any, Any]:
    """The same network written by hand in Keras, with the same weights, and its backbone."""
    import keras
    from keras import layers

    x = given = keras.Input((4,))
    x = layers.Dense(7, activation="tanh", kernel_regularizer=keras.regularizers.L2(0.01), name="a")(x)
    x = layers.BatchNormalization(momentum=0.8, name="bn")(x)
    for name in ("b_1", "b_2"):
        x = layers.Dense(5, activation="tanh", name=name)(x)
    backbone = keras.Model(given, x)
    features = keras.Input((4,))
    twin = keras.Model(features, layers.Dense(3, activation="softmax")(backbone(features)))
    twin.set_weights(model.get_weights())
    return twin, backbone


def keras_fit(twin: Any, train: Any, rate: float, epochs: range) -> None:
    """A new `compile`, and epochs of the same batches."""
    import keras

    twin.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy", jit_compile=False)
    for epoch in epochs:
        for rows in order(3, epoch, train.size, 16):
            twin.train_on_batch(train.inputs["features"][rows], train.targets["species"][rows])


def test_two_phases_are_two_compiles_of_keras() -> None:
    found = ready(transfer())
    twin, backbone = keras_twin(found.model)
    statistics = [v.numpy() for v in backbone.get_layer("bn").non_trainable_weights]

    backbone.trainable = False
    keras_fit(twin, found.data.train, 0.02, range(1, 3))
    frozen = [v.numpy() for v in backbone.weights]
    assert all((a == b).all() for a, b in zip(statistics, frozen[4:6], strict=True))  # inference mode
    backbone.trainable = True
    backbone.get_layer("a").trainable = False
    keras_fit(twin, found.data.train, 0.003, range(3, 6))

    seen: list[list[Any]] = []

    class Watching(SilentObserver):
        def epoch(self, epoch: int, logs: Any) -> None:
            seen.append([v.numpy() for v in found.model.get_layer("backbone").weights])

    history = phases.fit(
        found.program, found.model, found.plan, found.data.train, found.data.validation,
        name="Iris", observer=Watching(), graph=found.program.models["Iris"],
    )  # fmt: skip
    for own, theirs in zip(found.model.weights, twin.weights, strict=True):
        np.testing.assert_allclose(own.numpy(), theirs.numpy(), rtol=2e-4, atol=2e-4, err_msg=own.path)
    # What is frozen stays to the bit; then all but `a` changes.
    assert all((a == b).all() for a, b in zip(seen[1], frozen, strict=True))
    moved = [not np.array_equal(a, b) for a, b in zip(seen[4], frozen, strict=True)]
    assert moved == [False] * 2 + [True] * 8
    logged = [(logs["phase"], round(logs["learning_rate"], 6)) for logs in history.epochs]
    assert logged == [(1, 0.02)] * 2 + [(2, 0.003)] * 3
    assert all(v.trainable for v in found.model.get_layer("backbone").get_layer("a").weights)  # as the spec says


def test_what_is_frozen_is_what_keras_freezes() -> None:
    """Of each phase, the trainable weights of the built model are those that the check says."""
    text = transfer(
        "phases = [Phase(unfreeze=b_2), Phase(freeze=dense, unfreeze=bn), Phase(unfreeze=backbone)]", trainable="false"
    )
    found = ready(text)
    plan, graph, model = found.plan, found.program.models["Iris"], build(found.program, "Iris")
    trained: list[list[str]] = []
    states = phase_states(found.program, graph, plan.phases or (), lambda *_: found.program.place())
    with phases.as_before(model):
        for state in states:
            phases.let_learn(found.program, graph, model, state)
            trained.append([v.path for v in model.trainable_weights])
    assert [v.path for v in model.trainable_weights] == ["dense/kernel", "dense/bias"]  # so an export says, too
    last = ["b_2/kernel", "b_2/bias"]
    assert trained[0] == [*last, "dense/kernel", "dense/bias"]
    assert trained[1] == ["bn/gamma", "bn/beta", *last]
    assert trained[2] == ["a/kernel", "a/bias", "bn/gamma", "bn/beta", "b_1/kernel", "b_1/bias", *last]


def test_early_stopping_begins_anew_in_each_phase(tmp_path: Path) -> None:
    settings = """early_stopping = EarlyStopping(monitor=loss, mode=max, patience=1)
        phases = [Phase(epochs=9), Phase(unfreeze=backbone, epochs=9)]"""
    run(transfer(settings, trainable="false"), tmp_path / "run")
    record = json.loads((tmp_path / "run" / "run.json").read_text())
    lines = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    assert [(line["epoch"], line["phase"]) for line in lines] == [(1, 1), (2, 1), (3, 2), (4, 2)]
    assert record["best_epoch"] == {"Iris": 3} and record["epochs"] == {"Iris": 4}
    spec = json.loads((tmp_path / "run" / "artifact" / "spec.json").read_text())
    (backbone,) = (n for m in spec["models"] for n in m["layers"] if n["name"] == "backbone")
    assert backbone["arguments"] == {"trainable": False}  # what the spec says, not what the last phase did


def test_numbers_that_are_not_finite_are_told_with_their_epoch(tmp_path: Path) -> None:
    settings = "phases = [Phase(freeze=backbone, epochs=2), Phase(optimizer=SGD(1e38), epochs=2)]"
    found = refusal(lambda: run(transfer(settings), tmp_path / "run"))
    assert found.code.id == "E701" and "in epoch 3, step " in found.message


# ── Going on ─────────────────────────────────────────────────────────────────────────────────────

KEPT = """early_stopping = EarlyStopping(patience=2)  checkpoint = Checkpoint(every=3, unit=steps)
    augment = GaussianNoise(0.1)
    phases = [Phase(freeze=backbone, epochs=2), Phase(unfreeze=[bn, b], learning_rate=0.003, epochs=2)]"""
ENSEMBLE = """
    model Small {
        input features: float32[4]
        output species = features -> Dense(3, activation=softmax)
    }
    ensemble Both {
        members = [Iris(), Small()]
        combine = Stack(Dense(3, activation=softmax), folds=2)
    }
    train Both { data = Flowers  loss = SparseCategoricalCrossentropy()  jit = off  batch_size = 64 }"""

Run = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def forked() -> Iterator[Run]:
    with forks() as function:
        yield function


def left_by(folder: Path) -> tuple[bytes, list[dict[str, Any]]]:
    """The weights, and what was logged without durations."""
    lines = (folder / "metrics.jsonl").read_text().splitlines()
    logs = [{**json.loads(line), "seconds": 0} for line in lines]
    return (folder / "artifact" / "weights.safetensors").read_bytes(), logs


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no processes that fork")
@pytest.mark.parametrize(("more", "kills"), [("", 5), (ENSEMBLE, 3)], ids=["plain", "ensemble"])
def test_kills_in_any_phase_change_nothing(forked: Run, tmp_path: Path, more: str, kills: int) -> None:
    file, alone, often = tmp_path / "net.model", tmp_path / "alone", tmp_path / "often"
    file.write_text(transfer(KEPT if not more else KEPT.replace("every=3", "every=9"), more))
    done = forked("train", file, "-o", alone)
    assert done["code"] == 0, done["err"]
    phases_of_logs = {line["phase"] for line in left_by(alone)[1] if "phase" in line}
    assert phases_of_logs == {1, 2}
    for _ in range(kills - 1):  # each goes about as far, so that there are kills in each phase
        killed = forked("train", file, "--resume", "-o", often, at=done["moments"] // kills)
        assert killed["code"] == -signal.SIGKILL, killed["err"]
    last = forked("train", file, "--resume", "-o", often)
    assert last["code"] == 0 and "goes on in epoch" in last["err"], last["err"]
    assert left_by(often) == left_by(alone)
