"""The reference as pages, made of the declarations: ``python -m specc.cli.reference_pages`` writes ``docs/reference``.

A test holds them fresh.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from specc.catalogue.declare import Declaration
from specc.catalogue.layer import Layer
from specc.catalogue.left_out import LEFT_OUT
from specc.catalogue.params import ACTIVATIONS, INITIALIZERS
from specc.cli.reference import (
    MODULES,
    default_text,
    example,
    groups,
    in_order,
    keras_name,
    keras_page,
    rule_lines,
    summary,
    title,
)

FOLDER: Final = Path("docs", "reference")
"""Where the pages stand in a checkout, whose folder the command is run in."""

_LISTS: Final = {
    f"one of {', '.join(ACTIVATIONS)}": "an [activation](README.md#activations)",
    f"one of {', '.join(INITIALIZERS)}": "an [initializer's name](README.md#names-of-initializers)",
}
"""Long lists of words, which the first page shows once."""

_MADE: Final = "<!-- Made by `python -m specc.cli.reference_pages` of the declarations in `specc/catalogue`. -->"


def pages() -> dict[str, str]:
    """The text of each page, by the name of its file."""
    found: dict[str, str] = {}
    index = [
        "# Reference",
        "",
        _MADE,
        "",
        "Everything that a spec can name, with Keras's names, arguments and defaults.",
        "",
    ]
    index += ["`specc layers NAME` prints what stands here.", ""]
    for name, heading, members in groups():
        found[f"{name}.md"] = _page(heading, members)
        index.append(f"- [{heading}]({name}.md): {', '.join(f'`{d.__name__}`' for d in members)}")
    index += ["", "## Activations", "", ", ".join(f"`{a}`" for a in ACTIVATIONS)]
    index += ["", "## Names of initializers", "", ", ".join(f"`{i}`" for i in INITIALIZERS)]
    index += ["", "## What of Keras a spec can't say, and why", ""]
    index += [
        f"- `keras.{MODULES[kind]}.{name}`: {reason}"
        for kind, names in LEFT_OUT.items()
        for name, reason in names.items()
    ]
    return {"README.md": "\n".join(index) + "\n", **found}


def _page(heading: str, members: Sequence[type[Declaration]]) -> str:
    lines = [
        f"# {heading}",
        "",
        _MADE,
        "",
        *(f"- [`{d.__name__}`](#{d.__name__.lower()}): {summary(d)}" for d in members),
    ]
    for declared in members:
        lines += ["", *_section(declared)]
    return "\n".join(lines) + "\n"


def _section(declared: type[Declaration]) -> list[str]:
    lines = [f"## {declared.__name__}", ""]
    if declared.kind == "op":
        lines += [f"`{title(declared)}`", ""]
    lines += [inspect.cleandoc(declared.__doc__ or "")]
    if declared.aliases:
        lines += ["", f"Keras also calls it {' and '.join(f'`{a}`' for a in declared.aliases)}."]
    if (page := keras_page(declared)) is not None:
        lines += ["", f"In Keras: [`{keras_name(declared)}`]({page})"]
    if issubclass(declared, Layer):
        lines += ["", "```model", example(declared).rstrip(), "```", ""]
        lines += [f"    {line}" for line in rule_lines(declared)]
    if rows := _arguments(declared):
        lines += ["", "| argument | default | takes | |", "|---|---|---|---|", *rows]
    return lines


def _arguments(declared: type[Declaration]) -> list[str]:
    cells = ((n, default_text(declared, n), declared.params[n]) for n in in_order(declared))
    return [f"| `{n}` | {_cell(default)} | {_text(p.expects)} | {_text(p.doc)} |" for n, default, p in cells]


def _cell(default: str) -> str:
    return "" if default == "(required)" else f"`{default}`"


def _text(words: str) -> str:
    for listed, link in _LISTS.items():
        words = words.replace(listed, link)
    return words.replace("|", "\\|")


def write(folder: Path = FOLDER) -> None:
    """Write all pages, and take away those that are no more."""
    folder.mkdir(parents=True, exist_ok=True)
    made = pages()
    for name, text in made.items():
        (folder / name).write_text(text, encoding="utf-8")
    for old in folder.glob("*.md"):
        if old.name not in made:
            old.unlink()


if __name__ == "__main__":
    write()
