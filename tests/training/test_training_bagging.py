"""Ensembles: what each member is trained on, out-of-fold answers, what the whole answers."""

from typing import Any

import numpy as np
import pytest
from training_helpers import iris

from specc.compiler import compile_text
from specc.data.load import load
from specc.data.split import Dataset, Split
from specc.lower.model import build
from specc.program.program import Program
from specc.training import ensemble as ensembles
from specc.training.ensemble import fit_ensemble
from specc.training.evaluation import evaluate
from specc.training.loop import History
from specc.training.observer import SilentObserver
from specc.training.session import InMemory, Session

PLAN = """
    train E {
        data = Flowers  loss = SparseCategoricalCrossentropy()  metrics = [accuracy]
        optimizer = Adam(0.05)  epochs = 12  batch_size = 16  seed = 5
    }"""


def ensemble(settings: str, plan: str = PLAN) -> str:
    """Irises, with an ensemble of two networks that have no plan of their own."""
    alone = iris().split("train Iris")[0]
    return f"{alone} ensemble E {{ {settings} }} {plan}"


def loaded(text: str) -> tuple[Program, Dataset]:
    program = compile_text(text).program
    plan = program.trains["E"]
    return program, load(program, program.data[plan.data], program.models["E"], loss=plan.loss)


class Recorded:
    """Stands in for `fit`: keeps what each training was given."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.given: list[tuple[str, Any, Split, Split]] = []
        monkeypatch.setattr(ensembles, "fit", self)

    def __call__(self, _: Any, __: Any, plan: Any, train: Split, validation: Split, *, name: str, **_k: Any) -> Any:
        self.given.append((name, plan, train, validation))
        return History(name)


class Echo:
    """A model that answers with the first three features, and has any layer."""

    def predict(self, inputs: dict[str, np.ndarray], **_: Any) -> dict[str, np.ndarray]:
        return {"species": inputs["features"][:, :3]}

    def get_layer(self, name: str) -> "Echo":
        return self


def rows_of(part: Split, whole: Split) -> list[int]:
    """Where the examples of a part stand in the whole; irises that are equal count as the first of them."""
    features = whole.inputs["features"]
    return [int(np.flatnonzero((features == row).all(-1))[0]) for row in part.inputs["features"]]


# ── Bagging ──────────────────────────────────────────────────────────────────────────────────────


def test_each_member_draws_its_own_examples(monkeypatch: pytest.MonkeyPatch) -> None:
    recorded = Recorded(monkeypatch)
    program, data = loaded(ensemble("members = Iris() * 3  sample = Bootstrap(0.8)  combine = SoftVote()"))
    fit_ensemble(program, program.ensembles["E"], Echo(), data, SilentObserver(), lambda *_: None)
    assert [name for name, *_ in recorded.given] == [m.name for m in program.ensembles["E"].members]
    assert [plan.seed for _, plan, *_ in recorded.given] == [5, 6, 7]
    drawn = [rows_of(train, data.train) for _, _, train, _ in recorded.given]
    assert len({tuple(rows) for rows in drawn}) == 3
    for rows, (_, _, train, validation) in zip(drawn, recorded.given, strict=True):
        assert len(rows) == round(0.8 * data.train.size)
        assert len(set(rows)) < len(rows)  # with replacement
        np.testing.assert_array_equal(train.targets["species"], data.train.targets["species"][rows])
        assert validation is data.validation


def test_the_draws_are_a_function_of_the_seed() -> None:
    program, data = loaded(ensemble("members = Iris() * 2  sample = Bootstrap()  combine = SoftVote()"))
    plan = program.ensembles["E"]
    first, again, other = (ensembles._sampled(plan, data.train, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.inputs["features"], again.inputs["features"])
    assert (first.inputs["features"] != other.inputs["features"]).any()
    assert first.size == data.train.size


def test_without_a_sampler_all_see_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    recorded = Recorded(monkeypatch)
    program, data = loaded(ensemble("members = Iris() * 2  combine = SoftVote()"))
    fit_ensemble(program, program.ensembles["E"], Echo(), data, SilentObserver(), lambda *_: None)
    assert all(train is data.train for _, _, train, _ in recorded.given)


# ── Stacking ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("folds", [2, 5])
def test_no_answer_comes_from_a_member_that_saw_the_example(monkeypatch: pytest.MonkeyPatch, folds: int) -> None:
    recorded = Recorded(monkeypatch)
    monkeypatch.setattr(ensembles, "build", lambda *_: Echo())
    program, data = loaded(
        ensemble(f"members = Iris() * 2  combine = Stack(Dense(3, activation=softmax), folds={folds})")
    )
    member, plan = program.ensembles["E"].members[0], program.trains["E"]
    train = Split(data.train.inputs, data.train.targets, np.arange(data.train.size))
    unlike = Dataset(train, data.validation, data.test, data.classes)
    session = Session(InMemory(), {})
    found = ensembles._out_of_fold(program, member, plan, unlike, folds, SilentObserver(), None, session)
    np.testing.assert_array_equal(found["species"], train.inputs["features"][:, :3])  # each in its own row
    assert len(recorded.given) == folds
    held = [set(train.ids) - set(kept.ids) for _, _, kept, _ in recorded.given]
    assert sorted(row for rows in held for row in rows) == list(range(train.size))  # each held out once
    for rows in held:
        counts = np.bincount(train.targets["species"][sorted(rows)], minlength=3)
        assert counts.max() - counts.min() <= 2  # in equal shares of the classes


def test_folds_of_values_are_plain() -> None:
    train = Split({"x": np.zeros((10, 1))}, {"y": np.arange(10.0)[:, None]}, np.arange(10))
    folds = ensembles._folds(train, "y", 3, 0)
    assert sorted(int(i) for _, held in folds for i in held) == list(range(10))
    assert all(set(kept).isdisjoint(held) for kept, held in folds)


# ── The whole ────────────────────────────────────────────────────────────────────────────────────


def trained(text: str) -> tuple[Program, Dataset, Any, list[History]]:
    import keras

    program, data = loaded(text)
    keras.utils.set_random_seed(5)
    model = build(program, "E")
    histories = fit_ensemble(program, program.ensembles["E"], model, data, SilentObserver(), lambda *_: None)
    return program, data, model, histories


@pytest.mark.keras
def test_a_bagged_committee_answers_with_the_mean() -> None:
    text = ensemble("members = Iris() * 3  sample = Bootstrap(0.8)  combine = SoftVote()")
    program, data, model, histories = trained(text)
    assert len(histories) == 3 and all(len(h.epochs) == 12 for h in histories)
    inputs = data.test.inputs
    votes = [model.get_layer(m.name).predict(inputs, verbose=0)["species"] for m in program.ensembles["E"].members]
    assert (votes[0] != votes[1]).any()
    np.testing.assert_allclose(model.predict(inputs, verbose=0)["species"], np.mean(votes, axis=0), atol=1e-6)
    assert evaluate(program, model, program.trains["E"], data.test)["accuracy"] >= 0.9


@pytest.mark.keras
def test_a_stack_learns_to_combine() -> None:
    text = ensemble("members = Iris() * 2  combine = Stack(Dense(3, activation=softmax), folds=2)")
    program, data, model, histories = trained(text)
    assert histories[0].name == "stack"
    assert histories[0].epochs[-1]["loss"] < histories[0].epochs[0]["loss"]
    assert evaluate(program, model, program.trains["E"], data.test)["accuracy"] >= 0.85
