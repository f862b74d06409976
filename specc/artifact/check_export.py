"""Loads one exported file and writes its answers: ``python -m specc.artifact.check_export FORMAT FILE INPUTS OUTPUT``.

Runs in a process of its own, right after the export was written by us; never on files from elsewhere.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np

from specc.lower.quiet import import_tensorflow


def answers(format: str, path: str, inputs: dict[str, Any]) -> dict[str, Any]:
    """The outputs of an exported model by name for inputs ``[examples, …]`` by name."""
    tf = import_tensorflow()
    if format == "keras":
        import keras

        model = keras.models.load_model(path, safe_mode=True, compile=False)
        return {k: np.asarray(v) for k, v in model(inputs, training=False).items()}
    loaded = tf.saved_model.load(path)
    fed = {name: tf.constant(value) for name, value in inputs.items()}
    return {k: np.asarray(v) for k, v in loaded.serve(fed).items()}


def main(arguments: list[str]) -> None:
    """Carry out one check."""
    format, path, given, output = arguments
    with np.load(given, allow_pickle=False) as loaded:
        inputs = {name: loaded[name] for name in loaded.files}
    np.savez(Path(output), **answers(format, path, inputs))


if __name__ == "__main__":
    main(sys.argv[1:])
