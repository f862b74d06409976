"""A contender in a process of its own: builds once, then trains as often as it is told.

    python -m training.worker CONTENDER WORKLOAD FOLDER

Requests and answers are lines of JSON on standard input and output. The first answer comes when all is compiled. A
request names a method of the contender, `train` or specc's `train_fixed`, and epochs; each begins with the initial
weights.
"""

from __future__ import annotations

import json
import os
import sys
import time
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from training.workloads import WORKLOADS, Array, Workload

CHECKED = (1, 1, 6)
"""Steps whose mean losses are compared: the first one, the second, which shows gradient and update, and some more."""


class Contender(Protocol):
    """One way to train. It is made from a workload, its initial weights by Keras's paths, and the folder of the run.

    Attributes:
        note: how it trains, in a few words.
    """

    note: str

    def losses(self, steps: tuple[int, ...]) -> list[float]:
        """Train on the first batches, in the order of the data: the mean loss over each number of steps."""
        ...

    def restore(self) -> None:
        """Go back to the initial weights and a new optimizer."""
        ...

    def train(self, epochs: int) -> float:
        """Seconds of so many epochs in new orders, without what happens once per training."""
        ...


def made(name: str, workload: Workload, weights: Mapping[str, Array], folder: Path) -> Contender:
    """The contender of that name."""
    match name:
        case "fit" | "fit, tuned" | "Keras on JAX":
            from training.keras_fit import Fit

            return Fit(workload, weights, folder, tuned=name != "fit")
        case "jax.jit + optax":
            from training.by_jax import Jax

            return Jax(workload, weights)
        case "PyTorch" | "torch.compile":
            from training.by_torch import Torch

            return Torch(workload, weights, compiled=name != "PyTorch")
        case _:
            from training.by_specc import Specc

            return Specc(workload, weights)


def main() -> None:
    name, workload, folder = sys.argv[1], WORKLOADS[sys.argv[2]], Path(sys.argv[3])
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is no answer

    def answer(**fields: Any) -> None:
        print(json.dumps(fields), file=answers, flush=True)

    try:
        began = time.perf_counter()
        with np.load(folder / f"{workload.name}.npz") as file:
            weights = dict(file)
        contender = made(name, workload, weights, folder)
        losses = contender.losses(CHECKED)
        contender.restore()
        contender.train(1)
        answer(note=contender.note, losses=losses, epoch=contender.train(1), setup=time.perf_counter() - began)
        for line in sys.stdin:
            asked = json.loads(line)
            contender.restore()
            answer(seconds=getattr(contender, asked["do"])(asked["epochs"]))
    except Exception as error:
        traceback.print_exc()
        answer(error=f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error) else ''}")


if __name__ == "__main__":
    main()
