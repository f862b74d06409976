"""Layers of one's own: allowed by name, never by a spec; declared, checked, trained, kept in artifacts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from specc import plugins
from specc.cli.main import run
from specc.compiler import Compilation, compile_text
from specc.diagnostics import SpecError

EXAMPLE = Path(__file__).parent / "example"
ROOT = Path(__file__).parent.parent.parent
SPEC = """model Net {
    input x: float32[4]
    output y = x -> ScaleBy(0.5) -> Dense(3, activation=softmax)
}
data Iris = Sklearn(iris, test=0.2)
train Net {
    data = Iris
    loss = SparseCategoricalCrossentropy()
    optimizer = Adam(0.05)
    epochs = 3
    jit = off
}
export Net { formats = [keras, saved_model] }
"""


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The example package, as if it were installed; nothing is allowed after a test."""
    monkeypatch.syspath_prepend(str(EXAMPLE))
    with plugins.using(()):
        yield


def codes(text: str) -> list[str]:
    return [d.code.id for d in compile_text(text).report]


def specc(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(EXAMPLE), str(ROOT)])}
    command = [sys.executable, "-m", "specc", *arguments]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=300)


def test_a_spec_alone_allows_nothing() -> None:
    found = [d for d in compile_text(SPEC).report if "`ScaleBy`" in d.message]
    assert [d.code.id for d in found] == ["E201"]
    assert "an installed plugin may declare it: `--plugin acme`" in found[0].help


def test_two_compilations_in_one_process() -> None:
    with plugins.allowed("acme"):
        inside = compile_text(SPEC)
    outside = compile_text(SPEC)
    assert inside.report.ok and not outside.report.ok
    assert str(inside.model().output_types["y"]) == "float32[3]"
    assert [w.name for n in inside.model().nodes for w in n.weights] == ["scale", "kernel", "bias"]


def test_arguments_and_shapes_are_checked_as_for_any_layer() -> None:
    with plugins.allowed("acme"):
        assert codes("model M { input x: float32[4]  output y = x -> ScaleBy(-1) }") == ["E303"]
        assert codes("model M { input x: float32[4]  output y = x -> ScaleBy(factor=1) }") == ["E300"]
        assert codes("model M { input x: float32[4]  output y = x -> Outer }") == ["E406"]
        block = "block B { input x: float[N]  input z: float[M]  output y: float[N, M] = (x, z) -> Outer }"
        assert compile_text(block).report.ok


def test_the_json_form_is_the_same_program(tmp_path: Path) -> None:
    from specc.program.json import graph_hash, pretty

    with plugins.allowed("acme"):
        program = compile_text(SPEC).program
        (tmp_path / "net.json").write_text(pretty(program))
        assert graph_hash(Compilation.of_file(tmp_path / "net.json").program) == graph_hash(program)


@pytest.mark.parametrize("name", ["acmee", "/tmp/acme", "https://acme.example"])
def test_what_is_not_installed(name: str) -> None:
    with pytest.raises(SpecError) as error:
        plugins.load([name])
    assert [d.code.id for d in error.value.diagnostics] == ["E215"]


LAYER = "class {}(Layer):\n    'A layer.'\n    example = 'x'\n    {}\n    def output(self, x): return x\n"


@pytest.mark.parametrize(
    ("name", "module", "said"),
    [
        ("bad_raising", "raise RuntimeError('no licence')", "can't be imported: RuntimeError: no licence"),
        ("bad_empty", "x = 1", "declares nothing"),
        ("bad_taken", LAYER.format("Dense", "keras_class = 'a:B'"), "declares `Dense`, which the catalogue has"),
        ("bad_bare", LAYER.format("Bare", ""), "has no `keras_class"),
    ],
)
def test_a_bad_plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, module: str, said: str) -> None:
    (tmp_path / f"{name}.py").write_text(f"from specc.catalogue.layer import Layer\n{module}\n")
    info = tmp_path / f"{name}-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
    (info / "entry_points.txt").write_text(f"[specc.layers]\nbad = {name}\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(SpecError) as error:
        plugins.load(["bad"])
    (finding,) = error.value.diagnostics
    assert finding.code.id == "E216" and said in finding.message


def test_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "net.model").write_text(SPEC)
    assert run(["check", str(tmp_path / "net.model")]) == 1
    assert run(["check", str(tmp_path / "net.model"), "--plugin", "acme"]) == 0
    assert run(["layers", "ScaleBy", "--plugin", "acme"]) == 0
    assert "Multiplies each channel" in capsys.readouterr().out
    assert run(["check", str(tmp_path / "net.model"), "--plugin", "acmee"]) == 1
    assert "did you mean `acme`?" in capsys.readouterr().err


def test_checking_with_a_plugin_loads_no_keras(tmp_path: Path) -> None:
    (tmp_path / "net.model").write_text(SPEC)
    code = (
        "import sys; from specc.cli.main import run; "
        "assert run(['check', 'net.model', '--plugin', 'acme']) == 0; "
        "assert not {'tensorflow', 'keras', 'acme_layers.keras_layers'} & set(sys.modules)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(EXAMPLE), str(EXAMPLE.parents[2])])}
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, check=True, timeout=60)


@pytest.mark.keras
def test_trained_and_used_in_a_new_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "net.model").write_text(SPEC)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(EXAMPLE), str(ROOT)]))  # of the process that checks exports
    assert run(["train", "net.model", "--plugin", "acme"]) == 0
    manifest = json.loads((tmp_path / "runs/net/artifact/manifest.json").read_text())
    assert manifest["plugins"] == {"acme": "1.2.0"} and set(manifest["exports"]) == {"keras", "saved_model"}
    refused = specc("evaluate", "runs/net", cwd=tmp_path)
    assert refused.returncode == 1 and "E217" in refused.stderr and "--plugin acme" in refused.stderr
    (tmp_path / "one.json").write_text('[{"x": [5.1, 3.5, 1.4, 0.2]}]')
    assert run(["evaluate", "runs/net", "--plugin", "acme"]) == 0
    predicted = specc("predict", "runs/net", "one.json", "--plugin", "acme", cwd=tmp_path)
    assert predicted.returncode == 0, predicted.stderr


@pytest.mark.keras
def test_the_python_code_imports_the_class(tmp_path: Path) -> None:
    (tmp_path / "net.model").write_text(SPEC)
    code = tmp_path / "net.py"
    assert run(["compile", str(tmp_path / "net.model"), "--emit", "python", "--plugin", "acme", "-o", str(code)]) == 0
    assert "import acme_layers.keras_layers\n" in code.read_text()
    names: dict[str, Any] = {}
    exec(code.read_text(), names)  # code that specc wrote of our own spec
    assert names["build_net"]().count_params() == 4 + 15


@pytest.mark.keras
def test_a_declaration_is_compared_with_its_class() -> None:
    from specc.testing import differences

    plugins.load(["acme"])
    from acme_layers import declared  # type: ignore[import-not-found]

    assert differences(declared.ScaleBy) == [] and differences(declared.Outer) == []


@pytest.mark.keras
def test_a_class_that_is_not_what_is_declared(monkeypatch: pytest.MonkeyPatch) -> None:
    from specc.lower.model import build

    with plugins.allowed("acme"):
        program = compile_text(SPEC).program
        from acme_layers import keras_layers  # type: ignore[import-not-found]

        monkeypatch.setattr(keras_layers.ScaleBy, "call", lambda self, x: x[:, :2] * self.scale[:2])
        with pytest.raises(SpecError) as error:
            build(program, "Net")
    assert [d.code.id for d in error.value.diagnostics] == ["E216"]
