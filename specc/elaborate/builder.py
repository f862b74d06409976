"""Builds one model's graph: unique names, types from the catalogue's rules, limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from specc import limits
from specc.catalogue.bind import diagnostic_of
from specc.catalogue.declare import Refusal
from specc.catalogue.layer import Inferred, Layer
from specc.catalogue.ops.base import Operation
from specc.diagnostics import Diagnostic, Related, SpecError
from specc.diagnostics.codes import DIM_TOO_LARGE, DUPLICATE_NAME, TOO_MANY_LAYERS, TOO_MUCH_MEMORY, UNKNOWN_SIZE
from specc.elaborate.least import Amount, Least
from specc.elaborate.memory import Applied
from specc.elaborate.values import BlockInstance, LayerInstance, ModelInstance, Poisoned, Tensor
from specc.program.deciding import is_fixed, less
from specc.program.dims import Dim, Expr, bounds, substitute
from specc.program.graph import NEW, ModelGraph, Node, Operand, Port
from specc.program.names import NO_LABELS, Labels, Names, snake_case
from specc.program.types import ITEM_BYTES, TensorType, number_type
from specc.source import Span


@dataclass
class Budget:
    """What one elaboration may still expand; shared by all its models."""

    layers: int = limits.EXPANDED_LAYERS
    steps: int = limits.STEPS
    spent: bool = False

    @cached_property
    def least(self) -> Least:
        """Counts what bodies make, before they are expanded."""
        return Least()

    def require(self, layers: int, span: Span) -> None:
        """Refuse, before expanding, what would make more layers than are left."""
        if layers > limits.EXPANDED_LAYERS:
            raise SpecError(_too_many(f"this would expand to {_count(layers)} layers", span))
        if layers > self.layers:
            self._spend(_too_many(f"with this, the spec has more than {limits.EXPANDED_LAYERS:,} layers", span))

    def _spend(self, finding: Diagnostic) -> None:
        """Say once that the limit is reached; after that, everything ends at its first step."""
        self.steps = 0
        if self.spent:
            raise Poisoned
        self.spent = True
        raise SpecError(finding)

    def stop(self) -> None:
        """Let everything end at its first step, without a word."""
        self.steps = 0
        self.spent = True

    def step(self, span: Span, count: int = 1) -> None:
        """Count statements carried out, so that loops end."""
        if count > self.steps:
            message = "the loops of this spec take too many steps"
            self._spend(Diagnostic(TOO_MANY_LAYERS, message, span, help=("loop less",)))
        self.steps -= count

    def require_amount(self, least: Amount, span: Span) -> None:
        """Refuse what would make at least so much, before it begins."""
        self.require(least.layers, span)
        if least.steps > self.steps:
            self.step(span, least.steps)


def _too_many(message: str, span: Span) -> Diagnostic:
    expected = f"at most {limits.EXPANDED_LAYERS:,} layers in a program"
    return Diagnostic(TOO_MANY_LAYERS, message, span, expected=expected, help=("repeat less",))


def _count(number: int) -> str:
    return f"{number:,}" if number < 10**15 else f"about 10^{len(str(number)) - 1}"


@dataclass
class Builder:
    """The graph of one model (or of the generic check of a block) while it grows.

    ``generic`` is True while a block is checked for all sizes: then weights may hang on symbols. ``labels`` are the
    names that the file gives to layers.
    """

    model: ModelGraph
    budget: Budget
    generic: bool = False
    labels: Labels = NO_LABELS
    _inferred: dict[Any, tuple[Layer | Operation, Inferred]] = field(
        default_factory=dict[Any, "tuple[Layer | Operation, Inferred]"]
    )

    def __post_init__(self) -> None:
        self._names = Names(self.model, self.labels)

    def claim(self, name: str, span: Span) -> str:
        """A node name that the spec gives itself.

        Raises:
            SpecError: it is taken.
        """
        if not self._names.claim(name):
            first = (Related(self.model[name].span, "the first one"),) if name in self.model else ()
            message = f"there are two layers called `{name}`"
            raise SpecError(Diagnostic(DUPLICATE_NAME, message, span, related=first))
        return name

    def input(self, name: str, type_: TensorType, span: Span) -> Tensor:
        """Add an input of the model."""
        if name in self.model:
            raise SpecError(
                Diagnostic(
                    DUPLICATE_NAME,
                    f"there are two inputs called `{name}`",
                    span,
                    related=(Related(self.model[name].span, "the first one"),),
                )
            )
        self.model.add(Node(name, "input", (), (type_,), span))
        return Tensor(Port(name), type_, span)

    def layer(
        self, instance: LayerInstance, inputs: Sequence[Tensor], prefix: str, span: Span, name: str | None = None
    ) -> list[Tensor]:
        """Apply a layer; its second application shares the weights of the first. ``name`` None makes a name.

        Raises:
            SpecError: the layer can't take these inputs.
        """
        layer = instance.layer
        types = tuple(t.type for t in inputs)
        inferred = self._infer(layer, types, inputs, span)
        first = instance.node
        if first is None:
            self._spend(span)
            self._check_weights(inferred, layer, span)
        else:
            self._check_shared(first, inferred, layer, span)
        name = name or self._layer_name(instance, prefix, span)
        instance.node = first or name
        weights = inferred.weights if first is None else ()
        node = Node(
            name,
            "layer",
            tuple(t.port for t in inputs),
            inferred.outputs,
            span,
            layer,
            None,
            first,
            weights,
            inferred.flops,
        )
        return self._added(node)

    def operation(
        self,
        operation: Operation,
        operands: Sequence[Tensor | float],
        prefix: str,
        span: Span,
        name: str | None = None,
    ) -> list[Tensor]:
        """Apply an operation to tensors and numbers.

        Raises:
            SpecError: it can't take them, or Keras can't do it for sizes that are only known at run time.
        """
        types = tuple(o.type if isinstance(o, Tensor) else number_type(o) for o in operands)
        inferred = self._infer(operation, types, [o for o in operands if isinstance(o, Tensor)], span)
        if not self.generic:
            self._require_sizes(operation, types, span)
        self._spend(span)
        name = name or self._names.unlabelled(prefix + type(operation).__name__)
        inputs: tuple[Operand, ...] = tuple(o.port if isinstance(o, Tensor) else o for o in operands)
        node = Node(name, "op", inputs, inferred.outputs, span, operation, flops=inferred.flops)
        return self._added(node)

    def nested(
        self,
        instance: ModelInstance,
        inputs: Sequence[Tensor],
        values: dict[str, Dim],
        prefix: str,
        span: Span,
        name: str | None = None,
    ) -> list[Tensor]:
        """Apply a model as a layer; ``values`` are the sizes that its symbols take here."""
        graph = instance.graph
        outputs = tuple(t.substitute(values) for t in graph.output_types.values())
        first = instance.node
        if first is None:
            self.budget.require(len(graph), span)
            self.budget.layers -= len(graph)
        name = name or self.part_name(instance, graph.definition or graph.name, prefix, span)
        instance.node = first or name
        ports = tuple(t.port for t in inputs)
        start = instance.start if first is None else NEW
        node = Node(name, "model", ports, outputs, span, model=graph.name, shares=first, start=start)
        return self._added(node)

    def remembered(
        self, block: BlockInstance, inputs: Sequence[Tensor], known: Applied, prefix: str, span: Span
    ) -> list[Tensor]:
        """Add one node for all that a block would make."""
        self.budget.require(known.layers, span)
        self.budget.layers -= known.layers
        self.budget.step(span, known.steps)
        block.is_remembered = True
        definition = block.definition.name
        name = self.part_name(block, definition, prefix, span)
        return self._added(Node(name, "model", tuple(t.port for t in inputs), known.outputs, span, model=definition))

    def _added(self, node: Node) -> list[Tensor]:
        self.model.add(node)
        return [Tensor(Port(node.name, i), t, node.span) for i, t in enumerate(node.outputs)]

    def _spend(self, span: Span) -> None:
        self.budget.require(1, span)
        self.budget.layers -= 1

    def _infer(
        self, layer: Layer | Operation, types: tuple[TensorType, ...], inputs: Sequence[Tensor], span: Span
    ) -> Inferred:
        # Deep networks apply equal layers to equal types again and again; `bind` makes equal calls one object.
        key = (id(layer), types)
        if known := self._inferred.get(key):
            return known[1]
        try:
            inferred = layer.infer(types)
        except Refusal as refusal:
            related = tuple(Related(t.origin, f"this is {t.type}") for t in inputs if t.origin != span)
            raise SpecError(diagnostic_of(refusal, span, related=related[:3])) from None
        for output in inferred.outputs:
            if any(_is_too_large(d) for d in output.shape):
                raise SpecError(Diagnostic(DIM_TOO_LARGE, f"an axis of {output} is larger than {limits.DIM:,}", span))
        self._inferred[key] = (layer, inferred)
        return inferred

    def _require_sizes(self, operation: Operation, types: tuple[TensorType, ...], span: Span) -> None:
        try:
            operation.keras_arguments(types)
        except Refusal as refusal:
            raise SpecError(diagnostic_of(refusal, span)) from None

    def _check_weights(self, inferred: Inferred, layer: Layer, span: Span) -> None:
        total = 0
        for weight in inferred.weights:
            size = weight.size
            if isinstance(size, int):
                total += size * ITEM_BYTES[weight.dtype]
            elif is_fixed(size):
                total += (bounds(size)[1] or 0) * ITEM_BYTES[weight.dtype]
            elif not self.generic:
                raise SpecError(_unknown_weight(layer, weight.name, size, span))
        if total > limits.MEMORY_BYTES:
            raise SpecError(
                Diagnostic(
                    TOO_MUCH_MEMORY,
                    f"the weights of this `{type(layer).__name__}` take {total / 2**30:,.0f} GiB",
                    span,
                    expected=f"at most {limits.MEMORY_BYTES >> 30} GiB",
                )
            )

    def _check_shared(self, first: str, inferred: Inferred, layer: Layer, span: Span) -> None:
        own = self.model[first].weights
        if [w.shape for w in own] == [w.shape for w in inferred.weights]:
            return
        from specc.diagnostics.codes import SHARED_LAYER_DIFFERS

        raise SpecError(
            Diagnostic(
                SHARED_LAYER_DIFFERS,
                f"this `{type(layer).__name__}` shares its weights with an application to another size",
                span,
                expected=", ".join(f"{w.name} {_shape(w.shape)}" for w in own),
                found=", ".join(f"{w.name} {_shape(w.shape)}" for w in inferred.weights),
                related=(Related(self.model[first].span, "first applied here"),),
                help=("write the layer in place, where it is used, to get a new one each time",),
            )
        )

    def part_name(self, instance: BlockInstance | ModelInstance, definition: str, prefix: str, span: Span) -> str:
        """The name of a block or model in this one: as its call says, or one that is free."""
        base = prefix + (instance.label or instance.hint or snake_case(definition))
        if isinstance(instance, ModelInstance) and instance.node:
            return self._names.unlabelled(base)
        return self._names.unique(base) if instance.label is None else self.claim(base, span)

    def _layer_name(self, instance: LayerInstance, prefix: str, span: Span) -> str:
        given = instance.layer.name
        if instance.node is not None:
            return self._names.unlabelled(
                prefix + (instance.hint or given or snake_case(type(instance.layer).__name__))
            )
        if given is None:
            return self._names.unique(prefix + (instance.hint or snake_case(type(instance.layer).__name__)))
        return self.claim(prefix + given, span)


def _is_too_large(dim: Dim) -> bool:
    return dim > limits.DIM if isinstance(dim, int) else is_fixed(dim) and bool(less(limits.DIM, dim))


def _unknown_weight(layer: Layer, weight: str, size: Dim, span: Span) -> Diagnostic:
    assert isinstance(size, Expr)
    symbols = sorted(size.symbols, key=lambda s: s.name)
    names = ", ".join(f"`{s.name}`" for s in symbols)
    origins = tuple(Related(s.origin, f"`{s.name}` comes from here") for s in symbols if s.origin)
    return Diagnostic(
        UNKNOWN_SIZE,
        f"the {weight} of `{type(layer).__name__}` hangs on {names}, which is only known at run time",
        span,
        expected="a size that is a number when the model is built",
        found=str(size),
        related=origins,
        help=("give the axis a number in the input's type, or pool over it before, as `GlobalAveragePooling2D` does",),
    )


def _shape(shape: Sequence[Dim]) -> str:
    return f"[{', '.join(map(str, shape))}]"


def bind_sizes(declared: TensorType, actual: TensorType, values: dict[str, Dim]) -> bool:
    """Match a declared type with an actual one, binding symbols in ``values``; False where they differ.

    A declared size that is a lone symbol not bound yet takes the actual size; any other must be equal to it.
    """
    from specc.program.deciding import equal

    if declared.dtype != actual.dtype or declared.rank != actual.rank:
        return False
    for want, have in zip(declared.shape, actual.shape, strict=True):
        lone = lone_symbol(want)
        if lone is not None and lone not in values:
            values[lone] = have
        elif not equal(substitute(want, values), have):
            return False
    return True


def lone_symbol(dim: Dim) -> str | None:
    """The name of the symbol that a size consists of, if it is one."""
    if isinstance(dim, Expr) and len(dim.terms) == 1:
        (monomial, coefficient), *_ = dim.terms
        if coefficient == 1 and len(monomial) == 1 and str(monomial[0]).isidentifier():
            return str(monomial[0])
    return None
