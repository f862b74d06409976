"""The graph of a model while a Python program builds it; the rules are those of the language."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar
from weakref import WeakSet

from specc import limits
from specc.diagnostics import Diagnostic, Related, SpecError
from specc.diagnostics.codes import NO_OUTPUT, RECURSION, SHARED_LAYER_DIFFERS, TOO_DEEP, WRONG_KIND
from specc.elaborate.builder import Budget, Builder
from specc.elaborate.frame import Frame
from specc.elaborate.modules import Module
from specc.elaborate.values import (
    BlockInstance,
    Cells,
    Definition,
    LayerInstance,
    ModelInstance,
    Repeated,
    Tensor,
    describe,
)
from specc.program.dims import Dim
from specc.program.graph import ModelGraph, Node
from specc.program.types import TensorType
from specc.source import Source, Span
from specc.syntax import nodes

Instance = TypeVar("Instance", bound="LayerInstance | ModelInstance | BlockInstance | Repeated")


def empty_module(source: Source, *declarations: Any) -> Module:
    """A module that defines nothing but what is handed to it."""
    return Module(source, nodes.File(span=Span(source), declarations=declarations, comments=()))


@dataclass
class PythonModel(ModelGraph):
    """A model that a Python program builds, with the models that are applied in it.

    What is applied in another model is complete: it doesn't change any more.
    """

    inside: list[PythonModel] = field(default_factory=list["PythonModel"])
    complete: bool = False


BlockBody: TypeAlias = "Callable[[Graph, Sequence[Tensor], Mapping[str, Any], Span], list[Tensor]]"


@dataclass(frozen=True, eq=False)
class PythonBlock(Definition):
    """A block whose body is Python: it makes tensors of the graph that it is applied in."""

    body: BlockBody


def python_block(name: str, body: BlockBody, span: Span) -> PythonBlock:
    """The block with such a body."""
    identifier = nodes.Identifier(span=span, text=name)
    syntax = nodes.Definition(span=span, keyword="block", name=identifier, parameters=(), body=(), value=None)
    return PythonBlock(syntax, empty_module(span.source), body)


@dataclass(eq=False)
class Run:
    """One application of a block: the layers that it makes, in order, and those of its first application."""

    graph: Graph
    prefix: str
    cells: Cells
    depth: int = 1
    made: int = 0

    def adopt(self, instance: Any) -> Any:
        """The layer that this place of the block made at its first application, else the new one."""
        first = self.cells.made.setdefault(self.made, instance)
        self.made += 1
        if first is instance:
            return instance
        if type(first) is not type(instance):
            raise SpecError(_other_layers(instance, first))
        if not isinstance(first, LayerInstance) or first.layer == instance.layer:
            return first
        other = LayerInstance(instance.layer, instance.span, node=first.node)
        self.graph.builder.owned.add(other)
        return other


def _other_layers(instance: Any, first: Any) -> Diagnostic:
    return Diagnostic(
        SHARED_LAYER_DIFFERS,
        f"a block that is applied again makes {describe(instance)} where it made {describe(first)} before",
        instance.span,
        related=(Related(first.span, "made here before"),),
        help=("call the block where it is used, to get a new one each time",),
    )


_run: ContextVar[Run | None] = ContextVar("run", default=None)


def adopted(instance: Instance) -> Instance:
    """A new layer, or in a block that is applied again the one that it made before."""
    run = _run.get()
    return instance if run is None else run.adopt(instance)


def current_graph() -> Graph | None:
    """The graph that a block is being applied in."""
    run = _run.get()
    return None if run is None else run.graph


@contextmanager
def _running(run: Run) -> Generator[None]:
    token = _run.set(run)
    try:
        yield
    finally:
        _run.reset(token)


@dataclass
class PythonBuilder(Builder):
    """A builder that keeps to itself what it was given: a layer and its weights are part of one model."""

    owned: WeakSet[LayerInstance | ModelInstance] = field(default_factory=WeakSet)

    def input(self, name: str, type_: TensorType, span: Span) -> Tensor:
        self.require_open(span)
        return super().input(name, type_, span)

    def layer(
        self, instance: LayerInstance, inputs: Sequence[Tensor], prefix: str, span: Span, name: str | None = None
    ) -> list[Tensor]:
        self._own(instance, span)
        made = super().layer(instance, inputs, prefix, span, name)
        self.owned.add(instance)
        return made

    def nested(
        self,
        instance: ModelInstance,
        inputs: Sequence[Tensor],
        values: dict[str, Dim],
        prefix: str,
        span: Span,
        name: str | None = None,
    ) -> list[Tensor]:
        self._own(instance, span)
        made = super().nested(instance, inputs, values, prefix, span, name)
        self.owned.add(instance)
        inner = instance.graph
        assert isinstance(self.model, PythonModel) and isinstance(inner, PythonModel)
        inner.complete = True
        if not any(known is inner for known in self.model.inside):
            self.model.inside.append(inner)
        return made

    def _added(self, node: Node) -> list[Tensor]:
        self.require_open(node.span)
        return super()._added(node)

    def require_open(self, span: Span) -> None:
        assert isinstance(self.model, PythonModel)
        if self.model.complete:
            message = f"`{self.model.name}` is part of another model already and can't change"
            hint = "complete a model before you apply it in another"
            raise SpecError(Diagnostic(WRONG_KIND, message, span, help=(hint,)))

    def _own(self, instance: LayerInstance | ModelInstance, span: Span) -> None:
        if isinstance(instance, ModelInstance):
            self._require_usable(instance.graph, span)
        if instance.node is None or instance in self.owned:
            return
        hint = "make it anew for each model"
        if isinstance(instance, ModelInstance):
            hint = "call the model, as in `x >> encoder()`, to get one with weights of its own"
        message = f"{describe(instance)} is part of another model already"
        raise SpecError(Diagnostic(WRONG_KIND, message, span, help=(hint,)))

    def _require_usable(self, inner: ModelGraph, span: Span) -> None:
        if inner is self.model:
            raise SpecError(Diagnostic(RECURSION, f"`{inner.name}` contains itself", span))
        if not inner.outputs:
            message = f"the model `{inner.name}` has no output yet"
            hint = "write `model.output(name, tensor)` before you apply it"
            raise SpecError(Diagnostic(NO_OUTPUT, message, span, help=(hint,)))


@dataclass(eq=False)
class Graph:
    """The graph of one model while it grows. It stands in for the elaborator where blocks are applied."""

    model: PythonModel
    builder: PythonBuilder = field(init=False)
    sizes: dict[str, Any] = field(default_factory=dict[str, Any])

    def __post_init__(self) -> None:
        self.builder = PythonBuilder(self.model, Budget())

    def frame(self) -> Frame:
        """Where the next expression stands: in the body of the model, or of the block that is being applied."""
        run = _run.get()
        prefix = run.prefix if run is not None and run.graph is self else ""
        self.builder.budget.spent = False  # the limit is told of at each place that is beyond it
        return Frame(self.sizes, empty_module(self.model.span.source), self.builder, self, prefix)

    def apply_block(self, frame: Frame, block: BlockInstance, inputs: Sequence[Tensor], span: Span) -> list[Tensor]:
        """Carry out the body of a block on some tensors."""
        definition = block.definition
        assert isinstance(definition, PythonBlock)
        outer = _run.get()
        depth = 1 if outer is None else outer.depth + 1
        if depth > limits.NESTING:
            message = f"more than {limits.NESTING} blocks inside of each other"
            raise SpecError(Diagnostic(TOO_DEEP, message, span))
        if block.prefix is None:
            block.prefix = frame.builder.part_name(block, definition.name, frame.prefix, span) + "."
        with _running(Run(self, block.prefix, block.cells, depth)):
            return definition.body(self, inputs, block.arguments, span)


def loose_frame(span: Span) -> Frame:
    """A frame for what is said of layers before they are applied."""
    return Graph(PythonModel("", span)).frame()
