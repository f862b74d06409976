"""Files that are no models, or try to be more than that: each is refused with a code, and nothing is unpacked."""

from __future__ import annotations

import contextlib
import json
import os
import random
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from importing_helpers import entry, functional, keras_file, layer

from specc.diagnostics import SpecError
from specc.importing import read
from specc.importing.importer import Import, import_model

DENSE = functional(entry("x", 5), layer("Dense", "dense", "x", units=3))
KERNEL, BIAS = np.arange(15, dtype="float32").reshape(5, 3), np.arange(3, dtype="float32")


def refused(path: Path) -> set[str]:
    """The codes of the findings about a file."""
    with pytest.raises(SpecError) as raised:
        import_model(path)
    return {d.code.id for d in raised.value.diagnostics}


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "E810"),
        (b"hello", "E810"),
        (b"PK\x03\x04 and no archive", "E810"),
        (b"\x89HDF\r\n\x1a\n and no HDF5", "E810"),
        (b"{}", "E810"),
        (b'{"class_name": "Functional", "config"', "E120"),
        (b'{"a": 1, "a": 2}', "E121"),
        (b'{"a": NaN}', "E112"),
        (b'{"a": ' + b"[" * 5000, "E901"),
        (b'{"class_name": "Functional", "config": {"layers": []}}', "E811"),
        (b'{"\xff": 1}', "E101"),
    ],
)
def test_what_is_no_model_is_refused(tmp_path: Path, data: bytes, code: str) -> None:
    file = tmp_path / "net.keras"
    file.write_bytes(data)
    assert code in refused(file)


def test_every_truncation_of_an_archive_is_refused(tmp_path: Path) -> None:
    whole = keras_file(tmp_path / "net.keras", DENSE, {"layers/dense": [KERNEL, BIAS]}).read_bytes()
    for length in range(0, len(whole) - 1, max(1, len(whole) // 40)):
        file = tmp_path / "cut.keras"
        file.write_bytes(whole[:length])
        assert refused(file) <= {"E810", "E812"}


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read, "CONFIG_BYTES", 1 << 20)
    file = keras_file(tmp_path / "net.keras", " " * (2 << 20))
    assert file.stat().st_size < 1 << 13
    assert refused(file) == {"E900"}


def test_weights_larger_than_the_model_can_have_are_refused(tmp_path: Path) -> None:
    file = keras_file(tmp_path / "net.keras", DENSE)
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive, archive.open("model.weights.h5", "w") as member:
        for _ in range(80):
            member.write(b"\0" * (1 << 20))
    assert refused(file) == {"E900"}


def test_weights_come_under_the_names_of_the_spec(tmp_path: Path) -> None:
    made = import_model(keras_file(tmp_path / "net.keras", DENSE, {"layers/dense": [KERNEL, BIAS]}))
    assert weights_of(made) == {"dense/kernel": KERNEL.tolist(), "dense/bias": BIAS.tolist()}


def weights_of(made: Import) -> dict[str, object]:
    assert made.weights is not None
    return {name: array.tolist() for name, array in made.weights.items()}


@pytest.mark.parametrize("arrays", [[], [KERNEL], [KERNEL.T, BIAS], [KERNEL, BIAS, KERNEL]])
def test_weights_of_another_layer_are_refused(tmp_path: Path, arrays: list[np.ndarray]) -> None:
    assert refused(keras_file(tmp_path / "net.keras", DENSE, {"layers/dense": arrays})) == {"E812"}


def test_links_out_of_the_file_are_not_followed(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "other.h5", "w") as other:
        other["secret"] = KERNEL
    with h5py.File(tmp_path / "net.h5", "w") as file:
        file.attrs["model_config"] = json.dumps(DENSE)
        group = file.create_group("model_weights/dense")
        group.attrs["weight_names"] = ["dense/kernel", "dense/bias"]
        group["dense/kernel"] = h5py.ExternalLink("other.h5", "secret")
        group["dense/bias"] = BIAS
    assert refused(tmp_path / "net.h5") == {"E812"}


def test_weights_alone_are_no_model(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "net.h5", "w") as file:
        file["dense/kernel"] = KERNEL
    assert refused(tmp_path / "net.h5") == {"E810"}


def test_a_whole_file_without_its_weights(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "net.h5", "w") as file:
        file.attrs["model_config"] = json.dumps(DENSE)
    assert refused(tmp_path / "net.h5") == {"E812"}


def test_members_with_paths_out_of_the_folder_mean_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "inner"
    folder.mkdir()
    file = keras_file(folder / "net.keras", DENSE, {"layers/dense": [KERNEL, BIAS]})
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("../evil.txt", "evil")
        archive.writestr("/config.json", "{}")
    assert "Dense(3)" in import_model(file).text
    assert [p.name for p in tmp_path.rglob("*")] == ["inner", "net.keras"]


def test_damaged_weights_are_refused(tmp_path: Path) -> None:
    whole = keras_file(tmp_path / "net.keras", DENSE, {"layers/dense": [KERNEL, BIAS]})
    with zipfile.ZipFile(whole) as archive:
        weights = archive.read("model.weights.h5")
    for length in range(0, len(weights), max(1, len(weights) // 20)):
        with zipfile.ZipFile(tmp_path / "cut.keras", "w") as archive:
            archive.writestr("config.json", json.dumps(DENSE))
            archive.writestr("model.weights.h5", weights[:length])
        assert refused(tmp_path / "cut.keras") == {"E810"}


def test_a_configuration_with_anything_in_it_is_read_or_refused(tmp_path: Path) -> None:
    seed = int(os.environ.get("SPECC_SEED", "20240611"))
    print(f"SPECC_SEED={seed}")
    rng = random.Random(seed)
    ops = "keras.src.ops.numpy"
    whole = {"class_name": "__slice__", "config": {"start": None, "stop": None, "step": None}}
    vector = {"class_name": "__tensor__", "config": {"value": [1.0, 2.0, 3.0, 4.0], "dtype": "float32"}}
    config = functional(
        entry("x", 7, 4),
        layer("Dense", "dense", "x", units=4, activation="relu"),
        layer("Add", "add", "dense", vector, module=ops),
        layer("GetItem", "get_item", "add", [whole, 0], module=ops),
        layer("LSTM", "lstm", "add", units=4),
        layer("Concatenate", "concatenate", "get_item", "lstm", axis=-1),
    )
    config["compile_config"] = {"loss": "mse", "optimizer": {"class_name": "SGD", "config": {"learning_rate": 0.1}}}
    file = tmp_path / "net.json"
    for _ in range(150):
        changed = json.loads(json.dumps(config))
        for _ in range(rng.choice((1, 1, 2))):
            change(changed, rng)
        file.write_text(json.dumps(changed))
        with contextlib.suppress(SpecError):
            import_model(file)


ODD: list[Any] = [
    None, True, -1, 0, 1.5, 1e300, 2**62, "", "x", "Dense", "y" * 3000, [], {}, [None], [["x", 0, 0]], ["x", -9, -9],
    {"class_name": "Dense"}, {"class_name": 7, "config": []}, {"class_name": "__tensor__", "config": {"value": [[1]]}},
]  # fmt: skip


def change(config: Any, rng: random.Random) -> None:
    """Put something odd, or nothing, in a place of a configuration."""
    parent, key = rng.choice(list(places(config)))
    if rng.random() < 0.2:
        del parent[key]
    else:
        parent[key] = rng.choice(ODD)


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every object and list with each key or index in it."""
    for key, inner in list(value.items() if isinstance(value, dict) else enumerate(value)):
        yield value, key
        if isinstance(inner, dict | list):
            yield from places(inner)


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    assert refused(tmp_path / "net.keras") == {"E100"}
    assert refused(tmp_path) == {"E100"}
