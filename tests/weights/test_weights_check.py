"""Files of weights against the models that begin with them, before anything is trained."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
from safetensors.numpy import save_file

from specc.compiler import Compilation
from specc.weights.files import read_arrays, read_header

SPEC = """model Net(units: int = 7) {
    input x: float32[5]
    output y = x -> Dense(units, activation=relu, name="hidden") -> Dense(3, name="out")
}
model Mine {
    input x: float32[5]
    output y = x -> Net(weights="net.FORM")
}
"""
SHAPES = {"hidden/kernel": (5, 7), "hidden/bias": (7,), "out/kernel": (7, 3), "out/bias": (3,)}


def arrays(**changed: tuple[int, ...] | None) -> dict[str, np.ndarray]:
    shapes = {**SHAPES, **{name.replace("_", "/"): shape for name, shape in changed.items()}}
    return {n: np.arange(np.prod(s), dtype=np.float32).reshape(s) for n, s in shapes.items() if s is not None}


def write_h5(path: Path, found: dict[str, np.ndarray], *, inside: bool = False) -> None:
    """As Keras's `save_weights` does: layers in a list, the arrays of each in another."""
    layers: dict[str, list[str]] = {}
    for name in found:
        layers.setdefault(name.split("/")[0], []).append(name)
    with h5py.File(path, "w") as file:
        root = file.create_group("model_weights") if inside else file
        root.attrs["layer_names"] = [n.encode() for n in layers]
        for layer, names in layers.items():
            group = root.create_group(layer)
            group.attrs["weight_names"] = [n.encode() for n in names]
            for name in names:
                group[name] = found[name]


def findings(folder: Path, form: str) -> list[tuple[str, str]]:
    spec = folder / "mine.model"
    spec.write_text(SPEC.replace("FORM", form))
    return [(d.code.id, d.found or d.message) for d in Compilation.of_file(spec).report]


@pytest.mark.parametrize("inside", [False, True])
def test_an_h5_file_that_fits(tmp_path: Path, inside: bool) -> None:
    write_h5(tmp_path / "net.h5", arrays(), inside=inside)
    assert findings(tmp_path, "h5") == []
    header = read_header(tmp_path / "net.h5", Compilation.of_file(tmp_path / "mine.model").program.place())
    assert list(header.shapes.values()) == list(SHAPES.values())


def test_a_safetensors_file_that_fits(tmp_path: Path) -> None:
    save_file(arrays(), tmp_path / "net.safetensors")
    assert findings(tmp_path, "safetensors") == []
    place = Compilation.of_file(tmp_path / "mine.model").program.place()
    assert read_arrays(tmp_path / "net.safetensors", place).keys() == SHAPES.keys()


def test_what_lacks_is_too_much_or_of_another_shape_is_named(tmp_path: Path) -> None:
    save_file(arrays(hidden_bias=None, out_kernel=(7, 4), more_bias=(2,)), tmp_path / "net.safetensors")
    said = "it lacks hidden/bias; it has besides more/bias; of another shape are out/kernel [7, 4] instead of [7, 3]"
    assert findings(tmp_path, "safetensors") == [("E608", said)]
    write_h5(tmp_path / "net.h5", arrays(hidden_bias=None, out_kernel=(7, 4)))
    said = "it lacks hidden/bias [7], out/kernel [7, 3]; it has besides out/out/kernel [7, 4]"
    assert findings(tmp_path, "h5") == [("E608", said)]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert [code for code, _ in findings(tmp_path, "h5")] == ["E600"]


@pytest.mark.parametrize("form", ["h5", "safetensors"])
@pytest.mark.parametrize("content", [b"", b"nothing", b"\xff" * 64, b"\x89HDF\r\n\x1a\n" + b"\0" * 40])
def test_damaged_files(tmp_path: Path, form: str, content: bytes) -> None:
    (tmp_path / f"net.{form}").write_bytes(content)
    assert [code for code, _ in findings(tmp_path, form)] == ["E609"]


@pytest.mark.parametrize("form", ["h5", "safetensors"])
def test_a_file_that_ends_too_early(tmp_path: Path, form: str) -> None:
    path = tmp_path / f"net.{form}"
    write_h5(path, arrays()) if form == "h5" else save_file(arrays(), path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 3])
    assert [code for code, _ in findings(tmp_path, form)] == ["E609"]


def test_links_are_not_followed(tmp_path: Path) -> None:
    write_h5(tmp_path / "secret.h5", {"other/secret": np.zeros((5, 7), np.float32)})
    write_h5(tmp_path / "net.h5", arrays())
    with h5py.File(tmp_path / "net.h5", "a") as file:
        del file["hidden"]["hidden/kernel"]
        file["hidden"]["hidden/kernel"] = h5py.ExternalLink("secret.h5", "/other/other/secret")
    ((code, said),) = findings(tmp_path, "h5")
    assert code == "E609" and "hidden/kernel" in said


def test_a_list_that_is_split(tmp_path: Path) -> None:
    """Keras splits lists of more than 64 KiB into numbered attributes."""
    write_h5(tmp_path / "net.h5", arrays())
    with h5py.File(tmp_path / "net.h5", "a") as file:
        del file.attrs["layer_names"]
        file.attrs["layer_names0"], file.attrs["layer_names1"] = [b"hidden"], [b"out"]
    assert findings(tmp_path, "h5") == []


def test_a_path_stays_below_the_spec(tmp_path: Path) -> None:
    (tmp_path / "mine.model").write_text(SPEC.replace("net.FORM", "../net.h5"))
    assert [d.code.id for d in Compilation.of_file(tmp_path / "mine.model").report] == ["E206"]


def test_checking_loads_no_tensorflow(tmp_path: Path) -> None:
    write_h5(tmp_path / "net.h5", arrays())
    assert findings(tmp_path, "h5") == []
    code = (
        "import sys; from specc.cli.main import run; "
        f"assert run(['check', {str(tmp_path / 'mine.model')!r}]) == 0; "
        "assert not {'tensorflow', 'keras'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
