"""Training on data that stay on the disk: the same artifact, to the byte, and no memory for the data."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from specc.data import budget
from specc.diagnostics import SpecError
from specc.diagnostics.codes import BAD_DATA_FILE

pytestmark = pytest.mark.keras

RANDOM = np.random.default_rng(11)
ROWS = 101


def table(folder: Path) -> tuple[str, str]:
    rows = [
        f"{x},{x * x},{'w' * (i % 5)}{i % 3},{'no' if x < 0 else 'yes'}" for i, x in enumerate(RANDOM.normal(size=ROWS))
    ]
    (folder / "t.csv").write_text("\n".join(["a,b,text,y", *rows]) + "\n")
    body = """
    input x: float32[2]
    input t: string[]
    w = t -> TextVectorization(max_tokens=9, output_mode=tf_idf, pad_to_max_tokens=true)
    output y = (x -> Rescaling(0.7) -> Normalization, w) -> Concatenate -> Dense(2, activation=softmax)"""
    return body, 'CSV("t.csv", inputs={ x=[a, b]  t=text })'


def arrays(folder: Path) -> tuple[str, str]:
    np.save(folder / "x.npy", RANDOM.normal(size=(ROWS, 7, 5, 1)).astype(np.float32))
    np.save(folder / "y.npy", RANDOM.integers(0, 2, ROWS))
    body = """
    input x: float32[7, 5, 1]
    output y = x -> Conv2D(3, 3) -> Dropout(0.3) -> Flatten -> Dense(2, activation=softmax)"""
    return body, 'NPY({ x = "x.npy"  y = "y.npy" })'


def pictures(folder: Path) -> tuple[str, str]:
    for i in range(ROWS):
        (folder / "p" / "ab"[i % 2]).mkdir(parents=True, exist_ok=True)
        Image.fromarray(RANDOM.integers(0, 256, (7, 6, 3)).astype(np.uint8)).save(folder / f"p/{'ab'[i % 2]}/{i}.png")
    body = """
    input image: float32[7, 5, 3]
    output y = image -> Rescaling(1/255) -> Conv2D(3, 3) -> Flatten -> Dense(2, activation=softmax)"""
    return body, 'Images("p", size=[7, 5])'


def run(text: str, folder: Path, share: float, patch: pytest.MonkeyPatch) -> dict[str, str]:
    """Train; SHA-256 of each file of the artifact, and of the results."""
    from training_helpers import SilentObserver

    from specc.compiler import Compilation
    from specc.source import Source
    from specc.training.run import train

    patch.setattr(budget, "SHARE", share)
    program = Compilation(Source("m.model", text, folder / "m.model")).program
    made = folder / f"run{share}"
    train(program, "M", made, observer=SilentObserver())
    record = json.loads((made / "run.json").read_text())
    said = [rule for rule in record["data"]["rules"] if "stay on the disk" in rule]
    assert bool(said) == (share < 0)
    files = {p.name: p.read_bytes() for p in sorted((made / "artifact").rglob("*")) if p.is_file()}
    files["results"] = json.dumps([record["metrics"], record["best_epoch"], record["examples"]]).encode()
    return {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}


PLAN = "epochs = 2  batch_size = 13  metrics = [accuracy]  class_weight = balanced"


@pytest.mark.parametrize("make", [table, arrays, pictures])
@pytest.mark.parametrize("loss", ["Sparse", ""])
def test_the_artifact_is_that_of_data_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Any, loss: str
) -> None:
    body, data = make(tmp_path)
    augment = "augment = RandomFlip(horizontal)" if make is pictures else ""
    plan = f"loss = {loss}CategoricalCrossentropy()  optimizer = Adam(0.01)  {PLAN}  {augment}"
    text = f"model M {{{body}\n}}\ndata D = {data}\ntrain M {{ data = D  {plan} }}\n"
    if make is table and not loss:
        text = text.replace("model M", "model N").replace("train M", "train N")
        combine = "Stack(Dense(2, activation=softmax), folds=2)"
        text += f"ensemble M {{ members = [N(), N()]  sample = Bootstrap(0.7)  combine = {combine} }}\n"
        text += text[text.index("train N") :].split("\n")[0].replace("train N", "train M") + "\n"
    kept = run(text, tmp_path, 0.5, monkeypatch)
    assert len(kept) >= 4
    assert run(text, tmp_path, -1.0, monkeypatch) == kept


def test_a_file_that_goes_away_while_it_is_trained_on_ends_the_run_with_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from specc.training.step.feeding import Feeder

    body, data = arrays(tmp_path)
    fetch = Feeder.fetch

    def changed(feeder: Any, rows: Any) -> Any:
        with (tmp_path / "x.npy").open("ab") as file:
            file.write(b"more")
        return fetch(feeder, rows)

    monkeypatch.setattr(Feeder, "fetch", changed)
    plan = f"loss = SparseCategoricalCrossentropy()  {PLAN}"
    text = f"model M {{{body}\n}}\ndata D = {data}\ntrain M {{ data = D  {plan} }}\n"
    with pytest.raises(SpecError) as caught:
        run(text, tmp_path, -1.0, monkeypatch)
    assert [d.code for d in caught.value.diagnostics] == [BAD_DATA_FILE]


def test_steps_are_given_the_rows_they_ask_for_in_their_order() -> None:
    from specc.data.stored import Stored
    from specc.training.step import feeding

    x, t = RANDOM.normal(size=(ROWS, 3)), np.array([str(i) for i in range(ROWS)], dtype=object)
    feeder = feeding.Feeder({"x": Stored(lambda rows: x[rows], ROWS, x), "t": t})
    rows = RANDOM.integers(0, ROWS, (150, 7)).astype(np.int32)
    seen = 0
    for part, given in feeder.groups(rows):
        np.testing.assert_array_equal(part, rows[seen : seen + len(part)])
        np.testing.assert_array_equal(given["x"], x[part])
        np.testing.assert_array_equal(given["t"], t[part])
        seen += len(part)
    assert seen == len(rows)


# ── Memory ───────────────────────────────────────────────────────────────────────────────────────

MEASURED = """
import sys
from pathlib import Path
from specc.cli.main import run
from specc.training import run as training

def memory(name):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) >> 10 for line in lines if line.startswith(name))

load = training.import_tensorflow
def loaded():
    load()
    print("BEFORE", memory("VmRSS"))

training.import_tensorflow = loaded
assert run(["train", "m.model", "-o", "run"]) == 0
print("PEAK", memory("VmHWM"))
"""


def taken(folder: Path, cache: str, jit: str) -> int:
    """The most memory, in MiB, that a process takes to train on 600 MiB of examples, besides that of TensorFlow."""
    if not Path("/proc/self/status").is_file():
        pytest.skip("the memory of a process is measured on Linux")
    block = RANDOM.normal(size=(64, 128, 128)).astype(np.float32)
    with (folder / "x.npy").open("wb") as file:
        form = {"descr": "<f4", "fortran_order": False, "shape": (9600, 128, 128)}
        np.lib.format.write_array_header_1_0(file, form)
        for _ in range(9600 // 64):
            file.write(block.tobytes())
    np.save(folder / "y.npy", np.arange(9600) % 2)
    (folder / "m.model").write_text(
        "model M {\n    input x: float32[128, 128]\n"
        "    output y = x -> GlobalAveragePooling1D -> Dense(2, activation=softmax)\n}\n"
        f'data D = NPY({{ x="x.npy"  y="y.npy" }}, cache={cache})\n'
        f"train M {{ data = D  loss = SparseCategoricalCrossentropy()  batch_size = 32  jit = {jit} }}\n"
    )
    done = subprocess.run([sys.executable, "-c", MEASURED], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (folder / "x.npy").unlink()
    found = dict(line.split() for line in done.stdout.splitlines() if line.startswith(("BEFORE", "PEAK")))
    return int(found["PEAK"]) - int(found["BEFORE"])


@pytest.mark.parametrize("jit", ["off", "xla"])
def test_data_on_the_disk_take_no_memory(tmp_path: Path, jit: str) -> None:
    assert taken(tmp_path, "disk", jit) < 400


@pytest.mark.nightly
def test_the_measurement_sees_data_in_memory(tmp_path: Path) -> None:
    assert taken(tmp_path, "memory", "off") > 900
