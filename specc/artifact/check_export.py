"""Loads exported files and writes their answers, in a process of its own: arguments are the inputs, a folder for the
answers, ``class=MODULE`` for each module with layers of a plugin, and ``FORMAT=FILE`` for each export.

Only for files that were just written by us, never for files from elsewhere.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import numpy as np

from specc.artifact.tensors import load_arrays, save_arrays
from specc.lower.quiet import import_tensorflow


def answers(format: str, path: str, inputs: dict[str, Any]) -> dict[str, Any]:
    """The outputs of an exported model by name for inputs ``[examples, …]`` by name."""
    tf = import_tensorflow()
    fed = {name: tf.constant(value) for name, value in inputs.items()}
    if format == "keras":
        import keras

        found = keras.models.load_model(path, safe_mode=True, compile=False)(fed, training=False)
    else:
        loaded = tf.saved_model.load(path)  # its variables live as long as this name
        found = loaded.serve(fed)
    return {name: np.asarray(value) for name, value in found.items()}


def main(arguments: list[str]) -> None:
    """Carry out the checks, one after the other; the first that fails ends the process."""
    given, folder, *exports = arguments
    inputs = load_arrays(Path(given))
    for export in exports:
        format, _, path = export.partition("=")
        if format == "class":
            importlib.import_module(path)  # registers a plugin's layers with Keras
            continue
        save_arrays(Path(folder) / f"{format}.npz", answers(format, path, inputs))
