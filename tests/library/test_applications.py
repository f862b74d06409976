"""Every architecture of `keras.applications` as a spec of the standard library: the same weights, the same outputs."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from specc.catalogue.declare import show_value
from specc.compiler import Compilation, compile_text
from specc.diagnostics.render import render
from specc.program.json import graph_hash

pytestmark = pytest.mark.keras

FAMILIES: dict[str, tuple[str, ...]] = {
    "vgg": ("VGG16", "VGG19"),
    "resnet": ("ResNet50", "ResNet101", "ResNet152"),
    "resnet_v2": ("ResNet50V2", "ResNet101V2", "ResNet152V2"),
    "densenet": ("DenseNet121", "DenseNet169", "DenseNet201"),
    "xception": ("Xception",),
    "mobilenet": ("MobileNet",),
    "mobilenet_v2": ("MobileNetV2",),
    "mobilenet_v3": ("MobileNetV3Small", "MobileNetV3Large"),
    "convnext": tuple(f"ConvNeXt{size}" for size in ("Tiny", "Small", "Base", "Large", "XLarge")),
    "inception_v3": ("InceptionV3",),
    "inception_resnet_v2": ("InceptionResNetV2",),
    "nasnet": ("NASNetMobile", "NASNetLarge"),
    "efficientnet_v2": tuple(f"EfficientNetV2{i}" for i in ("B0", "B1", "B2", "B3", "S", "M", "L")),
    "efficientnet": tuple(f"EfficientNetB{i}" for i in range(8)),
}
"""The models of each file in `specc/library/applications`."""

SMALLEST: dict[str, int] = {"InceptionV3": 75, "InceptionResNetV2": 75, "Xception": 71}
"""Sizes of pictures that are larger than 32, where an architecture needs or adapts to it."""

NAMES = [(family, name) for family, names in FAMILIES.items() for name in names]


def test_all_of_keras_are_there() -> None:
    import keras

    theirs = [n for n, f in vars(keras.applications).items() if inspect.isfunction(f)]
    assert sorted(theirs) == sorted(name for _, name in NAMES)


def probe(family: str, name: str, size: int | None, arguments: dict[str, Any]) -> Compilation:
    """A spec that uses the architecture of the library, as its part ``net``."""
    written = ", ".join(f"{key}={show_value(value)}" for key, value in arguments.items())
    shape = "[H, W, 3]" if size is None else f"[{size}, {size}, 3]"
    compilation = compile_text(f"""from "std/applications/{family}" import {name}
        model Probe {{
            input image: float32{shape}
            output y = image -> {name}(input_shape={show_value((size, size, 3))}, {written}, name="net")
        }}""")
    assert compilation.report.ok, render(compilation.report, "full")
    return compilation


def ours(family: str, name: str, size: int | None, arguments: dict[str, Any]) -> Any:
    """The architecture as a Keras model, built from the library's spec."""
    from specc.lower.model import build

    compilation = probe(family, name, size, arguments)
    return build(compilation.program, compilation.model("Probe")["net"].model or "", unlearned=True)


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


def compare(family: str, name: str, size: int | None, *, include_top: bool, **own: Any) -> None:
    """Both with the same weights on the same pictures; ``size`` None is a size that is only known at run time."""
    import keras
    import numpy as np

    keras.utils.clear_session()
    arguments = {"include_top": include_top, **own}
    arguments |= {"classes": 7} if include_top else {"pooling": "avg"}
    theirs = getattr(keras.applications, name)(weights=None, input_shape=(size, size, 3), **arguments)
    mine = ours(family, name, size, arguments)
    assert layers(mine) == layers(theirs)
    assert mine.count_params() == theirs.count_params()
    rng = np.random.default_rng(7)
    size = size or 37
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


AS_COMPARED = {
    "InceptionResNetV2": "95c8e0dfbaecaa4ea265476fafcff4beb805d2379690cbf82db7d99bf12c069f",
    "NASNetMobile": "764ac63ad6995ad16638287e707099a4b6f0e5cc58acf2fe95db88568d534b5c",
}
"""The hashes of architectures whose comparison takes longest: they stand here as the nightly one found them equal."""

FIRST = {family: name for family, (name, *_) in FAMILIES.items() if name not in AS_COMPARED}
"""One architecture of each other family, for every run of the tests."""


@pytest.mark.parametrize(("family", "name"), FIRST.items())
def test_same_layers_and_outputs_as_keras(family: str, name: str) -> None:
    compare(family, name, SMALLEST.get(name, 33), include_top=False)


@pytest.mark.parametrize("name", AS_COMPARED)
def test_they_are_as_they_were_compared(name: str) -> None:
    """After a change: ``pytest -m nightly tests/library -k NAME``, and its new hash above."""
    (family,) = (family for family, names in FAMILIES.items() if name in names)
    assert graph_hash(probe(family, name, 75, {"include_top": False}).program) == AS_COMPARED[name]


@pytest.mark.nightly
@pytest.mark.parametrize("include_top", [True, False])
@pytest.mark.parametrize(("family", "name"), NAMES)
def test_all_are_those_of_keras(family: str, name: str, include_top: bool) -> None:
    compare(family, name, SMALLEST.get(name, 32), include_top=include_top)


@pytest.mark.parametrize(
    ("family", "name", "arguments"),
    [
        ("mobilenet", "MobileNet", {"alpha": 0.25, "depth_multiplier": 2, "dropout": 0.5}),
        ("mobilenet_v2", "MobileNetV2", {"alpha": 1.4}),
        ("mobilenet_v3", "MobileNetV3Small", {"minimalistic": True, "alpha": 0.75, "include_preprocessing": False}),
        pytest.param(
            "efficientnet_v2", "EfficientNetV2B0", {"include_preprocessing": False}, marks=pytest.mark.nightly
        ),
    ],
)
def test_arguments_of_their_own(family: str, name: str, arguments: dict[str, Any]) -> None:
    compare(family, name, 33, include_top=True, **arguments)


@pytest.mark.parametrize(
    ("family", "name"),
    [
        ("mobilenet_v2", "MobileNetV2"),
        ("vgg", "VGG16"),
        pytest.param("resnet", "ResNet50", marks=pytest.mark.nightly),
    ],
)
def test_pictures_of_any_size(family: str, name: str) -> None:
    compare(family, name, None, include_top=False)
