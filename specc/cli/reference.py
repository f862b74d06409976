"""The reference of declarations, as text and data."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Sequence
from textwrap import wrap
from typing import Any, Final, NamedTuple

from specc.catalogue.bind import positional
from specc.catalogue.declare import Declaration, Missing, show_value, to_json
from specc.catalogue.layer import Inferred, Layer, Weight
from specc.catalogue.registry import all_names, declarations
from specc.catalogue.symbolic import in_symbols
from specc.program.types import TensorType
from specc.source import Source
from specc.syntax.format import format_source

_HEADINGS: Final = {
    "loss": ("losses", "Losses"),
    "metric": ("metrics", "Metrics"),
    "optimizer": ("optimizers", "Optimizers"),
    "schedule": ("schedules", "Learning-rate schedules"),
    "initializer": ("initializers", "Initializers"),
    "regularizer": ("regularizers", "Regularizers"),
    "constraint": ("constraints", "Constraints"),
    "callback": ("callbacks", "Callbacks"),
    "checkpoint": ("checkpoints", "When a run is kept on disk"),
    "phase": ("phases", "Phases of a training"),
    "op": ("functions", "Functions of tensors"),
    "data": ("data", "Sources of data"),
    "filling": ("fillings", "What stands in the place of missing values"),
    "rule": ("rules", "Rules for bad data"),
    "combiner": ("combiners", "How members of an ensemble become one"),
    "sampler": ("samplers", "What members of an ensemble are trained on"),
    "pruner": ("pruners", "When a trial of a search ends early"),
}
"""A short name and the heading of each kind but layers, which stand by family."""

MODULES: Final = {
    "layer": "layers",
    "loss": "losses",
    "metric": "metrics",
    "optimizer": "optimizers",
    "schedule": "optimizers.schedules",
    "initializer": "initializers",
    "regularizer": "regularizers",
    "constraint": "constraints",
    "callback": "callbacks",
    "op": "ops",
}
"""Keras's module of each kind that Keras has."""

_UNNAMED: Final = frozenset({"AddLoss", "getitem"})
"""What has no name in those modules: in Keras it is `Layer.add_loss`, and `x[…]`."""

_LONGEST_COLUMN: Final = 24


class Group(NamedTuple):
    """What stands together in the reference."""

    name: str
    heading: str
    members: list[type[Declaration]]


def groups() -> list[Group]:
    """All declarations: layers by family, then all else by kind."""
    families: dict[str, list[type[Declaration]]] = {}
    for declared in declarations("layer").values():
        families.setdefault(family(declared), []).append(declared)
    layers = [
        Group(f"layers-{name.replace('_', '-')}", f"Layers: {name.replace('_', ' ')}", members)
        for name, members in sorted(families.items())
    ]
    return layers + [Group(name, words, [*declarations(kind).values()]) for kind, (name, words) in _HEADINGS.items()]


def known_names() -> list[str]:
    """The names of all declarations."""
    return all_names()


def summary(declaration: type[Declaration]) -> str:
    """The first line of the documentation."""
    return inspect.cleandoc(declaration.__doc__ or "").split("\n")[0]


def family(declaration: type[Declaration]) -> str:
    """The family that a declaration stands in: the name of its file."""
    return declaration.__module__.rsplit(".", 1)[-1]


def keras_name(declaration: type[Declaration]) -> str | None:
    """What Keras calls it, with its module; None where it isn't Keras's."""
    module, name = MODULES.get(declaration.kind), declaration.__name__
    return None if module is None or name in _UNNAMED else f"keras.{module}.{name}"


def keras_page(declaration: type[Declaration]) -> str | None:
    """The address of Keras's own page about it, at TensorFlow, where every public name of Keras has one."""
    name = keras_name(declaration)
    return name and f"https://www.tensorflow.org/api_docs/python/tf/{name.replace('.', '/')}"


def listing(width: int | None = None) -> list[str]:
    """All declarations by family and kind: a line each, or broken to a width."""
    lines: list[str] = []
    for _, heading, members in groups():
        lines += [*([""] if lines else []), heading]
        longest = max(len(d.__name__) for d in members)
        column = longest if width is None else min(longest, _LONGEST_COLUMN)
        for declared in members:
            lines += _entry(declared.__name__, summary(declared), column, width)
    return lines


def _entry(name: str, words: str, column: int, width: int | None) -> list[str]:
    indent = " " * (column + 4)
    if len(name) > column:
        return [f"  {name}", *broken([indent + words], width)]
    return broken([f"  {name.ljust(column)}  {words}"], width, indent)


def broken(lines: Iterable[str], width: int | None, indent: str | None = None) -> list[str]:
    """Lines broken between words to a width; what goes on is indented as its line, or by ``indent``."""
    if width is None:
        return [*lines]
    found: list[str] = []
    for line in lines:
        own = line[: len(line) - len(line.lstrip())] if indent is None else indent
        found += wrap(line, width, subsequent_indent=own, break_long_words=False, break_on_hyphens=False) or [""]
    return found


def paragraphs(declaration: type[Declaration]) -> list[str]:
    """The documentation, each paragraph a line; what is indented or a list stays in lines."""
    found: list[str] = []
    for line in inspect.cleandoc(declaration.__doc__ or "").split("\n"):
        goes_on = found and found[-1] and line and not line.startswith((" ", "- ", "|"))
        found = [*found[:-1], f"{found[-1]} {line}"] if goes_on else [*found, line]
    return found


def declaration_text(declaration: type[Declaration], width: int | None = None) -> str:
    """A page about one declaration, broken to a width where one is given."""
    lines = [f"{title(declaration)} ({declaration.kind})", "", *paragraphs(declaration), ""]
    if declaration.params:
        lines += ["Arguments, by name and default:"]
    for name in in_order(declaration):
        param = declaration.params[name]
        lines += [f"{name} = {default_text(declaration, name)}", f"    {param.doc}", f"    takes {param.expects}"]
    if issubclass(declaration, Layer):
        lines += ["", "Example:", *(f"  {line}" for line in example(declaration).splitlines())]
        lines += ["", "In symbols:", *(f"  {line}" for line in rule_lines(declaration))]
    if declaration.aliases:
        lines += ["", f"Keras also calls it {' and '.join(declaration.aliases)}."]
    if (page := keras_page(declaration)) is not None:
        lines += ["", f"In Keras: {page}"]
    return "\n".join(broken(lines, width))


def in_order(declaration: type[Declaration]) -> Sequence[str]:
    """The names of the arguments: first those that may be given by position, in their order."""
    order = positional(declaration)
    return [*order, *(n for n in declaration.params if n not in order)]


def example(declaration: type[Layer]) -> str:
    """The example as a block that uses the layer."""
    return format_source(Source("example.model", f"block Example {{ {declaration.example} }}"))


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
    record: dict[str, Any] = {
        "name": declaration.__name__,
        "kind": declaration.kind,
        "family": family(declaration),
        "summary": summary(declaration),
        "doc": inspect.cleandoc(declaration.__doc__ or ""),
        "aliases": list(declaration.aliases),
        "keras": keras_name(declaration),
        "page": keras_page(declaration),
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
    if issubclass(declaration, Layer):
        record |= {"example": example(declaration), "symbols": _symbols_record(declaration)}
    return record


def _symbols_record(declaration: type[Layer]) -> dict[str, Any]:
    """What the example's layer makes of sizes with names, as data; sizes are numbers or text."""
    types, inferred = example_in_symbols(declaration)
    return {
        "inputs": [str(t) for t in types],
        "outputs": [str(t) for t in inferred.outputs],
        "weights": [
            {"name": w.name, "shape": to_json(w.shape), "dtype": w.dtype, "trainable": w.trainable}
            for w in inferred.weights
        ],
        "flops": to_json(inferred.flops),
    }
