"""Files and what they define: imports, name spaces, the standard library."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from specc import limits
from specc.diagnostics import Diagnostic, Related, SpecError, did_you_mean
from specc.diagnostics.codes import (
    DUPLICATE_NAME,
    IMPORT_CYCLE,
    IMPORT_NAME,
    IMPORT_NOT_FOUND,
    IMPORT_OUTSIDE,
    TOO_DEEP,
)
from specc.elaborate.values import POISON, Definition, Poisoned
from specc.source import Source, Span
from specc.syntax import nodes
from specc.syntax.parse import parse
from specc.syntax.read import read

LIBRARY = Path(__file__).parent.parent / "library"
"""Where ``from "std/…"`` is found."""


@dataclass(eq=False)
class Module:
    """One file: its tree, and every name that its top level binds."""

    source: Source
    tree: nodes.File
    names_bound: dict[str, Any] = field(default_factory=dict[str, Any])
    places: dict[str, Span] = field(default_factory=dict[str, Span])
    imported: list[Module] = field(default_factory=list["Module"])

    def look_up(self, name: str) -> Any:
        """The definition of that name, or None.

        Raises:
            Poisoned: its import failed.
        """
        value = self.names_bound.get(name)
        if value is POISON:
            raise Poisoned
        return value

    def names(self) -> list[str]:
        """All names of blocks and models, own and imported."""
        return list(self.names_bound)

    @property
    def definitions(self) -> list[Definition]:
        """The blocks and models that are written in this file."""
        found = (self.names_bound.get(d.name.text) for d in self.tree.declarations if isinstance(d, nodes.Definition))
        return [d for d in found if isinstance(d, Definition) and d.module is self]


class Loader:
    """Loads a file with all that it imports, each file once."""

    def __init__(self, root: Path, report: Callable[[SpecError], None]) -> None:
        self.root = root.resolve()
        self.report = report
        self.loaded: dict[Path, Module] = {}

    def load(self, source: Source, tree: nodes.File) -> Module:
        """The module of a parsed file. Problems are reported and poison the names they concern."""
        return self._module(source, tree, (source.path.resolve(),) if source.path else ())

    def _module(self, source: Source, tree: nodes.File, chain: tuple[Path, ...]) -> Module:
        module = Module(source, tree)
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
            first = Related(module.places[name.text], "the first one")
            self.report(
                SpecError(Diagnostic(DUPLICATE_NAME, f"`{name.text}` is defined twice", name.span, related=(first,)))
            )
            return
        module.names_bound[name.text] = value
        module.places[name.text] = name.span

    def _import(self, module: Module, statement: nodes.Import, chain: tuple[Path, ...]) -> None:
        try:
            imported = self._load(module, statement.path, chain)
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
        file = self._find(module, path)
        if file in chain:
            raise SpecError(_cycle(chain[chain.index(file) :], file, path.span))
        if file in self.loaded:
            return self.loaded[file]
        if len(chain) >= limits.IMPORT_DEPTH:
            message = f"more than {limits.IMPORT_DEPTH} files import each other in a row"
            raise SpecError(Diagnostic(TOO_DEEP, message, path.span))
        source = read(_shown(file))
        loaded = self._module(source, parse(source), (*chain, file))
        self.loaded[file] = loaded
        return loaded

    def _find(self, module: Module, path: nodes.String) -> Path:
        text = path.value if path.value.endswith(".model") else path.value + ".model"
        in_library = text.startswith("std/")
        root = LIBRARY if in_library else self.root
        base = LIBRARY if in_library else module.source.folder
        part = Path(text.removeprefix("std/") if in_library else text)
        if part.is_absolute() or "://" in text or "\\" in text or "\0" in text:
            raise SpecError(_outside(path, "a path relative to this file"))
        file = (base / part).resolve()
        if not file.is_relative_to(LIBRARY if base.resolve().is_relative_to(LIBRARY) else root):
            raise SpecError(_outside(path, "a path to a file in the folder of the spec or below"))
        if not file.is_file():
            raise SpecError(self._not_found(path, file, in_library))
        return file

    def _not_found(self, path: nodes.String, file: Path, in_library: bool) -> Diagnostic:
        folder = file.parent
        known = [p.name for p in folder.glob("*.model")] if folder.is_dir() else []
        hint = did_you_mean(file.name, known)
        if in_library:
            names = sorted("std/" + p.relative_to(LIBRARY).with_suffix("").as_posix() for p in LIBRARY.rglob("*.model"))
            hint = did_you_mean(path.value, names) or (f"it has {', '.join(names) or 'nothing yet'}",)
            message = f"there is no `{path.value}` in the standard library"
            return Diagnostic(IMPORT_NOT_FOUND, message, path.span, help=hint)
        return Diagnostic(IMPORT_NOT_FOUND, f"there is no file `{_shown(file)}`", path.span, help=hint)


def _outside(path: nodes.String, expected: str) -> Diagnostic:
    return Diagnostic(
        IMPORT_OUTSIDE,
        f'"{path.value}" leads out of the folder of the spec',
        path.span,
        expected=expected,
        help=("move the file below the spec's folder",),
    )


def _cycle(files: tuple[Path, ...], file: Path, span: Span) -> Diagnostic:
    ring = " → ".join(f"`{f.name}`" for f in (*files, file))
    return Diagnostic(
        IMPORT_CYCLE, f"these files import each other: {ring}", span, help=("move what both need into a third file",)
    )


def _shown(path: Path) -> str:
    """A path as people would write it from where they are."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
