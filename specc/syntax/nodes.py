"""The syntax tree of a `.model` file: plain, immutable, every node with its span."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cache
from typing import Any, Literal, TypeAlias, TypeVar, dataclass_transform

from specc.source import Span

T = TypeVar("T", bound="type[Any]")


@dataclass_transform(kw_only_default=True, frozen_default=True, eq_default=True)
def node(cls: T) -> T:
    """A dataclass with slots whose making costs little: nodes are made by the thousand.

    It is frozen for type checkers only (freezing doubles the time), and has nothing that `Node` does for all.
    """
    return dataclass(repr=False, eq=False, kw_only=True, slots=True)(cls)


@node
class Node:
    """What all nodes have; two are equal where all of their parts are."""

    span: Span

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self._parts() == other._parts()  # type: ignore[attr-defined]

    def __hash__(self) -> int:
        return hash((type(self), self._parts()))

    def __repr__(self) -> str:
        parts = (f"{name}={getattr(self, name)!r}" for name in part_names(type(self)))
        return f"{type(self).__name__}({', '.join(parts)})"

    def _parts(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in part_names(type(self)))


@cache
def part_names(kind: type[Node]) -> tuple[str, ...]:
    """The names of the parts that nodes of a class have."""
    return tuple(f.name for f in fields(kind))


def walk(*roots: Node) -> Iterator[Node]:
    """These nodes and all inside of them, in no order."""
    pending: list[Any] = list(roots)
    while pending:
        part = pending.pop()
        if isinstance(part, Node):
            yield part
            pending.extend([getattr(part, name) for name in part_names(type(part)) if name != "span"])
        elif isinstance(part, tuple):
            pending.extend(part)  # pyright: ignore[reportUnknownArgumentType]


@node
class Identifier(Node):
    """A name where it is declared or referred to outside of expressions."""

    text: str


# ── Expressions ──────────────────────────────────────────────────────────────────────────────────


@node
class Number(Node):
    """``64``, ``10_000``, ``1e-3``. The value is an int exactly when the text has no ``.`` or exponent."""

    value: int | float


@node
class String(Node):
    """A quoted text; ``value`` has its escapes resolved."""

    value: str


@node
class Constant(Node):
    """``true``, ``false`` or ``none``."""

    value: bool | None


@node
class Name(Node):
    """A name in an expression."""

    text: str


@node
class ListLiteral(Node):
    """``[a, b]``"""

    items: tuple[Expression, ...]


@node
class TupleLiteral(Node):
    """``(a, b)``; one item needs a trailing comma, as in Python."""

    items: tuple[Expression, ...]


@node
class Setting(Node):
    """``name = value`` inside a record or a section such as ``train``."""

    name: Identifier
    value: Expression


@node
class Record(Node):
    """``{ name = value  name = value }``"""

    settings: tuple[Setting, ...]


@node
class Argument(Node):
    """An argument of a call; ``name`` is None when it is given by position."""

    name: Identifier | None
    value: Expression


@node
class Call(Node):
    """``callee(arguments)``"""

    callee: Expression
    arguments: tuple[Argument, ...]


@node
class Slice(Node):
    """``start:stop:step`` inside an index; each part may be left out."""

    start: Expression | None
    stop: Expression | None
    step: Expression | None


@node
class Ellipsis(Node):
    """``...`` inside an index."""


@node
class Index(Node):
    """``value[a, b:c, ...]``"""

    value: Expression
    items: tuple[Expression | Slice | Ellipsis, ...]


UnaryOperator: TypeAlias = Literal["-", "not"]
BinaryOperator: TypeAlias = Literal[
    "+", "-", "*", "/", "//", "%", "**", "==", "!=", "<", "<=", ">", ">=", "and", "or", "in"
]


@node
class Unary(Node):
    """``-a``, ``not a``"""

    operator: UnaryOperator
    operand: Expression


@node
class Binary(Node):
    """``a + b``"""

    operator: BinaryOperator
    left: Expression
    right: Expression


@node
class Chain(Node):
    """``a -> b -> c``, flat: the stages in order (two or more)."""

    stages: tuple[Expression, ...]


@node
class Conditional(Node):
    """``if condition then yes else no``"""

    condition: Expression
    yes: Expression
    no: Expression


Expression: TypeAlias = (
    Number
    | String
    | Constant
    | Name
    | ListLiteral
    | TupleLiteral
    | Record
    | Call
    | Index
    | Unary
    | Binary
    | Chain
    | Conditional
)


# ── Types and parameters ─────────────────────────────────────────────────────────────────────────


@node
class Type(Node):
    """``float32[H, W, 3]``; without brackets a scalar per example (``shape`` is empty)."""

    dtype: Identifier
    shape: tuple[Expression, ...]


@node
class Range(Node):
    """``low..high``, both ends included."""

    low: Expression
    high: Expression


@node
class Parameter(Node):
    """``name: kind in domain = default``; ``kind`` is int, float, bool, string, layer or list."""

    name: Identifier
    kind: Identifier
    domain: Range | ListLiteral | None
    default: Expression | None


# ── Statements inside a body ─────────────────────────────────────────────────────────────────────


@node
class Input(Node):
    """``input name: type``"""

    name: Identifier
    type: Type


@node
class Output(Node):
    """``output name: type = value``; type and value may each be left out (then ``name`` is already bound)."""

    name: Identifier
    type: Type | None
    value: Expression | None


@node
class Binding(Node):
    """``a = value`` or ``a, b = value``"""

    targets: tuple[Identifier, ...]
    value: Expression


@node
class For(Node):
    """``for a, b in values { … }``"""

    targets: tuple[Identifier, ...]
    values: Expression
    body: tuple[Statement, ...]


@node
class If(Node):
    """``if condition { … } else { … }``; ``else if`` is an `If` alone in ``no``."""

    condition: Expression
    yes: tuple[Statement, ...]
    no: tuple[Statement, ...]


@node
class Assert(Node):
    """``assert condition, "message with {name}"``"""

    condition: Expression
    message: String | None


Statement: TypeAlias = Input | Output | Binding | For | If | Assert


# ── Declarations ─────────────────────────────────────────────────────────────────────────────────


@node
class ImportedName(Node):
    """``name as alias``"""

    name: Identifier
    alias: Identifier | None


@node
class Language(Node):
    """``specc 1``: the version of the language that a file is written in."""

    version: int


@node
class Version(Node):
    """``version "1.2.0"``: of a file, or what an import demands; ``parts`` are its numbers."""

    text: String
    parts: tuple[int, ...]


@node
class Import(Node):
    """``from "path" version "1.2" import a, b as c``"""

    path: String
    version: Version | None
    names: tuple[ImportedName, ...]


@node
class Definition(Node):
    """A ``block`` or a ``model``. Exactly one of ``body`` and ``value`` is not None.

    ``value`` is the short form ``block Head(classes: int) = GlobalAveragePooling2D -> Dense(classes)``.
    """

    keyword: Literal["block", "model"]
    name: Identifier
    parameters: tuple[Parameter, ...]
    body: tuple[Statement, ...] | None
    value: Expression | None


@node
class Data(Node):
    """``data Name = Source(…)``"""

    name: Identifier
    value: Expression


@node
class Section(Node):
    """``train``, ``ensemble``, ``tune`` or ``export`` with a name and settings."""

    keyword: Literal["train", "ensemble", "tune", "export"]
    name: Identifier
    parameters: tuple[Parameter, ...]
    settings: tuple[Setting, ...]


@node
class Test(Node):
    """``test "title" { … }``"""

    title: String
    body: tuple[Statement, ...]


Declaration: TypeAlias = Import | Version | Definition | Data | Section | Test


@node
class File(Node):
    """A whole file. ``comments`` are all comments in order (``# …`` without the line break), for the formatter.

    ``broken`` are the names that declarations with syntax errors would have bound; these are left out.
    """

    declarations: tuple[Declaration, ...]
    comments: tuple[Identifier, ...]
    language: Language | None = None
    broken: tuple[Identifier, ...] = ()
