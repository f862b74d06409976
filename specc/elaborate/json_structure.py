"""Whether a JSON text is of the form's structure: one walk along its description, in our own words.

The description is `specc.program.schema.structure`, of which the published schema is made, too. It uses a part of JSON
Schema only; what a walk finds is said at the key or value that is wrong, and of the branch that is meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import islice
from typing import Any, Final

from specc import limits
from specc.catalogue.params import LABEL
from specc.diagnostics import Diagnostic, did_you_mean
from specc.diagnostics.codes import JSON_STRUCTURE
from specc.diagnostics.diagnostic import closest
from specc.elaborate.json_text import JsonValue
from specc.program.schema import Schema, structure

_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "object": (dict,), "array": (list,), "string": (str,), "integer": (int,), "number": (int, float),
    "boolean": (bool,),
}  # fmt: skip
_NAMED: Final = {
    "object": "an object", "array": "a list", "string": "a text", "integer": "an integer", "number": "a number",
    "boolean": "true or false",
}  # fmt: skip


def structure_problems(document: JsonValue) -> list[Diagnostic]:
    """What is not of the form's structure, in the order of the text; the walk ends where there is too much of it."""
    return sorted(islice(_check(structure(), document), limits.FINDINGS), key=lambda d: d.sort_key)


def record_problems(kind: str, record: JsonValue) -> list[Diagnostic]:
    """The same for the record of a declared object inside of arguments."""
    return list(_check(structure()["$defs"][kind], record))


def _check(schema: Schema, value: JsonValue) -> Iterator[Diagnostic]:
    schema = _resolved(schema)
    content = value.value
    if "type" in schema and type(content) not in _admitted(schema["type"]):
        yield _wrong_kind(schema["type"], value)
        return
    if type(content) is dict:
        if "properties" in schema:
            yield from _closed(schema, value, content)
        elif schema.get("additionalProperties"):
            for item in content.values():
                yield from _check(schema["additionalProperties"], item)
        for key in schema["not"]["required"] if "not" in schema else ():
            if key in content:
                yield _out_of_place(content[key])
    elif type(content) is list and "items" in schema:
        items = schema["items"]
        for item in content:
            yield from _check(items, item)
    if problem := _out_of_bounds(schema, value):
        yield problem
    if "if" in schema:
        branch = schema.get("then" if _holds(schema["if"], value) else "else")
        if branch is not None:
            yield from _check(branch, value)


def _resolved(schema: Schema) -> Schema:
    reference = schema.get("$ref")
    return schema if reference is None else structure()["$defs"][reference.removeprefix("#/$defs/")]


def _admitted(types: str | list[str]) -> tuple[type, ...]:
    return _TYPES[types] if isinstance(types, str) else _any_of(tuple(types))


@cache
def _any_of(types: tuple[str, ...]) -> tuple[type, ...]:
    return tuple(t for name in types for t in _TYPES[name])


def _holds(condition: Schema, value: JsonValue) -> bool:
    """Whether a value is what a branch is about: of its type, with its keys and their constants."""
    content = value.value
    if "type" in condition and type(content) not in _admitted(condition["type"]):
        return False
    if not isinstance(content, dict):
        return True
    wanted = condition.get("properties", {})
    return all(key in content for key in condition.get("required", ())) and all(
        content[key].value == rule["const"] for key, rule in wanted.items() if key in content
    )


def _closed(schema: Schema, here: JsonValue, content: dict[str, JsonValue]) -> Iterator[Diagnostic]:
    """An object with known keys: unknown ones, missing ones, and what the others hold."""
    properties: Schema = schema["properties"]
    meant: set[str] = set()
    for key, item in content.items():
        rule = properties.get(key)
        if rule is not None:
            yield from _check(rule, item)
            continue
        free = [k for k in properties if k not in content and k not in meant]
        best = closest(key, free)
        meant |= {best} if best else set()
        yield _unknown_key(schema, item, best)
    missing = [key for key in schema.get("required", ()) if key not in content and key not in meant]
    if missing:
        message = f"this {schema['title']} has no {_listed(f'`{k}`' for k in missing)}"
        yield Diagnostic(JSON_STRUCTURE, message, here.span, pointer=here.pointer)


def _unknown_key(schema: Schema, item: JsonValue, best: str | None) -> Diagnostic:
    place, known = item.key_span, ", ".join(f"`{k}`" for k in schema["properties"])
    return Diagnostic(
        JSON_STRUCTURE,
        f"unknown key `{_short(str(item.step))}` of this {schema['title']}",
        place,
        help=did_you_mean(best, [best]) if best else (f"it may have {known}",),
        pointer=item.pointer,
    )


def _out_of_place(item: JsonValue) -> Diagnostic:
    message = f"`{item.step}` stands beside `{item.parent.step if item.parent else ''}`, not in it"
    return Diagnostic(JSON_STRUCTURE, message, item.key_span, pointer=item.pointer)


def _wrong_kind(types: str | list[str], value: JsonValue) -> Diagnostic:
    wanted = " or ".join(_NAMED[t] for t in ([types] if isinstance(types, str) else types))
    message = f"{_called(value)} must be {wanted}, found {_kind(value)}"
    return Diagnostic(JSON_STRUCTURE, message, value.span, pointer=value.pointer)


def _out_of_bounds(schema: Schema, value: JsonValue) -> Diagnostic | None:
    content: Any = value.value
    message, expected, help = "", None, ()
    if "const" in schema and (content != schema["const"] or isinstance(content, bool)):
        message = f"must be {schema['const']}"
    elif "enum" in schema and content not in schema["enum"]:
        if not isinstance(content, str):
            return _wrong_kind("string", value)
        message, expected = f"can't be `{_short(content)}`", ", ".join(schema["enum"])
        help = did_you_mean(content, schema["enum"])
    elif isinstance(content, str):
        message, expected = _wrong_text(schema, content)
    elif isinstance(content, int | float):
        message = _wrong_number(schema, content)
    elif isinstance(content, dict | list):
        message = _wrong_count(schema, len(content))
    if not message:
        return None
    message = f"{_called(value)} {message}"
    return Diagnostic(JSON_STRUCTURE, message, value.span, expected=expected, help=help, pointer=value.pointer)


def _wrong_number(schema: Schema, number: float) -> str:
    if number < schema.get("minimum", number):
        return f"must be at least {schema['minimum']}, found {number}"
    return f"must be at most {schema['maximum']:,}, found {number:,}" if number > schema.get("maximum", number) else ""


def _wrong_count(schema: Schema, count: int) -> str:
    if count < schema.get("minItems", 0):
        return "must not be empty"
    return f"has more than {schema['maxItems']} items" if count > schema.get("maxItems", count) else ""


def _wrong_text(schema: Schema, content: str) -> tuple[str, str | None]:
    if not content and ("pattern" in schema or "minLength" in schema):
        return "must not be empty", None
    if len(content) > schema.get("maxLength", len(content)):
        return f"is longer than {schema['maxLength']} characters", None
    if "pattern" in schema and not _matches(schema["pattern"])(content):
        allowed = "letters, digits, `_`, `-` and `.`" if schema["pattern"] == LABEL else "letters, digits and `_`"
        return f"can't be `{_short(content)}`", f"a name of {allowed}"
    return "", None


@cache
def _matches(pattern: str) -> Any:
    return re.compile(pattern.replace("$", r"\Z")).match


def _called(value: JsonValue) -> str:
    """What messages call a value: by its key, or that of the list it is in."""
    if value.parent is None:
        return "the JSON form"
    return f"`{_short(value.step)}`" if isinstance(value.step, str) else f"each of {_called(value.parent)}"


def _kind(value: JsonValue) -> str:
    match value.value:
        case None:
            return "null"
        case bool() as flag:
            return "true" if flag else "false"
        case int() | float() as number:
            return f"the number {number}"
        case str():
            return "a text"
        case list():
            return "a list"
        case dict():
            return "an object"


def _listed(names: Iterable[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}…"
