"""Programs that are built in Python: models with what is done with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias, cast

from specc.build.errors import BuildError, in_python, raising
from specc.build.graph import PythonModel, empty_module
from specc.build.model import Model
from specc.build.places import caller
from specc.build.sections import Data, Section, data_node
from specc.compiler import Compilation
from specc.diagnostics import Diagnostic, Related, Report, SpecError
from specc.diagnostics.codes import DUPLICATE_NAME, WRONG_KIND
from specc.elaborate.elaborate import Elaborated, unique_sections
from specc.elaborate.elaborator import Elaborator
from specc.elaborate.overrides import Overrides
from specc.elaborate.sections import Sections
from specc.elaborate.structure import prune, structure
from specc.elaborate.values import Composite, ModelInstance, Repeated
from specc.program import program as typed
from specc.syntax import nodes

Part: TypeAlias = "Model | Data | Section"


@dataclass
class BuiltCompilation(Compilation):
    """A compilation that begins with a program instead of a text."""

    made: Elaborated = field(kw_only=True)

    @cached_property
    def elaborated(self) -> Elaborated:
        return self.made

    @cached_property
    def report(self) -> Report:
        """All findings of the plans and of the rules over the whole program."""
        found = Report()
        found.extend(map(in_python, super().report))
        return found

    @cached_property
    def program(self) -> typed.Program:
        """The checked program.

        Raises:
            BuildError: with all errors, when there are any.
        """
        if errors := self.report.errors:
            raise BuildError(*errors)
        return self.elaborated.program


class Program:
    """Models, and what is done with them: data, ensembles, training, searches, exports.

    The models that others are made of, and the data and models that sections name, need not be listed.
    """

    def __init__(self, *parts: Part) -> None:
        self.span = caller()
        with raising(self.span):
            for part in parts:
                if not isinstance(part, Model | Data | Section):  # pyright: ignore[reportUnnecessaryIsInstance]
                    message = f"a program is made of models, data and sections, not of {part!r}"
                    raise SpecError(Diagnostic(WRONG_KIND, message, self.span))
        self.parts = parts

    def compile(self) -> BuiltCompilation:
        """Check the whole program. Nothing is raised: the compilation's report has the findings."""
        program = typed.Program(self.span.source)
        elaborator = Elaborator(program, Overrides())
        broken = self._add_models(elaborator)
        declarations: list[nodes.Data | nodes.Section] = []
        for make in self._declarations():
            try:
                declarations.append(make())
            except SpecError as error:
                elaborator.add(*error.diagnostics)
        module = empty_module(self.span.source, *(d for d in declarations if d.name.text not in broken))
        unique_sections(elaborator, module.tree)
        Sections(elaborator, module).run()
        return BuiltCompilation(self.span.source, made=Elaborated(program, elaborator.findings))

    @property
    def hash(self) -> str:
        """The hash of the program's canonical form.

        Raises:
            BuildError: the program has errors.
        """
        from specc.program.json import graph_hash

        return graph_hash(self.compile().program)

    def to_json(self) -> str:
        """The program in the JSON form.

        Raises:
            BuildError: the program has errors.
        """
        from specc.program.json import pretty

        return pretty(self.compile().program)

    def save(self, path: str | Path) -> None:
        """Write the JSON form to a file, for ``specc`` on the command line and for other programs.

        Raises:
            BuildError: the program has errors.
            OSError: the file can't be written.
        """
        Path(path).write_text(self.to_json(), encoding="utf-8")

    def __repr__(self) -> str:
        return f"<program of {', '.join(repr(p.name) for p in self.parts)}>"

    # ── Parts ────────────────────────────────────────────────────────────────────────────────────

    def _add_models(self, elaborator: Elaborator) -> set[str]:
        """Add the models to the program; the names of those with errors."""
        program = elaborator.program
        seen: dict[str, PythonModel] = {}
        broken: set[str] = set()
        for model in _with_inner(self._models()):
            first = seen.setdefault(model.name, model)
            if first is model and model.name not in program.models:
                problems = structure(model, model.span)
                copy = replace(model, members=dict(model.members), outputs=dict(model.outputs))
                prune(copy)
                program.models[model.name] = copy
                program.places["model", model.name] = model.span
                elaborator.add(*problems)
                broken |= {model.name} if Report(problems).errors else set()
            elif first is not model:
                elaborator.add(_twice(model, first))
                broken.add(model.name)
        return broken

    def _models(self) -> Iterator[PythonModel]:
        for part in self.parts:
            match part:
                case Model(model=model):
                    yield model
                case Section():
                    yield from _models_of(part)
                case Data():
                    pass

    def _declarations(self) -> Iterator[Any]:
        """What makes each declaration, data before what names it, each once."""
        sections = list(self._sections())
        named = [p for p in self.parts if isinstance(p, Data)]
        named += [d for s in sections if isinstance(d := s.settings.get("data"), Data)]
        for part in dict.fromkeys(named):
            yield lambda part=part: data_node(part.name, part.source, part.span)
        for section in sections:
            yield section.node

    def _sections(self) -> Iterator[Section]:
        """The sections, each once, with the ensembles that they are about."""
        found: dict[Section, None] = {}
        for part in self.parts:
            if isinstance(part, Section):
                if isinstance(part.target, Section):
                    found.setdefault(part.target)
                found.setdefault(part)
        return iter(found)


def _models_of(section: Section) -> Iterator[PythonModel]:
    if isinstance(section.target, Model):
        yield section.target.model
    ensemble = section.target if isinstance(section.target, Section) else section
    members: Any = ensemble.settings.get("members", ())
    for member in cast("Iterable[Any]", members if isinstance(members, list | tuple) else (members,)):
        yield from _instances(getattr(member, "instance", None))


def _instances(member: Any) -> Iterator[PythonModel]:
    match member:
        case ModelInstance(graph=PythonModel() as model):
            yield model
        case Repeated(item=item):
            yield from _instances(item)
        case Composite(parts=parts):
            for part in parts:
                yield from _instances(part)
        case _:
            pass


def _with_inner(models: Iterable[PythonModel]) -> Iterator[PythonModel]:
    """Models, each after those that are applied in it."""
    for model in models:
        yield from _with_inner(model.inside)
        yield model


def _twice(model: PythonModel, first: PythonModel) -> Diagnostic:
    return Diagnostic(
        DUPLICATE_NAME,
        f"there are two models called `{model.name}`",
        model.span,
        related=(Related(first.span, "the first one"),),
    )
