"""Arrays in files of their own, and texts in files, folders and lines."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from data_helpers import CLASSES, finding, findings, loaded, spec, vector, write
from test_data_facts import known_and_read
from test_data_sources import TEXT, WHOLE

from specc.compiler import compile_text
from specc.diagnostics.codes import (
    BAD_ARGUMENT,
    BAD_CELL,
    BAD_DATA_FILE,
    DATA_NOT_FOUND,
    DATA_SHAPE,
    IMPORT_OUTSIDE,
    TOO_MANY_CLASSES,
    Code,
)

SUM = vector("x: float32[2]", "y: Dense(1)", 'NPY({ x = "x.npy"  y = "d/y.npy" }, validation=0, test=0)')


def arrays(folder: Path) -> None:
    (folder / "d").mkdir()
    np.save(folder / "x.npy", np.arange(14).reshape(7, 2))
    np.save(folder / "d/y.npy", np.arange(7.0))


def test_arrays_by_the_names_they_are_given(tmp_path: Path) -> None:
    arrays(tmp_path)
    data = loaded(SUM, tmp_path)
    assert data.train.inputs["x"].tolist() == np.arange(14).reshape(7, 2).tolist()
    assert data.train.targets["y"][:, 0].tolist() == list(range(7))
    facts, raw = known_and_read('NPY({ x = "x.npy"  y = "d/y.npy" })', tmp_path)
    assert facts.columns is not None and list(facts.columns) == list(raw.columns)
    assert {c: k.shape for c, k in facts.columns.items()} == {c: a.shape[1:] for c, a in raw.columns.items()}


def test_a_lone_array_is_called_as_its_file(tmp_path: Path) -> None:
    arrays(tmp_path)
    data = loaded(vector("x: float32[2]", "z: Dense(2)", f'NPY("x.npy", targets=x, inputs=x, {WHOLE})'), tmp_path)
    assert np.array_equal(data.train.inputs["x"], data.train.targets["z"])


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("d/y.npy", "y.npy"), DATA_NOT_FOUND),
        (("d/y.npy", "../y.npy"), IMPORT_OUTSIDE),
        (("float32[2]", "float32[3]"), DATA_SHAPE),
        (("d/y.npy", "z.npz"), BAD_DATA_FILE),
        (("d/y.npy", "p.npy"), BAD_DATA_FILE),
        (("d/y.npy", "short.npy"), BAD_DATA_FILE),
    ],
)
def test_arrays_that_cannot_be_read(change: tuple[str, str], code: Code, tmp_path: Path) -> None:
    arrays(tmp_path)
    np.savez(tmp_path / "z.npz", y=np.ones(7))
    np.save(tmp_path / "p.npy", np.array([{}] * 7, dtype=object), allow_pickle=True)
    np.save(tmp_path / "short.npy", np.ones(6))
    assert finding(SUM.replace(*change), tmp_path).code == code


# ── Texts ────────────────────────────────────────────────────────────────────────────────────────

WORDS = """    input text: string[]
    output label = text -> TextVectorization(vocabulary=["a", "b"], output_mode=count) -> Rescaling(1)
        -> Dense(2, activation=softmax)"""


def folder(path: Path) -> Path:
    write(path, "texts/pos/b.txt", "so good")
    write(path, "texts/pos/a.txt", "fine", "and more")
    write(path, "texts/neg/c.txt", "bad é")
    write(path, "texts/README.txt", "about")
    write(path, "texts/neg/.hidden", "")
    return path


@pytest.mark.parametrize("body", [WORDS, TEXT])
def test_a_folder_of_texts(body: str, tmp_path: Path) -> None:
    data = loaded(spec(body, f'Texts("texts", {WHOLE})', CLASSES), folder(tmp_path))
    given = data.train.inputs["text"]
    assert data.classes == {"label": ("neg", "pos")} and data.train.targets["label"].tolist() == [0, 1, 1]
    if body == WORDS:
        assert given.tolist() == ["bad é\n", "fine\nand more\n", "so good\n"]
    else:
        assert bytes((given[0][given[0] > 0] - 1).tolist()).decode() == "bad é\n" and given.shape == (3, 14)
    facts, raw = known_and_read('Texts("texts")', tmp_path)
    assert facts.columns is not None and list(facts.columns) == list(raw.columns) and facts.targets == raw.targets
    assert facts.columns["label"].classes == 2


def test_texts_that_are_none(tmp_path: Path) -> None:
    folder(tmp_path)
    (tmp_path / "texts/pos/b.txt").write_bytes(b"ok\nso \xff good")
    text = spec(WORDS, f'Texts("texts", {WHOLE})', CLASSES)
    found = finding(text, tmp_path)
    assert found.code == BAD_DATA_FILE and found.message == "byte 6 (line 2) of `b.txt` is not UTF-8"
    assert found.span.source.name.endswith("texts/pos/b.txt")
    data = loaded(text.replace(WHOLE, f"{WHOLE}, bad_rows=Skip(0.4)"), tmp_path)
    assert (data.account.skipped, data.train.ids.tolist()) == (1, [0, 1])
    write(tmp_path, "texts/lost.txt", "")
    write(tmp_path, "texts/pos/picture.png", "")
    (tmp_path / "texts/pos/out.txt").symlink_to("/etc/hostname")
    (tmp_path / "texts/empty").mkdir()
    text = text.replace("Dense(2", "Dense(3")
    assert sorted(f.message for f in findings(text, tmp_path)) == [
        "`lost.txt` is in no class: move it into a class's folder",
        "`out.txt` leads out of the folder of the texts",
        "`picture.png` is no text",
        "the class `empty` has no texts",
    ]


def test_a_text_that_is_too_long_is_shown_by_its_file(tmp_path: Path) -> None:
    folder(tmp_path)
    found = finding(spec(TEXT.replace("[T]", "[9]"), f'Texts("texts", {WHOLE})', CLASSES), tmp_path)
    assert (found.code, found.message) == (BAD_CELL, "this text has 14 bytes, the input takes 9")
    assert found.span.source.name.endswith("texts/pos/a.txt")


LINES = f'TextLines({{ up = "pos.txt"  down = "neg.txt" }}, {WHOLE})'


def test_a_text_per_line_in_a_file_per_class(tmp_path: Path) -> None:
    (tmp_path / "pos.txt").write_bytes("\ufefffine\r\n\nso good".encode())
    write(tmp_path, "neg.txt", "bad", "worse")
    data = loaded(spec(WORDS, LINES, CLASSES), tmp_path)
    assert data.classes == {"label": ("down", "up")}
    assert data.train.inputs["text"].tolist() == ["bad", "worse", "fine", "so good"]
    assert data.train.targets["label"].tolist() == [0, 0, 1, 1]
    facts, raw = known_and_read(LINES, tmp_path)
    assert facts.columns is not None and list(facts.columns) == list(raw.columns) and facts.targets == raw.targets
    three = LINES.replace("{ up", '{ even = "neg.txt"  up')
    assert finding(spec(WORDS, three, CLASSES), tmp_path).code == TOO_MANY_CLASSES


def test_bad_lines(tmp_path: Path) -> None:
    (tmp_path / "pos.txt").write_bytes(b"fine\ng\xffod\nso good\n")
    write(tmp_path, "neg.txt", "bad", "worse and worse")
    found = finding(spec(WORDS, LINES, CLASSES), tmp_path)
    assert (str(found.span), found.message) == ("pos.txt:2:1", "byte 6 (line 2) is not UTF-8")
    data = loaded(spec(WORDS, LINES.replace("test=0", "test=0, bad_rows=Skip(0.2)"), CLASSES), tmp_path)
    assert data.train.inputs["text"].tolist() == ["bad", "worse and worse", "fine", "so good"]
    (tmp_path / "pos.txt").write_bytes(b"fine\n")
    found = finding(spec(TEXT.replace("[T]", "[7]"), LINES, CLASSES), tmp_path)
    assert (found.code, str(found.span)) == (BAD_CELL, "neg.txt:2:1")


def test_lines_without_classes(tmp_path: Path) -> None:
    write(tmp_path, "all.txt", "bad", "worse")
    facts, raw = known_and_read('TextLines("all.txt")', tmp_path)
    assert list(raw.columns) == list(facts.columns or ()) == ["text"]
    write(tmp_path, "all.txt", "")
    body = WORDS.replace("label", "z")
    assert (
        finding(spec(body, 'TextLines("all.txt")', "AddLoss()"), tmp_path).message
        == "there are no examples in the data"
    )


@pytest.mark.parametrize("paths", ["3", "{ }", "[a, b]", "{ a = 3 }"])
def test_what_is_no_file(paths: str) -> None:
    assert {d.code for d in compile_text(SUM.replace('{ x = "x.npy"  y = "d/y.npy" }', paths)).report} == {BAD_ARGUMENT}
