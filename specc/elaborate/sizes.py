"""Sizes written as text, in the JSON form: ``"T"``, ``"H // 2"``."""

from __future__ import annotations

from typing import Any

from specc.diagnostics import Diagnostic, SpecError
from specc.diagnostics.codes import BAD_ARITHMETIC, WRONG_KIND
from specc.program.dims import Dim, floor_div, maximum, minimum, symbol
from specc.source import Source, Span
from specc.syntax import nodes
from specc.syntax.parse import parse_expression


def parse_size(text: str, span: Span) -> Dim:
    """The size that a text means; names are symbols.

    Raises:
        SpecError: it is no size; at ``span``.
    """
    try:
        return _size(parse_expression(Source("size", text)), span)
    except SpecError as error:
        raise SpecError(Diagnostic(WRONG_KIND, f'"{text}" is no size', span, help=(_first(error),))) from None
    except ZeroDivisionError:
        raise SpecError(Diagnostic(BAD_ARITHMETIC, "division by zero", span)) from None


def _first(error: SpecError) -> str:
    return error.diagnostics[0].message


def _size(node: nodes.Expression, span: Span) -> Dim:
    match node:
        case nodes.Number(value=int(value)):
            return value
        case nodes.Name(text=text):
            return symbol(text, span)
        case nodes.Unary(operator="-", operand=operand):
            return -_size(operand, span)
        case nodes.Binary(operator="+" | "-" | "*" | "//" | "%" as operator, left=left, right=right):
            return _combined(operator, _size(left, span), _size(right, span))
        case nodes.Call(callee=nodes.Name(text="min" | "max" as which), arguments=arguments):
            items = [_size(a.value, span) for a in arguments]
            return minimum(*items) if which == "min" else maximum(*items)
        case _:
            raise SpecError(
                Diagnostic(WRONG_KIND, "a size is made of integers, names, `+ - * // %`, min and max", span)
            )


def _combined(operator: str, left: Any, right: Any) -> Dim:
    match operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "//":
            return floor_div(left, right)
        case _:
            return left % right
