"""The places of the parts of a value, so that later phases can point at one argument instead of the whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from specc.catalogue.declare import Declaration
from specc.source import Span
from specc.syntax import nodes


def parts_of(node: nodes.Expression, value: Any) -> Iterator[tuple[str, Span]]:
    """The settings of a record, or the arguments of a declared object, by name with their places."""
    match node:
        case nodes.Record(settings=settings):
            yield from ((s.name.text, s.value.span) for s in settings)
        case nodes.Call(arguments=arguments) if isinstance(value, Declaration):
            for name, argument in zip(value.params, arguments, strict=False):
                if argument.name is None:
                    yield name, argument.value.span
            yield from ((a.name.text, a.value.span) for a in arguments if a.name is not None)
        case _:
            return
