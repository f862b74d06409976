"""Every architecture of `keras.applications` as a spec of the standard library: the same weights, the same outputs."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from specc.compiler import compile_text
from specc.diagnostics.render import render

pytestmark = pytest.mark.keras

FAMILIES: dict[str, tuple[str, ...]] = {
    "vgg": ("VGG16", "VGG19"),
    "convnext": tuple(f"ConvNeXt{size}" for size in ("Tiny", "Small", "Base", "Large", "XLarge")),
    "inception_v3": ("InceptionV3",),
    "inception_resnet_v2": ("InceptionResNetV2",),
    "nasnet": ("NASNetMobile", "NASNetLarge"),
    "efficientnet_v2": tuple(f"EfficientNetV2{i}" for i in ("B0", "B1", "B2", "B3", "S", "M", "L")),
    "efficientnet": tuple(f"EfficientNetB{i}" for i in range(8)),
}
"""The models of each file in `specc/library/applications`."""

SMALLEST: dict[str, int] = {"InceptionV3": 75, "InceptionResNetV2": 75}
"""Sizes of pictures that are larger than 32, where an architecture needs or adapts to it."""

NAMES = [(family, name) for family, names in FAMILIES.items() for name in names]


def test_all_of_keras_are_there() -> None:
    import keras

    theirs = [n for n, f in vars(keras.applications).items() if inspect.isfunction(f)]
    assert sorted(theirs) == sorted(name for _, name in NAMES)


def ours(family: str, name: str, size: int, arguments: str) -> Any:
    """The architecture as a Keras model, built from the library's spec."""
    from specc.lower.model import build

    compilation = compile_text(f"""from "std/applications/{family}" import {name}
        model Probe {{
            input image: float32[{size}, {size}, 3]
            output y = image -> {name}(input_shape=[{size}, {size}, 3], {arguments}, name="net")
        }}""")
    assert compilation.report.ok, render(compilation.report, "full")
    return build(compilation.program, compilation.model("Probe")["net"].model or "")


def layers(model: Any) -> list[str]:
    """The layers that own weights, in order, with the weights' shapes."""
    return [
        f"{PRIVATE.get(type(x).__name__, type(x).__name__)} {[tuple(w.shape) for w in x.weights]}"
        for x in _leaves(model)
        if x.weights
    ]


def _leaves(model: Any) -> list[Any]:
    """The layers, also those of models inside."""
    return [leaf for x in model.layers for leaf in (_leaves(x) if hasattr(x, "layers") else [x])]


PRIVATE = {"LayerScale": "EinsumDense"}
"""What Keras has a private layer for, and the public one that does the same."""


def compare(family: str, name: str, size: int, *, include_top: bool) -> None:
    import keras
    import numpy as np

    keras.utils.clear_session()
    theirs = getattr(keras.applications, name)(
        weights=None,
        include_top=include_top,
        input_shape=(size, size, 3),
        classes=7,
        pooling=None if include_top else "avg",
    )
    mine = ours(family, name, size, "classes=7" if include_top else "include_top=false, pooling=avg")
    assert layers(mine) == layers(theirs)
    assert mine.count_params() == theirs.count_params()
    rng = np.random.default_rng(7)
    # Away from their first values: running means and variances of 0 and 1 would hide an exchange.
    values = [_random(rng, w) for w in theirs.weights]
    theirs.set_weights(values)
    mine.set_weights(values)
    picture = rng.uniform(0, 255, (2, size, size, 3)).astype("float32")
    expected = np.asarray(theirs(picture, training=False))
    (found,) = mine({"image": picture}, training=False).values()
    assert np.ptp(expected) > 0
    np.testing.assert_allclose(np.asarray(found), expected, rtol=1e-5, atol=1e-5 * np.abs(expected).max())


def _random(rng: Any, weight: Any) -> Any:
    """Values that keep the numbers that flow through a deep network in range."""
    import numpy as np

    shape = tuple(weight.shape)
    if weight.path.endswith(("variance", "gamma")):
        return rng.uniform(0.8, 1.2, shape)
    if len(shape) > 1:
        return rng.normal(0, np.sqrt(2 / np.prod(shape[:-1])), shape)
    return rng.normal(0, 0.1, shape)


@pytest.mark.parametrize(("family", "name"), NAMES)
def test_same_layers_and_outputs_as_keras(family: str, name: str) -> None:
    compare(family, name, SMALLEST.get(name, 32), include_top=False)
