"""Makes a file of weights in the layout that Keras publishes for its applications: its own has to be fetched."""

from pathlib import Path

import h5py
import numpy as np


def write_vgg16(path: Path) -> dict[str, np.ndarray]:
    """`vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5` with other numbers: its arrays by their names in it.

    The first layer takes the size of pixels out, so that what comes after has a variance of about 1.
    """
    random, arrays, channels = np.random.default_rng(7), dict[str, np.ndarray](), 3
    with h5py.File(path, "w") as file:
        layers: dict[str, list[str]] = {"input_1": []}
        for block, (filters, depth) in enumerate(zip([64, 128, 256, 512, 512], [2, 2, 3, 3, 3], strict=True), 1):
            for number in range(1, depth + 1):
                name = f"block{block}_conv{number}"
                scale = np.sqrt(2 / 9 / channels) / (64 if channels == 3 else 1)
                kernel, bias = layers[name] = [f"{name}_W_1:0", f"{name}_b_1:0"]
                arrays[kernel] = random.normal(0, scale, (3, 3, channels, filters)).astype(np.float32)
                arrays[bias] = random.normal(0, 0.01, filters).astype(np.float32)
                channels = filters
            layers[f"block{block}_pool"] = []
        file.attrs["layer_names"] = [name.encode() for name in layers]
        for layer, names in layers.items():
            group = file.create_group(layer)
            group.attrs["weight_names"] = np.array([n.encode() for n in names], "S")
            for name in names:
                group[name] = arrays[name]
    return arrays
