"""`specc check --data`: what a sample of the data shows before training; `specc check` reads headers only."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from specc.cli.inspect import check
from specc.diagnostics.codes import BAD_CELL, BAD_DATA_FILE, DATA_NOT_FOUND, EMPTY_SPLIT, TOO_MANY_CLASSES

HEAD = "model M {{ input x: float32[2]  output y = x -> Dense({units}, activation=softmax) }}\n"
TRAIN = "train M { data = D  loss = SparseCategoricalCrossentropy()  optimizer = Adam(0.01) }\n"


def table(folder: Path, rows: int, bad: dict[int, str] | None = None, source: str = 'CSV("t.csv")') -> Path:
    """A spec and its table of three classes; some rows are others."""
    lines = [(bad or {}).get(i, f"{i},{2 * i},{i % 3}") for i in range(rows)]
    (folder / "t.csv").write_text("a,b,y\n" + "".join(f"{line}\n" for line in lines), encoding="utf-8")
    return write(folder, f"data D = {source}", 3)


def write(folder: Path, data: str, units: int = 3) -> Path:
    path = folder / "m.model"
    path.write_text(f"{HEAD.format(units=units)}{data}\n{TRAIN}", encoding="utf-8")
    return path


def said(path: Path, *options: str) -> tuple[int, str, str]:
    """The exit code, findings and notes of `specc check`."""
    result = CliRunner().invoke(check, [str(path), "--output-format", "concise", *options])
    return result.exit_code, result.stdout, result.stderr


def test_small_data_are_looked_at_whole(tmp_path: Path) -> None:
    path = table(tmp_path, 60)
    result = CliRunner().invoke(check, [str(path), "--data"])
    assert result.exit_code == 0 and result.stdout == ""
    assert result.stderr == "looked at all 60 examples of `t.csv`\nNo problems found.\n"
    assert CliRunner().invoke(check, [str(path)]).stderr == "No problems found.\n"


@pytest.mark.parametrize(
    ("bad", "code", "place"),
    [
        ({7: "1,n/a,0"}, BAD_CELL, "t.csv:9:3"),
        ({7: "1,,0"}, BAD_CELL, "t.csv:9:3"),
        ({7: "1,2"}, BAD_CELL, "t.csv:9:1"),
        ({7: "1,2,3"}, TOO_MANY_CLASSES, "m.model:2:10"),
    ],
)
def test_what_the_header_does_not_show(bad: dict[int, str], code: object, place: str, tmp_path: Path) -> None:
    path = table(tmp_path, 60, bad)
    assert said(path)[0] == 0
    exit_code, found, _ = said(path, "--data")
    assert exit_code == 1 and getattr(code, "id", "") in found and place in found


def test_data_that_are_not_there_and_splits_that_are_empty(tmp_path: Path) -> None:
    path = table(tmp_path, 3)
    assert EMPTY_SPLIT.id in said(path, "--data")[1]
    (tmp_path / "t.csv").unlink()
    assert said(path)[0] == 0
    assert DATA_NOT_FOUND.id in said(path, "--data")[1]


def test_of_large_data_the_beginning_is_read(tmp_path: Path) -> None:
    path = table(tmp_path, 3000, {2000: "x,y"})
    assert said(path, "--data")[0] == 0, "a bad row behind the sample"
    result = CliRunner().invoke(check, [str(path), "--data"])
    assert result.stderr.startswith("looked at the first or some 1,000 examples of `t.csv`\n")
    path = table(tmp_path, 3000, dict.fromkeys(range(500), "x,y"), 'CSV("t.csv", bad_rows=Skip())')
    result = CliRunner().invoke(check, [str(path), "--data"])
    assert result.exit_code == 0 and "skipped 500 of 1000 rows of `t.csv` (50 %)" in result.stderr


def test_a_sample_ends_with_a_whole_row(tmp_path: Path) -> None:
    path = table(tmp_path, 300, {i: f'"{i}","{" " * 9000}\n7",{i % 3}' for i in range(300)})
    exit_code, found, _ = said(path, "--data")
    assert exit_code == 0, found


def test_pictures(tmp_path: Path) -> None:
    for i in range(12):
        (tmp_path / "p" / "abc"[i % 3]).mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (5 + i % 2, 7)).save(tmp_path / "p" / "abc"[i % 3] / f"{i}.png")
    path = tmp_path / "m.model"
    body = "model M { input image: float32[3, 5, 3]  output y = image -> Flatten -> Dense(3, activation=softmax) }"
    path.write_text(f'{body}\ndata D = Images("p", size=[3, 5])\n{TRAIN}', encoding="utf-8")
    result = CliRunner().invoke(check, [str(path), "--data"])
    assert "`image`: pictures of 2 sizes from 7×5 to 7×6 resized to 3×5 (height×width)" in result.stderr
    (tmp_path / "p" / "b" / "4.png").write_bytes(b"no picture")
    assert said(path)[0] == 0
    exit_code, found, _ = said(path, "--data")
    assert exit_code == 1 and BAD_DATA_FILE.id in found and "4.png" in found


def test_arrays(tmp_path: Path) -> None:
    x = np.ones((2000, 2))
    x[7, 1] = np.nan
    np.savez(tmp_path / "a.npz", x=x, y=np.arange(2000) % 3)
    path = write(tmp_path, 'data D = NPZ("a.npz")')
    assert said(path)[0] == 0
    assert "example 7 of `x`" in said(path, "--data")[1]


def test_a_spec_that_is_wrong_is_told_first(tmp_path: Path) -> None:
    path = table(tmp_path, 60, {7: "1,2"})
    path.write_text(path.read_text(encoding="utf-8").replace("Dense(3", "Dense(-3"), encoding="utf-8")
    assert BAD_CELL.id not in said(path, "--data")[1]
