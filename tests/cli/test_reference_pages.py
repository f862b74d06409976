"""The reference is what the declarations say: fresh pages, examples that are run, rules in symbols."""

from __future__ import annotations

import json
import re
import sys
from functools import reduce
from pathlib import Path
from typing import Any

import pytest

from specc.catalogue.layer import Layer
from specc.catalogue.registry import declarations, find
from specc.catalogue.where import WHERE
from specc.cli import inspect
from specc.cli.main import run
from specc.cli.reference import broken, declaration_text, example, groups, keras_name, listing, rule_lines
from specc.cli.reference_pages import FOLDER, pages
from specc.compiler import compile_text

ROOT = Path(__file__).parent.parent.parent
STALE = "run `python -m specc.cli.reference_pages`"


def test_the_pages_are_fresh() -> None:
    made = pages()
    folder = ROOT / FOLDER
    assert sorted(p.name for p in folder.glob("*.md")) == sorted(made), STALE
    assert [n for n, text in made.items() if (folder / n).read_text(encoding="utf-8") != text] == [], STALE


def test_every_declaration_stands_on_one_page() -> None:
    made = pages()
    shown = [d for group in groups() for d in group.members]
    assert {(d.kind, d.__name__) for d in shown} == {(k, n) for k, names in WHERE.items() for n in names}
    assert len(shown) == len(set(shown))
    for group in groups():
        assert re.findall(r"^## (.*)$", made[f"{group.name}.md"], re.MULTILINE) == [d.__name__ for d in group.members]


def test_links_between_the_pages_lead_somewhere() -> None:
    made = pages()
    headings = {n: [h.lower().replace(" ", "-") for h in re.findall(r"^#+ (.*)$", t, re.M)] for n, t in made.items()}
    for page, text in made.items():
        assert len(set(headings[page])) == len(headings[page]), page
        for target, anchor in re.findall(r"\]\(([^)#:]*)(?:#([^)]*))?\)", text):
            assert not anchor or anchor in headings[target or page], (page, target, anchor)
            assert not target or target in made, (page, target)


def test_the_examples_of_the_pages_are_specs() -> None:
    for name, text in pages().items():
        for shown in text.split("```model\n")[1:]:
            found = list(compile_text(shown.partition("```")[0]).report.errors)
            assert not found, (name, shown, found)


@pytest.mark.keras
def test_what_is_called_by_a_name_of_keras_has_it() -> None:
    import keras

    named = [keras_name(d) for group in groups() for d in group.members]
    assert sum(name is not None for name in named) > 300
    for name in filter(None, named):
        assert callable(reduce(getattr, name.split(".")[1:], keras)), name


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("Conv2D", ["float32[H, W, C] → float32[H - 2, W - 2, 5]", "weights: kernel [3, 3, C, 5], bias [5]"]),
        ("Flatten", ["float32[H, W, C] → float32[C*H*W]"]),
        (
            "LSTM",
            ["float32[steps, C] → float32[steps, 5]", "weights: kernel [C, 20], recurrent_kernel [5, 20], bias [20]"],
        ),
        ("ConvLSTM1D", ["float32[steps, 13, C] → float32[11, 5]"]),
        ("Attention", ["float32[T, C], float32[S, C] → float32[T, C]"]),
        ("GRUCell", ["float32[C], float32[5] → float32[5], float32[5]"]),
        ("Permute", ["float32[H, W, C] → float32[C, H, W]"]),
        ("AdaptiveMaxPooling3D", ["float32[11, 13, 17, C] → float32[2, 3, 5, C]"]),
    ],
)
def test_a_rule_in_symbols(name: str, lines: list[str]) -> None:
    assert rule_lines(declarations("layer")[name])[: len(lines)] == lines  # type: ignore[arg-type]


def test_the_command_shows_other_names_and_rules(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["layers", "MaxPool2D"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("MaxPooling2D (layer)")
    assert "Keras also calls it MaxPool2D." in shown and "float32[H, W, C] → " in shown
    assert "/api_docs/python/tf/keras/layers/MaxPooling2D" in shown
    assert run(["layers", "Lambda"]) == 2
    assert "a spec can't say `Lambda`" in capsys.readouterr().err


def test_the_list_has_every_kind_and_in_a_pipe_a_line_for_each(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["layers"]) == 0
    lines = capsys.readouterr().out.splitlines()
    for group in groups():
        start = lines.index(group.heading) + 1
        found = lines[start : start + len(group.members)]
        assert [line.split()[0] for line in found] == [d.__name__ for d in group.members]
        assert all(len(line.split()) > 1 for line in found)


def test_text_fits_a_narrow_terminal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [*listing(60)]
    for group in groups():
        lines += [line for d in group.members for line in declaration_text(d, 60).splitlines()]
    assert [line for line in lines if len(line) > 60 and " " in line.strip()] == []
    monkeypatch.setattr(inspect, "width", lambda: 60)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert run(["layers", "Dense"]) == 0
    shown = capsys.readouterr().out
    assert shown == declaration_text(declared("Dense"), 60) + "\n"
    assert shown.split() == declaration_text(declared("Dense")).split()


def declared(name: str) -> Any:
    return find("layer", name)


def test_an_example_on_a_narrow_terminal_is_a_spec() -> None:
    for d in (d for group in groups() for d in group.members if issubclass(d, Layer)):
        lines = broken(example(d).splitlines(), 60)
        assert compile_text("\n".join(lines)).report.ok, lines


def test_a_record_has_all_that_the_text_has(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["layers", "Conv2D", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["keras"] == "keras.layers.Conv2D" and record["aliases"] == ["Convolution2D"]
    assert record["symbols"]["outputs"] == ["float32[H - 2, W - 2, 5]"]
    assert record["symbols"]["weights"][0] == {
        "name": "kernel",
        "shape": [3, 3, "C", 5],
        "dtype": "float32",
        "trainable": True,
    }
    assert compile_text(record["example"]).report.ok
    assert run(["layers", "--json"]) == 0
    records = json.loads(capsys.readouterr().out)
    assert {(r["kind"], r["name"]) for r in records} == {(k, n) for k, names in WHERE.items() for n in names}
