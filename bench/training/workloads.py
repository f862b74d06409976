"""The workloads: a spec, its data in NumPy arrays, and for peers written by hand what it says of optimizer and batch.

Data are made from a seed; a fifth of their labels is noise, so that no contender runs out of something to learn.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

_SPECS = Path(__file__).parent.parent / "workloads"


@dataclass(frozen=True)
class Workload:
    """One thing to train.

    Attributes:
        batch: examples per step; all arrays hold whole batches.
        optimizer, rate: Keras's name, and the learning rate. SGD has momentum 0.9.
        arrays: makes inputs and targets, ``[examples, …]``.
        augments: whether the spec augments its input.
        of: the workload whose network it has, where that isn't its own.
        parameters: those of the spec that are other than its defaults.
    """

    name: str
    title: str
    batch: int
    optimizer: str
    rate: float
    arrays: Callable[[], tuple[Array, Array]]
    augments: bool = False
    of: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def network(self) -> str:
        """The name of the network, for those who write it by hand."""
        return self.of or self.name

    @property
    def spec(self) -> Path:
        """The file of the spec."""
        return _SPECS / f"{self.network}.model"


def _digits() -> tuple[Array, Array]:
    """The first 1,280 of scikit-learn's bundled digits: 20 batches of 64."""
    from sklearn.datasets import load_digits

    found = load_digits()
    return found.images[:1280, :, :, None].astype(np.float32), found.target[:1280].astype(np.int32)


def _noisy(rng: np.random.Generator, labels: Array, classes: int) -> Array:
    drawn = rng.integers(classes, size=labels.shape)
    return np.where(rng.random(labels.shape) < 0.2, drawn, labels).astype(np.int32)


def _table() -> tuple[Array, Array]:
    rng = np.random.default_rng(7)
    rows = rng.normal(size=(12_800, 54)).astype(np.float32)
    scores = np.tanh(rows @ rng.normal(size=(54, 16)) / 4) @ rng.normal(size=(16, 7))
    return rows, _noisy(rng, scores.argmax(axis=1), 7)


def _signals() -> tuple[Array, Array]:
    rng = np.random.default_rng(11)
    signals = rng.normal(size=(3_200, 32, 16)).astype(np.float32)
    scores = np.cumsum(signals, axis=1)[:, ::8].reshape(3_200, -1) @ rng.normal(size=(64, 10))
    return signals, _noisy(rng, scores.argmax(axis=1), 10)


def _tokens() -> tuple[Array, Array]:
    """Sequences in which each token hangs on the two before it."""
    rng = np.random.default_rng(13)
    tokens = rng.integers(64, size=(1_280, 65))
    for step in range(2, 65):
        tokens[:, step] = _noisy(rng, (3 * tokens[:, step - 1] + tokens[:, step - 2]) % 64, 64)
    return tokens[:, :-1].astype(np.int32), tokens[:, 1:].astype(np.int32)


def _pictures() -> tuple[Array, Array]:
    rng = np.random.default_rng(17)
    kinds = rng.integers(10, size=128)
    pictures = rng.normal(size=(128, 64, 64, 3)) + rng.normal(size=(10, 1, 1, 3))[kinds]
    return pictures.astype(np.float32), _noisy(rng, kinds, 10)


WORKLOADS = {
    w.name: w
    for w in (
        Workload("convnet", "small convnet, 8×8 digits, batch 64", 64, "Adam", 1e-3, _digits),
        Workload("augmentation", "the same with augmentation", 64, "Adam", 1e-3, _digits, augments=True),
        Workload(
            "wide",
            "convnet, 4 times as wide",
            64,
            "Adam",
            1e-3,
            _digits,
            of="convnet",
            parameters={"Convnet.width": "32"},
        ),
        Workload("mlp", "MLP, 54 columns, batch 128", 128, "Adam", 1e-3, _table),
        Workload("lstm", "LSTM, 32 steps, batch 64", 64, "Adam", 1e-3, _signals),
        Workload("transformer", "transformer, 64 tokens, batch 32", 32, "Adam", 1e-3, _tokens),
        Workload("resnet", "ResNet-18, 64×64 pictures, batch 16", 16, "SGD", 1e-3, _pictures),
    )
}
