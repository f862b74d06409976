"""Calls of ``keras.ops`` in a configuration → the catalogue's functions.

Keras saves ``x + y`` and ``ops.mean(x, axis=1)`` as layers of the classes ``Add`` and ``Mean`` of ``keras.src.ops``.
There the batch axis counts: it is cut off from shapes, orders and indices where nothing is done to it, and refused
elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

from specc.catalogue.bind import Given, bind
from specc.catalogue.declare import Param
from specc.catalogue.ops.base import Operation
from specc.catalogue.registry import find, names
from specc.diagnostics import SpecError
from specc.elaborate.json_records import fields_of, plain_of, text_of
from specc.elaborate.json_text import JsonValue
from specc.elaborate.values import Tensor
from specc.importing.arguments import cannot_import
from specc.importing.calls import Call, is_tensor
from specc.importing.constants import Operand, constant_of
from specc.importing.inputs import tensors_of
from specc.program.names import snake_case

OPERATIONS: Final = "keras.src.ops."
"""What the modules of such classes begin with."""

_OTHER_NAMES: Final = {"absolute": "abs", "amax": "max", "amin": "min", "truedivide": "divide", "swish": "silu"}

_NEUTRAL: Final[Mapping[str, tuple[Any, ...]]] = {"sparse": (False,), "constant_values": (0,), "from_logits": (False,)}


def is_operation(record: JsonValue) -> bool:
    """Whether a layer's record is that of a call of ``keras.ops``."""
    module = record.at("module")
    if module is not record:
        return isinstance(module.value, str) and module.value.startswith(OPERATIONS)
    # An `.h5` file names no modules; layers, though not functions, say whether they are trainable.
    config = fields_of(record, "config")
    return "trainable" not in config and record.at("class_name").value != "InputLayer" and "layers" not in config


@cache
def _by_plain_name() -> dict[str, str]:
    return {name.replace("_", ""): name for name in names("op")}


def operation_class(record: JsonValue) -> type[Operation]:
    """The function of a record.

    Raises:
        SpecError: the catalogue has none of that name.
    """
    name = text_of(record, "class_name")
    plain = name.lower()
    found = find("op", _by_plain_name().get(_OTHER_NAMES.get(plain, plain), ""))
    if found is None or not issubclass(found, Operation):
        message = f"a spec has no function `{snake_case(name)}`"
        raise SpecError(cannot_import(message, record.at("class_name"), "`specc layers` lists the functions it has"))
    return found


def operation_of(record: JsonValue, call: Mapping[str, JsonValue]) -> Operation:
    """The function with its arguments: those of the class, and those of the call that are no tensors.

    Raises:
        SpecError: it does something to the batch axis, or has an argument that the catalogue's hasn't.
    """
    declaration = operation_class(record)
    values = {
        k: v for k, v in fields_of(record, "config").items() if k not in ("name", "dtype") or k in declaration.params
    }
    values.update(call)
    given = [g for name, value in values.items() if (g := _given(declaration, name, value)) is not None]
    missing = {"axis", "axes"} & declaration.params.keys() - {g.name for g in given}
    if missing and declaration.__name__ in _OVER_ALL:
        name = declaration.__name__
        raise SpecError(cannot_import(f"`{name}` without an axis goes over the batch, too", record, _EACH_EXAMPLE))
    return bind(declaration, given, record.at("class_name").span)


_EACH_EXAMPLE: Final = "a spec says what is calculated of each example; the batch axis is not its own"

_OVER_ALL: Final = (
    "all", "any", "argmax", "argmin", "cumprod", "cumsum", "flip", "logsumexp", "max", "mean", "min", "prod", "repeat",
    "roll", "std", "sum", "transpose", "var",
)  # fmt: skip
"""What takes all axes, the batch's too, where Keras is given none."""


def _given(declaration: type[Operation], name: str, value: JsonValue) -> Given | None:
    param = declaration.params.get(name)
    if param is None:
        content = value.value
        if content is None or (not isinstance(content, dict | list) and content in _NEUTRAL.get(name, ())):
            return None
        message = f"`{declaration.__name__}` of a spec has no argument `{name}`"
        raise SpecError(cannot_import(message, value))
    without_batch = _BATCHED.get((declaration.__name__, name))
    found = without_batch(value) if without_batch is not None else value.plain()
    found = _tuples(found)
    return None if _is_default(param, found) else Given(name, found, value.span, value.key_span)


def _is_default(param: Param[Any], value: Any) -> bool:
    return value is None or (type(value) is type(param.default) and value == param.default)


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


# ── Without the batch axis ───────────────────────────────────────────────────────────────────────


def _first_kept(value: JsonValue, kept: Callable[[Any], bool]) -> list[Any]:
    """The entries of a list after the batch's, which must say that nothing is done to it."""
    items = value.plain()
    if not isinstance(items, list) or not items or not kept(items[0]):
        raise SpecError(cannot_import(f"this changes the batch axis: {value.span.one_line}", value, _EACH_EXAMPLE))
    return items[1:]


def _index(value: JsonValue) -> list[Any]:
    """The items of an index; the first one must take the whole batch."""
    items = value.value if isinstance(value.value, list) else [value]
    found = [_item(item) for item in items]
    if found and found[0] == "...":
        return found
    if not found or found[0] != (None, None, None):
        raise SpecError(cannot_import("this takes a part of the batch", value, _EACH_EXAMPLE))
    return found[1:]


def _item(value: JsonValue) -> Any:
    if isinstance(value.value, int) and not isinstance(value.value, bool):
        return value.value
    kind = value.at("class_name").value
    if kind == "__ellipsis__":
        return "..."
    if kind == "__slice__":
        parts = tuple(plain_of(value.at("config"), k, None) for k in ("start", "stop", "step"))
        if all(p is None or type(p) is int for p in parts):
            return parts
    raise SpecError(cannot_import("this is no position or range that a spec can write", value))


_BATCHED: Final[dict[tuple[str, str], Callable[[JsonValue], Any]]] = {
    ("reshape", "newshape"): lambda v: _first_kept(v, lambda n: n in (-1, None)),
    ("broadcast_to", "shape"): lambda v: _first_kept(v, lambda n: n in (-1, None)),
    ("transpose", "axes"): lambda v: None if v.value is None else _first_kept(v, lambda n: n == 0),
    ("tile", "repeats"): lambda v: _first_kept(v, lambda n: n == 1),
    ("pad", "pad_width"): lambda v: _first_kept(v, lambda n: n in ([0, 0], 0)),
    ("getitem", "items"): _index,
}


# ── Operands ─────────────────────────────────────────────────────────────────────────────────────


def operation_operands(call: Call, tensor: Callable[[JsonValue], Tensor]) -> tuple[list[Operand], dict[str, JsonValue]]:
    """The tensors and constants that a function takes, and the rest of the call by the names of arguments.

    Raises:
        SpecError: an operand is missing, or a constant that a spec can't write.
    """
    declaration = operation_class(call.record)
    if declaration.takes_list or declaration.variadic:
        values = [*call.args, *call.kwargs.values()]
        return [t for v in values for t in tensors_of(v, tensor)], {}
    by_name = dict(zip([*declaration.operands, *declaration.params], call.args, strict=False)) | dict(call.kwargs)
    if missing := [name for name in declaration.operands if name not in by_name]:
        raise SpecError(cannot_import(f"`{declaration.__name__}` is called without `{missing[0]}`", call.record))
    given = [tensor(v) if is_tensor(v) else v for v in map(by_name.pop, declaration.operands)]
    rank = max((t.type.rank for t in given if isinstance(t, Tensor)), default=0)
    return [v if isinstance(v, Tensor) else constant_of(v, rank) for v in given], by_name
