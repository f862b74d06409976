"""Elaborates a module: instances of blocks and models, the generic check of blocks, the models of the program."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final

from specc import limits
from specc.catalogue.bind import Contract, Given, bind_params
from specc.catalogue.declare import Param, Value, Word
from specc.catalogue.params import Flag, Label, Optional, Text
from specc.diagnostics import Diagnostic, Related, Report, SpecError, did_you_mean
from specc.diagnostics.codes import NO_INPUT, NO_OUTPUT, RECURSION, WRONG_KIND
from specc.elaborate.apply import apply, input_count
from specc.elaborate.body import Outputs, run
from specc.elaborate.builder import Budget, Builder
from specc.elaborate.contracts import refusing
from specc.elaborate.expressions import evaluate
from specc.elaborate.frame import Frame, NotGeneric
from specc.elaborate.inputs import GivenInputs, NewInputs
from specc.elaborate.least import Amount
from specc.elaborate.memory import Applied, Forgotten, Memory, key_of
from specc.elaborate.modules import Module
from specc.elaborate.overrides import Overrides
from specc.elaborate.parameters import DomainParam, catalogues_for, declared_params
from specc.elaborate.structure import prune, structure
from specc.elaborate.values import BlockInstance, Definition, ModelInstance, Poisoned, Tensor
from specc.program.deciding import is_fixed
from specc.program.dims import Expr
from specc.program.graph import ModelGraph, Start
from specc.program.program import Program
from specc.source import Span
from specc.syntax import nodes


class _Weights(Text):
    """A file of weights, or the word ``imagenet``."""

    expects = "imagenet, or a quoted path of a file of weights"
    words = ("imagenet",)

    def accept(self, value: Value) -> str:
        if isinstance(value, Word) and value not in self.words:
            raise self.refuse(value, help=did_you_mean(value, self.words))
        return super().accept(value)


OF_USES: Final[dict[str, Param[Any]]] = {
    "name": Label(),
    "weights": Optional(_Weights()),
    "trainable": Flag(True),
}
"""What every use of a model as a layer takes besides its own parameters; of a block only the name."""
for _name, _param in OF_USES.items():
    _param.__set_name__(Label, _name)


@dataclass
class Elaborator:
    """What one elaboration shares: the program so far, the report, the models made."""

    program: Program
    overrides: Overrides
    findings: Report = field(default_factory=Report)
    budget: Budget = field(default_factory=Budget)
    memory: Memory | None = None
    """In a trial, what blocks came to in those before it."""
    _graphs: dict[Any, ModelGraph | None] = field(default_factory=dict[Any, "ModelGraph | None"])
    _params: dict[Definition, dict[str, DomainParam] | None] = field(
        default_factory=dict[Definition, "dict[str, DomainParam] | None"]
    )
    broken: set[Definition] = field(default_factory=set[Definition])
    _too_large: dict[Definition, Amount] = field(default_factory=dict[Definition, Amount])
    _seen: set[tuple[str, str, int]] = field(default_factory=set[tuple[str, str, int]])

    # ── Reporting ────────────────────────────────────────────────────────────────────────────────

    def report(self, frame: Frame, error: SpecError) -> None:
        """Report what went wrong in a frame, with the calls that led there. Each place is reported once."""
        if len(self._seen) >= limits.FINDINGS:
            frame.builder.budget.stop()
            return
        definition = frame.active[-1] if frame.active else None
        if frame.cases is not None and definition is not None:
            self.broken.add(definition)
        elif definition in self.broken:
            return
        calls = tuple(Related(span, "called here") for span in reversed(frame.calls[-3:]))
        note = frame.cases.note if frame.cases is not None else ()
        self.add(*(replace(d, related=d.related + calls, help=d.help + note) for d in error.diagnostics))

    def is_broken(self, frame: Frame) -> bool:
        """Whether an error in the definition that a frame is of was reported for all its uses."""
        return bool(frame.active) and frame.active[-1] in self.broken

    def add(self, *diagnostics: Diagnostic) -> None:
        """Report findings whose code and place were not reported before."""
        for diagnostic in diagnostics:
            key = (diagnostic.code.id, diagnostic.span.source.name, diagnostic.span.start)
            if key not in self._seen:
                self._seen.add(key)
                self.findings.add(diagnostic)

    # ── Parameters ───────────────────────────────────────────────────────────────────────────────

    def params(self, definition: Definition) -> dict[str, DomainParam]:
        """The declared parameters of a definition; problems with them are reported once.

        Raises:
            Poisoned: they could not be understood.
        """
        if not definition.syntax.parameters:
            return {}
        if definition not in self._params:
            frame = self.frame(definition.module, definition.syntax.span)
            try:
                self._params[definition] = declared_params(definition.syntax.parameters, partial(evaluate, frame))
            except SpecError as error:
                self.add(*error.diagnostics)
                self._params[definition] = None
        found = self._params[definition]
        if found is None:
            raise Poisoned
        return found

    def values(self, definition: Definition, given: Sequence[Given], span: Span) -> dict[str, Any]:
        """The value of every parameter: as given, overridden on the command line, or by default."""
        params = self.params(definition)
        keyword = definition.syntax.keyword
        given = self.overrides.given(definition.name, params, given)
        contract = Contract(definition.syntax.name.span, {p.name.text: p.span for p in definition.syntax.parameters})
        bound = bind_params(definition.name, params, given, span, contract)
        frame = self.frame(definition.module, definition.syntax.span)
        return self.with_defaults(frame, definition.syntax.parameters, params, bound, keyword)

    def with_defaults(
        self,
        frame: Frame,
        parameters: Sequence[nodes.Parameter],
        params: Mapping[str, DomainParam],
        bound: Mapping[str, Any],
        keyword: str,
    ) -> dict[str, Any]:
        """``bound`` completed by defaults, which may use the parameters before them."""
        for parameter in parameters:
            name = parameter.name.text
            if name in bound:
                frame.scope[name] = bound[name]
            elif parameter.default is not None:
                default = Given(
                    name, evaluate(frame, parameter.default, catalogues_for(parameter)), parameter.default.span
                )
                frame.scope.update(bind_params(keyword, {name: params[name]}, [default], parameter.default.span))
        return {p.name.text: frame.scope[p.name.text] for p in parameters if p.name.text in frame.scope}

    def frame(self, module: Module, span: Span) -> Frame:
        """A frame with nothing bound and a graph that is thrown away."""
        return Frame({}, module, Builder(ModelGraph("", span), self.budget), self)

    # ── Instances ────────────────────────────────────────────────────────────────────────────────

    def instance(
        self, frame: Frame, definition: Definition, given: Sequence[Given], span: Span
    ) -> BlockInstance | ModelInstance:
        """A block or model with arguments.

        Raises:
            SpecError: wrong arguments, or a definition inside of itself.
        """
        if definition in frame.active:
            ring = " → ".join(d.name for d in (*frame.active[frame.active.index(definition) :], definition))
            raise SpecError(
                Diagnostic(
                    RECURSION,
                    f"`{definition.name}` contains itself: {ring}",
                    span,
                    help=("to repeat a layer, write `layer * n` or a `for` loop",),
                )
            )
        own = self.params(definition)
        taken = {n: p for n, p in OF_USES.items() if n not in own and (definition.is_model or n == "name")}
        given_here = [g for g in given if g.name in taken]
        taken_here = {g.name: taken[g.name] for g in given_here if g.name}
        of_use = bind_params(definition.name, taken_here, given_here, span) if given_here else {}
        values = self.values(definition, [g for g in given if g.name not in taken], span)
        label = of_use.pop("name", None)
        if not definition.is_model:
            return BlockInstance(definition, values, span, label=label)
        with refusing(frame, span):
            graph = self.graph(definition, values, span, frame.active, (*frame.calls, span))
            return ModelInstance(graph, span, label=label, start=Start(**of_use))

    def apply_block(self, frame: Frame, block: BlockInstance, inputs: Sequence[Tensor], span: Span) -> list[Tensor]:
        """Carry out a block's body on some tensors."""
        if not self.is_small(block.definition):
            raise Poisoned
        if self.memory is None or frame.cases is not None:
            return self._carry_out(frame, block, inputs, span)
        if block.is_remembered:
            raise Forgotten
        key = key_of(block, inputs) if block.prefix is None else None
        if key in self.memory:
            return frame.builder.remembered(block, inputs, self.memory[key], frame.prefix, span)
        budget, before = frame.builder.budget, len(self.findings)
        layers, steps = budget.layers, budget.steps
        made = self._carry_out(frame, block, inputs, span)
        if key is not None and len(self.findings) == before:
            self.memory[key] = Applied(tuple(t.type for t in made), layers - budget.layers, steps - budget.steps)
        return made

    def _carry_out(self, frame: Frame, block: BlockInstance, inputs: Sequence[Tensor], span: Span) -> list[Tensor]:
        definition = block.definition
        if block.prefix is None:
            block.prefix = frame.builder.part_name(block, definition.name, frame.prefix, span) + "."
        inner = frame.inside(definition, dict(block.arguments), span, prefix=block.prefix, cells=block.cells)
        syntax = definition.syntax
        if syntax.value is not None:
            return self._apply_value(inner, syntax.value, inputs)
        assert syntax.body is not None
        declared = sum(isinstance(s, nodes.Input) for s in syntax.body)
        if declared != len(inputs):
            contract = Related(syntax.name.span, f"`{definition.name}` is declared here")
            raise SpecError(input_count(definition.name, declared, len(inputs), span, contract))
        outputs = Outputs()
        source = GivenInputs(inputs, span, definition)
        self._match_inputs_first(inner, syntax.body, source)
        run(inner, [s for s in syntax.body if not isinstance(s, nodes.Input)], source, outputs)
        if not outputs.values and definition not in self.broken:
            self.broken.add(definition)
            self.add(_no_output(definition))
        if not outputs.values or any(v is None for v in outputs.values.values()):
            raise Poisoned
        return [v for v in outputs.values.values() if v is not None]

    def _match_inputs_first(self, inner: Frame, body: Sequence[nodes.Statement], source: GivenInputs) -> None:
        """Bind the inputs; a mismatch is the caller's error and is raised to it."""
        for statement in body:
            if isinstance(statement, nodes.Input):
                inner.scope[statement.name.text] = source.take(inner, statement)

    def _apply_value(self, inner: Frame, value: nodes.Expression, inputs: Sequence[Tensor]) -> list[Tensor]:
        try:
            layer = inner.once("value", lambda: evaluate(inner, value))
            if isinstance(layer, Word | Tensor):
                raise SpecError(Diagnostic(WRONG_KIND, "a block must be a layer or have a body", value.span))
            return apply(inner, layer, inputs, value.span)
        except SpecError as error:
            self.report(inner, error)
            raise Poisoned from None

    # ── Models ───────────────────────────────────────────────────────────────────────────────────

    def graph(
        self,
        definition: Definition,
        values: dict[str, Any],
        span: Span,
        active: tuple[Definition, ...] = (),
        calls: tuple[Span, ...] = (),
    ) -> ModelGraph:
        """The graph of a model for given parameters, made once; ``calls`` are the places that asked for it.

        Raises:
            Poisoned: it has errors, which are reported.
        """
        if not self.is_small(definition):
            raise Poisoned
        if any(isinstance(v, Expr) and not is_fixed(v) for v in values.values()):
            raise NotGeneric
        key = (definition, tuple((k, str(v)) for k, v in values.items()))
        if key not in self._graphs:
            self._graphs[key] = None
            self._graphs[key] = self._elaborate(definition, values, active, calls)
        graph = self._graphs[key]
        if graph is None:
            raise Poisoned
        return graph

    def _elaborate(
        self,
        definition: Definition,
        values: dict[str, Any],
        active: tuple[Definition, ...],
        calls: tuple[Span, ...],
    ) -> ModelGraph | None:
        syntax = definition.syntax
        name = self._graph_name(definition, values)
        model = ModelGraph(name, syntax.name.span, parameters=values, definition=definition.name)
        frame = replace(
            self.frame(definition.module, syntax.span),
            builder=Builder(model, self.budget, labels=definition.module.labels),
            scope=dict(values),
            active=(*active, definition),
            calls=calls,
        )
        if syntax.body is None:
            self.add(
                Diagnostic(
                    NO_INPUT,
                    f"the model `{name}` has no input",
                    syntax.name.span,
                    help=("write it with a body: `model Name { input x: float32[…] … output y = … }`",),
                )
            )
            return None
        outputs = self.run_model(frame, syntax.body, syntax.name.span)
        if outputs is None:
            return None
        model.outputs = {n: t.port for n, t in outputs.items()}
        self.program.models[name] = model
        self.program.places["model", name] = syntax.name.span
        return model

    def run_model(self, frame: Frame, body: Sequence[nodes.Statement], span: Span) -> dict[str, Tensor] | None:
        """Carry out a model's body; its outputs, or None when there were errors."""
        before = len(self.findings.errors)
        outputs = Outputs()
        run(frame, body, NewInputs(), outputs)
        model = frame.builder.model
        model.outputs = {n: t.port for n, t in outputs.values.items() if t is not None}
        failed = len(self.findings.errors) > before or any(v is None for v in outputs.values.values())
        if not failed:
            self.add(*structure(model, span))
            prune(model)
        if len(self.findings.errors) > before or failed:
            return None
        return {n: t for n, t in outputs.values.items() if t is not None}

    def _graph_name(self, definition: Definition, values: dict[str, Any]) -> str:
        defaults = self._is_plain(definition, values)
        parts = [] if defaults else [f"{k}_{v}" for k, v in values.items() if isinstance(v, int | str)]
        base = "_".join([definition.name, *(re.sub(r"[^A-Za-z0-9]", "_", p) for p in parts)])
        if len(base) > limits.NAME_LENGTH:
            base = definition.name[: limits.NAME_LENGTH - 8]
        name, number = base, 1
        while name in self.program.models or (not defaults and name == definition.name):
            number += 1
            name = f"{base}_{number}"
        return name

    def _is_plain(self, definition: Definition, values: dict[str, Any]) -> bool:
        try:
            return values == self.values(definition, [], definition.syntax.span)
        except SpecError:
            return False

    # ── What is too large ────────────────────────────────────────────────────────────────────────

    def refuse_too_large(self, definitions: Iterable[Definition]) -> None:
        """Report definitions that make too much whatever their parameters are. A block in them is to blame first."""
        count = self.budget.least
        for definition in definitions:
            least = count.of_definition(definition)
            if least.layers > limits.EXPANDED_LAYERS or least.steps > limits.STEPS:
                self._too_large[definition] = least
        for definition, least in self._too_large.items():
            if not count.parts[definition] & self._too_large.keys():
                try:
                    Budget().require_amount(least, count.places.get(definition, definition.syntax.name.span))
                except SpecError as error:
                    self.add(*error.diagnostics)

    def is_small(self, definition: Definition) -> bool:
        """Whether there is time for a definition: where the program is too large, only for small ones."""
        if definition in self._too_large:
            return False
        return not self._too_large or self.budget.least.of_definition(definition).layers < limits.EXPANDED_LAYERS // 50


def _no_output(definition: Definition) -> Diagnostic:
    return Diagnostic(
        NO_OUTPUT,
        f"the {definition.syntax.keyword} `{definition.name}` has no output",
        definition.syntax.name.span,
        help=("write `output name = …`",),
    )
