"""How a model was compiled → the settings of a `train` section, to be completed by data, which no file of Keras has."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from specc.catalogue.bind import Given, bind
from specc.catalogue.declare import Declaration, show_value
from specc.catalogue.objects.metrics import METRIC_WORDS
from specc.catalogue.params import Object
from specc.catalogue.registry import names
from specc.diagnostics import SpecError
from specc.elaborate.json_records import fields_of, text_of
from specc.elaborate.json_text import JsonValue
from specc.importing.arguments import cannot_import, custom, declaration_of, given_of
from specc.importing.constants import shortest
from specc.importing.graph import identifier
from specc.program.names import snake_case
from specc.program.to_text import value_text

_SHORT: Final = {
    "mse": "MeanSquaredError", "mae": "MeanAbsoluteError", "mape": "MeanAbsolutePercentageError",
    "msle": "MeanSquaredLogarithmicError", "bce": "BinaryCrossentropy", "kld": "KLDivergence",
    "logcosh": "LogCosh",
}  # fmt: skip
"""Short names that Keras has for losses and metrics, in small letters."""


@dataclass
class Training:
    """What a file says of the training.

    Attributes:
        settings: texts of settings, by name.
        notes: what a `train` section can't say, in sentences.
    """

    settings: dict[str, str] = field(default_factory=dict[str, str])
    notes: list[str] = field(default_factory=list[str])

    def section(self, model: str) -> str:
        """The text of a `train` section, for data that are called ``Examples``; empty where nothing is known."""
        if not self.settings:
            return ""
        lines = {"data": "Examples", **self.settings}
        width = max(map(len, lines))
        return "\n".join([f"train {model} {{", *(f"    {k:<{width}} = {v}" for k, v in lines.items()), "}"])


def training_of(compiled: JsonValue | None, outputs: list[str]) -> Training:
    """What the arguments of Keras's ``compile`` say; ``outputs`` are those of the spec, in Keras's order."""
    found = Training()
    values = {} if compiled is None else fields_of(compiled)
    if "optimizer_config" in values:  # of an `.h5` file
        values = {**values, "optimizer": values["optimizer_config"]}
    makers: dict[str, Callable[[JsonValue], str]] = {
        "loss": lambda v: _losses(v, outputs),
        "loss_weights": lambda v: _weights(v, outputs),
        "metrics": lambda v: _for_each({name: _metrics(w) for name, w in _by_output(v, outputs)}, outputs),
        "weighted_metrics": lambda v: _for_each({name: _metrics(w) for name, w in _by_output(v, outputs)}, outputs),
        "optimizer": lambda v: _object("optimizer", v),
    }
    for name, make in makers.items():
        if name in values and not _is_empty(values[name]):
            try:
                found.settings[name] = make(values[name])
            except SpecError as error:
                found.notes += [f"`{name}` is not carried: {d.message}" for d in error.diagnostics]
    return found


def _is_empty(value: JsonValue) -> bool:
    inner = list(value.value.values()) if isinstance(value.value, dict) else value.value
    return all(map(_is_empty, inner)) if isinstance(inner, list) else inner is None


def _losses(value: JsonValue, outputs: list[str]) -> str:
    found = {name: _object("loss", v) for name, v in _by_output(value, outputs)}
    if missing := [name for name in outputs if name not in found]:
        raise SpecError(cannot_import(f"the output `{missing[0]}` has none; a spec trains all of its outputs", value))
    return _for_each(found, outputs)


def _weights(value: JsonValue, outputs: list[str]) -> str:
    return _for_each(dict.fromkeys(outputs, "1.0") | {n: _weight(v) for n, v in _by_output(value, outputs)}, outputs)


def _for_each(texts: Mapping[str, str], outputs: list[str]) -> str:
    """A setting for one output, or a record of those for several."""
    if len(outputs) == 1:
        return next(iter(texts.values()))
    return "{ " + "  ".join(f"{name} = {text}" for name, text in texts.items()) + " }"


def _by_output(value: JsonValue, outputs: list[str]) -> Iterator[tuple[str, JsonValue]]:
    """The part of each output.

    Raises:
        SpecError: it can't be said which part is whose.
    """
    match value.value:
        case dict() as fields if "class_name" not in fields:
            for key, part in fields.items():
                name = identifier(key, is_output=True)
                if len(outputs) > 1 and name not in outputs:
                    raise SpecError(cannot_import(f"the spec has no output `{key}`", part))
                if not _is_empty(part):
                    yield name if len(outputs) > 1 else outputs[0], part
        case list() as parts if len(outputs) > 1:
            if len(parts) != len(outputs):
                raise SpecError(cannot_import(f"there are {len(parts)} for {len(outputs)} outputs", value))
            yield from ((n, p) for n, p in zip(outputs, parts, strict=True) if not _is_empty(p))
        case _:
            yield from ((name, value) for name in outputs)


def _weight(value: JsonValue) -> str:
    found = value.value[0].value if isinstance(value.value, list) and len(value.value) == 1 else value.value
    if type(found) not in (int, float):
        raise SpecError(cannot_import("this is no number", value))
    return show_value(found)


def _metrics(value: JsonValue) -> str:
    found = [_metric(v) for v in _leaves(value) if v.value is not None]
    return f"[{', '.join(found)}]"


def _leaves(value: JsonValue) -> Iterator[JsonValue]:
    for item in value.value if isinstance(value.value, list) else ():
        yield from _leaves(item)
    if not isinstance(value.value, list):
        yield value


def _metric(value: JsonValue) -> str:
    word = {"acc": "accuracy", "ce": "crossentropy"}.get(str(value.value), str(value.value))
    return word if word in METRIC_WORDS else _object("metric", value)


def _object(kind: str, value: JsonValue) -> str:
    """A loss, metric or optimizer as its call.

    Raises:
        SpecError: it is code, or nothing that a spec has.
    """
    if isinstance(value.value, list) and len(value.value) == 1:
        return _object(kind, value.value[0])
    name = value.at("config").value if value.at("class_name").value == "function" else value.value
    if isinstance(name, str):
        return f"{_by_short_name(kind, name, value)}()"
    if not isinstance(value.value, dict) or value.at("class_name").value == "__lambda__":
        raise SpecError(cannot_import("it is a function, whose code a spec can't hold", value))
    if package := custom(value):
        raise SpecError(cannot_import(f"`{package}` is a class of its own, whose code a spec can't hold", value))
    declaration = declaration_of(kind, text_of(value, "class_name"), value)
    given = given_of(declaration, value, frozenset({"name", "dtype", "fn"}))
    own = declaration.params.keys() - {"name", "dtype", "reduction"}
    if kind == "loss" and own and not own & fields_of(value, "config").keys():
        message = f"Keras didn't save the arguments of `{declaration.__name__}`, such as `{min(own)}`"
        raise SpecError(cannot_import(message, value))
    made = bind(declaration, [g for g in map(_short, given) if not _is_default(declaration, g)], value.span)
    return value_text(Object(kind), made)


def _by_short_name(kind: str, text: str, place: JsonValue) -> str:
    plain = _SHORT.get(text.lower(), text)
    for name in names(kind):
        if plain in (name, snake_case(name)):
            return name
    raise SpecError(cannot_import(f"a spec has no {kind} `{text[:60]}`", place))


def _short(given: Given) -> Given:
    """A number as people wrote it: optimizers save their rate as float32, 0.0010000000474974513 for 0.001."""
    value = shortest(given.value) if isinstance(given.value, float) else given.value
    return Given(given.name, value, given.span, given.name_span)


def _is_default(declaration: type[Declaration], given: Given) -> bool:
    params: Mapping[str, Any] = declaration.params
    return given.name in params and params[given.name].default == given.value
