"""Blocks: Python functions of tensors that are applied as layers are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import update_wrapper
from inspect import Parameter, Signature, signature
from typing import Any, Concatenate, ParamSpec, cast, overload

from specc.build.errors import BuildError, called_here, raising
from specc.build.graph import Graph, adopted, python_block
from specc.build.places import caller
from specc.build.values import (
    Applicable,
    Layer,
    ManyLayer,
    Template,
    Tensor,
    described,
    require_name,
    results,
    wrapped,
)
from specc.diagnostics import Diagnostic, Related, SpecError
from specc.diagnostics.codes import BAD_ARGUMENT, NO_OUTPUT, WRONG_KIND
from specc.elaborate import values
from specc.elaborate.apply import input_count
from specc.elaborate.values import BlockInstance, fresh, is_applicable
from specc.source import Span

P = ParamSpec("P")


class Block(Template):
    """A function that is a block: its positional-only parameters are tensors, the others its arguments.

    Called with the arguments, it is a layer::

        @block
        def ConvBN(x, /, filters):
            return x >> Conv2D(filters, 3, padding="same") >> BatchNormalization() >> ReLU()

        y = image >> ConvBN(32) * 2
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.span = caller()
        with raising(self.span):
            whole = _signature(function, self.span)
        update_wrapper(self, function)
        if not hasattr(function, "__name__"):  # such as of `functools.partial`
            self.__name__ = "block"
        parameters = whole.parameters.values()
        self.tensors = [p.name for p in parameters if p.kind is Parameter.POSITIONAL_ONLY]
        self.arguments = Signature([p for p in parameters if p.kind is not Parameter.POSITIONAL_ONLY])
        with raising(self.span):
            if not self.tensors:
                message = f"the block `{self.__name__}` takes no tensors"
                hint = f"write a `/` behind them: `def {self.__name__}(x, /, …)`"
                raise SpecError(Diagnostic(WRONG_KIND, message, self.span, help=(hint,)))
        self.definition = python_block(_name(self), self._body, self.span)

    def __repr__(self) -> str:
        return f"<the block {self.__name__}>"

    def __call__(self, *args: Any, **kwargs: Any) -> ManyLayer:
        span = caller()
        with raising(span):
            try:
                given = self.arguments.bind(*args, **kwargs)
            except TypeError as error:
                message = f"`{self.__name__}`: {error}"
                related = (Related(self.span, "the block is written here"),)
                hint = (f"tensors stand to the left: `x >> {self.__name__}(…)`",) if _has_tensors(args, kwargs) else ()
                raise SpecError(Diagnostic(BAD_ARGUMENT, message, span, related=related, help=hint)) from None
            by_call = set(given.arguments)
            given.apply_defaults()
            arguments = {k: _kept(v) if k in by_call else _copied(v) for k, v in given.arguments.items()}
            return wrapped(adopted(BlockInstance(self.definition, arguments, span)))

    def _body(
        self, graph: Graph, inputs: Sequence[values.Tensor], arguments: Mapping[str, Any], span: Span
    ) -> list[values.Tensor]:
        name, wanted = self.__name__, len(self.tensors)
        if wanted != len(inputs):
            raise SpecError(
                input_count(name, wanted, len(inputs), span, Related(self.span, f"`{name}` is declared here"))
            )
        bound = self.arguments.bind_partial()
        bound.arguments.update({k: _given(v) for k, v in arguments.items()})
        try:
            made = self.function(*(results(graph, [t]) for t in inputs), *bound.args, **bound.kwargs)
        except BuildError as error:
            raise called_here(error, span) from None
        items = made if isinstance(made, tuple | list) and made else (made,)
        return [self._tensor(graph, item, span) for item in cast("Sequence[Any]", items)]

    def _tensor(self, graph: Graph, item: Any, span: Span) -> values.Tensor:
        if isinstance(item, Tensor) and item.graph is graph:
            return item.value
        message = f"the block `{self.__name__}` gives {described(item)}, no tensor"
        if isinstance(item, Tensor):
            message = f"the block `{self.__name__}` gives a tensor of another model, `{item.graph.model.name}`"
        related = (Related(self.span, "the block is written here"),)
        raise SpecError(Diagnostic(NO_OUTPUT, message, span, related=related, help=("return a tensor or several",)))


def _signature(function: Any, span: Span) -> Signature:
    try:
        return signature(function)
    except (TypeError, ValueError):
        message = "a block is made of a function of tensors that is written in Python"
        raise SpecError(Diagnostic(WRONG_KIND, message, span, found=described(function))) from None


def _name(made: Block) -> str:
    """What the parts of a block are named after; a lambda has no name."""
    try:
        require_name(made.__name__, made.span)
    except SpecError:
        return "block"
    return made.__name__


def _has_tensors(args: Sequence[Any], kwargs: Mapping[str, Any]) -> bool:
    return any(isinstance(a, Tensor) for a in (*args, *kwargs.values()))


def _kept(value: Any) -> Any:
    """A layer among the arguments of a block, as the elaboration knows it: copies of the block copy it, too."""
    return value.instance if isinstance(value, Applicable) else value


def _copied(default: Any) -> Any:
    """A default of a block. Python makes it once and for all; as in the language, a layer is new for each call."""
    return fresh(default.instance) if isinstance(default, Applicable) else default


def _given(value: Any) -> Any:
    return wrapped(value) if is_applicable(value) else value


@overload
def block(function: Callable[Concatenate[Tensor, Tensor, P], Tensor]) -> Callable[P, Layer]: ...
@overload
def block(function: Callable[Concatenate[Tensor, P], Tensor]) -> Callable[P, Layer]: ...
@overload
def block(function: Callable[Concatenate[Tensor, Tensor, P], Any]) -> Callable[P, ManyLayer]: ...
@overload
def block(function: Callable[Concatenate[Tensor, P], Any]) -> Callable[P, ManyLayer]: ...
def block(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make a block of a function of tensors, see `Block`."""
    return Block(function)
