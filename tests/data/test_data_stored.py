"""Data that stay on the disk: the same examples, splits, rules and messages as in memory, whatever the source."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import on_disk
import pytest
from data_helpers import CLASSES, findings, loaded, raised, spec, vector, write
from PIL import Image
from test_data_tfrecord import example, record

from specc.compiler import Compilation
from specc.data import budget, store, stored
from specc.data.load import load
from specc.data.split import Dataset
from specc.data.stored import Stored, chunks, mapped, stacked, taken, whole
from specc.diagnostics.codes import BAD_DATA_FILE, CANNOT_WRITE
from specc.source import Source

ROWS = 41
RANDOM = np.random.default_rng(5)


@pytest.fixture
def stores(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Makes all data stay on the disk from then on, in small parts."""
    return lambda: on_disk.few_rows_at_a_time(monkeypatch)


def require_same(text: str, folder: Path, store_all: Callable[[], None], given: Any = None) -> Dataset:
    """Load data in memory and stored, and compare all that is known of them."""

    def read() -> Dataset:
        program = Compilation(Source("m.model", text, folder / "m.model")).program
        examples = None if given is None else {"D": given()}
        return load(program, program.data["D"], program.models["M"], loss=program.trains["M"].loss, given=examples)

    one = read()
    store_all()
    other = read()
    said = [rule for rule in other.account.rules if on_disk.SAID in rule]
    assert len(said) == 1
    assert tuple(rule for rule in other.account.rules if rule not in said) == one.account.rules
    assert (one.classes, one.filled, one.account.skipped) == (other.classes, other.filled, other.account.skipped)
    for name in ("train", "validation", "test"):
        mine, theirs = getattr(one, name), getattr(other, name)
        np.testing.assert_array_equal(mine.ids, theirs.ids)
        for known, found in ((mine.lines, theirs.lines), (mine.groups, theirs.groups)):
            assert (known is None) == (found is None)
            np.testing.assert_array_equal(known, found)
        for kind in ("inputs", "targets"):
            for key, array in getattr(mine, kind).items():
                values = getattr(theirs, kind)[key]
                assert (values.dtype, values.shape) == (array.dtype, array.shape)
                np.testing.assert_array_equal(whole(values), array)
    assert any(isinstance(v, Stored) for v in other.train.inputs.values())
    return other


# ── Each source ──────────────────────────────────────────────────────────────────────────────────


def table(folder: Path) -> None:
    rows = [
        f'{i / 7},{"" if i % 5 == 2 else i},"w{i % 3}, é\n«{i}»",{i % 3 == 0},{"cat" if i % 2 else "dog"},{i // 4}'
        for i in range(ROWS)
    ]
    write(folder, "t.csv", "a,b,text,flag,y,g", "", *rows[:7], "1,2", *rows[7:])


def test_a_table_of_numbers_texts_truths_and_groups(tmp_path: Path, stores: Callable[[], None]) -> None:
    table(tmp_path)
    text = spec(
        "    input x: float32[3]\n    input t: int32[T]\n    input s: string[]\n"
        "    e = t -> Embedding(257, 3) -> GlobalAveragePooling1D\n"
        "    w = s -> StringLookup(output_mode=one_hot, max_tokens=50, pad_to_max_tokens=true) -> Rescaling(1)\n"
        "    output y = (x, e, w) -> Concatenate -> Dense(2, activation=softmax)",
        'CSV("t.csv", missing=[Fill(mean)], bad_rows=Skip(max=0.1), group=g, inputs={ x=[a, b, flag]  t=text  s=b })',
        CLASSES,
    )
    require_same(text, tmp_path, stores)


@pytest.mark.parametrize("loss", ["Sparse", ""])
@pytest.mark.parametrize("form", ["npy", "npz", "packed"])
def test_arrays(tmp_path: Path, stores: Callable[[], None], form: str, loss: str) -> None:
    x, y = np.asfortranarray(RANDOM.normal(size=(ROWS, 3, 5)).astype(">f4")), RANDOM.integers(0, 3, ROWS)
    np.save(tmp_path / "x.npy", x)
    np.save(tmp_path / "y.npy", y)
    np.savez(tmp_path / "npz.npz", x=x, y=y)
    np.savez_compressed(tmp_path / "packed.npz", x=x, y=y)
    data = 'NPY({ x = "x.npy"  y = "y.npy" })' if form == "npy" else f'NPZ("{form}.npz")'
    body = "    input x: float32[3, 5]\n    output y = x -> Flatten -> Dense(3, activation=softmax)"
    require_same(spec(body, data, f"{loss}CategoricalCrossentropy()"), tmp_path, stores)


def test_pictures(tmp_path: Path, stores: Callable[[], None]) -> None:
    for i in range(ROWS):
        folder = tmp_path / "p" / "abc"[i % 3]
        folder.mkdir(parents=True, exist_ok=True)
        pixels = RANDOM.integers(0, 256, (7 + i % 2, 5, 3)).astype(np.uint8)
        Image.fromarray(pixels).save(folder / f"{i}.png")
    write(tmp_path, "p/a/broken.png", "no picture")
    body = "    input image: float32[7, 5, 3]\n    output y = image -> Flatten -> Dense(3, activation=softmax)"
    text = spec(body, 'Images("p", size=[7, 5], bad_rows=Skip(max=0.1))', CLASSES)
    require_same(text, tmp_path, stores)


@pytest.mark.parametrize("lines", [False, True])
def test_texts(tmp_path: Path, stores: Callable[[], None], lines: bool) -> None:
    for name in ("up", "down"):
        write(tmp_path, f"{name}.txt", *(f"{name} {i} ü" if i % 6 else "" for i in range(ROWS)))
        for i in range(ROWS):
            write(tmp_path, f"f/{name}/{i}.txt", f"{name}\n{i}")
    data = 'TextLines({ up = "up.txt"  down = "down.txt" })' if lines else 'Texts("f")'
    body = "    input text: int32[T]\n    output y = text -> Embedding(257, 3) -> GlobalAveragePooling1D -> Dense(2)"
    require_same(spec(body, data, "SparseCategoricalCrossentropy(from_logits=true)"), tmp_path, stores)


def test_records_of_tensorflow(tmp_path: Path, stores: Callable[[], None]) -> None:
    def made(i: int) -> bytes:
        absent: dict[str, Any] = {} if i < 9 else {"late": i}
        return example(v=[float(i), i / 3], n=float(i) if i % 4 else [], y="ab"[i % 2], **absent)

    data = b"".join(record(made(i)) for i in range(ROWS))
    (tmp_path / "a.tfrecord").write_bytes(data[:-3] + b"xxx")
    (tmp_path / "b.tfrecord").write_bytes(data)
    text = spec(
        "    input v: float32[2]\n    input r: float32[2]\n    output y = (v, r) -> Concatenate -> Dense(2)",
        'TFRecord(["a.tfrecord", "b.tfrecord"], inputs={ v=v  r=[n, late] }, missing=Fill(median), '
        "bad_rows=Skip(max=0.1))",
        "SparseCategoricalCrossentropy(from_logits=true)",
    )
    require_same(text, tmp_path, stores)


def test_a_parquet_file(tmp_path: Path, stores: Callable[[], None]) -> None:
    pyarrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    columns = {
        "a": [None if i in (8, 9) else i for i in range(ROWS)],
        "b": [i % 3 == 0 for i in range(ROWS)],
        "y": [None if i == 3 else "xy"[i % 2] for i in range(ROWS)],
    }
    parquet.write_table(pyarrow.table(columns), tmp_path / "t.parquet", row_group_size=17)
    data = 'Parquet("t.parquet", missing=Fill(most_frequent), bad_rows=Skip(max=0.1))'
    text = vector("x: float32[2]", "y: Dense(2)", data, "SparseCategoricalCrossentropy(from_logits=true)")
    require_same(text, tmp_path, stores)


def test_an_iterable_of_records(tmp_path: Path, stores: Callable[[], None]) -> None:
    def records() -> Iterator[dict[str, Any]]:
        for i in range(ROWS):
            yield {"a": i if i < 20 else i / 2, "b": None if i < 4 else True, "y": float(i), "e": np.full((2, 3), i)}
        yield {"a": 1, "b": True, "y": "text", "e": np.ones((2, 3))}

    text = spec(
        "    input x: float32[2]\n    input e: float32[2, 3]\n"
        "    output y = (x, e -> Flatten) -> Concatenate -> Dense(1)",
        "Given(inputs={ x=[a, b]  e=e }, missing=Fill(mean), bad_rows=Skip(max=0.1))",
    )
    require_same(text, tmp_path, stores, records)


def test_what_numpy_has_mapped_stays_where_it_is(tmp_path: Path) -> None:
    x = RANDOM.normal(size=(ROWS, 3))
    np.save(tmp_path / "x.npy", x)
    given = {"x": np.load(tmp_path / "x.npy", mmap_mode="r"), "y": x.sum(1)}
    program = Compilation(Source("m.model", vector("x: float32[3]", "y: Dense(1)", "Given()"))).program
    data = load(program, program.data["D"], program.models["M"], loss=program.trains["M"].loss, given={"D": given})
    values = data.train.inputs["x"]
    assert isinstance(values, Stored)
    np.testing.assert_array_equal(whole(values), x.astype(np.float32)[data.train.ids])


# ── Where, and by which rule ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("cache", "free", "expected"),
    [("", 1 << 40, False), ("", 100, True), ("", None, False), ("disk", 1 << 40, True), ("memory", 100, False)],
)
def test_the_rule(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache: str, free: int | None, expected: bool
) -> None:
    monkeypatch.setattr(budget, "free_memory", lambda: free)
    np.save(tmp_path / "x.npy", RANDOM.normal(size=(ROWS, 3)))
    np.save(tmp_path / "y.npy", RANDOM.normal(size=ROWS))
    setting = f", cache={cache}" if cache else ""
    data = loaded(vector("x: float32[3]", "y: Dense(1)", f'NPY({{ x="x.npy"  y="y.npy" }}{setting})'), tmp_path)
    assert isinstance(data.train.inputs["x"], Stored) == expected
    said = "1.28 KiB of `x.npy, y.npy` stay on the disk, read as needed"
    assert (said in data.account.record()["rules"]) == expected


def test_nothing_is_left_in_the_folder_of_temporary_files(
    tmp_path: Path, stores: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(store, "scratch_folder", lambda: str(scratch))
    table(tmp_path)
    stores()
    data = loaded(
        vector("x: float32[1]", "y: Dense(1)", 'CSV("t.csv", inputs=a, targets=g, bad_rows=Skip(max=0.1))'), tmp_path
    )
    assert list(scratch.iterdir()) == []  # also while they are in use
    assert whole(data.train.inputs["x"]).shape == (33, 1)


@pytest.mark.parametrize("what", ["full", "absent"])
def test_no_room(tmp_path: Path, stores: Callable[[], None], monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    table(tmp_path)
    stores()
    if what == "full":
        full = Path("/dev/full").open("r+b", buffering=0)  # noqa: SIM115 (the store has it)
        monkeypatch.setattr(store.tempfile, "TemporaryFile", lambda dir: full)
    else:
        monkeypatch.setattr(store, "scratch_folder", lambda: str(tmp_path / "absent"))
    text = vector("x: float32[1]", "y: Dense(1)", 'CSV("t.csv", inputs=a, targets=g, bad_rows=Skip(max=0.1))')
    (found,) = findings(text, tmp_path)
    assert (found.code, found.span.text[:4]) == (CANNOT_WRITE, "CSV(")
    assert "TMPDIR" in found.help[0]


def test_a_file_that_is_changed_meanwhile(tmp_path: Path, stores: Callable[[], None]) -> None:
    np.save(tmp_path / "x.npy", RANDOM.normal(size=(ROWS, 3)))
    np.save(tmp_path / "y.npy", RANDOM.normal(size=ROWS))
    stores()
    data = loaded(vector("x: float32[3]", "y: Dense(1)", 'NPY({ x="x.npy"  y="y.npy" })'), tmp_path)
    with (tmp_path / "x.npy").open("r+b") as file:
        file.truncate(200)
    (found,) = raised(lambda: data.train.inputs["x"][:3])
    assert (found.code, found.message) == (BAD_DATA_FILE, "`x.npy` was changed while it was in use")


def test_a_picture_that_is_gone_meanwhile(tmp_path: Path, stores: Callable[[], None]) -> None:
    for i in range(12):
        (tmp_path / "p" / "ab"[i % 2]).mkdir(parents=True, exist_ok=True)
        Image.new("L", (3, 3), i).save(tmp_path / "p" / "ab"[i % 2] / f"{i}.png")
    stores()
    body = "    input image: float32[3, 3, 1]\n    output y = image -> Flatten -> Dense(2, activation=softmax)"
    data = loaded(spec(body, 'Images("p", size=3, channels=1)', CLASSES), tmp_path)
    for path in (tmp_path / "p" / "a").iterdir():
        path.unlink()
    (found,) = raised(lambda: data.train.inputs["image"][:])
    assert found.code == BAD_DATA_FILE


# ── Arrays that are stored ───────────────────────────────────────────────────────────────────────


def test_a_stored_array_is_indexed_as_one_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "CHUNK_BYTES", 100)
    array = RANDOM.integers(0, 100, (ROWS, 3, 2))
    rows = RANDOM.integers(0, ROWS, 2 * ROWS)
    values = Stored(lambda key: array[key], ROWS, array)
    forms = [
        (values, array),
        (values.take(rows), array[rows]),
        (taken(values.take(rows), array[rows][:, 0, 0] > 50), array[rows][array[rows][:, 0, 0] > 50]),
        (mapped(values, lambda v: v / 7), array / 7),
        (stacked([values, array]), np.stack([array, array], axis=-1)),
    ]
    for form, expected in forms:
        assert isinstance(form, Stored)
        assert (form.shape, form.dtype, form.ndim, form.size, form.nbytes, len(form)) == (
            *(expected.shape, expected.dtype, expected.ndim, expected.size, expected.nbytes, len(expected)),
        )
        keys: list[Any] = [0, -1, slice(None), slice(3, 8), slice(8, 3), slice(2, 30, 5), slice(-4, None)]
        for key in [*keys, np.array([4, 4, 1]), expected.reshape(len(expected), -1)[:, 0] > 5, []]:
            np.testing.assert_array_equal(
                form[key],
                expected[np.array(key, int) if key == [] else key] if isinstance(key, list) else expected[key],
            )
        np.testing.assert_array_equal(np.concatenate(list(chunks(form))), expected)
        assert len(list(chunks(form))) > 5
        with pytest.raises(TypeError, match="larger than memory"):
            np.asarray(form)
    with pytest.raises(IndexError):
        values[ROWS]


@pytest.mark.nightly
def test_all_that_is_true_of_data_in_memory_is_true_of_stored_ones() -> None:
    here = Path(__file__).parent
    own = [f"--ignore={here / f'test_data_{name}.py'}" for name in ("stored", "tfds", "huggingface")]  # look at both
    command = [sys.executable, "-m", "pytest", "-p", "on_disk", "-o", "addopts=-m 'not nightly'", "-q", str(here), *own]
    path = os.pathsep.join([str(here), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(command, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:]
