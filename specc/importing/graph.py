"""The configuration of a model → its graph, through the catalogue's own declarations.

So arguments are validated, defaults dropped, and every shape is inferred as a spec's are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from specc import limits
from specc.catalogue.bind import Given
from specc.catalogue.layer import Layer
from specc.catalogue.ops.arithmetic import add, multiply
from specc.catalogue.ops.elementwise import zeros_like
from specc.catalogue.registry import kinds_of
from specc.diagnostics import SpecError
from specc.diagnostics.codes import SHAPE_MISMATCH
from specc.elaborate.apply import match_model
from specc.elaborate.builder import Builder
from specc.elaborate.json_records import items_of, plain_of
from specc.elaborate.json_text import JsonValue
from specc.elaborate.values import LayerInstance, ModelInstance, Poisoned, Tensor
from specc.importing.arguments import cannot_import, custom
from specc.importing.calls import (
    Call,
    Numbering,
    Origin,
    calls_of,
    flat,
    history,
    in_order,
    name_of,
    names_of,
    no_model,
    numbering,
    origin_of,
)
from specc.importing.constants import Channels, beside, rescaling, shifted
from specc.importing.inputs import arguments_of, without_batch
from specc.importing.layers import composed, is_automatic, layer_from
from specc.importing.operations import is_operation, operation_class, operation_of, operation_operands
from specc.importing.sizes import Restart, one_size, size_names
from specc.program.dims import symbol
from specc.program.graph import ModelGraph
from specc.program.names import Names, snake_case
from specc.program.types import TensorType
from specc.source import Span
from specc.syntax.tables import load

if TYPE_CHECKING:
    from specc.importing.models import Reader

MODELS: Final = ("Functional", "Model", "Sequential")
"""Classes whose configuration holds the whole model; `Model` is what Keras 2 calls the first."""


def is_functional(config: JsonValue) -> bool:
    """Whether a configuration says which layers are applied to which tensors."""
    return config.at("input_layers") is not config


def is_made(name: str) -> bool:
    """Whether Keras gave a model its name."""
    return re.fullmatch(r"(functional|model|sequential)(_[0-9]+)?", name) is not None


class ModelReader:
    """Builds the graph of one model."""

    def __init__(self, reader: Reader, model: ModelGraph, path: tuple[str, ...]) -> None:
        self.reader, self.model, self.path = reader, model, path
        self.builder = Builder(model, reader.budget)
        self.records: list[tuple[str, JsonValue]] = []
        self.results: dict[Origin, list[Tensor]] = {}
        self.instances: dict[str, LayerInstance | ModelInstance] = {}
        self.structs: dict[str, JsonValue] = {}
        self._nodes: dict[str, str] = {}
        self._names = Names(model.members)
        self._broken: set[Origin] = set()
        self._first: Numbering = {}

    # ── Both forms ───────────────────────────────────────────────────────────────────────────────

    def sequential(self, config: JsonValue, record: JsonValue) -> bool:
        """A chain of layers; whether all of them are right."""
        layers = items_of(config, "layers")
        self._name_all(layers)
        has_input = bool(layers) and layers[0].at("class_name").value == "InputLayer"
        rest = layers[1:] if has_input else layers
        first = layers[0] if layers else config
        x = self._try(
            first, lambda: self._input(first, 0) if has_input else self._implicit_input(config, record, first)
        )
        tensors: list[Tensor] | None = None if x is None else [x]
        for layer in rest:
            call, before = Call(layer, 0, (), {}), tensors
            tensors = self._try(
                layer, lambda c=call, t=before: self._instance(c.record) and None if t is None else self._apply(c, t)
            )
        if tensors is None:
            return False
        names = Names(self.model.inputs)
        for tensor in tensors:
            self.model.outputs[
                names.unique(identifier(self._nodes[name_of(layers[-1])] if rest else "y", is_output=True))
            ] = tensor.port
        return True

    def functional(self, config: JsonValue) -> bool:
        """A graph of layers; whether all of them are right."""
        layers = items_of(config, "layers")
        self._name_all(layers)
        by_name = {name_of(r): r for r in layers}
        for number, (_, place) in enumerate(flat(config.at("input_layers"), as_written=not self.path)):
            name = history(place)[0]
            if name not in by_name:
                raise SpecError(no_model(f"there is no layer `{name}`", place))
            tensor = self._try(by_name[name], lambda r=by_name[name], n=number: self._input(r, n))
            if tensor is not None:
                self.results[name, 0] = [tensor]
            else:
                self._broken.add((name, 0))
        known = {*self.results, *self._broken}
        calls = {c.origin: c for r in layers if (name_of(r), 0) not in known for c in calls_of(r)}
        self._first = numbering(calls)
        for call in in_order(calls, known, self._first):
            hangs = any(origin_of(t, self._first) in self._broken for t in call.tensors())
            made = self._try(
                call.record, lambda c=call, h=hangs: self._instance(c.record) and None if h else self._apply(c, None)
            )
            if made is None:
                self._broken.add(call.origin)
            else:
                self.results[call.origin] = made
        if self._broken:
            return False
        names = Names(self.model.inputs)
        for key, place in flat(config.at("output_layers"), as_written=not self.path):
            made_by = by_name.get(history(place)[0])
            is_model = made_by is not None and made_by.at("class_name").value in ("Functional", "Model")
            # There, the application that a model was made by counts.
            port = self.tensor(place, {history(place)[0]: 1} if is_model else self._first).port
            self.model.outputs[names.unique(identifier(key or self._nodes[history(place)[0]], is_output=True))] = port
        return True

    def _try(self, place: JsonValue, make: Callable[[], Any]) -> Any:
        """What is made; None where it can't be, which is reported."""
        if len(self.reader.report) >= limits.FINDINGS:
            return None
        try:
            return make()
        except SpecError as error:
            self.reader.add(place, error)
        except Poisoned:
            pass
        return None

    def _name_all(self, records: Sequence[JsonValue]) -> None:
        """Names for the nodes: as people gave them, else as Keras would make them."""
        names_of(records)
        made = {name_of(r): is_automatic(name_of(r), str(r.at("class_name").value)) for r in records}
        for name in (n for n, is_made in made.items() if not is_made):
            label = re.sub(r"[^A-Za-z0-9_.\-]", "_", name).lstrip(".-")[: limits.LABEL - 8] or "layer"
            self._nodes[name] = self._names.unique(label)
        for record in records:
            if made[name_of(record)]:
                self._nodes[name_of(record)] = self._names.unique(snake_case(str(record.at("class_name").value)))
        self.records = [(self._nodes[name_of(r)], r) for r in records]

    # ── Inputs ───────────────────────────────────────────────────────────────────────────────────

    def _input(self, record: JsonValue, number: int) -> Tensor:
        config = record.at("config")
        shape = config.at("batch_shape")
        shape = config.at("batch_input_shape") if shape is config else shape  # Keras 2
        for flag in ("sparse", "ragged", "optional"):
            if plain_of(config, flag, False):
                raise SpecError(cannot_import(f"a spec has no {flag} inputs", config.at(flag)))
        return self._new_input(name_of(record), shape, plain_of(config, "dtype", None), record, number)

    def _implicit_input(self, config: JsonValue, record: JsonValue, first: JsonValue) -> Tensor:
        """The input of a `Sequential` that has no layer for it."""
        for place in (
            first.at("config", "batch_input_shape"),
            config.at("build_input_shape"),
            record.at("build_config", "input_shape"),
            first.at("build_config", "input_shape"),
        ):
            if isinstance(place.value, list):
                return self._new_input("x", place, None, first, 0)
        message = "this `Sequential` was never built: the shape of its input is not known"
        raise SpecError(cannot_import(message, record, "begin it with `keras.Input(…)` and save it again"))

    def _new_input(self, name: str, shape: JsonValue, dtype: Any, place: JsonValue, number: int) -> Tensor:
        notes = self.reader.imported.notes
        names = [n for n, r in self.records if r.at("class_name").value != "InputLayer"]
        text = Names({*names, *self.model.members}).unique(identifier(self._nodes.get(name, name)))
        sizes = without_batch(shape, place, text, notes)
        unknown = size_names(len(sizes), number)
        dims = [symbol(self._size_name(n)) if size is None else size for size, n in zip(sizes, unknown, strict=True)]
        type_ = TensorType(dtype if isinstance(dtype, str) else "float32", tuple(dims))
        if type_.is_float and (embedded := self._embedded(name, place)):
            notes.append(f"the input `{text}` is {type_.dtype} in Keras; `{embedded}` takes integers, so it is int32")
            type_ = type_.with_dtype("int32")
        return self.builder.input(text, type_, place.span)

    def _embedded(self, name: str, place: JsonValue) -> str | None:
        """The `Embedding` that alone takes an input: Keras rounds floats there, a spec says what they are."""
        records = [r for _, r in self.records]
        if all(not items_of(r, "inbound_nodes") for r in records):  # a `Sequential`
            takers = [r for r in records if r.at("class_name").value != "InputLayer"][:1]
        else:
            takers = [r for r in records for c in calls_of(r) if any(history(t)[0] == name for t in c.tensors())]
        classes = {str(r.at("class_name").value) for r in takers} - {"NotEqual"}
        return name_of(takers[0]) if classes == {"Embedding"} else None

    def _size_name(self, own: str) -> str:
        """The name of an unknown size: its own, or that of the one that it was found equal to."""
        same = self.reader.same
        while (*self.path, own) in same:
            own = same[(*self.path, own)]
        return own

    # ── Layers ───────────────────────────────────────────────────────────────────────────────────

    def tensor(self, place: JsonValue, first: Numbering | None = None) -> Tensor:
        """The tensor that a value of the configuration stands for; ``first`` says how applications are counted."""
        name, _, index = history(place)
        made = self.results.get(origin_of(place, self._first if first is None else first), [])
        if not 0 <= index < len(made):
            raise SpecError(no_model(f"the layer `{name}` has {len(made)} results", place))
        return made[index]

    def _apply(self, call: Call, chained: list[Tensor] | None) -> list[Tensor]:
        record, span = call.record, call.record.span
        node = self._nodes[name_of(record)]
        node = node if call.node == 0 else self._names.unique(node)
        if is_operation(record):
            return self._calculated(call, node)
        if (parts := composed(record)) is not None:
            return self._composed(parts, [self.tensor(t) for t in call.tensors()], node, span)
        extra: list[Given] = []
        struct = None if chained is not None else self._struct(record)
        tensors = chained if chained is not None else arguments_of(call, self.tensor, self.model, struct, extra)
        instance = self._instance(record, tensors, extra)
        types = [t.type for t in tensors]
        if isinstance(instance, LayerInstance):
            return self._unifying(types, lambda: self.builder.layer(instance, tensors, "", span, name=node))
        values = match_model(instance.graph, tensors, span)
        return self.builder.nested(instance, tensors, values, "", span, name=node)

    def _calculated(self, call: Call, node: str) -> list[Tensor]:
        """The results of a function of tensors."""
        span = call.record.span
        given, rest = operation_operands(call, self.tensor)
        operation = operation_of(call.record, rest)
        tensors = [beside(given, o) for o in given if isinstance(o, Channels)]
        if tensors and (layer := rescaling(operation, given)) is not None:
            assert isinstance(layer, Layer)
            return self.builder.layer(
                LayerInstance(layer, span), tensors, "", span, name=self._names.unique("rescaling")
            )
        operands = [self._constant(o, beside(given, o)) if isinstance(o, Channels) else o for o in given]
        types = [o.type for o in operands if isinstance(o, Tensor)]
        return self._unifying(types, lambda: self.builder.operation(operation, operands, "", span, name=node))

    def _constant(self, constant: Channels, like: Tensor) -> Tensor:
        """A tensor of one number for each channel."""
        span, unique = constant.place.span, self._names.unique
        (zeros,) = self.builder.operation(zeros_like.make(), [like], "", span, name=unique("zeros_like"))
        layer = shifted(1.0, constant.numbers, constant.place)
        assert isinstance(layer, Layer)
        (made,) = self.builder.layer(LayerInstance(layer, span), [zeros], "", span, name=unique("rescaling"))
        return made

    def _composed(self, scale: float, tensors: list[Tensor], node: str, span: Span) -> list[Tensor]:
        """``x + scale * y``, for the layer that `composed` knows."""
        x, y = tensors
        (scaled,) = self.builder.operation(multiply.make(), [scale, y], "", span, name=self._names.unique("multiply"))
        return self.builder.operation(add.make(), [x, scaled], "", span, name=node)

    def _struct(self, record: JsonValue) -> list[tuple[str, str]] | None:
        """The inputs of a model inside of this one: keys, where they are a dictionary, and names of their layers."""
        if record.at("class_name").value not in MODELS or custom(record):
            return None
        config = record.at("config")
        return [(key, history(p)[0]) for key, p in flat(config.at("input_layers"))] if is_functional(config) else []

    def _instance(
        self, record: JsonValue, tensors: Sequence[Tensor] = (), extra: Sequence[Given] = ()
    ) -> LayerInstance | ModelInstance:
        """The layer or model of a record, made at its first application."""
        name = name_of(record)
        if name in self.instances:
            return self.instances[name]
        if is_operation(record) or composed(record) is not None:
            if composed(record) is None:
                operation_class(record)
            raise Poisoned
        self.reader.once(record)
        path = (*self.path, name)
        if record.at("class_name").value in MODELS and not custom(record):
            graph = self.reader.model(record, "Part" if is_made(name) else name, path)
            self.instances[name] = ModelInstance(self.reader.imported.program.models[graph], record.span)
        else:
            layer = layer_from(record, tensors, extra, self.reader.stored, path)
            assert isinstance(layer, Layer)
            self.instances[name] = LayerInstance(layer, record.span)
        return self.instances[name]

    def _unifying(self, types: Sequence[TensorType], make: Callable[[], list[Tensor]]) -> list[Tensor]:
        """What is made of tensors.

        Raises:
            Restart: they don't fit, but would if two unknown sizes were one.
            SpecError: they don't fit.
        """
        try:
            return make()
        except SpecError as error:
            if any(d.code == SHAPE_MISMATCH for d in error.diagnostics) and (pair := one_size(types)):
                kept, gone = sorted(pair, key=lambda name: (len(name), name))
                self.reader.same[(*self.path, gone)] = kept
                raise Restart from None
            raise


def identifier(text: str, *, is_output: bool = False) -> str:
    """A name of the language like a text. That of an input means nothing else there, as it is used further on."""
    name = re.sub(r"\W", "_", text, flags=re.ASCII).strip("_")[: limits.NAME_LENGTH - 8] or "x"
    name = name if name[0].isalpha() else f"x_{name}"
    return f"{name}_" if name in load().words or (kinds_of(name) and not is_output) else name
