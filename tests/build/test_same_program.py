"""A program that Python builds is the program that the language writes: one canonical form, one hash."""

from __future__ import annotations

from pathlib import Path

import pytest
from programs import PROGRAMS

from specc.compiler import Compilation
from specc.diagnostics.render import render
from specc.program.json import graph_hash, pretty
from specc.source import Source

SPECS = Path(__file__).parent.parent.parent / "specs"


OF_THE_LIBRARY = {"transfer"}
"""Specs around an architecture of the standard library, which a Python program doesn't import."""


def test_every_shipped_spec_is_written_in_python() -> None:
    assert set(PROGRAMS) | OF_THE_LIBRARY == {p.stem for p in SPECS.glob("*.model")}


@pytest.mark.parametrize("name", sorted(PROGRAMS))
def test_both_have_one_hash(name: str) -> None:
    written = Compilation.of_file(SPECS / f"{name}.model").program
    built = PROGRAMS[name]()
    assert built.to_json() == pretty(written)
    assert built.hash == graph_hash(written)


@pytest.mark.parametrize("name", sorted(PROGRAMS))
def test_its_json_form_is_the_same_program_again(name: str) -> None:
    built = PROGRAMS[name]()
    again = Compilation(Source("again.json", built.to_json()))
    assert again.report.ok, render(again.report, "full")
    assert graph_hash(again.program) == built.hash
    assert not built.compile().report.errors
