"""TFRecord files: what TensorFlow writes is read without it, and what is damaged is told with its place."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from data_helpers import CLASSES, finding, findings, loaded, spec, vector
from hypothesis import given, settings
from hypothesis import strategies as st

from specc.compiler import compile_text
from specc.data.tfrecord import checksums
from specc.diagnostics.codes import BAD_ARGUMENT, BAD_CELL, BAD_DATA_FILE, DATA_NOT_FOUND

WHOLE = "validation=0, test=0"
SUM = vector("x: float32[2]", "y: Dense(1)", f'TFRecord("a.tfrecord", inputs=[a, b], {WHOLE})')


def field(number: int, content: bytes | int) -> bytes:
    """A field of a protocol buffer."""
    if isinstance(content, int):
        return varint(number << 3) + varint(content)
    return varint(number << 3 | 2) + varint(len(content)) + content


def varint(value: int) -> bytes:
    out = bytearray()
    value &= 0xFFFFFFFFFFFFFFFF
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def example(**features: Any) -> bytes:
    entries = b""
    for name, value in features.items():
        values = value if isinstance(value, list) else [value]
        if all(isinstance(v, bytes | str) for v in values) and values:
            content = field(1, b"".join(field(1, v.encode() if isinstance(v, str) else v) for v in values))
        elif all(isinstance(v, int) for v in values):
            content = field(3, field(1, b"".join(varint(v) for v in values)))
        else:
            content = field(2, field(1, struct.pack(f"<{len(values)}f", *values)))
        entries += field(1, field(1, name.encode()) + field(2, content))
    return field(1, entries)


def masked(data: bytes) -> bytes:
    (sums,) = checksums([data]).tolist()
    return (((sums >> 15 | sums << 17) + 0xA282EAD8) & 0xFFFFFFFF).to_bytes(4, "little")


def record(data: bytes) -> bytes:
    head = len(data).to_bytes(8, "little")
    return head + masked(head) + data + masked(data)


def write(path: Path, *examples: bytes) -> None:
    path.write_bytes(b"".join(map(record, examples)))


# ── Reading ──────────────────────────────────────────────────────────────────────────────────────


def test_the_checksum_is_that_of_castagnoli() -> None:
    """The check values of https://www.rfc-editor.org/rfc/rfc3720#appendix-B.4 and of the catalogue of CRCs."""
    parts = [b"123456789", bytes(32), b"\xff" * 32, bytes(range(32)), b""]
    assert checksums(parts).tolist() == [0xE3069283, 0x8A9136AA, 0x62A8AB43, 0x46DD794E, 0]


@settings(deadline=None)
@given(st.lists(st.binary(max_size=40), max_size=9))
def test_checksums_of_many_are_those_of_each(parts: list[bytes]) -> None:
    assert checksums(parts).tolist() == [int(checksums([p])[0]) for p in parts]


def test_numbers_texts_and_shapes(tmp_path: Path) -> None:
    rows = [example(image=[float(i + k) for k in range(6)], word=f"é{i}", n=[-i, 2**40], kind=i % 2) for i in range(5)]
    write(tmp_path / "a.tfrecord", *rows[:2])
    write(tmp_path / "b.tfrecord", *rows[2:])
    body = """    input image: float32[2, 3]
    input word: string[]
    input n: int64[2]
    output kind = (image -> Flatten, n -> Rescaling(1)) -> Concatenate -> Dense(2, activation=softmax)
    output l = word -> StringLookup(vocabulary=["p"], output_mode=one_hot) -> Rescaling(1) -> Dense(1)"""
    source = f'TFRecord(["a.tfrecord", "b.tfrecord"], shapes={{ image = [2, 3] }}, {WHOLE})'
    losses = f"{{ kind = {CLASSES}  l = AddLoss() }}"
    data = loaded(spec(body, source, losses), tmp_path)
    assert data.train.inputs["image"][:, 1, 2].tolist() == [5, 6, 7, 8, 9]
    assert data.train.inputs["word"].tolist() == [f"é{i}" for i in range(5)]
    assert data.train.inputs["n"].tolist() == [[-i, 2**40] for i in range(5)]
    assert data.train.targets["kind"].tolist() == [0, 1, 0, 1, 0]


@pytest.mark.keras
def test_what_tensorflow_writes(tmp_path: Path) -> None:
    import tensorflow as tf

    def feature(value: Any) -> Any:
        values = np.ravel(value)
        if values.dtype.kind == "f":
            return tf.train.Feature(float_list=tf.train.FloatList(value=values))
        return tf.train.Feature(int64_list=tf.train.Int64List(value=values))

    random = np.random.default_rng(7)
    rows = [{"a": float(random.normal()), "b": int(random.integers(-(2**40), 2**40)), "y": float(i)} for i in range(37)]
    with tf.io.TFRecordWriter(str(tmp_path / "a.tfrecord")) as file:
        for row in rows:
            features = tf.train.Features(feature={n: feature(v) for n, v in row.items()})
            file.write(tf.train.Example(features=features).SerializeToString())
    data = loaded(SUM, tmp_path)
    assert np.array_equal(data.train.inputs["x"], np.array([[r["a"], r["b"]] for r in rows], dtype=np.float32))
    assert data.train.targets["y"][:, 0].tolist() == list(range(37))
    path = tmp_path / "own.tfrecord"
    write(path, *(example(**row) for row in rows))
    read = [tf.train.Example.FromString(raw.numpy()) for raw in tf.data.TFRecordDataset(str(path))]
    assert [e.features.feature["b"].int64_list.value[0] for e in read] == [r["b"] for r in rows]


# ── What is wrong ────────────────────────────────────────────────────────────────────────────────


def test_damaged_records(tmp_path: Path) -> None:
    rows = [record(example(a=i, b=2 * i, y=float(i))) for i in range(20)]
    flipped = rows[3][:30] + bytes([rows[3][30] ^ 1]) + rows[3][31:]
    (tmp_path / "a.tfrecord").write_bytes(b"".join([*rows[:3], flipped, *rows[4:]]))
    found = finding(SUM, tmp_path)
    at = 3 * len(rows[0])
    assert found.code == BAD_CELL and found.span.source.name == "a.tfrecord"
    assert found.message == f"record 3 (counted from 0, at byte {at}) is damaged: its checksum is wrong"
    data = loaded(SUM.replace("test=0", "test=0, bad_rows=Skip(0.05)"), tmp_path)
    assert data.train.ids.tolist() == [i for i in range(20) if i != 3]


@pytest.mark.parametrize(
    ("odd", "message"),
    [
        (example(a=[1, 2], b=2, y=1.0), "has numbers of the shape [2] in `a`, those before have a number"),
        (example(a="one", b=2, y=1.0), "has a text in `a`, those before have a number"),
        (example(b=2, y=1.0), "a number is missing here (example 2 of `a`, counted from 0)"),
        (example(a=[], b=2, y=1.0), "a number is missing here (example 2 of `a`, counted from 0)"),
        (example(a=b"\xff", b=2, y=1.0), "is damaged: 'utf-8' codec can't decode byte 0xff in position 0"),
        (b"\x0f\xff", "is damaged: it is no tf.train.Example"),
        (b"\x0a\xff", "is damaged: "),
        (b"\xff" * 30, "is damaged: it is no tf.train.Example"),
    ],
)
def test_records_that_do_not_fit(odd: bytes, message: str, tmp_path: Path) -> None:
    good = example(a=1, b=2, y=1.0)
    write(tmp_path / "a.tfrecord", good, good, odd, *[good] * 17)
    found = finding(SUM, tmp_path)
    assert found.code == BAD_CELL and message.partition(" (example")[0] in found.message
    data = loaded(SUM.replace("test=0", "test=0, bad_rows=Skip(0.05)"), tmp_path)
    assert (data.account.skipped, data.train.size) == (1, 19)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "there are no examples in the data"),
        (b"nothing of the kind", "record 0 (counted from 0) at byte 0 doesn't begin as a record of a TFRecord file"),
        (
            record(example(a=1, b=2, y=1.0))[:-1],
            "the file ends within record 0 (counted from 0), which begins at byte 0",
        ),
        (record(b"")[:5], "the file ends within record 0 (counted from 0), which begins at byte 0"),
        (b"\x1f\x8b\x08", "`a.tfrecord` is compressed"),
    ],
)
def test_files_that_are_none(data: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "a.tfrecord").write_bytes(data)
    found = finding(SUM, tmp_path)
    assert (found.code, found.message) == (BAD_DATA_FILE, message)


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=60))
def test_no_record_makes_it_fall(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    folder = tmp_path_factory.getbasetemp()
    good = example(a=1, b=2, y=1.0)
    write(folder / "a.tfrecord", good, data)
    assert {f.code for f in findings(SUM, folder)} == {BAD_CELL}


def test_shapes_and_files_that_cannot_be(tmp_path: Path) -> None:
    write(tmp_path / "a.tfrecord", example(a=[1.0, 2.0, 3.0], b=2, y=1.0))
    text = SUM.replace("inputs=[a, b]", "inputs=a, shapes={ a = [2, 2] }")
    assert "`a` has 3 values, its shape is [2, 2]" in str([f.message for f in findings(text, tmp_path)])
    assert finding(SUM.replace('"a.tfrecord"', '["a.tfrecord", "c.tfrecord"]'), tmp_path).code == DATA_NOT_FOUND
    for shapes in ("3", "{ a = 3 }", "{ a = [] }", "{ a = [0] }", "[2, 2]"):
        report = compile_text(text.replace("{ a = [2, 2] }", shapes)).report
        assert [d.code for d in report] == [BAD_ARGUMENT], shapes
