"""Programs that are built in Python: models with what is done with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any, TypeAlias, cast

from specc.build.errors import BuildError, in_python, raising
from specc.build.graph import PythonModel, empty_module
from specc.build.model import Model
from specc.build.places import caller
from specc.build.sections import Data, Section, data_node
from specc.build.values import described
from specc.catalogue.registry import kinds_of
from specc.compiler import Compilation
from specc.diagnostics import Diagnostic, Related, Report, SpecError
from specc.diagnostics.codes import DUPLICATE_NAME, UNKNOWN_TARGET, WRONG_KIND
from specc.elaborate.elaborate import Elaborated, unique_sections
from specc.elaborate.elaborator import Elaborator
from specc.elaborate.overrides import Overrides
from specc.elaborate.sections import Sections
from specc.elaborate.structure import prune, structure
from specc.elaborate.values import Composite, ModelInstance, Repeated
from specc.program import program as typed
from specc.program.graph import ModelGraph
from specc.syntax import nodes

Part: TypeAlias = "Model | Data | Section"


@dataclass
class BuiltCompilation(Compilation):
    """A compilation that begins with a program instead of a text."""

    made: Elaborated = field(kw_only=True)

    @property
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

    @cached_property
    def tree(self) -> nodes.File:
        """An empty tree: the program was never a text."""
        return empty_module(self.source).tree

    @property
    def text(self) -> str:
        """The program as a text of the language, with the same hash.

        Raises:
            BuildError: the program has errors.
        """
        span = caller()
        with raising(span):
            try:
                return super().text
            except AssertionError:
                if not (hiding := self._hiding()):
                    raise
                message = f"`{hiding}` hides what the catalogue calls so; the language can't write this program"
                hint = "call it something else, or save the JSON form"
                raise SpecError(Diagnostic(WRONG_KIND, message, span, help=(hint,))) from None

    def _hiding(self) -> str | None:
        """A name of a model or input that is one of the catalogue, too; for the language it is then that one's."""
        program = self.program
        given = [*program.models, *(i for m in program.models.values() for i in m.inputs), *program.data]
        return next((name for name in given if kinds_of(name)), None)

    def model(self, name: str | None = None) -> ModelGraph:
        """The model or ensemble of that name; without a name the one that the program is about.

        Raises:
            BuildError: there is none, or the program has errors.
        """
        span = caller()
        with raising(span):
            if not self.program.models:
                hint = "name a model in `Program(…)`, or a plan of one"
                raise SpecError(Diagnostic(UNKNOWN_TARGET, "this program has no model", span, help=(hint,)))
            try:
                return super().model(name)
            except SpecError as error:
                raise SpecError(*(replace(d, span=span) for d in error.diagnostics)) from None


class Program:
    """Models, and what is done with them: data, ensembles, training, searches, exports.

    The models that others are made of, and the data and models that sections name, need not be listed.
    """

    def __init__(self, *parts: Part) -> None:
        self.span = caller()
        with raising(self.span):
            for part in parts:
                if not isinstance(part, Model | Data | Section):  # pyright: ignore[reportUnnecessaryIsInstance]
                    message = f"a program is made of models, data and sections, not of {described(part)}"
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

    def to_text(self) -> str:
        """The program as a text of the language: each model a flat list of layers.

        Raises:
            BuildError: the program has errors.
        """
        return self.compile().text

    def save(self, path: str | PathLike[str]) -> None:
        """Write the program to a file, for ``specc`` on the command line and for other programs.

        It is written in the language where the file's name ends with ``.model``, else in the JSON form.

        Raises:
            BuildError: the program has errors.
            OSError: the file can't be written.
        """
        file = Path(path)
        text = self.to_text() if file.suffix == ".model" else self.to_json()
        file.write_text(text, encoding="utf-8", newline="\n")

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
