"""The JSON form → the same program that the language elaborates to, through the same builder and the same checks."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from specc.catalogue.bind import Given, bind
from specc.catalogue.declare import Declaration, Word
from specc.catalogue.layer import Layer
from specc.catalogue.ops.base import Operation
from specc.catalogue.registry import declarations, find
from specc.diagnostics import Diagnostic, Report, SpecError, did_you_mean
from specc.diagnostics.codes import (
    CYCLE,
    DUPLICATE_NAME,
    JSON_STRUCTURE,
    UNKNOWN_LAYER,
    UNKNOWN_NAME,
    UNKNOWN_OBJECT,
    UNKNOWN_TARGET,
)
from specc.elaborate.apply import match_model
from specc.elaborate.builder import Budget, Builder
from specc.elaborate.json_text import JsonValue, read_json
from specc.elaborate.sizes import parse_size
from specc.elaborate.structure import prune, structure
from specc.elaborate.values import LayerInstance, ModelInstance, Poisoned, Tensor
from specc.program.dims import Dim
from specc.program.graph import ModelGraph, Port
from specc.program.json import FORMAT
from specc.program.program import Program
from specc.program.schema import structure_errors
from specc.program.types import TensorType
from specc.source import Source
from specc.syntax.language import wrong_version

_OBJECT_KINDS = {
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
    problems = [
        Diagnostic(JSON_STRUCTURE, message, document.at(*path).span, pointer=document.at(*path).pointer or "/")
        for path, message in structure_errors(document.plain())
    ]
    if problems:
        raise SpecError(*problems)
    loader = _Loader(Program(source), Report(), Budget())
    loader.load(document)
    return loader.program, loader.report


class _Loader:
    def __init__(self, program: Program, report: Report, budget: Budget) -> None:
        self.program, self.report, self.budget = program, report, budget

    def load(self, document: JsonValue) -> None:
        for record in _items(document, "models"):
            self._try(record, self._model)
        for record in _items(document, "data"):
            self._try(record, self._data)
        for key, make in (
            ("ensembles", self._ensemble),
            ("train", self._train),
            ("tune", self._tune),
            ("export", self._export),
        ):
            for record in _items(document, key):
                self._try(record, make)

    def _try(self, record: JsonValue, make: Callable[[JsonValue], None]) -> None:
        try:
            make(record)
        except SpecError as error:
            # Every finding of a JSON text carries the pointer of the record it lies in.
            self.report.add(*(replace(d, pointer=d.pointer or record.pointer) for d in error.diagnostics))
        except Poisoned:
            pass  # the limit of layers is reached, and reported

    # ── Models ───────────────────────────────────────────────────────────────────────────────────

    def _model(self, record: JsonValue) -> None:
        name = _text(record, "name")
        if name in self.program.models:
            raise SpecError(Diagnostic(DUPLICATE_NAME, f"there are two models called `{name}`", record.at("name").span))
        model = ModelGraph(
            name,
            record.at("name").span,
            kind=record.plain().get("kind", "model"),
            definition=record.plain().get("definition", name),
            parameters=record.plain().get("parameters", {}),
        )
        builder = Builder(model, self.budget)
        for item in _items(record, "inputs"):
            builder.input(_text(item, "name"), _type(item), item.span)
        instances: dict[str, LayerInstance | ModelInstance] = {}
        for item in _in_order(_items(record, "layers")):
            self._layer(builder, item, instances)
        model.outputs = {k: _port(model, v) for k, v in _fields(record, "outputs").items()}
        problems = structure(model, record.at("name").span)
        self.report.add(*problems)
        prune(model)
        self.program.models[name] = model
        self.program.places["model", name] = record.at("name").span

    def _layer(self, builder: Builder, record: JsonValue, instances: dict[str, LayerInstance | ModelInstance]) -> None:
        model, name = builder.model, _text(record, "name")
        if name in model:
            raise SpecError(Diagnostic(DUPLICATE_NAME, f"there are two layers called `{name}`", record.at("name").span))
        kind = record.plain().get("kind", "layer")
        operands = [self._operand(model, o) for o in _items(record, "inputs")]
        tensors = [o for o in operands if isinstance(o, Tensor)]
        if kind == "op":
            operation = _declared(record, "op")
            assert isinstance(operation, Operation)
            builder.operation(operation, operands, "", record.span, name=name)
            return
        instance = self._instance(record, kind, instances)
        instance.hint = name
        if isinstance(instance, LayerInstance):
            builder.layer(instance, tensors, "", record.span, name=name)
        else:
            builder.nested(
                instance, tensors, match_model(instance.graph, tensors, record.span), "", record.span, name=name
            )
        instances[name] = instance

    def _instance(
        self, record: JsonValue, kind: str, instances: dict[str, LayerInstance | ModelInstance]
    ) -> LayerInstance | ModelInstance:
        shares = record.plain().get("shares")
        if shares is not None:
            if shares not in instances:
                message = f"there is no layer `{shares}` before this one"
                raise SpecError(Diagnostic(UNKNOWN_NAME, message, record.at("shares").span))
            return instances[shares]
        if kind == "layer":
            layer = _declared(record, "layer")
            assert isinstance(layer, Layer)
            return LayerInstance(layer, record.span)
        name = _text(record, "type")
        if name not in self.program.models:
            hint = did_you_mean(name, self.program.models)
            message = f"there is no model `{name}` before this one"
            raise SpecError(Diagnostic(UNKNOWN_NAME, message, record.at("type").span, help=hint))
        return ModelInstance(self.program.models[name], record.span)

    def _operand(self, model: ModelGraph, value: JsonValue) -> Tensor | float:
        if isinstance(value.value, int | float) and not isinstance(value.value, bool):
            return value.value
        port = _port(model, value)
        return Tensor(port, model.type_of(port), model[port.node].span)

    # ── Plans ────────────────────────────────────────────────────────────────────────────────────

    def _data(self, record: JsonValue) -> None:
        name = _text(record, "name")
        self.program.data.add(name, name=name, source=_declared(record, "data"))
        self.program.places["data", name] = record.span

    def _ensemble(self, record: JsonValue) -> None:
        values = self._values(record, "ensemble", "name")
        self.program.ensembles.add(values["name"], **values)

    def _train(self, record: JsonValue) -> None:
        values = self._values(record, "train", "target")
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
        values["formats"] = tuple(values.get("formats", ()))
        self.program.exports.add(values["target"], **values)

    def _values(self, record: JsonValue, section: str, key: str) -> dict[str, Any]:
        """The record's fields with declared objects made; the target must be a model."""
        target = _text(record, key)
        if target not in self.program.models:
            hint = did_you_mean(target, self.program.models)
            message = f"there is no model `{target}`"
            raise SpecError(Diagnostic(UNKNOWN_TARGET, message, record.at(key).span, help=hint))
        self.program.places[section, target] = record.span
        values: dict[str, Any] = {}
        for name, value in _fields(record).items():
            self.program.places[section, target, name] = value.span
            kind = _OBJECT_KINDS.get(name)
            values[name] = value.plain() if kind is None else _objects(value, kind)
        return values


def _objects(value: JsonValue, kind: str) -> Any:
    """Declared objects in the place of their records, also inside lists and by name."""
    match value.value:
        case dict() as fields if "type" in fields:
            return _declared(value, kind)
        case dict() as fields:
            return {k: _objects(v, kind) for k, v in fields.items()}
        case list() as items:
            return tuple(_objects(v, kind) for v in items)
        case scalar:
            return scalar


def _declared(record: JsonValue, kind: str) -> Declaration:
    """The object that a record ``{"type": …, "arguments": {…}}`` describes."""
    name = _text(record, "type")
    declaration = find(kind, name)
    if declaration is None:
        code = UNKNOWN_LAYER if kind == "layer" else UNKNOWN_OBJECT
        hint = did_you_mean(name, declarations(kind))
        raise SpecError(
            Diagnostic(code, f"unknown {kind} `{name}`", record.at("type").span, pointer=record.pointer, help=hint)
        )
    given = [
        Given(key, _argument(declaration, key, value), value.span, value.span)
        for key, value in _fields(record, "arguments").items()
    ]
    return bind(declaration, given, record.span)


def _argument(declaration: type[Declaration], name: str, value: JsonValue) -> Any:
    param = declaration.params.get(name)
    kinds = param.kinds if param else ()
    return _value(value, kinds, sizes=param is not None and param.takes_sizes)


def _value(value: JsonValue, kinds: tuple[str, ...], *, sizes: bool) -> Any:
    match value.value:
        case dict() as fields if "type" in fields and kinds:
            kind = next((k for k in kinds if find(k, _text(value, "type"))), kinds[0])
            return _declared(value, kind)
        case dict() as fields:
            return {k: _value(v, kinds, sizes=sizes) for k, v in fields.items()}
        case list() as items:
            return tuple(_value(v, kinds, sizes=sizes) for v in items)
        case str() as text:
            return parse_size(text, value.span) if sizes else Word(text)
        case scalar:
            return scalar


# ── Small readers; the structure is checked before ───────────────────────────────────────────────


def _fields(record: JsonValue, key: str | None = None) -> dict[str, JsonValue]:
    value = record if key is None else record.at(key)
    return value.value if isinstance(value.value, dict) and (key is None or value is not record) else {}


def _items(record: JsonValue, key: str) -> list[JsonValue]:
    value = record.at(key)
    return value.value if isinstance(value.value, list) else []


def _text(record: JsonValue, key: str) -> str:
    return str(record.at(key).value)


def _type(record: JsonValue) -> TensorType:
    shape: list[Dim] = []
    for item in _items(record, "shape"):
        shape.append(item.value if isinstance(item.value, int) else parse_size(str(item.value), item.span))
    return TensorType(_text(record, "dtype"), tuple(shape))


def _port(model: ModelGraph, value: JsonValue) -> Port:
    node, _, index = str(value.value).partition(":")
    if node not in model or (index and not index.isdigit()):
        names = [n.name for n in model.nodes]
        raise SpecError(
            Diagnostic(UNKNOWN_NAME, f"there is no layer `{value.value}`", value.span, help=did_you_mean(node, names))
        )
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
