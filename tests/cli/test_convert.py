"""`specc convert`: both forms of a program, each from the other, with one hash; nothing is overwritten by mistake."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from specc.compiler import Compilation
from specc.program.json import graph_hash, pretty

ROOT = Path(__file__).parent.parent.parent
SPECS = sorted([*(ROOT / "specs").glob("*.model"), *(ROOT / "tests" / "elaborate" / "papers").glob("*.model")])

SPEC = """\
block Part(n: int = 4) {
    input x: float[T, C]
    output y: float[T, n] = x * 2 -> Dense(n, name="in") -> ReLU
}
model Inner(n: int = 4) {
    input x: float32[S, 6]
    output a = x -> Dense(n)
    output b = x[:, ::2] -> Dense(n)
}
model Net {
    input x: float32[T, 5]
    input add: float32[6]
    twice = Dense(6, name="add_1")
    a = x + 1 -> Part(6) -> Part(6, name="second") -> Inner(name="core")
    b = a[0] -> Dense(6) -> twice
    c = x -> Dense(6) -> twice
    d = einsum("btc,btd->bcd", b, c) + expand_dims(arange(6), 1) - -1
    output y = (d -> Flatten -> Dense(6), add) -> Add
}
data D = CSV("rows.csv")
"""


def convert(*arguments: str, folder: Path | None = None, text: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "specc", "convert", *arguments],
        input=text, cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip


def hash_of(path: Path) -> str:
    return graph_hash(Compilation.of_file(path).program)


PUBLISHED = [ROOT / "specs" / "transfer.model"]
"""Specs with `weights=imagenet`: a flat text doesn't say which architecture with which arguments its models are."""


def test_published_weights_there_and_back_by_json(tmp_path: Path) -> None:
    for path in PUBLISHED:
        (tmp_path / "net.json").write_text(pretty(Compilation.of_file(path).program))
        assert hash_of(tmp_path / "net.json") == hash_of(path)


@pytest.mark.parametrize("path", [p for p in SPECS if p not in PUBLISHED], ids=lambda p: p.stem)
def test_shipped_specs_there_and_back(path: Path, tmp_path: Path) -> None:
    flat = tmp_path / "flat.model"
    flat.write_text(Compilation.of_file(path).text)
    assert hash_of(flat) == hash_of(path)


def test_there_and_back(tmp_path: Path) -> None:
    spec = tmp_path / "net.model"
    spec.write_text(SPEC)
    assert convert("net.model", "-o", "net.json", folder=tmp_path).returncode == 0
    done = convert("net.json", "-o", "back.model", folder=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "wrote back.model\n")
    assert hash_of(tmp_path / "net.json") == hash_of(tmp_path / "back.model") == hash_of(spec)
    text = (tmp_path / "back.model").read_text()
    names = [f'Dense(6, name="{name}")' for name in ("second.in", "add_1")]
    assert all(n in text for n in (*names, 'Inner(name="core")'))
    formatted = subprocess.run(
        [sys.executable, "-m", "specc", "fmt", "--check", "back.model"], cwd=tmp_path, capture_output=True, check=False
    )
    assert formatted.returncode == 0


def test_standard_input_is_of_either_form(tmp_path: Path) -> None:
    made = convert("-", folder=tmp_path, text="model A { input x: float32[3]  output y = x -> Dense(2) }")
    assert json.loads(made.stdout)["models"][0]["name"] == "A"
    back = convert("-", folder=tmp_path, text=made.stdout)
    assert back.stdout.startswith("model A {\n    input x: float32[3]\n")


def test_a_text_can_be_flattened_with_other_parameters(tmp_path: Path) -> None:
    spec = tmp_path / "a.model"
    spec.write_text("model A(n: int in 2..9 = 2) { input x: float32[3]  output y = x -> Dense(n) * 2 }")
    done = convert("a.model", "--to", "model", "-p", "n=7", folder=tmp_path)
    assert "x -> Dense(7) -> Dense(7)" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["a.model", "-o", "a.model"], "is the spec itself"),
        (["a.model", "--to", "json", "-o", "b.model"], "don't go together"),
    ],
)
def test_wrong_uses(arguments: list[str], message: str, tmp_path: Path) -> None:
    spec = tmp_path / "a.model"
    spec.write_text(before := "model A { input x: float32[3]  output y = x -> Dense(2) }")
    done = convert(*arguments, folder=tmp_path)
    assert done.returncode == 2 and message in done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["a.model"] and spec.read_text() == before


def test_errors_write_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.model").write_text("model A { input x: float32[3]  output y = x -> Dens(2) }")
    done = convert("a.model", "-o", "a.json", folder=tmp_path)
    assert done.returncode == 1 and "E201" in done.stderr and not (tmp_path / "a.json").exists()


def test_data_that_must_move_along_is_named(tmp_path: Path) -> None:
    (tmp_path / "net.model").write_text(SPEC)
    (tmp_path / "sub").mkdir()
    done = convert("net.model", "-o", "sub/net.json", folder=tmp_path)
    assert "the data `rows.csv` must lie beside sub/net.json" in done.stderr


def test_plans_of_a_definition_hold_for_its_models(tmp_path: Path) -> None:
    spec = tmp_path / "a.model"
    spec.write_text(
        """
        model A(n: int in 2..9 = 2) { input x: float32[4]  output y = x -> Dense(n) -> Dense(3, activation=softmax) }
        data D = Sklearn(iris)
        train A { data = D  loss = SparseCategoricalCrossentropy()  epochs = 7 }
        ensemble E { members = [A(n=5), A(n=6, name="b")]  combine = SoftVote() }
        train E {
            data = D  loss = SparseCategoricalCrossentropy()  metrics = [accuracy, SparseTopKCategoricalAccuracy(k=2)]
        }
        tune E { objective = max(val_accuracy)  trials = 5 }
        export E { formats = [keras]  version = "2.0.0" }
        """
    )
    flat = tmp_path / "flat.model"
    flat.write_text(Compilation.of_file(spec).text)
    assert hash_of(flat) == hash_of(spec)
    assert Compilation.of_file(flat).program.trains["A_n_5"].epochs == 7


def json_of(model: str, name: str = "x", layer: str = "Dense", arguments: str = '{"units": 2}') -> str:
    """A model of one layer in the JSON form."""
    taken = f'{{"name": "{name}", "dtype": "float32", "shape": [4]}}'
    return (
        f'{{"specc": 1, "models": [{{"name": "{model}", "inputs": [{taken}],'
        f' "layers": [{{"name": "a", "type": "{layer}", "arguments": {arguments}, "inputs": ["{name}"]}}],'
        ' "outputs": [{"name": "y", "from": "a"}]}]}'
    )


@pytest.mark.parametrize(
    "text",
    [json_of("Dense"), json_of("M", "Dense"), json_of("M", "relu", arguments='{"units": 2, "activation": "relu"}')],
)
def test_what_would_hide_a_layer_is_refused(text: str, tmp_path: Path) -> None:
    done = convert("-", folder=tmp_path, text=text)
    assert done.returncode == 1 and done.stdout == ""
    assert "E202" in done.stderr and "would hide" in done.stderr


@pytest.mark.parametrize("column", ["c" * 70, "two\nlines", 'a "b" \\ c', "\u200b\u2028", "in", "Dense", "5"])
def test_any_column_name_can_be_said(column: str, tmp_path: Path) -> None:
    document = json.loads(json_of("M"))
    document["data"] = [{"name": "D", "type": "CSV", "arguments": {"path": "a.csv", "targets": [column]}}]
    done = convert("-", folder=tmp_path, text=json.dumps(document))
    assert done.returncode == 0, done.stderr
    back = tmp_path / "back.model"
    back.write_text(done.stdout)
    found = Compilation.of_file(back).program.data["D"].source.given["targets"]
    assert found == (column,)
