"""A file of Keras → the text of a spec and its weights, checked against each other before anything is written."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from specc.compiler import Compilation
from specc.data.raw import Array
from specc.importing.blocks import find_blocks
from specc.importing.graph import Imported, import_config
from specc.importing.read import read_keras
from specc.importing.same import Different, Twins, twins
from specc.importing.steps import body_of
from specc.importing.text import text_of
from specc.source import Source, Span

_ATTEMPTS: Final = 200
"""Most blocks that are given up, one by one, before a text has none."""


@dataclass(frozen=True)
class Import:
    """What a file becomes.

    Attributes:
        text: the spec.
        weights: the arrays by specc's names; None where the file has none.
        blocks: how many blocks were found.
        notes: what is not carried, in sentences.
    """

    text: str
    weights: dict[str, Array] | None
    blocks: int
    notes: list[str]


def import_model(path: Path) -> Import:
    """The spec, and the weights, of the model that a file holds.

    Raises:
        SpecError: the file is damaged, or a spec can't express the model: with all that it can't.
    """
    file = read_keras(path)
    imported = import_config(file.config, path.name.partition(".")[0], lambda *_: None)
    text, blocks, compiled, names = written(imported)
    return Import(text, None, blocks, imported.notes)


def written(imported: Imported) -> tuple[str, int, Compilation, Twins]:
    """The text of imported models, which means the same: it is compiled, and the graphs are compared.

    A block that can't be shown right for all sizes of its inputs is taken back, and its steps stand in place.
    """
    refused: set[Any] = set()
    for _ in range(_ATTEMPTS):
        bodies = [body_of(m) for m in imported.program.models.values()]
        found = find_blocks(bodies, frozenset(refused))
        text = text_of(found)
        compiled = Compilation(Source("<text>", text), max_bytes=sys.maxsize)
        errors = compiled.report.errors
        if not errors:
            try:
                pairs = twins(imported.program, imported.top, compiled.program, imported.top)
            except Different as where:
                raise AssertionError(f"the text of the import is of another model: {where}\n{text}") from None
            return text, len(found.blocks), compiled, pairs
        if not found.blocks:
            raise AssertionError(f"the text of the import has errors: {errors[0].message}\n{text}")
        culprits = {name for e in errors for name in _definitions_at(compiled, e.span)} & found.blocks.keys()
        refused |= {found.blocks[name].key for name in culprits or found.blocks}
    raise AssertionError("no text without errors was found")


def _definitions_at(compiled: Compilation, span: Span) -> Iterator[str]:
    for declaration in compiled.tree.declarations:
        if declaration.span.start <= span.start < declaration.span.end:
            yield getattr(getattr(declaration, "name", None), "text", "")
