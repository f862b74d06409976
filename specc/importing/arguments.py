"""The configuration of a Keras object → the arguments of the declaration of the same name.

Keras writes down every argument, those by default too, and some that it worked out itself. The catalogue knows the
defaults; what it doesn't know of is refused, unless its value changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from specc.catalogue.bind import Given, bind
from specc.catalogue.declare import Declaration, Param, Refusal
from specc.catalogue.registry import find, names
from specc.diagnostics import Diagnostic, SpecError, did_you_mean
from specc.diagnostics.codes import CANNOT_IMPORT, Code
from specc.elaborate.json_records import each, fields_of, plain_of, text_of
from specc.elaborate.json_text import JsonValue
from specc.program.names import snake_case

NEUTRAL: Final[Mapping[str, tuple[Any, ...]]] = {
    "autocast": (True,),
    "batch_input_shape": (),
    "data_format": ("channels_last",),
    "implementation": (0, 1, 2),
    "oov_method": ("floormod",),
    "ragged": (False,),
    "renorm": (False,),
    "rms_scaling": (False,),
    "renorm_momentum": (0.99,),
    "sparse": (False,),
    "synchronized": (False,),
    "time_major": (False,),
    "unroll": (False,),
    "use_cudnn_on_gpu": (True,),
    "zero_output_for_mask": (False, True),
}
"""Arguments that the catalogue may not have, with the values that change nothing of what is calculated.

`implementation` chooses between ways to the same result. `Bidirectional` sets `zero_output_for_mask` of its layers.
"""

_FUNCTIONS: Final = ("function", "__lambda__", "builtin_function_or_method")


def cannot_import(message: str, place: JsonValue, *help: str, code: Code = CANNOT_IMPORT) -> Diagnostic:
    """The finding that a spec can't express what stands at a place."""
    return Diagnostic(code, message, place.span, help=help, pointer=place.pointer)


def declaration_of(kind: str, name: str, place: JsonValue) -> type[Declaration]:
    """The declaration of that kind and name.

    Raises:
        SpecError: the catalogue has none.
    """
    declaration = find(kind, name)
    if declaration is None:
        hint = did_you_mean(name, names(kind)) if kind != "layer" else ()
        raise SpecError(cannot_import(f"a spec has no {kind} `{name}`", place, *hint))
    return declaration


def given_of(
    declaration: type[Declaration], record: JsonValue, without: frozenset[str] = frozenset({"name"})
) -> list[Given]:
    """The arguments of a record's ``config`` that aren't by default.

    Raises:
        SpecError: with a finding for each one that can't be expressed.
    """
    config = fields_of(record, "config")
    made = each((f for f in config.items() if f[0] not in without), lambda f: list(_given(declaration, *f)))
    return [g for one in made for g in one]


def _given(declaration: type[Declaration], name: str, value: JsonValue) -> Iterator[Given]:
    """The argument of that name; none where it is by default."""
    param = declaration.params.get(name)
    if param is None:
        if value.value is None or _is_neutral(name, value):
            return
        message = f"`{declaration.__name__}` of a spec has no argument `{name}`"
        raise SpecError(cannot_import(message, value, f"here it is {_shown(value)}"))
    found = policy(value) if name == "dtype" else _value(param, value)
    if not _is_default(name, param, found):
        yield Given(name, found, value.span, value.key_span)


def _is_neutral(name: str, value: JsonValue) -> bool:
    content = value.value
    # A vocabulary says its size itself, and where a layer has no dtype to choose, Keras saves the one that it has.
    if name in ("build_config", "batch_input_shape", "shared_object_id", "vocabulary_size", "dtype"):
        return True
    return name in NEUTRAL and type(content) in (bool, int, float, str) and content in NEUTRAL[name]


def _is_default(name: str, param: Param[Any], value: Any) -> bool:
    """Whether an argument says no more than its absence does."""
    default = param.default
    if name == "data_format" and value == "channels_last":
        return True
    if value == "linear" and default is None and "activation" in name:
        return True
    if isinstance(value, str) and value == _ALIASES.get(str(default)):
        return True
    return _accepted(param, value) == default and type(_accepted(param, value)) is type(default)


_ALIASES: Final = {"normal": "random_normal", "uniform": "random_uniform"}
"""Short names of initializers, and those that Keras saves for them."""


def _accepted(param: Param[Any], value: Any) -> Any:
    try:
        return param.accept(value)
    except Refusal:
        return value


def policy(value: JsonValue) -> str | None:
    """The name of a dtype or policy; none for float32, which is Keras's own default."""
    name = text_of(value, "name") if isinstance(value.value, str) else None
    if isinstance(value.value, dict):
        config = value.at("config")
        name = plain_of(config, "name", None)
        quantized = plain_of(config, "mode", None) or plain_of(config, "quantization_mode", None)
        if not isinstance(name, str) or quantized or text_of(value, "class_name") not in ("DTypePolicy", "Policy"):
            raise SpecError(cannot_import(f"a spec has no dtype policy `{value.at('class_name').value}`", value))
    elif isinstance(value.value, str):
        name = value.value
    return None if name in (None, "float32") else name


def _value(param: Param[Any], value: JsonValue) -> Any:
    """A value of a configuration as a spec has it."""
    match value.value:
        case dict() as fields if "class_name" in fields:
            return _object(param, value)
        case dict() as fields:
            return {k: _value(param, v) for k, v in fields.items()}
        case list() as items:
            return tuple(each(items, lambda v: _value(param, v)))
        case str() as text if param.kinds and text not in param.words:
            return _named(param, text)
        case scalar:
            return scalar


def _named(param: Param[Any], text: str) -> Any:
    """A text in the place of an object, as older versions write ``l2``: that object without arguments."""
    for kind in param.kinds:
        for name in names(kind):
            if text in (name, snake_case(name), name.lower()):
                found = find(kind, name)
                if found is not None and not any(p.required for p in found.params.values()):
                    return found.make()
    return text


def _object(param: Param[Any], value: JsonValue) -> Any:
    """An object inside of an argument: declared, or a word that stands for it."""
    name = str(value.at("class_name").value)
    if name in _FUNCTIONS:
        function = value.at("config").value
        shown = f" `{function}`" if isinstance(function, str) else ""
        raise SpecError(cannot_import(f"the function{shown} is code, which a spec can't hold", value, REWRITE))
    if name in ("__numpy__", "__tensor__"):
        return _value(param, value.at("config", "value"))
    if package := custom(value):
        raise SpecError(
            cannot_import(f"`{package}` is a class of its own, whose code a spec can't hold", value, REWRITE)
        )
    kind = next((k for k in param.kinds if find(k, name)), None)
    word = snake_case(name)
    if kind is None and word in param.words:
        return word
    if kind is None:
        raise SpecError(cannot_import(f"`{param.name}` of a spec can't be `{name}`", value, *_expected(param)))
    if kind == "layer":
        return layer_of(value)
    declaration = declaration_of(kind, name, value)
    made = bind(declaration, given_of(declaration, value), value.at("class_name").span)
    return word if not made.given and word in param.words else made


def _expected(param: Param[Any]) -> tuple[str, ...]:
    return (f"it may be {param.expects}",) if len(param.expects) <= 120 else ()


def layer_of(record: JsonValue) -> Declaration:
    """The layer inside of another; its name means nothing there."""
    declaration = declaration_of("layer", text_of(record, "class_name"), record.at("class_name"))
    return bind(declaration, given_of(declaration, record), record.at("class_name").span)


REWRITE: Final = "build the model with what `specc layers` lists, or write that part anew in the spec"


def custom(record: JsonValue) -> str | None:
    """What a class that isn't Keras's own is registered as, such as ``Custom>Mine``; None for those of Keras."""
    module = record.at("module")
    module_name = module.value if module is not record and isinstance(module.value, str) else "keras"
    registered = record.at("registered_name")
    name = str(record.at("class_name").value)
    if module_name.split(".")[0] in ("keras", "builtins", "tf_keras"):
        return None
    return str(registered.value) if isinstance(registered.value, str) else f"{module_name}.{name}"


def _shown(value: JsonValue) -> str:
    text = value.span.one_line
    return text if len(text) <= 60 else f"{text[:60]}…"
