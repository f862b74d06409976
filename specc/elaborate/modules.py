"""Files and what they define: imports and name spaces."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from specc import limits
from specc.diagnostics import Diagnostic, Related, SpecError, did_you_mean
from specc.diagnostics.codes import (
    DUPLICATE_NAME,
    IMPORT_CYCLE,
    IMPORT_NAME,
    IMPORT_VERSION,
    TOO_DEEP,
)
from specc.elaborate.libraries import STANDARD, Finder, shown
from specc.elaborate.values import POISON, Definition, Poisoned
from specc.program.names import Labels
from specc.source import Source, Span
from specc.syntax import nodes
from specc.syntax.parse import parse
from specc.syntax.read import read


@dataclass(eq=False)
class Module:
    """One file: its tree, and every name that its top level binds. Its imports stay below ``root``."""

    source: Source
    tree: nodes.File
    root: Path = Path()
    names_bound: dict[str, Any] = field(default_factory=dict[str, Any])
    places: dict[str, Span] = field(default_factory=dict[str, Span])
    imported: list[Module] = field(default_factory=list["Module"])

    @cached_property
    def labels(self) -> Labels:
        """The names that the file gives to layers, ``name="…"``."""
        return Labels(re.findall(r'\bname\s*=\s*"([^"\n]*)"', self.source.text))

    def look_up(self, name: str) -> Any:
        """The definition of that name, or None.

        Raises:
            Poisoned: its import failed.
        """
        value = self.names_bound.get(name)
        if value is POISON:
            raise Poisoned
        return value

    @property
    def is_standard(self) -> bool:
        """Whether it is a file of the standard library, imported as such."""
        return self.root == STANDARD

    @property
    def may_bind_more(self) -> bool:
        """Whether a name that nothing binds may be of an import that could not be read: of `import *`."""
        return "*" in self.names_bound

    def names(self) -> list[str]:
        """All names of blocks and models, own and imported."""
        return list(self.names_bound)

    @property
    def version(self) -> nodes.Version | None:
        """The version that the file gives itself."""
        return next((d for d in self.tree.declarations if isinstance(d, nodes.Version)), None)

    @property
    def definitions(self) -> list[Definition]:
        """The blocks and models that are written in this file."""
        found = (self.names_bound.get(d.name.text) for d in self.tree.declarations if isinstance(d, nodes.Definition))
        return [d for d in found if isinstance(d, Definition) and d.module is self]


class Loader:
    """Loads a file with all that it imports, each file once."""

    def __init__(self, root: Path, report: Callable[[SpecError], None]) -> None:
        self.root = Path(os.path.realpath(root))
        self.finder = Finder()
        self.report = report
        self.loaded: dict[Path, Module] = {}

    def load(self, source: Source, tree: nodes.File) -> Module:
        """The module of a parsed file. Problems are reported and poison the names they concern."""
        chain = (Path(os.path.realpath(source.path)),) if source.path else ()
        return self._module(source, tree, self.root, chain)

    def _module(self, source: Source, tree: nodes.File, root: Path, chain: tuple[Path, ...]) -> Module:
        module = Module(source, tree, root)
        for name in tree.broken:
            module.names_bound[name.text] = POISON
        for declaration in tree.declarations:
            match declaration:
                case nodes.Import():
                    self._import(module, declaration, chain)
                case nodes.Definition(name=name):
                    self._bind(module, name, Definition(declaration, module))
                case _:
                    pass
        return module

    def _bind(self, module: Module, name: nodes.Identifier, value: Any) -> None:
        if name.text in module.places:
            self.report(SpecError(_twice(module, name)))
            return
        module.names_bound[name.text] = value
        module.places[name.text] = name.span

    def _import(self, module: Module, statement: nodes.Import, chain: tuple[Path, ...]) -> None:
        try:
            imported = self._load(module, statement.path, chain)
            _check_version(imported, statement)
        except SpecError as error:
            self.report(error)
            imported = None
        if imported is not None:
            module.imported.append(imported)
        for item in statement.names:
            value = POISON if imported is None else self._exported(imported, item.name)
            self._bind(module, item.alias or item.name, value)

    def _exported(self, module: Module, name: nodes.Identifier) -> Any:
        value = module.names_bound.get(name.text)
        if isinstance(value, Definition):
            return value
        if value is None:
            hint = did_you_mean(name.text, module.names_bound) or (
                f"it defines {', '.join(module.names_bound) or 'nothing'}",
            )
            message = f"`{module.source.name}` defines no block or model `{name.text}`"
            self.report(SpecError(Diagnostic(IMPORT_NAME, message, name.span, help=hint)))
        return POISON

    def _load(self, module: Module, path: nodes.String, chain: tuple[Path, ...]) -> Module:
        found = self.finder.find(path, module.source.folder, module.root)
        file = found.file
        if file in chain:
            raise SpecError(_cycle(chain[chain.index(file) :], file, path.span))
        if file in self.loaded:
            return self.loaded[file]
        if len(chain) >= limits.IMPORT_DEPTH:
            message = f"more than {limits.IMPORT_DEPTH} files import each other in a row"
            raise SpecError(Diagnostic(TOO_DEEP, message, path.span))
        source = read(shown(file))
        loaded = self._module(source, parse(source), found.root, (*chain, file))
        self.loaded[file] = loaded
        return loaded


def _twice(module: Module, name: nodes.Identifier) -> Diagnostic:
    place = module.places[name.text]
    imports = [d.span for d in module.tree.declarations if isinstance(d, nodes.Import)]
    imported = [any(i.start <= span.start < i.end for i in imports) for span in (place, name.span)]
    message = f"`{name.text}` is {'imported twice' if all(imported) else 'defined twice'}"
    hint = (f"import it under another name: `… as Other{name.text}`",) if any(imported) else ()
    related = (Related(place, "the first one"),)
    return Diagnostic(DUPLICATE_NAME, message, name.span, related=related, help=hint)


def _check_version(module: Module, statement: nodes.Import) -> None:
    """Refuse a file that isn't of a version that an import demands.

    Raises:
        SpecError: it has none, another first number, or is older.
    """
    demanded = statement.version
    if demanded is None:
        return
    name, want = statement.path.value, demanded.text.value
    have = module.version
    if have is None:
        message = f"`{name}` has no version, this import demands {want}"
        hint = 'write `version "…"` at its top, or demand none'
        raise SpecError(Diagnostic(IMPORT_VERSION, message, demanded.span, related=_top(module), help=(hint,)))
    if have.parts[0] == demanded.parts[0] and have.parts >= demanded.parts:
        return
    message = f"`{name}` is version {have.text.value}, this import demands {want}"
    hint = f'"{want}" takes {want} and all later versions below {demanded.parts[0] + 1}.0.0'
    related = (Related(have.span, "its version"),)
    raise SpecError(Diagnostic(IMPORT_VERSION, message, demanded.span, related=related, help=(hint,)))


def _top(module: Module) -> tuple[Related, ...]:
    first = next(iter(module.tree.declarations), None)
    if first is None:
        return ()
    line = first.span.source.line_span(first.span.position[0])
    return (Related(line, "no version stands in this file"),)


def _cycle(files: tuple[Path, ...], file: Path, span: Span) -> Diagnostic:
    if len(files) == 1:
        hint = "take the import out: what a file defines is known in all of it"
        return Diagnostic(IMPORT_CYCLE, "this file imports itself", span, help=(hint,))
    ring = " → ".join(f"`{f.name}`" for f in (*files, file))
    return Diagnostic(
        IMPORT_CYCLE, f"these files import each other: {ring}", span, help=("move what both need into a third file",)
    )
