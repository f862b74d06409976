"""One compilation: every phase computed once, on demand. Nothing here imports TensorFlow or Keras."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from specc import limits
from specc.diagnostics import Diagnostic, Report, SpecError, did_you_mean
from specc.diagnostics.codes import EMPTY_FILE, MISSING_SETTING, UNKNOWN_TARGET
from specc.pause import without_collecting
from specc.plugins import Plugin, current, using
from specc.program.graph import ModelGraph
from specc.program.program import Program
from specc.source import Source, Span
from specc.syntax import nodes

if TYPE_CHECKING:
    from specc.elaborate.domains import Proofs
    from specc.elaborate.elaborate import Elaborated, TestResult


@dataclass
class Compilation:
    """A source on its way: ``tree`` → ``program`` → ``report``. Python's own recursion limit is raised once.

    Attributes:
        source: the text of a ``.model`` file, or of its JSON form.
        exhaustive: whether every value of the domains is tried, however long that takes.
        parameters: values for parameters by name, as texts of the language (``{"width": "16"}``).
        plugins: the plugins whose layers it may use; those that are allowed where it is made.
    """

    source: Source
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])
    max_bytes: int = limits.SOURCE_BYTES
    exhaustive: bool = False
    plugins: tuple[Plugin, ...] = field(default_factory=current)

    def __post_init__(self) -> None:
        # Blocks nest in Python's stack; the compiler's own limits are far below this.
        sys.setrecursionlimit(max(sys.getrecursionlimit(), 20_000))

    @classmethod
    def of_file(cls, path: str | Path, parameters: Mapping[str, str] | None = None) -> Compilation:
        """The compilation of a file; ``-`` is standard input.

        Raises:
            SpecError: it can't be read.
        """
        from specc.syntax.read import read

        return cls(read(path), parameters or {})

    @property
    def is_json(self) -> bool:
        """Whether the source is in the JSON form: by its name's end, or because it begins with a brace."""
        name = self.source.name
        return name.endswith(".json") or (not name.endswith(".model") and self.source.text.lstrip()[:1] == "{")

    @cached_property
    def tree(self) -> nodes.File:
        """The syntax tree.

        Raises:
            SpecError: with all syntax errors of the text.
        """
        from specc.syntax.parse import parse

        with without_collecting():
            return parse(self.source, max_bytes=self.max_bytes)

    @property
    def elaborated(self) -> Elaborated:
        """The program with the findings of elaboration.

        Raises:
            SpecError: the text could not be parsed.
        """
        if isinstance(self._elaborated, SpecError):
            raise self._elaborated
        return self._elaborated

    @cached_property
    def _elaborated(self) -> Elaborated | SpecError:
        """The error is kept like a result: a text that can't be read isn't read again by the next who asks."""
        from specc.elaborate.elaborate import elaborate, elaborate_json

        try:
            with without_collecting(), using(self.plugins):
                if self.is_json:
                    return elaborate_json(self.source)
                return elaborate(self.source, self.tree, self.parameters)
        except SpecError as error:
            return error

    @cached_property
    def report(self) -> Report:
        """All findings: of parsing, elaboration and the rules over the whole program."""
        with without_collecting(), using(self.plugins):
            return self._report()

    def _with_pointers(self, report: Report) -> Report:
        """The findings of a JSON text, each with the pointer of what it is about."""
        from specc.elaborate.json_text import read_json

        if all(d.pointer is not None for d in report):
            return report
        document, found = read_json(self.source), Report()
        found.add(
            *(d if d.pointer is not None else replace(d, pointer=document.around(d.span).pointer) for d in report)
        )
        return found

    def _report(self) -> Report:
        from specc.check import check
        from specc.check.unused import unused, without_exempt

        report = Report()
        try:
            elaborated = self.elaborated
        except SpecError as error:
            report.add(*error.diagnostics, *self._beside(error))
            return report
        tree = elaborated.module.tree if elaborated.module is not None else None
        report.extend(elaborated.findings if tree is None else without_exempt(tree, elaborated.findings))
        program = elaborated.program
        if elaborated.findings.ok:
            report.extend(check(program))
            report.extend(unused(tree, elaborated.findings) if tree is not None else ())
            report.extend(self.proofs.findings)
        if not len(report) and not elaborated.defines_anything:
            report.add(Diagnostic(EMPTY_FILE, "this file defines nothing", Span(self.source)))
        return self._with_pointers(report) if self.is_json else report

    def _beside(self, error: SpecError) -> list[Diagnostic]:
        """The errors of the declarations that could be read in a file with syntax errors."""
        from specc.elaborate.elaborate import elaborate
        from specc.syntax.parse import BrokenFile

        if not isinstance(error, BrokenFile) or error.tree is None:
            return []
        # Values of parameters may be meant for what could not be read.
        return elaborate(self.source, error.tree, {}).findings.errors

    @cached_property
    def proofs(self) -> Proofs:
        """For which values of their domains the definitions are valid; empty for what has errors.

        Raises:
            SpecError: the text could not be parsed.
        """
        from specc.elaborate.domains import Proofs, prove

        module = self.elaborated.module
        if module is None or not self.elaborated.findings.ok:
            return Proofs()
        with using(self.plugins):
            return prove(module, self.elaborated.program, exhaustive=self.exhaustive)

    @cached_property
    def program(self) -> Program:
        """The checked program.

        Raises:
            SpecError: with all errors, when there are any.
        """
        self.report.raise_if_errors()
        return self.elaborated.program

    @property
    def text(self) -> str:
        """The program as a text of the language, with the same hash.

        Raises:
            SpecError: with all errors, when there are any.
        """
        from specc.program.json import graph_hash
        from specc.program.to_text import to_text

        text = to_text(self.program)
        again = Compilation(Source("<text>", text, self.source.path), max_bytes=sys.maxsize)
        if graph_hash(again.elaborated.program) != graph_hash(self.program):
            raise AssertionError("the text is of another program")
        return text

    @cached_property
    def tests(self) -> list[TestResult]:
        """The outcome of every ``test`` of the file."""
        with using(self.plugins):
            return self.elaborated.run_tests()

    def model(self, name: str | None = None) -> ModelGraph:
        """The model or ensemble of that name; without a name the one that the file is about.

        That is the one that is trained, or else the last one defined.

        Raises:
            SpecError: there is none.
        """
        models = self.program.models
        if name is not None and name not in models:
            hint = did_you_mean(name, models) or ((f"models are {', '.join(models)}",) if models else ())
            raise SpecError(Diagnostic(UNKNOWN_TARGET, f"there is no model `{name}`", Span(self.source), help=hint))
        if name is not None:
            return models[name]
        if not models:
            raise SpecError(self._no_model())
        trained = [t for t in self.program.trains if t in models]
        return models[trained[-1] if trained else list(models)[-1]]

    def _no_model(self) -> Diagnostic:
        unbound = self.elaborated.needs
        if unbound:
            name, params = next(iter(unbound.items()))
            options = " ".join(f"-p {p}=…" for p in params)
            return Diagnostic(
                MISSING_SETTING,
                f"`{name}` needs values for its parameters",
                Span(self.source),
                help=(f"give {options}",),
            )
        return Diagnostic(
            UNKNOWN_TARGET, "this file has no model", Span(self.source), help=("write `model Name { … }`",)
        )


def compile_text(text: str, **parameters: Any) -> Compilation:
    """The compilation of a text, for programs and tests."""
    return Compilation(Source("<text>", text), {k: str(v) for k, v in parameters.items()})
