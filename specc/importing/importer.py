"""A file of Keras → the text of a spec and its weights, checked against each other before anything is written."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from specc import limits
from specc.compiler import Compilation
from specc.data.raw import Array
from specc.diagnostics import SpecError
from specc.importing.blocks import Structured, find_blocks
from specc.importing.carried import carried
from specc.importing.models import Imported, import_config
from specc.importing.read import KerasFile, read_keras, reading
from specc.importing.same import Different, Twins, twins
from specc.importing.steps import body_of
from specc.importing.text import text_of
from specc.importing.training import training_of
from specc.importing.weights import Stored
from specc.program.program import Program
from specc.source import Source, Span, whole_file

_ATTEMPTS: Final = 10
"""Most texts in which blocks are given up, one by one, before one without blocks is written."""


@dataclass(frozen=True)
class Import:
    """What a file becomes.

    Attributes:
        text: the spec.
        weights: the arrays by specc's names; None where the file has none.
        blocks: how many blocks were found.
        notes: what is not carried, in sentences.
        train: how the model was compiled, as a `train` section that lacks its data; empty where it wasn't.
    """

    text: str
    weights: dict[str, Array] | None
    blocks: int
    notes: list[str]
    train: str = ""


def import_model(path: Path) -> Import:
    """The spec, and the weights, of the model that a file holds.

    Raises:
        SpecError: the file is damaged, or a spec can't express the model: with all that it can't.
    """
    file = read_keras(path)
    opened = _Lazy(file)
    try:
        imported = import_config(file.config, path.name.partition(".")[0], opened.numbers)
        text, blocks, compiled, pairs = written(imported)
        weights = _weights(opened, imported, compiled.program, pairs)
    finally:
        opened.close()
    training = training_of(file.compiled, list(imported.program.models[imported.top].outputs))
    return Import(text, weights, blocks, [*imported.notes, *training.notes], training.section(imported.top))


class _Lazy:
    """The weights of a file, opened when they are first asked for."""

    def __init__(self, file: KerasFile) -> None:
        self.file = file
        self._stored: Stored | None = None

    def stored(self, most: int) -> Stored:
        """The arrays of the file, whose weights may have ``most`` bytes.

        Raises:
            SpecError: it has more, or can't be read.
        """
        if self._stored is None:
            self._stored = Stored(self.file.open_weights(most), self.file.form, whole_file(self.file.path))
        return self._stored

    def numbers(self, path: tuple[str, ...], index: int) -> list[float] | None:
        """The numbers of a small weight, for what a spec writes as an argument; None where the file has none."""
        if not self.file.has_weights:
            return None
        with reading(whole_file(self.file.path)):
            return self.stored(limits.MEMORY_BYTES).numbers(self.file.config, path, index)

    def close(self) -> None:
        """Close the file."""
        if self._stored is not None:
            self._stored.file.close()


def _weights(opened: _Lazy, imported: Imported, program: Program, pairs: Twins) -> dict[str, Array] | None:
    """The arrays by the names that the spec gives to its weights; None where the file has none."""
    file = opened.file
    if not file.has_weights:
        return None
    # Optimizers keep up to four numbers for each weight; layers of an HDF5 file have headers.
    size = program.cost(program.models[imported.top]).weight_bytes
    most = (size if isinstance(size, int) else limits.MEMORY_BYTES) * 6 + len(file.config.source.text) + (64 << 20)
    with reading(whole_file(file.path)):
        return carried(imported, program, pairs, opened.stored(most))


def written(imported: Imported) -> tuple[str, int, Compilation, Twins]:
    """The text of imported models, which means the same: it is compiled, and the graphs are compared.

    A block that can't be shown right for all sizes of its inputs is taken back, and its steps stand in place.
    """
    refused, keys = set[Any](), dict[Any, int]()
    for attempt in range(_ATTEMPTS + 1):
        bodies = [body_of(m) for m in imported.program.models.values()]
        found = find_blocks(bodies, keys, frozenset(refused)) if attempt < _ATTEMPTS else Structured(bodies)
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
            raise SpecError(*errors)  # rules over whole programs, which Keras hasn't
        culprits = {name for e in errors for name in _definitions_at(compiled, e.span)} & found.blocks.keys()
        refused |= {found.blocks[name].key for name in culprits or found.blocks}
    raise AssertionError("no text without errors was found")


def _definitions_at(compiled: Compilation, span: Span) -> Iterator[str]:
    for declaration in compiled.tree.declarations:
        if declaration.span.start <= span.start < declaration.span.end:
            yield getattr(getattr(declaration, "name", None), "text", "")
