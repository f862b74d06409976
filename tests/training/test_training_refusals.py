"""What training refuses: watched values without a direction, results that are no numbers, ensembles without a plan."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from training_helpers import iris, ready, refusal

from specc.catalogue.registry import find
from specc.compiler import compile_text
from specc.data.load import load
from specc.diagnostics import Diagnostic
from specc.diagnostics.codes import MEMBER_MISMATCH, MISSING_SETTING, NOT_FINITE, OUT_OF_RANGE, UNKNOWN_METRIC
from specc.lower.model import build
from specc.training.ensemble import fit_ensemble
from specc.training.folder import is_unfinished
from specc.training.loop import fit
from specc.training.observer import SilentObserver
from specc.training.run import train
from specc.training.stopping import better

QUIET = SilentObserver()


def by_class(metric: str, stopping: str) -> str:
    """A training with one-hot targets that watches one metric."""
    text = iris(f"early_stopping = EarlyStopping({stopping})")
    return text.replace("SparseCategorical", "Categorical").replace("[accuracy]", f"[{metric}]")


def fitted(text: str) -> Any:
    found = ready(text)
    data = found.data
    return fit(found.program, found.model, found.plan, data.train, data.validation, name="m", observer=QUIET)


def run_refused(text: str, target: str, folder: Path) -> Diagnostic:
    """Why a run is refused; it must leave nothing behind."""
    program = compile_text(text).program
    finding = refusal(lambda: train(program, target, folder / "run", observer=QUIET))
    assert list(folder.iterdir()) == []
    return finding


# ── Watched values ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.keras
@pytest.mark.parametrize(
    ("metric", "monitor", "message", "hint"),
    [
        ("F1Score()", "val_f1_score", "`val_f1_score` is 3 numbers, one per class", "average=macro"),
        ("TruePositives()", "val_true_positives", "nothing says whether more or less", 'mode="max"'),
    ],
)
def test_what_can_not_be_watched(metric: str, monitor: str, message: str, hint: str) -> None:
    finding = refusal(lambda: fitted(by_class(metric, f"monitor={monitor}")))
    assert finding.code is UNKNOWN_METRIC and message in finding.message
    assert hint in finding.help[0] and finding.span.text.startswith("EarlyStopping")


@pytest.mark.keras
@pytest.mark.parametrize(
    ("metric", "stopping"),
    [
        ("F1Score(average=macro)", "monitor=val_f1_score"),
        ("TruePositives()", 'monitor=val_true_positives, mode="max"'),
    ],
)
def test_the_hints_help(metric: str, stopping: str) -> None:
    assert len(fitted(by_class(metric, stopping)).epochs) == 1


@pytest.mark.parametrize(
    ("metric", "name", "mode"),
    [
        ("accuracy", "val_accuracy", "max"),
        ("acc", "acc", "max"),
        ("mae", "val_mae", "min"),
        ("AUC()", "val_auc", "max"),
        ("R2Score()", "r2_score", "max"),
        ("MeanSquaredError()", "val_mean_squared_error", "min"),
        ("MeanSquaredError(name=miss)", "val_miss", "min"),
        ("Precision(name=my_loss)", "val_my_loss", "max"),
        ("FalsePositives()", "val_false_positives", None),
        ("accuracy", "val_loss", "min"),
    ],
)
def test_which_way_is_better(metric: str, name: str, mode: str | None) -> None:
    # Not checked: some of these metrics take other targets than the loss.
    plan = compile_text(iris().replace("[accuracy]", f"[{metric}]")).elaborated.program.trains["Iris"]
    stopping = find("callback", "EarlyStopping")
    assert stopping is not None
    assert better(plan, stopping.make(monitor=name)) == mode  # type: ignore[arg-type]
    for said in ("min", "max"):
        assert better(plan, stopping.make(monitor=name, mode=said)) == said  # type: ignore[arg-type]


# ── Results that are no numbers ──────────────────────────────────────────────────────────────────

WILD = "epochs = 1  batch_size = 1000  optimizer = SGD(1e38)"
NO_VALIDATION = "Sklearn(iris, validation=0, test=0.2)"


@pytest.mark.keras
def test_what_the_last_step_broke_is_found_in_the_validation() -> None:
    finding = refusal(lambda: fitted(iris(WILD)))
    assert finding.code is NOT_FINITE and finding.message.startswith("the validation loss is nan after epoch 1")


@pytest.mark.keras
def test_what_the_last_step_broke_is_found_in_the_weights() -> None:
    text = iris(WILD.replace("1e38", "3e38, momentum=0.9"), layers="Rescaling(1e20)", data=NO_VALIDATION)
    finding = refusal(lambda: fitted(text))
    assert finding.code is NOT_FINITE and "the update of `" in finding.message and "epoch 1" in finding.message


@pytest.mark.keras
def test_what_the_last_step_broke_is_found_on_the_test_split(tmp_path: Path) -> None:
    text = iris(WILD, layers="Dense(6, activation=relu) -> Dense(60)", data=NO_VALIDATION)
    program = compile_text(text).program
    finding = refusal(lambda: train(program, "Iris", tmp_path / "run", observer=QUIET))
    assert finding.code is NOT_FINITE and finding.message == "the loss on the test split is nan"
    assert finding.span.text == "SGD(1e38)"
    assert is_unfinished(tmp_path / "run")  # what was trained is kept


# ── Ensembles ────────────────────────────────────────────────────────────────────────────────────

STACK = "ensemble E { members = Iris() * 2  combine = Stack(Dense(3, activation=softmax), folds=FOLDS) }"
ITS_PLAN = "train E { data = Flowers  loss = SparseCategoricalCrossentropy() }"


def test_stacking_needs_a_plan(tmp_path: Path) -> None:
    finding = run_refused(iris(more=STACK.replace("FOLDS", "2")), "E", tmp_path)
    assert finding.code is MISSING_SETTING and "the layer that combines the members of `E`" in finding.message
    assert finding.help[0].startswith("write `train E {")


@pytest.mark.keras
def test_more_folds_than_examples(tmp_path: Path) -> None:
    text = iris(more=STACK.replace("FOLDS", "100") + ITS_PLAN, data="Sklearn(iris, validation=0.2, test=0.5)")
    finding = run_refused(text, "E", tmp_path)
    assert finding.code is OUT_OF_RANGE and finding.message == "100 folds of 45 training examples"
    assert finding.span.text.startswith("Stack(")


TWO_SOURCES = """
    model A {{ input features: float32[4]  output species = features -> Dense(3, activation=softmax) }}
    model B {{ input features: float32[4]  output species = features -> Flatten -> Dense(3, activation=softmax) }}
    data One = Sklearn(iris, validation=0.2, test=0.2)
    data Two = Sklearn(iris, validation=0.2, test=0.2{seed})
    train A {{ data = One  loss = SparseCategoricalCrossentropy()  jit = off }}
    train B {{ data = Two  loss = SparseCategoricalCrossentropy()  jit = off }}
    ensemble E {{ members = [A(), B()]  combine = SoftVote() }}
    """


def test_members_without_a_common_plan_see_the_same_splits(tmp_path: Path) -> None:
    finding = run_refused(TWO_SOURCES.format(seed=", seed=4"), "E", tmp_path)
    assert finding.code is MEMBER_MISMATCH and finding.span.text == "Two"
    assert [r.span.text for r in finding.related] == ["One"]


@pytest.mark.keras
def test_equal_sources_under_two_names_are_the_same(tmp_path: Path) -> None:
    result = train(compile_text(TWO_SOURCES.format(seed="")).program, "E", tmp_path / "run", observer=QUIET)
    assert np.isfinite(result.metrics["loss"]) and set(result.members) == {"a", "b"}


@pytest.mark.keras
def test_each_output_has_a_layer_that_combines() -> None:
    text = """
        model D {
            input features: float32[2]
            h = features -> Rescaling(0.01) -> Dense(4)
            output pulse: float32[1] = h -> Dense(1)
            output weight: float32[1] = h -> Dense(1)
        }
        data Gym = Sklearn(
            linnerud, inputs={ features = [Weight, Waist] }, targets={ pulse = Pulse  weight = Weight },
            validation=0.2, test=0.2,
        )
        ensemble E { members = D() * 2  combine = Stack(Dense(1), folds=2) }
        train E { data = Gym  loss = { pulse = MeanSquaredError()  weight = MeanSquaredError() }  jit = off }"""
    program = compile_text(text).program
    plan = program.trains["E"]
    data = load(program, program.data[plan.data], program.models["E"], loss=plan.loss)
    model = build(program, "E")
    layers = [model.get_layer(program.models["E"].outputs[o].node) for o in ("pulse", "weight")]
    before = [layer.get_weights()[0] for layer in layers]
    histories = fit_ensemble(program, program.ensembles["E"], model, data, QUIET, lambda *_: None)
    assert histories[0].name == "stack" and len(histories) == 3
    assert all((old != layer.get_weights()[0]).any() for old, layer in zip(before, layers, strict=True))
