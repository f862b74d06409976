"""Models that Keras builds and saves: imported, compiled and filled with their weights, they give the same outputs."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from specc.catalogue import registry
from specc.compiler import Compilation, compile_text
from specc.importing.importer import import_model
from specc.importing.same import twins
from specc.lower.model import build, named_weights
from specc.lower.quiet import import_tensorflow
from specc.syntax.read import read

pytestmark = pytest.mark.keras

SEED = 20240611


@pytest.fixture(scope="module")
def keras() -> Any:
    import_tensorflow()
    import keras

    keras.utils.set_random_seed(SEED)
    return keras


def fill(model: Any, rng: np.random.Generator) -> None:
    """Give a model weights that differ from each other; variances stay positive, and deep networks within float32."""
    for variable in model.weights:
        if "float" in variable.dtype and variable.path.rpartition("/")[2] not in ("mean", "variance"):
            shape = variable.shape
            positive = variable.name in ("gamma", "moving_variance")
            summed = math.prod(shape[:-1] if shape[-1:] != (1,) else shape[:-2])  # depthwise kernels end with 1
            spread = min(0.1, 1 / math.sqrt(summed))
            drawn = rng.uniform(0.8, 1.2, shape) if positive else rng.normal(0, spread, shape)
            variable.assign(drawn.astype("float32"))


def examples(shape: Any, dtype: str, rng: np.random.Generator, *, whole: bool) -> np.ndarray:
    sizes = [3, *(6 if size is None else size for size in shape[1:])]
    drawn = rng.integers(0, 5, sizes) if whole or "int" in dtype else rng.normal(size=sizes)
    return drawn.astype(dtype)


def differences(keras: Any, model: Any, file: Path, *, whole: bool = False) -> tuple[float, Compilation]:
    """The greatest difference between the outputs of a saved and an imported model, in parts of the greatest output."""
    rng = np.random.default_rng(SEED)
    fill(model, rng)
    made = import_model(_saved(model, file))
    compiled = compile_text(made.text)
    name = compiled.model().name
    built = build(compiled.program, name)
    variables = named_weights(compiled.program, name, built)
    assert made.weights is not None
    assert made.weights.keys() == variables.keys()
    for path, variable in variables.items():
        variable.assign(made.weights[path])
    fed = [examples(x.shape, x.dtype, rng, whole=whole) for x in model.inputs]
    types = compiled.program.models[name].inputs
    given = {n: x.astype(t.dtype) for (n, t), x in zip(types.items(), fed, strict=True)}
    wanted, found = model(fed if len(fed) > 1 else fed[0]), built(given)
    if isinstance(wanted, dict):
        return _distance([wanted[key] for key in found], list(found.values())), compiled
    return _distance(keras.tree.flatten(wanted), list(found.values())), compiled


def _distance(wanted: list[Any], found: list[Any]) -> float:
    pairs = [(np.asarray(a, "float64"), np.asarray(b, "float64")) for a, b in zip(wanted, found, strict=True)]
    assert all(a.shape == b.shape and np.ptp(a) > 0 for a, b in pairs)
    return max(float(np.abs(a - b).max() / np.abs(a).max()) for a, b in pairs)


# ── Models of all kinds ──────────────────────────────────────────────────────────────────────────


def functions(k: Any) -> Any:
    """Operators and functions of `keras.ops`, several inputs of unlike sizes, named outputs."""
    layers, ops = k.layers, k.ops
    x, z = k.Input((None, 7), name="left"), k.Input((5, 7), name="right-side")
    h = 2 - (layers.Dense(7, activation="relu")(x) + 1.0)
    h = ops.mean((h * h)[:, 1:, :], axis=1)
    u = ops.concatenate([ops.reshape(layers.LSTM(3)(z), (-1, 3)), h], axis=-1)
    first, second = ops.split(u, 2, axis=1)
    u = ops.softmax(ops.expand_dims(first, 1), axis=-1)
    u = ops.einsum("bij,bjk->bik", ops.matmul(u, ops.transpose(u, (0, 2, 1))), ops.expand_dims(second, 1))
    return k.Model([x, z], {"chosen": ops.where(u > 0, u, 0.1 * u), "mean": h})


def attention(k: Any) -> Any:
    """Blocks of a transformer, with names that count."""
    layers = k.layers
    x = k.Input((9, 5))
    y = layers.TimeDistributed(layers.Dense(4))(x)
    for i in range(4):
        z = layers.LayerNormalization()(y)
        y = layers.Add()([y, layers.MultiHeadAttention(3, 2, name=f"attention{i}")(z, z, use_causal_mask=True)])
        z = layers.Dense(11, activation="gelu", name=f"up{i}")(layers.LayerNormalization()(y))
        y = y + layers.Dense(4, name=f"down{i}")(z)
    return k.Model(x, y)


def masks(k: Any) -> Any:
    """A mask that Keras passes on by itself, and saves as if it had been written."""
    layers = k.layers
    x = k.Input((None,))
    y = layers.Embedding(5, 4, mask_zero=True)(x)
    y = layers.Bidirectional(layers.GRU(3, return_sequences=True))(y)
    return k.Model(x, layers.Dense(2)(layers.LSTM(3)(y)))


def masking(k: Any) -> Any:
    layers = k.layers
    return k.Sequential([k.Input((7, 3)), layers.Masking(0.0), layers.SimpleRNN(5), layers.Dense(2)])


def unbuilt(k: Any) -> Any:
    """A `Sequential` without an input layer."""
    model = k.Sequential([k.layers.Embedding(5, 4), k.layers.Conv1D(3, 2), k.layers.GlobalMaxPooling1D()])
    model.build((None, 6))
    return model


def siamese(k: Any) -> Any:
    """Models in models, applied twice and alike, a shared layer, inputs and outputs in dictionaries."""
    layers = k.layers

    def encoder(name: str) -> Any:
        return k.Sequential([k.Input((6,)), layers.Dense(4, activation="relu"), layers.Dense(3)], name=name)

    left, right = k.Input((6,), name="left"), k.Input((6,), name="right")
    one, two, head = encoder("one"), encoder("two"), layers.Dense(5, name="head")
    distance = layers.Subtract()([head(one(left)), head(two(right))])
    return k.Model({"left": left, "right": right}, {"distance": distance, "code": one(right)})


def nested(k: Any) -> Any:
    """A functional model with a dictionary of inputs in another order, applied once and twice."""
    layers = k.layers
    p, q = k.Input((3,), name="p"), k.Input((4,), name="q")
    both = layers.Concatenate()([p, q])
    inner = k.Model({"p": p, "q": q}, {"z": layers.Dense(3)(both), "a": layers.Dense(4)(both)}, name="inner")
    a, b = k.Input((4,)), k.Input((3,))
    once = inner({"q": a, "p": b})
    twice = inner({"q": once["a"], "p": once["z"]})
    return k.Model([a, b], [once["z"], twice["a"]])


def sizes(k: Any) -> Any:
    """Unknown sizes that must be equal, and others that need not be."""
    layers = k.layers
    a, b = k.Input((None, 4)), k.Input((None, 4))
    y = layers.Conv1D(4, 3, padding="same")(layers.Add()([a, b]))
    return k.Model([a, b], [y, layers.GlobalAveragePooling1D()(layers.Concatenate(axis=1)([y, a]))])


def statistics(k: Any) -> Any:
    """A `Normalization` that learned from data."""
    normalization = k.layers.Normalization()
    normalization.adapt(np.random.default_rng(SEED).normal(3, 2, (50, 4)).astype("float32"))
    x = k.Input((4,))
    return k.Model(x, k.layers.Dense(2)(normalization(x)))


def pictures(k: Any) -> Any:
    """Convolutions of all kinds with skips, frozen parts, regularizers, initializers, policies."""
    layers = k.layers
    x = k.Input((16, 16, 3))
    y = layers.Rescaling(1 / 255)(x)
    y = layers.Conv2D(8, 3, padding="same", kernel_initializer=k.initializers.HeNormal(seed=7))(y)
    skips = []
    for width in (8, 16):
        z = layers.Conv2D(width, 3, padding="same", use_bias=False, kernel_regularizer=k.regularizers.L2(1e-3))(y)
        z = layers.ReLU()(layers.BatchNormalization(axis=3)(z))
        skips.append(z)
        y = layers.MaxPooling2D()(z)
    y = layers.SeparableConv2D(16, 3, padding="same", trainable=False)(y)
    for width, skip in zip((16, 8), reversed(skips), strict=True):
        y = layers.Concatenate()([layers.Conv2DTranspose(width, 2, strides=2)(y), skip])
        y = layers.ReLU()(layers.BatchNormalization()(layers.Conv2D(width, 3, padding="same", use_bias=False)(y)))
    return k.Model(x, layers.Conv2D(2, 1, activation="sigmoid")(layers.Dropout(0.2)(y)))


def constants(k: Any) -> Any:
    """Arrays with one number for each channel, beside tensors in all kinds of calculations."""
    ops, c = k.ops, np.array([1.0, -0.2, 3.0, 0.4, 5.0], "float32")
    x = k.Input((3, 5))
    y = ops.subtract(ops.convert_to_tensor(c), (x + c) * c[None] - ops.convert_to_tensor(c)) / np.array(
        [[7.0]], "float32"
    )
    y = ops.maximum(y / np.array([1, 2, 3, 4, 5], "int32"), c[None, None])
    return k.Model(x, ops.where(x > 0, y, ops.convert_to_tensor(c)))


def compiled(k: Any) -> Any:
    """A model with two outputs that says how it is trained."""
    x = k.Input((5,))
    model = k.Model(x, {"kind": k.layers.Dense(3, activation="softmax")(x), "size": k.layers.Dense(1)(x)})
    rate = k.optimizers.schedules.CosineDecay(0.01, 100)
    model.compile(
        k.optimizers.AdamW(rate, weight_decay=0.01),
        loss={"kind": k.losses.SparseCategoricalCrossentropy(), "size": "mse"},
        loss_weights={"size": 0.5},
        metrics={"kind": ["acc", k.metrics.SparseTopKCategoricalAccuracy(k=2)], "size": ["mae"]},
    )
    return model


KINDS: list[tuple[Callable[[Any], Any], bool]] = [
    (functions, False), (attention, False), (masks, True), (masking, False), (unbuilt, True), (siamese, False),
    (nested, False), (sizes, False), (statistics, False), (pictures, False), (constants, False),
]  # fmt: skip


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
@pytest.mark.parametrize(("make", "whole"), KINDS, ids=lambda v: getattr(v, "__name__", ""))
def test_the_outputs_are_the_same(
    keras: Any, tmp_path: Path, make: Callable[[Any], Any], whole: bool, suffix: str
) -> None:
    distance, _ = differences(keras, make(keras), tmp_path / f"net{suffix}", whole=whole)
    assert distance < 1e-5, f"seed {SEED}"


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_how_a_model_was_compiled_is_told_as_a_section(keras: Any, tmp_path: Path, suffix: str) -> None:
    made = import_model(_saved(compiled(keras), tmp_path / f"net{suffix}"))
    assert made.notes == []
    assert (
        made.train
        == """train Net {
    data         = Examples
    loss         = { kind = SparseCategoricalCrossentropy()  size = MeanSquaredError() }
    loss_weights = { kind = 1.0  size = 0.5 }
    metrics      = { kind = [accuracy, SparseTopKCategoricalAccuracy(k=2)]  size = [mae] }
    optimizer    = AdamW(learning_rate=CosineDecay(0.01, 100), weight_decay=0.01)
}"""
    )
    rows = "".join(f"{n},1,{n},2,3,{n % 3},0.5\n" for n in range(20))
    (tmp_path / "rows.csv").write_text("a,b,c,d,e,kind,size\n" + rows)
    spec = tmp_path / "net.model"
    spec.write_text(f'{made.text}\ndata Examples = CSV("rows.csv")\n\n{made.train}\n')
    report = Compilation(read(str(spec))).report
    assert [d.message for d in report.errors] == []


def test_training_false_of_a_call_says_nothing_to_keras_either(keras: Any) -> None:
    x = keras.Input((3,))
    model = keras.Model(x, keras.layers.Dropout(0.5)(x, training=False))
    dropped = np.asarray(model(np.ones((50, 3), "float32"), training=True))
    assert (dropped == 0).any()


# ── Every layer of the catalogue ─────────────────────────────────────────────────────────────────

OTHERWISE = {
    "EinsumDense": "sizes that were left to the input",
    "RNN": "a list of cells as one",
    "RandomContrast": "a factor as a pair",
    "RandomCrop": "a seed that it drew",
    "Reshape": "a size that was left open",
    **dict.fromkeys(
        (
            *("AugMix", "CutMix", "RandAugment", "RandomElasticTransform", "RandomErasing", "RandomGaussianBlur"),
            *("RandomHue", "RandomPerspective", "Solarization"),
        ),
        "a number as a pair",
    ),
    **dict.fromkeys(("Equalization", "MelSpectrogram"), "the pipeline that it is lowered in"),
    **dict.fromkeys(("HashedCrossing", "Hashing"), "the dtype that they have by default"),
}
"""What Keras saves in another way that means the same."""


def _saved(model: Any, file: Path) -> Path:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.save(file)
    return file


def test_every_layer_comes_back_as_it_was(keras: Any, tmp_path: Path) -> None:
    checked = 0
    for name, declaration in registry.declarations("layer").items():
        example = getattr(declaration, "example", "")
        if not example or name in OTHERWISE:
            continue
        there = compile_text(f"model Net {{ {example} }}").program
        model = build(there, "Net")
        made = import_model(_saved(model, tmp_path / "net.keras"))
        again = compile_text(made.text).program
        twins(there, "Net", again, "Net")
        variables = named_weights(again, "Net", build(again, "Net"))
        assert made.weights is not None
        assert {n: a.shape for n, a in made.weights.items()} == {n: tuple(v.shape) for n, v in variables.items()}
        checked += 1
    assert checked > 70


# ── keras.applications ───────────────────────────────────────────────────────────────────────────


def application(keras: Any, name: str, file: Path) -> None:
    keras.backend.clear_session()
    make = getattr(keras.applications, name)
    model = make(weights=None, input_shape=(96, 96, 3), classes=7, classifier_activation=None)
    distance, compiled = differences(keras, model, file)
    assert distance < 1e-5, f"seed {SEED}"
    assert len(compiled.source.text.splitlines()) < 0.6 * len(model.layers) + 70


@pytest.mark.parametrize("name", ["MobileNet", "MobileNetV3Small"])
def test_some_applications(keras: Any, tmp_path: Path, name: str) -> None:
    application(keras, name, tmp_path / "net.keras")


@pytest.mark.nightly
def test_all_applications(keras: Any, tmp_path: Path) -> None:
    names = [n for n in dir(keras.applications) if n[0].isupper() and callable(getattr(keras.applications, n))]
    assert len(names) == 40
    failed: dict[str, str] = {}
    for name in names:
        try:
            application(keras, name, tmp_path / "net.keras")
        except Exception as error:  # each is told, none hides those after it
            failed[name] = str(error)[:300]
        (tmp_path / "net.keras").unlink(missing_ok=True)
    assert not failed
