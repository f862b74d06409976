"""Models that begin with weights from elsewhere: every layout of a file gives the same outputs, frozen ones stay."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from specc.compiler import Compilation
from specc.diagnostics import SpecError
from specc.training.initial.pretrained import load_pretrained
from specc.training.observer import SilentObserver
from specc.training.run import train

pytestmark = pytest.mark.keras

SPEC = """
block Body {
    input x: float[H, W, C]
    output y = x -> Conv2D(5, 3, name="conv") -> BatchNormalization(name="bn") -> Activation(relu)
}
model Backbone {
    input image: float32[8, 8, 1]
    output y = image -> NORMAL Body(name="body") -> GlobalAveragePooling2D -> Dense(7, activation=relu, name="top")
}
model Mine {
    input image: float32[8, 8, 1]
    output y = image -> Backbone(weights="FILE", trainable=TRAINABLE, name="backbone") -> Dense(10, activation=softmax)
}
data Digits = Sklearn(digits, test=0.2)
train Mine {
    data = Digits
    loss = SparseCategoricalCrossentropy()
    optimizer = Adam(1e-2)
    epochs = 1
    batch_size = 256
    jit = off
}
"""


def keras_backbone(*, normal: bool = False) -> Any:
    import keras

    x = image = keras.Input((8, 8, 1))
    if normal:
        layer = keras.layers.Normalization(name="normal")
        layer.adapt(np.random.default_rng(3).normal(5, 3, (64, 8, 8, 1)))
        x = layer(x)
    x = keras.layers.Conv2D(5, 3)(x)
    x = keras.layers.BatchNormalization()(x)
    x = keras.layers.GlobalAveragePooling2D()(keras.layers.Activation("relu")(x))
    model = keras.Model(image, keras.layers.Dense(7, activation="relu")(x))
    rng = np.random.default_rng(7)
    for variable in model.weights:
        if not variable.path.startswith("normal/"):
            variable.assign(rng.uniform(0.1, 1, variable.shape))
    return model


def compiled(folder: Path, file: str, *, trainable: bool = False, normal: bool = False) -> Compilation:
    text = SPEC.replace("FILE", file).replace("TRAINABLE", str(trainable).lower())
    spec = folder / "mine.model"
    spec.write_text(text.replace("NORMAL", 'Normalization(name="normal") ->' if normal else ""))
    compilation = Compilation.of_file(spec)
    assert compilation.report.ok, [d.message for d in compilation.report]
    return compilation


def save(model: Any, path: Path) -> None:
    if path.suffix == ".safetensors":
        from safetensors.numpy import save_file

        names = ["body.conv/kernel", "body.conv/bias", *(f"body.bn/{n}" for n in BN), "top/kernel", "top/bias"]
        save_file(dict(zip(names, (w.numpy() for w in model.weights), strict=True)), path)
    elif path.name.startswith("whole"):
        model.save(path)
    else:
        import h5py
        from keras.src.legacy.saving import legacy_h5_format

        with h5py.File(path, "w") as file:
            legacy_h5_format.save_weights_to_hdf5_group(file, model)


BN = ("gamma", "beta", "moving_mean", "moving_variance")


@pytest.mark.parametrize("file", ["net.h5", "whole.h5", "net.safetensors"])
def test_every_layout_gives_the_same_outputs(tmp_path: Path, file: str) -> None:
    from specc.lower.model import build, named_weights

    theirs = keras_backbone()
    save(theirs, tmp_path / file)
    loaded = load_pretrained(compiled(tmp_path, file).program, "Mine")
    mine = build(loaded.program, "Mine")
    loaded.fill(named_weights(loaded.program, "Mine", mine))
    pictures = np.random.default_rng(5).normal(size=(4, 8, 8, 1)).astype("float32")
    found = mine.get_layer("backbone")({"image": pictures}, training=False)["y"]
    np.testing.assert_allclose(found, theirs(pictures, training=False), rtol=1e-6, atol=1e-6)
    assert not mine.get_layer("backbone").trainable_weights
    assert set(loaded.sources) == {"backbone"} and loaded.sources["backbone"].endswith(f" {file}")


def test_a_normalization_learns_from_the_file(tmp_path: Path) -> None:
    from specc.lower.model import build, named_weights

    theirs = keras_backbone(normal=True)
    save(theirs, tmp_path / "net.h5")
    loaded = load_pretrained(compiled(tmp_path, "net.h5", normal=True).program, "Mine")
    mine = build(loaded.program, "Mine")
    loaded.fill(named_weights(loaded.program, "Mine", mine))
    pictures = np.random.default_rng(5).normal(5, 3, (4, 8, 8, 1)).astype("float32")
    found = mine.get_layer("backbone")({"image": pictures}, training=False)["y"]
    np.testing.assert_allclose(found, theirs(pictures, training=False), rtol=1e-5, atol=1e-5)


def test_arrays_in_another_order_are_refused(tmp_path: Path) -> None:
    import h5py

    save(keras_backbone(), tmp_path / "net.h5")
    with h5py.File(tmp_path / "net.h5", "a") as file:
        file.attrs["layer_names"] = file.attrs["layer_names"][::-1]
    with pytest.raises(SpecError) as error:
        load_pretrained(compiled(tmp_path, "net.h5").program, "Mine")
    assert [(d.code.id, d.found) for d in error.value.diagnostics] == [("E608", "it has them in another order")]


@pytest.mark.parametrize("trainable", [False, True])
def test_what_is_frozen_stays_and_the_artifact_needs_no_file(tmp_path: Path, trainable: bool) -> None:
    from specc.artifact.read import read

    theirs = keras_backbone()
    save(theirs, tmp_path / "net.h5")
    run = tmp_path / "run"
    train(compiled(tmp_path, "net.h5", trainable=trainable).program, "Mine", run, observer=SilentObserver())
    (tmp_path / "net.h5").unlink()
    model = read(run / "artifact").load_model()
    backbone = model.get_layer("backbone")
    # (Not the bias before a normalization, whose gradient is 0.)
    kept = [np.array_equal(a.numpy(), b.numpy()) for a, b in zip(backbone.weights, theirs.weights, strict=True)]
    assert all(kept) if not trainable else not any(kept[2:])
    record = json.loads((run / "run.json").read_text())
    assert record["weights"]["backbone"].startswith("sha256:")
    spec = json.loads((run / "artifact" / "spec.json").read_text())
    arguments = [
        node.get("arguments", {}) for m in spec["models"] for node in m["layers"] if node["name"] == "backbone"
    ]
    assert arguments == [{} if trainable else {"trainable": False}]


# ── What Keras publishes ─────────────────────────────────────────────────────────────────────────


APPLICATION = """from "std/applications/FAMILY" import NAME
model Mine {
    input image: float32[32, 32, 3]
    output y = image -> NAME(include_top=false, input_shape=[32, 32, 3], pooling=avg, weights=imagenet, name="net")
}
"""


def application(family: str, name: str) -> Any:
    from specc.compiler import compile_text

    compilation = compile_text(APPLICATION.replace("FAMILY", family).replace("NAME", name))
    assert compilation.report.ok
    return compilation.program


def test_without_a_network_the_message_says_which_file_goes_where(tmp_path: Path, monkeypatch: Any) -> None:
    from keras.src.utils import file_utils

    def no_network(*_: Any, **__: Any) -> None:
        raise OSError("Network is unreachable")

    monkeypatch.setattr(file_utils, "urlretrieve", no_network)
    monkeypatch.setattr(file_utils.config, "keras_home", lambda: str(tmp_path))
    with pytest.raises(SpecError) as error:
        load_pretrained(application("vgg", "VGG16"), "Mine")
    (finding,) = error.value.diagnostics
    assert finding.code.id == "E610"
    name = "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5"
    assert finding.help[0].endswith(f"/{name}") and finding.help[1] == f"and put it there: {tmp_path}/models/{name}"


@pytest.mark.parametrize(("family", "name"), [("mobilenet_v2", "MobileNetV2"), ("efficientnet", "EfficientNetB0")])
def test_published_weights_give_keras_outputs(family: str, name: str, tmp_path: Path, monkeypatch: Any) -> None:
    import keras
    from keras.src.legacy.saving import legacy_h5_format
    from keras.src.utils import file_utils

    from specc.lower.model import build, named_weights

    made = getattr(keras.applications, name)(weights=None, include_top=False, input_shape=(32, 32, 3))
    rng = np.random.default_rng(7)
    made.set_weights([_like(rng, w) for w in made.weights])
    import h5py

    with h5py.File(tmp_path / "published.h5", "w") as file:
        legacy_h5_format.save_weights_to_hdf5_group(file, made)
    monkeypatch.setattr(file_utils, "get_file", lambda *_, **__: str(tmp_path / "published.h5"))
    theirs = getattr(keras.applications, name)(include_top=False, input_shape=(32, 32, 3), pooling="avg")
    loaded = load_pretrained(application(family, name), "Mine")
    mine = build(loaded.program, "Mine")
    loaded.fill(named_weights(loaded.program, "Mine", mine))
    pictures = rng.uniform(0, 255, (2, 32, 32, 3)).astype("float32")
    expected = np.asarray(theirs(pictures, training=False))
    found = mine({"image": pictures}, training=False)["y"]
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5 * np.abs(expected).max())
    assert loaded.sources["net"].startswith("imagenet ")


def _like(rng: Any, weight: Any) -> Any:
    shape = tuple(weight.shape)
    if "int" in weight.dtype:
        return np.ones(shape, weight.dtype)
    if weight.path.endswith(("variance", "gamma")):
        return rng.uniform(0.8, 1.2, shape)
    scale = np.sqrt(2 / np.prod(shape[:-1])) if len(shape) > 1 else 0.1
    return rng.normal(0, scale, shape)
