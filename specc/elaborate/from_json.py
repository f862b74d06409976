"""The JSON form → the same program that the language elaborates to, through the same builder and the same checks."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, Final, TypeVar

from specc import limits
from specc.catalogue.bind import Given, bind
from specc.catalogue.declare import Declaration
from specc.catalogue.layer import Layer
from specc.catalogue.ops.base import Operation
from specc.catalogue.registry import find, names
from specc.diagnostics import Diagnostic, Related, Report, SpecError, did_you_mean
from specc.diagnostics.codes import (
    CYCLE,
    DIM_TOO_LARGE,
    DUPLICATE_NAME,
    JSON_STRUCTURE,
    MEMBER_MISMATCH,
    OUT_OF_RANGE,
    UNKNOWN_LAYER,
    UNKNOWN_NAME,
    UNKNOWN_OBJECT,
    UNKNOWN_TARGET,
    Code,
)
from specc.elaborate.apply import match_model
from specc.elaborate.builder import Budget, Builder, lone_symbol
from specc.elaborate.ensembles import ensemble_model
from specc.elaborate.json_structure import record_problems, structure_problems
from specc.elaborate.json_text import JsonValue, read_json
from specc.elaborate.sizes import parse_size
from specc.elaborate.structure import prune, structure
from specc.elaborate.values import LayerInstance, ModelInstance, Poisoned, Tensor
from specc.program.dims import Dim, symbols_of
from specc.program.graph import ModelGraph, Port
from specc.program.json import FORMAT, meaning
from specc.program.program import Program
from specc.program.types import TensorType
from specc.source import Source
from specc.syntax.language import wrong_version

T = TypeVar("T")
R = TypeVar("R")

_OBJECT_KINDS: Final = {
    "loss": "loss",
    "metrics": "metric",
    "optimizer": "optimizer",
    "early_stopping": "callback",
    "augment": "layer",
    "combine": "combiner",
    "sample": "sampler",
    "pruner": "pruner",
}


def load_json(source: Source) -> tuple[Program, Report]:
    """The program that a JSON text holds, with all findings.

    Raises:
        SpecError: the text isn't JSON, or not of the form's structure.
    """
    document = read_json(source)
    version = document.at("specc")
    if version is not document and version.plain() != FORMAT:
        raise SpecError(wrong_version(json.dumps(version.plain()), version.span, version.pointer))
    if problems := structure_problems(document):
        raise SpecError(*problems)
    loader = _Loader(Program(source), Report(), Budget())
    loader.load(document)
    return loader.program, loader.report


class _Loader:
    """Reads a document's records; what is faulty is reported and remembered, so that nothing else is said of it."""

    def __init__(self, program: Program, report: Report, budget: Budget) -> None:
        self.program, self.report, self.budget = program, report, budget
        self.broken: set[tuple[str, str]] = set()
        self.ensembles: set[str] = set()

    def load(self, document: JsonValue) -> None:
        self.ensembles = {_text(r, "name") for r in _items(document, "ensembles")}
        for key, make in (
            ("models", self._model),
            ("data", self._data),
            ("ensembles", self._ensemble),
            ("train", self._train),
            ("tune", self._tune),
            ("export", self._export),
        ):
            for record in _items(document, key):
                if len(self.report) < limits.FINDINGS:
                    self._try(record, make)

    def _try(self, record: JsonValue, make: Callable[[JsonValue], object]) -> bool:
        try:
            make(record)
            return True
        except SpecError as error:
            self._add(record, error.diagnostics)
        except Poisoned:
            pass  # it hangs on what is reported
        return False

    def _add(self, record: JsonValue, findings: Iterable[Diagnostic]) -> None:
        """Every finding of a JSON text carries the pointer of what it is about."""
        self.report.add(*(replace(d, pointer=d.pointer or record.around(d.span).pointer) for d in findings))

    # ── Models ───────────────────────────────────────────────────────────────────────────────────

    def _model(self, record: JsonValue) -> None:
        name = self._new(record, "model", "name")
        model = ModelGraph(
            name,
            record.at("name").span,
            kind=_plain(record, "kind", "model"),
            definition=_plain(record, "definition", name),
            parameters=_plain(record, "parameters", {}),
        )
        self.broken.add(("model", name))
        if model.kind == "ensemble" and name not in self.ensembles:
            message = f"`{name}` is said to be an ensemble, but `ensembles` doesn't say of what"
            raise SpecError(Diagnostic(MEMBER_MISMATCH, message, record.at("kind").span))
        if not self._layers(model, record):
            return
        self._outputs(model, _items(record, "outputs"))
        self._add(record, structure(model, record.at("name").span))
        prune(model)
        self.program.models[name] = model
        self.broken.discard(("model", name))

    def _new(self, record: JsonValue, section: str, key: str) -> str:
        """The name of a record that no other one of its kind has."""
        place = record.at(key)
        name = str(place.value)
        if first := self.program.places.get((section, name)):
            related = (Related(first, "the first one"),)
            raise SpecError(Diagnostic(DUPLICATE_NAME, f"`{name}` stands twice", place.span, related=related))
        self.program.places[section, name] = place.span if section == "model" else record.span
        return name

    def _outputs(self, model: ModelGraph, records: list[JsonValue]) -> None:
        for record in records:
            name = _text(record, "name")
            if name in model.outputs:
                message = f"there are two outputs called `{name}`"
                raise SpecError(Diagnostic(DUPLICATE_NAME, message, record.at("name").span))
            model.outputs[name] = _port(model, record.at("from"))

    def _layers(self, model: ModelGraph, record: JsonValue) -> bool:
        """Whether all inputs and layers are right."""
        builder, instances = Builder(model, self.budget), dict[str, LayerInstance | ModelInstance]()
        broken: set[str] = set()
        for item in _items(record, "inputs"):
            if not self._try(item, lambda r: _input(builder, r)):
                broken.add(_text(item, "name"))
        for item in _in_order(_items(record, "layers")):
            if len(self.report) >= limits.FINDINGS:
                return False
            hangs = bool(broken) and not broken.isdisjoint(_sources(item))
            make = _alone if hangs else lambda r: self._layer(builder, r, instances)
            if not self._try(item, make) or hangs:
                broken.add(_text(item, "name"))
        return not broken

    def _layer(self, builder: Builder, record: JsonValue, instances: dict[str, LayerInstance | ModelInstance]) -> None:
        model, name = builder.model, _text(record, "name")
        if name in model:
            related = (Related(model[name].span, "the first one"),)
            message = f"there are two layers called `{name}`"
            raise SpecError(Diagnostic(DUPLICATE_NAME, message, record.at("name").span, related=related))
        parts: list[Callable[[], Any]] = [
            lambda: _all(_items(record, "inputs"), lambda value: _operand(model, value)),
            lambda: self._instance(record, instances),
        ]
        operands, instance = _all(parts, lambda part: part())
        if isinstance(instance, Operation):
            builder.operation(instance, operands, "", record.span, name=name)
            return
        tensors = [o for o in operands if isinstance(o, Tensor)]
        instance.hint = name
        if isinstance(instance, LayerInstance):
            builder.layer(instance, tensors, "", record.span, name=name)
        else:
            builder.nested(
                instance, tensors, match_model(instance.graph, tensors, record.span), "", record.span, name=name
            )
        instances[name] = instance

    def _instance(
        self, record: JsonValue, instances: dict[str, LayerInstance | ModelInstance]
    ) -> LayerInstance | ModelInstance | Operation:
        shares = _plain(record, "shares", None)
        if shares is not None:
            return _shared(record, instances, shares)
        declared = _alone(record)
        if isinstance(declared, Operation):
            return declared
        if isinstance(declared, Layer):
            return LayerInstance(declared, record.span)
        return ModelInstance(self._known_model(record, "type", UNKNOWN_NAME), record.span)

    def _known_model(self, record: JsonValue, key: str, code: Code) -> ModelGraph:
        place = record.at(key)
        name = str(place.value)
        if ("model", name) in self.broken:
            raise Poisoned
        if name not in self.program.models:
            hint = did_you_mean(name, self.program.models)
            where = " before this one" if key == "type" else ""
            raise SpecError(Diagnostic(code, f"there is no model `{name}`{where}", place.span, help=hint))
        return self.program.models[name]

    # ── Plans ────────────────────────────────────────────────────────────────────────────────────

    def _data(self, record: JsonValue) -> None:
        name = self._new(record, "data", "name")
        self.broken.add(("data", name))
        self.program.data.add(name, name=name, source=_declared(record, "data"))
        self.broken.discard(("data", name))

    def _ensemble(self, record: JsonValue) -> None:
        name = _text(record, "name")
        values = self._values(record, "ensemble", "name")
        members = [self._member(r) for r in _items(record, "members")]
        made = ensemble_model(name, members, values["combine"], Budget(), record.span)
        if meaning(made) != meaning(self.program.models[name]):
            message = f"the model `{name}` is not what these members and `combine` make together"
            hint = "write the ensemble in the language, or build it in Python, and have it written as JSON"
            raise SpecError(Diagnostic(MEMBER_MISMATCH, message, record.at("name").span, help=(hint,)))
        self.program.ensembles.add(name, **values)

    def _member(self, record: JsonValue) -> ModelInstance:
        graph = self._known_model(record, "model", UNKNOWN_TARGET)
        return ModelInstance(graph, record.span, label=_text(record, "name"))

    def _train(self, record: JsonValue) -> None:
        values = self._values(record, "train", "target")
        if ("data", values["data"]) in self.broken:
            raise Poisoned
        if values["data"] not in self.program.data:
            hint = did_you_mean(values["data"], self.program.data)
            message = f"there is no data called `{values['data']}`"
            raise SpecError(Diagnostic(UNKNOWN_TARGET, message, record.at("data").span, help=hint))
        self.program.trains.add(values["target"], **values)

    def _tune(self, record: JsonValue) -> None:
        values = self._values(record, "tune", "target")
        self.program.tunes.add(values["target"], **values)

    def _export(self, record: JsonValue) -> None:
        values = self._values(record, "export", "target")
        if "formats" in values:
            values["formats"] = tuple(values["formats"])
        self.program.exports.add(values["target"], **values)

    def _values(self, record: JsonValue, section: str, key: str) -> dict[str, Any]:
        """The record's fields with declared objects made; the target must be a model."""
        target = self._new(record, section, key)
        fields = _fields(record)
        for name, value in fields.items():
            self.program.places[section, target, name] = value.span
        values = dict(zip(fields, _all(fields.items(), lambda f: _field(*f)), strict=True))
        self._known_model(record, key, UNKNOWN_TARGET)
        return values


def _input(builder: Builder, record: JsonValue) -> None:
    """Add an input. As in the language, a name stands alone before others are calculated with it."""
    known = {s.name for t in builder.model.inputs.values() for s in symbols_of(t.shape)}
    type_ = _type(record)
    for size, item in zip(type_.shape, _items(record, "shape"), strict=True):
        if alone := lone_symbol(size):
            known.add(alone)
        if unknown := sorted({s.name for s in symbols_of([size])} - known):
            message = f"`{unknown[0]}` stands alone nowhere before this"
            hint = f"make `{unknown[0]}` the size of an axis first, or give this axis a name of its own"
            raise SpecError(Diagnostic(UNKNOWN_NAME, message, item.span, help=(hint,)))
    builder.input(_text(record, "name"), type_, record.span)


def _alone(record: JsonValue) -> Declaration | None:
    """The layer or operation of a record, whatever it takes; None where it is a model or that of another record."""
    kind = _plain(record, "kind", "layer")
    return None if kind == "model" or "shares" in _fields(record) else _declared(record, kind)


def _operand(model: ModelGraph, value: JsonValue) -> Tensor | float:
    if isinstance(value.value, int | float):
        return value.value
    port = _port(model, value)
    return Tensor(port, model.type_of(port), model[port.node].span)


def _shared(
    record: JsonValue, instances: dict[str, LayerInstance | ModelInstance], name: str
) -> LayerInstance | ModelInstance:
    """The layer whose weights this one uses: an earlier one of the same type."""
    place = record.at("shares")
    if name not in instances:
        hint = did_you_mean(name, instances)
        raise SpecError(Diagnostic(UNKNOWN_NAME, f"there is no layer `{name}` before this one", place.span, help=hint))
    instance = instances[name]
    type_ = type(instance.layer).__name__ if isinstance(instance, LayerInstance) else instance.graph.name
    kind = "layer" if isinstance(instance, LayerInstance) else "model"
    if (_plain(record, "kind", "layer"), _text(record, "type")) != (kind, type_):
        message = f"`{name}` is the {kind} `{type_}`; what shares its weights must be the same"
        raise SpecError(Diagnostic(JSON_STRUCTURE, message, record.at("type").span))
    return instance


_BY_NAME: Final = ("loss", "metrics", "augment")
"""Fields of a plan that have an object, or several, for each output or input."""


def _field(name: str, value: JsonValue) -> Any:
    kind = _OBJECT_KINDS.get(name)
    if kind is None:
        return value.plain()
    if name not in _BY_NAME:
        return _objects(value, kind)
    fields = _fields(value)
    return dict(zip(fields, _all(fields.values(), lambda v: _objects(v, kind)), strict=True))


def _objects(value: JsonValue, kind: str) -> Any:
    """A declared object in the place of its record, also inside a list."""
    match value.value:
        case dict():
            return _declared(value, kind)
        case list() as items:
            return tuple(_all(items, lambda v: _objects(v, kind)))
        case scalar:
            return scalar


def _declared(record: JsonValue, kind: str) -> Declaration:
    """The object that a record ``{"type": …, "arguments": {…}}`` describes."""
    name = _text(record, "type")
    declaration = find(kind, name)
    if declaration is None:
        code = UNKNOWN_LAYER if kind == "layer" else UNKNOWN_OBJECT
        hint = did_you_mean(name, names(kind))
        raise SpecError(Diagnostic(code, f"unknown {kind} `{name}`", record.at("type").span, help=hint))
    fields = _fields(record, "arguments")
    return bind(declaration, _all(fields.items(), lambda f: _given(declaration, *f)), record.span)


def _given(declaration: type[Declaration], name: str, value: JsonValue) -> Given:
    param = declaration.params.get(name)
    if param is None:
        return Given(name, value.plain(), value.span, value.key_span)
    content = value.value
    if isinstance(content, dict | list) or (param.takes_sizes and isinstance(content, str)):
        content = _value(value, param.kinds, sizes=param.takes_sizes)
    return Given(name, content, value.span, value.key_span)


def _value(value: JsonValue, kinds: tuple[str, ...], *, sizes: bool) -> Any:
    match value.value:
        case dict() as fields if "type" in fields and kinds:
            kind = next((k for k in kinds if find(k, _text(value, "type"))), kinds[0])
            if problems := record_problems(kind, value):
                raise SpecError(*problems)
            return _declared(value, kind)
        case dict() as fields:
            return {k: _value(v, kinds, sizes=sizes) for k, v in fields.items()}
        case list() as items:
            return tuple(_all(items, lambda v: _value(v, kinds, sizes=sizes)))
        case str() as text:
            return parse_size(text, value.span) if sizes else text
        case scalar:
            return scalar


def _all(items: Iterable[T], make: Callable[[T], R]) -> list[R]:
    """What is made of each item.

    Raises:
        SpecError: with the findings of all items.
    """
    made: list[R] = []
    problems: list[Diagnostic] = []
    for item in items:
        try:
            made.append(make(item))
        except SpecError as error:
            problems += error.diagnostics
    if problems:
        raise SpecError(*problems)
    return made


# ── Small readers; the structure is checked before ───────────────────────────────────────────────


def _fields(record: JsonValue, key: str | None = None) -> dict[str, JsonValue]:
    value = record if key is None else record.at(key)
    return value.value if isinstance(value.value, dict) and (key is None or value is not record) else {}


def _items(record: JsonValue, key: str) -> list[JsonValue]:
    value = record.at(key)
    return value.value if isinstance(value.value, list) else []


def _text(record: JsonValue, key: str) -> str:
    return str(record.at(key).value)


def _plain(record: JsonValue, key: str, default: Any) -> Any:
    value = record.at(key)
    return default if value is record else value.plain()


def _type(record: JsonValue) -> TensorType:
    return TensorType(_text(record, "dtype"), tuple(_all(_items(record, "shape"), _dim)))


def _dim(value: JsonValue) -> Dim:
    size = value.value if isinstance(value.value, int) else parse_size(str(value.value), value.span)
    if isinstance(size, int) and not 1 <= size <= limits.DIM:
        message = f"a size must be from 1 to {limits.DIM:,}, this is {size:,}"
        raise SpecError(Diagnostic(OUT_OF_RANGE if size < 1 else DIM_TOO_LARGE, message, value.span))
    return size


_LOOKED_AT: Final = 1000
"""Most names, those nearest before, that a suggestion is looked for among: there may be many wrong ones."""


def _port(model: ModelGraph, value: JsonValue) -> Port:
    node, colon, index = str(value.value).partition(":")
    if node not in model or not re.fullmatch(r"(:[0-9]{1,6})?", colon + index):
        hint = did_you_mean(node, list(model.members)[-_LOOKED_AT:]) if node not in model else ()
        raise SpecError(Diagnostic(UNKNOWN_NAME, f"there is no layer `{value.value}`", value.span, help=hint))
    port = Port(node, int(index or 0))
    if port.index >= len(model[node].outputs):
        message = f"`{node}` has {len(model[node].outputs)} outputs"
        raise SpecError(Diagnostic(UNKNOWN_NAME, message, value.span))
    return port


def _in_order(records: list[JsonValue]) -> list[JsonValue]:
    """The layers, each after those it takes from; kept as they are where they are in order already.

    Raises:
        SpecError: layers take from each other in a ring.
    """
    positions: dict[str, int] = {}
    for position, record in enumerate(records):
        positions.setdefault(_text(record, "name"), position)
    needed = [[positions[n] for n in _sources(r) if n in positions] for r in records]
    if all(source < position for position, sources in enumerate(needed) for source in sources):
        return records
    import networkx as nx

    graph: nx.DiGraph = nx.DiGraph()
    graph.add_nodes_from(range(len(records)))
    graph.add_edges_from((source, position) for position, sources in enumerate(needed) for source in sources)
    try:
        return [records[i] for i in nx.lexicographical_topological_sort(graph)]
    except nx.NetworkXUnfeasible:
        ring = [records[source] for source, _ in nx.find_cycle(graph)]
    names = " → ".join(f"`{_text(r, 'name')}`" for r in (*ring, ring[0]))
    place = ring[0]
    raise SpecError(Diagnostic(CYCLE, f"these layers take from each other: {names}", place.span, pointer=place.pointer))


def _sources(record: JsonValue) -> list[str]:
    """The names that a layer takes from or shares with."""
    inputs = [str(v.value).partition(":")[0] for v in _items(record, "inputs") if isinstance(v.value, str)]
    shares = record.at("shares")
    return [*inputs, *([str(shares.value)] if shares is not record else [])]
