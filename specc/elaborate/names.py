"""Names of a file that hide others, and imports that nothing uses: found in the tree, before anything is elaborated."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence

from specc.catalogue.registry import find
from specc.diagnostics import Diagnostic, Related
from specc.diagnostics.codes import SHADOWED_NAME, UNUSED_IMPORT
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
    seen: set[str] = set()
    bound = [("the parameter", p.name) for p in parameters]
    for what, name in (*bound, *_bound(body)):
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


def _bound(body: Sequence[nodes.Statement]) -> Iterator[tuple[str, nodes.Identifier]]:
    """The names that statements bind, in order."""
    for statement in body:
        match statement:
            case nodes.Input(name=name):
                yield "the input", name
            case nodes.Output(name=name):
                yield "the output", name
            case nodes.Binding(targets=targets):
                yield from (("the name", t) for t in targets)
            case nodes.For(targets=targets, body=inner):
                yield from (("the name", t) for t in targets)
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
