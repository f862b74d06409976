"""Layers that learn from the training split before training: what they learn, where, and what becomes of it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from training_helpers import refusal

from specc.catalogue.declare import Declaration
from specc.cli.main import run as cli
from specc.compiler import Compilation, compile_text
from specc.data.load import load
from specc.diagnostics.codes import CANNOT_LEARN, NOT_LEARNED, XLA_FAILED
from specc.lower.model import build
from specc.lower.python_code import python_code
from specc.program.json import graph_hash
from specc.program.program import Program
from specc.training.initial.adapt import adapt

VALUES = np.array([[1.0, 2.0, 3.0], [5.0, 2.0, 7.0], [9.0, 8.0, 5.0], [1.0, 4.0, 1.0]], dtype=np.float32)
WORDS = np.array(["b", "a", "b", "c", "b", "a"], dtype=object)


def program_of(text: str) -> Program:
    done = compile_text(text)
    assert not done.report.errors, [d.message for d in done.report.errors]
    return done.program


def given(program: Program, model: str, node: str) -> dict[str, Any]:
    layer = program.models[model][node].layer
    assert isinstance(layer, Declaration)
    return layer.given


# ── What is learned ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.keras
def test_what_is_learned_is_what_keras_learns_and_then_arguments() -> None:
    import keras

    program = program_of("""model Net {
        input x: float32[3]
        input word: string[]
        a = x -> Normalization
        b = x -> Discretization(num_bins=2)
        c = word -> StringLookup(output_mode=int)
        d = word -> TextVectorization(max_tokens=4, output_mode=tf_idf, pad_to_max_tokens=true)
        output p = a
        output q = b
        output r = c
        output s = d
    }""")
    learned = adapt(program, "Net", {"x": VALUES, "word": np.resize(WORDS, 4)})
    normal = given(learned, "Net", "normalization")
    assert normal["mean"] == pytest.approx(VALUES.mean(axis=0)) and normal["variance"] == pytest.approx(
        VALUES.var(axis=0)
    )
    theirs = keras.layers.Discretization(num_bins=2)
    theirs.adapt(VALUES)
    assert given(learned, "Net", "discretization") == {"bin_boundaries": tuple(theirs.bin_boundaries)}
    assert given(learned, "Net", "string_lookup") == {"vocabulary": ("b", "c", "a")}
    text = given(learned, "Net", "text_vectorization")
    assert text["vocabulary"] == ("b", "c", "a") and len(text["idf_weights"]) == 3

    model = build(learned, "Net")
    found = model({"x": VALUES, "word": np.resize(WORDS, 4)}, training=False)
    np.testing.assert_allclose(found["p"], (VALUES - VALUES.mean(0)) / VALUES.std(0), rtol=1e-5)
    np.testing.assert_array_equal(found["q"], theirs(VALUES))
    np.testing.assert_array_equal(found["r"], [1, 3, 1, 2])
    vectors = keras.layers.TextVectorization(max_tokens=4, output_mode="tf_idf", pad_to_max_tokens=True)
    vectors.adapt(np.resize(WORDS, 4))
    np.testing.assert_allclose(found["s"], vectors(np.resize(WORDS, 4)), rtol=1e-6)


@pytest.mark.keras
def test_the_learned_program_is_complete_in_its_json_form() -> None:
    program = program_of("model Net { input x: float32[2, 3]  output y = x -> Normalization([1, 2]) -> Dense(5) }")
    values = np.arange(24, dtype=np.float32).reshape(4, 2, 3)
    learned = adapt(program, "Net", {"x": values})
    assert learned.cost(learned.models["Net"]).parameters == 20, "what was learned are no weights"
    assert graph_hash(learned) != graph_hash(program)
    from specc.program.json import pretty
    from specc.source import Source

    again = Compilation(Source("again.json", pretty(learned)))
    assert again.report.ok and graph_hash(again.program) == graph_hash(learned)
    assert "Normalization(axis=" in python_code(learned, "Net")


@pytest.mark.keras
def test_a_layer_learns_from_what_reaches_it() -> None:
    program = program_of("""model Net {
        input x: float32[3]
        scaled = x -> Rescaling(2) -> Normalization -> Rescaling(10)
        output y = log(scaled + 100) -> Normalization(none)
    }""")
    learned = adapt(program, "Net", {"x": VALUES})
    first, last = (given(learned, "Net", n) for n in ("normalization", "normalization_1"))
    assert first["mean"] == pytest.approx(2 * VALUES.mean(axis=0))
    reaching = np.log(10 * (VALUES - VALUES.mean(0)) / VALUES.std(0) + 100)
    assert last["mean"] == pytest.approx(reaching.mean(), rel=1e-5) and last["axis"] is None


@pytest.mark.keras
def test_a_shared_layer_learns_from_all_of_its_uses() -> None:
    program = program_of("""model Net {
        input a: string[]
        input b: string[]
        lookup = StringLookup()
        output p = a -> lookup
        output q = b -> lookup
    }""")
    learned = adapt(program, "Net", {"a": WORDS[:3], "b": np.array(["z", "z", "z"], dtype=object)})
    assert given(learned, "Net", "lookup")["vocabulary"] == ("z", "b", "a")
    found = build(learned, "Net")({"a": WORDS[:3], "b": WORDS[:3]}, training=False)
    np.testing.assert_array_equal(found["p"], found["q"])


@pytest.mark.keras
def test_a_model_in_a_model_learns_for_each_place_where_it_stands() -> None:
    program = program_of("""
        model Scaled { input v: float32[1]  output w = v -> Normalization -> Dense(2) }
        model Net {
            input a: float32[1]
            input b: float32[1]
            output y = (a -> Scaled(), b -> Scaled()) -> Concatenate
        }""")
    learned = adapt(program, "Net", {"a": VALUES[:, :1], "b": VALUES[:, 1:2]})
    inner = [n.model for n in learned.models["Net"].nodes if n.model]
    means = [given(learned, name, "normalization")["mean"] for name in inner]
    assert means == [(4.0,), (4.0,)] or means == [(float(VALUES[:, 0].mean()),), (float(VALUES[:, 1].mean()),)]
    assert len(set(inner)) == 2 and list(learned.models)[-1] == "Net"
    build(learned, "Net")


def test_nothing_to_learn_leaves_the_program_as_it_is() -> None:
    program = program_of("model Net { input x: float32[3]  output y = x -> Normalization(mean=1, variance=2) }")
    assert adapt(program, "Net", {}) is program


# ── What is refused ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.keras
def test_too_few_values_for_all_bins() -> None:
    program = program_of(
        "model Net { input x: float32[1]  output y = x -> Discretization(num_bins=9, output_mode=one_hot) }"
    )
    finding = refusal(lambda: adapt(program, "Net", {"x": VALUES[:, :1]}))
    assert finding.code is CANNOT_LEARN and "float32[4] instead of float32[9]" in finding.message


@pytest.mark.keras
def test_nothing_but_padding_is_no_vocabulary() -> None:
    program = program_of('model Net { input x: string[]  output y = x -> StringLookup(mask_token="b") }')
    finding = refusal(lambda: adapt(program, "Net", {"x": np.array(["b", "b"], dtype=object)}))
    assert finding.code is CANNOT_LEARN and finding.span.text.startswith("StringLookup")


@pytest.mark.parametrize("make", [build, python_code])
def test_without_data_nothing_is_built(make: Any) -> None:
    program = program_of("model Net { input x: float32[3]  output y = x -> Normalization }")
    finding = refusal(lambda: make(program, "Net"))
    assert finding.code is NOT_LEARNED and finding.span.text == "Normalization"
    assert any("`mean` and `variance`" in h for h in finding.help)


# ── From end to end ──────────────────────────────────────────────────────────────────────────────

FILMS = """
model Films {
    input text: string[]
    words = text -> TextVectorization(max_tokens=30, output_sequence_length=7)
    output opinion: float32[1] = words -> Embedding(30, 5) -> GlobalAveragePooling1D -> Dense(1, activation=sigmoid)
}
train Films {
    data      = CSV("films.csv", validation=0.1, test=0.2)
    loss      = BinaryCrossentropy()
    metrics   = [accuracy]
    optimizer = Adam(0.05)
    epochs    = 8
}
export Films { formats = [keras, saved_model] }
"""


def write_films(folder: Path) -> None:
    """Texts that hold one word of praise or blame; an unknown word is in the held-out rows as well."""
    random = np.random.default_rng(3)
    rows = ["text,opinion"]
    for number in range(200):
        words = list(random.choice(["the", "film", "was", "a", "story"], 4))
        words.insert(int(random.integers(4)), ("GREAT!", "awful,")[number % 2])
        rows.append(f'"{" ".join(words)}",{("pro", "con")[number % 2]}')
    (folder / "films.csv").write_text("\n".join(rows) + "\n")
    (folder / "films.model").write_text(FILMS)


USE = """
from specc.cli.main import run
assert run(["evaluate", "run", "--json"]) == run(["predict", "run", "-", "--json"]) == 0
"""


@pytest.mark.keras
def test_a_model_of_texts_is_trained_by_xla_and_used_in_a_new_process(tmp_path: Path) -> None:
    write_films(tmp_path)
    assert cli(["train", str(tmp_path / "films.model"), "-q", "-o", str(tmp_path / "run")]) == 0
    record = json.loads((tmp_path / "run" / "run.json").read_text())
    assert record["metrics"]["accuracy"] == 1 and record["step_plans"]
    manifest = json.loads((tmp_path / "run" / "artifact" / "manifest.json").read_text())
    assert manifest["hash"] == record["hash"]
    assert all(e["largest_absolute_difference"] <= 1e-5 for e in manifest["exports"].values())

    command = [sys.executable, "-c", USE]
    texts = '["a GREAT film", "Awful, unheard of"]'
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, input=texts, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    decoder = json.JSONDecoder()
    metrics, end = decoder.raw_decode(done.stdout)
    answers, _ = decoder.raw_decode(done.stdout[end:].lstrip())
    assert metrics == record["metrics"]
    assert [a["opinion"]["class"] for a in answers] == ["pro", "con"]

    # The vocabulary is of the training split alone: the most frequent terms of it, in order.
    done = Compilation.of_file(tmp_path / "films.model")
    plan = done.program.trains["Films"]
    data = load(done.program, done.program.data[plan.data], done.program.models["Films"], loss=plan.loss)
    learned = adapt(done.program, "Films", data.train.inputs)
    written = json.loads((tmp_path / "run" / "artifact" / "spec.json").read_text())
    (layer,) = (r for r in written["models"][0]["layers"] if r["type"] == "TextVectorization")
    assert tuple(layer["arguments"]["vocabulary"]) == given(learned, "Films", layer["name"])["vocabulary"]


@pytest.mark.keras
def test_what_is_learned_is_of_the_training_split_alone() -> None:
    text = """
        model Iris {
            input features: float32[4]
            output species = features -> Normalization -> Dense(3, activation=softmax)
        }
        train Iris {
            data = Sklearn(iris, validation=0.3, test=0.3, seed=1)
            loss = SparseCategoricalCrossentropy()
        }"""
    program = program_of(text)
    plan = program.trains["Iris"]
    data = load(program, program.data[plan.data], program.models["Iris"], loss=plan.loss)
    learned = adapt(program, "Iris", data.train.inputs)
    mean = given(learned, "Iris", "normalization")["mean"]
    assert mean == pytest.approx(data.train.inputs["features"].mean(axis=0))
    everything = np.concatenate([s.inputs["features"] for s in (data.train, data.validation, data.test)])
    assert mean != pytest.approx(everything.mean(axis=0), rel=1e-4)


@pytest.mark.keras
def test_an_ensemble_of_models_that_learn(tmp_path: Path) -> None:
    from training_helpers import run

    text = """
        model Iris(units: int = 5) {
            input features: float32[4]
            output species = features -> Normalization -> Dense(units, activation=relu) -> Dense(3, activation=softmax)
        }
        ensemble Several { members = [Iris() * 2, Iris(units=7)]  sample = Bootstrap(0.8)  combine = SoftVote() }
        train Several {
            data = Sklearn(iris, validation=0.2, test=0.2, seed=1)
            loss = SparseCategoricalCrossentropy()
            metrics = [accuracy]
            optimizer = Adam(0.05)
            epochs = 40
            jit = off
        }"""
    found = run(text, tmp_path / "run")
    assert found.metrics["accuracy"] > 0.8 and len(found.members) == 3
    written = json.loads((tmp_path / "run" / "artifact" / "spec.json").read_text())
    layers = [r for m in written["models"] for r in m["layers"] if r["type"] == "Normalization"]
    assert len(layers) == 2 and all("mean" in r["arguments"] for r in layers)


def test_the_way_out_of_xla_is_said() -> None:
    done = compile_text("""
        model Net {
            input x: float32[3]
            bins = x -> Dense(4) -> Discretization([0, 1])
            output y = bins -> IntegerLookup(vocabulary=[0, 1]) -> Embedding(4, 2) -> Flatten -> Dense(1)
        }
        train Net { data = CSV("a.csv")  loss = MeanSquaredError()  jit = xla }""")
    (finding,) = (d for d in done.report.errors if d.code is XLA_FAILED)
    assert "IntegerLookup" in finding.message and any("jit = xla" in h for h in finding.help)
