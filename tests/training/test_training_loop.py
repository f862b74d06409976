"""Epochs, early stopping, names of metrics, losses that are no longer finite."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from training_helpers import Ready, bottles, iris, ready, refusal

from specc.diagnostics.codes import LOSS_MISMATCH, NOT_FINITE, UNKNOWN_METRIC
from specc.training.evaluation import evaluate
from specc.training.loop import History, fit
from specc.training.observer import PlainObserver, RichObserver, SilentObserver
from specc.training.session import InMemory, Session
from specc.training.step.plan import StepPlan

pytestmark = pytest.mark.keras


def fitted(found: Ready, observer: Any = None, on_epoch: Any = None, session: Session | None = None) -> History:
    return fit(
        found.program,
        found.model,
        found.plan,
        found.data.train,
        found.data.validation,
        name="m",
        observer=observer or SilentObserver(),
        on_epoch=on_epoch,
        session=session,
    )


class Recorder(SilentObserver):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[Any] = []

    def started(self, name: str, epochs: int, steps: int, examples: int) -> None:
        self.told.append(("started", name, epochs, steps, examples))

    def progress(self, steps: int, logs: Mapping[str, float]) -> None:
        self.told.append(("progress", steps))

    def epoch(self, epoch: int, logs: Mapping[str, float]) -> None:
        self.told.append(("epoch", epoch))

    def finished(self) -> None:
        self.told.append("finished")


def test_an_epoch_is_told_with_what_keras_calls_it() -> None:
    found, recorder = ready(iris("epochs = 2  batch_size = 16  optimizer = SGD(0.1)")), Recorder()
    history = fitted(found, recorder)
    told = [what for what in recorder.told if what[0] != "progress"]
    assert told == [("started", "m", 2, 6, 90), ("epoch", 1), ("epoch", 2), "finished"]
    assert len(history.epochs) == 2 and history.best_epoch is None and history.seconds > 0
    names = ["loss", "accuracy", "val_loss", "val_accuracy", "learning_rate", "seconds"]
    assert list(history.epochs[0]) == names
    assert history.epochs[0]["learning_rate"] == pytest.approx(0.1)


def test_long_epochs_are_told_in_between() -> None:
    recorder = Recorder()
    session = Session(InMemory(), {}, step_plans={"m": StepPlan(steps=12)})
    fitted(ready(iris("batch_size = 1  optimizer = SGD(0.01)")), recorder, session=session)
    steps = [told[1] for told in recorder.told if told[0] == "progress"]
    assert steps == [12, 24, 36, 48, 60, 72, 84]


def test_training_learns() -> None:
    found = ready(iris("epochs = 12  batch_size = 8  optimizer = Adam(0.02)"))
    logs = fitted(found).epochs
    assert logs[-1]["loss"] < 0.6 * logs[0]["loss"] and logs[-1]["val_accuracy"] > 0.8


def test_the_logged_validation_is_the_evaluation() -> None:
    found = ready(iris("batch_size = 7"))
    logs = fitted(found).epochs[-1]
    expected = evaluate(found.program, found.model, found.plan, found.data.validation)
    assert {k[4:]: v for k, v in logs.items() if k.startswith("val_")} == expected


def test_a_schedule_lowers_the_learning_rate() -> None:
    history = fitted(ready(iris("epochs = 3  batch_size = 32  optimizer = SGD(ExponentialDecay(0.1, 3, 0.5))")))
    assert [e["learning_rate"] for e in history.epochs] == pytest.approx([0.05, 0.025, 0.0125])


# ── Early stopping ───────────────────────────────────────────────────────────────────────────────


def stopped(settings: str, epochs: int = 8, optimizer: str = "SGD(0.9, momentum=0.9)") -> tuple[Ready, History, Any]:
    """A run that jumps around, its history, and the weights after each epoch."""
    found = ready(iris(f"epochs = {epochs}  optimizer = {optimizer}  early_stopping = EarlyStopping({settings})"))
    weights: list[Any] = []
    history = fitted(found, on_epoch=lambda *_: weights.append(found.model.get_weights()))
    return found, history, weights


def equal(a: Any, b: Any) -> bool:
    return all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))


@pytest.mark.parametrize("settings", ["patience=2", "monitor=val_accuracy, patience=2", "patience=99", "monitor=loss"])
def test_the_best_weights_are_kept(settings: str) -> None:
    found, history, weights = stopped(settings)
    monitor = settings.split("monitor=")[-1].split(",")[0] if "monitor" in settings else "val_loss"
    values = [e[monitor] for e in history.epochs]
    best = values.index(max(values) if "accuracy" in monitor else min(values))
    assert history.best_epoch == best + 1
    assert equal(found.model.get_weights(), weights[best])
    if best < len(values) - 1:
        assert not equal(found.model.get_weights(), weights[-1])
    result = evaluate(found.program, found.model, found.plan, found.data.validation)
    if monitor.startswith("val_"):
        assert result[monitor[4:]] == values[best]


@pytest.mark.parametrize(
    "arguments",
    [
        "factor=0.5, patience=1, min_delta=9",
        "factor=0.1, patience=2, cooldown=1, min_lr=2e-4",
        "monitor=loss, patience=0",
    ],
)
def test_a_plateau_lowers_the_learning_rate_as_in_keras(arguments: str) -> None:
    """The rates of the epochs are those that Keras's own callback makes of the same losses."""
    import keras

    settings = f"optimizer = SGD(0.4)  epochs = 8  reduce_lr = ReduceLROnPlateau({arguments})"
    history = fitted(ready(iris(settings)))
    values = {a.split("=")[0]: a.split("=")[1] for a in arguments.split(", ")}
    callback = keras.callbacks.ReduceLROnPlateau(
        **{k: v if k == "monitor" else float(v) if "." in v or "e" in v else int(v) for k, v in values.items()}
    )
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.SGD(0.4), loss="mse")
    callback.set_model(model)
    callback.on_train_begin()
    expected = []
    for epoch, logs in enumerate(history.epochs):
        expected.append(float(model.optimizer.learning_rate))
        callback.on_epoch_end(epoch, {k: v for k, v in logs.items() if k != "learning_rate"})
    assert [logs["learning_rate"] for logs in history.epochs] == pytest.approx(expected)
    assert "min_delta" not in arguments or expected[-1] < expected[0]


def test_it_stops_after_its_patience() -> None:
    _, history, _ = stopped("patience=2, min_delta=1000")
    assert len(history.epochs) == 3 and history.best_epoch == 1


def test_the_last_weights_are_kept_on_request() -> None:
    found, history, weights = stopped("patience=1, min_delta=1000, restore_best_weights=false")
    assert len(history.epochs) == 2 and history.best_epoch is None
    assert equal(found.model.get_weights(), weights[-1])


@pytest.mark.parametrize(
    ("monitor", "better"),
    [("val_alcohol_loss", min), ("val_alcohol_mae", min), ("val_cultivar_accuracy", max), ("cultivar_loss", min)],
)
def test_one_output_of_several_is_watched(monitor: str, better: Any) -> None:
    found = ready(bottles(f"epochs = 3  early_stopping = EarlyStopping(monitor={monitor}, patience=9)"))
    history = fitted(found)
    values = [e[monitor] for e in history.epochs]
    assert history.best_epoch == values.index(better(values)) + 1


def test_without_validation_there_is_nothing_to_watch() -> None:
    text = iris("early_stopping = EarlyStopping()", data="Sklearn(iris, validation=0, test=0.2)")
    found = refusal(lambda: fitted(ready(text)))
    assert found.code is UNKNOWN_METRIC and "no validation split" in found.message
    assert found.help == ("set `validation=0.1` in the data",)


# ── Names of metrics ─────────────────────────────────────────────────────────────────────────────


def test_names_do_not_count_on_from_model_to_model() -> None:
    text = """
        model M { input features: float32[30]  output y = features -> Dense(1, activation=sigmoid) }
        train M {
            data = Sklearn(breast_cancer, validation=0.2, test=0.2)
            loss = BinaryCrossentropy()
            metrics = [Precision(), Precision(thresholds=0.9), AUC(), recall, Recall(), MeanAbsoluteError(name="gap")]
            batch_size = 128
        }"""
    for _ in range(2):
        found = ready(text)
        assert list(evaluate(found.program, found.model, found.plan, found.data.test)) == [
            "loss", "auc", "gap", "precision", "precision_1", "recall", "recall_1",
        ]  # fmt: skip


def test_a_metric_of_each_class_is_left_out_of_the_logs() -> None:
    text = """
        model M { input features: float32[4]  output species = features -> Dense(3, activation=softmax) }
        train M {
            data = Sklearn(iris, validation=0.2, test=0.2)
            loss = CategoricalCrossentropy()
            metrics = [accuracy, F1Score()]
        }"""
    found = ready(text)
    assert list(fitted(found).epochs[0]) == [
        "loss", "accuracy", "val_loss", "val_accuracy", "learning_rate", "seconds",
    ]  # fmt: skip


# ── Failures ─────────────────────────────────────────────────────────────────────────────────────


def test_a_loss_that_is_no_longer_finite_ends_the_training() -> None:
    text = iris("optimizer = SGD(1e30)  epochs = 5")
    recorder, found = Recorder(), ready(text)
    finding = refusal(lambda: fitted(found, recorder))
    assert finding.code is NOT_FINITE
    assert finding.message.startswith("the numbers are no longer finite in epoch 1, step ")
    assert "lower the learning rate" in finding.help[0]
    assert finding.span.text == "SGD(1e30)"
    assert recorder.told[-1] == "finished"


def test_targets_that_the_loss_refuses_are_told() -> None:
    found = ready(iris())
    wrong = {"species": np.zeros((90, 5, 7), dtype=np.float32)}
    from specc.training.step.objective import build_state

    finding = refusal(lambda: build_state(found.program, found.model, found.plan, found.data.train.inputs, wrong))
    assert finding.code is LOSS_MISMATCH and finding.span.text == "SparseCategoricalCrossentropy()"


# ── Observers ────────────────────────────────────────────────────────────────────────────────────


def test_plain_lines(capsys: pytest.CaptureFixture[str]) -> None:
    fitted(ready(iris("epochs = 2")), PlainObserver())
    out, err = capsys.readouterr()
    lines = err.splitlines()
    assert out == "" and lines[0] == "m: 90 examples, 3 steps per epoch, at most 2 epochs"
    assert [line.split("  ")[0] for line in lines[1:3]] == ["m epoch 1/2", "m epoch 2/2"]
    assert "val_accuracy" in lines[1] and "seconds" not in lines[1]


def test_a_bar(capsys: pytest.CaptureFixture[str]) -> None:
    observer = RichObserver()
    for name in ("[first]", "second"):
        observer.started(name, 2, 4, 100)
        observer.progress(2, {"loss": 0.5})
        observer.epoch(1, {"loss": 0.25, "seconds": 1.0})
    observer.note("[red] stays as it is")
    observer.finished()
    observer.finished()
    out, err = capsys.readouterr()
    assert out == "" and "[red] stays as it is" in err and "[first]" in err and "loss 0.25" in err
