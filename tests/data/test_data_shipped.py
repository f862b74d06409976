"""The data that the shipped specs come with: made by their scripts, fit for their models."""

from __future__ import annotations

import csv
import runpy
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from specc.compiler import Compilation
from specc.data.load import load

SPECS = Path(__file__).parents[2] / "specs"
SCRIPTS = sorted((SPECS / "data").glob("make_*.py"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda p: p.stem)
def test_data_are_what_their_script_makes(script: Path, tmp_path: Path) -> None:
    runpy.run_path(str(shutil.copy(script, tmp_path)), run_name="__main__")
    (made,) = (f for f in tmp_path.iterdir() if f.suffix in (".csv", ".npz") or f.is_dir())
    shipped = SPECS / "data" / made.name
    if made.is_dir():
        pictures = sorted(f.relative_to(made) for f in made.rglob("*.png"))
        assert pictures == sorted(f.relative_to(shipped) for f in shipped.rglob("*.png"))
        for name in pictures:  # as for arrays, their pixels count
            new, old = (np.asarray(Image.open(folder / name).convert("RGB"), int) for folder in (made, shipped))
            assert np.abs(new - old).max() <= 8  # the palette hangs on the version of Pillow
        return
    if made.suffix == ".csv":
        assert made.read_bytes() == shipped.read_bytes()
        return
    # How well arrays are compressed hangs on the version of zlib; what they hold doesn't.
    with np.load(made) as new, np.load(shipped) as old:
        assert list(new) == list(old)
        assert all(new[name].dtype == old[name].dtype and (new[name] == old[name]).all() for name in new)


def test_every_file_is_small_and_explained() -> None:
    readme = (SPECS / "data" / "README.md").read_text(encoding="utf-8")
    for file in (f for f in (SPECS / "data").iterdir() if f.suffix in (".csv", ".npz") or f.is_dir()):
        assert sum(f.stat().st_size for f in (file, *file.rglob("*.png"))) < 100_000
        assert f"`{file.name}`" in readme


def test_no_text_of_brackets_is_in_two_splits() -> None:
    with (SPECS / "data" / "brackets.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len({row["text"] for row in rows}) == len(rows) == 2000
    assert sum(row["label"] == "balanced" for row in rows) == 1000


@pytest.mark.parametrize("spec", sorted(SPECS.glob("*.model")), ids=lambda p: p.stem)
def test_shipped_specs_load(spec: Path) -> None:
    program = Compilation.of_file(spec).program
    for plan in program.trains.values():
        model = program.models[plan.target]
        data = load(program, program.data[plan.data], model, loss=plan.loss)
        rows = np.concatenate([s.ids for s in (data.train, data.validation, data.test)])
        assert sorted(rows.tolist()) == list(range(len(rows)))
        assert set(data.train.inputs) == set(model.inputs)
        assert set(data.train.targets) == set(model.outputs)
