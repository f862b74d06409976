"""The reference of declarations, as text and data."""

from __future__ import annotations

import inspect
from typing import Any

from specc.catalogue.bind import positional
from specc.catalogue.declare import Declaration, Missing, show_value, to_json
from specc.catalogue.registry import all_names


def known_names() -> list[str]:
    """The names of all declarations."""
    return all_names()


def summary(declaration: type[Declaration]) -> str:
    """The first sentence of the documentation."""
    return inspect.cleandoc(declaration.__doc__ or "").split("\n")[0]


def family(declaration: type[Declaration]) -> str:
    """The family that a declaration stands in: the name of its file."""
    return declaration.__module__.rsplit(".", 1)[-1]


def listing(found: dict[str, type[Declaration]]) -> list[str]:
    """All declarations of a kind, by family, a line each."""
    families: dict[str, list[type[Declaration]]] = {}
    for declaration in found.values():
        families.setdefault(family(declaration), []).append(declaration)
    longest = max(map(len, found), default=0)
    lines: list[str] = []
    for name, members in sorted(families.items()):
        lines += [*([""] if lines else []), name]
        lines += [f"  {d.__name__.ljust(longest)}  {summary(d)}" for d in members]
    return lines


def declaration_text(declaration: type[Declaration]) -> str:
    """A page about one declaration."""
    order = positional(declaration)
    names = [*order, *(n for n in declaration.params if n not in order)]
    rows = [
        [f"  {n}", _default(declaration, n), declaration.params[n].expects, declaration.params[n].doc] for n in names
    ]
    lines = [f"{_title(declaration)} ({declaration.kind})", "", inspect.cleandoc(declaration.__doc__ or ""), ""]
    if rows:
        lines += ["Arguments, by name and default:"]
        lines += [f"{n.strip()} = {d}\n    {doc}\n    takes {e}" for n, d, e, doc in rows]
    example = getattr(declaration, "example", "")
    if example:
        lines += ["", "Example:", *(f"  {line}" for line in str(example).strip().splitlines())]
    return "\n".join(lines)


def _title(declaration: type[Declaration]) -> str:
    """The name; of a function how it is called."""
    if declaration.kind != "op":
        return declaration.__name__
    first = [] if getattr(declaration, "implied", False) else [str(o) for o in getattr(declaration, "operands", ())]
    if getattr(declaration, "takes_list", False):
        first = [f"[{first[0]}, …]"]
    more = ["*operands"] if getattr(declaration, "variadic", False) else []
    return f"{declaration.__name__}({', '.join([*first, *positional(declaration), *more])})"


def _default(declaration: type[Declaration], name: str) -> str:
    default = declaration.params[name].default
    return "(required)" if isinstance(default, Missing) else show_value(default)


def declaration_record(declaration: type[Declaration]) -> dict[str, Any]:
    """One declaration as data."""
    order = positional(declaration)
    return {
        "name": declaration.__name__,
        "kind": declaration.kind,
        "family": family(declaration),
        "summary": summary(declaration),
        "doc": inspect.cleandoc(declaration.__doc__ or ""),
        "arguments": [
            {
                "name": name,
                "positional": name in order,
                "required": param.required,
                "default": None if param.required else to_json(param.default),
                "expects": param.expects,
                "doc": param.doc,
            }
            for name, param in declaration.params.items()
        ],
    }
