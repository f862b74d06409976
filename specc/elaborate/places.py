"""The places of the parts of a value, so that later phases can point at one argument instead of the whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from specc.catalogue.declare import Declaration
from specc.source import Span
from specc.syntax import nodes


def parts_of(node: nodes.Expression, value: Any) -> Iterator[tuple[tuple[str, ...], Span]]:
    """The parts of a value by their paths: settings of a record, items of a list, arguments of a declared object."""
    match node:
        case nodes.Record(settings=settings):
            for setting in settings:
                inner = value.get(setting.name.text) if isinstance(value, dict) else None  # pyright: ignore
                yield from _below(setting.name.text, setting.value, inner)
        case nodes.ListLiteral(items=items) | nodes.TupleLiteral(items=items):
            for index, item in enumerate(items):
                yield from _below(str(index), item, None)
        case nodes.Call(arguments=arguments) if isinstance(value, Declaration):
            for name, argument in zip(value.params, arguments, strict=False):
                if argument.name is None:
                    yield from _below(name, argument.value, None)
            for argument in arguments:
                if argument.name is not None:
                    yield from _below(argument.name.text, argument.value, None)
        case _:
            return


def _below(name: str, node: nodes.Expression, value: Any) -> Iterator[tuple[tuple[str, ...], Span]]:
    yield (name,), node.span
    yield from (((name, *path), span) for path, span in parts_of(node, value))
