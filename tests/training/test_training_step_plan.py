"""How steps are carried out: equal in every way, chosen by measuring, kept with the run and replayed."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import chain, repeat
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from forking import forks
from training_helpers import bottles, iris, ready, refusal

from specc.compiler import compile_text
from specc.data.stored import Stored
from specc.diagnostics.codes import STEP_PLAN, XLA_FAILED
from specc.training.step import feeding
from specc.training.step.machine import differences
from specc.training.step.measure import choose
from specc.training.step.plan import GRAPH, XLA, XLA_LOOP, StepPlan, candidates, read_plans, require_agreement
from specc.training.step.training_step import TrainingStep, order

WAYS = [GRAPH, XLA, XLA_LOOP]


# ── What can be chosen from ──────────────────────────────────────────────────────────────────────

PICTURES = """
    model M {
        input image: float32[8, 8, 1]
        output digit = image -> %s -> Flatten -> Dense(10, activation=softmax)
    }
    train M { data = Sklearn(digits)  loss = SparseCategoricalCrossentropy()  %s }"""


@pytest.mark.parametrize(
    ("layers", "settings", "cpu", "gpu"),
    [
        ("Rescaling(1 / 16)", "", WAYS, [XLA_LOOP, XLA]),
        ("Rescaling(1 / 16)", "jit = auto", WAYS, [XLA_LOOP, XLA]),
        ("Rescaling(1 / 16)", "jit = xla", [XLA, XLA_LOOP], [XLA_LOOP, XLA]),
        ("Rescaling(1 / 16)", "jit = off", [GRAPH], [GRAPH]),
        ("Rescaling(1 / 16)", "augment = GaussianNoise(0.1)", WAYS, [XLA_LOOP, XLA]),
        ("Rescaling(1 / 16)", "augment = RandomRotation(0.1)", [GRAPH, XLA], [XLA]),
        ("Conv2D(2, 3, strides=2)", "", WAYS, [XLA_LOOP, XLA]),
        ("Conv2D(2, 3, dilation_rate=2)", "", [GRAPH, XLA], [XLA_LOOP, XLA]),
        ("Conv2D(2, 3) -> Conv2D(4, 3, groups=2)", "", [GRAPH, XLA], [XLA_LOOP, XLA]),
        ("Pipeline([Rescaling(2), DepthwiseConv2D(3)])", "", [GRAPH, XLA], [XLA_LOOP, XLA]),
        ("RandomRotation(0.1) -> Conv2D(2, 3)", "", [GRAPH, XLA], [XLA]),
        ("Conv2D(2, 3) -> RandomRotation(0.1)", "", [GRAPH], [GRAPH]),
    ],
)
def test_the_ways_that_there_are(layers: str, settings: str, cpu: list[StepPlan], gpu: list[StepPlan]) -> None:
    program = compile_text(PICTURES % (layers, settings)).program
    for on_gpu, ways in ((False, cpu), (True, gpu)):
        assert list(candidates(program, program.trains["M"], program.models["M"], gpu=on_gpu)) == ways


# ── What is chosen ───────────────────────────────────────────────────────────────────────────────


class Slow:
    """A step that takes the given seconds in each way, call by call where they change, and counts what it does."""

    def __init__(self, seconds: dict[StepPlan, float | Iterator[float] | Exception]) -> None:
        self.seconds, self.how, self.loss = seconds, GRAPH, SimpleNamespace(result=lambda: 0.0)
        self.tried: list[StepPlan] = []
        self.variable = Variable()

    def planned(self, how: StepPlan) -> "Slow":
        other = Slow(self.seconds)
        other.how, other.tried, other.variable = how, self.tried, self.variable
        self.tried.append(how)
        return other

    def variables(self) -> list[Any]:
        return [self.variable]

    def run(self, rows: Any) -> None:
        seconds = self.seconds[self.how]
        if isinstance(seconds, Exception):
            raise seconds
        self.variable.value += len(rows)
        time.sleep((next(seconds) if isinstance(seconds, Iterator) else seconds) * len(rows))


class Variable:
    value = 3

    def numpy(self) -> Any:
        return np.array(self.value)

    def assign(self, value: Any) -> None:
        self.value = int(value)


ROWS = np.zeros((7, 5), np.int32)


def test_the_fastest_is_taken_and_nothing_is_changed() -> None:
    step = Slow({GRAPH: 0.013, XLA: 0.003, XLA_LOOP: 0.03})
    choice = choose(step, WAYS, ROWS, 10_000)
    assert (choice.step.how.jit, choice.step.how.loop) == ("xla", "graph") and step.variable.value == 3
    assert choice.step.how.steps == pytest.approx(0.5 / 0.003, rel=0.3)
    assert set(choice.seconds) == set(WAYS) and choice.seconds[GRAPH] == pytest.approx(0.013, rel=0.3)
    assert str(choice).startswith("step plan: XLA, loop outside (TensorFlow's graph 13")


def test_one_lucky_moment_does_not_decide() -> None:
    lucky_once = chain([0.008] * 5, [0.001], repeat(0.008))
    choice = choose(Slow({GRAPH: lucky_once, XLA: 0.006}), [GRAPH, XLA], ROWS, 10_000)
    assert choice.step.how.jit == "xla" and choice.seconds[GRAPH] == pytest.approx(0.008, rel=0.3)


def test_a_short_training_tries_one_way() -> None:
    step = Slow({GRAPH: 0.01, XLA: 0.001})
    choice = choose(step, [GRAPH, XLA], ROWS, 5)
    assert choice.step.how.jit == "off" and step.tried == [GRAPH] and "too short to try others" in str(choice)


def test_a_way_that_fails_is_told_and_not_taken() -> None:
    found = compile_text(PICTURES % ("Dense(3)", "")).program
    from specc.training.failures.mapping import failure

    reason = failure(found, found.trains["M"], None, "Unsupported operation Where", jit="xla")
    from specc.diagnostics import SpecError

    step = Slow({GRAPH: 0.002, XLA: SpecError(reason)})
    choice = choose(step, [GRAPH, XLA], ROWS, 10_000)
    assert choice.step.how.jit == "off" and "not XLA, loop outside: XLA can't compile" in str(choice)
    refused = refusal(lambda: choose(step, [XLA], ROWS, 10_000))
    assert refused.code is XLA_FAILED and step.variable.value == 3


# ── All ways are one arithmetic ──────────────────────────────────────────────────────────────────

BOTH = "BatchNormalization(momentum=0.8) -> Dense(6, activation=tanh, kernel_regularizer=L2(0.01))"


@pytest.mark.keras
@pytest.mark.parametrize(
    "text",
    [
        iris(
            "optimizer = SGD(0.05)  augment = GaussianNoise(0.001)  on_nan = skip  class_weight = [1, 2, 3]",
            layers=BOTH,
        ),
        bottles(),
    ],
    ids=["one output", "two outputs"],
)
def test_all_ways_give_the_same(text: str) -> None:
    weights, logs = [], []
    for how in WAYS:
        found = ready(text)
        train = found.data.train
        step = TrainingStep(found.program, found.model, found.plan, train.inputs, train.targets, how=how)
        step.run(order(0, 1, train.size, 13))
        weights.append(found.model.get_weights())
        logs.append(step.logs())
    for other in (1, 2):
        assert logs[other] == pytest.approx(logs[0], rel=1e-3)
        for a, b in zip(weights[0], weights[other], strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-4)


@pytest.mark.keras
def test_a_loop_in_xla_takes_any_number_of_steps_with_one_program() -> None:
    found = ready(iris())
    train = found.data.train
    step = TrainingStep(found.program, found.model, found.plan, train.inputs, train.targets, how=XLA_LOOP)
    rows = order(0, 1, train.size, 4)
    for count in (1, 3, 300):
        step.run(np.resize(rows, (count, 4)))
    assert int(found.model.optimizer.iterations.numpy()) == 304
    assert len(step._run._list_all_concrete_functions()) == 1


@pytest.mark.keras
def test_a_loop_in_xla_on_examples_that_stay_on_the_disk_gives_the_same_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeding, "_GROUP_STEPS", 3)
    weights: list[list[Any]] = []
    for stored in (False, True):
        found = ready(iris(layers=BOTH))
        train = found.data.train
        inputs: Any = {
            k: Stored(lambda rows, v=v: v[rows], len(v), v) if stored else v for k, v in train.inputs.items()
        }
        step = TrainingStep(found.program, found.model, found.plan, inputs, train.targets, how=XLA_LOOP)
        step.run(order(0, 1, train.size, 13))
        weights.append(found.model.get_weights())
        assert bool(step.feeder.arrays) == stored
    for a, b in zip(*weights, strict=True):
        np.testing.assert_array_equal(a, b)


# ── Kept and replayed ────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def run() -> Any:
    with forks() as function:
        yield function


def weights_of(folder: Path) -> bytes:
    return (folder / "artifact" / "weights.safetensors").read_bytes()


@pytest.mark.keras
def test_a_plan_is_recorded_and_replayed(run: Callable[..., dict[str, Any]], tmp_path: Path) -> None:
    file = tmp_path / "iris.model"
    file.write_text(iris("jit = auto  epochs = 4  batch_size = 8  seed = 5"), encoding="utf-8")
    first = run("train", file, "-o", tmp_path / "a")
    assert first["code"] == 0 and "step plan: " in first["err"]
    record = json.loads((tmp_path / "a" / "run.json").read_text())
    assert record["step_plans"]["Iris"].keys() == {"jit", "loop", "steps"} and record["machine"]["processor"]
    again = run("train", file, "-o", tmp_path / "b", "--plan", tmp_path / "a")
    assert again["code"] == 0 and "step plan" not in again["err"]
    assert weights_of(tmp_path / "a") == weights_of(tmp_path / "b")

    elsewhere = {**record, "machine": {**record["machine"], "cores": 97}}
    (tmp_path / "elsewhere.json").write_text(json.dumps(elsewhere))
    told = run("train", file, "-o", tmp_path / "c", "--plan", tmp_path / "elsewhere.json")
    assert "the step plan is of another machine, bits may differ: cores was 97, is " in told["err"]

    killed = run("train", file, "-o", tmp_path / "d", "--plan", tmp_path / "a", at=60)
    assert killed["code"] == -9
    jit = "off" if record["step_plans"]["Iris"]["jit"] == "xla" else "xla"
    (tmp_path / "other.json").write_text(json.dumps({"Iris": {"jit": jit}}))
    refused = run("train", file, "--resume", "-o", tmp_path / "d", "--plan", tmp_path / "other.json")
    assert refused["code"] == 1 and "E706" in refused["err"] and "go on without `--plan`" in refused["err"]
    resumed = run("train", file, "--resume", "-o", tmp_path / "d", "--plan", tmp_path / "a")
    assert resumed["code"] == 0 and "step plan" not in resumed["err"]
    assert weights_of(tmp_path / "d") == weights_of(tmp_path / "a")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "Expecting value"),
        ("[]", "it is no record"),
        ('{"target": "M", "metrics": {}}', "there are no step plans in it"),
        ('{"M": {"jit": "off", "loop": "xla"}}', "`loop` graph or (with xla) xla"),
        ('{"M": {"jit": "cuda"}}', "`jit` is xla or off"),
        ('{"M": {"jit": "xla", "steps": 0}}', "`steps` at least 1"),
        ('{"M": {"jit": "xla", "unroll": 2}}', "a step plan has `jit`, `loop` and `steps`"),
        ('{"M": 3}', "a step plan has"),
    ],
)
def test_what_is_no_plan_is_refused(tmp_path: Path, content: str, reason: str) -> None:
    file = tmp_path / "plan.json"
    file.write_text(content)
    finding = refusal(lambda: read_plans(file))
    assert finding.code is STEP_PLAN and reason in finding.message and finding.help


def test_a_plan_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert "No such file" in refusal(lambda: read_plans(tmp_path / "plan.json")).message
    assert "run.json" in refusal(lambda: read_plans(tmp_path)).message


def test_a_plan_must_not_contradict_the_spec() -> None:
    program = compile_text(iris("jit = xla")).program
    finding = refusal(lambda: require_agreement(program, program.trains["Iris"], GRAPH))
    assert finding.code is STEP_PLAN and finding.span.text == "xla"
    require_agreement(program, program.trains["Iris"], XLA_LOOP)
    assert differences({"cores": 2}, {"cores": 2}) == []


LOST = """
import sys
import tensorflow as tf
from specc.cli.main import run
tf.config.run_functions_eagerly(True)
sys.exit(run(["train", *sys.argv[1:]]))
"""


@pytest.mark.keras
def test_xla_is_never_lost_silently(tmp_path: Path) -> None:
    def trained(jit: str) -> Any:
        file = tmp_path / f"{jit}.model"
        file.write_text(iris(f"jit = {jit}"), encoding="utf-8")
        command = [sys.executable, "-c", LOST, str(file), "-o", str(tmp_path / jit)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    insists, asks = trained("xla"), trained("auto")
    assert insists.returncode == 1 and "E700] xla-failed: XLA is lost: " in insists.stderr, insists.stderr
    assert "eager" in insists.stderr and "jit = xla" in insists.stderr and not (tmp_path / "xla").exists()
    assert asks.returncode == 0 and "step plan: TensorFlow's graph, as XLA is lost" in asks.stderr, asks.stderr
