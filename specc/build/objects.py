"""Arguments of Python calls as the catalogue takes them, and the objects that they make."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from math import isfinite
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeAlias, cast

from specc import limits
from specc.build.errors import BuildError, raising
from specc.build.places import Written, caller
from specc.catalogue.bind import Given, bind, positional
from specc.catalogue.declare import Declaration
from specc.diagnostics import Diagnostic, SpecError
from specc.diagnostics.codes import INTEGER_TOO_LARGE, OUT_OF_RANGE, TOO_DEEP, WRONG_KIND
from specc.elaborate.sizes import parse_size
from specc.program.dims import Expr
from specc.source import Span

if TYPE_CHECKING:
    from specc.build.sizes import SymbolicSize

Size: TypeAlias = "int | str | Expr | SymbolicSize"
"""A number, the name of a size or a formula over names (``"H // 2"``), or a size taken from a tensor's shape."""


_LONE: Final = re.compile("[\ud800-\udfff]")


class Held:
    """What a Python program holds in the place of a value of the language."""

    @property
    def held(self) -> Any:
        """That value, as an argument."""
        raise NotImplementedError


class Unmade:
    """Stands in a class for an attribute that ``__init__`` sets, and says so where that wasn't called."""

    def __get__(self, instance: object, owner: type) -> Unmade:
        if instance is None:
            return self
        span, name = caller(), owner.__name__
        message = f"this `{name}` was never made: its `__init__` doesn't call that of its base class"
        hint = "write a function of tensors with `@block` instead of a class"
        raise BuildError(Diagnostic(WRONG_KIND, message, span, help=(hint,)))


def declared_by(kind: type, span: Span) -> type[Declaration]:
    """The declaration that a class stands for.

    Raises:
        SpecError: it is one from which those of the catalogue derive.
    """
    declared = getattr(kind, "declared", None)
    if declared is None:
        message = f"`{kind.__name__}` stands for nothing that a program could be made of"
        hint = "take what the catalogue has (`specc layers`), or write a function of tensors with `@block`"
        raise SpecError(Diagnostic(WRONG_KIND, message, span, help=(hint,)))
    return declared


def plain(value: Any, depth: int = 0) -> Any:
    """A value of Python as the catalogue takes it.

    Raises:
        SpecError: it nests too deep, or contains itself; a number or text is none that a file can hold.
    """
    if depth > limits.NESTING:
        message = f"this value nests deeper than {limits.NESTING} levels, or contains itself"
        raise SpecError(Diagnostic(TOO_DEEP, message, caller()))
    match value:
        case int() if abs(value) > limits.INTEGER:
            raise SpecError(Diagnostic(INTEGER_TOO_LARGE, "this integer is larger than 64 bits", caller()))
        case str() if not value.isascii() and _LONE.search(value):
            message = "this text has half of a character, which no file can hold"
            raise SpecError(Diagnostic(WRONG_KIND, message, caller(), found=ascii(value)))
        case None | bool() | int() | float() | str() | Expr():
            return value
        case Held():
            return value.held
        case type() if issubclass(value, Held) and hasattr(value, "declared"):
            return cast("Any", value).declared
        case Mapping():
            return {_key(k): plain(v, depth + 1) for k, v in cast("Mapping[Any, Any]", value).items()}
        case tuple() | list() | range():
            return tuple(plain(v, depth + 1) for v in cast("Sequence[Any]", value))
        case Integral():  # of numpy
            return plain(int(value), depth)
        case Real():
            return float(value)
        case _ if (
            not isinstance(value, type) and hasattr(value, "__array__") and hasattr(value, "tolist")
        ):  # an array of numpy: nested lists
            return plain(value.tolist(), depth)
        case _:
            return value


def operand(value: Any, span: Span) -> Any:
    """A value of Python in the place of a tensor.

    Raises:
        SpecError: it is a number that no program can write.
    """
    made = plain(value)
    if isinstance(made, float) and not isfinite(made):
        raise SpecError(Diagnostic(OUT_OF_RANGE, "this number is not finite", span, found=str(made)))
    return made


def _key(key: Any) -> str:
    if isinstance(key, str):
        return key
    message = "the keys of a record are texts"
    raise SpecError(Diagnostic(WRONG_KIND, message, caller(), found=f"{key!r}"))


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

    if not TYPE_CHECKING:
        declaration = Unmade()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.span = caller()
        with raising(self.span):
            self.declaration = bound(declared_by(type(self), self.span), args, kwargs, self.span)

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


class Filling(Object):
    """What stands in the place of missing values."""


class Initializer(Object):
    """The values that weights begin with."""


class Keeper(Object):
    """When a run is kept on disk."""


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


class Rule(Object):
    """What is done about rows of data that can't be used."""


class Sampler(Object):
    """Which examples each member of an ensemble sees."""


class Schedule(Object):
    """A learning rate that changes over the steps."""


class Source(Object):
    """Where examples come from, and how they are split."""


class Stage(Object):
    """A part of a training with its own layers that learn."""
