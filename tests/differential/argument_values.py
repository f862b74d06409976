"""Values for an argument, read off its JSON Schema: at its bounds, inside of them and beyond, and of wrong kinds.

The schema says what every kind of argument accepts, so new kinds of arguments need nothing here.
"""

import ast
from collections.abc import Iterator
from functools import cache
from typing import Any

from conformance import example_of, read, value_of
from hints import CALLS, VALUES

from specc import limits
from specc.catalogue.declare import Declaration, Param, Refusal
from specc.catalogue.layer import Layer
from specc.catalogue.registry import declarations

WRONG: tuple[Any, ...] = ("nonsense", 2.5, True, None, -1, ())
"""Values of other kinds than what an argument takes."""


def tried(declaration: type[Declaration], name: str) -> list[Any]:
    """All values that are tried for an argument: right, at the edge, and wrong."""
    key = (declaration.__name__, name)
    calls = tuple(value_of(ast.parse(call, mode="eval").body) for call in CALLS.get(key, ()))
    hinted = VALUES.get(key, ()) + calls
    return _distinct([*(hinted or of_schema(declaration.params[name].schema())), *WRONG])


def right(declaration: type[Declaration], name: str) -> list[Any]:
    """Those of them that the argument accepts."""
    return [v for v in tried(declaration, name) if accepts(declaration.params[name], v)]


def accepts(param: Param[Any], value: Any) -> bool:
    """Whether an argument takes a value, whatever the others are."""
    try:
        param.accept(value)
    except Refusal:
        return False
    return True


def of_schema(schema: dict[str, Any]) -> Iterator[Any]:
    """Values that a schema admits, and those just beyond its bounds."""
    match schema:
        case {"anyOf": choices}:
            for choice in choices:
                yield from of_schema(choice)
        case {"const": value}:
            yield value
        case {"enum": words}:
            yield from words
        case {"$ref": reference}:
            yield from objects(reference.rpartition("/")[2])
        case {"type": "integer"}:
            yield from _integers(schema)
        case {"type": "number"}:
            yield from _numbers(schema)
        case {"type": "boolean"}:
            yield from (True, False)
        case {"type": "null"}:
            yield None
        case {"type": "string"}:
            yield from ("text", "another_text", "")
        case {"type": "array"}:
            yield from _arrays(schema)
        case {"type": "object"}:
            yield from _records(schema)
        case {"type": [*kinds]}:
            for kind in kinds:
                yield from of_schema({**schema, "type": kind})
        case _:
            raise AssertionError(f"no values for {schema}")


def _integers(schema: dict[str, Any]) -> Iterator[int]:
    low, high = schema.get("minimum"), schema.get("maximum", limits.DIM)
    if low is None:
        yield from (-1, 1, 2, 3, 0, -2, -4, 5)
    else:
        yield from (low, low + 1, low + 2, low + 4, low - 1)
    if high < limits.DIM:  # a size as large as sizes can be would fill the memory
        yield from (high, high + 1)


def _numbers(schema: dict[str, Any]) -> Iterator[float]:
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    if low is not None and high is not None:
        yield from (low + (high - low) / 4, low + (high - low) * 0.7)
    elif low is not None:
        yield from (low + 0.5, low + 3)
    else:
        yield from (0.5, -0.5, 3, 0.0)
    if low is not None:
        yield from (low, low - 0.5)
    if high is not None:
        yield from (high, high + 0.5)


def _arrays(schema: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    items = list(of_schema(schema.get("items", {"type": "number"})))[:6]
    least, most = schema.get("minItems", 0), schema.get("maxItems")
    count = most if most is not None else max(least, 2)
    for start in range(len(items)):
        yield tuple(items[(start + step) % len(items)] for step in range(count))
    yield (items[0],) * (count + 1)
    yield (items[0],) * max(count - 1, 1)
    yield (items[0], *("nonsense",) * (count - 1))
    if len(items) > 3 and most is None:
        yield tuple(items[:3])


def _records(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    names = list(schema.get("properties", {}))
    values = {name: list(of_schema(schema["properties"][name])) for name in names}
    yield {name: values[name][0] for name in names}
    yield from ({name: v} for name in names for v in values[name])
    yield {"unknown": 1}


@cache
def objects(kind: str) -> tuple[Declaration, ...]:
    """One object of each declaration of a kind; layers as in their examples."""
    found = declarations(kind).values()
    if kind == "layer":
        return tuple(read(example_of(d)).layer for d in found if issubclass(d, Layer))
    return tuple(made for d in found if (made := _object(d)) is not None)


def _object(declaration: type[Declaration]) -> Declaration | None:
    needed = {n: right(declaration, n)[:1] for n, p in declaration.params.items() if p.required}
    try:
        return declaration.make(**{n: v[0] for n, v in needed.items()})
    except (Refusal, IndexError):
        return None


def _distinct(values: list[Any]) -> list[Any]:
    """Each once; 1, 1.0 and true are different."""
    return list({(type(v).__name__, repr(v)): v for v in values}.values())
