"""What names and expressions of a spec stand for while it is elaborated."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from specc.catalogue.declare import Declaration, Word, show_value
from specc.catalogue.layer import Layer
from specc.program.dims import Expr
from specc.program.graph import NEW, ModelGraph, Port, Start
from specc.program.types import TensorType
from specc.source import Span
from specc.syntax import nodes


@dataclass(frozen=True, slots=True)
class Tensor:
    """One output of a node of the graph that is being built."""

    port: Port
    type: TensorType
    origin: Span = field(compare=False)

    def __str__(self) -> str:
        return f"a tensor {self.type}"


@dataclass(eq=False)
class Cells:
    """The layers that one instance of a block made, by the place that made them.

    Applying the instance again finds them here, so that it shares their weights.
    """

    made: dict[Hashable, Applicable] = field(default_factory=dict[Hashable, "Applicable"])


@dataclass(eq=False)
class LayerInstance:
    """One layer: applied twice, it shares its weights. ``node`` is the name of its first application."""

    layer: Layer
    span: Span
    hint: str | None = None
    node: str | None = None

    @property
    def size(self) -> int:
        return 1

    def __str__(self) -> str:
        return f"the layer {type(self.layer).__name__}"


@dataclass(frozen=True, eq=False)
class Definition:
    """A block or model as written, with the module whose names its body sees."""

    syntax: nodes.Definition
    module: Any  # specc.elaborate.modules.Module; typed loosely to keep the two files apart

    @property
    def name(self) -> str:
        return self.syntax.name.text

    @property
    def is_model(self) -> bool:
        return self.syntax.keyword == "model"

    def __str__(self) -> str:
        return f"the {self.syntax.keyword} {self.name}"


@dataclass(eq=False)
class BlockInstance:
    """A block with arguments. Its body is elaborated at each application, with the layers in ``cells``.

    Those of one that ``is_remembered`` were not made, see `specc.elaborate.memory`.
    """

    definition: Definition
    arguments: dict[str, Any]
    span: Span
    hint: str | None = None
    label: str | None = None
    prefix: str | None = None
    cells: Cells = field(default_factory=Cells)
    is_remembered: bool = False

    @property
    def size(self) -> int:
        return 1

    def __str__(self) -> str:
        return str(self.definition)


@dataclass(eq=False)
class ModelInstance:
    """A model with arguments, to be used as a layer; ``node`` is the name of its first application.

    Here and for blocks, ``label`` is the name that the call gives, ``hint`` the one that it is bound to.
    """

    graph: ModelGraph
    span: Span
    hint: str | None = None
    label: str | None = None
    node: str | None = None
    start: Start = NEW

    @property
    def size(self) -> int:
        return 1

    def __str__(self) -> str:
        return f"the model {self.graph.name}"


@dataclass(eq=False)
class Composite:
    """``a -> b -> c`` without a tensor: a layer made of layers."""

    parts: tuple[Applicable, ...]
    span: Span

    @property
    def size(self) -> int:
        return sum(size_of_layer(p) for p in self.parts)

    def __str__(self) -> str:
        return "a composition of layers"


@dataclass(eq=False)
class Repeated:
    """``layer * n``: fresh copies in a row, made when it is first applied."""

    item: Applicable
    count: int
    span: Span
    copies: list[Applicable] | None = None

    @property
    def size(self) -> int:
        return size_of_layer(self.item) * self.count

    def __str__(self) -> str:
        return f"{self.count} layers in a row"


Applicable: TypeAlias = LayerInstance | BlockInstance | ModelInstance | Composite | Repeated | Definition | type[Layer]
"""What stands to the right of ``->``. A bare `Definition` or layer class is new at each application."""


class Poison:
    """The value of what could not be elaborated; the reason is reported already."""

    def __repr__(self) -> str:
        return "poison"


POISON: Final = Poison()


class SomeNumber:
    """A fraction or root of a size, while a block is checked for all sizes: a number that can't be said."""

    def __str__(self) -> str:
        return "a number that hangs on a size"


SOME_NUMBER: Final = SomeNumber()


class Poisoned(Exception):
    """Raised where a poisoned value is used: stops the construct without a second report."""


def size_of_layer(value: Applicable) -> int:
    """How many layers an application makes, blocks counted as one."""
    return 1 if isinstance(value, Definition | type) else value.size


def is_applicable(value: Any) -> bool:
    """Whether a value can stand to the right of ``->``."""
    if isinstance(value, type):
        return issubclass(value, Layer)
    return isinstance(value, LayerInstance | BlockInstance | ModelInstance | Composite | Repeated | Definition)


def fresh(value: Applicable) -> Applicable:
    """A copy that shares no weights with the original."""
    match value:
        case LayerInstance():
            return LayerInstance(value.layer, value.span, value.hint)
        case BlockInstance():
            arguments = {k: _fresh_inside(v, value.span) for k, v in value.arguments.items()}
            return BlockInstance(value.definition, arguments, value.span, value.hint, value.label)
        case ModelInstance():
            return ModelInstance(value.graph, value.span, value.hint, value.label, start=value.start)
        case Composite():
            return Composite(tuple(map(fresh, value.parts)), value.span)
        case Repeated():
            return Repeated(value.item, value.count, value.span)
        case _:
            return value


def _fresh_inside(value: Any, call: Span) -> Any:
    """A layer among the arguments of a block: new where it was written in the call, else the one that it is."""
    place = getattr(value, "span", None)
    written_there = isinstance(place, Span) and place.source is call.source and call.start <= place.start < call.end
    return fresh(value) if is_applicable(value) and written_there else value


def describe(value: Any) -> str:
    """A value in the words of a diagnostic."""
    match value:
        case Tensor() | LayerInstance() | BlockInstance() | ModelInstance() | Composite() | Repeated() | Definition():
            return str(value)
        case type() if issubclass(value, Declaration):
            return f"the {value.kind} {value.__name__}"
        case Declaration():
            return f"the {value.kind} {value!r}"
        case bool() | None:
            return show_value(value)
        case int() | float():
            return f"the number {value}"
        case Expr():
            return f"the size {value}"
        case Word():
            return f"the word `{value}`"
        case str():
            return f"the text {show_value(value)}"
        case list():
            return "a list"
        case tuple():
            return "a tuple"
        case dict():
            return "a record"
        case _:
            return str(value)
