"""Rules about the main file's text: what it defines is used. Names that begin with ``_`` may be unused."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from specc.check.tuning import something_is_searched
from specc.diagnostics import Diagnostic
from specc.diagnostics.codes import UNUSED_DEFINITION, UNUSED_NAME, UNUSED_PARAMETER, UNUSED_VALUE
from specc.syntax import nodes


def unused(tree: nodes.File, found: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """Definitions, parameters and names that nothing uses; ``found`` is what elaboration said of results already."""
    told = sorted(d.span.start for d in found if d.code == UNUSED_VALUE and d.span.source is tree.span.source)
    uses = [(d, _uses(d)) for d in tree.declarations]
    yield from _definitions(uses)
    yield from something_is_searched(tree)
    for declaration, used in uses:
        match declaration:
            case nodes.Definition(keyword=keyword, name=name, parameters=parameters, body=body):
                yield from _parameters(f"the {keyword} `{name.text}`", parameters, used)
                yield from _names(body or (), used, told)
            case nodes.Section(keyword=keyword, name=name, parameters=parameters):
                yield from _parameters(f"`{keyword} {name.text}`", parameters, used)
            case _:
                pass


def _definitions(uses: Sequence[tuple[nodes.Declaration, Counter[str]]]) -> Iterator[Diagnostic]:
    """What a file that trains, exports or combines models defines beside that. A file without may define for others."""
    if not any(isinstance(d, nodes.Section) for d, _ in uses):
        return
    in_all: Counter[str] = Counter()
    for _, used in uses:
        in_all.update(used)
    for declaration, used in uses:
        if not isinstance(declaration, nodes.Definition | nodes.Data):
            continue
        name = declaration.name
        what = declaration.keyword if isinstance(declaration, nodes.Definition) else "data"
        if not _is_exempt(name.text) and in_all[name.text] == used[name.text]:
            hint = "take it out, or use it"
            if what != "data":
                hint = "take it out, use it, or show in a `test` what it does for files that import it"
            yield Diagnostic(UNUSED_DEFINITION, f"nothing here uses the {what} `{name.text}`", name.span, help=(hint,))


def _parameters(owner: str, parameters: Iterable[nodes.Parameter], used: Counter[str]) -> Iterator[Diagnostic]:
    for parameter in parameters:
        name = parameter.name
        if not _is_exempt(name.text) and not used[name.text]:
            message = f"{owner} does not use its parameter `{name.text}`"
            yield Diagnostic(UNUSED_PARAMETER, message, name.span, help=("use it, or take it out",))


def _names(body: Iterable[nodes.Statement], used: Counter[str], told: Sequence[int]) -> Iterator[Diagnostic]:
    """Names that are bound in a body and never read, unless what they stand for was said to lead nowhere."""
    seen: set[str] = set()
    for binding in _bindings(body):
        target, *more = binding.targets
        name, span = target.text, binding.span
        if more or name in seen or used[name] or _is_exempt(name):
            continue
        seen.add(name)
        if bisect_left(told, span.start) == bisect_left(told, span.end):
            hint = "use it, or take it out"
            if _is_layer(binding.value):
                hint += ": a layer does nothing until it is applied"
            yield Diagnostic(UNUSED_NAME, f"nothing uses the name `{name}`", target.span, help=(hint,))


def _is_layer(value: nodes.Expression) -> bool:
    """Whether a value looks like a layer, by the form of its name."""
    match value:
        case nodes.Chain(stages=(first, *_)) | nodes.Call(callee=first) | nodes.Binary(left=first):
            return _is_layer(first)
        case nodes.Name(text=text):
            return text[:1].isupper()
        case _:
            return False


def without_exempt(tree: nodes.File, found: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """The findings but those that say that a result is unused whose name begins with ``_``."""
    bodies = (d.body or () for d in tree.declarations if isinstance(d, nodes.Definition))
    bindings = (b for body in bodies for b in _bindings(body) if all(_is_exempt(t.text) for t in b.targets))
    ends = {b.span.start: b.span.end for b in bindings}
    starts = sorted(ends)
    for finding in found:
        before = bisect_right(starts, finding.span.start)
        inside = before > 0 and finding.span.end <= ends[starts[before - 1]]
        if finding.code != UNUSED_VALUE or not inside or finding.span.source is not tree.span.source:
            yield finding


def _bindings(body: Iterable[nodes.Statement]) -> Iterator[nodes.Binding]:
    for statement in body:
        match statement:
            case nodes.Binding():
                yield statement
            case nodes.For(body=inner):
                yield from _bindings(inner)
            case nodes.If(yes=yes, no=no):
                yield from _bindings((*yes, *no))
            case _:
                pass


def _is_exempt(name: str) -> bool:
    return name.startswith("_")


def _uses(declaration: nodes.Node) -> Counter[str]:
    """How often names are read: in expressions, as what a section is about, as bare outputs, in messages."""
    used: Counter[str] = Counter()
    for part in nodes.walk(declaration):
        match part:
            case nodes.Name(text=text):
                used[text] += 1
            case nodes.Section(name=name) | nodes.Output(name=name, value=None):
                used[name.text] += 1
            case nodes.Assert(message=nodes.String(value=text)):
                used.update(re.findall(r"\{(\w+)\}", text))
            case _:
                pass
    return used
