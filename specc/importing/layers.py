"""The record of one layer → its declaration. What Keras worked out is taken back, its private layers are translated."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

from specc.catalogue.bind import Given, bind
from specc.catalogue.declare import Declaration
from specc.diagnostics import SpecError
from specc.elaborate.json_records import plain_of, text_of
from specc.elaborate.json_text import JsonValue
from specc.elaborate.values import Tensor
from specc.importing.arguments import REWRITE, cannot_import, custom, declaration_of, given_of
from specc.program.names import snake_case

Stored: TypeAlias = Callable[[tuple[str, ...], int], "list[float] | None"]
"""The numbers of a layer's weight of that place, by the names of the models it is in and its own; None for none."""

_CODE: Final = ("FlaxLayer", "JaxLayer", "Lambda", "TFSMLayer", "TorchModuleWrapper")
"""Layers of Keras that hold code, or a program in a file of another kind."""


def is_automatic(name: str, class_name: str) -> bool:
    """Whether a layer's name is one that Keras gives itself: ``conv2d``, ``conv2d_1``, …"""
    return re.fullmatch(rf"{re.escape(snake_case(class_name))}(_[0-9]+)?", name) is not None


def layer_from(
    record: JsonValue, tensors: Sequence[Tensor], extra: Sequence[Given], stored: Stored, path: tuple[str, ...]
) -> Declaration:
    """The layer of a record, applied to ``tensors``; ``extra`` are arguments of its call that a spec gives to it.

    Raises:
        SpecError: with a finding for each thing that a spec can't express.
    """
    class_, name = record.at("class_name"), text_of(record, "class_name")
    if package := custom(record):
        message = f"the layer `{path[-1]}` is of the class `{package}`, whose code a spec can't hold"
        raise SpecError(cannot_import(message, class_, REWRITE))
    if name in _CODE:
        message = f"the layer `{path[-1]}` is a `{name}`: it holds code, which a spec can't"
        raise SpecError(cannot_import(message, class_, REWRITE))
    if (translate := _TRANSLATED.get((str(record.at("module").value), name))) is not None:
        return translate(record, tensors)
    declaration = declaration_of("layer", name, class_)
    saved = given_of(declaration, record, _DERIVED.get(name, _NAME))
    given = [_simplified(g) for g in saved if not _is_implied(name, g, record, tensors)]
    if name == "Normalization":
        given = _with_statistics(given, tensors, stored, path, class_)
    return bind(declaration, [*given, *extra], class_.span)


_NAME: Final = frozenset({"name"})

_DERIVED: Final = {"Bidirectional": frozenset({"name", "backward_layer"})}
"""Arguments that Keras saves though they follow from the others."""


def _is_implied(name: str, given: Given, record: JsonValue, tensors: Sequence[Tensor]) -> bool:
    """Whether an argument is what Keras would work out without it."""
    rank = tensors[0].type.rank if tensors else 0
    match given.name:
        case "axis":
            value = given.value[0] if isinstance(given.value, tuple) and len(given.value) == 1 else given.value
            return value in (-1, rank) and rank > 0 and name in _LAST_AXIS
        case "value_dim":
            return given.value == plain_of(record.at("config"), "key_dim", None)
        case "attention_axes":
            return list(given.value) == list(range(1, rank))
        case "strides" if "Pooling" in name:
            return list(given.value) == plain_of(record.at("config"), "pool_size", None)
        case _:
            return False


def _simplified(given: Given) -> Given:
    """An argument as people write it: Keras saves the factor 0.1 of a random change as from -0.1 to 0.1."""
    match given.value:
        case (float() as low, float() as high) if (given.name or "").endswith("factor") and low == -high:
            return Given(given.name, high, given.span, given.name_span)
        case _:
            return given


_LAST_AXIS: Final = (
    "BatchNormalization", "Concatenate", "GroupNormalization", "LayerNormalization", "Normalization",
    "RMSNormalization", "Softmax", "UnitNormalization",
)  # fmt: skip
"""Layers whose axis is the last one unless they say otherwise."""


def _with_statistics(
    given: list[Given], tensors: Sequence[Tensor], stored: Stored, path: tuple[str, ...], place: JsonValue
) -> list[Given]:
    """The mean and variance of a `Normalization` that learned them from data: from its weights.

    Where there are none it is as new, with mean 0 and variance 1.
    """
    if any(g.name in ("mean", "variance") for g in given):
        return given
    found = []
    for number, (argument, default) in enumerate((("mean", 0.0), ("variance", 1.0))):
        channels = tensors[0].type.shape[-1] if tensors and tensors[0].type.rank else 1
        values = stored(path, number) or [default] * (channels if isinstance(channels, int) else 1)
        found.append(Given(argument, tuple(values) if len(values) > 1 else values[0], place.span))
    return [*given, *found]


# ── Layers that keras.applications keeps to itself ───────────────────────────────────────────────


def _layer_scale(record: JsonValue, tensors: Sequence[Tensor]) -> Declaration:
    """``x * gamma`` with a learned factor for each channel."""
    config, place = record.at("config"), record.at("class_name").span
    constant = bind(
        declaration_of("initializer", "Constant", record.at("class_name")),
        [Given("value", plain_of(config, "init_values", 1e-6), place)],
        place,
    )
    sizes = (plain_of(config, "projection_dim", None),)
    given = [
        Given("equation", "...c,c->...c", place),
        Given("output_shape", sizes, place),
        Given("kernel_initializer", constant, place),
    ]
    return bind(declaration_of("layer", "EinsumDense", record.at("class_name")), given, place)


def _stochastic_depth(record: JsonValue, tensors: Sequence[Tensor]) -> Declaration:
    """Drops a whole example's branch: a `Dropout` with one random number for each example."""
    place = record.at("class_name").span
    rank = tensors[0].type.rank if tensors else 3
    given = [
        Given("rate", plain_of(record.at("config"), "drop_path_rate", 0.0), place),
        Given("noise_shape", (None, *(1,) * rank), place),
    ]
    return bind(declaration_of("layer", "Dropout", record.at("class_name")), given, place)


_CONVNEXT: Final = "keras.src.applications.convnext"

_TRANSLATED: Final[dict[tuple[str, str], Callable[[JsonValue, Sequence[Tensor]], Any]]] = {
    (_CONVNEXT, "LayerScale"): _layer_scale,
    (_CONVNEXT, "StochasticDepth"): _stochastic_depth,
}


def composed(record: JsonValue) -> float | None:
    """The factor of a layer that is ``x + factor * y``; None for other layers."""
    place = record.at("module").value, record.at("class_name").value
    if place != ("keras.src.applications.inception_resnet_v2", "CustomScaleLayer"):
        return None
    return float(plain_of(record.at("config"), "scale", 1.0))
