"""Arguments as written → a declaration's instance; every problem of a call is reported at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar

from specc.catalogue.declare import Declaration, Param, Refusal, Value, Word
from specc.catalogue.params import Integer, Number
from specc.diagnostics.codes import (
    BAD_ARGUMENT,
    MISSING_ARGUMENT,
    REPEATED_ARGUMENT,
    TOO_MANY_ARGUMENTS,
    UNKNOWN_ARGUMENT,
    UNKNOWN_NAME,
    UNKNOWN_OBJECT,
)
from specc.diagnostics.diagnostic import Diagnostic, Fix, Related, SpecError, closest, did_you_mean
from specc.source import Span

D = TypeVar("D", bound=Declaration)

KEYWORD_ONLY: Final = ("name", "trainable", "dtype")
"""Inherited arguments that are never given by position."""

_LISTED: Final = 8
"""Most arguments that a help line lists."""


@dataclass(frozen=True, slots=True)
class Given:
    """An argument as written.

    Attributes:
        name: None when it is given by position.
        value: its value, not yet accepted.
        span: the place of the value.
        name_span: the place of the name.
    """

    name: str | None
    value: Value
    span: Span
    name_span: Span | None = None

    @property
    def place(self) -> Span:
        """The name where it has one, else the value."""
        return self.name_span or self.span


@dataclass(frozen=True, slots=True)
class Contract:
    """Where a spec says what a definition takes: the place of its name, and of each of its parameters."""

    place: Span
    params: Mapping[str, Span]


@dataclass(frozen=True, slots=True)
class Callee:
    """What a call binds its arguments to: a declaration, or a definition with parameters.

    Attributes:
        name: what messages call it.
        params: everything it takes, by name.
        order: the names that may be given by position, in order.
        contract: where a spec says so; None for what the catalogue declares.
    """

    name: str
    params: Mapping[str, Param[Any]]
    order: Sequence[str]
    contract: Contract | None = None

    @property
    def declared(self) -> tuple[Related, ...]:
        """The place of a definition beside a wrong call of it."""
        return (Related(self.contract.place, f"`{self.name}` is declared here"),) if self.contract else ()

    def declared_params(self, *names: str) -> tuple[Related, ...]:
        """The places of parameters beside a call that doesn't keep to them."""
        places = self.contract.params if self.contract else {}
        return tuple(Related(places[n], f"`{n}` is declared here") for n in names[:_LISTED] if n in places)


def bind(declaration: type[D], given: Sequence[Given], span: Span) -> D:
    """The instance that a call with these arguments makes; ``span`` is the whole call.

    Raises:
        SpecError: with a diagnostic for each problem of the call.
    """
    key = _key(declaration, given)
    if key in _made:
        return _made[key]
    callee = Callee(declaration.__name__, declaration.params, positional(declaration))
    assigned = _assigned(callee, given, span)
    try:
        made = declaration.make(**{name: argument.value for name, argument in assigned.items()})
    except Refusal as refusal:
        refused = list(_refused(callee, assigned))
        spans = {name: argument.span for name, argument in assigned.items()}
        raise SpecError(*(refused or [diagnostic_of(refusal, span, spans)])) from None
    if key is not None:
        if len(_made) >= _MOST_MADE:
            _made.clear()
        _made[key] = made
    return made


_made: dict[Any, Any] = {}
"""What calls with plain arguments made: declarations hold values only, so equal calls may share one."""

_MOST_MADE: Final = 10_000


def _key(declaration: type[Declaration], given: Sequence[Given]) -> Any:
    """What equal calls have in common; None where an argument is more than a plain value."""
    if not all(type(g.value) in _PLAIN for g in given):
        return None
    # By its text, 0.0 is not -0.0.
    return declaration, *((g.name, type(g.value), str(g.value)) for g in given)


_PLAIN: Final = frozenset({str, Word, int, float, bool, type(None)})


def bind_params(
    name: str,
    params: Mapping[str, Param[Any]],
    given: Sequence[Given],
    span: Span,
    contract: Contract | None = None,
) -> dict[str, Value]:
    """The accepted values of the parameters that are given, by name; defaults are left to the caller.

    Raises:
        SpecError: with a diagnostic for each problem of the call, at the call, with the ``contract`` beside it.
    """
    callee = Callee(name, params, list(params), contract)
    assigned = _assigned(callee, given, span)
    if refused := list(_refused(callee, assigned)):
        raise SpecError(*refused)
    return {name: params[name].accept(argument.value) for name, argument in assigned.items()}


def _assigned(callee: Callee, given: Sequence[Given], span: Span) -> dict[str, Given]:
    assigned, problems = _assign(callee, given)
    problems += _missing(callee, given, assigned, span)
    if problems:
        # With too many by position, the others by position are likely out of place too: nothing to say about them.
        shifted = any(p.code == TOO_MANY_ARGUMENTS for p in problems)
        sure = {n: a for n, a in assigned.items() if a.name is not None or not shifted}
        raise SpecError(*problems, *_refused(callee, sure))
    return assigned


def diagnostic_of(
    refusal: Refusal,
    span: Span,
    argument_spans: Mapping[str, Span] | None = None,
    related: tuple[Related, ...] = (),
) -> Diagnostic:
    """A refusal as a diagnostic: at the argument at fault where its place is known, else at ``span``."""
    place = (argument_spans or {}).get(refusal.argument or "", span)
    return Diagnostic(
        refusal.code,
        refusal.message,
        place,
        expected=refusal.expected,
        found=refusal.found,
        related=related,
        help=refusal.help,
    )


def positional(declaration: type[Declaration]) -> list[str]:
    """The arguments that may be given by position, in order."""
    own = vars(declaration)
    named = declaration.keyword_only
    return [
        n for n in declaration.params if n not in named and (n not in KEYWORD_ONLY or isinstance(own.get(n), Param))
    ]


def _assign(callee: Callee, given: Sequence[Given]) -> tuple[dict[str, Given], list[Diagnostic]]:
    """Which argument each name gets, and the arguments that have no place or a second one."""
    order = callee.order
    by_position = [a for a in given if a.name is None]
    assigned = dict(zip(order, by_position, strict=False))
    problems = _too_many(callee, by_position, len(order))
    for argument in given:
        if argument.name is None:
            continue
        if argument.name not in callee.params:
            problems.append(_unknown(callee, argument, given))
        elif argument.name in assigned:
            problems.append(_repeated(callee, argument, assigned[argument.name]))
        else:
            assigned[argument.name] = argument
    return assigned, problems


def _too_many(callee: Callee, by_position: list[Given], most: int) -> list[Diagnostic]:
    surplus = by_position[most:]
    if not surplus:
        return []
    takes = f"at most {_count(most)} by position" if most else "no arguments"
    if callee.params and not most:
        takes += " by position"
    return [
        Diagnostic(
            TOO_MANY_ARGUMENTS,
            f"`{callee.name}` takes {takes}",
            surplus[0].span.to(surplus[-1].span),
            expected=takes,
            found=f"{_count(len(by_position))} by position",
            related=callee.declared,
            help=_arguments_help(callee) if most else (),
        )
    ]


def _count(arguments: int) -> str:
    return f"{arguments} argument{'' if arguments == 1 else 's'}"


def _arguments_help(callee: Callee) -> tuple[str, ...]:
    names = callee.order
    if not names:
        return (f"`{callee.name}` takes no arguments",) if not callee.params else ()
    if len(names) > _LISTED:
        return ()
    return (f"its argument{' is' if len(names) == 1 else 's are'} {_listed(names)}",)


def _listed(names: Sequence[str]) -> str:
    quoted = [f"`{n}`" for n in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"


_ELSEWHERE: Final = {
    "units": ("n_units", "num_units", "out_features", "hidden_size", "hidden_units", "n_hidden", "neurons"),
    "filters": ("out_channels", "n_filters", "num_filters", "channels_out"),
    "kernel_size": ("kernel", "k", "ksize", "filter_size"),
    "strides": ("stride",),
    "padding": ("pad",),
    "dilation_rate": ("dilation",),
    "groups": ("num_groups",),
    "use_bias": ("bias",),
    "rate": ("p", "dropout", "drop", "dropout_rate", "drop_rate", "prob"),
    "learning_rate": ("lr",),
    "epsilon": ("eps",),
    "beta_1": ("beta1",),
    "beta_2": ("beta2",),
    "rho": ("alpha",),
    "axis": ("dim",),
    "negative_slope": ("alpha", "slope"),
    "input_dim": ("num_embeddings", "vocab_size", "n_vocab"),
    "output_dim": ("embedding_dim", "embed_dim", "dim"),
    "num_heads": ("heads", "n_heads", "nhead"),
    "activation": ("act", "nonlinearity"),
    "pool_size": ("kernel_size", "size", "kernel"),
    "size": ("scale_factor",),
    "return_sequences": ("return_sequence", "return_seq"),
    "go_backwards": ("reverse",),
}
"""What other libraries call an argument."""


def _meant(callee: Callee, argument: Given, given: Sequence[Given]) -> str | None:
    """The argument that an unknown name means; never one that is given as well."""
    by_position = sum(a.name is None for a in given)
    taken = {*callee.order[:by_position], *(a.name for a in given if a.name)}
    free = [n for n in callee.params if n not in taken]
    # Parameters of a spec's own definitions are called as their author likes.
    known = () if callee.contract is not None else (n for n in free if argument.name in _ELSEWHERE.get(n, ()))
    return next(iter(known), None) or closest(argument.name or "", free)


def _unknown(callee: Callee, argument: Given, given: Sequence[Given]) -> Diagnostic:
    meant = _meant(callee, argument, given)
    return Diagnostic(
        UNKNOWN_ARGUMENT,
        f"`{callee.name}` has no argument `{argument.name}`",
        argument.place,
        related=callee.declared,
        help=(*did_you_mean(meant or "", [meant] if meant else []), *_arguments_help(callee)),
        fix=Fix(argument.name_span, meant) if meant and argument.name_span else None,
    )


def _repeated(callee: Callee, argument: Given, first: Given) -> Diagnostic:
    how = " by position" if first.name is None else ""
    return Diagnostic(
        REPEATED_ARGUMENT,
        f"`{argument.name}` of `{callee.name}` is given twice",
        argument.place,
        related=(Related(first.place, f"`{argument.name}` is already given here{how}"),),
    )


def _missing(callee: Callee, given: Sequence[Given], assigned: Mapping[str, Given], span: Span) -> list[Diagnostic]:
    """The required arguments that are neither given nor likely meant by an unknown name, in one diagnostic."""
    unknown = [a for a in given if a.name is not None and a.name not in callee.params]
    meant = {_meant(callee, a, given) for a in unknown}
    required = {n: p for n, p in callee.params.items() if p.required}
    missing = [n for n in required if n not in assigned and n not in meant]
    if not missing:
        return []
    return [
        Diagnostic(
            MISSING_ARGUMENT,
            f"`{callee.name}` needs {_listed(missing)}",
            span,
            expected=", ".join(f"{n}: {required[n].expects}" for n in missing),
            related=callee.declared_params(*missing),
        )
    ]


def _refused(callee: Callee, assigned: Mapping[str, Given]) -> Iterator[Diagnostic]:
    """A diagnostic for each argument whose value isn't accepted, in the order of writing."""
    for name, argument in assigned.items():
        param = callee.params[name]
        try:
            param.accept(argument.value)
        except Refusal as refusal:
            yield replace(refused_value(param, argument, refusal), related=callee.declared_params(name))


def refused_value(param: Param[Any], argument: Given, refusal: Refusal) -> Diagnostic:
    """The finding that an argument or a setting can't have the value that is written."""
    value = argument.value
    is_word = isinstance(value, Word) and not set(param.words) - {"none"}
    # A word where a number could stand (beside objects of some kind) is meant as a name.
    if is_word and (refusal.code == BAD_ARGUMENT or (refusal.code == UNKNOWN_OBJECT and takes_numbers(param))):
        if refusal.code == UNKNOWN_OBJECT and refusal.help:
            return diagnostic_of(refusal, argument.span)
        return Diagnostic(
            UNKNOWN_NAME,
            f"unknown name `{value}`",
            argument.span,
            f"`{param.name}` must be {param.expects}",
            help=did_you_mean(value, param.words),
        )
    finding = diagnostic_of(refusal, argument.span)
    text = argument.span.text
    if param.takes_sizes and isinstance(value, float) and value.is_integer() and "/" in text.replace("//", ""):
        certain = text.count("/") == 1 and '"' not in text and "#" not in text
        fix = Fix(argument.span, text.replace("/", "//")) if certain else None
        hint = "`/` makes a fraction; whole numbers and sizes are divided with `//`"
        return replace(finding, help=(*finding.help, hint), fix=fix)
    return finding


def takes_numbers(param: Param[Any]) -> bool:
    """Whether a number is among what an argument may be."""
    inner = [*getattr(param, "choices", ()), *filter(None, [getattr(param, "inner", None)])]
    return isinstance(param, Integer | Number) or any(takes_numbers(p) for p in inner)
