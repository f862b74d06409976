"""Builds the one model that an ensemble makes together: members side by side, and what combines their answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from specc.catalogue.bind import diagnostic_of
from specc.catalogue.declare import Declaration, Refusal
from specc.catalogue.layer import Layer
from specc.catalogue.objects.ensemble import Combiner
from specc.diagnostics import Diagnostic, Related, SpecError
from specc.diagnostics.codes import MEMBER_MISMATCH, WRONG_KIND
from specc.elaborate.apply import instance_of, match_model
from specc.elaborate.builder import Budget, Builder
from specc.elaborate.elaborator import Elaborator
from specc.elaborate.expressions import evaluate
from specc.elaborate.frame import Frame
from specc.elaborate.values import Composite, LayerInstance, ModelInstance, Repeated, Tensor, describe, fresh
from specc.program.graph import ModelGraph
from specc.source import Span
from specc.syntax import nodes

_TOO_FEW: Final = "an ensemble has at least two members"


def ensemble_graph(
    elaborator: Elaborator,
    frame: Frame,
    section: nodes.Section,
    members: nodes.Expression,
    combine: Declaration,
    sample: Declaration | None,
) -> None:
    """Add an ensemble's graph and plan to the program.

    Raises:
        SpecError: a member is no model, or the members don't answer the same question.
    """
    instances = _members(frame, members)
    if len(instances) < 2:
        hint = (f"write `{instances[0].span.text} * 3`",) if instances else ()
        raise SpecError(Diagnostic(WRONG_KIND, _TOO_FEW, members.span, help=hint))
    name = section.name.text
    place = next((s.value.span for s in section.settings if s.name.text == "combine"), section.span)
    program = elaborator.program
    program.models[name] = ensemble_model(name, instances, combine, elaborator.budget, place)
    program.models[name].span = section.name.span
    program.places["model", name] = section.name.span
    members_made = tuple({"name": i.node or "", "model": i.graph.name} for i in instances)
    program.ensembles.add(name, name=name, members=members_made, combine=combine, sample=sample)


def ensemble_model(
    name: str, instances: Sequence[ModelInstance], combine: Declaration, budget: Budget, span: Span
) -> ModelGraph:
    """The inputs, every member on them, and per output what combines the answers; ``span`` is where that is said.

    Raises:
        SpecError: there is one member only, they don't answer the same question, or not so that it can be combined.
    """
    if len(instances) < 2:
        raise SpecError(Diagnostic(WRONG_KIND, _TOO_FEW, span))
    _require_alike(instances)
    model = ModelGraph(name, span, kind="ensemble", definition=name)
    builder = Builder(model, budget)
    first = instances[0].graph
    inputs = [builder.input(name, type_, first[name].span) for name, type_ in first.inputs.items()]
    answers = [builder.nested(i, inputs, match_model(i.graph, inputs, i.span), "", i.span) for i in instances]
    assert isinstance(combine, Combiner)
    for position, output in enumerate(first.outputs):
        suffix = "" if len(first.outputs) == 1 else f"_{output}"
        votes = [answer[position] for answer in answers]
        model.outputs[output] = _combined(builder, combine, votes, suffix, span).port
    return model


def _combined(builder: Builder, combine: Combiner, votes: list[Tensor], suffix: str, span: Span) -> Tensor:
    def layer(layer: Layer, name: str, *inputs: Tensor) -> Tensor:
        instance = LayerInstance(layer, span, hint=name + suffix)
        return builder.layer(instance, inputs, "", span)[0]

    def operation(operation: Any, *operands: Tensor | float) -> Tensor:
        return builder.operation(operation, operands, "", span)[0]

    try:
        return combine.combined(votes, layer, operation)
    except Refusal as refusal:
        raise SpecError(diagnostic_of(refusal, span)) from None


def _members(frame: Frame, node: nodes.Expression) -> list[ModelInstance]:
    value = evaluate(frame, node)
    items = value if isinstance(value, list | tuple) else [value]
    found: list[ModelInstance] = []
    for item in items:
        found.extend(_flat(instance_of(frame, item, node.span), node))
    return found


def _flat(value: Any, node: nodes.Expression) -> list[ModelInstance]:
    match value:
        case ModelInstance():
            return [fresh(value)]  # type: ignore[list-item]
        case Repeated(item=ModelInstance() as item, count=count):
            return [fresh(item) for _ in range(count)]  # type: ignore[misc]
        case LayerInstance() | Composite() | _:
            message = f"a member must be a model, not {describe(value)}"
            raise SpecError(
                Diagnostic(WRONG_KIND, message, node.span, help=("write `members = [A(), B()]` or `Model() * 5`",))
            )


def _require_alike(instances: Sequence[ModelInstance]) -> None:
    first = instances[0].graph
    for instance in instances[1:]:
        other = instance.graph
        for what, own, theirs in (
            ("inputs", first.inputs, other.inputs),
            ("outputs", first.output_types, other.output_types),
        ):
            if own != theirs:
                raise SpecError(
                    Diagnostic(
                        MEMBER_MISMATCH,
                        f"the members `{_written(instances[0])}` and `{_written(instance)}` differ in their {what}",
                        instance.span,
                        expected=", ".join(f"{k}: {v}" for k, v in own.items()),
                        found=", ".join(f"{k}: {v}" for k, v in theirs.items()),
                        related=(Related(instances[0].span, "the first member"),),
                        help=("members take the same inputs and give the same outputs, by name and type",),
                    )
                )


def _written(instance: ModelInstance) -> str:
    """A member as the spec says it; for what isn't of the language's text, the name of its graph."""
    text = instance.span.one_line.removesuffix("()")
    return text if text.startswith(instance.graph.definition) else instance.graph.name
