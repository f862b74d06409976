"""Numbers that are not finite: the step and what made them are named, the state before is kept; or they are undone."""

from pathlib import Path

import numpy as np
import pytest
from training_helpers import Ready, iris, ready, refusal, run

from specc.artifact.tensors import parse_weights
from specc.diagnostics import Diagnostic
from specc.diagnostics.codes import NOT_FINITE
from specc.training.loop import History, fit
from specc.training.observer import SilentObserver
from specc.training.session import InMemory, Session
from specc.training.step.training_step import TrainingStep, order

pytestmark = pytest.mark.keras

SETTINGS = "jit = off  batch_size = 8  seed = 3  optimizer = SGD(0.01)"
LARGE = 'Dense(6, kernel_initializer=Constant(7.0), activation=relu, name="large")'


def fitted(found: Ready, notes: list[str] | None = None) -> History:
    session = Session(InMemory(), {}, tell=(notes if notes is not None else []).append)
    train, validation = found.data.train, found.data.validation
    observer = SilentObserver()
    return fit(found.program, found.model, found.plan, train, validation, name="m", observer=observer, session=session)


def spoiled(text: str, value: float, row: int = 17) -> tuple[Ready, int]:
    """What is ready to train, with one example of such values, and the step of the first epoch that has it."""
    found = ready(text)
    found.data.train.inputs["features"][row] = value
    rows = order(found.plan.seed, 1, found.data.train.size, found.plan.batch_size)
    return found, int(np.argwhere(rows == row)[0, 0]) + 1


def found_in(found: Ready) -> Diagnostic:
    finding = refusal(lambda: fitted(found))
    assert finding.code is NOT_FINITE and "clip gradients" in finding.help[0]
    return finding


@pytest.mark.parametrize(
    ("value", "made"),
    [(np.nan, "the input `features` holds numbers that are not finite"), (3e38, "`large` gives numbers that are")],
)
def test_the_step_and_the_layer_are_named(value: float, made: str) -> None:
    slow = SETTINGS.replace("SGD(0.01)", "SGD(1e-9)")
    found, step = spoiled(iris(f"{slow}  epochs = 2", layers=f"Dense(5) -> {LARGE}"), value)
    found.model.get_layer("dense").set_weights([np.full((4, 5), 0.1), np.zeros(5)])
    assert found_in(found).message.startswith(f"the numbers are no longer finite in epoch 1, step {step}: {made}")


def test_a_layer_inside_of_a_model_is_named_with_its_path() -> None:
    text = iris(SETTINGS, layers='Inner(name="inner")').replace(
        "model Iris", f"model Inner {{ input x: float32[4]  output y = x -> {LARGE} }}\nmodel Iris", 1
    )
    found, step = spoiled(text, 3e38)
    assert f"step {step}: `inner/large` gives numbers" in found_in(found).message


def test_a_gradient_is_named() -> None:
    text = f"""
        model M {{
            input features: float32[4]
            h = features -> Dense(5, kernel_initializer=zeros)
            output species = sqrt(h) -> Dense(3, activation=softmax)
        }}
        train M {{
            data = Sklearn(iris, validation=0, test=0.2)
            loss = SparseCategoricalCrossentropy()
            {SETTINGS}
        }}"""
    message = found_in(ready(text)).message
    assert message == "the numbers are no longer finite in epoch 1, step 1: the gradient through `sqrt` is not finite"


def test_an_update_is_named() -> None:
    found = ready(iris(SETTINGS.replace("SGD(0.01)", "SGD(3e38, momentum=0.9)"), layers='Dense(5, name="body")'))
    message = found_in(found).message
    assert "in epoch 1, step 1: the update of `" in message and "` is not finite" in message


def test_a_validation_is_named() -> None:
    found = ready(iris(SETTINGS, layers=LARGE))
    found.data.validation.inputs["features"][3] = 3e38
    message = found_in(found).message
    assert message.startswith("the validation loss is ") and "after epoch 1: `large` gives numbers" in message


def test_the_state_before_the_step_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [f"{i % 5},{i % 3}.5,{i % 2}" for i in range(40)]
    (tmp_path / "table.csv").write_text("a,b,kind\n" + "\n".join([*lines, "3e38,3e38,1"]) + "\n")
    settings = SETTINGS.replace("seed = 3", "seed = 4")  # the large values come in the fifth step
    spec = f"""
        model M {{ input x: float32[2]  output kind: float32[2] = x -> {LARGE} -> Dense(2, activation=softmax) }}
        data Table = CSV("table.csv", inputs={{ x = [a, b] }}, targets={{ kind = kind }}, validation=0, test=0)
        train M {{ data = Table  loss = SparseCategoricalCrossentropy()  {settings} }}"""
    monkeypatch.chdir(tmp_path)
    finding = refusal(lambda: run(spec, tmp_path / "run"))
    assert "`large` gives numbers that are not finite" in finding.message
    (newest,) = [h for h in finding.help if h.startswith("the weights before it are kept in `")]
    weights = parse_weights(Path(newest.split("`")[1]).read_bytes())
    assert sorted(weights) == ["dense/bias", "dense/kernel", "large/bias", "large/kernel"]
    assert all(np.isfinite(w).all() for w in weights.values())


# ── Undone ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("jit", ["off", "xla"])
def test_a_step_is_skipped_as_if_it_had_not_been(jit: str) -> None:
    settings = SETTINGS.replace("SGD(0.01)", "Adam(0.01)").replace("jit = off", f"jit = {jit}")
    text = iris(f"{settings}  on_nan = skip", layers="BatchNormalization -> Dense(5, activation=relu)")
    found, step = spoiled(text, np.nan)
    other, notes = ready(text), list[str]()
    plain = TrainingStep(other.program, other.model, other.plan, other.data.train.inputs, other.data.train.targets)
    logs = fitted(found, notes).epochs[0]
    rows = order(other.plan.seed, 1, other.data.train.size, other.plan.batch_size)
    plain.run(np.delete(rows, step - 1, axis=0))
    for one, expected in zip(found.model.get_weights(), other.model.get_weights(), strict=True):
        np.testing.assert_allclose(one, expected, rtol=1e-5, atol=1e-7)
    assert logs["loss"] == pytest.approx(plain.logs()["loss"], rel=1e-5)
    assert notes == ["epoch 1: 1 steps that gave no finite numbers were undone"]


@pytest.mark.parametrize(
    ("rate", "expected"), [("0.01", [0.005, 0.0025]), ("ExponentialDecay(0.01, 11, 0.1)", [0.0005, 0.000025])]
)
def test_the_learning_rate_is_halved(rate: str, expected: list[float]) -> None:
    settings = SETTINGS.replace("SGD(0.01)", f"SGD({rate})").replace("batch_size = 8", "batch_size = 9")
    text = iris(f"{settings}  epochs = 2  on_nan = halve_learning_rate")
    found, notes = spoiled(text, np.nan)[0], list[str]()
    rates = [logs["learning_rate"] for logs in fitted(found, notes).epochs]
    if "Decay" in rate:  # nine of ten steps count
        expected = [0.01 * 0.1 ** (9 / 11) / 2, 0.01 * 0.1 ** (18 / 11) / 4]
    assert rates == pytest.approx(expected, rel=1e-4)
    assert "the learning rate is now" in notes[0]


def test_when_nothing_is_finite_it_stops() -> None:
    found = ready(iris(f"{SETTINGS}  epochs = 9  on_nan = skip"))
    found.data.train.inputs["features"][:] = np.nan
    message = found_in(found).message
    assert message == (
        "the numbers are no longer finite in epoch 1, step 1: the input `features` holds numbers that are not finite"
    )
