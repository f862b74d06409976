"""The JSON form → the same program that the language elaborates to, through the same builder and the same checks."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, Final

from specc import limits
from specc.catalogue.declare import Declaration
from specc.catalogue.layer import Layer
from specc.catalogue.ops.base import Operation
from specc.diagnostics import Diagnostic, Related, Report, SpecError, did_you_mean
from specc.diagnostics.codes import (
    CYCLE,
    DUPLICATE_NAME,
    JSON_STRUCTURE,
    MEMBER_MISMATCH,
    UNKNOWN_NAME,
    UNKNOWN_TARGET,
    Code,
)
from specc.elaborate.apply import match_model
from specc.elaborate.builder import Budget, Builder, lone_symbol
from specc.elaborate.ensembles import ensemble_model
from specc.elaborate.json_records import (
    declared,
    each,
    fields_of,
    items_of,
    plain_of,
    plan_field,
    text_of,
    type_of,
)
from specc.elaborate.json_structure import structure_problems
from specc.elaborate.json_text import JsonValue, read_json
from specc.elaborate.plan_parts import augmentation, require_names
from specc.elaborate.structure import prune, structure
from specc.elaborate.values import LayerInstance, ModelInstance, Poisoned, Tensor
from specc.program.dims import symbols_of
from specc.program.graph import ModelGraph, Port, Start
from specc.program.json import FORMAT, meaning
from specc.program.program import Program
from specc.source import Source, Span
from specc.syntax.language import wrong_version


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
        self.ensembles = {text_of(r, "name") for r in items_of(document, "ensembles")}
        for key, make in (
            ("models", self._model),
            ("data", self._data),
            ("ensembles", self._ensemble),
            ("train", self._train),
            ("tune", self._tune),
            ("export", self._export),
        ):
            for record in items_of(document, key):
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
            kind=plain_of(record, "kind", "model"),
            definition=plain_of(record, "definition", name),
            parameters=plain_of(record, "parameters", {}),
        )
        self.broken.add(("model", name))
        if model.kind == "ensemble" and name not in self.ensembles:
            message = f"`{name}` is said to be an ensemble, but `ensembles` doesn't say of what"
            raise SpecError(Diagnostic(MEMBER_MISMATCH, message, record.at("kind").span))
        if not self._layers(model, record):
            return
        self._outputs(model, items_of(record, "outputs"))
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
            name = text_of(record, "name")
            if name in model.outputs:
                message = f"there are two outputs called `{name}`"
                raise SpecError(Diagnostic(DUPLICATE_NAME, message, record.at("name").span))
            model.outputs[name] = _port(model, record.at("from"))

    def _layers(self, model: ModelGraph, record: JsonValue) -> bool:
        """Whether all inputs and layers are right."""
        builder, instances = Builder(model, self.budget), dict[str, LayerInstance | ModelInstance]()
        broken: set[str] = set()
        for item in items_of(record, "inputs"):
            if not self._try(item, lambda r: _input(builder, r)):
                broken.add(text_of(item, "name"))
        for item in _in_order(items_of(record, "layers")):
            if len(self.report) >= limits.FINDINGS:
                return False
            hangs = bool(broken) and not broken.isdisjoint(_sources(item))
            make = _alone if hangs else lambda r: self._layer(builder, r, instances)
            if not self._try(item, make) or hangs:
                broken.add(text_of(item, "name"))
        return not broken

    def _layer(self, builder: Builder, record: JsonValue, instances: dict[str, LayerInstance | ModelInstance]) -> None:
        model, name = builder.model, text_of(record, "name")
        if name in model:
            related = (Related(model[name].span, "the first one"),)
            message = f"there are two layers called `{name}`"
            raise SpecError(Diagnostic(DUPLICATE_NAME, message, record.at("name").span, related=related))
        parts: list[Callable[[], Any]] = [
            lambda: each(items_of(record, "inputs"), lambda value: _operand(model, value)),
            lambda: self._instance(record, instances),
        ]
        operands, instance = each(parts, lambda part: part())
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
        shares = plain_of(record, "shares", None)
        if shares is not None:
            return _shared(record, instances, shares)
        declared = _alone(record)
        if isinstance(declared, Operation):
            return declared
        if isinstance(declared, Layer):
            return LayerInstance(declared, record.span)
        graph = self._known_model(record, "type", UNKNOWN_NAME)
        own: dict[str, Any] = {name: value.value for name, value in fields_of(record, "arguments").items()}
        start = Start(**own)
        return ModelInstance(graph, record.span, start=start)

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
        self.program.data.add(name, name=name, source=declared(record, "data"))
        self.broken.discard(("data", name))

    def _ensemble(self, record: JsonValue) -> None:
        name = text_of(record, "name")
        values = self._values(record, "ensemble", "name")
        members = [self._member(r) for r in items_of(record, "members")]
        made = ensemble_model(name, members, values["combine"], Budget(), record.span)
        if meaning(made) != meaning(self.program.models[name]):
            message = f"the model `{name}` is not what these members and `combine` make together"
            hint = "write the ensemble in the language, or build it in Python, and have it written as JSON"
            raise SpecError(Diagnostic(MEMBER_MISMATCH, message, record.at("name").span, help=(hint,)))
        self.program.ensembles.add(name, **values)

    def _member(self, record: JsonValue) -> ModelInstance:
        graph = self._known_model(record, "model", UNKNOWN_TARGET)
        return ModelInstance(graph, record.span, label=text_of(record, "name"))

    def _train(self, record: JsonValue) -> None:
        values = self._values(record, "train", "target")
        if ("data", values["data"]) in self.broken:
            raise Poisoned
        if values["data"] not in self.program.data:
            hint = did_you_mean(values["data"], self.program.data)
            message = f"there is no data called `{values['data']}`"
            raise SpecError(Diagnostic(UNKNOWN_TARGET, message, record.at("data").span, help=hint))
        graph = self.program.models[values["target"]]
        each(_PARTS.items(), lambda part: _require_parts(record, graph, *part))
        augment = record.at("augment")
        for name, layers in values.get("augment", {}).items():
            self._augment(graph, name, layers, augment.at(name).span)
        self.program.trains.add(values["target"], **values)

    def _augment(self, graph: ModelGraph, name: str, layers: Iterable[Layer], span: Span) -> None:
        def put_after(builder: Builder, tensor: Tensor) -> list[Tensor]:
            tensors = [tensor]
            for layer in layers:
                tensors = builder.layer(LayerInstance(layer, span), tensors, "", span)
            return tensors

        augmentation(graph, name, self.budget, span, put_after)

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
        fields = fields_of(record)
        for name, value in fields.items():
            self.program.places[section, target, name] = value.span
        values = dict(zip(fields, each(fields.items(), lambda f: plan_field(*f)), strict=True))
        self._known_model(record, key, UNKNOWN_TARGET)
        return values


_PARTS: Final = {
    "loss": False,
    "loss_weights": False,
    "class_weight": True,
    "metrics": True,
    "weighted_metrics": True,
    "augment": True,
}
"""Settings for each output (or input), and whether some may be left out."""


def _require_parts(record: JsonValue, graph: ModelGraph, setting: str, partly: bool) -> None:
    value = record.at(setting)
    given = {name: v.key_span or v.span for name, v in fields_of(record, setting).items()}
    of_inputs = setting == "augment"
    if given or setting == "loss":
        names = list(graph.inputs if of_inputs else graph.outputs)
        require_names(given, names, "input" if of_inputs else "output", value.span, partly=partly)


def _input(builder: Builder, record: JsonValue) -> None:
    """Add an input. As in the language, a name stands alone before others are calculated with it."""
    known = {s.name for t in builder.model.inputs.values() for s in symbols_of(t.shape)}
    type_ = type_of(record)
    for size, item in zip(type_.shape, items_of(record, "shape"), strict=True):
        if alone := lone_symbol(size):
            known.add(alone)
        if unknown := sorted({s.name for s in symbols_of([size])} - known):
            message = f"`{unknown[0]}` stands alone nowhere before this"
            hint = f"make `{unknown[0]}` the size of an axis first, or give this axis a name of its own"
            raise SpecError(Diagnostic(UNKNOWN_NAME, message, item.span, help=(hint,)))
    builder.input(text_of(record, "name"), type_, record.span)


def _alone(record: JsonValue) -> Declaration | None:
    """The layer or operation of a record, whatever it takes; None where it is a model or that of another record."""
    kind = plain_of(record, "kind", "layer")
    return None if kind == "model" or "shares" in fields_of(record) else declared(record, kind)


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
    if (plain_of(record, "kind", "layer"), text_of(record, "type")) != (kind, type_):
        message = f"`{name}` is the {kind} `{type_}`; what shares its weights must be the same"
        raise SpecError(Diagnostic(JSON_STRUCTURE, message, record.at("type").span))
    return instance


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
        positions.setdefault(text_of(record, "name"), position)
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
    names = " → ".join(f"`{text_of(r, 'name')}`" for r in (*ring, ring[0]))
    place = ring[0]
    raise SpecError(Diagnostic(CYCLE, f"these layers take from each other: {names}", place.span, pointer=place.pointer))


def _sources(record: JsonValue) -> list[str]:
    """The names that a layer takes from or shares with."""
    inputs = [str(v.value).partition(":")[0] for v in items_of(record, "inputs") if isinstance(v.value, str)]
    shares = record.at("shares")
    return [*inputs, *([str(shares.value)] if shares is not record else [])]
