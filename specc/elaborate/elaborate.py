"""Tree → program: the order in which the parts of a file are elaborated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from specc.diagnostics import Diagnostic, Report, SpecError
from specc.diagnostics.codes import ASSERTION, DUPLICATE_NAME, OUTPUT_TYPE
from specc.elaborate.builder import Budget, Builder
from specc.elaborate.elaborator import Elaborator
from specc.elaborate.expressions import evaluate, parameter_value
from specc.elaborate.frame import NotGeneric
from specc.elaborate.generic import check_block
from specc.elaborate.modules import Loader, Module
from specc.elaborate.names import check_names
from specc.elaborate.overrides import Overrides
from specc.elaborate.sections import Sections
from specc.elaborate.values import Definition, Poisoned
from specc.program.graph import ModelGraph
from specc.program.program import Program
from specc.source import Source, Span
from specc.syntax import nodes
from specc.syntax.parse import parse_expression


@dataclass(frozen=True)
class TestResult:
    """The outcome of one ``test``: it passed when there are no errors."""

    title: str
    span: Span
    findings: Report

    @property
    def passed(self) -> bool:
        return self.findings.ok


@dataclass
class Elaborated:
    """What elaboration makes of a file.

    ``needs`` are the models that could not be made because parameters have no values.
    """

    program: Program
    findings: Report
    module: Module | None = None
    overrides: Overrides = field(default_factory=Overrides)
    needs: dict[str, list[str]] = field(default_factory=dict[str, list[str]])

    @property
    def defines_anything(self) -> bool:
        return bool(self.program.models or (self.module and self.module.tree.declarations))

    def run_tests(self) -> list[TestResult]:
        """Elaborate every ``test`` of the file, each on its own."""
        if self.module is None:
            return []
        tests = [d for d in self.module.tree.declarations if isinstance(d, nodes.Test)]
        return [_run_test(self.module, test, self.overrides) for test in tests]


def elaborate(source: Source, tree: nodes.File, parameters: Mapping[str, str]) -> Elaborated:
    """The program of a parsed file with everything it imports; all problems are in the findings."""
    program = Program(source)
    elaborator = Elaborator(program, Overrides())
    loader = Loader(source.folder, lambda error: elaborator.add(*error.diagnostics))
    module = loader.load(source, tree)
    program.version = module.version.text.value if module.version else None
    result = Elaborated(program, elaborator.findings, module)
    try:
        result.overrides = elaborator.overrides = Overrides.parse(
            parameters, lambda s: _constant(elaborator, module, s)
        )
    except SpecError as error:
        elaborator.add(*error.diagnostics)
        return result
    elaborator.add(*check_names(module))
    blocks = _all_blocks(module)
    elaborator.refuse_too_large([*blocks, *(d for d in module.definitions if d.is_model)])
    for definition in blocks:
        check_block(elaborator, definition)
    for definition in module.definitions:
        if definition.is_model:
            _model(elaborator, definition, result.needs)
    unique_sections(elaborator, tree)
    Sections(elaborator, module).run()
    elaborator.add(*elaborator.overrides.unused())
    _tests(elaborator, module)
    return result


def elaborate_json(source: Source) -> Elaborated:
    """The program of a text in the JSON form.

    Raises:
        SpecError: the text isn't JSON, or not of the form's structure.
    """
    from specc.elaborate.from_json import load_json

    program, findings = load_json(source)
    return Elaborated(program, findings)


def _constant(elaborator: Elaborator, module: Module, source: Source) -> object:
    """The value of a command-line text; nothing of the file is visible to it."""
    empty = Module(source, nodes.File(span=Span(source), declarations=(), comments=()))
    return parameter_value(evaluate(elaborator.frame(empty, Span(source)), parse_expression(source)))


def _all_blocks(module: Module) -> list[Definition]:
    """The blocks of a file and of all that it imports, imported ones first, each once.

    Those of the standard library are left out: they were checked when it was made.
    """
    found: dict[Definition, None] = {}
    for imported in module.imported:
        if not imported.is_standard:
            found |= dict.fromkeys(_all_blocks(imported))
    found |= dict.fromkeys(d for d in module.definitions if not d.is_model)
    return list(found)


def _model(elaborator: Elaborator, definition: Definition, needs: dict[str, list[str]]) -> None:
    """Make the model with its defaults; one that has parameters without values is left to who names them."""
    try:
        params = elaborator.params(definition)
        given = {g.name for g in elaborator.overrides.given(definition.name, params, [])}
        unbound = [n for n, p in params.items() if p.required and n not in given]
        if unbound:
            needs[definition.name] = unbound
            check_block(elaborator, definition)
            return
        values = elaborator.values(definition, [], definition.syntax.span)
        elaborator.graph(definition, values, definition.syntax.name.span)
    except SpecError as error:
        elaborator.add(*error.diagnostics)
    except (Poisoned, NotGeneric):
        pass


def unique_sections(elaborator: Elaborator, tree: nodes.File) -> None:
    """Report sections and data of one keyword that have the same name."""
    seen: dict[tuple[str, str], Span] = {}
    for declaration in tree.declarations:
        match declaration:
            case nodes.Section(keyword=keyword, name=name):
                key = (keyword, name.text)
            case nodes.Data(name=name):
                key = ("data", name.text)
            case _:
                continue
        if key in seen:
            from specc.diagnostics import Related

            first = Related(seen[key], "the first one")
            message = f"there are two of `{key[0]} {key[1]}`"
            elaborator.add(Diagnostic(DUPLICATE_NAME, message, name.span, related=(first,)))
        seen.setdefault(key, name.span)


def _tests(elaborator: Elaborator, module: Module) -> None:
    """Report what is wrong in the tests of a file; whether their claims hold is left to who runs them."""
    alone = not elaborator.findings.ok
    budget = Budget()
    for test in module.tree.declarations:
        if not isinstance(test, nodes.Test):
            continue
        claims = {s.span.start for s in nodes.walk(test) if isinstance(s, nodes.Assert)}
        for error in _run_test(module, test, elaborator.overrides, budget).findings.errors:
            if budget.spent or error.code.id.startswith("E9"):
                return  # all tests share one limit here, so that a check stays fast
            inside = error.span.source is module.source and test.span.start <= error.span.start < test.span.end
            is_claim = error.code == OUTPUT_TYPE or (error.code == ASSERTION and error.span.start in claims)
            # What is wrong elsewhere in a file with errors was said there.
            if not (inside and is_claim) and (inside or not alone):
                elaborator.add(error)


def _run_test(module: Module, test: nodes.Test, overrides: Overrides, budget: Budget | None = None) -> TestResult:
    elaborator = Elaborator(Program(module.source), replace(overrides, used=set(), known=set()))
    elaborator.budget = budget or elaborator.budget
    model = ModelGraph("test", test.title.span)
    frame = replace(elaborator.frame(module, test.span), builder=Builder(model, budget or Budget()))
    elaborator.run_model(frame, test.body, test.title.span)
    return TestResult(test.title.value, test.title.span, elaborator.findings)
