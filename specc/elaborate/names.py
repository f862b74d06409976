"""Names of a file that hide others, and imports that nothing uses: found in the tree, before anything is elaborated."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from typing import TypeAlias

from specc.catalogue.registry import find
from specc.diagnostics import Diagnostic, Related
from specc.diagnostics.codes import DUPLICATE_NAME, SHADOWED_NAME, UNUSED_IMPORT
from specc.elaborate.modules import Module
from specc.elaborate.values import POISON
from specc.source import Span
from specc.syntax import nodes


def check_names(module: Module) -> Iterator[Diagnostic]:
    """The warnings about a file's names."""
    failed = {name for name, value in module.names_bound.items() if value is POISON}
    places = module.places
    yield from _unused_imports(module.tree, failed)
    for declaration in module.tree.declarations:
        match declaration:
            case nodes.Import(names=names):
                yield from _hidden_by_imports(names)
            case nodes.Definition(keyword=keyword, name=name, parameters=parameters, body=body):
                yield from _hidden_layer(name, f"the {keyword}")
                if parameters or body:
                    yield from _hidden_inside(parameters, body or (), places)
            case nodes.Section(parameters=parameters):
                yield from _hidden_inside(parameters, (), places)
            case nodes.Test(body=body):
                yield from _hidden_inside((), body, places)
            case _:
                pass


def _hidden_by_imports(names: Sequence[nodes.ImportedName]) -> Iterator[Diagnostic]:
    for item in names:
        name = item.alias or item.name
        hint = f"import it under another name: `{item.name.text} as Own{name.text}`"
        yield from _hidden_layer(name, "the import", hint)


def _hidden_layer(name: nodes.Identifier, what: str, hint: str = "") -> Iterator[Diagnostic]:
    if find("layer", name.text) is not None:
        message = f"{what} `{name.text}` hides the layer of that name in this file"
        hint = hint or "call it something else, so that the layer can be used beside it"
        yield Diagnostic(SHADOWED_NAME, message, name.span, help=(hint,))


def _hidden_inside(
    parameters: Sequence[nodes.Parameter], body: Sequence[nodes.Statement], places: Mapping[str, Span]
) -> Iterator[Diagnostic]:
    """What the names of one definition hide, each name once."""
    yield from _rebound(parameters, body, places)
    seen: set[str] = set()
    bound = [("the parameter", p.name) for p in parameters]
    for what, name in (*bound, *((what, name) for what, name, _ in _bound(body))):
        if name.text in seen:
            continue
        seen.add(name.text)
        place = places.get(name.text)
        if place is not None:
            message = f"{what} `{name.text}` hides the block or model of that name"
            related = (Related(place, f"this `{name.text}` is hidden"),)
            hint = ("call one of them something else; an import can be renamed with `as`",)
            yield Diagnostic(SHADOWED_NAME, message, name.span, related=related, help=hint)
        elif find("layer", name.text) is not None:
            message = f"{what} `{name.text}` hides the layer of that name"
            yield Diagnostic(
                SHADOWED_NAME,
                message,
                name.span,
                help=("call it something else, so that the layer can be used beside it",),
            )


def _rebound(
    parameters: Sequence[nodes.Parameter], body: Sequence[nodes.Statement], places: Mapping[str, Span]
) -> Iterator[Diagnostic]:
    """Parameters and sizes whose names are bound once more, each name once."""
    own = {p.name.text: p.name.span for p in parameters}
    sizes = {n: s for n, s in _sizes(body).items() if n not in own and n not in places}
    said: set[str] = set()
    for what, name, value in _bound(body):
        text = name.text
        if text in said or (text not in own and text not in sizes):
            continue
        if what == "the input" and text in own:
            said.add(text)
            related = (Related(own[text], "the parameter"),)
            message = f"the input `{text}` has the name of a parameter"
            yield Diagnostic(DUPLICATE_NAME, message, name.span, related=related, help=("call one of them otherwise",))
        elif what != "the input" and not _reads(value, text) and (text in own or name.span.start > sizes[text].start):
            said.add(text)
            kind, place = ("parameter", own[text]) if text in own else ("size", sizes[text])
            message = f"{what} `{text}` hides the {kind} of that name"
            related = (Related(place, f"the {kind} `{text}`"),)
            hint = (f"call it something else: from here on, nothing can use the {kind}",)
            yield Diagnostic(SHADOWED_NAME, message, name.span, related=related, help=hint)


def _sizes(body: Sequence[nodes.Statement]) -> dict[str, Span]:
    """The names that the types of inputs give to sizes, each at its first place."""
    found: dict[str, Span] = {}
    for statement in body:
        if isinstance(statement, nodes.Input):
            for size in statement.type.shape:
                if isinstance(size, nodes.Name):
                    found.setdefault(size.text, size.span)
    return found


def _reads(value: nodes.Expression | None, name: str) -> bool:
    """Whether a value is made of the one that the name had: `width = width * 2` hides nothing by mistake."""
    return value is not None and any(isinstance(p, nodes.Name) and p.text == name for p in nodes.walk(value))


_Bound: TypeAlias = tuple[str, nodes.Identifier, nodes.Expression | None]


def _bound(body: Sequence[nodes.Statement]) -> Iterator[_Bound]:
    """The names that statements bind, in order, with what they are bound to."""
    for statement in body:
        match statement:
            case nodes.Input(name=name):
                yield "the input", name, None
            case nodes.Output(name=name, value=value):
                yield "the output", name, nodes.Name(span=name.span, text=name.text) if value is None else value
            case nodes.Binding(targets=targets, value=value):
                yield from (("the name", t, value) for t in targets)
            case nodes.For(targets=targets, body=inner):
                yield from (("the name", t, None) for t in targets)
                yield from _bound(inner)
            case nodes.If(yes=yes, no=no):
                yield from _bound((*yes, *no))
            case nodes.Assert():
                pass


def _unused_imports(tree: nodes.File, failed: Container[str]) -> Iterator[Diagnostic]:
    """Imports that nothing in the file uses. A file of imports alone, and `A as A`, pass names on."""
    imports = [d for d in tree.declarations if isinstance(d, nodes.Import)]
    others = [d for d in tree.declarations if not isinstance(d, nodes.Import | nodes.Version)]
    if not imports or not others:
        return
    used = _names_used(others)
    for item in (n for statement in imports for n in statement.names):
        name = item.alias or item.name
        passed_on = item.alias is not None and item.alias.text == item.name.text
        if name.text not in used and name.text not in failed and not passed_on:
            hint = f"take it out, or write `{name.text} as {name.text}` if other files take it from here"
            if item.alias is not None:
                hint = "take it out"
            yield Diagnostic(UNUSED_IMPORT, f"nothing here uses the import `{name.text}`", item.span, help=(hint,))


def _names_used(declarations: Sequence[nodes.Declaration]) -> set[str]:
    """The names in expressions, and those that sections are about."""
    parts = list(nodes.walk(*declarations))
    sections = {part.name.text for part in parts if isinstance(part, nodes.Section)}
    return sections | {part.text for part in parts if isinstance(part, nodes.Name)}
