"""Types of tensors as a Python program writes them: ``float32[28, 28, 1]``, ``"float32[T, 64]"``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Final, TypeAlias, TypeVar, cast

from specc.build.objects import Size, plain
from specc.diagnostics import Diagnostic, SpecError
from specc.diagnostics.codes import WRONG_KIND
from specc.program.types import TensorType
from specc.source import Source, Span
from specc.syntax import nodes
from specc.syntax.parse import parse_expression


@dataclass(frozen=True)
class DType:
    """A dtype; with the sizes of an example's axes it is a type: ``float32["T", 64]``, ``float32[()]``."""

    name: str

    def __getitem__(self, sizes: Size | tuple[Size, ...]) -> Type:
        return Type(self.name, sizes if isinstance(sizes, tuple) else (sizes,))


@dataclass(frozen=True)
class Type:
    """The type of an input or output, without the batch axis."""

    dtype: str
    sizes: tuple[Size, ...]


AnyType: TypeAlias = "Type | DType | TensorType | str"

float16: Final = DType("float16")
bfloat16: Final = DType("bfloat16")
float32: Final = DType("float32")
float64: Final = DType("float64")
int8: Final = DType("int8")
int16: Final = DType("int16")
int32: Final = DType("int32")
int64: Final = DType("int64")
uint8: Final = DType("uint8")
uint16: Final = DType("uint16")
uint32: Final = DType("uint32")
uint64: Final = DType("uint64")
bool_: Final = DType("bool")
string: Final = DType("string")


def type_node(given: Any, span: Span) -> nodes.Type:
    """A type as the language writes it, at the place ``span``.

    Raises:
        SpecError: it is none.
    """
    match given:
        case str():
            return _parsed(given, span)
        case DType(name=name):
            return _node(name, (), span)
        case Type(dtype=dtype, sizes=sizes):
            return _node(dtype, sizes, span)
        case TensorType(dtype=dtype, shape=shape):
            return _node(dtype, shape, span)
        case _:
            hint = 'write `float32[28, 28, 1]` or `"float32[T, 64]"`'
            raise SpecError(Diagnostic(WRONG_KIND, f"{given!r} is no type of a tensor", span, help=(hint,)))


def _node(dtype: str, sizes: Sequence[Any], span: Span) -> nodes.Type:
    shape = tuple(_size(s, span) for s in sizes)
    return nodes.Type(span=span, dtype=nodes.Identifier(span=span, text=dtype), shape=shape)


def _size(size: Any, span: Span) -> nodes.Expression:
    if isinstance(size, str):
        return expression(size, span)
    return value_node(plain(size), span)


def _parsed(text: str, span: Span) -> nodes.Type:
    match expression(text, span):
        case nodes.Name(text=dtype):
            return _node(dtype, (), span)
        case nodes.Index(value=nodes.Name(text=dtype), items=items) if not any(_is_range(i) for i in items):
            identifier = nodes.Identifier(span=span, text=dtype)
            return nodes.Type(span=span, dtype=identifier, shape=cast("tuple[nodes.Expression, ...]", items))
        case _:
            hint = ("a type is a dtype and sizes, `float32[T, 64]`",)
            raise SpecError(Diagnostic(WRONG_KIND, f'"{text}" is no type of a tensor', span, help=hint))


def _is_range(item: nodes.Node) -> bool:
    return isinstance(item, nodes.Slice | nodes.Ellipsis)


def expression(text: str, span: Span) -> nodes.Expression:
    """An expression of the language, all of it at the place ``span``.

    Raises:
        SpecError: it is none.
    """
    try:
        return placed(parse_expression(Source("text", text)), span)
    except SpecError as error:
        raise SpecError(*(replace(d, span=span, related=(), fix=None) for d in error.diagnostics)) from None


def value_node(value: Any, span: Span) -> nodes.Expression:
    """What stands for a value that is there already, where the language has an expression."""
    return nodes.Constant(span=span, value=value)  # evaluates to its value, whatever that is


N = TypeVar("N", bound=nodes.Node)


def placed(node: N, span: Span) -> N:
    """A copy of a part of a tree, all of it at one place."""
    changed: dict[str, Any] = {f.name: _placed(getattr(node, f.name), span) for f in fields(node)}
    return replace(node, **{**changed, "span": span})


def _placed(value: Any, span: Span) -> Any:
    match value:
        case nodes.Node():
            return placed(value, span)
        case tuple():
            return tuple(_placed(v, span) for v in cast("tuple[Any, ...]", value))
        case _:
            return value
