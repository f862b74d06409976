"""Where declarations are found by kind and name. A family file registers its declarations by being imported."""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from specc.catalogue.declare import Declaration

_known: dict[str, dict[str, type[Declaration]]] = {}
_loaded = False


def register(declaration: type[Declaration]) -> None:
    """Add a declaration; refuses a second one of the same kind and name."""
    names = _known.setdefault(declaration.kind, {})
    if declaration.__name__ in names:
        raise TypeError(f"there are two declarations of the {declaration.kind} {declaration.__name__}")
    names[declaration.__name__] = declaration


def _load() -> None:
    global _loaded
    if _loaded:
        return
    _loaded = True
    import specc.catalogue as package

    for module in pkgutil.walk_packages(package.__path__, "specc.catalogue."):
        importlib.import_module(module.name)


def declarations(kind: str) -> dict[str, type[Declaration]]:
    """All declarations of a kind, by name, in alphabetical order."""
    _load()
    return dict(sorted(_known.get(kind, {}).items()))


def find(kind: str, name: str) -> type[Declaration] | None:
    """The declaration of that kind and name, if there is one."""
    _load()
    return _known.get(kind, {}).get(name)


def kinds_of(name: str) -> list[str]:
    """The kinds that have a declaration of this name (``Add`` is a layer; ``Mean`` may be two things)."""
    _load()
    return [kind for kind, names in _known.items() if name in names]


def all_names() -> list[str]:
    """The names of all declarations of all kinds."""
    _load()
    return sorted({name for names in _known.values() for name in names})
