"""The structure of the JSON form, and from it and the declarations the published JSON Schema (draft 2020-12).

`structure` is what a reader checks first (`specc.elaborate.json_structure`): records, their keys, the kinds of their
values. The published schema is the same, with the arguments of every declared object in place of ``arguments``.
Choices are made by ``if``: so validators speak of the branch that is meant.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any, Final

from specc import limits
from specc.catalogue.declare import Declaration, to_json
from specc.catalogue.params import LABEL
from specc.catalogue.registry import declarations
from specc.program.json import FORMAT, SCHEMA_ID
from specc.program.types import DTYPES
from specc.syntax.language import RESERVED

Schema = dict[str, Any]

OBJECT_KINDS: Final = {
    "callback": "a rule that ends training early",
    "checkpoint": "when a run is kept on disk",
    "combiner": "a way to combine the answers of several models",
    "constraint": "a projection of weights",
    "data": "a source of examples",
    "filling": "what stands in the place of missing values",
    "initializer": "how weights begin",
    "layer": "a layer",
    "loss": "what training makes small",
    "metric": "what is measured beside the loss",
    "op": "a function of tensors",
    "optimizer": "how weights change",
    "phase": "a part of a training with its own layers that learn",
    "pruner": "a rule that ends trials of a search early",
    "regularizer": "a penalty on values",
    "rule": "what is done about rows of data that can't be used",
    "sampler": "what each member of an ensemble is trained on",
    "schedule": "a learning rate that changes",
}
"""Everything that a record ``{"type": …, "arguments": {…}}`` may describe, by kind."""

IDENTIFIER: Final = rf"^(?!(?:{'|'.join(RESERVED)})$)[A-Za-z_][A-Za-z0-9_]*$"
"""A name of the language: of a model, an input, an output or a section."""

DATA_NAME: Final = IDENTIFIER.removesuffix("$") + r"(?:\.data)?$"
"""A name of data; those that a section has in place are called `Model.data`."""


def schema() -> Schema:
    """The published schema: the structure, and the arguments of every declared object."""
    found = structure()
    kinds = {kind: declarations(kind) for kind in OBJECT_KINDS}
    definitions: Schema = {name: _with_types(name, record, kinds) for name, record in found["$defs"].items()}
    for kind, known in kinds.items():
        definitions |= {_arguments_name(kind, n): _arguments(n, d) for n, d in known.items()}
    return _titled({**found, "$defs": definitions})


def text() -> str:
    """The published schema as the text of ``grammar/model.schema.json``."""
    return json.dumps(schema(), indent=1, ensure_ascii=False, sort_keys=False) + "\n"


# ── The structure ────────────────────────────────────────────────────────────────────────────────


@cache
def structure() -> Schema:
    """Records, their keys and the kinds of their values; an object's ``arguments`` are any."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        **_object(
            "program",
            "A checked program of models, data and plans: the JSON form of a .model file.",
            {
                "$schema": _text("name of this schema"),
                "specc": {"const": FORMAT, "description": "version of this form"},
                "models": _array(_ref("model_record"), "the models, each after those that it uses as layers"),
                "data": _array(_ref("data_record"), "where examples come from"),
                "ensembles": _array(_ref("ensemble"), "models of several models"),
                "train": _array(_ref("train"), "how models are trained"),
                "tune": _array(_ref("tune"), "searches over parameters"),
                "export": _array(_ref("export"), "what is written besides the artifact"),
            },
            required=("specc", "models"),
        ),
        "$defs": {**_definitions(), **{k: _record(k, _upper(about), {}) for k, about in OBJECT_KINDS.items()}},
    }


def _definitions() -> Schema:
    return {
        "tensor": _object(
            "input",
            "An input of a model; the axis of the batch is not written.",
            {
                "name": _identifier("name of the input"),
                "dtype": {"enum": list(DTYPES), "description": "type of its numbers"},
                "shape": _array(_size(), "sizes of its axes: numbers, or names such as `T`", maxItems=limits.RANK),
            },
            required=("name", "dtype", "shape"),
        ),
        "result": _object(
            "output",
            "An output of a model.",
            {
                "name": _identifier("name of the output"),
                "from": _text("the layer whose output it is, `layer:1` for its second", minLength=1),
            },
            required=("name", "from"),
        ),
        **_nodes(),
        "model_record": _object(
            "model",
            "A model as a flat list of named layers.",
            {
                "name": _identifier("name of the model"),
                "kind": {"enum": ["model", "ensemble"], "description": "what it comes from; `model` where left out"},
                "definition": _name("the definition in the language that it comes from"),
                "parameters": {"type": "object", "description": "the parameters it was made with"},
                "inputs": _array(_ref("tensor"), "what it takes"),
                "layers": _array(_ref("node"), "applications of layers, operations and models"),
                "outputs": _array(_ref("result"), "what it gives, in order", minItems=1),
            },
            required=("name", "inputs", "layers", "outputs"),
        ),
        "data_record": _record("data", "A source of examples, and its name.", {"name": _name("its name", DATA_NAME)}),
        "member": _object(
            "member",
            "One model of an ensemble.",
            {"name": _name("name of its layer in the ensemble's model"), "model": _name("name of the model")},
            required=("name", "model"),
        ),
        "ensemble": _object(
            "ensemble",
            "Several models that answer together; the model of the same name says how they are connected.",
            {
                "name": _name("name of its model"),
                "members": _array(_ref("member"), "the models"),
                "combine": _ref("combiner", "how their answers become one"),
                "sample": _ref("sampler", "what each is trained on"),
            },
            required=("name", "members", "combine"),
        ),
        "train": _train(),
        "tune": _object(
            "tune record",
            "A search over the parameters of a model.",
            {
                "target": _name("name of the model"),
                "direction": {"enum": ["max", "min"], "description": "whether more or less of the metric is better"},
                "metric": _text("the metric that is compared", minLength=1),
                "trials": _count("how many combinations are tried", 1),
                "pruner": _ref("pruner", "ends trials early that are no good"),
            },
            required=("target", "direction", "metric"),
        ),
        "export": _object(
            "export record",
            "What is written besides the artifact.",
            {
                "target": _name("name of the model"),
                "formats": _array({"enum": ["keras", "saved_model"]}, "formats of Keras and TensorFlow"),
                "version": _text("version of the export"),
            },
            required=("target",),
        ),
    }


def _nodes() -> Schema:
    name = _name("name of the layer, unique in its model")
    kind = {"enum": ["layer", "op", "model"], "description": "what `type` names: a layer where left out"}
    type_ = _name("what is applied")
    arguments = {"type": "object", "description": "its arguments; what has its default is left out"}
    tensors = _array(_text("an input or layer, `layer:1` for its second output"), "what it takes", minItems=1)
    operands = _array(
        {"type": ["string", "number"], "description": "an input or layer, or a number"}, "its operands", minItems=1
    )
    shares = _name("the earlier layer whose weights this one uses")
    common = {"name": name, "kind": kind, "type": type_}
    required = ("name", "type", "inputs")
    return {
        "node": {
            "title": "layer",
            "description": "An application of a layer, operation or model, as its `kind` says.",
            "type": "object",
            **_choice(
                (_where("kind", "op"), _ref("op_node")),
                (_where("kind", "model"), _ref("model_node")),
                ({"type": "object", "required": ["shares"]}, _ref("shared_node")),
                otherwise=_ref("layer_node"),
            ),
        },
        "layer_node": _object(
            "layer",
            "An application of a layer.",
            {
                **common,
                "arguments": {**arguments, "not": {"type": "object", "required": ["name"]}},
                "inputs": tensors,
                "shares": shares,
            },
            required=required,
        ),
        "shared_node": _object(
            "layer that shares weights",
            "A further application of a layer: it has the arguments and weights of the first.",
            {**common, "inputs": tensors, "shares": shares},
            required=required,
        ),
        "op_node": _object(
            "operation",
            "An application of a function of tensors and numbers.",
            {**common, "arguments": arguments, "inputs": operands},
            required=required,
        ),
        "model_node": _object(
            "model used as a layer",
            "An application of an earlier model.",
            {
                **common,
                "arguments": _object(
                    "start of a model",
                    "The weights that it begins with, and whether training changes them.",
                    {
                        "weights": _text("a file below the folder of the spec, or `imagenet`"),
                        "trainable": {"type": "boolean", "description": "false where training changes no weight of it"},
                    },
                ),
                "inputs": tensors,
                "shares": shares,
            },
            required=required,
        ),
    }


def _train() -> Schema:
    metric = {
        "type": ["string", "object"],
        "description": "a metric: its name in Keras, or with arguments",
        **_choice(({"type": "object"}, _ref("metric"))),
    }
    return _object(
        "train record",
        "How one model, or all members of an ensemble, are trained.",
        {
            "target": _name("name of the model"),
            "data": _name("name of the data"),
            "loss": _by_name(_ref("loss"), "the loss of each output"),
            "loss_weights": _by_name({"type": "number", "minimum": 0}, "what the loss of each output counts"),
            "class_weight": _by_name(
                {
                    "anyOf": [
                        {"enum": ["balanced"]},
                        {"type": "array", "items": {"type": "number", "minimum": 0}, "minItems": 2},
                    ],
                    "description": "what an example of each class counts in the loss",
                },
                "what classes count, for outputs over classes",
            ),
            "metrics": _by_name(_array(metric, "metrics of one output"), "what is measured of each output"),
            "weighted_metrics": _by_name(
                _array(metric, "metrics of one output"), "what is measured of each output, by the weights of examples"
            ),
            "optimizer": _ref("optimizer", "how weights change"),
            "augment": _by_name(
                _array(_ref("layer"), "layers for one input"), "layers that change each input's examples"
            ),
            "phases": _array(_ref("phase"), "parts of the training that freeze and unfreeze layers", minItems=1),
            "epochs": _count("how often all examples are seen; with phases, in all together", 1),
            "batch_size": _count("examples in a step", 1),
            "early_stopping": _ref("callback", "ends training early"),
            "reduce_lr": _ref("callback", "lowers the learning rate where nothing gets better"),
            "tensorboard": {
                "type": ["string", "object"],
                "description": "what is written for TensorBoard; `off` for nothing",
                **_choice(({"type": "object"}, _ref("callback")), otherwise={"const": "off"}),
            },
            "seed": _count("where random numbers begin", 0),
            "dtype_policy": {
                "enum": ["float32", "mixed_bfloat16", "mixed_float16"],
                "description": "what layers that say no dtype compute in",
            },
            "jit": {
                "enum": ["auto", "xla", "off"],
                "description": "whether XLA compiles the step; auto: what is faster",
            },
            "checkpoint": _ref("checkpoint", "when the run is kept on disk"),
            "on_nan": {
                "enum": ["stop", "skip", "halve_learning_rate"],
                "description": "what follows on a step that gives numbers that are not finite",
            },
        },
        required=("target", "data", "loss", "optimizer"),
    )


# ── The arguments of declared objects ────────────────────────────────────────────────────────────

_KIND_OF: Final = {"layer_node": "layer", "shared_node": "layer", "op_node": "op", "data_record": "data"}


def _with_types(name: str, record: Schema, kinds: dict[str, dict[str, type[Declaration]]]) -> Schema:
    """A record with what its ``type`` may be, and for each type its arguments."""
    kind = _KIND_OF.get(name, name)
    if kind not in kinds:
        return record
    known = kinds[kind]
    type_ = {"enum": list(known), "description": record["properties"]["type"]["description"]}
    properties: Schema = {**record["properties"], "type": type_}
    if "arguments" not in properties:
        return {**record, "properties": properties}
    properties["arguments"] = {k: v for k, v in properties["arguments"].items() if k != "type"}
    return {**record, "properties": properties, "allOf": [_branch(kind, n, d) for n, d in known.items()]}


def _branch(kind: str, name: str, declaration: type[Declaration]) -> Schema:
    needed = any(p.required for p in declaration.params.values())
    then: Schema = {"properties": {"arguments": _ref(_arguments_name(kind, name))}}
    return {"if": _where("type", name), "then": {**then, "required": ["arguments"]} if needed else then}


def _arguments_name(kind: str, name: str) -> str:
    return f"{kind}.{name}"


def _arguments(name: str, declaration: type[Declaration]) -> Schema:
    params = declaration.params
    summary = (declaration.__doc__ or "").strip().split("\n")[0]
    documented: Schema = {}
    for key, param in params.items():
        values = _told_apart(_with_sizes(param.schema()) if param.takes_sizes else param.schema())
        default = {} if param.required else {"default": to_json(param.default)}
        documented[key] = {**values, **default, "description": _upper(param.doc)}
    required = tuple(n for n, p in params.items() if p.required)
    return _object(f"arguments of {name}", summary, documented, required=required)


def _with_sizes(values: Schema) -> Schema:
    """Integers may be sizes that hang on symbols, too: a text such as ``"H // 2"``."""
    if values.get("type") == "integer":
        return {**values, "type": ["integer", "string"], "minLength": 1}
    if "anyOf" in values:
        return {**values, "anyOf": [_with_sizes(v) for v in values["anyOf"]]}
    return {**values, "items": _with_sizes(values["items"])} if "items" in values else values


def _told_apart(values: Schema) -> Schema:
    """Alternatives told apart by the kind of the value, so that a validator speaks of one."""
    for key in ("items", "additionalProperties"):
        if values.get(key):
            return {**values, key: _told_apart(values[key])}
    if "anyOf" not in values:
        return values
    choices = [_told_apart(v) for v in _alternatives(values)]
    objects = [c for c in choices if "$ref" in c or c.get("type") == "object"]
    arrays = [c for c in choices if c.get("type") == "array"]
    others = [c for c in choices if c not in objects and c not in arrays]
    cases = [({"type": t}, _one(found)) for t, found in (("object", objects), ("array", arrays)) if found]
    return _choice(*cases, otherwise=_one(others)) if others else _choice(*cases[:-1], otherwise=cases[-1][1])


def _alternatives(values: Schema) -> Iterator[Schema]:
    for choice in values.get("anyOf", ()):
        yield from _alternatives(choice) if "anyOf" in choice else (choice,)


def _one(choices: list[Schema]) -> Schema:
    """Alternatives that need no telling apart: one of them, and ``null`` as one more value of it."""
    values = [c for c in choices if c != {"type": "null"}]
    if len(values) != 1 or len(choices) > 2:
        return {"anyOf": choices} if len(choices) > 1 else choices[0]
    (found,) = values
    if len(choices) == 1:
        return found
    if "enum" in found:
        return {**found, "enum": [*found["enum"], None]}
    types = found.get("type", [])
    return {**found, "type": [*([types] if isinstance(types, str) else types), "null"]}


# ── Parts of a schema ────────────────────────────────────────────────────────────────────────────


def _object(title: str, description: str, properties: Schema, *, required: tuple[str, ...] = ()) -> Schema:
    """A closed object."""
    found: Schema = {"title": title, "description": description, "type": "object", "properties": properties}
    found["additionalProperties"] = False
    return {**found, "required": list(required)} if required else found


def _record(title: str, description: str, keys: Schema) -> Schema:
    """What describes a declared object."""
    fields = {
        **keys,
        "type": _text("what it is", minLength=1),
        "arguments": {"type": "object", "description": "its arguments; what has its default is left out"},
    }
    return _object(title, description, fields, required=(*keys, "type"))


def _choice(*cases: tuple[Schema, Schema], otherwise: Schema | None = None) -> Schema:
    """``if``, ``then``, ``else if``, …"""
    found = otherwise
    for condition, then in reversed(cases):
        found = {"if": condition, "then": then, **({} if found is None else {"else": found})}
    return found or {}


def _where(key: str, value: str) -> Schema:
    return {"type": "object", "properties": {key: {"const": value}}, "required": [key]}


def _by_name(values: Schema, description: str) -> Schema:
    return {"type": "object", "additionalProperties": values, "description": description}


def _array(items: Schema, description: str, **bounds: int) -> Schema:
    return {"type": "array", "items": items, **bounds, "description": description}


def _text(description: str, **bounds: int) -> Schema:
    return {"type": "string", **bounds, "description": description}


def _name(description: str, pattern: str = LABEL) -> Schema:
    return {"type": "string", "maxLength": limits.LABEL, "pattern": pattern, "description": description}


def _identifier(description: str) -> Schema:
    return {**_name(description, IDENTIFIER), "maxLength": limits.NAME_LENGTH}


def _size() -> Schema:
    return {
        "type": ["integer", "string"], "minimum": 1, "maximum": limits.DIM, "minLength": 1,
        "description": "a number, or a text such as `T` or `(H + 1)//2`",
    }  # fmt: skip


def _count(description: str, least: int) -> Schema:
    return {"type": "integer", "minimum": least, "maximum": limits.INTEGER, "description": description}


def _ref(name: str, description: str = "") -> Schema:
    found = {"$ref": f"#/$defs/{name}"}
    return {**found, "description": description} if description else found


def _titled(found: Schema) -> Schema:
    """Every property with a title and a description; those that only refer take the description of what they mean."""
    definitions = found["$defs"]

    def fill(node: Any) -> Any:
        if isinstance(node, list):
            return [fill(n) for n in node]
        if not isinstance(node, dict):
            return node
        filled = {k: v if k in ("default", "enum", "const") else fill(v) for k, v in node.items()}
        if node.get("additionalProperties") is False:
            filled["properties"] = {k: named(k, v) for k, v in filled["properties"].items()}
        return filled

    def named(key: str, node: Schema) -> Schema:
        about = definitions[node["$ref"].rpartition("/")[2]]["description"] if "$ref" in node else key
        rest = {k: v for k, v in node.items() if k not in ("title", "description")}
        return {"title": key.replace("_", " "), "description": _upper(node.get("description", about)), **rest}

    return fill(found)


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


if __name__ == "__main__":
    from specc.syntax.tables import grammar_folder

    (grammar_folder() / "model.schema.json").write_text(text(), encoding="utf-8")
