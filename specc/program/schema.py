"""The JSON Schema (draft 2020-12) of the JSON form, generated from the declarations and plans."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from specc.catalogue.declare import Declaration
from specc.catalogue.registry import declarations
from specc.program.json import FORMAT, SCHEMA_ID
from specc.program.types import DTYPES

OBJECT_KINDS: Final = (
    "activation", "callback", "combiner", "constraint", "data", "initializer", "layer", "loss", "metric", "op",
    "optimizer", "pruner", "regularizer", "sampler", "schedule",
)  # fmt: skip

_NAME: Final = {"type": "string", "minLength": 1, "maxLength": 512}
_SIZE: Final = {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "string", "minLength": 1}]}


def schema() -> dict[str, Any]:
    """The published schema: the structure, and the arguments of every declared object."""
    objects = {kind: _any_of(kind) for kind in OBJECT_KINDS if declarations(kind)}
    return {**_structure(objects=True), "$defs": {**_definitions(), **objects}}


def text() -> str:
    """The published schema as the text of ``grammar/model.schema.json``."""
    return json.dumps(schema(), indent=1, ensure_ascii=False, sort_keys=False) + "\n"


def structure_errors(document: Any) -> Iterator[tuple[list[str | int], str]]:
    """Where a document isn't of the form's structure, and why; the arguments of objects are left to binding."""
    from jsonschema import Draft202012Validator

    kinds = {kind: _record("arguments") for kind in OBJECT_KINDS}
    bare = {**_structure(objects=False), "$defs": {**_definitions(), **kinds}}
    for error in sorted(Draft202012Validator(bare).iter_errors(document), key=lambda e: list(map(str, e.path))):
        yield list(error.absolute_path), _readable(error)


def _readable(error: Any) -> str:
    text = str(error.message)
    if error.validator == "const" and error.absolute_path and error.absolute_path[-1] == "specc":
        return f"this form has version {error.instance!r}, this specc reads version {FORMAT}"
    return text if len(text) < 160 else f"{text[:70]} … {text[-70:]}"


def _structure(*, objects: bool) -> dict[str, Any]:
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        "title": "specc program",
        "description": "A checked program of models, data and plans: the JSON form of a .model file.",
        **_object(
            {
                "$schema": {"type": "string"},
                "specc": {"const": FORMAT, "description": "version of this form"},
                "models": _array(_ref("model_record")),
                "data": _array(_named_object("data", objects)),
                "ensembles": _array(_ref("ensemble")),
                "train": _array(_ref("train")),
                "tune": _array(_ref("tune")),
                "export": _array(_ref("export")),
            },
            required=("specc", "models"),
        ),
    }


def _definitions() -> dict[str, Any]:
    by_name = {"type": "object"}
    return {
        "tensor": _object(
            {"name": _NAME, "dtype": {"enum": list(DTYPES)}, "shape": _array(_SIZE)},
            required=("name", "dtype", "shape"),
            title="An input: sizes are numbers or names, without the batch axis",
        ),
        "node": _object(
            {
                "name": _NAME,
                "kind": {"enum": ["layer", "op", "model"]},
                "type": _NAME,
                "arguments": {"type": "object"},
                "inputs": {
                    "type": "array",
                    "minItems": 1,
                    "items": {"type": ["string", "number"]},
                    "description": "names of inputs or layers, `name:1` for a second output; numbers for operations",
                },
                "shares": {**_NAME, "description": "the earlier layer whose weights this one uses"},
            },
            required=("name", "type", "inputs"),
            title="An application of a layer, operation or model",
        ),
        "model_record": _object(
            {
                "name": _NAME,
                "kind": {"enum": ["model", "ensemble"]},
                "definition": _NAME,
                "parameters": {"type": "object"},
                "inputs": _array(_ref("tensor")),
                "layers": _array(_ref("node")),
                "outputs": {"type": "object", "additionalProperties": {"type": "string"}, "minProperties": 1},
            },
            required=("name", "inputs", "layers", "outputs"),
            title="A model as a flat list of named layers",
        ),
        "member": _object({"name": _NAME, "model": _NAME}, required=("name", "model")),
        "ensemble": _object(
            {
                "name": _NAME,
                "members": _array(_ref("member")),
                "combine": _ref("combiner"),
                "sample": _ref("sampler"),
            },
            required=("name", "members", "combine"),
        ),
        "train": _object(
            {
                "target": _NAME,
                "data": _NAME,
                "loss": {**by_name, "additionalProperties": _ref("loss")},
                "loss_weights": {**by_name, "additionalProperties": {"type": "number", "minimum": 0}},
                "metrics": {
                    **by_name,
                    "additionalProperties": _array({"anyOf": [{"type": "string"}, _ref("metric")]}),
                },
                "optimizer": _ref("optimizer"),
                "augment": {**by_name, "additionalProperties": _array(_ref("layer"))},
                "epochs": {"type": "integer", "minimum": 1},
                "batch_size": {"type": "integer", "minimum": 1},
                "early_stopping": _ref("callback"),
                "seed": {"type": "integer", "minimum": 0},
                "jit": {"enum": ["xla", "off"]},
            },
            required=("target", "data", "loss", "optimizer"),
        ),
        "tune": _object(
            {
                "target": _NAME,
                "direction": {"enum": ["max", "min"]},
                "metric": _NAME,
                "trials": {"type": "integer", "minimum": 1},
                "pruner": _ref("pruner"),
            },
            required=("target", "direction", "metric"),
        ),
        "export": _object(
            {"target": _NAME, "formats": _array({"enum": ["keras", "saved_model"]}), "version": {"type": "string"}},
            required=("target",),
        ),
    }


def _any_of(kind: str) -> dict[str, Any]:
    """One object of a kind, told apart by its ``type``."""
    found = declarations(kind)
    branches = [
        {
            "if": {"properties": {"type": {"const": name}}},
            "then": {"properties": {"arguments": _arguments(declaration)}},
        }
        for name, declaration in found.items()
    ]
    return {
        **_record("arguments"),
        "properties": {"type": {"enum": list(found)}, "arguments": {"type": "object"}},
        "allOf": branches,
    }


def _arguments(declaration: type[Declaration]) -> dict[str, Any]:
    params = declaration.params
    documented = {n: {**p.schema(), "description": p.doc} for n, p in params.items()}
    required = tuple(n for n, p in params.items() if p.required)
    summary = (declaration.__doc__ or "").strip().split("\n")[0]
    return _object(documented, required=required, title=summary)


def _record(arguments: str) -> dict[str, Any]:
    return _object({"type": _NAME, arguments: {"type": "object"}}, required=("type",))


def _named_object(kind: str, objects: bool) -> dict[str, Any]:
    fields = {"name": _NAME, "type": _NAME, "arguments": {"type": "object"}}
    closed = _object(fields, required=("name", "type"))
    if not objects:
        return closed
    branches = [
        {"if": {"properties": {"type": {"const": n}}}, "then": {"properties": {"arguments": _arguments(d)}}}
        for n, d in declarations(kind).items()
    ]
    return {**closed, "allOf": branches}


def _object(properties: dict[str, Any], *, required: tuple[str, ...] = (), title: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {"title": title} if title else {}
    found |= {"type": "object", "properties": properties, "additionalProperties": False}
    return {**found, "required": list(required)} if required else found


def _array(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/$defs/{name}"}


if __name__ == "__main__":
    from specc.syntax.tables import grammar_folder

    (grammar_folder() / "model.schema.json").write_text(text(), encoding="utf-8")
