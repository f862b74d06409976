"""What the Python builder makes: sharing, copies, blocks, models in models, sizes, programs."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from specc.build import (
    BuildError,
    ManyLayer,
    Model,
    Program,
    Tensor,
    block,
    data,
    ensemble,
    export,
    float32,
    ops,
    train,
    tune,
)
from specc.build.callbacks import EarlyStopping
from specc.build.combiners import SoftVote
from specc.build.layers import LSTM, Bidirectional, Concatenate, Conv2D, Dense, ReLU, TimeDistributed
from specc.build.losses import MeanSquaredError, SparseCategoricalCrossentropy
from specc.build.optimizers import Adam
from specc.build.pruners import Hyperband
from specc.build.sources import Sklearn
from specc.compiler import Compilation, compile_text
from specc.program.json import graph_hash, pretty


def inputs(*sizes: int) -> tuple[Model, list[Tensor]]:
    model = Model("M")
    return model, [model.input(name, float32[size]) for name, size in zip("abc", sizes, strict=False)]


def same(built: Program, text: str) -> None:
    """A program is the one that a text writes."""
    assert built.to_json() == pretty(compile_text(text).program)


# ── Sharing ──────────────────────────────────────────────────────────────────────────────────────


def test_a_layer_applied_twice_is_one_layer() -> None:
    model, (a, b) = inputs(5, 5)
    encoder = Dense(3).named("enc")
    model.output("y", (a >> encoder) - (b >> encoder))
    same(
        Program(model),
        "model M { input a: float32[5] input b: float32[5]  enc = Dense(3)  output y = (a -> enc) - (b -> enc) }",
    )


def test_repetition_makes_fresh_copies_and_a_kept_one_is_shared() -> None:
    model, (a, b) = inputs(5, 5)
    deep = 3 * (Dense(5) >> ReLU())
    model.output("y", (a >> deep) + (b >> deep))
    same(
        Program(model),
        """model M { input a: float32[5] input b: float32[5]
        deep = (Dense(5) -> ReLU) * 3  output y = (a -> deep) + (b -> deep) }""",
    )


def test_composed_layers_are_a_layer() -> None:
    model, (a,) = inputs(5)
    head = Dense(4) >> ReLU() >> (Dense(3) >> ReLU())
    model.output("y", a >> head >> head.__class__.__rshift__(Dense(4), Dense(3)))
    names = [n.type_name for n in Program(model).compile().model().nodes]
    assert names == ["Input", "Dense", "ReLU", "Dense", "ReLU", "Dense", "Dense"]


@block
def Deep(x: Tensor, /, count: int, act: object = None) -> Tensor:  # noqa: N802
    for _ in range(count):
        x = x >> Dense(x.shape[-1])
        x = x if act is None else x >> act  # type: ignore[operator]
    return x


DEEP = """block Deep(count: int) { input x: float[C]
    for _ in range(count) { x = x -> Dense(C) }
    output y = x }"""


def test_a_block_applied_twice_shares_all_that_it_makes() -> None:
    model, (a, b) = inputs(5, 5)
    f = Deep(2).named("f")
    model.output("y", (a >> f) + (b >> f))
    same(
        Program(model),
        DEEP + "model M { input a: float32[5] input b: float32[5] f = Deep(2)  output y = (a -> f) + (b -> f) }",
    )


def test_copies_of_a_block_share_nothing() -> None:
    model, (a,) = inputs(5)
    model.output("y", a >> Deep(2) * 2 >> Deep(count=1))
    same(Program(model), DEEP + "model M { input a: float32[5]  output y = a -> Deep(2) * 2 -> Deep(1) }")


def test_a_layer_given_to_a_block_is_copied_with_it() -> None:
    model, (a,) = inputs(5)
    model.output("y", a >> Deep(1, act=Dense(5)) * 2)
    text = """block Deep(act: layer) { input x: float[C]  output y = x -> Dense(C) -> act }
    model M { input a: float32[5]  output y = a -> Deep(Dense(5)) * 2 }"""
    same(Program(model), text)


def test_a_layer_that_is_a_default_is_made_anew_for_each_call() -> None:
    @block
    def Two(x: Tensor, /, act: ManyLayer = Dense(5)) -> Tensor:  # noqa: B008, N802
        return x >> act >> act

    text = """block Two(act: layer = Dense(5)) { input x: float[5]  output y = x -> act -> act }
    model M { input a: float32[5]  output y = a -> Two() -> Two() * 2 }"""
    for _ in range(2):  # in two models, too
        model, (a,) = inputs(5)
        model.output("y", a >> Two() >> Two() * 2)
        same(Program(model), text)


def test_a_block_that_makes_other_layers_the_second_time_is_refused() -> None:
    @block
    def Fickle(x: Tensor, /) -> Tensor:  # noqa: N802
        return x >> (Dense(5) if x.value.port.node == "a" else Deep(1))

    _, (a, b) = inputs(5, 5)
    f = Fickle()
    assert isinstance(a >> f, Tensor)
    with pytest.raises(BuildError, match="E504"):
        b >> f


# ── Models in models ─────────────────────────────────────────────────────────────────────────────

INNER = "model E { input x: float32[T, 5]  output y = x -> Dense(3) }"


def inner_model() -> Model:
    inner = Model("E")
    inner.output("y", inner.input("x", "float32[T, 5]") >> Dense(3))
    return inner


def test_a_model_in_a_model() -> None:
    inner, model = inner_model(), Model("M")
    a, b = model.input("a", float32[7, 5]), model.input("b", float32["U", 5])
    model.output("y", a >> inner())
    model.output("z", b >> inner().named("other"))
    text = """model M { input a: float32[7, 5] input b: float32[U, 5]
        other = E()  output y = a -> E()  output z = b -> other }"""
    same(Program(model), INNER + text)


def test_a_model_applied_twice_shares_its_weights() -> None:
    inner, model = inner_model().named("e"), Model("M")
    a, b = model.input("a", float32[7, 5]), model.input("b", float32["U", 5])
    model.output("y", a >> inner)
    model.output("z", b >> inner)
    text = "model M { input a: float32[7, 5] input b: float32[U, 5]  e = E()  output y = a -> e  output z = b -> e }"
    same(Program(model), INNER + text)


def test_a_model_that_is_applied_is_complete() -> None:
    inner, model = inner_model(), Model("M")
    model.input("a", float32[7, 5]) >> inner
    with pytest.raises(BuildError, match="can't change"):
        inner.input("more", float32[3])


def test_two_models_of_one_name_are_refused() -> None:
    model = Model("M")
    model.output("y", model.input("a", float32[7, 5]) >> inner_model() >> Dense(5) >> inner_model())
    assert [d.code.id for d in Program(model).compile().report] == ["E202"]


# ── Tensors, sizes, functions ────────────────────────────────────────────────────────────────────


def test_operators_and_functions() -> None:
    model = Model("M")
    x = model.input("x", "float32[T, 6]")
    y = -((2 - x / 3) ** 2) + 1.5 * x % 4 // 5
    z = ops.where((y >= x), y[1:, ..., -1:], ops.abs(y)[1:, :1]) if False else ops.where(y >= x, y, ops.abs(x))
    model.output("y", ops.sum(ops.concatenate([z, x[:, ::2]], axis=-1), axis=1, keepdims=True))
    same(
        Program(model),
        """model M { input x: float32[T, 6]  y = -(2 - x / 3) ** 2 + 1.5 * x % 4 // 5
        z = where(y >= x, y, abs(x))
        output y = sum(concatenate([z, x[:, ::2]], axis=-1), axis=1, keepdims=true) }""",
    )


def test_sizes_go_on_as_arguments() -> None:
    model = Model("M")
    x = model.input("x", "float32[T, 6]")
    time, channels = x.shape
    assert (str(time), channels, x.dtype, str(x.type)) == ("T", 6, "float32", "float32[T, 6]")
    model.output("y", ops.reshape(x, [3 * time, 2]), "float32[3 * T, 2]")
    model.output("z", ops.reshape(x, ["3 * T", 2]))
    assert [str(t) for t in Program(model).compile().model().output_types.values()] == ["float32[3*T, 2]"] * 2


def test_several_outputs_are_a_tuple() -> None:
    model = Model("M")
    whole, h, c = model.input("x", "float32[T, 5]") >> LSTM(7, return_sequences=True, return_state=True)
    model.output("y", (h, c) >> Concatenate())
    model.output("s", [whole, whole] >> Concatenate())
    assert [str(t) for t in Program(model).compile().model().output_types.values()] == ["float32[14]", "float32[T, 14]"]


def test_layers_of_layers_and_numbers_of_numpy() -> None:
    model = Model("M")
    x = model.input("x", "float32[T, 5]") >> TimeDistributed(Dense(np.int64(3))) >> Bidirectional(LSTM(4))
    model.output("y", np.float64(0.5) * x)
    told = "x -> TimeDistributed(Dense(3)) -> Bidirectional(LSTM(4))"
    text = f"model M {{ input x: float32[T, 5]  output y = 0.5 * ({told}) }}"
    same(Program(model), text)


def test_equality_is_element_by_element_and_tensors_are_keys() -> None:
    model, (a, b) = inputs(5, 5)
    model.output("y", ops.where(a == b, a, b))
    model.output("z", ops.where(a != 0, a, b))
    text = """model M { input a: float32[5] input b: float32[5]
        output y = where(a == b, a, b)  output z = where(a != 0, a, b) }"""
    same(Program(model), text)
    assert {a: 1, b: 2}[a] == 1 and len({a, b, a}) == 2


def test_run_time_sizes_are_computed_with() -> None:
    model = Model("M")
    x = model.input("x", "float32[T, U, 6]")
    time, other, channels = x.shape
    assert str(2 * time - time) == "T" and time - time == 0 and time == "T" and time != time + 1 and time < time + 1
    assert time >= 1 and {time: 1}[x.shape[0]] == 1
    model.output("y", ops.reshape(x, [time * other, channels]), float32[time * other, 6])
    model.output("z", ops.reshape(x, [-time * -other, 6]))
    assert [str(t) for t in Program(model).compile().model().output_types.values()] == ["float32[T*U, 6]"] * 2


def test_arrays_and_ranges_are_lists() -> None:
    model = Model("M")
    x = model.input("x", float32[8, 8, 1]) >> Conv2D(3, np.array([3, 5])) >> Conv2D(3, range(1, 3))
    model.output("y", x >> Conv2D(np.array(2), (1, 1)))
    told = "x -> Conv2D(3, [3, 5]) -> Conv2D(3, [1, 2]) -> Conv2D(2, [1, 1])"
    same(Program(model), f"model M {{ input x: float32[8, 8, 1]  output y = {told} }}")


def test_a_tensor_is_not_walked_through() -> None:
    _, (a,) = inputs(5)
    with pytest.raises(TypeError):
        iter(a)  # type: ignore[call-overload]
    assert repr(a) == "<a: float32[5]>" and repr(Dense(3)) == "<the layer Dense>" and {a: 1}[a] == 1


# ── Programs ─────────────────────────────────────────────────────────────────────────────────────


def classifier(name: str, *units: int) -> Model:
    model = Model(name)
    x = model.input("x", float32[4])
    for width in units:
        x = x >> Dense(width, activation="relu")
    model.output("y", x >> Dense(3, activation="softmax"))
    return model


def test_all_sections_of_an_ensemble() -> None:
    a, b = classifier("A", 8), classifier("B", 5, 5)
    together = ensemble("E", members=[a, b * 2], combine=SoftVote(weights=[1, 1, 2]))
    examples = data("D", Sklearn("iris", test=0.2))
    plan = train(
        together,
        data=examples,
        loss=SparseCategoricalCrossentropy(),
        metrics="accuracy",
        optimizer=Adam(0.01),
        early_stopping=EarlyStopping(monitor="val_accuracy", mode="max"),
        jit="off",
    )
    search = tune(together, objective="max(val_accuracy)", trials=3, pruner=Hyperband())
    text = """
        model A { input x: float32[4]  output y = x -> Dense(8, activation=relu) -> Dense(3, activation=softmax) }
        model B { input x: float32[4]  output y = x -> Dense(5, activation=relu) * 2 -> Dense(3, activation=softmax) }
        data D = Sklearn(iris, test=0.2)
        ensemble E { members = [A(), B() * 2]  combine = SoftVote(weights=[1, 1, 2]) }
        train E { data = D  loss = SparseCategoricalCrossentropy()  metrics = [accuracy]  optimizer = Adam(0.01)
            early_stopping = EarlyStopping(monitor=val_accuracy, mode=max)  jit = off }
        tune E { objective = max(val_accuracy)  trials = 3  pruner = Hyperband() }
        export E { version = "1.0.0" }"""
    same(Program(plan, search, export(together, version="1.0.0")), text)


def test_data_in_place_and_default_optimizer() -> None:
    model = Model("M")
    model.output("y", model.input("x", float32[10]) >> Dense(1))
    built = Program(train(model, data=Sklearn("diabetes"), loss=MeanSquaredError()))
    same(
        built,
        """model M { input x: float32[10]  output y = x -> Dense(1) }
        train M { data = Sklearn(diabetes)  loss = MeanSquaredError() }""",
    )


def test_a_program_may_be_compiled_again_after_it_grew() -> None:
    model = classifier("A", 8)
    program = Program(model)
    before = program.hash
    assert program.hash == before
    model.output("more", model.graph_tensor("x") >> Dense(2)) if hasattr(model, "graph_tensor") else None
    assert isinstance(program.compile(), Compilation)
    assert repr(program) == "<program of 'A'>" and "A(x: float32[4]) -> (y: float32[3])" in repr(model)


def test_a_saved_program_is_read_by_the_compiler(tmp_path: Path) -> None:
    program = Program(classifier("A", 8))
    program.save(tmp_path / "a.json")
    compilation = Compilation.of_file(tmp_path / "a.json")
    assert graph_hash(compilation.program) == program.hash
    assert json.loads((tmp_path / "a.json").read_text())["models"][0]["name"] == "A"


def test_a_program_is_saved_in_both_forms(tmp_path: Path) -> None:
    model = classifier("A", 8)
    plan = train(model, data=Sklearn("iris"), loss=SparseCategoricalCrossentropy())
    program = Program(plan)
    for name in ("a.json", "a.model", "a.txt"):
        program.save(tmp_path / name)
        assert graph_hash(Compilation.of_file(tmp_path / name).program) == program.hash, name
    assert (tmp_path / "a.model").read_text() == program.to_text() == program.compile().text
    assert (tmp_path / "a.txt").read_text() == program.to_json()
    with pytest.raises(OSError):
        program.save(tmp_path / "nowhere" / "a.json")


def test_a_value_that_leads_nowhere_is_a_warning() -> None:
    model = classifier("A", 8)
    compilation = Program(model).compile()
    assert compilation.report.ok
    other = Model("B")
    x = other.input("x", float32[4])
    x >> Dense(7)
    other.output("y", x >> Dense(3))
    compilation = Program(other).compile()
    assert [d.code.id for d in compilation.report] == ["W503"]
    assert compilation.report.ok and len(compilation.model()) == 2
