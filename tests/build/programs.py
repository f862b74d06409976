"""The shipped specs as Python programs; each is the same program as the file of its name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from specc.build import Model, Program, Tensor, block, data, ensemble, export, float32, int32, ops, string, train
from specc.build.callbacks import EarlyStopping
from specc.build.combiners import SoftVote
from specc.build.layers import (
    GRU,
    Activation,
    BatchNormalization,
    Bidirectional,
    CategoryEncoding,
    Concatenate,
    Conv2D,
    Conv2DTranspose,
    Dense,
    Discretization,
    Dropout,
    Embedding,
    Flatten,
    GaussianNoise,
    GlobalAveragePooling2D,
    IntegerLookup,
    LayerNormalization,
    MaxPooling2D,
    MultiHeadAttention,
    Normalization,
    RandomRotation,
    RandomTranslation,
    ReLU,
    Rescaling,
    Reshape,
    StringLookup,
)
from specc.build.losses import AddLoss, Huber, MeanSquaredError, SparseCategoricalCrossentropy
from specc.build.optimizers import SGD, Adam, AdamW
from specc.build.regularizers import L2
from specc.build.schedules import CosineDecay
from specc.build.sources import CSV, NPZ, Sklearn

# ── Blocks ───────────────────────────────────────────────────────────────────────────────────────


@block
def ConvBN(  # noqa: N802
    x: Tensor,
    /,
    filters: int,
    kernel: int = 3,
    strides: int = 1,
    activation: Literal["linear", "relu"] = "linear",
    momentum: float = 0.99,
) -> Tensor:
    convolved = x >> Conv2D(filters, kernel, strides=strides, padding="same", use_bias=False, name="conv")
    normal = convolved >> BatchNormalization(momentum=momentum, name="bn")
    return normal if activation == "linear" else normal >> Activation(activation, name="activation")


@block
def Bottleneck(x: Tensor, /, filters: int, stride: int = 1) -> Tensor:  # noqa: N802
    same = stride == 1 and x.shape[-1] == 4 * filters
    skip = x if same else x >> ConvBN(4 * filters, kernel=1, strides=stride, momentum=0.9).named("skip")
    main = x >> ConvBN(filters, kernel=1, activation="relu", momentum=0.9).named("conv_1")
    main = main >> ConvBN(filters, strides=stride, activation="relu", momentum=0.9).named("conv_2")
    main = main >> ConvBN(4 * filters, kernel=1, momentum=0.9).named("conv_3")
    return skip + main >> Activation("relu", name="relu")


@block
def FeedForward(x: Tensor, /, expansion: int = 4, dropout: float = 0.0) -> Tensor:  # noqa: N802
    channels = x.shape[-1]
    return x >> Dense(expansion * channels, activation="gelu") >> Dropout(dropout) >> Dense(channels)


@block
def Encoder(x: Tensor, /, heads: int, expansion: int = 4, dropout: float = 0.0) -> Tensor:  # noqa: N802
    normal = x >> LayerNormalization(epsilon=1e-6)
    attended = (normal, normal) >> MultiHeadAttention(heads, x.shape[-1] // heads, dropout=dropout)
    x = x + (attended >> Dropout(dropout))
    return x + (x >> LayerNormalization(epsilon=1e-6) >> FeedForward(expansion, dropout))


@block
def TokenAndPosition(tokens: Tensor, /, vocabulary: int, length: int, width: int) -> Tensor:  # noqa: N802
    positions = ops.arange(tokens.shape[0]) >> Embedding(length, width)
    return (tokens >> Embedding(vocabulary, width)) + positions


# ── Programs ─────────────────────────────────────────────────────────────────────────────────────


def brackets(units: int = 32) -> Program:
    model = Model("Brackets", parameters={"units": units})
    text = model.input("text", "int32[T]")
    read = text >> Embedding(257, 16, mask_zero=True) >> Bidirectional(GRU(units))
    label = read >> Dense(units, activation="relu") >> Dense(2, activation="softmax")
    model.output("label", label, float32[2])
    texts = data("Texts", CSV("data/brackets.csv", validation=0.1, test=0.1, seed=2))
    plan = train(
        model,
        data=texts,
        loss=SparseCategoricalCrossentropy(),
        metrics=["accuracy"],
        optimizer=Adam(5e-3),
        epochs=30,
        batch_size=64,
        early_stopping=EarlyStopping(monitor="val_accuracy", patience=8),
    )
    return Program(model, plan)


def coffees(width: int = 32) -> Program:
    model = Model("Coffees", parameters={"width": width})
    drink, milk = (model.input(name, string[()]) for name in ("drink", "milk"))
    code, shots = (model.input(name, int32[()]) for name in ("zip", "shots"))
    minutes = model.input("minutes", float32[1])
    drinks = drink >> StringLookup(12) >> Embedding(12, 6)
    milks = milk >> StringLookup(8, pad_to_max_tokens=True, output_mode="one_hot") >> Rescaling(1)
    cities = code >> IntegerLookup(8, pad_to_max_tokens=True, output_mode="one_hot") >> Rescaling(1)
    extra = shots >> CategoryEncoding(4, "one_hot")
    waiting = minutes >> Normalization()
    hurry = minutes >> Discretization(num_bins=8, output_mode="one_hot")
    together = (drinks, milks, cities, extra, waiting, hurry) >> Concatenate()
    tip = together >> Dense(width, activation="relu") * 2 >> Dense(1)
    model.output("tip", tip, float32[1])
    plan = train(
        model,
        data=CSV("data/coffees.csv", validation=0.1, test=0.2, seed=5),
        loss=MeanSquaredError(),
        metrics=["mae"],
        optimizer=Adam(5e-3),
        epochs=40,
        batch_size=64,
    )
    return Program(model, plan)


def digits_model(width: int = 32, dropout: float = 0.3, name: str = "Digits") -> Model:
    @block
    def ConvBN(x: Tensor, /, filters: int) -> Tensor:  # noqa: N802
        convolved = x >> Conv2D(filters, 3, padding="same", use_bias=False)
        return convolved >> BatchNormalization(momentum=0.9) >> ReLU()

    model = Model(name, parameters={"width": width, "dropout": dropout}, definition="Digits")
    x = model.input("image", float32[8, 8, 1]) >> Rescaling(1 / 16)
    for filters in [width, 2 * width]:
        x = x >> ConvBN(filters) * 2 >> MaxPooling2D(2) >> Dropout(dropout)
    hidden = x >> Flatten() >> Dense(4 * width, activation="relu") >> Dropout(dropout)
    model.output("digit", hidden >> Dense(10, activation="softmax"), float32[10])
    return model


def digits(learning_rate: float = 2e-3) -> Program:
    model = digits_model()
    rotated = RandomRotation(0.03, fill_mode="constant")
    plan = train(
        model,
        data=data("Handwriting", Sklearn("digits", validation=0.1, test=0.2, seed=7)),
        augment=RandomTranslation(0.1, 0.1, fill_mode="constant") >> rotated,
        loss=SparseCategoricalCrossentropy(),
        metrics=["accuracy"],
        optimizer=AdamW(CosineDecay(learning_rate, 1_600), weight_decay=1e-4),
        epochs=80,
        batch_size=64,
        early_stopping=EarlyStopping(monitor="val_loss", patience=20),
        seed=1,
    )
    return Program(model, plan, export(model, formats=["keras", "saved_model"], version="1.0.0"))


def committee() -> Program:
    perceptron = Model("Perceptron", parameters={"units": 128})
    image = perceptron.input("image", float32[8, 8, 1])
    x = image >> Rescaling(1 / 16) >> Flatten() >> Dense(128, activation="relu") >> Dropout(0.2)
    perceptron.output("digit", x >> Dense(10, activation="softmax"))

    reader = Model("RowReader", parameters={"units": 48})
    rows = reader.input("image", float32[8, 8, 1]) >> Rescaling(1 / 16) >> Reshape([8, 8])
    reader.output("digit", rows >> Bidirectional(GRU(48)) >> Dense(10, activation="softmax"))

    digits = digits_model(16, name="Digits_width_16")
    together = ensemble("Committee", members=[digits, perceptron, reader], combine=SoftVote())
    plan = train(
        together,
        data=data("Handwriting", Sklearn("digits", validation=0.1, test=0.2, seed=7)),
        loss=SparseCategoricalCrossentropy(),
        metrics=["accuracy"],
        optimizer=Adam(2e-3),
        epochs=25,
        batch_size=64,
        early_stopping=EarlyStopping(monitor="val_loss", patience=6),
        seed=3,
    )
    export_ = export(together, formats=["keras", "saved_model"], version="1.0.0")
    return Program(perceptron, reader, together, plan, export_)


def cultivars(units: int = 32, dropout: float = 0.2) -> Program:
    model = Model("Cultivars", parameters={"units": units, "dropout": dropout})
    x = model.input("features", float32[13]) >> BatchNormalization(momentum=0.9)
    hidden = x >> Dense(units, activation="relu") >> Dropout(dropout)
    model.output("cultivar", hidden >> Dense(3, activation="softmax"))
    plan = train(
        model,
        data=data("Wines", Sklearn("wine", validation=0.2, test=0.2, seed=5)),
        loss=SparseCategoricalCrossentropy(),
        metrics=["accuracy"],
        optimizer=Adam(0.01),
        epochs=60,
        batch_size=16,
        early_stopping=EarlyStopping(patience=15),
    )
    return Program(model, plan)


def diabetes(units: int = 32) -> Program:
    model = Model("Progression", parameters={"units": units})
    hidden = model.input("features", float32[10]) >> Dense(units, activation="relu", kernel_regularizer=L2(1e-3))
    model.output("progression", hidden >> Dense(1) >> Rescaling(100, offset=150), float32[1])
    plan = train(
        model,
        data=data("Patients", Sklearn("diabetes", validation=0.15, test=0.15, seed=11)),
        loss=MeanSquaredError(),
        metrics=["mae"],
        optimizer=Adam(0.01),
        epochs=120,
        batch_size=32,
        early_stopping=EarlyStopping(patience=20),
    )
    return Program(model, plan)


def gpt(vocabulary: int = 12, width: int = 64, depth: int = 2) -> Program:
    @block
    def CausalAttention(x: Tensor, /, heads: int) -> Tensor:  # noqa: N802
        time, channels = x.shape
        size: Any = channels // heads
        q, k, v = ops.split(ops.reshape(x >> Dense(3 * channels), [time, heads, 3 * size]), 3, axis=-1)
        scores = ops.einsum("bihd,bjhd->bhij", q, k) * size**-0.5
        step = ops.arange(time)
        seen = ops.expand_dims(step, -1) >= ops.expand_dims(step, 1)
        weights = ops.softmax(ops.where(ops.expand_dims(seen, 1), scores, -1e9))
        return ops.reshape(ops.einsum("bhij,bjhd->bihd", weights, v), [time, channels]) >> Dense(channels)

    @block
    def Step(x: Tensor, /, heads: int) -> Tensor:  # noqa: N802
        x = x + (x >> LayerNormalization(epsilon=1e-5) >> CausalAttention(heads))
        return x + (x >> LayerNormalization(epsilon=1e-5) >> FeedForward())

    model = Model("GPT", parameters={"vocabulary": vocabulary, "width": width, "depth": depth})
    x: Any = model.input("tokens", "int32[T]") >> TokenAndPosition(vocabulary, 64, width)
    for _ in range(depth):
        x = x >> Step(4)
    following = x >> LayerNormalization(epsilon=1e-5) >> Dense(vocabulary)
    model.output("following", following, f"float32[T, {vocabulary}]")
    plan = train(
        model,
        data=data("Sums", NPZ("data/sums.npz", validation=0.1, test=0.1, seed=3)),
        loss=SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        optimizer=AdamW(CosineDecay(3e-3, 1_500), weight_decay=1e-2),
        epochs=50,
        batch_size=64,
        early_stopping=EarlyStopping(monitor="val_loss", patience=15),
    )
    return Program(model, plan)


def pendulum(units: int = 32) -> Program:
    model = Model("Pendulum", parameters={"units": units})
    x = model.input("features", float32[3]) >> BatchNormalization(momentum=0.9)
    for _ in range(2):
        x = x >> Dense(units, activation="tanh")
    model.output("period_s", x >> Dense(1), float32[1])
    swings = CSV(
        "data/pendulum.csv",
        inputs=["length_m", "mass_kg", "angle_rad"],
        targets="period_s",
        validation=0.15,
        test=0.15,
    )
    plan = train(
        model,
        data=data("Swings", swings),
        loss=Huber(),
        metrics=["mae"],
        optimizer=Adam(0.01),
        epochs=80,
        batch_size=32,
        early_stopping=EarlyStopping(patience=20),
    )
    return Program(model, plan)


def resnet(width: int = 64, stages: Sequence[int] = (3, 4, 6, 3), channels: int = 1, classes: int = 10) -> Program:
    parameters = {"width": width, "stages": stages, "channels": channels, "classes": classes}
    model = Model("ResNet", parameters=parameters)
    x: Any = model.input("image", float32["H", "W", channels])
    x = x >> ConvBN(width, kernel=7, strides=2, activation="relu", momentum=0.9) >> MaxPooling2D(3, 2, padding="same")
    for stage, depth in enumerate(stages):
        filters = width * 2**stage
        x = x >> Bottleneck(filters, stride=1 if stage == 0 else 2) >> Bottleneck(filters) * (depth - 1)
    model.output("label", x >> GlobalAveragePooling2D() >> Dense(classes, activation="softmax"))
    plan = train(
        model,
        data=data("Handwriting", Sklearn("digits", validation=0.1, test=0.2, seed=7)),
        loss=SparseCategoricalCrossentropy(),
        metrics=["accuracy"],
        optimizer=SGD(0.05, momentum=0.9, nesterov=True),
        epochs=10,
        batch_size=64,
    )
    return Program(model, plan)


def unet(width: int = 8, depth: int = 2, classes: int = 3) -> Program:
    @block
    def DoubleConv(x: Tensor, /, filters: int) -> Tensor:  # noqa: N802
        return (
            x
            >> ConvBN(filters, activation="relu").named("conv_1")
            >> ConvBN(filters, activation="relu").named("conv_2")
        )

    @block
    def DownStage(x: Tensor, /, filters: int) -> tuple[Tensor, Tensor]:  # noqa: N802
        full = x >> DoubleConv(filters)
        return full, full >> MaxPooling2D(2, name="pool")

    @block
    def UpStage(x: Tensor, full: Tensor, /, filters: int) -> Tensor:  # noqa: N802
        up = x >> Conv2DTranspose(filters, 2, strides=2, name="up")
        return (full, up) >> Concatenate(name="concat") >> DoubleConv(filters)

    model = Model("UNet", parameters={"width": width, "depth": depth, "classes": classes})
    x: Any = model.input("picture", float32[32, 32, 1]) >> Rescaling(1 / 255)
    kept: list[Tensor] = []
    for level in range(depth):
        full, x = x >> DownStage(width * 2**level)
        kept.append(full)
    x = x >> DoubleConv(width * 2**depth)
    for level in reversed(range(depth)):
        x = (x, kept[level]) >> UpStage(width * 2**level)
    model.output("mask", x >> Conv2D(classes, 1, activation="softmax"), float32[32, 32, classes])
    plan = train(
        model,
        data=data("Discs", NPZ("data/discs.npz", validation=0.1, test=0.2, seed=4)),
        loss=SparseCategoricalCrossentropy(),
        metrics=["accuracy"],
        optimizer=Adam(5e-3),
        epochs=15,
        batch_size=20,
        early_stopping=EarlyStopping(monitor="val_loss", patience=6),
    )
    return Program(model, plan)


def vae(latent: int = 8) -> Program:
    @block
    def Sample(mean: Tensor, log_variance: Tensor, /) -> Tensor:  # noqa: N802
        noise = ops.zeros_like(mean) >> GaussianNoise(1)
        return mean + ops.exp(log_variance / 2) * noise

    @block
    def Divergence(mean: Tensor, log_variance: Tensor, /) -> Tensor:  # noqa: N802
        return -0.5 * ops.sum(1 + log_variance - ops.square(mean) - ops.exp(log_variance))

    encoder = Model("Encoder", parameters={"latent": latent})
    x = encoder.input("image", float32[8, 8, 1])
    for strides in (1, 2):
        x = x >> Conv2D(32, 3, strides=strides, padding="same", activation="relu")
    hidden = x >> Flatten() >> Dense(64, activation="relu")
    encoder.output("mean", hidden >> Dense(latent))
    encoder.output("log_variance", hidden >> Dense(latent))

    decoder = Model("Decoder", parameters={"latent": latent})
    x = decoder.input("point", float32[latent]) >> Dense(4 * 4 * 32, activation="relu") >> Reshape([4, 4, 32])
    x = x >> Conv2DTranspose(32, 3, strides=2, padding="same", activation="relu")
    decoder.output("image", x >> Conv2D(1, 3, padding="same"), float32[8, 8, 1])

    model = Model("Autoencoder", parameters={"latent": latent})
    mean, log_variance = model.input("image", float32[8, 8, 1]) / 16 >> encoder
    model.output("picture", (mean, log_variance) >> Sample() >> decoder, float32[8, 8, 1])
    model.output("divergence", (mean, log_variance) >> Divergence(), float32[()])
    pictures = Sklearn("digits", targets={"picture": "image"}, validation=0.1, test=0.1)
    plan = train(
        model,
        data=data("Digits", pictures),
        loss={"picture": MeanSquaredError(), "divergence": AddLoss()},
        loss_weights={"picture": 1.0, "divergence": 0.001},
        optimizer=Adam(1e-3),
        epochs=20,
        batch_size=64,
        early_stopping=EarlyStopping(monitor="val_loss", patience=5),
    )
    return Program(encoder, decoder, model, plan)


def vit(width: int = 32, depth: int = 2, heads: int = 4) -> Program:
    @block
    def Patches(picture: Tensor, /, size: int, width: int) -> Tensor:  # noqa: N802
        return picture >> Conv2D(width, size, strides=size) >> Reshape([-1, width])

    model = Model("ViT", parameters={"width": width, "depth": depth, "heads": heads})
    tokens = model.input("image", float32[8, 8, 1]) >> Rescaling(1 / 16) >> Patches(2, width)
    start = ops.arange(1, model=model) >> Embedding(1, width)
    places = ops.arange(17, model=model) >> Embedding(17, width)
    x = ops.concatenate([start, tokens], axis=1) + places
    x = x >> Encoder(heads, dropout=0.1) * depth >> LayerNormalization(epsilon=1e-6)
    model.output("digit", x[0] >> Dense(10, activation="softmax"), float32[10])
    plan = train(
        model,
        data=data("Handwriting", Sklearn("digits", validation=0.1, test=0.2, seed=7)),
        loss=SparseCategoricalCrossentropy(),
        metrics=["accuracy"],
        optimizer=AdamW(2e-3, weight_decay=1e-4),
        epochs=30,
        batch_size=64,
        early_stopping=EarlyStopping(monitor="val_loss", patience=8),
    )
    return Program(model, plan)


def wine(units: int = 24) -> Program:
    model = Model("Wine", parameters={"units": units})
    taste, look = model.input("taste", float32[4]), model.input("look", float32[2])
    a = taste >> BatchNormalization(momentum=0.9) >> Dense(units, activation="relu")
    b = look >> BatchNormalization(momentum=0.9) >> Dense(units, activation="relu")
    body = (a, b) >> Concatenate() >> Dropout(0.1) >> Dense(units, activation="relu")
    model.output("cultivar", body >> Dense(3, activation="softmax"), float32[3])
    model.output("alcohol", body >> Dense(1) >> Rescaling(1, offset=13), float32[1])
    bottles = Sklearn(
        "wine",
        inputs={
            "taste": ["malic_acid", "total_phenols", "flavanoids", "proline"],
            "look": ["color_intensity", "hue"],
        },
        targets={"cultivar": "cultivar", "alcohol": "alcohol"},
        validation=0.2,
        test=0.2,
        seed=1,
    )
    plan = train(
        model,
        data=data("Bottles", bottles),
        loss={"cultivar": SparseCategoricalCrossentropy(), "alcohol": MeanSquaredError()},
        loss_weights={"cultivar": 1, "alcohol": 0.5},
        metrics={"cultivar": ["accuracy"], "alcohol": ["mae"]},
        optimizer=Adam(0.01),
        epochs=60,
        batch_size=16,
        early_stopping=EarlyStopping(patience=15),
    )
    return Program(model, plan)


PROGRAMS = {
    f.__name__: f
    for f in (brackets, coffees, committee, cultivars, diabetes, digits, gpt, pendulum, resnet, unet, vae, vit, wine)
}
