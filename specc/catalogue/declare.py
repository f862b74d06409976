"""The form of a declaration: everything specc knows about one layer, loss, optimizer, … stands in one class.

A declaration names its arguments with `Param` attributes and carries its documentation as its docstring. Binding,
checking, lowering, the JSON Schema and the reference pages all derive from it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Final, Generic, Self, TypeAlias, TypeVar, overload

from specc.diagnostics.codes import BAD_ARGUMENT, Code
from specc.program.dims import Expr

T = TypeVar("T")

Value: TypeAlias = Any
"""What an argument may be: None, bool, int, `Expr`, float, str, `Word`, tuple, dict or a `Declaration`."""


class Word(str):
    """A bare word of a spec (``same``, ``relu``): equal to the quoted string."""

    __slots__ = ()


class Refusal(Exception):
    """A declaration refuses its arguments or its inputs; who knows the place turns it into a diagnostic.

    ``argument`` names the argument at fault, where there is one.
    """

    def __init__(
        self,
        code: Code,
        message: str,
        *,
        expected: str | None = None,
        found: str | None = None,
        help: Iterable[str] = (),
        argument: str | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.expected = expected
        self.found = found
        self.help = tuple(help)
        self.argument = argument


_BRIEF = 120
"""Longest description of what is expected that a message repeats."""


class Missing:
    """The default of an argument that has none."""

    def __repr__(self) -> str:
        return "required"


REQUIRED = Missing()


class Param(Generic[T]):
    """One argument of a declaration: what it accepts, its default, its documentation.

    Attributes:
        expects: what is accepted, in words ("an integer of at least 1").
        words: the bare words it admits, for suggestions.
        kinds: the kinds of declarations it takes; a bare name in its place is looked up among these.
        takes_sizes: whether a text in the JSON form is a size that hangs on symbols (``"H // 2"``).
        doc: one sentence for the reference pages.
    """

    name: str = ""
    expects: str = "a value"
    words: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    takes_sizes: bool = False

    previous: str | None = None

    def __init__(self, default: T | Missing = REQUIRED, *, doc: str = "") -> None:
        self.default = default
        self.doc = doc

    def after(self, previous: str) -> Self:
        """This argument, given by position right after ``previous``; otherwise own arguments come first."""
        self.previous = previous
        return self

    def fit(self, owner: type[Declaration]) -> Param[T]:
        """This argument as a subclass has it; a copy where it hangs on what the subclass says of itself."""
        return self

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...
    @overload
    def __get__(self, instance: Declaration, owner: type) -> T: ...
    def __get__(self, instance: Declaration | None, owner: type) -> Self | T:
        # A set value lies in the instance's __dict__ and is found before this descriptor.
        return self if instance is None else self.default  # type: ignore[return-value]

    @property
    def required(self) -> bool:
        return isinstance(self.default, Missing)

    def accept(self, value: Value) -> T:
        """The normalised value.

        Raises:
            Refusal: it isn't one that Keras would take here.
        """
        raise NotImplementedError

    def schema(self) -> dict[str, Any]:
        """The JSON Schema of the accepted values."""
        raise NotImplementedError

    def refuse(
        self, value: Value, *, code: Code = BAD_ARGUMENT, help: Iterable[str] = (), message: str | None = None
    ) -> Refusal:
        """The refusal of ``value``, to be raised."""
        if message is None:
            # A long list of choices is shown once, as what is expected.
            what = f"must be {self.expects}" if len(self.expects) <= _BRIEF else f"can't be {show_value(value)}"
            message = f"`{self.name}` {what}"
        return Refusal(
            code,
            message,
            expected=self.expects,
            found=show_value(value),
            help=help,
            argument=self.name,
        )


class Declaration:
    """Base of everything that a spec can name with arguments.

    ``kind`` says what it is (``layer``, ``loss``, …) and is the name space it lives in. An instance holds accepted
    values only; make one with `make` or through `specc.catalogue.bind`.
    """

    kind: ClassVar[str] = ""
    params: ClassVar[dict[str, Param[Any]]] = {}
    aliases: ClassVar[tuple[str, ...]] = ()
    """Other names of Keras for it, which a spec may use."""
    keras_class: ClassVar[str] = ""
    """Of a plugin's declaration, where its class of Keras is: ``package.module:Class``. Building a model imports it."""
    keyword_only: ClassVar[tuple[str, ...]] = ()
    """Arguments of its own that are never given by position."""

    def __init_subclass__(cls, abstract: bool = False) -> None:
        cls.params = cls._ordered()
        if abstract:
            return
        cls._refuse_incomplete()
        if not cls.__module__.startswith("specc.") and not re.fullmatch(r"[\w.]+:\w+", cls.keras_class):
            raise TypeError(f'{cls.__name__} has no `keras_class = "package.module:Class"`')
        from specc.catalogue.registry import register

        register(cls)

    @classmethod
    def _ordered(cls) -> dict[str, Param[Any]]:
        """The arguments in the order of their positions: a declaration's own come first, unless they say `after`."""
        own = {k: v for k, v in vars(cls).items() if isinstance(v, Param)}
        dropped = {k: v for k, v in cls.params.items() if k in vars(cls) and vars(cls)[k] is None}
        inherited = {k: v for k, v in cls.params.items() if k not in own and k not in dropped}
        for name, param in dropped.items():  # an argument that a subclass doesn't take has its default
            setattr(cls, name, param.default)
        names = [k for k, v in own.items() if v.previous is None] + list(inherited)
        for name, param in own.items():
            if param.previous is not None:
                names.insert(names.index(param.previous) + 1, name)
        params = {**own, **inherited}
        for name in names:
            fitted = params[name].fit(cls)
            if fitted is not params[name]:
                params[name] = fitted
                setattr(cls, name, fitted)
        return {name: params[name] for name in names}

    @classmethod
    def _refuse_incomplete(cls) -> None:
        if not cls.kind:
            raise TypeError(f"{cls.__name__} has no kind")
        if not (vars(cls).get("__doc__") or "").strip():
            raise TypeError(f"{cls.__name__} has no documentation")
        undocumented = [n for n, p in cls.params.items() if not p.doc]
        if undocumented:
            raise TypeError(f"{cls.__name__}: arguments without documentation: {', '.join(undocumented)}")

    @classmethod
    def make(cls, **values: Value) -> Self:
        """An instance with the given arguments.

        Raises:
            Refusal: an argument or a combination of arguments isn't accepted.
        """
        instance = cls.__new__(cls)
        store = instance.__dict__
        for name, value in values.items():
            store[name] = cls.params[name].accept(value)
        instance.check()
        return instance

    def check(self) -> None:
        """Refuse combinations of arguments that are wrong though each one is right."""

    @property
    def given(self) -> dict[str, Value]:
        """The arguments that differ from their defaults, in the order of declaration."""
        store = self.__dict__
        return {n: store[n] for n, p in self.params.items() if n in store and not _same(store[n], p.default)}

    def record(self) -> dict[str, Any]:
        """The JSON form: ``{"type": …, "arguments": {…}}`` with the arguments that differ from their defaults."""
        return {"type": type(self).__name__, "arguments": {k: to_json(v) for k, v in self.given.items()}}

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and isinstance(other, Declaration) and self.given == other.given

    def __hash__(self) -> int:
        return hash((type(self).__name__, str(self.given)))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{k}={show_value(v)}' for k, v in self.given.items())})"


def _same(value: Value, default: Value) -> bool:
    return type(value) is type(default) and value == default


def to_json(value: Value) -> Any:
    """A value as plain JSON data; sizes that hang on symbols become their text."""
    match value:
        case Declaration():
            return value.record()
        case tuple() | list():
            return [to_json(v) for v in value]
        case Mapping():
            return {str(k): to_json(v) for k, v in value.items()}
        case Expr():
            return str(value)
        case Word():
            return str(value)
        case _:
            return value


_ESCAPED: Final = r'[\\"\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]'


def _escape(found: re.Match[str]) -> str:
    return {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"}.get(found[0], f"\\u{{{ord(found[0]):x}}}")


def show_value(value: Value) -> str:
    """A value as a spec would write it."""
    match value:
        case None:
            return "none"
        case bool():
            return "true" if value else "false"
        case Word():
            return str(value)
        case str():
            return f'"{re.sub(_ESCAPED, _escape, value)}"'
        case tuple() | list():
            return f"[{', '.join(map(show_value, value))}]"
        case Mapping():
            return "{ " + "  ".join(f"{k} = {show_value(v)}" for k, v in value.items()) + " }"
        case type():
            return value.__name__
        case _:
            return str(value)
