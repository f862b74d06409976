"""What single examples count: by a column of the data, as in Keras's `fit` and `evaluate`."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_training_arithmetic import require_equal, trained_by_both
from training_helpers import Ready, ready, run

from specc.training import ensemble
from specc.training.evaluation import evaluate
from specc.training.loop import fit
from specc.training.observer import SilentObserver

pytestmark = pytest.mark.keras

SETTINGS = """
    loss = SparseCategoricalCrossentropy()
    metrics = [accuracy]
    weighted_metrics = [accuracy, SparseTopKCategoricalAccuracy(2)]
    optimizer = SGD(0.5)
    jit = off
"""


def spec(data: str = "sample_weight=trust", settings: str = SETTINGS, more: str = "") -> str:
    return f"""
        model Points {{
            input x: float32[2]
            output kind = x -> Dense(5, activation=tanh) -> Dense(3, activation=softmax)
        }}
        data Table = CSV("points.csv", inputs=[a, b], {data}, validation=0.2, test=0.2, seed=3)
        train Points {{ data = Table  {settings} }}
        {more}"""


@pytest.fixture
def points(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A table in the working folder; the weights of its rows."""
    random = np.random.default_rng(5)
    trust = np.round(random.exponential(1, 101) * (random.random(101) > 0.2), 3)
    rows = [f"{a:.4f},{b:.4f},{t},{int(3 * a)}" for (a, b), t in zip(random.random((101, 2)), trust, strict=True)]
    (tmp_path / "points.csv").write_text("\n".join(["a,b,trust,kind", *rows]) + "\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return [float(t) for t in trust]


def test_a_step_weighs_as_that_of_keras(points: list[float]) -> None:
    train = ready(spec()).data.train
    assert train.weights["kind"] == pytest.approx([points[i] for i in train.ids])
    assert train.inputs["x"].shape == (61, 2)
    found, expected = trained_by_both(spec(), 3)
    require_equal(found, expected)
    unweighed, _ = trained_by_both(spec(data="stratify=true"), 3)
    assert (
        max(float(np.abs(a.numpy() - b.numpy()).max()) for a, b in zip(found.weights, unweighed.weights, strict=True))
        > 1e-3
    )


def test_validation_and_evaluation_weigh_as_those_of_keras(points: list[float]) -> None:
    """Keras's `fit` with `sample_weight` and `validation_split` weighs what it validates on, too."""
    found: Ready = ready(spec(settings=SETTINGS + "early_stopping = EarlyStopping(monitor=val_weighted_accuracy)"))
    theirs, data = found.copy(), found.data
    args = (found.program, found.model, found.plan, data.train, data.validation)
    (logs,) = fit(*args, name="Points", observer=SilentObserver()).epochs
    theirs.set_weights(found.model.get_weights())
    for split, before in ((data.validation, "val_"), (data.test, "")):
        expected = theirs.evaluate(
            split.inputs, split.targets, sample_weight=split.weights, return_dict=True, verbose=0
        )
        own = {k: v for k, v in logs.items() if k.startswith("val_")}
        own = own or {} if before else evaluate(found.program, found.model, found.plan, split)
        assert own == pytest.approx({before + k: v for k, v in expected.items()}, rel=1e-4)
        plain = theirs.evaluate(split.inputs, split.targets, return_dict=True, verbose=0)
        assert expected["loss"] != pytest.approx(plain["loss"], rel=1e-2)
        assert expected["accuracy"] == pytest.approx(plain["accuracy"])
        assert expected["weighted_accuracy"] != pytest.approx(expected["accuracy"], rel=1e-2)


def test_weighted_metrics_weigh_classes_in_training_only(points: list[float]) -> None:
    text = spec(data="stratify=true", settings=SETTINGS + "class_weight = [1, 7, 0.5]")
    require_equal(*trained_by_both(text, 2, class_weight={0: 1.0, 1: 7.0, 2: 0.5}))
    found = ready(text)
    args = (found.program, found.model, found.plan, found.data.train, found.data.validation)
    (logs,) = fit(*args, name="Points", observer=SilentObserver()).epochs
    assert logs["weighted_accuracy"] != pytest.approx(logs["accuracy"], abs=1e-3)
    assert logs["val_weighted_accuracy"] == pytest.approx(logs["val_accuracy"])


def test_outputs_and_positions_may_have_weights_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An output `[T, c]` takes a weight per example, as Keras's `[examples, 1]`, or per position."""
    random = np.random.default_rng(11)
    n, steps = 53, 7
    arrays = {
        "x": random.random((n, steps, 2)),
        "tags": random.integers(0, 3, (n, steps)),
        "sum": random.random((n, 1)),
    }
    np.savez(tmp_path / "a.npz", one=random.random(n) * 2, each=random.random((n, steps)), **arrays)
    monkeypatch.chdir(tmp_path)

    def text(weights: str) -> str:
        return f"""
            model Tagger {{
                input x: float32[{steps}, 2]
                h = x -> Dense(5, activation=tanh)
                output tags = h -> Dense(3, activation=softmax)
                output sum = h -> Flatten -> Dense(1)
            }}
            train Tagger {{
                data = NPZ("a.npz", sample_weight={weights})
                loss = {{ tags = SparseCategoricalCrossentropy()  sum = MeanSquaredError() }}
                metrics = {{ tags = [accuracy]  sum = [mae] }}
                weighted_metrics = {{ tags = [accuracy]  sum = [mae] }}
                optimizer = SGD(0.3)
                jit = off
            }}"""

    shapes = {"one": (1,), "{ tags = each }": (steps,), "{ tags = each  sum = one }": (steps,)}
    trained: list[Any] = []
    for weights, shape in shapes.items():
        found = ready(text(weights)).data.train
        assert found.weights["tags"].shape[1:] == shape and found.weights["sum"].shape[1:] == ()
        trained.append(trained_by_both(text(weights), 2))
        require_equal(*trained[-1])
    for (a, _), (b, _) in pairwise(trained):
        assert not np.allclose(a.get_weights()[-1], b.get_weights()[-1])


def test_parts_of_an_ensemble_keep_the_weights(
    points: list[float], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    more = """
        ensemble Pair {
            members = [Points() * 2]
            sample = Bootstrap(0.8)
            combine = Stack(Dense(3, activation=softmax), folds=2)
        }
        train Pair { data = Table  loss = SparseCategoricalCrossentropy()  weighted_metrics = [accuracy]  jit = off }"""
    seen: list[tuple[str, Any]] = []

    def watching(*args: Any, **options: Any) -> Any:
        seen.append((options["name"], args[3]))
        return fit(*args, **options)

    monkeypatch.setattr(ensemble, "fit", watching)
    result = run(spec(more=more), tmp_path / "run")
    assert [name for name, _ in seen][-3:] == ["stack", "points", "points_1"] and len(seen) == 7
    for _, split in seen:
        assert split.weights["kind"] == pytest.approx([points[i] for i in split.ids])
    assert result.metrics.keys() == result.members["points"].keys() == {"loss", "accuracy"}  # both by weights
