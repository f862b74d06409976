"""Built Keras models are what the compiler said: shapes, parameters, names, sharing."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from lower_helpers import answers, built, example_inputs, learned

from specc.compiler import Compilation, compile_text
from specc.diagnostics import SpecError
from specc.diagnostics.codes import RUNTIME_FAILED
from specc.lower.model import build, named_weights, static_shape
from specc.program.graph import ModelGraph
from specc.program.program import Program

pytestmark = pytest.mark.keras

SPECS = Path(__file__).parents[2] / "specs"
SMALL = {"resnet": {"width": "4", "stages": "[1, 2]"}}
"""Parameters that keep a spec small enough for tests."""


def scalar_model(layers: str) -> str:
    return f"model M {{ input x: float32[6]  {layers} }}"


def require_as_declared(program: Program, graph: ModelGraph, model: Any) -> None:
    assert {k: (tuple(v.shape[1:]), v.dtype) for k, v in model.input.items()} == {
        k: (static_shape(t), t.dtype) for k, t in graph.inputs.items()
    }
    assert {k: v.dtype for k, v in model.output.items()} == {k: t.dtype for k, t in graph.output_types.items()}
    for name, type_ in graph.output_types.items():
        assert tuple(model.output[name].shape[1:]) == static_shape(type_)
    assert model.count_params() == program.cost(graph).parameters


@pytest.mark.parametrize("path", sorted(SPECS.glob("*.model")), ids=lambda p: p.stem)
def test_shipped_specs_are_built_as_declared(path: Path) -> None:
    done = Compilation.of_file(path, SMALL.get(path.stem))
    for name in done.program.models:
        program = learned(done.program, name)
        graph = program.models[name]
        model = build(program, name)
        require_as_declared(program, graph, model)
        weights = named_weights(program, name, model)
        assert sum(int(np.prod(v.shape)) for v in weights.values()) == model.count_params()
        assert len(weights) == len(model.weights)
        found = answers(model, example_inputs(graph))
        for output, type_ in graph.output_types.items():
            assert all(
                a == b for a, b in zip(found[output].shape[1:], static_shape(type_), strict=True) if b is not None
            )


def test_weights_are_named_by_layer_and_inside_of_models_by_path() -> None:
    done, graph, model = built("""
        model Inner { input x: float32[3]  output y = x -> Dense(2) -> BatchNormalization }
        model Outer { input x: float32[3]  output y = x -> Inner() -> Dense(1, use_bias=false) }""")
    assert {n: tuple(v.shape) for n, v in named_weights(done.program, graph.name, model).items()} == {
        "inner/dense/kernel": (3, 2),
        "inner/dense/bias": (2,),
        "inner/batch_normalization/gamma": (2,),
        "inner/batch_normalization/beta": (2,),
        "inner/batch_normalization/moving_mean": (2,),
        "inner/batch_normalization/moving_variance": (2,),
        "dense/kernel": (2, 1),
    }


def test_a_layer_with_a_name_is_one_layer() -> None:
    done, graph, model = built(scalar_model("twice = Dense(6)  output y = x -> twice -> twice"))
    require_as_declared(done.program, graph, model)
    assert model.count_params() == 42
    x = example_inputs(graph)["x"]
    kernel, bias = (np.asarray(w) for w in model.weights)
    np.testing.assert_allclose(answers(model, {"x": x})["y"], (x @ kernel + bias) @ kernel + bias, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("chain", ["Dense(6) * 2", "Dense(6) -> Dense(6)"])
def test_layers_in_place_are_new_each_time(chain: str) -> None:
    _, _, model = built(scalar_model(f"output y = x -> {chain}"))
    assert model.count_params() == 84
    assert len({w.path for w in model.weights}) == 4


def test_a_model_with_a_name_is_one_model() -> None:
    inner = "model Inner { input x: float32[6]  output y = x -> Dense(6) }"
    _, _, once = built(inner + scalar_model("m = Inner()  output y = (x -> m) + (x -> m -> m)"), "M")
    _, _, anew = built(inner + scalar_model("output y = (x -> Inner()) + (x -> Inner() -> Inner())"), "M")
    assert once.count_params() == 42 and anew.count_params() == 126


def test_models_nest_and_take_and_give_by_name() -> None:
    text = """
        model Pair {
            input b: float32[3]
            input a: float32[2]
            output z = a -> Dense(4)
            output y = b -> Dense(5)
        }
        model Twice {
            input p: float32[3]
            input q: float32[2]
            z, y = (p, q) -> Pair()
            output first = z
            output second = y
        }
        model Outer {
            input p: float32[3]
            input q: float32[2]
            first, second = (p, q) -> Twice()
            output both = (second, first) -> Concatenate
        }"""
    done, graph, model = built(text)
    require_as_declared(done.program, graph, model)
    pair = model.get_layer("twice").get_layer("pair")
    x = example_inputs(graph)
    inner = answers(pair, {"b": x["p"], "a": x["q"]})
    assert inner["z"].shape == (2, 4) and inner["y"].shape == (2, 5)
    both = answers(model, x)["both"]
    np.testing.assert_allclose(both, np.concatenate([inner["y"], inner["z"]], axis=-1), rtol=1e-6)


def test_blocks_leave_dotted_names() -> None:
    _, graph, model = built("block B = Dense(3) -> ReLU\n" + scalar_model("output y = x -> B -> B"))
    names = [n.name for n in graph.nodes if n.kind != "input"]
    assert [layer.name for layer in model.layers][1:] == names
    assert len(set(names)) == 4


def test_symbols_are_free_when_the_model_runs() -> None:
    done, graph, model = built("""
        model M { input image: float32[H, W, 3]  output y: float32[(H + 1) // 2, (W + 1) // 2, 4] = image
            -> Conv2D(4, 3, strides=2, padding=same) }""")
    require_as_declared(done.program, graph, model)
    for size in (5, 8):
        image = example_inputs(graph, free=size)
        assert answers(model, image)["y"].shape == (2, (size + 1) // 2, (size + 1) // 2, 4)


def test_query_and_value_are_spread() -> None:
    import keras

    text = """model M {
        input q: float32[7, 6]
        input v: float32[5, 6]
        output y: float32[7, 6] = (q, v) -> MultiHeadAttention(2, 3)
    }"""
    done, graph, model = built(text)
    require_as_declared(done.program, graph, model)
    x = example_inputs(graph)
    own = keras.layers.MultiHeadAttention(2, 3)
    own.build((None, 7, 6), (None, 5, 6))
    own.set_weights(model.get_weights())
    np.testing.assert_allclose(answers(model, x)["y"], own(x["q"], x["v"]), rtol=1e-5, atol=1e-6)


def test_both_directions() -> None:
    text = """model M {
        input x: float32[T, 4]
        output y: float32[T, 6] = x -> Bidirectional(LSTM(3, return_sequences=true))
    }"""
    done, graph, model = built(text)
    require_as_declared(done.program, graph, model)
    assert set(named_weights(done.program, "M", model)) >= {
        f"bidirectional/{w.name}" for w in graph["bidirectional"].weights
    }
    assert answers(model, example_inputs(graph, free=9))["y"].shape == (2, 9, 6)


def test_layers_with_several_results() -> None:
    done, graph, model = built("""model M {
        input x: float32[T, 5]
        sequence, memory, carry = x -> LSTM(8, return_sequences=true, return_state=true)
        output all = sequence
        output state = memory
        output cell = carry
    }""")
    require_as_declared(done.program, graph, model)
    found = answers(model, example_inputs(graph, free=4))
    assert list(found) == ["all", "state", "cell"]
    np.testing.assert_array_equal(found["all"][:, -1], found["state"])
    assert not np.allclose(found["state"], found["cell"])


def test_keras_refusal_is_told_at_the_line_of_the_layer(monkeypatch: pytest.MonkeyPatch) -> None:
    done = compile_text(scalar_model("output y = x -> Dense(6)"))
    import keras

    def refuse(*_: object, **__: object) -> None:
        raise ValueError("not today\nmore")

    monkeypatch.setattr(keras.layers, "Dense", refuse)
    with pytest.raises(SpecError) as caught:
        build(done.program, "M")
    (found,) = caught.value.diagnostics
    assert found.code is RUNTIME_FAILED and found.message == "Keras refuses `Dense`: not today"
    assert found.span == next(n.span for n in done.model().nodes if n.name == "dense")


# ── Operations ───────────────────────────────────────────────────────────────────────────────────

OPERATIONS = {
    "a + b": lambda a, b: a + b,
    "a - b": lambda a, b: a - b,
    "a * b": lambda a, b: a * b,
    "a / b": lambda a, b: a / b,
    "-a": lambda a, b: -a,
    "2 - a": lambda a, b: 2 - a,
    "a - -2": lambda a, b: a + 2,
    "1 / a": lambda a, b: 1 / a,
    "a * 0.5 + b / 3": lambda a, b: a * np.float32(0.5) + b / np.float32(3),
    "a - (b - a)": lambda a, b: a - (b - a),
    "a / (b * a)": lambda a, b: a / (b * a),
    "-(a + b) * 2": lambda a, b: -(a + b) * 2,
    "a[0]": lambda a, b: a[:, 0],
    "a[-1, 2]": lambda a, b: a[:, -1, 2],
    "a[1:3]": lambda a, b: a[:, 1:3],
    "a[..., 1]": lambda a, b: a[..., 1],
    "a[..., 1:]": lambda a, b: a[..., 1:],
    "a[0, ...]": lambda a, b: a[:, 0, ...],
    "a[::2]": lambda a, b: a[:, ::2],
    "a[:-1, 1:4]": lambda a, b: a[:, :-1, 1:4],
}


@pytest.mark.parametrize("expression", OPERATIONS)
def test_operations_equal_numpy(expression: str) -> None:
    text = f"model M {{ input a: float32[4, 5]  input b: float32[4, 5]  output y = {expression}  output z = a * b }}"
    done, graph, model = built(text)
    require_as_declared(done.program, graph, model)
    x = example_inputs(graph)
    np.testing.assert_allclose(answers(model, x)["y"], OPERATIONS[expression](x["a"], x["b"]), rtol=1e-6, atol=1e-6)


def test_sizes_of_one_are_broadcast() -> None:
    _, graph, model = built(
        "model M { input a: float32[4, 1]  input b: float32[1, 5]  output y: float32[4, 5] = a + b }"
    )
    x = example_inputs(graph)
    np.testing.assert_allclose(answers(model, x)["y"], x["a"] + x["b"])


def test_a_hard_vote_counts_with_argmax_and_one_hot() -> None:
    text = """
        model A { input x: float32[6]  output y = x -> Dense(3, activation=softmax) }
        ensemble Vote { members = [A() * 3]  combine = HardVote() }"""
    done, graph, model = built(text, "Vote")
    require_as_declared(done.program, graph, model)
    x = example_inputs(graph, size=20)
    members = [answers(model.get_layer(m.name), x)["y"] for m in done.program.ensembles["Vote"].members]
    expected = np.mean([np.eye(3)[m.argmax(-1)] for m in members], axis=0)
    np.testing.assert_allclose(answers(model, x)["y"], expected, rtol=1e-6)


def test_a_weighted_vote_is_the_weighted_mean() -> None:
    text = """
        model A { input x: float32[6]  output y = x -> Dense(3, activation=softmax) }
        ensemble Vote { members = [A(), A()]  combine = SoftVote([3, 1]) }"""
    done, graph, model = built(text, "Vote")
    x = example_inputs(graph, size=20)
    first, second = (answers(model.get_layer(m.name), x)["y"] for m in done.program.ensembles["Vote"].members)
    np.testing.assert_allclose(answers(model, x)["y"], 0.75 * first + 0.25 * second, rtol=1e-5)
