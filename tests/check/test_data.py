"""What is known of data before they are read is what reading them gives; and nothing is loaded for it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specc.compiler import Compilation
from specc.data.bundled import BUNDLED
from specc.data.facts import Facts, facts_of
from specc.data.raw import Raw
from specc.data.sources import read_source
from specc.program.program import Program
from specc.source import Source


def known_and_read(source: str, folder: Path) -> tuple[Facts, Raw]:
    """What is known of a source in a folder, and what reading it gives."""
    path = folder / "m.model"
    text = f"model M {{\n    input x: float32[2]\n    output y = x -> Dense(3)\n}}\n\ndata D = {source}\n"
    path.write_text(text, encoding="utf-8")
    program: Program = Compilation(Source("m.model", text, path)).elaborated.program
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
    path = tmp_path / "m.model"
    spec = 'data D = CSV("t.csv")\n'
    assert facts_of(Compilation(Source("m.model", spec, path)).elaborated.program, "D").columns is None


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
    spec, path = 'data D = NPZ("t.npz")\n', tmp_path / "m.model"
    assert facts_of(Compilation(Source("m.model", spec, path)).elaborated.program, "D").columns is None


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


def test_data_are_checked_without_numpy_and_scikit_learn(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b,c\n1,2,0\n", encoding="utf-8")
    np.savez(tmp_path / "t.npz", x=np.zeros((3, 2)), y=np.zeros(3))
    texts = ['CSV("t.csv", inputs=[a, b], targets=c)', 'NPZ("t.npz", inputs=x, targets=y)', "Sklearn(iris)"]
    for i, source in enumerate(texts):
        size = 4 if source.startswith("Sk") else 2
        (tmp_path / f"m{i}.model").write_text(
            f"model M {{\n    input x: float32[{size}]\n    output z = x -> Dense(3, activation=softmax)\n}}\n\n"
            f"data D = {source}\n\ntrain M {{\n    data = D\n    loss = SparseCategoricalCrossentropy()\n}}\n",
            encoding="utf-8",
        )
    program = (
        "import sys; from specc.compiler import Compilation\n"
        "for i in range(3):\n"
        "    found = [d.message for d in Compilation.of_file(f'm{i}.model').report]\n"
        "    assert not found, found\n"
        "print(*(m for m in ('numpy', 'sklearn', 'pandas', 'tensorflow', 'keras') if m in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, encoding="utf-8")
    assert (done.stdout.strip(), done.returncode) == ("", 0), done.stderr
