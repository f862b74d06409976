"""From the start of a process to the end of its first step, on ``specs/digits.model``; says when that was and ends.

    python -m training.first_step specc SPEC FOLDER
    python -m training.first_step keras SCRIPT

The plain script is what people write: the model, the digits, the same augmentation in ``tf.data``, then ``compile`` and
``fit``.
"""

from __future__ import annotations

import os
import sys
from typing import Any


def _done() -> None:
    """The first step is done. What a process does to end isn't measured."""
    print("first step", flush=True)
    os._exit(0)


def _specc(spec: str, folder: str) -> None:
    """``specc train`` of the spec."""
    from specc.cli.main import main
    from specc.training.loop import _Training

    whole = _Training.plan_step

    def plan_step(self: Any, *arguments: Any) -> None:
        whole(self, *arguments)
        self._at_once = 1

    _Training.plan_step = plan_step
    # Is called when steps are done, and not of those that a step plan is measured with.
    _Training.passed = lambda *_: _done()
    main(["train", spec, "-o", folder])


def _keras(script: str) -> None:
    import runpy

    import keras
    import numpy as np
    import tensorflow as tf
    from sklearn.datasets import load_digits

    class First(keras.callbacks.Callback):
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            _done()

    found = load_digits()
    x, y = found.images[:1258, :, :, None].astype(np.float32), found.target[:1258]
    augment = keras.Sequential(
        [
            keras.layers.RandomTranslation(0.1, 0.1, fill_mode="constant"),
            keras.layers.RandomRotation(0.03, fill_mode="constant"),
        ]
    )
    data = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(len(x)).batch(64)
    data = data.map(lambda a, b: (augment(a, training=True), b), num_parallel_calls=tf.data.AUTOTUNE)
    model = runpy.run_path(script)["build_digits"]()
    model.compile(
        optimizer=keras.optimizers.AdamW(keras.optimizers.schedules.CosineDecay(2e-3, 1_600), weight_decay=1e-4),
        loss=keras.losses.SparseCategoricalCrossentropy(),
        metrics=["accuracy"],
    )
    model.fit(data.prefetch(tf.data.AUTOTUNE), epochs=1, verbose=0, callbacks=[First()])


if __name__ == "__main__":
    {"specc": _specc, "keras": _keras}[sys.argv[1]](*sys.argv[2:])
