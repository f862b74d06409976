"""The models of one file: which there are, what they are called, and which of them are the same."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

from specc import limits
from specc.catalogue.registry import kinds_of
from specc.diagnostics import Report, SpecError
from specc.diagnostics.codes import Severity
from specc.elaborate.builder import Budget
from specc.elaborate.json_records import plain_of
from specc.elaborate.json_text import JsonValue
from specc.elaborate.structure import prune, structure
from specc.elaborate.values import Poisoned
from specc.importing.arguments import cannot_import
from specc.importing.calls import name_of, no_model
from specc.importing.graph import MODELS, ModelReader, is_functional, is_made
from specc.importing.layers import Stored
from specc.importing.sizes import Restart
from specc.program.graph import ModelGraph
from specc.program.json import meaning
from specc.program.program import Program


@dataclass
class Imported:
    """What a configuration describes.

    Attributes:
        program: its models as graphs; the nodes have the names that people gave to layers, the others numbers.
        top: the name of the model that the file is of.
        layers: for the place of each model, its layers in Keras's order: the node's name, and the record.
        notes: what is not carried, in sentences.
    """

    program: Program
    top: str = ""
    layers: dict[tuple[str, ...], list[tuple[str, JsonValue]]] = field(
        default_factory=dict[tuple[str, ...], "list[tuple[str, JsonValue]]"]
    )
    notes: list[str] = field(default_factory=list[str])


def import_config(document: JsonValue, name: str, stored: Stored) -> Imported:
    """The models that a configuration describes; ``name`` is what the model is called where Keras made its name.

    Raises:
        SpecError: with everything that a spec can't express.
    """
    same: dict[tuple[str, ...], str] = {}
    while True:
        reader = Reader(Imported(Program(document.source)), same, stored)
        try:
            reader.imported.top = reader.model(document, name, ())
        except Restart:
            continue
        except SpecError as error:
            reader.add(document, error)
        except Poisoned:
            pass
        reader.report.raise_if_errors()
        return reader.imported


class Reader:
    """What the models of one file share."""

    def __init__(self, imported: Imported, same: dict[tuple[str, ...], str], stored: Stored) -> None:
        self.imported, self.same, self.stored = imported, same, stored
        self.report, self.budget = Report(), Budget()
        self._seen: dict[Any, JsonValue] = {}

    def model(self, record: JsonValue, fallback: str, path: tuple[str, ...]) -> str:
        """Add the model of a record; its name in the program.

        Raises:
            SpecError: it is none, or of a class whose structure is code.
            Poisoned: it has errors, which are reported.
        """
        config = _config_of(record, is_top=not path)
        given = plain_of(config, "name", "")
        name = self._free_name(fallback if not isinstance(given, str) or is_made(given) else given)
        model = ModelGraph(name, record.span, definition=name)
        part = ModelReader(self, model, path)
        made = part.functional(config) if is_functional(config) else part.sequential(config, record)
        if not made:
            raise Poisoned
        problems = [d for d in structure(model, record.span) if d.code.severity == Severity.ERROR]
        if problems:
            self.add(record, SpecError(*problems))
            raise Poisoned
        prune(model)
        self.imported.layers[path] = part.records
        self.imported.program.models[name] = model
        return self._like(name) if path else name

    def _free_name(self, text: str) -> str:
        words = re.findall(r"[A-Za-z0-9]+", text)
        base = "".join(w[:1].upper() + w[1:] for w in words)[: limits.NAME_LENGTH - 8] or "Net"
        base = base if base[0].isalpha() else f"Net{base}"
        base = f"{base}Model" if kinds_of(base) else base
        name, number = base, 1
        while name in self.imported.program.models:
            number += 1
            name = f"{base}{number}"
        return name

    def _like(self, name: str) -> str:
        """An earlier model that is just the same, which then stands for this one, too."""
        models = self.imported.program.models
        mine = {**meaning(models[name]), "name": ""}
        for other in models:
            if other != name and {**meaning(models[other]), "name": ""} == mine:
                del models[name]
                return other
        return name

    def add(self, place: JsonValue, error: SpecError) -> None:
        """Report findings, each with the pointer of what it is about."""
        self.report.add(*(replace(d, pointer=d.pointer or place.around(d.span).pointer) for d in error.diagnostics))

    def once(self, record: JsonValue) -> None:
        """Refuse a layer that two models have in common: in a spec, each has weights of its own."""
        shared = record.at("shared_object_id")
        if shared is record or shared.value is None:
            return
        if (first := self._seen.setdefault(shared.value, record)) is not record:
            message = f"two models have the layer `{name_of(record)}` in common, and share its weights"
            hint = "in a spec a model's layers are its own; apply one inner model in both places instead"
            raise SpecError(cannot_import(message, record, f"the first one is {first.pointer}", hint))


def _config_of(record: JsonValue, *, is_top: bool) -> JsonValue:
    class_ = record.at("class_name")
    has_layers = isinstance(record.at("config", "layers").value, list)
    if class_ is record:
        if is_top and isinstance(record.at("layers").value, list):
            return record  # `get_config()` alone
        raise SpecError(no_model("this JSON is not the configuration of a model", record))
    if class_.value in MODELS and has_layers:
        return record.at("config")
    message = f"`{class_.value}` is a class of its own: what it does is code, which the file doesn't hold"
    hint = "build the model with the functional API, or write it anew as a spec"
    raise SpecError(cannot_import(message, class_, hint))
