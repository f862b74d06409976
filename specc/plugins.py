"""Layers of one's own: installed packages that declare them, each allowed by its name, never by a spec.

A plugin is an entry point of the group ``specc.layers``, ``acme = "acme_layers.declared"``: a module with declarations
in the form of `specc.catalogue`. Allowing one imports that module, which runs its code; so a spec alone can't do it.
"""

from __future__ import annotations

import importlib
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final

from specc.catalogue import registry
from specc.diagnostics import Diagnostic, SpecError, did_you_mean
from specc.diagnostics.codes import BAD_PLUGIN, PLUGIN_NEEDED, PLUGIN_NOT_FOUND
from specc.source import Source, Span

GROUP: Final = "specc.layers"


@dataclass(frozen=True, slots=True)
class Plugin:
    """An installed package that declares layers; ``module`` is where they stand."""

    name: str
    version: str
    module: str


_current: ContextVar[tuple[Plugin, ...]] = ContextVar("plugins", default=())


def current() -> tuple[Plugin, ...]:
    """The plugins that are allowed here."""
    return _current.get()


@contextmanager
def allowed(*names: str) -> Generator[None]:
    """Inside, specs may use what the plugins of these names declare.

    Raises:
        SpecError: one isn't installed, can't be imported, or declares something wrong.
    """
    with using(load(names)):
        yield


@contextmanager
def using(plugins: Sequence[Plugin]) -> Generator[None]:
    """Inside, these plugins are allowed."""
    token = _current.set(tuple(plugins))
    try:
        with registry.seeing([p.module for p in plugins]):
            yield
    finally:
        _current.reset(token)


def allow(names: Iterable[str]) -> None:
    """Allow plugins from here on, for a command line.

    Raises:
        SpecError: as `allowed`.
    """
    plugins = load(names)
    _current.set(plugins)
    registry.see([p.module for p in plugins])


def installed() -> list[str]:
    """The names of all installed plugins; none is imported."""
    from importlib.metadata import entry_points

    return sorted({e.name for e in entry_points(group=GROUP)})


def load(names: Iterable[str]) -> tuple[Plugin, ...]:
    """The plugins of some names, imported.

    Raises:
        SpecError: as `allowed`.
    """
    return tuple(_load(name) for name in dict.fromkeys(names))


def _load(name: str) -> Plugin:
    from importlib.metadata import entry_points

    place = Span(Source(f"--plugin {name}", name), 0, len(name))
    found = {e.value: e for e in entry_points(group=GROUP, name=name)}
    if not found:
        known = installed()
        hint = did_you_mean(name, known) or (
            f"installed are {', '.join(known)}" if known else "no plugin is installed",
        )
        raise SpecError(Diagnostic(PLUGIN_NOT_FOUND, f"no plugin `{name}` is installed", place, help=hint))
    if len(found) > 1:
        message = f"several packages have a plugin `{name}`: {', '.join(sorted(found))}"
        raise SpecError(Diagnostic(PLUGIN_NOT_FOUND, message, place, help=("uninstall one of them",)))
    (entry,) = found.values()
    try:
        importlib.import_module(entry.module)
    except Exception as error:  # whatever a plugin's code raises
        message = f"the plugin `{name}` can't be imported: {type(error).__name__}: {error}"
        raise SpecError(Diagnostic(BAD_PLUGIN, message, place)) from error
    _require_names(name, entry.module, place)
    return Plugin(name, entry.dist.version if entry.dist else "0", entry.module)


def _require_names(name: str, module: str, place: Span) -> None:
    """A plugin declares something, and no name of the catalogue."""
    declared = registry.foreign(module)
    if not any(declared.values()):
        message = f"the plugin `{name}` declares nothing: `{module}` has no subclass of `specc.catalogue.layer.Layer`"
        raise SpecError(Diagnostic(BAD_PLUGIN, message, place))
    with registry.seeing([]):
        taken = [n for kind, found in declared.items() for n in found if registry.find(kind, n) is not None]
    if taken:
        message = f"the plugin `{name}` declares `{taken[0]}`, which the catalogue has"
        raise SpecError(Diagnostic(BAD_PLUGIN, message, place, help=("call it something else",)))


# ── Which plugins a program needs ────────────────────────────────────────────────────────────────


def needed(declarations: Iterable[Any]) -> dict[str, str]:
    """The names and versions of the plugins that some declarations are of."""
    modules = {type(d).__module__ for d in declarations if d is not None and type(d).keras_class}
    return {p.name: p.version for p in current() if any(m == p.module or m.startswith(f"{p.module}.") for m in modules)}


def require(wanted: dict[str, str], place: Span) -> None:
    """Refuse to go on without the plugins that something was made with.

    Raises:
        SpecError: one isn't allowed here, or is of a version with another first number.
    """
    have = {p.name: p.version for p in current()}
    for name, version in wanted.items():
        if name not in have:
            hint = (f"allow it, if you trust it: `--plugin {name}`",)
            message = f"this needs the plugin `{name}` {version}, which runs code"
            raise SpecError(Diagnostic(PLUGIN_NEEDED, message, place, help=hint))
        if have[name].partition(".")[0] != version.partition(".")[0]:
            hint = (f"install a version {version.partition('.')[0]}.… of it",)
            message = f"this was made with version {version} of the plugin `{name}`, here is {have[name]}"
            raise SpecError(Diagnostic(PLUGIN_NEEDED, message, place, help=hint))
