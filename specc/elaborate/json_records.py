"""Reads the records of the JSON form: declared objects, types, and what stands under a key.

The structure is checked before (`json_structure`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, TypeVar

from specc import limits
from specc.catalogue.bind import Given, bind
from specc.catalogue.declare import Declaration
from specc.catalogue.registry import find, names
from specc.diagnostics import Diagnostic, SpecError, did_you_mean
from specc.diagnostics.codes import DIM_TOO_LARGE, OUT_OF_RANGE, UNKNOWN_LAYER, UNKNOWN_OBJECT
from specc.elaborate.json_structure import record_problems
from specc.elaborate.json_text import JsonValue
from specc.elaborate.sizes import parse_size
from specc.program.dims import Dim
from specc.program.types import TensorType

T = TypeVar("T")
R = TypeVar("R")

_OBJECT_KINDS: Final = {
    "loss": "loss",
    "metrics": "metric",
    "weighted_metrics": "metric",
    "optimizer": "optimizer",
    "early_stopping": "callback",
    "reduce_lr": "callback",
    "tensorboard": "callback",
    "checkpoint": "checkpoint",
    "phases": "phase",
    "augment": "layer",
    "combine": "combiner",
    "sample": "sampler",
    "pruner": "pruner",
}

_BY_NAME: Final = ("loss", "metrics", "weighted_metrics", "augment")
"""Fields of a plan that have an object, or several, for each output or input."""


def plan_field(name: str, value: JsonValue) -> Any:
    kind = _OBJECT_KINDS.get(name)
    if kind is None:
        return value.plain()
    if name not in _BY_NAME:
        return objects(value, kind)
    fields = fields_of(value)
    return dict(zip(fields, each(fields.values(), lambda v: objects(v, kind)), strict=True))


def objects(value: JsonValue, kind: str) -> Any:
    """A declared object in the place of its record, also inside a list."""
    match value.value:
        case dict():
            return declared(value, kind)
        case list() as items:
            return tuple(each(items, lambda v: objects(v, kind)))
        case scalar:
            return scalar


def declared(record: JsonValue, kind: str) -> Declaration:
    """The object that a record ``{"type": …, "arguments": {…}}`` describes."""
    name = text_of(record, "type")
    declaration = find(kind, name)
    if declaration is None:
        code = UNKNOWN_LAYER if kind == "layer" else UNKNOWN_OBJECT
        hint = did_you_mean(name, names(kind))
        raise SpecError(Diagnostic(code, f"unknown {kind} `{name}`", record.at("type").span, help=hint))
    fields = fields_of(record, "arguments")
    return bind(declaration, each(fields.items(), lambda f: _given(declaration, *f)), record.span)


def _given(declaration: type[Declaration], name: str, value: JsonValue) -> Given:
    param = declaration.params.get(name)
    if param is None:
        return Given(name, value.plain(), value.span, value.key_span)
    content = value.value
    if isinstance(content, dict | list) or (param.takes_sizes and isinstance(content, str)):
        content = _value(value, param.kinds, sizes=param.takes_sizes)
    return Given(name, content, value.span, value.key_span)


def _value(value: JsonValue, kinds: tuple[str, ...], *, sizes: bool) -> Any:
    match value.value:
        case dict() as fields if "type" in fields and kinds:
            kind = next((k for k in kinds if find(k, text_of(value, "type"))), kinds[0])
            if problems := record_problems(kind, value):
                raise SpecError(*problems)
            return declared(value, kind)
        case dict() as fields:
            return {k: _value(v, kinds, sizes=sizes) for k, v in fields.items()}
        case list() as items:
            return tuple(each(items, lambda v: _value(v, kinds, sizes=sizes)))
        case str() as text:
            return parse_size(text, value.span) if sizes else text
        case scalar:
            return scalar


def each(items: Iterable[T], make: Callable[[T], R]) -> list[R]:
    """What is made of each item.

    Raises:
        SpecError: with the findings of all items.
    """
    made: list[R] = []
    problems: list[Diagnostic] = []
    for item in items:
        try:
            made.append(make(item))
        except SpecError as error:
            problems += error.diagnostics
    if problems:
        raise SpecError(*problems)
    return made


# ── Small readers; the structure is checked before ───────────────────────────────────────────────


def fields_of(record: JsonValue, key: str | None = None) -> dict[str, JsonValue]:
    value = record if key is None else record.at(key)
    return value.value if isinstance(value.value, dict) and (key is None or value is not record) else {}


def items_of(record: JsonValue, key: str) -> list[JsonValue]:
    value = record.at(key)
    return value.value if isinstance(value.value, list) else []


def text_of(record: JsonValue, key: str) -> str:
    return str(record.at(key).value)


def plain_of(record: JsonValue, key: str, default: Any) -> Any:
    value = record.at(key)
    return default if value is record else value.plain()


def type_of(record: JsonValue) -> TensorType:
    return TensorType(text_of(record, "dtype"), tuple(each(items_of(record, "shape"), size_of)))


def size_of(value: JsonValue) -> Dim:
    size = value.value if isinstance(value.value, int) else parse_size(str(value.value), value.span)
    if isinstance(size, int) and not 1 <= size <= limits.DIM:
        message = f"a size must be from 1 to {limits.DIM:,}, this is {size:,}"
        raise SpecError(Diagnostic(OUT_OF_RANGE if size < 1 else DIM_TOO_LARGE, message, value.span))
    return size
