"""Pixels for published weights: what `Preprocess` makes is what Keras's `preprocess_input` makes, and rules know it."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from specc.check.preprocessing import MODE_OF, MODES
from specc.check.weights import architectures
from specc.compiler import Compilation, compile_text
from specc.diagnostics import SpecError
from specc.source import Source

PICTURES = np.random.default_rng(3).uniform(0, 255, (2, 5, 7, 3)).astype("float32")


@pytest.mark.keras
@pytest.mark.parametrize("mode", MODES)
def test_preprocess_is_that_of_keras(mode: str) -> None:
    from keras.applications.imagenet_utils import preprocess_input

    from specc.lower.model import build

    compilation = compile_text(f"""from "std/preprocessing" import Preprocess
        model Probe {{ input image: float32[H, W, 3]  output y = image -> Preprocess({mode}) }}""")
    assert compilation.report.ok
    expected = preprocess_input(PICTURES.copy(), mode=mode)
    found = build(compilation.program, "Probe")({"image": PICTURES})["y"]
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)
    known = MODES[mode]
    pixels = PICTURES[..., ::-1] if known.order == "bgr" else PICTURES
    np.testing.assert_allclose(pixels * np.array(known.scale) + np.array(known.offset), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.keras
@pytest.mark.parametrize("family", MODE_OF)
def test_each_family_has_its_own_way(family: str) -> None:
    """The way of each file of the library is what the module of that name in Keras does."""
    module = importlib.import_module(f"keras.applications.{'vgg16' if family == 'vgg' else family}")
    found = module.preprocess_input(PICTURES.copy())
    mode = MODE_OF[family]
    if mode is None:
        np.testing.assert_array_equal(found, PICTURES)
    else:
        from keras.applications.imagenet_utils import preprocess_input

        np.testing.assert_allclose(found, preprocess_input(PICTURES.copy(), mode=mode), rtol=1e-6)


def test_each_architecture_has_a_way() -> None:
    assert set(architectures().values()) == set(MODE_OF)


# ── What is followed ─────────────────────────────────────────────────────────────────────────────

SPEC = """from "std/applications/mobilenet_v2" import MobileNetV2
from "std/applications/vgg" import VGG16
from "std/preprocessing" import Preprocess
model Scaled {{ input image: float32[32, 32, 3]  output y = image -> Rescaling(1 / 127.5, -1) }}
model Net {{
    input image: float32[32, 32, {channels}]
    picture = {picture}
    net = {name}(include_top=false, input_shape=[32, 32, 3], pooling=avg, weights={weights})
    output y = picture -> net -> Dense(3, activation=softmax)
}}
train Net {{ data = {data}  loss = SparseCategoricalCrossentropy() {more} }}
"""
PIXELS = 'Images("pictures", size=32)'
ARRAYS = 'NPZ("pictures.npz")'


def codes(picture: str, name: str = "MobileNetV2", data: str = PIXELS, **more: Any) -> list[str]:
    given = {"channels": 3, "weights": "imagenet", "more": "", **more}
    text = SPEC.format(picture=picture, name=name, data=data, **given)
    return [d.code.id for d in Compilation(Source("net.model", text)).report if d.code.id != "W508"]


RIGHT = {
    "the block": ("image -> Preprocess(tf)",),
    "rounded": ("image / 128 - 1",),
    "in two steps": ("(image -> Rescaling(1 / 255)) * 2 - 1",),
    "inside of a model": ("image -> Scaled()",),
    "after a change of size": ("image -> RandomFlip -> Resizing(32, 32) -> Preprocess(tf)",),
    "numbers": ("image -> Normalization(mean=[127.5], variance=[16256.25])",),
    "bgr by hand": ("flip(image, axis=-1) -> Rescaling(1, [-103.9, -116.8, -123.7])", "VGG16"),
    "caffe": ("image -> Preprocess(caffe)", "VGG16"),
    "values from 0 to 1": ("image * 2 - 1", "MobileNetV2", ARRAYS),
    "values that nobody knows": ("image", "MobileNetV2", ARRAYS),
    "after a layer that learns": ("image -> Conv2D(3, 1)", "MobileNetV2", ARRAYS),
}
WRONG = {
    "nothing": ("image",),
    "0 to 1": ("image -> Rescaling(1 / 255)",),
    "twice": ("image -> Scaled() -> Scaled()",),
    "turned around": ("image -> Preprocess(tf) -> Identity * 1", "VGG16"),
    "without the order": ("image -> Rescaling(1, [-103.939, -116.779, -123.68])", "VGG16"),
    "in the other order": ("flip(image -> Preprocess(caffe), axis=-1)", "VGG16"),
    "whatever the range": ("image -> Rescaling(1 / 255)", "MobileNetV2", ARRAYS),
}


@pytest.mark.parametrize("case", RIGHT.values(), ids=RIGHT.keys())
def test_right_pixels(case: tuple[str, ...]) -> None:
    assert "E519" not in codes(*case)


@pytest.mark.parametrize("case", WRONG.values(), ids=WRONG.keys())
def test_wrong_pixels(case: tuple[str, ...]) -> None:
    assert "E519" in codes(*case)


def test_one_channel_has_no_order() -> None:
    gray = "(image, image, image) -> Concatenate"
    assert "E519" not in codes(f"{gray} -> Preprocess(caffe)", "VGG16", 'Images("p", size=32, channels=1)', channels=1)
    assert "E519" in codes(f"{gray} -> Preprocess(torch)", "VGG16", 'Images("p", size=32, channels=1)', channels=1)


def test_new_weights_learn_from_any_pixels() -> None:
    assert "E519" not in codes("image -> Rescaling(1 / 255)", weights="none")


def test_augmentation_counts() -> None:
    assert "E519" in codes("image", more="augment = RandomFlip(horizontal)")
    assert "E519" not in codes("image", more="augment = Rescaling(1 / 255)")  # another rule's matter


@pytest.mark.parametrize(("most", "refused"), [(1.0, True), (255.0, True), (-1.0, False)])
def test_training_looks_at_arrays_of_which_nothing_is_known(tmp_path: Path, most: float, refused: bool) -> None:
    from specc.check.preprocessing import require_expected_pixels

    text = SPEC.format(channels=3, picture="image", name="MobileNetV2", weights="imagenet", data=ARRAYS, more="")
    program = compile_text(text).program
    arrays = np.linspace(min(most, 0), abs(most), 32 * 32 * 3, dtype="float32").reshape(1, 32, 32, 3)
    if not refused:
        require_expected_pixels(program, "Net", {"image": arrays})
        return
    with pytest.raises(SpecError) as error:
        require_expected_pixels(program, "Net", {"image": arrays})
    assert [d.code.id for d in error.value.diagnostics] == ["E519"]
    assert error.value.diagnostics[0].found == f"0 to {most:g}"
