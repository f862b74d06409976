"""The kinds of arguments that declarations use. Each says what it accepts, in words, in code and as JSON Schema."""

from __future__ import annotations

import re
from typing import Any, Final, Generic, TypeVar

from specc import limits
from specc.catalogue.declare import REQUIRED, Declaration, Missing, Param, Value, Word
from specc.diagnostics.codes import DIM_TOO_LARGE, OUT_OF_RANGE, UNKNOWN_OBJECT
from specc.diagnostics.diagnostic import did_you_mean
from specc.program.deciding import surely_less
from specc.program.dims import Dim, Expr

T = TypeVar("T")


def _is_integer(value: Value) -> bool:
    return isinstance(value, int | Expr) and not isinstance(value, bool)


class Integer(Param[Dim]):
    """An integer (or a size that hangs on symbols) between bounds, both included."""

    takes_sizes = True

    def __init__(
        self,
        default: Dim | Missing = REQUIRED,
        *,
        minimum: int | None = None,
        maximum: int = limits.DIM,
        doc: str = "",
    ) -> None:
        super().__init__(default, doc=doc)
        self.minimum, self.maximum = minimum, maximum
        self.expects = "an integer" if minimum is None else f"an integer of at least {minimum}"

    def accept(self, value: Value) -> Dim:
        if not _is_integer(value):
            raise self.refuse(value)
        if self.minimum is not None and surely_less(value, self.minimum):
            raise self.refuse(value, code=OUT_OF_RANGE)
        if surely_less(self.maximum, value):
            raise self.refuse(value, code=DIM_TOO_LARGE, message=f"`{self.name}` must be at most {self.maximum:,}")
        return value

    def schema(self) -> dict[str, Any]:
        low = {} if self.minimum is None else {"minimum": self.minimum}
        return {"type": "integer", **low, "maximum": self.maximum}


class Number(Param[float]):
    """A real number between bounds; an integer is taken as the float it equals."""

    def __init__(
        self,
        default: float | Missing = REQUIRED,
        *,
        low: float | None = None,
        high: float | None = None,
        open_low: bool = False,
        open_high: bool = False,
        doc: str = "",
    ) -> None:
        super().__init__(default, doc=doc)
        self.low, self.high, self.open_low, self.open_high = low, high, open_low, open_high
        above = "" if low is None else f" {'above' if open_low else 'of at least'} {low:g}"
        below = "" if high is None else f" {'below' if open_high else 'of at most'} {high:g}"
        self.expects = f"a number{above}{' and' if above and below else ''}{below}"

    def accept(self, value: Value) -> float:
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise self.refuse(value)
        if not self._inside(value):
            raise self.refuse(value, code=OUT_OF_RANGE)
        return float(value)

    def _inside(self, value: float) -> bool:
        too_low = self.low is not None and (value < self.low or (self.open_low and value == self.low))
        too_high = self.high is not None and (value > self.high or (self.open_high and value == self.high))
        return value == value and abs(value) != float("inf") and not too_low and not too_high

    def schema(self) -> dict[str, Any]:
        found: dict[str, Any] = {"type": "number"}
        if self.low is not None:
            found["exclusiveMinimum" if self.open_low else "minimum"] = self.low
        if self.high is not None:
            found["exclusiveMaximum" if self.open_high else "maximum"] = self.high
        return found


class Flag(Param[bool]):
    """``true`` or ``false``."""

    expects = "true or false"
    words = ("true", "false")

    def accept(self, value: Value) -> bool:
        if not isinstance(value, bool):
            raise self.refuse(value, help=did_you_mean(value, self.words) if isinstance(value, str) else ())
        return value

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}


class Choice(Param[str]):
    """One of a few words."""

    def __init__(self, *options: str, default: str | Missing = REQUIRED, doc: str = "") -> None:
        super().__init__(default, doc=doc)
        self.words = options
        self.expects = " or ".join(options) if len(options) < 3 else "one of " + ", ".join(options)

    def accept(self, value: Value) -> str:
        if not isinstance(value, str) or value not in self.words:
            hint = did_you_mean(value, self.words) if isinstance(value, str) else ()
            raise self.refuse(value, help=hint)
        return str(value)

    def schema(self) -> dict[str, Any]:
        return {"enum": list(self.words)}


class Text(Param[str]):
    """A quoted text."""

    expects = "a quoted text"

    def accept(self, value: Value) -> str:
        if not isinstance(value, str):
            raise self.refuse(value)
        return str(value)

    def schema(self) -> dict[str, Any]:
        return {"type": "string"}


LABEL: Final = r"^[A-Za-z0-9_][A-Za-z0-9_.\-]*$"


class Label(Param[str]):
    """The name of a layer, as it stands in weights' paths and in `"name:1"`: a quoted text without `:` and `/`."""

    expects = "a quoted text of letters, digits, `_`, `-` and `.`"

    def accept(self, value: Value) -> str:
        if not isinstance(value, str) or not re.fullmatch(LABEL, value) or len(value) > limits.LABEL:
            raise self.refuse(value)
        return str(value)

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": LABEL, "maxLength": limits.LABEL}


class Name(Param[str]):
    """A name that the spec or its data define (a metric, a column): a bare word or a quoted text."""

    expects = "a name"

    def accept(self, value: Value) -> str:
        if not isinstance(value, str) or not value:
            raise self.refuse(value)
        return str(value)

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "minLength": 1}


class Tuple(Param[tuple[T, ...]], Generic[T]):
    """A list of values of one kind; with ``single`` a lone value counts for all ``length`` places.

    ``length`` None admits any number of items from ``at_least`` on.
    """

    def __init__(
        self,
        item: Param[T],
        default: tuple[T, ...] | Missing = REQUIRED,
        *,
        length: int | None = None,
        at_least: int = 0,
        single: bool = False,
        doc: str = "",
    ) -> None:
        super().__init__(default, doc=doc)
        self.item, self.length, self.at_least, self.single = item, length, at_least, single
        each = item.expects.removeprefix("an ").removeprefix("a ")
        count = f"a list of {length}" if length is not None else "a list"
        self.expects = (f"{item.expects} or " if single else "") + f"{count}, each {each}"
        if single and length == 1:
            self.expects = item.expects
        self.words, self.kinds, self.takes_sizes = item.words, item.kinds, item.takes_sizes

    def __set_name__(self, owner: type, name: str) -> None:
        super().__set_name__(owner, name)
        self.item.__set_name__(owner, name)

    def accept(self, value: Value) -> tuple[T, ...]:
        if self.single and not isinstance(value, tuple | list):
            return (self.item.accept(value),) * (self.length or 1)
        if not isinstance(value, tuple | list):
            raise self.refuse(value)
        if self.length not in (None, len(value)) or len(value) < self.at_least:
            raise self.refuse(value)
        return tuple(self.item.accept(v) for v in value)

    def schema(self) -> dict[str, Any]:
        items: dict[str, Any] = {"type": "array", "items": self.item.schema()}
        if self.length is not None:
            items |= {"minItems": self.length, "maxItems": self.length}
        return {"anyOf": [self.item.schema(), items]} if self.single else items


class PerAxis(Tuple[Dim]):
    """An integer for each axis that the layer moves over (its class says how many in ``axes``), or one for all."""

    def __init__(self, default: int | Missing = REQUIRED, *, minimum: int = 1, doc: str = "") -> None:
        super().__init__(Integer(minimum=minimum), single=True, doc=doc)
        self.minimum, self.for_all = minimum, default

    def fit(self, owner: type[Declaration]) -> Param[tuple[Dim, ...]]:
        axes: int = getattr(owner, "axes", 0)
        if not axes:
            return self
        default = self.for_all if isinstance(self.for_all, Missing) else (self.for_all,) * axes
        fitted = sizes(axes, default, minimum=self.minimum, doc=self.doc)
        fitted.__set_name__(owner, self.name)
        return fitted


class Optional(Param[T | None], Generic[T]):
    """Another argument's values, or ``none`` (which is the default unless another is named)."""

    def __init__(self, inner: Param[T], default: T | Missing | None = None, *, doc: str = "") -> None:
        super().__init__(default, doc=doc or inner.doc)
        self.inner = inner
        self.expects = f"{inner.expects} or none"
        self.words, self.kinds, self.takes_sizes = (*inner.words, "none"), inner.kinds, inner.takes_sizes

    def __set_name__(self, owner: type, name: str) -> None:
        super().__set_name__(owner, name)
        self.inner.__set_name__(owner, name)

    def fit(self, owner: type[Declaration]) -> Param[T | None]:
        fitted = self.inner.fit(owner)
        if fitted is self.inner:
            return self
        optional = Optional(fitted, self.default, doc=self.doc)
        optional.__set_name__(owner, self.name)
        return optional

    def accept(self, value: Value) -> T | None:
        return None if value is None else self.inner.accept(value)

    def schema(self) -> dict[str, Any]:
        return {"anyOf": [self.inner.schema(), {"type": "null"}]}


class Either(Param[Any]):
    """The values of the first of some arguments that accepts."""

    def __init__(self, *choices: Param[Any], default: Any = REQUIRED, doc: str = "") -> None:
        super().__init__(default, doc=doc)
        self.choices = choices
        self.expects = " or ".join(c.expects for c in choices)
        self.words = tuple(w for c in choices for w in c.words)
        self.kinds = tuple(k for c in choices for k in c.kinds)

    def __set_name__(self, owner: type, name: str) -> None:
        super().__set_name__(owner, name)
        for choice in self.choices:
            choice.__set_name__(owner, name)

    def accept(self, value: Value) -> Any:
        from specc.catalogue.declare import Refusal

        first: Refusal | None = None
        for choice in self.choices:
            try:
                return choice.accept(value)
            except Refusal as refusal:
                informative = refusal.code.id != "E302" or refusal.help
                first = first or (refusal if informative else None)
        raise first or self.refuse(value)

    def schema(self) -> dict[str, Any]:
        return {"anyOf": [c.schema() for c in self.choices]}


class Object(Param[Declaration]):
    """An instance of a declaration of some kind (``L2(0.01)``); a bare name is the instance without arguments."""

    def __init__(self, *kinds: str, default: Declaration | Missing = REQUIRED, doc: str = "") -> None:
        super().__init__(default, doc=doc)
        self.kinds = kinds
        self.expects = " or ".join(("an " if k[0] in "aeiou" else "a ") + k for k in kinds)

    def accept(self, value: Value) -> Declaration:
        if isinstance(value, type) and issubclass(value, Declaration) and value.kind in self.kinds:
            return value.make(**self._nothing(value))
        if isinstance(value, Declaration) and value.kind in self.kinds:
            return value
        if isinstance(value, Word):
            raise self.refuse(value, code=UNKNOWN_OBJECT, help=did_you_mean(value, self._names()))
        raise self.refuse(value)

    def _nothing(self, declaration: type[Declaration]) -> dict[str, Value]:
        missing = [n for n, p in declaration.params.items() if p.required]
        if missing:
            raise self.refuse(declaration, help=[f"`{declaration.__name__}` needs `{missing[0]}`"])
        return {}

    def _names(self) -> list[str]:
        from specc.catalogue.registry import names

        return [name for kind in self.kinds for name in names(kind)]

    def schema(self) -> dict[str, Any]:
        return {"anyOf": [{"$ref": f"#/$defs/{kind}"} for kind in self.kinds]}


# ── The arguments that many layers share ─────────────────────────────────────────────────────────

ACTIVATIONS: Final = (
    "celu", "elu", "exponential", "gelu", "hard_shrink", "hard_sigmoid", "hard_silu", "hard_swish", "hard_tanh",
    "leaky_relu", "linear", "log_sigmoid", "log_softmax", "mish", "relu", "relu6", "selu", "sigmoid", "silu",
    "soft_shrink", "softmax", "softplus", "softsign", "sparse_plus", "sparse_sigmoid", "sparsemax", "squareplus",
    "swish", "tanh", "tanh_shrink",
)  # fmt: skip
"""Names of ``keras.activations`` that are functions of the input alone and keep its shape.

So not ``glu``, which halves the last axis while Keras's shape rules don't, nor ``threshold``, which needs arguments.
"""

INITIALIZERS: Final = (
    "glorot_normal", "glorot_uniform", "he_normal", "he_uniform", "identity", "lecun_normal", "lecun_uniform",
    "normal", "ones", "orthogonal", "random_normal", "random_uniform", "truncated_normal", "uniform",
    "variance_scaling", "zeros",
)  # fmt: skip
"""Names of ``keras.initializers``."""


def positive(default: Dim | Missing = REQUIRED, *, doc: str = "") -> Integer:
    """An integer of at least 1."""
    return Integer(default, minimum=1, doc=doc)


def sizes(count: int, default: tuple[Dim, ...] | Missing = REQUIRED, *, minimum: int = 1, doc: str = "") -> Tuple[Dim]:
    """``count`` integers, or one for all."""
    return Tuple(Integer(minimum=minimum), default, length=count, single=True, doc=doc)


def fraction(default: float | Missing = REQUIRED, *, doc: str = "") -> Number:
    """A number from 0 to 1, both included."""
    return Number(default, low=0.0, high=1.0, doc=doc)


def activation(
    default: str | None = None, *, doc: str = "function applied to the result, none for linear"
) -> Optional[str]:
    """A name of ``keras.activations`` or none."""
    return Optional(Choice(*ACTIVATIONS), default, doc=doc)


def initializer(default: str | None, *, doc: str) -> Optional[Any]:
    """A name of ``keras.initializers`` or an initializer with arguments."""
    return Optional(Either(Choice(*INITIALIZERS), Object("initializer")), default, doc=doc)


def regularizer(*, doc: str) -> Optional[Declaration]:
    """A penalty on values, such as ``L2(1e-4)``, or none."""
    return Optional(Object("regularizer"), doc=doc)


def constraint(*, doc: str) -> Optional[Declaration]:
    """A projection of weights, such as ``MaxNorm(2)``, or none."""
    return Optional(Object("constraint"), doc=doc)


def data_format() -> Optional[str]:
    """The order of axes; specc knows channels last only, so that a shape rule has one case."""
    return Optional(Choice("channels_last"), doc="order of the axes, always channels last")


def padding(*more: str) -> Choice:
    """What happens at the edges."""
    return Choice(
        "valid", "same", *more, default="valid", doc="valid: only whole windows; same: as many as strides fit the input"
    )


def seed() -> Optional[Dim]:
    """A seed of the layer's own random numbers."""
    return Optional(Integer(minimum=0), doc="seed of the random numbers, none for one drawn from the global seed")
