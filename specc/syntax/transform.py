"""Builds the syntax tree inside of the parser, node by node, so that nesting needs no recursion."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from specc import limits
from specc.diagnostics import Diagnostic, SpecError
from specc.diagnostics.codes import BAD_NUMBER, INTEGER_TOO_LARGE, SYNTAX, TOO_DEEP
from specc.source import Source, Span
from specc.syntax import nodes
from specc.syntax.lalr import Token, Unexpected
from specc.syntax.language import CURRENT, bad_version, numbers, version_problems, wrong_version

_INTEGER: Final = re.compile(r"(?:0|[1-9][0-9]*)(?:_[0-9]+)*")
_FLOAT: Final = re.compile(r"(?:0|[1-9][0-9]*)(?:_[0-9]+)*(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_ESCAPE: Final = re.compile(r"\\(u\{([0-9a-fA-F]{1,6})\}|.)")
_WAITING: Final = ("-", "**")
_ESCAPES: Final = {"n": "\n", "t": "\t", '"': '"', "\\": "\\"}
_DEEPEST: Final = 2 * limits.NESTING
"""Deepest nesting of operators, calls and conditions; the operators of `a + b + c` count once."""
_TALLEST: Final = 400
"""Tallest tree, each operator of `a + b + c` counted: whatever walks a tree may recurse."""


class Build:
    """Callbacks by rule name; each gets all tokens and nodes of its rule. Problems with values are collected."""

    def __init__(self) -> None:
        self.source = Source("")
        self.problems: list[Diagnostic] = []
        self._depths: dict[int, _Depth] = {}
        self._groups: dict[int, _Group] = {}
        self._pending = 0

    def begin(self, source: Source) -> None:
        """Make ready for a text."""
        self.source, self.problems, self._depths, self._groups, self._pending = source, [], {}, {}, 0

    # ── Places and small parts ───────────────────────────────────────────────────────────────────

    def _span(self, children: list[Any]) -> Span:
        first, last = children[0], children[-1]
        if first is None or last is None:
            first, *_, last = [c for c in children if c is not None] * 2
        return Span(self.source, self._start(first), self._end(last))

    def _start(self, part: Any) -> int:
        if self._groups and (group := self._groups.get(id(part))):
            return group.start
        return _start(part)

    def _end(self, part: Any) -> int:
        if self._groups and (group := self._groups.get(id(part))):
            return group.end
        return _end(part)

    def _identifier(self, token: Token) -> nodes.Identifier:
        span = Span(self.source, token.start, token.end)
        if len(token.text) > limits.NAME_LENGTH:
            message = f"a name has at most {limits.NAME_LENGTH} characters"
            self.problems.append(Diagnostic(SYNTAX, message, span, found=f"{len(token.text)} characters"))
        return nodes.Identifier(span=span, text=token.text)

    def _nested(self, node: Any, *parts: Any, spine: Any = None) -> Any:
        """Note how deep a node nests over its parts; ``spine`` is a part that is walked through in a loop.

        Raises:
            SpecError: it is too deep. Nothing sensible can be read after that.
        """
        depths, level, height = self._depths, 1, 1
        for part in parts:
            if below := depths.get(id(part)):
                level, height = max(level, 1 + below.level), max(height, 1 + below.height)
        if spine is not None and (along := depths.get(id(spine))):
            level, height = max(level, along.level), max(height, 1 + along.height)
        if level > _DEEPEST or height > _TALLEST:
            raise self._too_deep(node.span.start)
        self._depths[id(node)] = _Depth(node, level, height)
        return node

    def opens(self, token: Token) -> None:
        """Count a word or sign that waits for what stands after it (`-`, `not`, `**`, `if`), as it is read.

        Raises:
            SpecError: too many wait, so that what they make would nest too deep.
        """
        self._pending += 1
        if self._pending > _DEEPEST:
            raise self._too_deep(token.start)

    def _too_deep(self, at: int) -> SpecError:
        message = f"this nests deeper than {_DEEPEST} levels, or joins more than {_TALLEST} parts with operators"
        return SpecError(Diagnostic(TOO_DEEP, message, Span(self.source, at, at + 1), help=("name parts of it",)))

    # ── Declarations ─────────────────────────────────────────────────────────────────────────────

    def start(self, children: list[Any]) -> nodes.File:
        span = Span(self.source, 0, len(self.source.text))
        self.problems += version_problems([d for d in children[1] if isinstance(d, nodes.Version)])
        return nodes.File(span=span, declarations=tuple(children[1]), comments=(), language=children[0])

    def language(self, children: list[Any]) -> nodes.Language:
        if children[1].text != str(CURRENT):
            self.problems.append(wrong_version(children[1].text, self._span(children[1:])))
        return nodes.Language(span=self._span(children), version=CURRENT)

    def version(self, children: list[Any]) -> nodes.Version:
        text = self.string([children[1]])
        parts = numbers(text.value)
        if parts is None:
            self.problems.append(bad_version(text, "numbers such as 1.2.0"))
        return nodes.Version(span=self._span(children), text=text, parts=parts or (0, 0, 0))

    def import_(self, children: list[Any]) -> nodes.Import:
        _, path, version, _, names = children
        return nodes.Import(
            span=Span(self.source, _start(children[0]), _end(names[-1])),
            path=self.string([path]),
            version=version,
            names=tuple(names),
        )

    def imported_name(self, children: list[Any]) -> nodes.ImportedName:
        alias = self._identifier(children[2]) if children[2] is not None else None
        return nodes.ImportedName(span=self._span(children), name=self._identifier(children[0]), alias=alias)

    def definition(self, children: list[Any]) -> nodes.Definition:
        keyword, name, parameters, body = children
        return nodes.Definition(
            span=Span(self.source, _start(keyword), body.span.end),
            keyword="block" if keyword.text == "block" else "model",
            name=self._identifier(name),
            parameters=parameters or (),
            body=body.statements,
            value=None,
        )

    def short_definition(self, children: list[Any]) -> nodes.Definition:
        keyword, name, parameters, _, value = children
        return nodes.Definition(
            span=self._span(children),
            keyword="block" if keyword.text == "block" else "model",
            name=self._identifier(name),
            parameters=parameters or (),
            body=None,
            value=value,
        )

    def data(self, children: list[Any]) -> nodes.Data:
        return nodes.Data(span=self._span(children), name=self._identifier(children[1]), value=children[3])

    def section(self, children: list[Any]) -> nodes.Section:
        keyword, name, parameters, record = children
        return nodes.Section(
            span=self._span(children),
            keyword=keyword.text,
            name=self._identifier(name),
            parameters=parameters or (),
            settings=record.settings,
        )

    def test(self, children: list[Any]) -> nodes.Test:
        return nodes.Test(span=self._span(children), title=self.string([children[1]]), body=children[2].statements)

    def parameters(self, children: list[Any]) -> tuple[nodes.Parameter, ...]:
        return tuple(children[1]) if len(children) > 2 else ()

    def parameter(self, children: list[Any]) -> nodes.Parameter:
        name, _, kind, _, domain, _, default = children
        return nodes.Parameter(
            span=self._span(children),
            name=self._identifier(name),
            kind=self._identifier(kind),
            domain=domain,
            default=default,
        )

    def domain(self, children: list[Any]) -> nodes.Range | nodes.ListLiteral:
        low, dots, high = children
        if dots is not None:
            return nodes.Range(span=self._span(children), low=low, high=high)
        if isinstance(low, nodes.ListLiteral):
            return low
        hint = "write `8..256`, both ends included, or `[16, 32]`"
        self.problems.append(Diagnostic(SYNTAX, "a domain is a range or a list", low.span, help=(hint,)))
        return nodes.ListLiteral(span=low.span, items=())

    def type(self, children: list[Any]) -> nodes.Type:
        shape = tuple(children[2]) if len(children) > 3 else ()
        return nodes.Type(span=self._span(children), dtype=self._identifier(children[0]), shape=shape)

    # ── Statements ───────────────────────────────────────────────────────────────────────────────

    def body(self, children: list[Any]) -> _Body:
        return _Body(tuple(children[1]), self._span([children[0], children[2]]))

    def input(self, children: list[Any]) -> nodes.Input:
        return nodes.Input(span=self._span(children), name=self._identifier(children[1]), type=children[3])

    def output(self, children: list[Any]) -> nodes.Output:
        _, name, _, type_, _, value = children
        return nodes.Output(span=self._span(children), name=self._identifier(name), type=type_, value=value)

    def targets(self, children: list[Any]) -> list[nodes.Identifier]:
        if len(children) == 1:
            return [self._identifier(children[0])]
        children[0].append(self._identifier(children[2]))
        return children[0]

    def binding(self, children: list[Any]) -> nodes.Binding:
        targets, _, value = children
        return nodes.Binding(
            span=Span(self.source, targets[0].span.start, self._end(value)), targets=tuple(targets), value=value
        )

    def for_(self, children: list[Any]) -> nodes.For:
        _, targets, _, values, body = children
        return self._nested(
            nodes.For(
                span=Span(self.source, _start(children[0]), body.span.end),
                targets=tuple(targets),
                values=values,
                body=body.statements,
            ),
            *body.statements,
        )

    def if_(self, children: list[Any]) -> nodes.If:
        _, condition, yes, *other = children
        self._pending -= 1
        no = () if not other else (other[1],) if isinstance(other[1], nodes.If) else other[1].statements
        end = (other[1] if other else yes).span.end
        made = nodes.If(
            span=Span(self.source, _start(children[0]), end), condition=condition, yes=yes.statements, no=no
        )
        return self._nested(made, *yes.statements, *no)

    def assert_(self, children: list[Any]) -> nodes.Assert:
        message = self.string([children[3]]) if children[3] is not None else None
        return nodes.Assert(span=self._span(children), condition=children[1], message=message)

    # ── Expressions ──────────────────────────────────────────────────────────────────────────────

    def stages(self, children: list[Any]) -> _Stages:
        if len(children) == 1:
            return _Stages([children[0]])
        self._require_stage(children[1], children[2])
        children[0].items.append(children[2])
        return children[0]

    def _require_stage(self, arrow: Token, stage: Any) -> None:
        """Refuse a statement on the next line that was read as what an arrow leads to.

        Raises:
            Unexpected: it is one.
        """
        name = stage.callee if isinstance(stage, nodes.Call) else stage
        if isinstance(name, nodes.Name) and name.text in ("input", "output", "assert"):
            text = self.source.text
            is_next = "\n" in text[arrow.end : name.span.start]
            if is_next and re.match(r"[ \t]+[A-Za-z_]|[ \t]*\(", text[name.span.end : name.span.end + 40]):
                raise Unexpected(arrow.start, ())

    def chain(self, children: list[Any]) -> Any:
        stages = children[0].items
        if len(stages) == 1:
            return stages[0]
        made = nodes.Chain(span=self._span(stages), stages=tuple(stages))
        return self._nested(made, *stages)

    def conditional(self, children: list[Any]) -> nodes.Conditional:
        _, condition, _, yes, _, no = children
        self._pending -= 1
        made = nodes.Conditional(span=self._span(children), condition=condition, yes=yes, no=no)
        return self._nested(made, condition, yes, no)

    def binary(self, children: list[Any]) -> nodes.Binary:
        left, operator, right = children
        self._pending -= operator.text in _WAITING
        made = nodes.Binary(span=self._span(children), operator=operator.text, left=left, right=right)
        if operator.text not in ("and", "or") and isinstance(left, nodes.Binary):
            return self._nested(made, right, spine=left)
        return self._nested(made, left, right)

    def unary(self, children: list[Any]) -> nodes.Unary:
        operator, operand = children
        self._pending -= 1
        made = nodes.Unary(span=self._span(children), operator=operator.text, operand=operand)
        return self._nested(made, operand)

    def call(self, children: list[Any]) -> nodes.Call:
        arguments = tuple(children[2]) if len(children) > 3 else ()
        made = nodes.Call(span=self._span(children), callee=children[0], arguments=arguments)
        return self._nested(made, children[0], *(a.value for a in arguments))

    def argument(self, children: list[Any]) -> nodes.Argument:
        if len(children) == 1:
            return nodes.Argument(span=self._span(children), name=None, value=children[0])
        return nodes.Argument(span=self._span(children), name=self._identifier(children[0]), value=children[2])

    def index(self, children: list[Any]) -> nodes.Index:
        made = nodes.Index(span=self._span(children), value=children[0], items=tuple(children[2]))
        return self._nested(made, *children[2], children[0])

    def slice(self, children: list[Any]) -> nodes.Slice:
        start, _, stop, *more = children
        step = more[1] if more else None
        return nodes.Slice(span=self._span(children), start=start, stop=stop, step=step)

    def ellipsis(self, children: list[Any]) -> nodes.Ellipsis:
        return nodes.Ellipsis(span=self._span(children))

    def name(self, children: list[Any]) -> nodes.Name:
        identifier = self._identifier(children[0])
        return nodes.Name(span=identifier.span, text=identifier.text)

    def number(self, children: list[Any]) -> nodes.Number:
        span = self._span(children)
        return nodes.Number(span=span, value=self._number(children[0].text, span))

    def _number(self, text: str, span: Span) -> int | float:
        if _INTEGER.fullmatch(text):
            if len(text) > 40 or int(text.replace("_", "")) > limits.INTEGER:
                self.problems.append(Diagnostic(INTEGER_TOO_LARGE, "this integer is larger than 64 bits", span))
                return 0
            return int(text.replace("_", ""))
        if not _FLOAT.fullmatch(text):
            hint = "a name can't begin with a digit" if text[-1].isalpha() else "write `10_000`, `0.5` or `1e-3`"
            self.problems.append(Diagnostic(BAD_NUMBER, f"`{text[:40]}` is no number", span, help=(hint,)))
            return 0
        value = float(text.replace("_", ""))
        if value == float("inf"):
            self.problems.append(Diagnostic(BAD_NUMBER, "this number is too large", span))
            return 0.0
        return value

    def string(self, children: list[Any]) -> nodes.String:
        span = self._span(children)
        text = children[0].text[1:-1]
        return nodes.String(span=span, value=_ESCAPE.sub(lambda m: self._escaped(m, span), text))

    def _escaped(self, match: re.Match[str], span: Span) -> str:
        code, letter = match.group(2), match.group(1)
        if code and int(code, 16) <= 0x10FFFF and not 0xD800 <= int(code, 16) <= 0xDFFF:
            return chr(int(code, 16))
        if letter in _ESCAPES:
            return _ESCAPES[letter]
        at = Span(self.source, span.start + 1 + match.start(), span.start + 1 + match.end())
        hint = 'escapes are \\" \\\\ \\n \\t and \\u{1F600}'
        self.problems.append(Diagnostic(SYNTAX, f"unknown escape `{match.group()}`", at, help=(hint,)))
        return ""

    def constant(self, children: list[Any]) -> nodes.Constant:
        value = {"true": True, "false": False, "none": None}[children[0].text]
        return nodes.Constant(span=self._span(children), value=value)

    def group(self, children: list[Any]) -> Any:
        # The node keeps its own span: brackets are no part of it, but of what it stands in.
        node = children[1]
        self._groups[id(node)] = _Group(node, _start(children[0]), _end(children[2]))
        return self._nested(node, node)

    def list(self, children: list[Any]) -> nodes.ListLiteral:
        items = tuple(children[1]) if len(children) > 2 else ()
        return self._nested(nodes.ListLiteral(span=self._span(children), items=items), *items)

    def tuple(self, children: list[Any]) -> nodes.TupleLiteral:
        items = () if len(children) == 2 else (children[1], *(children[3] if isinstance(children[3], list_) else ()))
        return self._nested(nodes.TupleLiteral(span=self._span(children), items=items), *items)

    def record(self, children: list[Any]) -> nodes.Record:
        settings = tuple(children[1])
        made = nodes.Record(span=self._span([children[0], children[2]]), settings=settings)
        return self._nested(made, *(s.value for s in settings))

    def setting(self, children: list[Any]) -> nodes.Setting:
        name = self._identifier(children[0])
        return nodes.Setting(span=self._span(children), name=name, value=children[2])


class _Depth(NamedTuple):
    """How deep a node nests; holding the node keeps its ``id`` from being given to another one."""

    node: Any
    level: int
    height: int


class _Group(NamedTuple):
    """The place of the brackets around a node."""

    node: Any
    start: int
    end: int


class _Stages:
    """The stages of a chain while it is read."""

    def __init__(self, items: list[Any]) -> None:
        self.items = items


class _Body:
    """The statements between braces."""

    def __init__(self, statements: tuple[nodes.Statement, ...], span: Span) -> None:
        self.statements, self.span = statements, span


list_ = list


def _growing(separated: bool) -> Callable[[Build, list[Any]], list[Any]]:
    """A callback for `items: item | items "," item` (or without separator, beginning empty)."""

    def grow(self: Build, children: list[Any]) -> list[Any]:
        if not children or not isinstance(children[0], list):
            return list(children)
        children[0].append(children[2 if separated else 1])
        return children[0]

    return grow


for _rule in ("imported_names", "parameter_list", "arguments", "index_items", "expression_list"):
    setattr(Build, _rule, _growing(separated=True))
for _rule in ("declarations", "statements", "settings"):
    setattr(Build, _rule, _growing(separated=False))


def _start(part: Any) -> int:
    return part.start if isinstance(part, Token) else part.span.start


def _end(part: Any) -> int:
    return part.end if isinstance(part, Token) else part.span.end
