"""Trees for comparison: without places, and texts to make them from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from specc.diagnostics import SpecError
from specc.source import Source
from specc.syntax import nodes
from specc.syntax.parse import parse, parse_expression

TOUR = (Path(__file__).parent / "tour.model").read_text(encoding="utf-8")


def file(text: str) -> nodes.File:
    return parse(Source("test.model", text))


def expression(text: str) -> Any:
    """What an expression is, as `plain` writes it."""
    return plain(parse_expression(Source("test", text)))


def findings(text: str) -> list[str]:
    """What is wrong with a file, each as ``line:column CODE message | help``."""
    try:
        file(text)
    except SpecError as error:
        return [
            " | ".join([f"{d.span.position[0]}:{d.span.position[1]} {d.code} {d.message}", *d.help])
            for d in error.diagnostics
        ]
    return []


def plain(node: Any) -> Any:
    """A tree as nested tuples, without places and comments."""
    if isinstance(node, nodes.Name | nodes.Identifier):
        return node.text
    if isinstance(node, nodes.Node):
        values = [plain(getattr(node, f.name)) for f in fields(node) if f.name not in ("span", "comments")]
        return (type(node).__name__, *values)
    if isinstance(node, tuple):
        return tuple(plain(n) for n in node)
    return node


def walk(node: nodes.Node) -> Iterator[tuple[nodes.Node, nodes.Node]]:
    """All pairs of a node and a direct part of it."""
    for field in fields(node):
        if field.name == "comments":
            continue
        value = getattr(node, field.name)
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, nodes.Node):
                yield node, part
                yield from walk(part)


# ── Generated expressions: pairs of a text with brackets everywhere and the tree it stands for ───────────────────────

NAMES = ["x", "_y2", "Dense", "iff", "input_size", "data", "model", "test", "input", "output", "export", "train", "as"]
NUMBERS = ["0", "7", "10_000", "1.5", "1e-4", "2E+3"]
STRINGS = ['""', '"a # b"', r'"q\" \\ \n \u{e9}"', '"{x}"']
OPERATORS = ["+", "-", "*", "/", "//", "%", "**", "==", "!=", "<", "<=", ">", ">=", "and", "or", "in"]
CONSTANTS = {"true": True, "false": False, "none": None}

Pair = tuple[str, Any]


def _leaf(kind: str, texts: list[str], values: list[Any]) -> st.SearchStrategy[Pair]:
    return st.sampled_from([(t, (kind, v)) for t, v in zip(texts, values, strict=True)])


_LEAVES = st.one_of(
    st.sampled_from([(n, n) for n in NAMES]),
    _leaf("Number", NUMBERS, [0, 7, 10000, 1.5, 1e-4, 2e3]),
    _leaf("String", STRINGS, ["", "a # b", 'q" \\ \n é', "{x}"]),
    _leaf("Constant", list(CONSTANTS), list(CONSTANTS.values())),
)


def _compound(inner: st.SearchStrategy[Pair]) -> st.SearchStrategy[Pair]:
    some = st.lists(inner, max_size=3)
    many = st.lists(inner, min_size=2, max_size=4)
    names = st.sampled_from(NAMES)
    return st.one_of(
        st.tuples(st.sampled_from(["-", "not"]), inner).map(_unary),
        st.tuples(inner, st.sampled_from(OPERATORS), inner).map(_binary),
        many.map(lambda p: (" -> ".join(f"({t})" for t, _ in p), ("Chain", tuple(v for _, v in p)))),
        st.tuples(inner, inner, inner).map(_conditional),
        some.map(lambda p: (f"[{', '.join(t for t, _ in p)}]", ("ListLiteral", tuple(v for _, v in p)))),
        some.map(lambda p: (f"({''.join(f'({t}),' for t, _ in p)})", ("TupleLiteral", tuple(v for _, v in p)))),
        st.lists(st.tuples(names, inner), max_size=3).map(_record),
        st.tuples(inner, st.lists(st.tuples(st.none() | names, inner), max_size=3)).map(_call),
        st.tuples(inner, st.lists(_item(inner), min_size=1, max_size=3)).map(_index),
    )


def _unary(parts: tuple[str, Pair]) -> Pair:
    operator, (text, value) = parts
    return f"{operator} ({text})", ("Unary", operator, value)


def _binary(parts: tuple[Pair, str, Pair]) -> Pair:
    (left, a), operator, (right, b) = parts
    return f"({left}) {operator} ({right})", ("Binary", operator, a, b)


def _conditional(parts: tuple[Pair, Pair, Pair]) -> Pair:
    (c, a), (yes, b), (no, d) = parts
    return f"if {c} then {yes} else {no}", ("Conditional", a, b, d)


def _record(parts: list[tuple[str, Pair]]) -> Pair:
    text = " ".join(f"{n} = {t}" for n, (t, _) in parts)
    return f"{{{text}}}", ("Record", tuple(("Setting", n, v) for n, (_, v) in parts))


def _call(parts: tuple[Pair, list[tuple[str | None, Pair]]]) -> Pair:
    (callee, a), arguments = parts
    text = ", ".join((f"{n}=" if n else "") + t for n, (t, _) in arguments)
    return f"({callee})({text})", ("Call", a, tuple(("Argument", n, v) for n, (_, v) in arguments))


def _index(parts: tuple[Pair, list[Pair]]) -> Pair:
    (value, a), items = parts
    return f"({value})[{', '.join(t for t, _ in items)}]", ("Index", a, tuple(v for _, v in items))


def _item(inner: st.SearchStrategy[Pair]) -> st.SearchStrategy[Pair]:
    end = st.none() | inner
    return st.one_of(inner, st.just(("...", ("Ellipsis",))), st.tuples(end, end, end).map(_slice))


def _slice(parts: tuple[Pair | None, ...]) -> Pair:
    texts = [f"({p[0]})" if p else "" for p in parts]
    values = [p[1] if p else None for p in parts]
    return ":".join(texts if parts[2] else texts[:2]), ("Slice", *values)


EXPRESSIONS: st.SearchStrategy[Pair] = st.recursive(_LEAVES, _compound, max_leaves=12)
