"""Reads JSON text with the place of every value; refuses what Python's own reader lets through."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedInput

from specc import limits
from specc.diagnostics import Diagnostic, Related, Report, SpecError
from specc.diagnostics.codes import BAD_NUMBER, INTEGER_TOO_LARGE, JSON_DUPLICATE_KEY, JSON_SYNTAX, TOO_DEEP
from specc.source import Source, Span
from specc.syntax.tables import grammar_folder

Scalar: TypeAlias = str | int | float | bool | None


@dataclass(frozen=True, slots=True, eq=False)
class JsonValue:
    """A JSON value with its place; objects hold the places of their keys, too."""

    value: dict[str, JsonValue] | list[JsonValue] | Scalar
    span: Span
    pointer: str = ""

    def plain(self) -> Any:
        """The value as Python data."""
        match self.value:
            case dict() as fields:
                return {k: v.plain() for k, v in fields.items()}
            case list() as items:
                return [v.plain() for v in items]
            case scalar:
                return scalar

    def at(self, *path: str | int) -> JsonValue:
        """The value at a path, or the nearest enclosing one that exists."""
        here = self
        for step in path:
            match here.value:
                case dict() as fields if step in fields:
                    here = fields[str(step)]
                case list() as items if isinstance(step, int) and step < len(items):
                    here = items[step]
                case _:
                    return here
        return here


def read_json(source: Source) -> JsonValue:
    """The value that a text holds.

    Raises:
        SpecError: it isn't JSON, repeats a key, nests too deep, or has a number that JSON or 64 bits can't hold.
    """
    _check_depth(source)
    try:
        raw: Any = _parser().parse(source.text)
    except UnexpectedInput as error:
        raise SpecError(_syntax_error(source, error)) from None
    report = Report()
    value = _placed(source, raw, "", report)
    report.raise_if_errors()
    return value


def _check_depth(source: Source) -> None:
    depth = 0
    for match in re.finditer(r'"(?:[^"\\]|\\.)*"|[\[{\]}]', source.text):
        text = match.group()
        if text in "[{":
            depth += 1
            if depth > limits.NESTING:
                at = Span(source, match.start(), match.end())
                raise SpecError(Diagnostic(TOO_DEEP, f"brackets nest deeper than {limits.NESTING}", at))
        elif text in "]}":
            depth -= 1


@dataclass(frozen=True, slots=True)
class _Raw:
    kind: str
    items: list[Any]
    start: int
    end: int


class _Build(Transformer[Token, _Raw]):
    """Keeps offsets; runs inside of the parser, so nesting needs no recursion."""

    def object(self, children: list[Any]) -> _Raw:
        return self._bracketed("object", children)

    def array(self, children: list[Any]) -> _Raw:
        return self._bracketed("array", children)

    def _bracketed(self, kind: str, children: list[Any]) -> _Raw:
        items = children[1] if len(children) == 3 else []
        return _Raw(kind, items, children[0].start_pos, children[-1].end_pos)

    def pairs(self, children: list[Any]) -> list[Any]:
        return self._growing(children)

    def values(self, children: list[Any]) -> list[Any]:
        return self._growing(children)

    def _growing(self, children: list[Any]) -> list[Any]:
        """One list grows: Lark's own repetition would copy it for each item."""
        if len(children) == 1:
            return children
        children[0].append(children[2])
        return children[0]

    def pair(self, children: list[Any]) -> _Raw:
        return _Raw("pair", [children[0], children[2]], children[0].start_pos, children[2].end)

    def scalar(self, children: list[Any]) -> _Raw:
        return _Raw("scalar", children, children[0].start_pos, children[0].end_pos)


@cache
def _parser() -> Lark:
    text = (grammar_folder() / "json.lark").read_text(encoding="utf-8")
    return Lark(text, parser="lalr", transformer=_Build(), maybe_placeholders=False)


def _syntax_error(source: Source, error: UnexpectedInput) -> Diagnostic:
    at = getattr(error, "pos_in_stream", None)
    token = getattr(error, "token", None)
    if token is not None and token.type != "$END":
        at = token.start_pos
    start = len(source.text) if at is None or (token is not None and token.type == "$END") else at
    found = source.text[start : start + 12].split("\n")[0] or "the end of the file"
    hint = (
        "a comma after the last item is not allowed"
        if found[:1] in "]}"
        else "JSON has no comments"
        if found[:1] in "/#"
        else "names and texts stand in double quotes"
    )
    return Diagnostic(
        JSON_SYNTAX,
        "this is not JSON",
        Span(source, start, min(start + 1, len(source.text))),
        found=found,
        help=(hint,),
    )


def _placed(source: Source, raw: _Raw, pointer: str, report: Report) -> JsonValue:
    span = Span(source, raw.start, raw.end)
    if raw.kind == "object":
        return JsonValue(_fields(source, raw, pointer, report), span, pointer)
    if raw.kind == "array":
        items = [_placed(source, item, f"{pointer}/{i}", report) for i, item in enumerate(raw.items)]
        return JsonValue(items, span, pointer)
    try:
        return JsonValue(_scalar(str(raw.items[0]), span, pointer), span, pointer)
    except SpecError as error:
        report.extend(error.diagnostics)
        return JsonValue(None, span, pointer)


def _fields(source: Source, raw: _Raw, pointer: str, report: Report) -> dict[str, JsonValue]:
    fields: dict[str, JsonValue] = {}
    keys: dict[str, Span] = {}
    for pair in raw.items:
        token, value = pair.items
        place = Span(source, token.start_pos, token.end_pos)
        try:
            key = str(_scalar(str(token), place, pointer))
        except SpecError as error:
            report.extend(error.diagnostics)
            continue
        if key in fields:
            first = Related(keys[key], "the first one")
            report.add(
                Diagnostic(
                    JSON_DUPLICATE_KEY, f'the key "{key}" stands twice', place, related=(first,), pointer=pointer
                )
            )
        keys[key] = place
        fields[key] = _placed(source, value, f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}", report)
    return fields


_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_WORDS: dict[str, Scalar] = {"true": True, "false": False, "null": None}


def _scalar(text: str, span: Span, pointer: str) -> Scalar:
    if text in _WORDS:
        return _WORDS[text]
    if text.startswith('"'):
        return _string(text, span, pointer)
    match = _NUMBER.fullmatch(text)
    if match is None:
        code = BAD_NUMBER if text[:1] in "-0123456789" or text in ("NaN", "Infinity") else JSON_SYNTAX
        raise SpecError(Diagnostic(code, f"`{text[:24]}` is no JSON value", span, pointer=pointer))
    if match.group(2) is None and match.group(3) is None:
        if len(text) > 20 or abs(int(text)) > limits.INTEGER:
            raise SpecError(Diagnostic(INTEGER_TOO_LARGE, "this integer is larger than 64 bits", span, pointer=pointer))
        return int(text)
    value = float(text)
    if abs(value) == float("inf"):
        raise SpecError(Diagnostic(BAD_NUMBER, "this number is too large", span, pointer=pointer))
    return value


def _string(text: str, span: Span, pointer: str) -> str:
    try:
        value = json.loads(text)
        value.encode()
    except (ValueError, UnicodeEncodeError):
        raise SpecError(Diagnostic(JSON_SYNTAX, "this text has a wrong escape", span, pointer=pointer)) from None
    return value
