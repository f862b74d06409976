"""The standard library's files: formatted, checked, tested, documented; positions are what their papers say."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from specc.cli.main import run
from specc.compiler import Compilation, compile_text
from specc.diagnostics.render import render
from specc.elaborate.libraries import STANDARD

FILES = sorted(STANDARD.rglob("*.model"))
BLOCKS = sorted(STANDARD.glob("*.model"))
GUIDE = Path(__file__).parent.parent.parent / "docs" / "library.md"


def names(path: Path) -> str:
    return path.relative_to(STANDARD).with_suffix("").as_posix()


@pytest.mark.parametrize("path", FILES, ids=names)
def test_is_formatted_and_has_a_version(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["fmt", "--check", str(path)]) == 0, capsys.readouterr().err
    assert re.search(r'^version "\d+\.\d+\.\d+"$', path.read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("path", BLOCKS, ids=names)
def test_is_without_findings_and_its_tests_pass(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = Compilation.of_file(path).report
    assert not list(report), render(report, "full")
    assert run(["test", str(path)]) == 0, capsys.readouterr().out


def test_the_guide_names_every_file_and_block() -> None:
    guide = GUIDE.read_text(encoding="utf-8")
    for path in BLOCKS:
        (row,) = (line for line in guide.splitlines() if line.startswith(f"| `std/{names(path)}` |"))
        defined = re.findall(r"^block (\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
        assert set(re.findall(r"`(\w+)`", row)) == set(defined), names(path)
    for path in FILES:
        models = re.findall(r"^model (\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
        if models:
            assert f"`{path.stem}`" in guide
            assert f"`{models[0]}`" in guide, models[0]


# ── Positions, against their papers' formulas ────────────────────────────────────────────────────


def computed(block: str, shape: tuple[int, ...], x: Any) -> Any:
    from specc.lower.model import build

    sizes = ", ".join(["T", *map(str, shape[1:])])
    compilation = compile_text(f"""from "std/positions" import {block}
        model Probe {{ input x: float32[{sizes}]  output y = x -> {block} }}""")
    assert compilation.report.ok, render(compilation.report, "full")
    (found,) = build(compilation.program, "Probe")({"x": x}).values()
    return np.asarray(found)


@pytest.mark.keras
@pytest.mark.parametrize("channels", [10, 7])
def test_sines_of_positions(channels: int) -> None:
    """Vaswani et al. 2017, section 3.5."""
    steps = 13
    x = np.random.default_rng(3).normal(size=(2, steps, channels)).astype("float32")
    wave = np.zeros((steps, channels))
    for p in range(steps):
        for c in range(channels):
            angle = p / 10_000 ** (2 * (c // 2) / channels)
            wave[p, c] = np.sin(angle) if c % 2 == 0 else np.cos(angle)
    np.testing.assert_allclose(computed("SinusoidalPositions", (steps, channels), x), x + wave, atol=2e-5)


@pytest.mark.keras
def test_turned_pairs_hang_on_the_distance_alone() -> None:
    """Su et al. 2021, equations 13 to 16: lengths stay, products of two steps are those of others as far apart."""
    steps, heads, channels = 11, 3, 10
    rng = np.random.default_rng(5)
    query, key = rng.normal(size=(2, heads, channels)).astype("float32")
    same = [np.broadcast_to(v, (1, steps, heads, channels)).copy() for v in (query, key)]
    turned = [computed("RotaryPositions", (steps, heads, channels), v)[0] for v in same]
    np.testing.assert_allclose(turned[0][0], query, atol=1e-6)
    np.testing.assert_allclose(
        np.linalg.norm(turned[0], axis=-1), np.tile(np.linalg.norm(query, axis=-1), (steps, 1)), rtol=1e-5
    )
    products = np.einsum("ihc,jhc->hij", *turned)
    for distance in range(-4, 5):
        along = np.stack([np.diagonal(p, distance) for p in products])
        np.testing.assert_allclose(along, along[:, :1].repeat(along.shape[1], 1), atol=2e-5)
    pair = channels // 2
    angle = 7 * 10_000 ** (-2 * np.arange(pair) / channels)
    as_number = (query[:, :pair] + 1j * query[:, pair:]) * np.exp(1j * angle)
    np.testing.assert_allclose(turned[0][7], np.concatenate([as_number.real, as_number.imag], -1), atol=1e-5)
