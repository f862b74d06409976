"""The reference of declarations, as text and data."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import Any, Final

from specc.catalogue.bind import positional
from specc.catalogue.declare import Declaration, Missing, show_value, to_json
from specc.catalogue.layer import Inferred, Layer, Weight
from specc.catalogue.registry import all_names
from specc.catalogue.symbolic import in_symbols
from specc.program.types import TensorType


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
        [f"  {n}", default_text(declaration, n), declaration.params[n].expects, declaration.params[n].doc]
        for n in names
    ]
    lines = [f"{title(declaration)} ({declaration.kind})", "", inspect.cleandoc(declaration.__doc__ or ""), ""]
    if rows:
        lines += ["Arguments, by name and default:"]
        lines += [f"{n.strip()} = {d}\n    {doc}\n    takes {e}" for n, d, e, doc in rows]
    if issubclass(declaration, Layer):
        lines += ["", "Example:", f"  {example(declaration)}", "", "In symbols:"]
        lines += [f"  {line}" for line in rule_lines(declaration)]
    if declaration.aliases:
        lines += ["", f"Keras also calls it {' and '.join(declaration.aliases)}."]
    return "\n".join(lines)


def example(declaration: type[Layer]) -> str:
    """The example as a line."""
    return " ".join(str(declaration.example).split())


def rule_lines(declaration: type[Layer]) -> list[str]:
    """What the example's layer makes of sizes with names, its weights, and its operations."""
    types, inferred = example_in_symbols(declaration)
    lines = [f"{_listed(types)} → {_listed(inferred.outputs)}"]
    if inferred.weights:
        shown = (f"{w.name} [{', '.join(map(str, w.shape))}]" + _frozen(w) for w in inferred.weights)
        lines.append(f"weights: {', '.join(shown)}")
    flops = str(inferred.flops)
    if flops != "0" and len(flops) <= _LONGEST_FORMULA:
        lines.append(f"FLOPs per example: {flops}")
    return lines


_LONGEST_FORMULA: Final = 80


def example_in_symbols(declaration: type[Layer]) -> tuple[tuple[TensorType, ...], Inferred]:
    """The types of the example's inputs with names for sizes, and what the layer makes of them."""
    from specc.compiler import compile_text

    graph = compile_text(f"model Example {{ {declaration.example} }}").model("Example")
    node = next(n for n in graph.nodes if n.type_name == declaration.__name__)
    assert isinstance(node.layer, Layer)
    return in_symbols(node.layer, [graph.type_of(port) for port in node.ports])


def _listed(types: Iterable[TensorType]) -> str:
    return ", ".join(map(str, types))


def _frozen(weight: Weight) -> str:
    return "" if weight.trainable else " (not trained)"


def title(declaration: type[Declaration]) -> str:
    """The name; of a function how it is called."""
    if declaration.kind != "op":
        return declaration.__name__
    first = [] if getattr(declaration, "implied", False) else [str(o) for o in getattr(declaration, "operands", ())]
    if getattr(declaration, "takes_list", False):
        first = [f"[{first[0]}, …]"]
    more = ["*operands"] if getattr(declaration, "variadic", False) else []
    return f"{declaration.__name__}({', '.join([*first, *positional(declaration), *more])})"


def default_text(declaration: type[Declaration], name: str) -> str:
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
        "aliases": list(declaration.aliases),
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
