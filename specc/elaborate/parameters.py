"""Parameters of blocks, models and sections: one mechanism for defaults, checks and overrides."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from specc.catalogue.bind import diagnostic_of
from specc.catalogue.declare import REQUIRED, Param, Refusal, Word, show_value
from specc.catalogue.layer import Layer
from specc.catalogue.params import ACTIVATIONS, INITIALIZERS, Choice, Either, Object, Optional
from specc.diagnostics import Diagnostic, Related, SpecError, did_you_mean
from specc.diagnostics.codes import BAD_ARGUMENT, OUTSIDE_DOMAIN, WRONG_KIND
from specc.elaborate.values import LayerInstance, describe, fresh, is_applicable
from specc.program.deciding import equal, less
from specc.program.dims import Expr
from specc.syntax import nodes


def _is_int(value: Any) -> bool:
    return isinstance(value, int | Expr) and not isinstance(value, bool)


def _is_size(value: Any) -> bool:
    return value is None or (_is_int(value) and not less(value, 1))


def _is_float(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


KINDS: Final[dict[str, tuple[str, Callable[[Any], bool]]]] = {
    "int": ("an integer", _is_int),
    "float": ("a number", _is_float),
    "bool": ("true or false", lambda v: isinstance(v, bool)),
    "string": ("a text", lambda v: isinstance(v, str)),
    "layer": ("a layer", lambda v: isinstance(v, Layer) or is_applicable(v)),
    "list": ("a list", lambda v: isinstance(v, list | tuple)),
    "dims": (
        "a list of sizes",
        lambda v: isinstance(v, list | tuple) and all(_is_size(d) for d in v),
    ),
}
"""The kinds of parameters: their words and what they take."""

OF_LAYERS: Final[dict[str, Callable[[], Param[Any]]]] = {
    "activation": lambda: Choice(*ACTIVATIONS),
    "initializer": lambda: Either(Choice(*INITIALIZERS), Object("initializer")),
    "regularizer": lambda: Optional(Object("regularizer")),
    "constraint": lambda: Optional(Object("constraint")),
}
"""The kinds that take what a layer's argument of that name takes; ``none`` where it stands for no penalty."""

_ALL: Final = (*KINDS, *OF_LAYERS)


class DomainParam(Param[Any]):
    """A parameter as a spec declares it; ``low``, ``high`` or ``options`` bound its values."""

    def __init__(
        self,
        name: str,
        kind: str,
        low: Any = None,
        high: Any = None,
        options: tuple[Any, ...] | None = None,
        has_default: bool = False,
    ) -> None:
        super().__init__(None if has_default else REQUIRED)
        self.name, self.kind, self.low, self.high, self.options = name, kind, low, high, options
        self._as_in_layers = OF_LAYERS[kind]() if kind in OF_LAYERS else None
        if self._as_in_layers is not None:
            self._as_in_layers.__set_name__(type(self), name)
            self.words, self.kinds = self._as_in_layers.words, self._as_in_layers.kinds
        elif kind == "string":
            self.words = ("",)
        self.expects = self._describe()

    def _describe(self) -> str:
        words = self._as_in_layers.expects if self._as_in_layers is not None else KINDS[self.kind][0]
        if self.options is not None:
            return "one of " + ", ".join(map(_shown, self.options))
        if self.low is None:
            return words
        return f"{words} in {show_value(self.low)}..{show_value(self.high)}"

    def accept(self, value: Any) -> Any:
        if self._as_in_layers is not None:
            value = self._as_in_layers.accept(value)
        elif not self._takes(value):
            raise Refusal(
                BAD_ARGUMENT,
                f"`{self.name}` must be {self.expects}",
                expected=self.expects,
                found=_shown(value) if isinstance(value, list | tuple) else describe(value),
                argument=self.name,
            )
        if not self._inside(value):
            hint = did_you_mean(value, [str(o) for o in self.options or ()]) if isinstance(value, str) else ()
            raise self.refuse(value, code=OUTSIDE_DOMAIN, help=hint)
        if value is None:
            return None
        if self.kind == "string":
            return str(value)  # a bare word is its text
        return float(value) if self.kind == "float" else value

    def _takes(self, value: Any) -> bool:
        if value is None:  # among the options it is a value like another, of any kind
            return self.options is not None and any(option is None for option in self.options)
        return KINDS[self.kind][1](value)

    def _inside(self, value: Any) -> bool:
        if self.options is not None:
            return (
                self._may_be_option(value)
                if isinstance(value, Expr)
                else comparable(value) in map(comparable, self.options)
            )
        if self.low is None:
            return True
        if isinstance(value, Expr):
            return not less(value, self.low) and not less(self.high, value)
        return self.low <= value <= self.high

    def _may_be_option(self, value: Expr) -> bool:
        return any(equal(value, option) is not False for option in self.options or ())

    @property
    def choices(self) -> tuple[Any, ...] | None:
        """All values of the domain where they are few and can be listed."""
        if self.options is not None:
            # A layer among them is used by one graph only, which it then belongs to.
            return tuple(fresh(o) if is_applicable(o) else o for o in self.options)
        return (False, True) if self.kind == "bool" else None

    def schema(self) -> dict[str, Any]:
        types = {"int": "integer", "float": "number", "bool": "boolean", "string": "string", "list": "array"}
        return {"type": types[self.kind]} if self.kind in types else {}


def comparable(value: Any) -> Any:
    """A value as something that equal values are equal as: lists like tuples, layers by class and arguments."""
    match value:
        case list() | tuple():
            return [comparable(v) for v in value]
        case LayerInstance():
            return value.layer
        case type() if issubclass(value, Layer) and not any(p.required for p in value.params.values()):
            return value.make()
        case _:
            return value


def declared_params(
    parameters: tuple[nodes.Parameter, ...], evaluate: Callable[[nodes.Expression, tuple[str, ...]], Any]
) -> dict[str, DomainParam]:
    """The parameters of a definition by name.

    Raises:
        SpecError: an unknown kind, a domain that isn't one, a name used twice.
    """
    found: dict[str, DomainParam] = {}
    problems: list[Diagnostic] = []
    for parameter in parameters:
        try:
            if parameter.name.text in found:
                raise _twice(parameter.name, parameters)
            found[parameter.name.text] = _declared(parameter, evaluate)
        except SpecError as error:
            problems.extend(error.diagnostics)
    if problems:
        raise SpecError(*problems)
    return found


def _shown(value: Any) -> str:
    return repr(value.layer) if isinstance(value, LayerInstance) else show_value(value)


def _twice(name: nodes.Identifier, parameters: tuple[nodes.Parameter, ...]) -> SpecError:
    from specc.diagnostics.codes import DUPLICATE_NAME

    first = next(p.name.span for p in parameters if p.name.text == name.text)
    message = f"there are two parameters called `{name.text}`"
    return SpecError(Diagnostic(DUPLICATE_NAME, message, name.span, related=(Related(first, "the first one"),)))


def _declared(parameter: nodes.Parameter, evaluate: Callable[[nodes.Expression, tuple[str, ...]], Any]) -> DomainParam:
    name, kind = parameter.name.text, parameter.kind.text
    if kind not in _ALL:
        hint = did_you_mean(kind, _ALL) or (f"kinds are {', '.join(_ALL)}",)
        raise SpecError(Diagnostic(WRONG_KIND, f"unknown kind of parameter `{kind}`", parameter.kind.span, help=hint))
    has_default, catalogues = parameter.default is not None, catalogues_for(parameter)
    match parameter.domain:
        case None:
            return DomainParam(name, kind, has_default=has_default)
        case nodes.Range(low=low, high=high):
            ends = [_bound(evaluate(n, catalogues), kind, n) for n in (low, high)]
            if ends[0] > ends[1]:
                raise SpecError(
                    Diagnostic(
                        OUTSIDE_DOMAIN, "this domain is empty: its low end is above its high end", parameter.domain.span
                    )
                )
            return DomainParam(name, kind, ends[0], ends[1], has_default=has_default)
        case nodes.ListLiteral(items=items):
            options = tuple(_option(evaluate(n, catalogues), name, kind, n) for n in items)
            return DomainParam(name, kind, options=options, has_default=has_default)


def catalogues_for(parameter: nodes.Parameter) -> tuple[str, ...]:
    """The catalogues that a name is looked up in first, in a parameter's default, domain and arguments."""
    return (parameter.kind.text,) if parameter.kind.text in OF_LAYERS else ("layer",)


def _words(kind: str) -> str:
    """What a value of a kind is, in words."""
    return f"one of Keras's {kind}s" if kind in OF_LAYERS else KINDS[kind][0]


def _bound(value: Any, kind: str, node: nodes.Expression) -> Any:
    if kind in ("int", "float") and _is_float(value) and (kind == "float" or isinstance(value, int)):
        return value
    raise SpecError(Diagnostic(WRONG_KIND, f"the domain of {_words(kind)} can't end at {describe(value)}", node.span))


def _option(value: Any, name: str, kind: str, node: nodes.Expression) -> Any:
    if value is None:
        return None
    if kind in OF_LAYERS:
        try:
            return DomainParam(name, kind).accept(value)
        except Refusal as refusal:
            raise SpecError(diagnostic_of(refusal, node.span)) from None
    if KINDS[kind][1](value):
        return str(value) if isinstance(value, Word) else value
    raise SpecError(Diagnostic(WRONG_KIND, f"{describe(value)} is not {_words(kind)}", node.span))


def default_places(parameters: tuple[nodes.Parameter, ...]) -> Mapping[str, nodes.Expression]:
    """The default of each parameter that has one."""
    return {p.name.text: p.default for p in parameters if p.default is not None}
