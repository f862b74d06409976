"""The reference is what the declarations say: fresh pages, examples that are run, rules in symbols."""

from __future__ import annotations

import pytest

from specc.catalogue.registry import declarations
from specc.cli.main import run
from specc.cli.reference import rule_lines
from specc.cli.reference_pages import FOLDER, pages
from specc.compiler import compile_text

STALE = "run `python -m specc.cli.reference_pages`"


def test_the_pages_are_fresh() -> None:
    made = pages()
    assert sorted(p.name for p in FOLDER.glob("*.md")) == sorted(made), STALE
    assert [n for n, text in made.items() if (FOLDER / n).read_text(encoding="utf-8") != text] == [], STALE


def test_every_declaration_stands_on_a_page() -> None:
    made = "\n".join(pages().values())
    for kind in ("layer", "loss", "metric", "optimizer", "op"):
        assert all(f"\n## {name}\n" in made for name in declarations(kind)), kind


def test_the_examples_of_the_pages_are_specs() -> None:
    for name, text in pages().items():
        for example in text.split("```model\n")[1:]:
            found = list(compile_text(example.partition("```")[0]).report.errors)
            assert not found, (name, example, found)


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("Conv2D", ["float32[H, W, C] → float32[H - 2, W - 2, 5]", "weights: kernel [3, 3, C, 5], bias [5]"]),
        ("Flatten", ["float32[H, W, C] → float32[C*H*W]"]),
        ("LSTM", ["float32[T, C] → float32[T, 5]", "weights: kernel [C, 20], recurrent_kernel [5, 20], bias [20]"]),
        ("ConvLSTM1D", ["float32[H, 13, C] → float32[11, 5]"]),
    ],
)
def test_a_rule_in_symbols(name: str, lines: list[str]) -> None:
    assert rule_lines(declarations("layer")[name])[: len(lines)] == lines  # type: ignore[arg-type]


def test_the_command_shows_other_names_and_rules(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["layers", "MaxPool2D"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("MaxPooling2D (layer)")
    assert "Keras also calls it MaxPool2D." in shown and "float32[H, W, C] → " in shown
    assert run(["layers", "Lambda"]) == 2
    assert "a spec can't say `Lambda`" in capsys.readouterr().err
