"""Operations and layers of one model never get the same name, whatever Keras would call them."""

import subprocess
import sys
from pathlib import Path

import pytest
from lower_helpers import answers, built, example_inputs
from numpy.testing import assert_array_equal

from specc.compiler import compile_text
from specc.diagnostics import SpecError
from specc.diagnostics.codes import RUNTIME_FAILED
from specc.lower.model import build
from specc.lower.python_code import python_code

CLASHES = {
    "add": "model M { input x: float32[4]  s = (x, x) -> Add  output y = s + x }",
    "multiply": "model M { input x: float32[4]  s = (x, x) -> Multiply  t = (s, x) -> Subtract  output y = s * t - x }",
    "counted": "model M { input x: float[4]  a = x + x  b = (a, x) -> Add  c = b + a  output y = (c, b) -> Add }",
    "input": "model M { input get_item: float32[4]  output y = get_item[1:3] + 1 }",
}


@pytest.mark.keras
@pytest.mark.parametrize("text", CLASHES.values(), ids=CLASHES)
def test_operations_are_called_what_their_nodes_are(text: str) -> None:
    _, graph, model = built(text)
    named = [node.name for node in graph.nodes]
    assert sorted(o.name for o in model.operations) == sorted(named)


@pytest.mark.keras
@pytest.mark.parametrize("text", CLASHES.values(), ids=CLASHES)
def test_the_code_keeps_names_apart(text: str) -> None:
    done, graph, model = built(text)
    space: dict[str, object] = {"__name__": "generated"}
    exec(python_code(done.program, graph.name), space)
    made = space["build_m"]()  # type: ignore[operator]
    inputs = example_inputs(graph)
    assert_array_equal(answers(made, inputs)["y"], answers(model, inputs)["y"])


@pytest.mark.keras
def test_the_code_runs_as_a_script(tmp_path: Path) -> None:
    file = tmp_path / "model.py"
    file.write_text(python_code(compile_text(CLASHES["add"]).program, "M"), encoding="utf-8")
    done = subprocess.run([sys.executable, str(file)], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert 'Model: "M"' in done.stdout


def test_no_helper_where_nothing_clashes() -> None:
    code = python_code(compile_text("model M { input x: float32[4]  output y = (x -> Dense(4)) + x }").program, "M")
    assert "named(" not in code


@pytest.mark.keras
def test_names_are_kept_in_a_file(tmp_path: Path) -> None:
    import keras

    text = "model M { input x: float32[4]  s = (x, x) -> Add -> Dense(2)  t = x[0:2]  output y = s + t * 3 - 1 / t }"
    _, graph, model = built(text)
    model.save(tmp_path / "m.keras")
    loaded = keras.models.load_model(tmp_path / "m.keras")
    assert [o.name for o in loaded.operations] == [o.name for o in model.operations]
    inputs = example_inputs(graph)
    assert_array_equal(loaded.predict(inputs, verbose=0)["y"], model.predict(inputs, verbose=0)["y"])


@pytest.mark.keras
def test_a_refusal_of_the_whole_model_is_told_at_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    done, graph, _ = built("model M { input x: float32[4]  output y = x -> Dense(1) }")
    import keras

    def refuse(*_: object, **__: object) -> None:
        raise ValueError("two layers of one name\nmore")

    monkeypatch.setattr(keras, "Model", refuse)
    with pytest.raises(SpecError) as caught:
        build(done.program, graph.name)
    (finding,) = caught.value.diagnostics
    assert finding.code is RUNTIME_FAILED and finding.span == graph.span
    assert finding.message == "Keras refuses the model `M`: two layers of one name"
