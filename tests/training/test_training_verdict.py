"""What curves say of a training."""

from collections.abc import Sequence

from specc.compiler import compile_text
from specc.training.reports.verdict import Verdict, verdict

NET = """
model Net {{
    input picture: float32[8, 8, 1]
    output digit = picture -> Rescaling(1 / 16) -> Flatten -> {layers} -> Dense(10, activation=softmax)
}}
data D = Sklearn(digits)
train Net {{ data = D  loss = SparseCategoricalCrossentropy()  epochs = 9  {settings} }}
"""


def said(
    training: Sequence[float],
    validation: Sequence[float] | None,
    layers: str = "Dense(16, activation=relu)",
    settings: str = "",
    kept: int | None = None,
) -> Verdict | None:
    program = compile_text(NET.format(layers=layers, settings=settings)).program
    logs = [{"loss": value} for value in training]
    if validation is not None:
        logs = [{**log, "val_loss": value} for log, value in zip(logs, validation, strict=True)]
    return verdict(logs, program.trains["Net"], [program.models["Net"]], kept=kept)


def test_overfitting_is_called_so_with_what_the_spec_lacks() -> None:
    found = said([1.0, 0.6, 0.4, 0.2, 0.1], [1.1, 0.7, 0.75, 0.8, 0.9])
    assert found is not None and found.name == "overfitting"
    assert found.seen == (
        "since epoch 2 the validation loss rose from 0.7 to 0.9, while the training loss fell from 0.6 to 0.1"
    )
    text = " ".join(found.ways)
    assert all(word in text for word in ("EarlyStopping", "augment", "Dropout", "L2", "more data"))


def test_what_the_spec_has_is_not_proposed() -> None:
    found = said(
        [1.0, 0.6, 0.4, 0.2, 0.1],
        [1.1, 0.7, 0.75, 0.8, 0.9],
        "Dense(16, activation=relu, kernel_regularizer=L2(1e-4)) -> Dropout(0.2)",
        "augment = RandomFlip(horizontal)  early_stopping = EarlyStopping(patience=3)",
        kept=2,
    )
    assert found is not None and found.ways == ("a smaller model, or more data",)
    assert found.seen.endswith("; the weights of epoch 2 were kept")


def test_a_loss_that_still_falls_is_underfitting() -> None:
    found = said([1.0, 0.8, 0.6, 0.5, 0.4], [1.1, 0.9, 0.7, 0.6, 0.5])
    assert found is not None and found.name == "underfitting" and "epochs" in found.ways[0]


def test_chance_and_rest_say_nothing() -> None:
    assert said([1.0, 0.6, 0.5, 0.5, 0.5], [1.1, 0.7, 0.7, 0.71, 0.70]) is None
    assert said([1.0, 0.6, 0.7, 0.8, 0.9], [1.1, 0.7, 0.8, 0.9, 1.0]) is None  # both rise: that's no overfitting
    assert said([1.0, 0.6, 0.5, 0.4, 0.3], [1.1, 0.7, 0.71, 0.70, 0.95]) is None  # one epoch alone
    assert said([1.0, 0.6, 0.5, 0.4, 0.3], [1.1, 0.1, 0.2, 0.2, 0.25]) is None  # no worse than in training
    assert said([1.0, 0.6], [1.1, 0.9]) is None
    assert said([], []) is None


def test_without_validation_nothing_can_be_said() -> None:
    found = said([1.0, 0.5], None)
    assert found is not None and found.name == "not validated"
