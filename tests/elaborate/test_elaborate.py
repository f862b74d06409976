"""What specs elaborate to: structure, sharing, parameters, loops, models in models, ensembles."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from specc.compiler import Compilation, compile_text
from specc.diagnostics.render import render
from specc.program.graph import ModelGraph
from specc.source import Source


def model(text: str, name: str | None = None, **parameters: object) -> ModelGraph:
    compilation = compile_text(text, **parameters)
    assert compilation.report.ok, render(compilation.report, "full")
    return compilation.model(name)


def codes(text: str, **parameters: object) -> list[str]:
    return [d.code.id for d in compile_text(text, **parameters).report]


def types(graph: ModelGraph) -> list[str]:
    return [n.type_name for n in graph.nodes if n.kind != "input"]


def owners(graph: ModelGraph) -> list[str]:
    """The nodes that own weights."""
    return [n.name for n in graph.nodes if n.weights]


# ── Sharing ──────────────────────────────────────────────────────────────────────────────────────


def test_a_named_layer_is_one_layer() -> None:
    graph = model("""model M { input a: float32[5] input b: float32[5]
        enc = Dense(3)  output y = (a -> enc) - (b -> enc) }""")
    assert owners(graph) == ["enc"] and graph["enc_1"].shares == "enc"


def test_written_in_place_it_is_new() -> None:
    graph = model("model M { input x: float32[5]  output y = x -> Dense(5) -> Dense(5) }")
    assert owners(graph) == ["dense", "dense_1"]


def test_repetition_makes_fresh_copies_and_a_named_repetition_is_shared() -> None:
    graph = model("""model M { input a: float32[5] input b: float32[5]
        deep = Dense(5) * 3  output y = (a -> deep) + (b -> deep) }""")
    assert len(owners(graph)) == 3 and sum(n.shares is not None for n in graph.nodes) == 3


def test_a_named_block_shares_all_that_it_makes() -> None:
    graph = model("""block B(n: int) { input x: float[C]
            for i in range(n) { x = x -> Dense(C) -> BatchNormalization }
            output y = x }
        model M { input a: float32[5] input b: float32[5]
            f = B(2)  output y = (a -> f) + (b -> f) }""")
    assert owners(graph) == ["f.dense", "f.batch_normalization", "f.dense_1", "f.batch_normalization_1"]
    assert [n.shares for n in graph.nodes if n.shares] == owners(graph)


def test_sharing_with_another_size_is_refused() -> None:
    assert codes("""model M { input a: float32[5] input b: float32[6]
        f = Dense(3)  output y = (a -> f) + (b -> f) }""") == ["E504"]


# ── Parameters ───────────────────────────────────────────────────────────────────────────────────

WIDE = "model M(width: int in 2..8 = 4, depth: int = width * 2) { input x: float32[5]  output y = x -> Dense(depth) }"


def test_defaults_may_use_earlier_parameters_and_overrides_win() -> None:
    assert model(WIDE).output_types["y"].shape == (8,)
    assert model(WIDE, width=3).output_types["y"].shape == (6,)
    assert model(WIDE, **{"M.width": 3, "depth": 7}).output_types["y"].shape == (7,)


@pytest.mark.parametrize(
    ("value", "code"), [("9", "E307"), ("1", "E307"), ("x", "E200"), ('"4"', "E302"), ("4.0", "E302")]
)
def test_overrides_are_checked(value: str, code: str) -> None:
    assert codes(WIDE, width=value) == [code]


def test_an_argument_of_the_spec_is_not_overridden() -> None:
    text = WIDE + " model N { input x: float32[5]  output y = x -> M(width=2) }"
    assert model(text, "N", width=8).output_types["y"].shape == (4,)


# ── Loops and choices ────────────────────────────────────────────────────────────────────────────


def test_loops_and_lists() -> None:
    graph = model("""model M(widths: list = [3, 5, 7]) { input x: float32[5]
        parts = []
        for i, n in enumerate(widths) { parts = parts + [x -> Dense(n)] }
        output y = parts -> Concatenate }""")
    assert graph.output_types["y"].shape == (15,)


@pytest.mark.parametrize(("flag", "layer"), [("true", "ReLU"), ("false", "Softmax")])
def test_choices(flag: str, layer: str) -> None:
    text = f"""model M(on: bool = {flag}) {{ input x: float32[5]
        if on {{ y = x -> ReLU }} else {{ y = x -> Softmax }}
        output y
        output z = x -> if on then ReLU else Softmax }}"""
    assert types(model(text)) == [layer, layer]


def test_a_condition_on_a_run_time_size_names_it() -> None:
    (found,) = compile_text("model M { input x: float32[T, 5]\n output y = if T > 3 then x else x -> ReLU }").report
    assert found.code.id == "E407" and "`T`" in found.message and found.related


def test_a_block_is_checked_case_by_case() -> None:
    block = """block B(filters: int) { input x: float[H, W, C]
        skip = if C == filters then x else x -> Conv2D(filters, 1)
        output y = skip + (x -> Conv2D(filters, 3, padding=same)) }"""
    assert codes(block) == []
    assert codes(block.replace("if C == filters then x else x -> Conv2D(filters, 1)", "x")) == ["E400"]


# ── Several inputs and outputs, models in models, imports ────────────────────────────────────────


def test_several_outputs_are_split() -> None:
    graph = model("""model M { input x: float32[T, 5]
        all, h, c = x -> LSTM(7, return_sequences=true, return_state=true)
        output y = (h, c) -> Concatenate  output s = all }""")
    assert [str(t) for t in graph.output_types.values()] == ["float32[14]", "float32[T, 7]"]


def test_a_model_in_a_model_keeps_its_own_weights() -> None:
    compilation = compile_text("""model E(n: int = 3) { input x: float32[T, 5]  output y = x -> Dense(n) }
        model M { input a: float32[7, 5] input b: float32[U, 5]
            output y = a -> E()  output z = b -> E(n=4) }""")
    assert compilation.report.ok
    graph = compilation.model("M")
    assert [str(t) for t in graph.output_types.values()] == ["float32[7, 3]", "float32[U, 4]"]
    assert compilation.program.cost(graph).parameters == 5 * 3 + 3 + 5 * 4 + 4


def test_imports(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "inner.model").write_text("block Half { input x: float[N]  output y = x -> Dense(N // 2) }")
    (tmp_path / "parts" / "outer.model").write_text('from "inner" import Half\nblock Quarter = Half() -> Half()')
    (tmp_path / "main.model").write_text(
        'from "parts/outer.model" import Quarter as Q\nmodel M { input x: float32[20]  output y = x -> Q() }'
    )
    compilation = Compilation.of_file(tmp_path / "main.model")
    assert compilation.report.ok, render(compilation.report, "full")
    assert compilation.model().output_types["y"].shape == (5,)


# ── Counting ─────────────────────────────────────────────────────────────────────────────────────


def test_parameters_bytes_and_flops_by_hand() -> None:
    compilation = compile_text("""model M { input image: float32[8, 8, 1]
        output y = image -> Conv2D(5, 3) -> BatchNormalization -> ReLU -> Flatten -> Dense(7) }""")
    cost = compilation.program.cost(compilation.model())
    assert cost.trainable == (9 * 5 + 5) + 2 * 5 + (6 * 6 * 5 * 7 + 7)
    assert cost.frozen == 2 * 5 and cost.weight_bytes == 4 * (cost.trainable + cost.frozen)
    convolution, dense = 6 * 6 * 5 * (2 * 9 + 1), 7 * (2 * 180 + 1)
    assert cost.flops > convolution + dense


def test_repetition_is_counted_before_it_is_made() -> None:
    text = "model M { input x: float32[3]  y = Dense(3)\n" + "y = y * 1000\n" * 10 + "output z = x -> y }"
    began = time.perf_counter()
    assert codes(text) == ["E902"]
    assert time.perf_counter() - began < 2


# ── Plans ────────────────────────────────────────────────────────────────────────────────────────

ENSEMBLE = """model A(n: int = 3) {{ input x: float32[4]  output y = x -> Dense(n) -> Dense(3, activation=softmax) }}
data D = Sklearn(iris)
ensemble E {{ members = [A(), A(n=5) * 2]  combine = {combine} }}
train E {{ data = D  loss = SparseCategoricalCrossentropy()  metrics = [accuracy] }}"""


@pytest.mark.parametrize(
    ("combine", "ending"),
    [
        ("SoftVote()", ["Average"]),
        ("SoftVote(weights=[1, 1, 2])", ["multiply", "multiply", "multiply", "add", "add"]),
        ("HardVote()", ["argmax", "one_hot", "argmax", "one_hot", "argmax", "one_hot", "Average"]),
        ("Stack(Dense(3, activation=softmax), folds=4)", ["Concatenate", "Dense"]),
    ],
)
def test_ensembles_are_one_model(combine: str, ending: list[str]) -> None:
    graph = model(ENSEMBLE.format(combine=combine))
    assert graph.kind == "ensemble" and list(graph.inputs) == ["x"]
    assert graph.output_types["y"].shape == (3,)
    assert sorted(types(graph)[3:]) == sorted(ending)


def test_plans_hold_what_the_spec_says() -> None:
    compilation = compile_text(
        """model M { input x: float32[4]  output y = x -> Dense(3, activation=softmax) }
        data D = Sklearn(iris, test=0.2, seed=7)
        train M(rate: float in 1e-4..1e-1 = 1e-2) { data = D  loss = SparseCategoricalCrossentropy()
            metrics = [accuracy]  optimizer = Adam(CosineDecay(rate, 100))  epochs = 5  batch_size = 16
            early_stopping = EarlyStopping(patience=3)  seed = 11  jit = off }
        tune M { objective = max(val_accuracy)  trials = 3  pruner = Hyperband() }
        export M { formats = [keras]  version = "2.0.0" }""",
        rate=0.05,
    )
    assert compilation.report.ok, render(compilation.report, "full")
    plan = compilation.program.trains["M"]
    assert (plan.epochs, plan.batch_size, plan.seed, plan.jit) == (5, 16, 11, "off")
    assert plan.optimizer.record()["arguments"]["learning_rate"]["arguments"]["initial_learning_rate"] == 0.05
    assert compilation.program.exports["M"].formats == ("keras",)
    assert compilation.program.tunes["M"].direction == "max"
    assert compilation.program.place("train", "M", "epochs").text == "5"


def test_networkx_sees_the_graph() -> None:
    import networkx as nx

    graph = model("model M { input x: float32[5]  a = x -> Dense(3)  output y = a + (a -> Dense(3)) }").graph
    assert nx.is_directed_acyclic_graph(graph) and nx.has_path(graph, "x", "add")
    assert graph.nodes["dense"]["node"].type_name == "Dense"


def test_an_empty_source_is_a_warning() -> None:
    assert [d.code.id for d in Compilation(Source("a.model", "  # nothing\n")).report] == ["W530"]


def test_a_word_may_be_called_as_a_function_is() -> None:
    text = ENSEMBLE.format(combine="SoftVote()").replace(
        "metrics = [accuracy]", "metrics = [accuracy]  early_stopping = EarlyStopping(monitor=val_accuracy, mode=max)"
    )
    compilation = compile_text(text)
    assert compilation.report.ok, render(compilation.report, "full")
    assert compilation.program.trains["E"].early_stopping.record()["arguments"]["mode"] == "max"


def layers_of(text: str, model: str) -> list[str]:
    graph = compile_text(text).model(model)
    return [n.name if n.shares is None else f"{n.name}={n.shares}" for n in graph.nodes if n.kind == "layer"]


PARTS = """
block Last(act: layer in [Dense(7), ReLU] = ReLU) { input x: float[N]  output y = x -> act }
block Twice(act: layer = ReLU) { input x: float[N]  output y = x -> act -> act }
"""


@pytest.mark.parametrize(
    ("body", "layers"),
    [
        ("x -> Last", ["last.re_lu"]),
        ("x -> Last(Dense(7)) -> Last(Dense(7))", ["last.dense", "last_1.dense"]),
        ("x -> Last(Dense(7)) * 2", ["last.dense", "last_1.dense"]),
        ("x -> Twice(Dense(7))", ["twice.dense", "twice.dense_1=twice.dense"]),
        ("x -> Twice(ReLU)", ["twice.re_lu", "twice.re_lu_1"]),
    ],
)
def test_a_layer_given_to_a_block_is_new_where_it_is_written(body: str, layers: list[str]) -> None:
    assert layers_of(f"{PARTS} model M {{ input x: float32[7]  output y = {body} }}", "M") == layers


def test_a_layer_bound_to_a_name_is_shared_by_the_blocks_it_is_given_to() -> None:
    text = f"{PARTS} model M {{ input x: float32[7]  d = Dense(7)  output y = x -> Last(d) -> Last(d) }}"
    assert layers_of(text, "M") == ["last.d", "last_1.d=last.d"]


def test_layers_and_lists_outside_of_their_domains_are_refused() -> None:
    text = f"{PARTS} model M(w: list in [[3], [4, 5]] = [3]) {{ input x: float32[7]  output y = x -> Last(ELU) }}"
    assert [d.code.id for d in compile_text(text).report] == ["E307"]
    assert [d.code.id for d in compile_text(text.replace("ELU", "ReLU"), w="[4]").report] == ["E307"]
    assert compile_text(text.replace("ELU", "ReLU"), w="[4, 5]").report.ok


def test_dims_are_sizes() -> None:
    text = """block B(d: dims = [3]) {{ input x: float[N]  output y = x -> Dense(d[0]) }}
        model M {{ input x: float32[7]  output y = x -> B({}) }}"""
    assert compile_text(text.format("[4, 5]")).report.ok
    for wrong in ("[0]", "[4, -1]", "4", '["a"]', "[1.5]"):
        assert [d.code.id for d in compile_text(text.format(wrong)).report] == ["E302"], wrong


# ── Names with values in them, and sizes left open ───────────────────────────────────────────────


def test_a_name_may_hold_the_values_of_names() -> None:
    graph = model("""block Stage(depth: int in 1..8) { input x: float[C]
            for i in range(depth) { x = x -> Dense(C, name="dense{i}") }
            output y = x }
        model M { input x: float32[5]
            for stage, depth in [("low", 1), ("high", 2)] { x = x -> Stage(depth, name="{stage}_stage") }
            output y = x }""")
    assert owners(graph) == ["low_stage.dense0", "high_stage.dense0", "high_stage.dense1"]


def test_a_function_leaves_the_names_free_that_a_loop_gives() -> None:
    graph = model("""model M { input x: float32[5]
            x = x + 1  x = x + 1
            for i in [1, 2] { x = x -> Dense(5, name="add_{i}") }
            output y = x }""")
    assert owners(graph) == ["add_1", "add_2"]


def test_a_parameter_may_leave_a_size_open() -> None:
    text = """model M(input_shape: dims = [none, 7, 3]) {
            input x: float32[input_shape[0], input_shape[1], input_shape[2]]
            output y = x -> Conv2D(5, 3) }"""
    assert str(model(text).output_types["y"]) == "float32[x_0 - 2, 5, 5]"
    assert str(model(text, input_shape="[11, none, 3]").output_types["y"]) == "float32[9, x_1 - 2, 5]"


def test_none_is_a_value_where_a_domain_lists_it() -> None:
    text = """model M(pooling: string in [none, "avg"] = none) { input x: float32[7, 5]
            if pooling == "avg" { x = x -> GlobalAveragePooling1D }
            output y = x }"""
    assert types(model(text)) == [] and types(model(text, pooling="avg")) == ["GlobalAveragePooling1D"]
    assert codes(text.replace('[none, "avg"]', '[none, "avg", "max"]'), pooling="max") == []
    assert codes(text, pooling="max") == ["E307"]


def test_channels_are_rounded_as_the_mobilenets_do() -> None:
    text = "model M(a: float = 1.0) { input x: float32[5]  output y = x -> Dense(make_divisible(32 * a)) }"
    widths = {0.1: 8, 0.35: 16, 0.75: 24, 1.0: 32, 1.4: 48}
    assert {a: model(text, a=a).output_types["y"].shape[0] for a in widths} == widths
    assert codes(text.replace("32 * a", '"32"')) == ["E409"]
    assert codes(text.replace("32 * a", "32, 0")) == ["E410"]


def test_a_word_that_is_another_name_of_something_stays_a_word_elsewhere() -> None:
    graph = model("""model M { input x: float32[8, 8, 3]
        output y = x -> Conv2D(5, 3, bias_initializer=constant(2), kernel_regularizer=l2(0.01))
                     -> RandomTranslation(0.1, 0.1, fill_mode=constant) }""")
    translation = next(n.layer for n in graph.nodes if n.type_name == "RandomTranslation")
    convolution = next(n.layer for n in graph.nodes if n.type_name == "Conv2D")
    assert translation is not None and translation.given["fill_mode"] == "constant"
    assert convolution is not None
    assert repr(convolution.given["bias_initializer"]) == "Constant(value=2.0)"
    assert type(convolution.given["kernel_regularizer"]).__name__ == "L2"
