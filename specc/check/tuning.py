"""Rules about searches: what is tuned is trained, and has something to search."""

from __future__ import annotations

from collections.abc import Iterator

from specc.diagnostics import Diagnostic
from specc.diagnostics.codes import CANNOT_TUNE, NOTHING_TO_TUNE
from specc.program.program import Program
from specc.syntax import nodes


def tuned_is_trained(program: Program) -> Iterator[Diagnostic]:
    """A search trains again and again: it needs a `train` of the same model or ensemble."""
    for target in program.tunes.values_of:
        ensemble = program.ensembles.values_of.get(target)
        names = {target} if ensemble is None else {target, *(m["model"] for m in ensemble["members"])}
        definitions = {program.models[n].definition for n in names if n in program.models}
        if not (names | definitions) & program.trains.values_of.keys():
            message = f"`tune {target}` looks for the best training, but nothing trains `{target}`"
            hint = f"write `train {target} {{ … }}`"
            yield Diagnostic(CANNOT_TUNE, message, program.place("tune", target), help=(hint,))


def something_is_searched(tree: nodes.File) -> Iterator[Diagnostic]:
    """A search chooses values for parameters from their domains; of a model that is imported nothing is said."""
    sections = [d for d in tree.declarations if isinstance(d, nodes.Section)]
    models = [d for d in tree.declarations if isinstance(d, nodes.Definition) and d.keyword == "model"]
    ensembles = {s.name.text for s in sections if s.keyword == "ensemble"}
    for tune in (s for s in sections if s.keyword == "tune"):
        name = tune.name.text
        searched = [m for m in models if name in ensembles or m.name.text == name]
        around = [s for s in sections if s.name.text == name]
        if not searched or any(_can_vary(p) for d in (*searched, *around) for p in d.parameters):
            continue
        if name in ensembles and any(isinstance(d, nodes.Import) for d in tree.declarations):
            continue
        yield Diagnostic(
            NOTHING_TO_TUNE,
            f"`tune {name}` has nothing to search: no parameter of `{name}` or of its training has a domain",
            tune.name.span,
            help=(f"give one a domain: `model {name}(units: int in [8, 16, 32] = 16)`",),
        )


def _can_vary(parameter: nodes.Parameter) -> bool:
    return parameter.domain is not None or parameter.kind.text == "bool"
