"""Models that a Python program builds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import isfinite
from typing import TYPE_CHECKING, Any, Never, cast

from specc import limits
from specc.build.errors import BuildError, in_python, raising
from specc.build.graph import Graph, PythonModel, adopted
from specc.build.objects import Unmade, plain
from specc.build.places import caller
from specc.build.types import AnyType, type_node, value_node
from specc.build.values import Applicable, ManyLayer, Tensor, described, raise_called, require_name, wrapped
from specc.catalogue.declare import Declaration
from specc.diagnostics import Diagnostic, SpecError
from specc.diagnostics.codes import WRONG_KIND
from specc.elaborate import values
from specc.elaborate.body import Outputs, run
from specc.elaborate.elaborator import Elaborator
from specc.elaborate.inputs import NewInputs
from specc.elaborate.overrides import Overrides
from specc.elaborate.values import ModelInstance
from specc.program.dims import Expr
from specc.program.program import Program
from specc.source import Span
from specc.syntax import nodes


class Model(Applicable):
    """A model: inputs, what is made of them, outputs. In another model it is a layer.

    Applied twice in the other model, it shares its weights; ``model()`` is a layer with weights of its own.

    Args:
        name: its name in the program.
        parameters: what it was built for, such as ``{"width": 32}``; they are kept in the program's JSON form.
        definition: the name that several models have in common which are built by one function.
    """

    if not TYPE_CHECKING:
        model = graph = Unmade()

    def __init__(
        self, name: str, *, parameters: Mapping[str, Any] | None = None, definition: str | None = None
    ) -> None:
        span = caller()
        with raising(span):
            require_name(name, span)
            given = _parameters({} if parameters is None else parameters, span)
            if definition is not None:
                require_name(definition, span)
        self.model = PythonModel(name, span, parameters=given, definition=definition or name)
        self.graph = Graph(self.model)
        self.instance = ModelInstance(self.model, span)
        self._places: dict[str, Span] = {}

    @property
    def name(self) -> str:
        return self.model.name

    def input(self, name: str, type: AnyType) -> Tensor:
        """A new input. Names in its type are sizes that are only known at run time.

        Raises:
            BuildError: it isn't a type, or another input has that name.
        """
        span = caller()
        with raising(span):
            require_name(name, span)
            statement = nodes.Input(span=span, name=_identifier(name, span), type=type_node(type, span))
            return Tensor(self.graph, NewInputs().take(self.graph.frame(), statement))

    def output(self, name: str, tensor: Tensor, type: AnyType | None = None) -> None:
        """Name an output; with a type, it must be of that one.

        Raises:
            BuildError: it isn't a tensor of this model, or another output has that name.
        """
        span = caller()
        with raising(span):
            require_name(name, span)
            self.graph.builder.require_open(span)
            value = self._own(tensor, span)
            declared = None if type is None else type_node(type, span)
            held = value_node(value, span)
            self._carry_out(nodes.Output(span=span, name=_identifier(name, span), type=declared, value=held))

    def _own(self, tensor: Any, span: Span) -> values.Tensor:
        if not isinstance(tensor, Tensor):
            hint = ("name each one of them",) if isinstance(tensor, tuple | list) else ()
            message = f"an output must be a tensor, not {described(tensor)}"
            raise SpecError(Diagnostic(WRONG_KIND, message, span, help=hint))
        if tensor.graph is not self.graph:
            message = f"this tensor is of the model `{tensor.graph.model.name}`, not of `{self.name}`"
            raise SpecError(
                Diagnostic(WRONG_KIND, message, span, help=("a model is applied as a layer: `x >> model`",))
            )
        return tensor.value

    def _carry_out(self, statement: nodes.Output) -> None:
        """Carry out an output statement; one that fails leaves the model as it was."""
        span = statement.span
        elaborator = Elaborator(Program(span.source), Overrides())
        frame = self.graph.frame()
        model = self.model
        before = Outputs(dict.fromkeys(model.outputs), dict(self._places))
        run(replace(frame, elaborator=elaborator, scope=dict(frame.scope)), [statement], NewInputs(), before)
        if findings := list(elaborator.findings):
            raise BuildError(*map(in_python, findings))
        made = before.values[statement.name.text]
        assert made is not None
        model.outputs[statement.name.text] = made.port
        self._places[statement.name.text] = span

    def __call__(self, *args: Never) -> ManyLayer:
        """A layer that applies the model, with weights of its own."""
        span = caller()
        if args:
            raise_called(self.instance, args, span)
        with raising(span):
            return wrapped(adopted(ModelInstance(self.model, span)))

    def __repr__(self) -> str:
        inputs = ", ".join(f"{n}: {t}" for n, t in self.model.inputs.items())
        outputs = ", ".join(f"{n}: {t}" for n, t in self.model.output_types.items())
        return f"<model {self.name}({inputs}) -> ({outputs})>"


def _identifier(name: str, span: Span) -> nodes.Identifier:
    return nodes.Identifier(span=span, text=name)


def _parameters(given: Any, span: Span) -> dict[str, Any]:
    """What a model was built for, as the JSON form can keep it.

    Raises:
        SpecError: it can't.
    """
    values_ = plain(given)
    if not isinstance(values_, dict):
        hint = ('write `parameters={"width": 32}`',)
        raise SpecError(
            Diagnostic(WRONG_KIND, "this is no record of parameters", span, found=described(given), help=hint)
        )
    for name, value in cast("dict[str, Any]", values_).items():
        require_name(name, span)
        if not _is_kept(value):
            message = f"the parameter `{name}` must be a number, a text, a layer, a loss or the like, or a list of them"
            raise SpecError(Diagnostic(WRONG_KIND, message, span, found=described(value)))
    return values_


def _is_kept(value: Any) -> bool:
    match value:
        case float():
            return isfinite(value)
        case int():
            return abs(value) <= limits.INTEGER
        case str():
            return value.isprintable()
        case tuple():
            return all(map(_is_kept, cast("tuple[Any, ...]", value)))
        case _:
            return value is None or isinstance(value, Declaration | Expr) or values.is_applicable(value)
