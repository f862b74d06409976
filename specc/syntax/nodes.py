"""The syntax tree of a `.model` file: plain, immutable, every node with its span."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from specc.source import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifier(Node):
    """A name where it is declared or referred to outside of expressions."""

    text: str


# ── Expressions ──────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Number(Node):
    """``64``, ``10_000``, ``1e-3``. The value is an int exactly when the text has no ``.`` or exponent."""

    value: int | float


@dataclass(frozen=True, slots=True, kw_only=True)
class String(Node):
    """A quoted text; ``value`` has its escapes resolved."""

    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Constant(Node):
    """``true``, ``false`` or ``none``."""

    value: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Name(Node):
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListLiteral(Node):
    """``[a, b]``"""

    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TupleLiteral(Node):
    """``(a, b)``; one item needs a trailing comma, as in Python."""

    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting(Node):
    """``name = value`` inside a record or a section such as ``train``."""

    name: Identifier
    value: Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class Record(Node):
    """``{ name = value  name = value }``"""

    settings: tuple[Setting, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Argument(Node):
    """An argument of a call; ``name`` is None when it is given by position."""

    name: Identifier | None
    value: Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Node):
    """``callee(arguments)``"""

    callee: Expression
    arguments: tuple[Argument, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice(Node):
    """``start:stop:step`` inside an index; each part may be left out."""

    start: Expression | None
    stop: Expression | None
    step: Expression | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ellipsis(Node):
    """``...`` inside an index."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Index(Node):
    """``value[a, b:c, ...]``"""

    value: Expression
    items: tuple[Expression | Slice | Ellipsis, ...]


UnaryOperator: TypeAlias = Literal["-", "not"]
BinaryOperator: TypeAlias = Literal[
    "+", "-", "*", "/", "//", "%", "**", "==", "!=", "<", "<=", ">", ">=", "and", "or", "in"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unary(Node):
    operator: UnaryOperator
    operand: Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class Binary(Node):
    operator: BinaryOperator
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain(Node):
    """``a -> b -> c``, flat: the stages in order (two or more)."""

    stages: tuple[Expression, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Type(Node):
    """``float32[H, W, 3]``; without brackets a scalar per example (``shape`` is empty)."""

    dtype: Identifier
    shape: tuple[Expression, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Range(Node):
    """``low..high``, both ends included."""

    low: Expression
    high: Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter(Node):
    """``name: kind in domain = default``; ``kind`` is int, float, bool, string, layer or list."""

    name: Identifier
    kind: Identifier
    domain: Range | ListLiteral | None
    default: Expression | None


# ── Statements inside a body ─────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Input(Node):
    """``input name: type``"""

    name: Identifier
    type: Type


@dataclass(frozen=True, slots=True, kw_only=True)
class Output(Node):
    """``output name: type = value``; type and value may each be left out (then ``name`` is already bound)."""

    name: Identifier
    type: Type | None
    value: Expression | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding(Node):
    """``a = value`` or ``a, b = value``"""

    targets: tuple[Identifier, ...]
    value: Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class For(Node):
    """``for a, b in values { … }``"""

    targets: tuple[Identifier, ...]
    values: Expression
    body: tuple[Statement, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class If(Node):
    """``if condition { … } else { … }``; ``else if`` is an `If` alone in ``no``."""

    condition: Expression
    yes: tuple[Statement, ...]
    no: tuple[Statement, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Assert(Node):
    """``assert condition, "message with {name}"``"""

    condition: Expression
    message: String | None


Statement: TypeAlias = Input | Output | Binding | For | If | Assert


# ── Declarations ─────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedName(Node):
    """``name as alias``"""

    name: Identifier
    alias: Identifier | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Language(Node):
    """``specc 1``: the version of the language that a file is written in."""

    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Version(Node):
    """``version "1.2.0"``: of a file, or what an import demands; ``parts`` are its numbers."""

    text: String
    parts: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Import(Node):
    """``from "path" version "1.2" import a, b as c``"""

    path: String
    version: Version | None
    names: tuple[ImportedName, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition(Node):
    """A ``block`` or a ``model``. Exactly one of ``body`` and ``value`` is not None.

    ``value`` is the short form ``block Head(classes: int) = GlobalAveragePooling2D -> Dense(classes)``.
    """

    keyword: Literal["block", "model"]
    name: Identifier
    parameters: tuple[Parameter, ...]
    body: tuple[Statement, ...] | None
    value: Expression | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Data(Node):
    """``data Name = Source(…)``"""

    name: Identifier
    value: Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class Section(Node):
    """``train``, ``ensemble``, ``tune`` or ``export`` with a name and settings."""

    keyword: Literal["train", "ensemble", "tune", "export"]
    name: Identifier
    parameters: tuple[Parameter, ...]
    settings: tuple[Setting, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Test(Node):
    """``test "title" { … }``"""

    title: String
    body: tuple[Statement, ...]


Declaration: TypeAlias = Import | Version | Definition | Data | Section | Test


@dataclass(frozen=True, slots=True, kw_only=True)
class File(Node):
    """A whole file. ``comments`` are all comments in order (``# …`` without the line break), for the formatter.

    ``broken`` are the names that declarations with syntax errors would have bound; these are left out.
    """

    declarations: tuple[Declaration, ...]
    comments: tuple[Identifier, ...]
    language: Language | None = None
    broken: tuple[Identifier, ...] = ()
