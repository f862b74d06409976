"""Where declarations are found by kind and name. A family file registers its declarations by being imported.

Only the files that are asked for are imported, as the index `specc.catalogue.where` says. In a checkout whose files
are newer than the index, all of them are.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from specc.catalogue.where import ALIASES, WHERE

if TYPE_CHECKING:
    from specc.catalogue.declare import Declaration

_known: dict[str, dict[str, type[Declaration]]] = {}
_aliases: dict[str, dict[str, str]] = {kind: dict(names) for kind, names in ALIASES.items()}
"""The declarations' names by their other names, by kind."""


_foreign: dict[str, dict[str, dict[str, type[Declaration]]]] = {}
"""What plugins declare: by module, kind and name."""

_allowed: ContextVar[tuple[str, ...]] = ContextVar("modules of plugins", default=())
"""The modules whose declarations are seen here."""


@contextmanager
def seeing(modules: Sequence[str]) -> Generator[None]:
    """Inside, the declarations of plugins' modules are found, too, with those of modules below them."""
    token = _allowed.set(tuple(modules))
    try:
        yield
    finally:
        _allowed.reset(token)


def see(modules: Sequence[str]) -> None:
    """From here on, the declarations of plugins' modules are found, too."""
    _allowed.set(tuple(modules))


def foreign(module: str) -> dict[str, dict[str, type[Declaration]]]:
    """What a plugin's module and those below it declare, by kind and name."""
    found: dict[str, dict[str, type[Declaration]]] = {}
    for name, table in _foreign.items():
        if name == module or name.startswith(f"{module}."):
            for kind, declared in table.items():
                found.setdefault(kind, {}).update(declared)
    return found


def _allowed_tables() -> list[dict[str, dict[str, type[Declaration]]]]:
    return [foreign(module) for module in _allowed.get()]


def register(declaration: type[Declaration]) -> None:
    """Add a declaration; refuses a second one of the same kind and name. One from elsewhere is a plugin's."""
    own = declaration.__module__.startswith("specc.")
    table = _known if own else _foreign.setdefault(declaration.__module__, {})
    names = table.setdefault(declaration.kind, {})
    if declaration.__name__ in names:
        raise TypeError(f"there are two declarations of the {declaration.kind} {declaration.__name__}")
    names[declaration.__name__] = declaration
    _aliases.setdefault(declaration.kind, {}).update(
        dict.fromkeys(vars(declaration).get("aliases", ()), declaration.__name__)
    )
    _own_kinds_of.cache_clear()


@cache
def load_all() -> Mapping[str, Mapping[str, type[Declaration]]]:
    """Import every family; all declarations by kind and name."""
    import specc.catalogue as package

    for module in pkgutil.walk_packages(package.__path__, "specc.catalogue."):
        importlib.import_module(module.name)
    return _known


@cache
def _prepare() -> None:
    """Import everything where the index may be out of date."""
    if _is_stale():
        load_all()


def _is_stale() -> bool:
    """Whether this is a checkout with files that are newer than the index; nobody edits installed ones."""
    folder = Path(__file__).parent
    if (folder.parent / "grammar").is_dir():
        return False
    written = (folder / "where.py").stat().st_mtime
    files = (os.path.join(place, name) for place, _, found in os.walk(folder) for name in found)  # noqa: PTH118
    return any(file.endswith(".py") and os.stat(file).st_mtime > written for file in files)  # noqa: PTH116


def names(kind: str) -> list[str]:
    """The names of all declarations of a kind, in alphabetical order; nothing is imported for them."""
    _prepare()
    return sorted(
        {*WHERE.get(kind, ()), *_known.get(kind, ()), *(n for t in _allowed_tables() for n in t.get(kind, ()))}
    )


def declarations(kind: str) -> dict[str, type[Declaration]]:
    """All declarations of a kind, by name, in alphabetical order."""
    return {name: found for name in names(kind) if (found := find(kind, name))}


def find(kind: str, name: str) -> type[Declaration] | None:
    """The declaration of that kind and name, if there is one; also by another name that Keras has for it."""
    if (found := _known.get(kind, {}).get(name)) is not None:
        return found
    _prepare()
    name = _aliases.get(kind, {}).get(name, name)
    if (module := WHERE.get(kind, {}).get(name)) is None:
        found = _known.get(kind, {}).get(name)
        if found is not None or not _allowed.get():
            return found
        return next((t[kind][name] for t in _allowed_tables() if name in t.get(kind, ())), None)
    importlib.import_module(module)
    return _known.get(kind, {}).get(name)


def kinds_of(name: str) -> list[str]:
    """The kinds that have a declaration of this name, layers first (``Identity`` is a layer and an initializer)."""
    own = _own_kinds_of(name)
    return own or sorted({kind for table in _allowed_tables() for kind, found in table.items() if name in found})


@lru_cache(maxsize=4096)
def _own_kinds_of(name: str) -> list[str]:
    _prepare()
    found = {k for named in (WHERE, _known, _aliases) for k, known in named.items() if name in known}
    return sorted(found, key=lambda kind: (kind != "layer", kind))


def all_names() -> list[str]:
    """The names of all declarations of all kinds."""
    return sorted({name for kind in {*WHERE, *_known} for name in names(kind)})
