"""Reads JSON text (RFC 8259) with the place of every value; refuses what Python's own reader lets through.

A spec is parsed by Lark; JSON is not: other programs write it, and it is long. The scanner below reads ten times as
fast as a grammar with its tree did, and says more about what is wrong. Brackets nest to a fixed depth, so it may call
itself. Places are offsets; a `Span` or a JSON pointer is made only for what asks for one.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final, TypeAlias

from specc import limits
from specc.diagnostics import Diagnostic, Fix, Related, SpecError
from specc.diagnostics.codes import BAD_NUMBER, INTEGER_TOO_LARGE, JSON_DUPLICATE_KEY, JSON_SYNTAX, TOO_DEEP, Code
from specc.source import Source, Span

Scalar: TypeAlias = str | int | float | bool | None
Step: TypeAlias = str | int


class JsonValue:
    """A JSON value with its place. Made by the hundred thousand, and changed only while it is read.

    Attributes:
        value: its content; objects and lists hold values with places.
        start, end: where it stands.
        parent, step: what it is in, and its key or index there.
        key: where its key stands, with the quotes; -1 where it has none.
    """

    __slots__ = ("end", "key", "parent", "source", "start", "step", "value")

    value: dict[str, JsonValue] | list[JsonValue] | Scalar

    def __init__(
        self, source: Source, start: int, parent: JsonValue | None = None, step: Step = "", key: int = -1
    ) -> None:
        self.source, self.start, self.end = source, start, start
        self.parent, self.step, self.key = parent, step, key
        self.value = None

    @property
    def span(self) -> Span:
        return Span(self.source, self.start, self.end)

    @property
    def key_span(self) -> Span:
        """The name in an object, between its quotes; the value itself where it has none."""
        match = _STRING.match(self.source.text, self.key) if self.key >= 0 else None
        return Span(self.source, match.start() + 1, match.end() - 1) if match else self.span

    @property
    def pointer(self) -> str:
        """The JSON pointer (RFC 6901): ``/models/0/name``, empty for the whole document."""
        steps: list[str] = []
        here = self
        while here.parent is not None:
            steps.append(f"/{str(here.step).replace('~', '~0').replace('/', '~1')}")
            here = here.parent
        return "".join(reversed(steps))

    def plain(self) -> Any:
        """The value as Python data."""
        match self.value:
            case dict() as fields:
                return {k: v.plain() for k, v in fields.items()}
            case list() as items:
                return [v.plain() for v in items]
            case scalar:
                return scalar

    def at(self, *path: Step) -> JsonValue:
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

    def around(self, span: Span) -> JsonValue:
        """The smallest value here that a place lies in; a key belongs to its value."""
        children = self.value.values() if isinstance(self.value, dict) else self.value
        for child in children if not isinstance(children, Scalar) else ():
            if (child.start if child.key < 0 else child.key) <= span.start and span.end <= child.end:
                return child.around(span)
        return self


def read_json(source: Source) -> JsonValue:
    """The value that a text holds.

    Raises:
        SpecError: it isn't JSON, repeats a key, nests too deep, or has a number that JSON or 64 bits can't hold.
    """
    return _Reader(source).document()


_TOKEN: Final = re.compile(
    r"""[ \t\n\r]*+ (?: "([^"\\\x00-\x1f]*+)" | ([{}\[\],:]) | ("(?:[^"\\\n\r]|\\.)*+") | ([-+.\w]+) )""", re.VERBOSE
)
"""A text without escapes, a sign, any other text, a number or word; the last two are matched loosely."""

_PLAIN, _SIGN, _ESCAPED, _WORD = 1, 2, 3, 4

_KEY: Final = re.compile(r'[ \t\n\r]*+"([^"\\\x00-\x1f]*+)"[ \t\n\r]*+:')
_INTEGER: Final = re.compile(r"[ \t\n\r]*+(-?(?:0|[1-9][0-9]{0,17}))[ \t\n\r]*+(?:,(?![ \t\n\r]*+[}\]])|(\]))")
"""An integer of a list with the `,` or `]` after it: lists of numbers may be long."""

_NEXT: Final = re.compile(r"[ \t\n\r]*+([,}\]])")
_BLANK: Final = re.compile(r"[ \t\n\r]*+")
_STRING: Final = re.compile(r'"(?:[^"\\\n\r]|\\.)*+"')
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_WORDS: Final[dict[str, Scalar]] = {"true": True, "false": False, "null": None}

_FOREIGN: Final = {
    "True": "true", "False": "false", "None": "null", "none": "null", "undefined": "null", "TRUE": "true",
    "FALSE": "false", "NULL": "null", "Null": "null", "nil": "null",
}  # fmt: skip
"""How other languages write what JSON has, too."""

_WRONG_IN_TEXT: Final = re.compile(
    r"""(?P<pair>\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})
    | (?P<half>\\u[dD][89a-fA-F][0-9a-fA-F]{2} | [\ud800-\udfff])
    | (?P<right>\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))
    | (?P<escape>\\.)
    | (?P<control>[\x00-\x1f])""",
    re.VERBOSE,
)


class _Reader:
    def __init__(self, source: Source) -> None:
        self.source, self.text = source, source.text
        self.problems: list[Diagnostic] = []

    def document(self) -> JsonValue:
        try:
            root = self._value(0, 0, None, "", -1)
            rest = self._skip(root.end)
            if rest < len(self.text):
                raise SpecError(self._wrong(rest, "there is something after the end of the JSON value"))
        except SpecError as error:
            raise SpecError(*self.problems, *error.diagnostics) from None
        if self.problems:
            raise SpecError(*self.problems)
        return root

    def _value(self, at: int, depth: int, parent: JsonValue | None, step: Step, key: int) -> JsonValue:
        match = _TOKEN.match(self.text, at)
        if match is None:
            raise SpecError(self._wrong(at))
        kind = match.lastindex or 0
        value = JsonValue(self.source, match.start(kind), parent, step, key)
        value.end = match.end()
        if kind == _PLAIN:
            value.start -= 1
            value.value = match[_PLAIN]
        elif kind == _SIGN:
            self._bracketed(value, match[_SIGN], depth + 1)
        elif kind == _WORD:
            value.value = self._word(match[_WORD], value)
        else:
            value.value = self._string(match[_ESCAPED], value)
        return value

    def _bracketed(self, value: JsonValue, sign: str, depth: int) -> None:
        if sign not in "{[":
            raise SpecError(self._wrong(value.start))
        if depth > limits.NESTING:
            message = f"brackets nest deeper than {limits.NESTING}"
            raise SpecError(Diagnostic(TOO_DEEP, message, value.span))
        value.end = self._object(value, depth) if sign == "{" else self._array(value, depth)

    def _object(self, here: JsonValue, depth: int) -> int:
        fields: dict[str, JsonValue] = {}
        here.value = fields
        at = here.start + 1
        if self._closes(at, "}"):
            return self._skip(at) + 1
        while True:
            match = _KEY.match(self.text, at)
            if match is not None:
                key, place, at = match[1], match.start(1) - 1, match.end()
            else:
                key, place, at = self._odd_key(here, at)
            value = self._value(at, depth, here, key, place)
            if key in fields:
                self._repeated(fields[key], value)
            fields[key] = value
            closed, at = self._next(value.end, "}")
            if closed:
                return at

    def _array(self, here: JsonValue, depth: int) -> int:
        items: list[JsonValue] = []
        here.value = items
        at = here.start + 1
        if self._closes(at, "]"):
            return self._skip(at) + 1
        while True:
            match = _INTEGER.match(self.text, at)
            if match is not None:
                item = JsonValue(self.source, match.start(1), here, len(items))
                item.value, item.end = int(match[1]), match.end(1)
                closed, at = match[2] is not None, match.end()
            else:
                item = self._value(at, depth, here, len(items), -1)
                closed, at = self._next(item.end, "]")
            items.append(item)
            if closed:
                return at

    def _next(self, at: int, end: str) -> tuple[bool, int]:
        """Whether the brackets close after a value, and where it goes on."""
        match = _NEXT.match(self.text, at)
        sign = match[1] if match is not None else ""
        if match is None or sign not in (end, ","):
            raise SpecError(self._wrong(at, missing=f"`,` or `{end}`"))
        if sign == "," and self._closes(match.end(), "}]"):
            comma = Span(self.source, match.start(1), match.end())
            raise SpecError(self._wrong(match.end(), comma=comma))
        return sign == end, match.end()

    def _closes(self, at: int, ends: str) -> bool:
        at = self._skip(at)
        return at < len(self.text) and self.text[at] in ends

    def _skip(self, at: int) -> int:
        match = _BLANK.match(self.text, at)
        return match.end() if match else at

    def _odd_key(self, here: JsonValue, at: int) -> tuple[str, int, int]:
        """A key with escapes; otherwise there is something else in its place."""
        start = self._skip(at)
        match = _STRING.match(self.text, start)
        if match is None:
            raise SpecError(self._wrong(start, missing="a key in double quotes"))
        place = JsonValue(self.source, start, here)
        place.end = match.end()
        colon = self._skip(match.end())
        if self.text[colon : colon + 1] != ":":
            raise SpecError(self._wrong(colon, missing="`:`"))
        return self._string(match.group(), place), start, colon + 1

    def _repeated(self, first: JsonValue, second: JsonValue) -> None:
        related = (Related(_quoted(first), "the first one"),)
        message = f'the key "{second.step}" stands twice'
        pointer = second.pointer
        self._add(Diagnostic(JSON_DUPLICATE_KEY, message, _quoted(second), related=related, pointer=pointer))

    def _word(self, text: str, place: JsonValue) -> Scalar:
        if text in _WORDS:
            return _WORDS[text]
        match = _NUMBER.fullmatch(text)
        if match is None:
            self._add(_no_value(text, place))
            return None
        if match[1] is None and match[2] is None:
            # A number of many digits isn't even read: that takes long.
            if len(text) <= 20 and abs(int(text)) <= limits.INTEGER:
                return int(text)
            self._problem(INTEGER_TOO_LARGE, "this integer is larger than 64 bits", place)
            return None
        value = float(text)
        if abs(value) == float("inf"):
            self._problem(BAD_NUMBER, "this number is too large", place)
            return None
        return value

    def _string(self, text: str, place: JsonValue) -> str:
        for match in _WRONG_IN_TEXT.finditer(text):
            if match.lastgroup in ("pair", "right"):
                continue
            at = place.start + match.start()
            span = Span(self.source, at, at + len(match.group()))
            message, hint = _WRONG_TEXTS[match.lastgroup or ""]
            self._add(Diagnostic(JSON_SYNTAX, message, span, pointer=place.pointer, help=(hint,)))
            return text
        return str(json.loads(text))

    def _problem(self, code: Code, message: str, place: JsonValue) -> None:
        self._add(Diagnostic(code, message, place.span, pointer=place.pointer))

    def _add(self, problem: Diagnostic) -> None:
        """What is wrong with a value doesn't end the reading, unless there is too much of it."""
        self.problems.append(problem)
        if len(self.problems) >= limits.FINDINGS:
            raise SpecError

    def _wrong(
        self, at: int, message: str = "this is not JSON", *, missing: str = "", comma: Span | None = None
    ) -> Diagnostic:
        """What can't stand at an offset."""
        at = self._skip(at)
        found = self.text[at : at + 12].split("\n")[0] or "the end of the file"
        if at == len(self.text):
            message = "the JSON ends too early" if self.text.strip() else "the file is empty"
        help = self._way_out(at, comma is not None)
        place = Span(self.source, at, min(at + 1, len(self.text)))
        fix = None if comma is None else Fix(comma, "")
        expected = missing if missing and not help else None
        return Diagnostic(JSON_SYNTAX, message, place, expected=expected, found=found, help=help, fix=fix)

    def _way_out(self, at: int, after_comma: bool) -> tuple[str, ...]:
        sign = self.text[at : at + 1]
        if after_comma:
            return ("a comma after the last item is not allowed",)
        if sign == '"' and not _STRING.match(self.text, at):
            return ("a text ends with a double quote, on the same line",)
        if sign and sign in "/#":
            return ("JSON has no comments",)
        if sign == "'" or re.match(r"\w", sign):
            return ("names and texts stand in double quotes",)
        return ()


_WRONG_TEXTS: Final = {
    "half": (
        "this text has a wrong escape: half of a character",
        r"a character beyond U+FFFF is a pair such as `\ud83d\ude00`",
    ),
    "escape": ("this text has a wrong escape", r"a backslash itself is written `\\`"),
    "control": ("this text has a control character", r"write it as an escape, such as `\t` or `\u0000`"),
}


def _quoted(value: JsonValue) -> Span:
    """The key of a value with its quotes."""
    inside = value.key_span
    return Span(value.source, inside.start - 1, inside.end + 1)


def _no_value(text: str, place: JsonValue) -> Diagnostic:
    """A word that is none of JSON's, or a number that it writes in another way."""
    message = f"`{text if len(text) <= 24 else text[:24] + '…'}` is no JSON value"
    fix = None
    if text in _FOREIGN:
        code, hint, fix = JSON_SYNTAX, f"JSON writes `{_FOREIGN[text]}`", Fix(place.span, _FOREIGN[text])
    elif text.lstrip("+-").casefold() in ("nan", "inf", "infinity"):
        code, hint = BAD_NUMBER, "JSON has no infinite and undefined numbers"
    elif re.fullmatch(r"-?0[0-9]+(\.[0-9]+)?", text):
        code, hint = BAD_NUMBER, "a number has no zeros in front"
    elif text[0] in "+-.0123456789":
        code, hint = BAD_NUMBER, "a number begins with a digit or `-`, and has digits on both sides of its point"
    else:
        code, hint = JSON_SYNTAX, "texts stand in double quotes"
    return Diagnostic(code, message, place.span, pointer=place.pointer, help=(hint,), fix=fix)
