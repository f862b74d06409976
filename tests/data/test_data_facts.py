"""What is known of data before they are read is what reading them gives; and nothing is loaded for it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from data_helpers import CLASSES, vector, write
from hypothesis import given, settings
from hypothesis import strategies as st

from specc.compiler import Compilation
from specc.data.bundled import BUNDLED
from specc.data.facts import Facts, facts_of
from specc.data.raw import Raw
from specc.data.sources import read_source
from specc.program.program import Program
from specc.source import Source

ROOT = Path(__file__).parent.parent.parent


def program_with(source: str, folder: Path) -> Program:
    """A spec in a folder that has nothing but the data `D`."""
    return Compilation(Source("m.model", f"data D = {source}\n", folder / "m.model")).elaborated.program


def known_and_read(source: str, folder: Path) -> tuple[Facts, Raw]:
    """What is known of a source in a folder, and what reading it gives."""
    program = program_with(source, folder)
    declared: Any = program.data.values_of["D"]["source"]
    return facts_of(program, "D"), read_source(declared, folder, program.place("data", "D"))


# ── Agreement with what is read ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", list(BUNDLED))
def test_bundled_data_are_those_of_scikit_learn(name: str, tmp_path: Path) -> None:
    facts, raw = known_and_read(f"Sklearn({name})", tmp_path)
    assert facts.columns is not None
    assert list(facts.columns) == list(raw.columns)
    assert facts.targets == raw.targets
    assert {c: k.shape for c, k in facts.columns.items()} == {c: a.shape[1:] for c, a in raw.columns.items()}
    for column, known in facts.columns.items():
        classes = len(raw.classes[column]) if column in raw.classes else None
        assert known.classes == classes, column
        if classes is not None:
            assert set(np.unique(raw.columns[column])) == set(range(classes))


TABLES = {
    "plain": "a,b,label\n1,2,x\n3,4,y\n",
    "quoted names": '"a","b, with a comma","la""bel"\n1,2,x\n3,4,y\n',
    "blanks around": " a , b ,label\n1,2,x\n3,4,y\n",
    "byte order mark": "\ufeffa,b,label\n1,2,x\n3,4,y\n",
    "lines of Windows": "a,b,label\r\n1,2,x\r\n3,4,y\r\n",
    "blank lines first": "\n\na,b,label\n1,2,x\n3,4,y\n",
}


@pytest.mark.parametrize("name", TABLES)
def test_the_header_of_a_table(name: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(TABLES[name].encode())
    facts, raw = known_and_read('CSV("t.csv")', tmp_path)
    assert facts.columns is not None and tuple(facts.columns) == tuple(raw.columns)
    assert {k.shape for k in facts.columns.values()} == {()}


@pytest.mark.parametrize("text", ["", "a,a\n1,2\n", "a,\n1,2\n", '"a\n', "\xff\xfe"])
def test_of_a_broken_table_nothing_is_known(text: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(text.encode("latin-1"))
    assert facts_of(program_with('CSV("t.csv")', tmp_path), "D").columns is None


SHAPES = st.lists(st.integers(1, 5), max_size=3).map(tuple)
NUMBERS = st.tuples(SHAPES, st.sampled_from(["float32", "float64", "int8", "int64", "uint8", "bool"]))
ARRAYS = st.lists(NUMBERS | st.just(((), "U3")), min_size=1, max_size=4)


@settings(max_examples=60, deadline=None)
@given(arrays=ARRAYS, packed=st.booleans(), fortran=st.booleans())
def test_the_headers_of_arrays(
    arrays: list[tuple[tuple[int, ...], str]], packed: bool, fortran: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("npz")
    made: dict[str, Any] = {
        f"a{i}": np.zeros((7, *shape), dtype=kind, order="F" if fortran else "C")
        for i, (shape, kind) in enumerate(arrays)
    }
    (np.savez_compressed if packed else np.savez)(folder / "t.npz", **made)
    facts, raw = known_and_read('NPZ("t.npz")', folder)
    assert facts.columns is not None and list(facts.columns) == list(raw.columns)
    for name, column in raw.columns.items():
        assert facts.columns[name].shape == column.shape[1:]
        assert facts.columns[name].numbers is (column.dtype.kind in "iufb")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x00" * 100])
def test_of_broken_arrays_nothing_is_known(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "t.npz").write_bytes(content)
    assert facts_of(program_with('NPZ("t.npz")', tmp_path), "D").columns is None


def test_folders_of_pictures(tmp_path: Path) -> None:
    from PIL import Image

    for i, name in enumerate(("cat", "dog", "owl")):
        (tmp_path / "pets" / name).mkdir(parents=True)
        Image.new("RGB", (11, 13), (i, i, i)).save(tmp_path / "pets" / name / "1.png")
    (tmp_path / "pets" / ".cache").mkdir()
    facts, raw = known_and_read('Images("pets", size=[5, 7], channels=3)', tmp_path)
    assert facts.columns is not None and facts.targets == raw.targets
    assert {c: k.shape for c, k in facts.columns.items()} == {c: a.shape[1:] for c, a in raw.columns.items()}
    assert facts.columns["label"].classes == len(raw.classes["label"]) == 3


# ── Nothing is loaded ────────────────────────────────────────────────────────────────────────────


SOURCES = {
    'CSV("t.csv", inputs=[a, b], targets=c)': "",
    'CSV("t.csv", inputs=[a, d], targets=c)': "E601",
    'NPZ("t.npz", inputs=x, targets=y)': "",
    'NPZ("t.npz", inputs=z, targets=y)': "E602",
    'Sklearn(iris, inputs=["sepal length (cm)", "petal length (cm)"])': "",
    "Sklearn(iris)": "E602",
}
"""Sources for a model of two numbers and three classes, and what the check says of them."""


def test_data_are_checked_without_numpy_and_scikit_learn(tmp_path: Path) -> None:
    write(tmp_path, "t.csv", "a,b,c", "1,2,0")
    np.savez(tmp_path / "t.npz", x=np.zeros((3, 2)), y=np.zeros(3), z=np.zeros((3, 5)))
    for i, source in enumerate(SOURCES):
        text = vector("x: float32[2]", "z: Dense(3, activation=softmax)", source, CLASSES)
        (tmp_path / f"m{i}.model").write_text(text, encoding="utf-8")
    program = (
        "import sys; from specc.compiler import Compilation\n"
        f"for i in range({len(SOURCES)}):\n"
        "    print(*(d.code.id for d in Compilation.of_file(f'm{i}.model').report))\n"
        "print(*(m for m in ('numpy', 'sklearn', 'pandas', 'tensorflow', 'keras') if m in sys.modules))"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, encoding="utf-8"
    )
    assert done.stdout.split("\n")[:-1] == [*SOURCES.values(), ""], done.stderr
