"""The Python code of a model, carried out, makes the same model."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from lower_helpers import answers, example_inputs, learned

from specc.compiler import Compilation, compile_text
from specc.lower.model import build, named_weights
from specc.lower.python_code import python_code
from specc.weights.declared import declared_weights

pytestmark = pytest.mark.keras

SPECS = Path(__file__).parents[2] / "specs"
SMALL = {"resnet": {"width": "4", "stages": "[1, 2]"}}


def carried_out(code: str) -> dict[str, Any]:
    """The names that the code defines."""
    space: dict[str, Any] = {"__name__": "generated"}
    exec(compile(code, "generated.py", "exec"), space)
    return space


def layers_of(model: Any) -> list[tuple[str, str]]:
    """Name and class of every layer, inside of models too."""
    found: list[tuple[str, str]] = []
    for layer in model.layers:
        found.append((layer.name, type(layer).__name__))
        if hasattr(layer, "layers") and type(layer).__name__ != "Pipeline":  # those in it are named by Keras
            found += layers_of(layer)
    return found


def require_equal(done: Compilation, name: str) -> None:
    """The code's last function makes the model ``name``: same layers, with equal weights equal answers."""
    program = learned(done.program, name)
    graph = program.models[name]
    model = build(program, name)
    space = carried_out(python_code(program, name))
    made = [v for k, v in space.items() if k.startswith("build_")][-1]()
    assert layers_of(made) == layers_of(model)
    assert made.name == model.name and list(made.output) == list(model.output)
    assert [tuple(w.shape) for w in made.weights] == [tuple(w.shape) for w in model.weights]
    assert [w.trainable for w in made.weights] == [w.trainable for w in model.weights]
    made.set_weights(model.get_weights())
    inputs = example_inputs(graph)
    expected, found = answers(model, inputs), answers(made, inputs)
    assert list(found) == list(graph.outputs)
    for output, value in expected.items():
        np.testing.assert_array_equal(found[output], value)


@pytest.mark.parametrize("path", sorted(SPECS.glob("*.model")), ids=lambda p: p.stem)
def test_shipped_specs(path: Path) -> None:
    done = Compilation.of_file(path, SMALL.get(path.stem))
    require_equal(done, done.model().name)


INNER = "model Inner { input x: float32[4]  output z = x -> Dense(4)  output a = x -> Dense(2) }\n"

MODELS = {
    "what Keras misjudges": """model M {
        input sound: float32[527]
        input word: string[1]
        input image: float32[13, 17, 3]
        output mel = sound -> MelSpectrogram(64, 17, num_mel_bins=7) -> Flatten -> Dense(3)
        output hashed = word -> Hashing(11, output_mode=one_hot, name="hash") -> Dense(3)
        output counted = word -> TextVectorization(vocabulary=["tea", "\\"oat\\""], output_mode=count)
        output even = image -> Equalization -> Pipeline([RandomFlip, Rescaling(2), Pipeline([Conv2D(5, 3)])])
    }""",
    "lookups": """model M {
        input word: string[7]
        output code = word -> StringLookup(vocabulary=["oat", "latte"], output_mode=tf_idf, idf_weights=[0.2, 0.3])
        output again = word -> StringLookup() -> IntegerLookup(vocabulary=[1, 2], num_oov_indices=2)
        output bins = word -> TextVectorization(split=none) -> Discretization(num_bins=2)
        output crossed = (word[0:1], word[1:2]) -> HashedCrossing(11, one_hot)
    }""",
    "operations": """model M {
        input a: float32[4, 5]
        input b: float32[4, 5]
        c = 2 - (a - (b - a)) / (b * b + 1)
        output y = -(c + 0.5) * -2
        output z = a[1:3, ..., -1]
        output w = b[::2]
        output v = a[0]
    }""",
    "shared layer": "model M { input x: float32[4]  same = Dense(4)  output y = (x -> same) - (x -> same -> same) }",
    "shared model": "model I { input x: float32[4]  output y = x -> Dense(4) }\n"
    "model M { input x: float32[4]  same = I()  output y = (x -> same) - (x -> same -> same) }",
    "several results of a model": INNER
    + "model M { input x: float32[4]  z, a = x -> Inner()  output p = z  output q = a }",
    "several results of a layer": """model M {
        input x: float32[T, 5]
        all, memory, carry = x -> LSTM(3, return_sequences=true, return_state=true)
        output y = all
        output z = (memory, carry) -> Concatenate
    }""",
    "attention": "model M { input q: float32[3, 4]  input v: float32[5, 4]  "
    "output y = (q, v) -> MultiHeadAttention(2, 3) }",
    "both directions": "model M { input x: float32[T, 4]  output y = x -> Bidirectional(GRU(3)) -> Dense(2) }",
    "objects as arguments": "model M { input x: float32[4]  output y = x -> Dense(3, "
    "kernel_regularizer=L1L2(0.1, 0.2), kernel_initializer=HeNormal(seed=3), bias_constraint=NonNeg()) }",
    "Python's words": "model M { input lambda: float32[4]  keras = lambda -> Dense(3)  name = keras -> Dense(2)  "
    "output class = name }",
    "a variable like a function": "model I { input x: float32[4]  output y = x -> Dense(4) }\n"
    "model M { input x: float32[4]  build_i = x -> Dense(4)  output y = build_i -> I() }",
    "models whose names differ in case": "model AB { input x: float32[4]  output y = x -> Dense(4) }\n"
    "model Ab { input x: float32[4]  output y = x -> AB() -> Dense(3) }",
    "casting": "model M { input x: int32[T]  output y = x -> Embedding(9, 4, mask_zero=true) -> LSTM(3) }",
    "hard vote": "model A { input x: float32[6]  output y = x -> Dense(3, activation=softmax) }\n"
    "ensemble M { members = [A() * 3]  combine = HardVote() }",
    "weighted vote": "model A { input x: float32[6]  output y = x -> Dense(3, activation=softmax) }\n"
    "ensemble M { members = [A(), A()]  combine = SoftVote([3, 1]) }",
    "stack": "model A { input x: float32[6]  output y = x -> Dense(3, activation=softmax) }\n"
    "ensemble M { members = [A(), A()]  combine = Stack(Dense(3, activation=softmax)) }",
}


FROZEN = {
    "layers": """model M {
        input x: float32[7, 3]
        settled = x -> Conv1D(5, 1) -> BatchNormalization(trainable=false) -> Bidirectional(GRU(2), trainable=false)
        inside = x -> Pipeline([Bidirectional(LSTM(3, return_sequences=true), trainable=false), Dense(2)]) -> Flatten
        each = x -> TimeDistributed(Dense(2, trainable=false)) -> Flatten
        looked = (x, x) -> MultiHeadAttention(2, 5, trainable=false) -> Flatten
        output y: float32[1] = (settled, inside, each, looked) -> Concatenate -> Dense(1)
    }""",
    "a model, used twice": """
    model I { input x: float32[7, 3]  output y = (x, x) -> MultiHeadAttention(2, 5) -> BatchNormalization -> Dense(3) }
    model J { input x: float32[7, 3]  output y = x -> I(trainable=false) -> Dense(3) }
    model M {
        input x: float32[7, 3]
        inner = J()
        still = J(trainable=false)
        output y: float32[1] = x -> inner -> inner -> still -> Flatten -> Dense(1)
    }""",
}


@pytest.mark.parametrize("name", FROZEN)
def test_what_is_frozen_stays_in_the_code_as_in_the_model(name: str) -> None:
    """After some steps of training, both have the same weights; those that aren't trained are the first ones."""
    done = compile_text(FROZEN[name])
    require_equal(done, "M")
    model = build(done.program, "M")
    made = carried_out(python_code(done.program, "M"))["build_m"]()
    first = model.get_weights()
    random = np.random.default_rng(11)
    inputs, targets = {"x": random.normal(size=(5, 7, 3))}, {"y": random.normal(size=(5, 1))}
    for one in (model, made):
        one.set_weights(first)
        one.compile("sgd", "mse", jit_compile=False)
        one.fit(inputs, targets, epochs=2, verbose=0)
    declared = declared_weights(done.program, done.program.models["M"])
    names = [n for n, w in named_weights(done.program, "M", model).items() if w.trainable]
    assert 0 < len(names) < len(declared)
    for before, a, b, variable in zip(first, model.get_weights(), made.get_weights(), model.weights, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
        assert variable.trainable or (before == a).all() or "moving_" in variable.path


def test_weights_from_elsewhere_are_told() -> None:
    text = (
        'from "std/applications/mobilenet" import MobileNet\nmodel M { input x: float32[224, 224, 3]  output y = x -> '
    )
    done = compile_text(text + "MobileNet(weights=imagenet, trainable=false) -> Dense(2) }")
    code = python_code(done.program, "M")
    assert "    # The spec begins this model with the weights of imagenet; this code makes new ones.\n" in code
    assert 'frozen(build_mobile_net(name="mobile_net"))' in code


@pytest.mark.parametrize("name", MODELS)
def test_models(name: str) -> None:
    done = compile_text(MODELS[name])
    require_equal(done, list(done.program.models)[-1])


def test_each_model_is_one_function_with_inner_ones_first() -> None:
    done = compile_text(
        INNER + "model M { input x: float32[4]  z, a = x -> Inner()  w, b = x -> Inner()\n"
        "output y = z + w  output c = a + b }"
    )
    code = python_code(done.program, "M")
    assert [line for line in code.splitlines() if line.startswith("def ")] == [
        'def build_inner(name="Inner"):',
        'def build_m(name="M"):',
    ]
    assert "import keras" in code and "build_m().summary()" in code


def test_code_needs_no_keras_to_be_written() -> None:
    import subprocess
    import sys

    code = (
        "import sys; from specc.compiler import compile_text; from specc.lower.python_code import python_code\n"
        "python_code(compile_text('model M { input x: float32[2]  output y = x -> Dense(1) }').program, 'M')\n"
        "sys.exit('keras' in sys.modules or 'tensorflow' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
