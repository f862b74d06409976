"""What a Python program builds models of: layers and tensors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from types import BuiltinFunctionType, FunctionType
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, Self, TypeAlias, cast, overload

from specc import limits
from specc.build.errors import raising
from specc.build.graph import Graph, adopted, loose_frame
from specc.build.objects import Held, Unmade, bound, declared_by, operand, plain
from specc.build.places import caller
from specc.build.sizes import shown_size
from specc.catalogue.declare import Declaration
from specc.catalogue.layer import Layer as DeclaredLayer
from specc.catalogue.ops.indexing import getitem
from specc.diagnostics import Diagnostic, Related, SpecError
from specc.diagnostics.codes import UNDECIDED, WRONG_KIND
from specc.elaborate import arithmetic, values
from specc.elaborate.apply import apply
from specc.elaborate.expressions import argument_value
from specc.elaborate.values import BlockInstance, Composite, LayerInstance, ModelInstance, describe
from specc.program.dims import Expr
from specc.program.types import TensorType
from specc.source import Span
from specc.syntax import nodes
from specc.syntax.tables import load

Number: TypeAlias = "int | float"


class Applicable(Held):
    """What can stand to the right of ``>>``: a layer, a block with arguments, a model, several of them in a row."""

    instance: values.Applicable

    if not TYPE_CHECKING:
        instance = Unmade()

        def __call__(self, *args: Any, **kwargs: Any) -> Any:
            raise_called(self.instance, args, caller())

    @property
    def held(self) -> Any:
        return argument_value(self.instance)

    def named(self, name: str) -> Self:
        """The same layer; in its model it is called ``name``, as one that a spec gives a name."""
        span = caller()
        with raising(span):
            require_name(name, span)
            if not isinstance(self.instance, LayerInstance | BlockInstance | ModelInstance):
                message = f"{describe(self.instance)} can't have a name, its parts can"
                raise SpecError(Diagnostic(WRONG_KIND, message, span))
        self.instance.hint = name
        return self

    @overload
    def __rshift__(self, layer: Layer) -> Layer: ...
    @overload
    def __rshift__(self, layer: Applicable) -> ManyLayer: ...
    def __rshift__(self, layer: Any) -> Any:
        span = caller()
        with raising(span):
            last = applicable(layer, span)
        parts = (*_parts(self.instance), *_parts(last))
        return _wrapped(type(layer), Composite(parts, span))

    def __rrshift__(self, tensors: Sequence[Tensor]) -> Any:
        return applied(tensors, self, caller())

    def __mul__(self, count: int) -> ManyLayer:
        return self._repeated(count, caller())

    def __rmul__(self, count: int) -> ManyLayer:
        return self._repeated(count, caller())

    def _repeated(self, count: Any, span: Span) -> Any:
        with raising(span):
            made = arithmetic.combine(loose_frame(span), "*", self.instance, plain(count), _binary("*", span))
            return _wrapped(type(self), adopted(made))

    def __repr__(self) -> str:
        return f"<{describe(self.instance)}>"


def _parts(instance: Any) -> tuple[values.Applicable, ...]:
    return instance.parts if isinstance(instance, Composite) else (instance,)


class Template:
    """What gives a layer when it is called."""

    __name__: str


class ManyLayer(Applicable):
    """A layer that may give several tensors: a recurrent one with its states, a block, layers in a row."""

    declared: ClassVar[type[Declaration]]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        span = caller()
        with raising(span):
            made = bound(declared_by(type(self), span), args, kwargs, span)
            assert isinstance(made, DeclaredLayer)
            self.instance = adopted(LayerInstance(made, span))


class Layer(ManyLayer):
    """A layer that gives one tensor. Applied twice, it shares its weights; ``layer * n`` makes ``n`` new ones."""

    if TYPE_CHECKING:

        def __rrshift__(self, tensors: Sequence[Tensor]) -> Tensor: ...
        def __mul__(self, count: int) -> Layer: ...
        def __rmul__(self, count: int) -> Layer: ...


def _wrapped(kind: type[Any], instance: values.Applicable) -> ManyLayer:
    made = object.__new__(Layer if issubclass(kind, Layer) else ManyLayer)
    made.instance = instance
    return made


def wrapped(instance: values.Applicable) -> ManyLayer:
    """A layer of the elaboration as one of Python."""
    return _wrapped(ManyLayer, instance)


def applicable(value: Any, span: Span) -> values.Applicable:
    """What a value applies.

    Raises:
        SpecError: it is no layer.
    """
    if isinstance(value, Applicable):
        return value.instance
    hint: tuple[str, ...] = ()
    if isinstance(value, type) and issubclass(value, Applicable):
        message, hint = f"`{value.__name__}` is a class", (f"make a layer of it: `{value.__name__}(…)`",)
    elif isinstance(value, Template):
        message, hint = f"`{value.__name__}` is a block that isn't called", (f"write `{value.__name__}(…)`",)
    else:
        message = f"{described(value)} can't be applied with `>>`"
        if isinstance(value, FunctionType):
            hint = ("make a block of a function: `@block`, with a `/` behind the tensors that it takes",)
        if isinstance(value, Tensor):
            hint = ("tensors stand to the left of `>>`; to combine two, write `(a, b) >> Concatenate()` or `a + b`",)
    raise SpecError(
        Diagnostic(WRONG_KIND, message, span, expected="a layer, block or model", found=described(value), help=hint)
    )


def described(value: Any) -> str:
    made = plain(value)
    if isinstance(value, type):
        return f"the class {value.__name__}"
    if isinstance(value, FunctionType | BuiltinFunctionType):
        return f"the function `{value.__name__}`"
    if type(value).__module__.startswith("specc.build.") and not isinstance(value, Held):
        return repr(value).strip("<>")
    known = made is None or isinstance(
        made, bool | int | float | str | Expr | tuple | dict | values.Tensor | Declaration
    )
    return describe(made) if known else f"the {type(value).__name__} {value!r}"


def raise_called(instance: values.Applicable, args: Sequence[Any], span: Span) -> NoReturn:
    """Refuse the call of a layer.

    Raises:
        BuildError: always.
    """
    with raising(span):
        message = f"{describe(instance)} is applied with `>>`, it can't be called"
        hint = "write `x >> layer`" if len(args) < 2 else "write `(x, y) >> layer`"
        raise SpecError(Diagnostic(WRONG_KIND, message, span, help=(hint,)))


def require_name(name: Any, span: Span) -> None:
    """Refuse what is no name.

    Raises:
        SpecError: it is none.
    """
    message = "a name is made of letters (`a` to `z`), digits and `_`, and begins with none of the digits"
    if isinstance(name, str) and len(name) > limits.NAME_LENGTH:
        message = f"a name has at most {limits.NAME_LENGTH} characters"
    elif isinstance(name, str) and name in load().reserved:
        message = f"`{name}` is a keyword of the language and can't be a name"
    elif isinstance(name, str) and name.isidentifier() and name.isascii():
        return
    raise SpecError(Diagnostic(WRONG_KIND, message, span, found=described(name)))


def applied(tensors: Any, layer: Any, span: Span) -> Any:
    """A layer's outputs for a tensor or several: a tensor, or a tuple of them.

    Raises:
        BuildError: it can't take them.
    """
    with raising(span):
        inputs = list(cast("Sequence[Any]", tensors)) if isinstance(tensors, tuple | list) else [tensors]
        if not inputs or not all(isinstance(t, Tensor) for t in inputs):
            message = "a layer is applied to a tensor or a tuple of tensors"
            raise SpecError(Diagnostic(WRONG_KIND, message, span, found=described(tensors)))
        instance = applicable(layer, span)
        graph = graph_of(inputs, span)
        place = span if isinstance(instance, values.Definition | type) else instance.span
        try:
            made = apply(graph.frame(), instance, [t.value for t in inputs], place if _within(place, span) else span)
        except SpecError as error:
            raise type(error)(*(_applied_here(d, span) for d in error.diagnostics)) from None
    return results(graph, made)


def _within(inner: Span, outer: Span) -> bool:
    return inner.source is outer.source and outer.start <= inner.start and inner.end <= outer.end


def _applied_here(found: Diagnostic, span: Span) -> Diagnostic:
    """A finding at a layer that was made elsewhere, with the place of its application."""
    if any(_within(place, span) for place in (found.span, *(r.span for r in found.related))):
        return found
    return replace(found, related=(*found.related, Related(span, "applied here")))


def results(graph: Graph, made: Sequence[values.Tensor]) -> Any:
    """What an application gives to the program: a tensor, or a tuple of several."""
    found = tuple(Tensor(graph, t) for t in made)
    return found[0] if len(found) == 1 else found


def graph_of(tensors: Sequence[Tensor], span: Span) -> Graph:
    """The graph that all of some tensors belong to.

    Raises:
        SpecError: they are of several models.
    """
    first = tensors[0].graph
    for other in tensors[1:]:
        if other.graph is not first:
            names = f"`{first.model.name}` and `{other.graph.model.name}`"
            message = f"these tensors are of different models, {names}"
            hint = "a model is applied as a layer: `x >> model`"
            raise SpecError(Diagnostic(WRONG_KIND, message, span, help=(hint,)))
    return first


# ── Tensors ──────────────────────────────────────────────────────────────────────────────────────


class Tensor(Held):
    """A tensor of a model that is being built."""

    def __init__(self, graph: Graph, value: values.Tensor) -> None:
        self.graph = graph
        self.value = value

    @property
    def held(self) -> values.Tensor:
        return self.value

    @property
    def type(self) -> TensorType:
        """Its dtype and sizes, without the batch axis."""
        return self.value.type

    @property
    def shape(self) -> tuple[Any, ...]:
        """Its sizes, without the batch axis: numbers, and `SymbolicSize` for one that is only known at run time."""
        return tuple(map(shown_size, self.value.type.shape))

    @property
    def dtype(self) -> str:
        return self.value.type.dtype

    @overload
    def __rshift__(self, layer: Layer) -> Tensor: ...
    @overload
    def __rshift__(self, layer: Applicable) -> Any: ...
    def __rshift__(self, layer: Any) -> Any:
        return applied(self, layer, caller())

    def __getitem__(self, items: Any) -> Tensor:
        span = caller()
        with raising(span):
            picked = items if isinstance(items, tuple) else (items,)
            index = getitem.make(items=tuple(_position(i, span) for i in cast("tuple[Any, ...]", picked)))
            frame = self.graph.frame()
            return results(self.graph, frame.builder.operation(index, [self.value], frame.prefix, span))

    if not TYPE_CHECKING:

        def __array__(self, *args: Any, **kwargs: Any) -> Any:
            self._refuse(
                "numpy can't take a tensor that has no values yet", "`specc.build.ops` has functions of tensors"
            )

        def __matmul__(self, other: Any) -> Any:
            self._refuse("`@` is not defined for a tensor", "write `ops.matmul(a, b)`")

        def __and__(self, other: Any) -> Any:
            self._refuse("`&` is not defined for a tensor", "write `ops.logical_and(a, b)`")

        def __or__(self, other: Any) -> Any:
            self._refuse("`|` is not defined for a tensor", "write `ops.logical_or(a, b)`")

        def __xor__(self, other: Any) -> Any:
            self._refuse("`^` is not defined for a tensor", "write `ops.logical_xor(a, b)`; powers are written `**`")

        def __invert__(self) -> Any:
            self._refuse("`~` is not defined for a tensor", "write `ops.logical_not(x)`")

        def __abs__(self) -> Any:
            self._refuse("`abs` of Python takes numbers", "write `ops.abs(x)`")

        def __round__(self, digits: Any = None) -> Any:
            self._refuse("`round` of Python takes numbers", "write `ops.round(x)`")

        def __call__(self, *args: Any, **kwargs: Any) -> Any:
            self._refuse("a tensor can't be called", "a layer is applied to it with `x >> layer`")

        def __rrshift__(self, other: Any) -> Any:
            applicable(self, caller()) if isinstance(other, Tensor) else applied(other, self, caller())

        __rmatmul__, __rand__, __ror__, __rxor__ = __matmul__, __and__, __or__, __xor__

    def _refuse(self, message: str, hint: str) -> NoReturn:
        span = caller()
        with raising(span):
            raise SpecError(Diagnostic(WRONG_KIND, message, span, found=str(self), help=(hint,)))

    __iter__ = None  # else Python would take positions until one is refused, which never is on an axis of any size
    __array_ufunc__ = None  # numpy's numbers leave the operation to the tensor

    def __neg__(self) -> Tensor:
        span = caller()
        with raising(span):
            return Tensor(self.graph, arithmetic.negate(self.graph.frame(), self.value, span))

    def __bool__(self) -> bool:
        span = caller()
        with raising(span):
            message = "a condition is decided when the model is built, it can't hang on a tensor's values"
            hint = "to choose element by element, write `ops.where(condition, a, b)`"
            raise SpecError(Diagnostic(UNDECIDED, message, span, found=str(self), help=(hint,)))

    def __repr__(self) -> str:
        return f"<{self.value.port}: {self.value.type}>"

    def __str__(self) -> str:
        return str(self.value)

    def __add__(self, other: Tensor | Number) -> Tensor:
        return _combined("+", self, other)

    def __radd__(self, other: Number) -> Tensor:
        return _combined("+", other, self)

    def __sub__(self, other: Tensor | Number) -> Tensor:
        return _combined("-", self, other)

    def __rsub__(self, other: Number) -> Tensor:
        return _combined("-", other, self)

    def __mul__(self, other: Tensor | Number) -> Tensor:
        return _combined("*", self, other)

    def __rmul__(self, other: Number) -> Tensor:
        return _combined("*", other, self)

    def __truediv__(self, other: Tensor | Number) -> Tensor:
        return _combined("/", self, other)

    def __rtruediv__(self, other: Number) -> Tensor:
        return _combined("/", other, self)

    def __floordiv__(self, other: Tensor | Number) -> Tensor:
        return _combined("//", self, other)

    def __rfloordiv__(self, other: Number) -> Tensor:
        return _combined("//", other, self)

    def __mod__(self, other: Tensor | Number) -> Tensor:
        return _combined("%", self, other)

    def __rmod__(self, other: Number) -> Tensor:
        return _combined("%", other, self)

    def __pow__(self, other: Tensor | Number) -> Tensor:
        return _combined("**", self, other)

    def __rpow__(self, other: Number) -> Tensor:
        return _combined("**", other, self)

    def __eq__(self, other: Tensor | Number) -> Tensor:  # type: ignore[override]
        return _combined("==", self, other)

    def __ne__(self, other: Tensor | Number) -> Tensor:  # type: ignore[override]
        return _combined("!=", self, other)

    __hash__ = object.__hash__

    def __lt__(self, other: Tensor | Number) -> Tensor:
        return _combined("<", self, other)

    def __le__(self, other: Tensor | Number) -> Tensor:
        return _combined("<=", self, other)

    def __gt__(self, other: Tensor | Number) -> Tensor:
        return _combined(">", self, other)

    def __ge__(self, other: Tensor | Number) -> Tensor:
        return _combined(">=", self, other)


def _combined(symbol: str, left: Any, right: Any) -> Tensor:
    span = caller()
    with raising(span):
        tensors = [t for t in (left, right) if isinstance(t, Tensor)]
        graph = graph_of(tensors, span)
        first, second = (o.instance if isinstance(o, Applicable) else operand(o, span) for o in (left, right))
        return Tensor(graph, arithmetic.combine(graph.frame(), symbol, first, second, _binary(symbol, span)))


def _binary(symbol: str, span: Span) -> nodes.Binary:
    """The operation as it would be written; its operands are evaluated already."""
    operand = nodes.Constant(span=span, value=None)
    return nodes.Binary(span=span, operator=cast("Any", symbol), left=operand, right=operand)


def _position(item: Any, span: Span) -> Any:
    """A position or range of an index, as the language writes it."""
    if item is Ellipsis:
        return "..."
    if isinstance(item, slice):
        return tuple(None if p is None else _position(p, span) for p in (item.start, item.stop, item.step))
    position = plain(item)
    if isinstance(position, int) and not isinstance(position, bool):
        return position
    message = "a position must be an integer known when the model is built"
    raise SpecError(Diagnostic(WRONG_KIND, message, span, found=described(item)))
