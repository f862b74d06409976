"""Arguments of Python calls as the catalogue takes them, and the objects that they make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Integral, Real
from typing import Any, ClassVar, TypeAlias, cast

from specc.build.errors import raising
from specc.build.places import Written, caller
from specc.catalogue.bind import Given, bind, positional
from specc.catalogue.declare import Declaration
from specc.diagnostics import SpecError
from specc.elaborate.sizes import parse_size
from specc.program.dims import Expr
from specc.source import Span

Size: TypeAlias = "int | str | Expr"
"""A number, the name of a size or a formula over names (``"H // 2"``), or a size taken from a tensor's shape."""


class Held:
    """What a Python program holds in the place of a value of the language."""

    @property
    def held(self) -> Any:
        """That value, as an argument."""
        raise NotImplementedError


def plain(value: Any) -> Any:
    """A value of Python as the catalogue takes it."""
    match value:
        case None | bool() | int() | float() | str() | Expr():
            return value
        case Held():
            return value.held
        case type() if issubclass(value, Object):
            return value.declared
        case Mapping():
            return {k: plain(v) for k, v in cast("Mapping[Any, Any]", value).items()}
        case tuple() | list():
            return tuple(map(plain, cast("Sequence[Any]", value)))
        case Integral():  # of numpy
            return int(value)
        case Real():
            return float(value)
        case _:
            return value


def bound(declared: type[Declaration], args: Sequence[Any], kwargs: Mapping[str, Any], span: Span) -> Declaration:
    """The declaration's instance that a call makes.

    Raises:
        SpecError: an argument is wrong; at its own place, where the call is written out.
    """
    names = positional(declared)
    given = [Given(None, _value(declared, n, v, span), span) for n, v in zip(_padded(names, args), args, strict=True)]
    given += [Given(n, _value(declared, n, v, span), span, span) for n, v in kwargs.items()]
    try:
        return bind(declared, given, span)
    except SpecError:
        return bind(declared, located(given, args, kwargs, span), span)


def _padded(names: Sequence[str], args: Sequence[Any]) -> list[str]:
    return [*names[: len(args)], *[""] * (len(args) - len(names))]


def _value(declared: type[Declaration], name: str, value: Any, span: Span) -> Any:
    param = declared.params.get(name)
    return sized(plain(value), span) if param is not None and param.takes_sizes else plain(value)


def sized(value: Any, span: Span) -> Any:
    """A value in which texts are sizes, as in the JSON form."""
    match value:
        case str():
            return parse_size(value, span)
        case tuple():
            return tuple(sized(v, span) for v in cast("tuple[Any, ...]", value))
        case _:
            return value


def located(given: Sequence[Given], args: Sequence[Any], kwargs: Mapping[str, Any], span: Span) -> list[Given]:
    """The same arguments, each at its own place where the call at ``span`` is written out."""
    written = Written(span)
    call = written.call(args, kwargs)
    if call is None:
        return list(given)
    names = {k.arg: k for k in call.keywords}
    found = [Given(None, g.value, written.place(node)) for g, node in zip(given, call.args, strict=False)]
    for argument in given[len(found) :]:
        keyword = names[argument.name]
        found.append(Given(argument.name, argument.value, written.place(keyword.value), written.name(keyword)))
    return found


# ── Objects ──────────────────────────────────────────────────────────────────────────────────────


class Object(Held):
    """A loss, an optimizer, a source of data, …: what the settings of a plan and arguments of layers are."""

    declared: ClassVar[type[Declaration]]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.span = caller()
        with raising(self.span):
            self.declaration = bound(self.declared, args, kwargs, self.span)

    @property
    def held(self) -> Declaration:
        return self.declaration

    def __repr__(self) -> str:
        return repr(self.declaration)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Object) and self.declaration == other.declaration

    def __hash__(self) -> int:
        return hash(self.declaration)


class Callback(Object):
    """What may end a training."""


class Combiner(Object):
    """What makes one answer of those of an ensemble's members."""


class Constraint(Object):
    """A projection of weights after each step."""


class Initializer(Object):
    """The values that weights begin with."""


class Loss(Object):
    """What training makes small."""


class Metric(Object):
    """What is measured of a model's answers."""


class Optimizer(Object):
    """How weights change from the gradient of the loss."""


class Pruner(Object):
    """What ends trials of a search that promise little."""


class Regularizer(Object):
    """A penalty on values."""


class Sampler(Object):
    """Which examples each member of an ensemble sees."""


class Schedule(Object):
    """A learning rate that changes over the steps."""


class Source(Object):
    """Where examples come from, and how they are split."""
