"""Configurations and files as Keras writes them, made without Keras."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np

Record = dict[str, Any]


def tensor(layer: str, node: int = 0, index: int = 0) -> Record:
    """A result of a layer, as an argument of a call."""
    return {"class_name": "__keras_tensor__", "config": {"keras_history": [layer, node, index]}}


def layer(class_name: str, name: str, *inputs: Any, module: str = "keras.layers", **config: Any) -> Record:
    """A layer applied once to some results: ``layer("Dense", "head", "x", units=3)``."""
    taken = [tensor(i) if isinstance(i, str) else i for i in inputs]
    return {
        "module": module,
        "class_name": class_name,
        "config": {"name": name, "trainable": True, **config} if module == "keras.layers" else {"name": name, **config},
        "registered_name": None,
        "name": name,
        "inbound_nodes": [{"args": taken if len(taken) < 2 or "ops" in module else [taken], "kwargs": {}}],
    }


def entry(name: str, *sizes: int | None, dtype: str = "float32") -> Record:
    """An `InputLayer`."""
    config = {"name": name, "batch_shape": [None, *sizes], "dtype": dtype}
    return {"module": "keras.layers", "class_name": "InputLayer", "config": config, "name": name, "inbound_nodes": []}


def functional(*layers: Record, outputs: Any = None, name: str = "functional") -> Record:
    """A functional model; its output is the last layer's unless others are named."""
    inputs = [[r["name"], 0, 0] for r in layers if r["class_name"] == "InputLayer"]
    given = [[layers[-1]["name"], 0, 0]] if outputs is None else outputs
    config = {"name": name, "trainable": True, "layers": layers, "input_layers": inputs, "output_layers": given}
    return {"module": "keras", "class_name": "Functional", "config": config, "registered_name": "Functional"}


def keras_file(path: Path, config: Any, weights: Mapping[str, list[np.ndarray]] | None = None) -> Path:
    """A `.keras` archive; ``weights`` are the arrays of layers by the paths of their groups."""
    text = config if isinstance(config, str) else json.dumps(config)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("metadata.json", "{}")
        archive.writestr("config.json", text)
        if weights is not None:
            stream = io.BytesIO()
            with h5py.File(stream, "w") as file:
                for place, arrays in weights.items():
                    group = file.create_group(f"{place}/vars")
                    for number, array in enumerate(arrays):
                        group[str(number)] = array
            archive.writestr("model.weights.h5", stream.getvalue())
    return path
