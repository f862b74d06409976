"""Python expressions that are put together as if they were what they say."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Code:
    """An expression as text: its attributes, calls and indices are texts again.

    ``named`` is what each call and operation is put into, so that everything that makes a tensor gets a name.
    """

    text: str
    named: Callable[[str], str] | None = None

    def __getattr__(self, name: str) -> Code:
        if name.startswith("__"):
            raise AttributeError(name)
        return Code(f"{self.text}.{name}", self.named)

    def __call__(self, *args: Any, **kwargs: Any) -> Code:
        given = [*map(literal, args), *(f"{k}={literal(v)}" for k, v in kwargs.items())]
        text = f"{self.text}({', '.join(given)})"
        # What a class gives is a layer, and no tensor yet.
        is_class = self.text.rpartition(".")[2][:1].isupper()
        return Code(text, self.named) if is_class else self._made(text)

    def __getitem__(self, items: Any) -> Code:
        items = items if isinstance(items, tuple) else (items,)
        return self._made(f"{self.text}[{', '.join(map(_index, items))}]")

    def __add__(self, other: Any) -> Code:
        return self._made(f"({self.text} + {literal(other)})")

    def __sub__(self, other: Any) -> Code:
        return self._made(f"({self.text} - {literal(other)})")

    def __mul__(self, other: Any) -> Code:
        return self._made(f"({self.text} * {literal(other)})")

    def _made(self, text: str) -> Code:
        return Code(self.named(text) if self.named else text, self.named)


def literal(value: Any) -> str:
    """A value as Python writes it."""
    match value:
        case Code():
            return value.text
        case tuple():
            inner = ", ".join(map(literal, value))
            return f"({inner},)" if len(value) == 1 else f"({inner})"
        case list():
            return f"[{', '.join(map(literal, value))}]"
        case str():
            return json.dumps(value, ensure_ascii=False)
        case _:
            return repr(value)


def _index(item: Any) -> str:
    if item is ...:
        return "..."
    if not isinstance(item, slice):
        return literal(item)
    start, stop, step = ("" if part is None else str(part) for part in (item.start, item.stop, item.step))
    return f"{start}:{stop}" + (f":{step}" if step else "")
