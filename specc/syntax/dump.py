"""The syntax tree as text."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

from specc.syntax import nodes


def dump(tree: nodes.File) -> str:
    """The tree, a line per node: indentation shows nesting, ``@line:column`` the place."""
    lines: list[str] = []
    _dump(tree, "", 0, lines)
    return "\n".join(lines) + "\n"


def _dump(value: Any, label: str, depth: int, lines: list[str]) -> None:
    start = "  " * depth + (f"{label}: " if label else "")
    if isinstance(value, nodes.Identifier):
        lines.append(f"{start}{value.text!r} {_place(value)}")
    elif is_dataclass(value) and isinstance(value, nodes.Node):
        lines.append(f"{start}{type(value).__name__} {_place(value)}")
        for field in fields(value):
            if field.name not in ("span", "comments"):
                _dump(getattr(value, field.name), field.name, depth + 1, lines)
    elif isinstance(value, tuple):
        lines.append(f"{start}[]" if not value else f"{start}[{len(value)}]")
        for item in value:
            _dump(item, "", depth + 1, lines)
    else:
        lines.append(f"{start}{value!r}")


def _place(node: nodes.Node) -> str:
    line, column = node.span.position
    return f"@{line}:{column}"
