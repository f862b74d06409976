"""The canonical layout of a spec. Comments, spelling of numbers and meaning are kept; twice is as once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from specc.source import Source
from specc.syntax import nodes
from specc.syntax.parse import parse

WIDTH: Final = 120
_INDENT: Final = "    "

# How tightly an expression binds; what binds looser than its place asks for gets brackets.
_CONDITIONAL, _CHAIN, _OR, _AND, _NOT, _COMPARE, _SUM, _PRODUCT, _NEGATE, _POWER, _POSTFIX = range(11)
_BINARY: Final = {
    "or": _OR, "and": _AND,
    "==": _COMPARE, "!=": _COMPARE, "<": _COMPARE, "<=": _COMPARE, ">": _COMPARE, ">=": _COMPARE, "in": _COMPARE,
    "+": _SUM, "-": _SUM, "*": _PRODUCT, "/": _PRODUCT, "//": _PRODUCT, "%": _PRODUCT, "**": _POWER,
}  # fmt: skip


def format_source(source: Source) -> str:
    """The text of a spec in the one canonical layout.

    Raises:
        SpecError: it has syntax errors.
    """
    tree = parse(source)
    writer = _Writer(source, [_Comment(c.span.start, c.text, _is_alone(source, c)) for c in tree.comments])
    writer.file(tree)
    return "\n".join(writer.lines).rstrip("\n") + "\n" if any(writer.lines) else ""


@dataclass(frozen=True, slots=True)
class _Comment:
    start: int
    text: str
    alone: bool
    """Whether it has a line of its own."""


def _is_alone(source: Source, comment: nodes.Identifier) -> bool:
    line_start = source.text.rfind("\n", 0, comment.span.start) + 1
    return not source.text[line_start : comment.span.start].strip()


def _indented(text: str) -> str:
    return "\n".join(_INDENT + line for line in text.split("\n"))


def _listed(texts: list[str]) -> str:
    """Items on lines of their own, each with a comma behind it."""
    return "\n" + "".join(f"{_indented(t)},\n" for t in texts)


def _is_conditional(node: nodes.Expression) -> bool:
    return isinstance(node, nodes.Conditional)


class _Writer:
    """Writes lines; comments are put out before the first node that begins after them, or at the end of its line."""

    def __init__(self, source: Source, comments: list[_Comment]) -> None:
        self.source, self.lines = source, list[str]()
        self._comments, self._next = comments, 0

    # ── Layout of lines ──────────────────────────────────────────────────────────────────────────

    def _emit(self, depth: int, text: str) -> None:
        self.lines += [f"{_INDENT * depth}{line}" if line else "" for line in text.split("\n")]

    def _comments_before(self, offset: int, depth: int) -> None:
        """Put out the comments that stand before an offset, each on a line of its own."""
        while self._next < len(self._comments) and self._comments[self._next].start < offset:
            comment = self._comments[self._next]
            self._blank_before(comment.start)
            self._emit(depth, comment.text)
            self._next += 1

    def _trailing(self, end: int) -> None:
        """Put the comment that stands behind a node, on its line, behind the last line written."""
        line_end = self.source.text.find("\n", end)
        limit = line_end if line_end >= 0 else len(self.source.text)
        while self._next < len(self._comments) and self._comments[self._next].start < limit:
            comment = self._comments[self._next]
            if self.source.text[end : comment.start].strip(" \t)],"):
                return  # something else stands between: the comment belongs to that
            self.lines[-1] += f"  {comment.text}"
            self._next += 1

    def _blank_before(self, start: int) -> None:
        """Keep one blank line where the author left at least one."""
        text, at = self.source.text, start
        while at > 0 and text[at - 1].isspace():
            at -= 1
        left_blank = text.count("\n", at, start) >= 2
        if left_blank and self.lines and self.lines[-1] and not self.lines[-1].endswith("{"):
            self.lines.append("")

    def _begin(self, node: nodes.Node, depth: int) -> None:
        """Put out what stands before a node, and the comments inside of it where they have no line of their own."""
        self._comments_before(node.span.start, depth)
        self._blank_before(node.span.start)
        has_body = isinstance(node, nodes.For | nodes.If | nodes.Section | nodes.Test)
        if not has_body and not (isinstance(node, nodes.Definition) and node.body is not None):
            self._comments_before(node.span.end, depth)

    # ── Declarations ─────────────────────────────────────────────────────────────────────────────

    def file(self, tree: nodes.File) -> None:
        """Write a whole file: declarations apart by a blank line, imports together."""
        before: nodes.Declaration | None = None
        if tree.language is not None:
            self._begin(tree.language, 0)
            self._emit(0, f"specc {tree.language.version}")
            self._trailing(tree.language.span.end)
        for declaration in tree.declarations:
            both_imports = isinstance(before, nodes.Import) and isinstance(declaration, nodes.Import)
            if self.lines and not both_imports and self.lines[-1]:
                self.lines.append("")
            self._begin(declaration, 0)
            self._declaration(declaration)
            self._trailing(declaration.span.end)
            before = declaration
        if self.lines and self._next < len(self._comments):
            self._blank_before(self._comments[self._next].start)
        self._comments_before(len(self.source.text) + 1, 0)

    def _declaration(self, node: nodes.Declaration) -> None:
        match node:
            case nodes.Import():
                self._emit(0, self._import(node))
            case nodes.Version():
                self._emit(0, self._version(node))
            case nodes.Data():
                self._assignment(0, f"data {node.name.text} = ", node.value)
            case nodes.Definition():
                self._definition(node)
            case nodes.Section():
                head = f"{node.keyword} {node.name.text}{self._parameters(node.parameters)}"
                self._settings(0, head, node.settings, node.span.end)
            case nodes.Test():
                self._body(0, f"test {node.title.span.text}", node.body, node.span.end)

    def _import(self, node: nodes.Import) -> str:
        names = [n.name.text + (f" as {n.alias.text}" if n.alias else "") for n in node.names]
        version = f" {self._version(node.version)}" if node.version else ""
        return f"from {node.path.span.text}{version} import {', '.join(names)}"

    def _version(self, node: nodes.Version) -> str:
        return f"version {node.text.span.text}"

    def _definition(self, node: nodes.Definition) -> None:
        head = f"{node.keyword} {node.name.text}{self._parameters(node.parameters)}"
        if node.value is not None:
            self._assignment(0, f"{head} = ", node.value)
        else:
            self._body(0, head, node.body or (), node.span.end)

    def _parameters(self, parameters: Sequence[nodes.Parameter]) -> str:
        if not parameters:
            return ""
        texts = [self._parameter(p) for p in parameters]
        flat = f"({', '.join(texts)})"
        if len(flat) <= WIDTH - 30:
            return flat
        return "(\n" + "".join(f"{_INDENT}{t},\n" for t in texts) + ")"

    def _parameter(self, node: nodes.Parameter) -> str:
        text = f"{node.name.text}: {node.kind.text}"
        match node.domain:
            case nodes.Range(low=low, high=high):
                text += f" in {self.expression(low, _SUM)}..{self.expression(high, _SUM)}"
            case nodes.ListLiteral() as options:
                text += f" in {self.expression(options)}"
            case None:
                pass
        return text + (f" = {self.expression(node.default)}" if node.default is not None else "")

    # ── Statements ───────────────────────────────────────────────────────────────────────────────

    def _body(self, depth: int, head: str, body: Sequence[nodes.Statement], end: int) -> None:
        if not body and not self._has_comment_before(end):
            self._emit(depth, f"{head} {{}}")
            return
        self._emit(depth, f"{head} {{")
        self._statements(depth + 1, body, end)
        self._emit(depth, "}")

    def _has_comment_before(self, end: int) -> bool:
        return self._next < len(self._comments) and self._comments[self._next].start < end

    def _statements(self, depth: int, body: Sequence[nodes.Statement], end: int) -> None:
        if self._has_comment_before(body[0].span.start if body else end) and not self._comments[self._next].alone:
            self.lines[-1] += f"  {self._comments[self._next].text}"
            self._next += 1
        for statement in body:
            self._begin(statement, depth)
            self._statement(depth, statement)
            self._trailing(statement.span.end)
        self._comments_before(end, depth)

    def _statement(self, depth: int, node: nodes.Statement) -> None:
        match node:
            case nodes.Input():
                self._emit(depth, f"input {node.name.text}: {self._type(node.type)}")
            case nodes.Output():
                head = f"output {node.name.text}" + (f": {self._type(node.type)}" if node.type else "")
                if node.value is None:
                    self._emit(depth, head)
                else:
                    self._assignment(depth, f"{head} = ", node.value)
            case nodes.Binding():
                self._assignment(depth, f"{', '.join(t.text for t in node.targets)} = ", node.value)
            case nodes.For():
                names = ", ".join(t.text for t in node.targets)
                self._body(depth, f"for {names} in {self.expression(node.values)}", node.body, node.span.end)
            case nodes.If():
                self._if(depth, "if", node)
            case nodes.Assert():
                message = f", {node.message.span.text}" if node.message else ""
                self._emit(depth, f"assert {self.expression(node.condition)}{message}")

    def _if(self, depth: int, head: str, node: nodes.If) -> None:
        end = node.no[0].span.start if node.no else node.span.end
        self._body(depth, f"{head} {self.expression(node.condition)}", node.yes, self._yes_end(node, end))
        if not node.no:
            return
        closing = self.lines.pop()
        other = node.no[0]
        if len(node.no) == 1 and isinstance(other, nodes.If) and self._is_else_if(other):
            self._if(depth, f"{closing.strip()} else if", other)
        else:
            self._body(depth, f"{closing.strip()} else", node.no, node.span.end)

    def _yes_end(self, node: nodes.If, limit: int) -> int:
        """The end of the first branch: its closing brace lies before `else`."""
        start = node.yes[-1].span.end if node.yes else node.condition.span.end
        brace = self.source.text.find("}", start, limit)
        return brace if brace >= 0 else limit

    def _is_else_if(self, node: nodes.If) -> bool:
        return self.source.text[: node.span.start].rstrip().endswith("else")

    def _settings(self, depth: int, head: str, settings: Sequence[nodes.Setting], end: int) -> None:
        if not settings and not self._has_comment_before(end):
            self._emit(depth, f"{head} {{}}")
            return
        self._emit(depth, f"{head} {{")
        width = max((len(s.name.text) for s in settings), default=0)
        for setting in settings:
            self._begin(setting, depth + 1)
            self._assignment(depth + 1, f"{setting.name.text.ljust(width)} = ", setting.value)
            self._trailing(setting.span.end)
        self._comments_before(end, depth + 1)
        self._emit(depth, "}")

    def _type(self, node: nodes.Type) -> str:
        if not node.shape:
            return node.dtype.text + ("[]" if node.span.text.rstrip().endswith("]") else "")
        return f"{node.dtype.text}[{', '.join(self.expression(d) for d in node.shape)}]"

    def _assignment(self, depth: int, head: str, value: nodes.Expression) -> None:
        used = len(head.rsplit("\n", 1)[-1])
        self._emit(depth, head + self._layout(value, WIDTH - len(_INDENT) * depth, used))

    def _layout(self, value: nodes.Expression, width: int, used: int, place: int = _CONDITIONAL) -> str:
        """An expression in lines of ``width``, the first of which has ``used`` characters already.

        What is too long is broken: a chain before its arrows, a condition before its words, a call between arguments.
        """
        flat = self.expression(value, place)
        inner = width - len(_INDENT)
        if len(flat) <= width - used or self._expression(value)[1] < place:
            return flat
        match value:
            case nodes.Chain(stages=stages):
                places = [_OR] * (len(stages) - 1) + [_CONDITIONAL if _is_conditional(stages[-1]) else _OR]
                first = self._layout(stages[0], width, used, _OR)
                rest = [self._layout(s, inner, 3, p) for s, p in zip(stages[1:], places[1:], strict=True)]
                return first + "".join(f"\n{_indented(f'-> {s}')}" for s in rest)
            case nodes.Conditional(condition=condition, yes=yes, no=no):
                parts = ("if", condition), ("then", yes), ("else", no)
                texts = [f"{word} {self._layout(part, inner, len(word) + 1)}" for word, part in parts]
                return f"{texts[0]}\n{_indented(texts[1])}\n{_indented(texts[2])}"
            case nodes.Call(callee=callee, arguments=arguments) if arguments:
                names = [f"{a.name.text}=" if a.name else "" for a in arguments]
                texts = [n + self._layout(a.value, inner, len(n) + 1) for n, a in zip(names, arguments, strict=True)]
                return f"{self.expression(callee, _POSTFIX)}({_listed(texts)})"
            case nodes.ListLiteral(items=items) if items:
                return f"[{_listed([self._layout(i, inner, 1) for i in items])}]"
            case nodes.TupleLiteral(items=items) if items:
                return f"({_listed([self._layout(i, inner, 1) for i in items])})"
            case nodes.Record(settings=settings) if settings:
                longest = max(len(s.name.text) for s in settings)
                heads = [f"{s.name.text.ljust(longest)} = " for s in settings]
                texts = [h + self._layout(s.value, inner, len(h)) for h, s in zip(heads, settings, strict=True)]
                return "{\n" + "".join(f"{_indented(t)}\n" for t in texts) + "}"
            case _:
                return flat

    # ── Expressions ──────────────────────────────────────────────────────────────────────────────

    def expression(self, node: nodes.Expression, place: int = _CONDITIONAL) -> str:
        """An expression on one line, in brackets where it binds looser than ``place`` asks for."""
        text, binds = self._expression(node)
        return f"({text})" if binds < place else text

    def _expression(self, node: nodes.Expression) -> tuple[str, int]:
        match node:
            case nodes.Number() | nodes.String() | nodes.Constant():
                return node.span.text, _POSTFIX
            case nodes.Name():
                return node.text, _POSTFIX
            case nodes.ListLiteral(items=items):
                return f"[{', '.join(map(self.expression, items))}]", _POSTFIX
            case nodes.TupleLiteral(items=items):
                inner = ", ".join(map(self.expression, items))
                return f"({inner}{',' if len(items) == 1 else ''})", _POSTFIX
            case nodes.Record(settings=settings):
                inner = "  ".join(f"{s.name.text} = {self.expression(s.value)}" for s in settings)
                return (f"{{ {inner} }}" if inner else "{}"), _POSTFIX
            case nodes.Call(callee=callee, arguments=arguments):
                inner = ", ".join(map(self._argument, arguments))
                return f"{self.expression(callee, _POSTFIX)}({inner})", _POSTFIX
            case nodes.Index(value=value, items=items):
                return f"{self.expression(value, _POSTFIX)}[{', '.join(map(self._item, items))}]", _POSTFIX
            case nodes.Chain(stages=stages):
                first = [self.expression(s, _OR) for s in stages[:-1]]
                # A condition as the last stage needs no brackets: it reaches as far right as it can.
                return " -> ".join([*first, self._last_stage(stages[-1])]), _CHAIN
            case nodes.Conditional(condition=condition, yes=yes, no=no):
                parts = (self.expression(condition), self.expression(yes), self.expression(no))
                return "if {} then {} else {}".format(*parts), _CONDITIONAL
            case nodes.Unary():
                return self._unary(node)
            case nodes.Binary():
                return self._binary(node)

    def _last_stage(self, node: nodes.Expression) -> str:
        if isinstance(node, nodes.Conditional):
            return self._expression(node)[0]
        return self.expression(node, _OR)

    def _unary(self, node: nodes.Unary) -> tuple[str, int]:
        if node.operator == "not":
            return f"not {self.expression(node.operand, _NOT)}", _NOT
        return f"-{self.expression(node.operand, _NEGATE)}", _NEGATE

    def _binary(self, node: nodes.Binary) -> tuple[str, int]:
        binds = _BINARY[node.operator]
        # The left spine is written in a loop: a long sum nests to the left as deep as it is long.
        parts: list[str] = []
        left: nodes.Expression = node
        while isinstance(left, nodes.Binary) and _BINARY[left.operator] == binds and binds not in (_COMPARE, _POWER):
            parts.append(self._infix(left.operator, self.expression(left.right, binds + 1)))
            left = left.left
        if not parts:
            right = self.expression(node.right, _NEGATE if binds == _POWER else binds + 1)
            return self.expression(node.left, binds + 1) + self._infix(node.operator, right), binds
        return self.expression(left, binds) + "".join(reversed(parts)), binds

    def _infix(self, operator: str, right: str) -> str:
        return f"{operator}{right}" if operator == "**" else f" {operator} {right}"

    def _argument(self, node: nodes.Argument) -> str:
        return (f"{node.name.text}=" if node.name else "") + self.expression(node.value)

    def _item(self, node: Any) -> str:
        match node:
            case nodes.Ellipsis():
                return "..."
            case nodes.Slice(start=start, stop=stop, step=step):
                parts = ["" if p is None else self.expression(p, _OR) for p in (start, stop)]
                return ":".join(parts) + (f":{self.expression(step, _OR)}" if step is not None else "")
            case _:
                return self.expression(node)
