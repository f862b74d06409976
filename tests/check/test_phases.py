"""What the names in phases stand for, and which layers learn in each. What is refused is in ``tests/golden/bad``."""

from __future__ import annotations

import pytest

from specc.build import Model, Program, data, float32, train
from specc.build.layers import Dense
from specc.build.losses import SparseCategoricalCrossentropy
from specc.build.phases import Phase
from specc.build.schedules import CosineDecay
from specc.build.sources import Sklearn
from specc.catalogue.objects import phases as declared
from specc.check.phases import phase_states
from specc.compiler import Compilation, compile_text
from specc.diagnostics import SpecError
from specc.program.json import graph_hash, pretty
from specc.program.plans import TrainPlan
from specc.source import Source

SPEC = """
block Stage(units: int) {
    input x: float[C]
    output y = x -> Dense(units, name="dense") -> BatchNormalization(center=false, scale=false, name="bn")
}
model Inner {
    input x: float32[4]
    output y = x -> Stage(5, name="stage1") -> Stage(7, name="stage10") -> Dense(3, trainable=false, name="fixed")
}
model Net {
    input x: float32[4]
    first = Inner()
    second = Inner(trainable=false)
    a = (x -> first, x -> second, x -> first) -> Concatenate
    output y = a -> Dense(3, activation=relu, name="head_1") -> Dense(3, activation=softmax, name="head_2")
}
data Iris = Sklearn(iris)
train Net { data = Iris  loss = SparseCategoricalCrossentropy()  SETTINGS }
"""
INNER = {"stage1.dense", "stage1.bn", "stage10.dense", "stage10.bn", "fixed"}
FIRST, SECOND = ({f"{model}/{layer}" for layer in INNER} for model in ("first", "second"))
HEADS = {"head_1", "head_2"}
FREE = {*FIRST - {"first/fixed"}, *HEADS}
"""What learns as the spec says."""


def states(*phases: declared.Phase) -> list[set[str]]:
    """What learns in each phase."""
    program = compile_text(SPEC.replace("SETTINGS", "")).program
    found = phase_states(program, program.models["Net"], phases, lambda *_: program.place())
    return [set(state.free) for state in found]


@pytest.mark.parametrize(
    ("name", "frozen"),
    [
        ("first", FIRST),
        ("stage10", None),
        ("first/stage10", {"first/stage10.dense", "first/stage10.bn"}),
        ("first/stage1", {"first/stage1.dense", "first/stage1.bn"}),  # and not `stage10`
        ("first/stage1/dense", {"first/stage1.dense"}),
        ("first/stage1.dense", {"first/stage1.dense"}),
        ("head", HEADS),
        ("head_2", {"head_2"}),
    ],
)
def test_what_a_name_stands_for(name: str, frozen: set[str] | None) -> None:
    if frozen is None:
        with pytest.raises(SpecError, match="several places"):
            states(declared.Phase.make(freeze=name))
        return
    assert states(declared.Phase.make(freeze=name)) == [FREE - frozen]


def test_phases_go_on_from_each_other() -> None:
    found = states(
        declared.Phase.make(),
        declared.Phase.make(freeze=("first", "head_1")),
        declared.Phase.make(unfreeze="first/fixed"),
        declared.Phase.make(freeze="first", unfreeze=("first/stage10", "second/stage1/bn")),
    )
    assert found == [
        FREE,
        {"head_2"},
        {"head_2", "first/fixed"},  # also what the spec freezes
        {"head_2", "first/stage10.dense", "first/stage10.bn", "second/stage1.bn"},
    ]


def test_statistics_alone_do_not_learn() -> None:
    """A `BatchNormalization` without gamma and beta has no weights for an optimizer."""
    with pytest.raises(SpecError, match="nothing learns"):
        states(declared.Phase.make(freeze=("first", "head"), unfreeze="first/stage1/bn"))


def test_members_of_an_ensemble_are_looked_at() -> None:
    more = """
        ensemble Two { members = [Net() * 2]  combine = SoftVote() }
        train Two { data = Iris  loss = SparseCategoricalCrossentropy()  phases = [Phase(freeze="NAME")] }"""
    alone = SPEC.replace("train Net { data = Iris  loss = SparseCategoricalCrossentropy()  SETTINGS }", more)
    assert compile_text(alone.replace("NAME", "head_1")).report.ok
    assert [d.code.id for d in compile_text(alone.replace("NAME", "net")).report] == ["E200"]


# ── Forms ────────────────────────────────────────────────────────────────────────────────────────

PHASES = """phases = [
    Phase(freeze=first, epochs=3),
    Phase(unfreeze=["first/stage10", "second"], learning_rate=CosineDecay(1e-4, 100), epochs=5),
    Phase(freeze="head_1", optimizer=SGD(1e-3)),
]"""


def test_there_and_back() -> None:
    made = compile_text(SPEC.replace("SETTINGS", PHASES))
    assert made.report.ok and made.program.trains["Net"].epochs == 9
    text = compile_text(made.text)
    json = Compilation(Source("net.json", pretty(made.program)))
    assert text.report.ok and json.report.ok, [d.message for d in (*text.report, *json.report)]
    assert graph_hash(made.program) == graph_hash(text.program) == graph_hash(json.program)
    assert "epochs = 9" not in made.text and "epochs" in made.text
    wrong = pretty(made.program).replace('"epochs": 9', '"epochs": 7')
    assert [d.code.id for d in Compilation(Source("net.json", wrong)).report] == ["E308"]


def test_without_phases_nothing_is_written() -> None:
    plan = compile_text(SPEC.replace("SETTINGS", "epochs = 2")).program.trains["Net"]
    assert "phases" not in plan.model_dump(mode="json", exclude_none=True)
    assert isinstance(plan, TrainPlan) and plan.epochs == 2


def test_a_name_that_is_a_model_too_is_written_in_quotes() -> None:
    text = (
        SPEC.replace("Inner", "first")
        .replace("first = first()", 'one = first(name="first")')
        .replace("x -> first,", "x -> one,")
    )
    text = text.replace("x -> first)", "x -> one)").replace("SETTINGS", 'phases = [Phase(freeze="first")]')
    made = compile_text(text)
    assert made.report.ok, [d.message for d in made.report]
    assert graph_hash(compile_text(made.text).program) == graph_hash(made.program)


def test_in_python() -> None:
    iris = data("Iris", Sklearn("iris"))
    net = Model("Net")
    x = net.input("x", float32[4])
    body, head = Dense(5, activation="relu", name="body"), Dense(3, activation="softmax", name="head")
    net.output("y", x >> body >> head)
    phases = [Phase(freeze="body", epochs=2), Phase(unfreeze=["body"], learning_rate=CosineDecay(1e-4, 100))]
    made = Program(train(net, data=iris, loss=SparseCategoricalCrossentropy(), phases=phases))
    text = """
        model Net {
            input x: float32[4]
            output y = x -> Dense(5, activation=relu, name="body") -> Dense(3, activation=softmax, name="head")
        }
        data Iris = Sklearn(iris)
        train Net {
            data = Iris
            loss = SparseCategoricalCrossentropy()
            phases = [Phase(freeze=body, epochs=2), Phase(unfreeze=body, learning_rate=CosineDecay(1e-4, 100))]
        }"""
    assert made.hash == graph_hash(compile_text(text).program)
