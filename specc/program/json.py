"""The JSON form of a program, its canonical bytes and its hash."""

from __future__ import annotations

import hashlib
import json
from operator import itemgetter
from typing import Any, Final

from specc.catalogue.declare import Declaration, to_json
from specc.program.graph import ModelGraph, Node, Operand, Port
from specc.program.program import Program
from specc.program.types import TensorType
from specc.syntax.language import CURRENT

FORMAT: Final = CURRENT
"""Version of the JSON form, in its field ``specc``."""

SCHEMA_ID: Final = f"urn:specc:model:{FORMAT}"


def dump(program: Program) -> dict[str, Any]:
    """The program as plain JSON data: models as flat lists of named layers, and the plans."""
    return {
        "$schema": SCHEMA_ID,
        "specc": FORMAT,
        "models": [_model(m) for m in program.models.values()],
        "data": [{"name": p.name, **p.source.record()} for p in program.data.values()],
        "ensembles": [p.model_dump(mode="json", exclude_none=True) for p in program.ensembles.values()],
        "train": [p.model_dump(mode="json", exclude_none=True) for p in program.trains.values()],
        "tune": [p.model_dump(mode="json", exclude_none=True) for p in program.tunes.values()],
        "export": [p.model_dump(mode="json", exclude_none=True) for p in program.exports.values()],
    }


def _model(model: ModelGraph) -> dict[str, Any]:
    record: dict[str, Any] = {"name": model.name}
    if model.kind != "model":
        record["kind"] = model.kind
    if model.definition and model.definition != model.name:
        record["definition"] = model.definition
    if model.parameters:
        record["parameters"] = {k: _parameter(v) for k, v in model.parameters.items()}
    record["inputs"] = [{"name": n, **_type(t)} for n, t in model.inputs.items()]
    record["layers"] = [_node(n) for n in model.nodes if n.kind != "input"]
    record["outputs"] = [{"name": name, "from": str(port)} for name, port in model.outputs.items()]
    return record


def _parameter(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_parameter(v) for v in value]
    if value is None or isinstance(value, bool | int | float | str):
        return to_json(value)
    return value.record() if isinstance(value, Declaration) else str(value)


def _type(type_: TensorType) -> dict[str, Any]:
    return {"dtype": type_.dtype, "shape": [to_json(d) for d in type_.shape]}


def _node(node: Node) -> dict[str, Any]:
    record: dict[str, Any] = {"name": node.name}
    if node.kind != "layer":
        record["kind"] = node.kind
    record["type"] = node.type_name
    if node.layer is not None and node.shares is None:
        arguments = node.layer.record()["arguments"]
        arguments.pop("name", None)
        if arguments:
            record["arguments"] = arguments
    if node.start.record:
        record["arguments"] = node.start.record
    record["inputs"] = [_operand(o) for o in node.inputs]
    if node.shares is not None:
        record["shares"] = node.shares
    return record


def _operand(operand: Operand) -> Any:
    return str(operand) if isinstance(operand, Port) else operand


def canonical(program: Program) -> bytes:
    """The one spelling of a program: sorted keys, no spaces, UTF-8. Equal programs have equal bytes."""
    return _spelled(dump(program))


def _spelled(document: dict[str, Any]) -> bytes:
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def graph_hash(program: Program) -> str:
    """SHA-256 of what a program means, in hexadecimal: its identity, whichever way it came in.

    That is the canonical form without what means nothing: where models come from, the order in which models and plans
    stand, and the names of what owns no weights (functions, and further uses of a layer).
    """
    return hashlib.sha256(_spelled(_meaning(program))).hexdigest()


def _meaning(program: Program) -> dict[str, Any]:
    document = dump(program)
    trains = [p.model_dump(mode="json", exclude_none=True) for p in program.explicit_trains.values()]
    plans = {"data": document["data"], "train": trains, **{k: document[k] for k in ("ensembles", "tune", "export")}}
    return {
        "specc": FORMAT,
        "models": sorted((meaning(m) for m in program.models.values()), key=itemgetter("name")),
        **{k: sorted(v, key=lambda p: str(p.get("name") or p["target"])) for k, v in plans.items()},
    }


def meaning(graph: ModelGraph) -> dict[str, Any]:
    """What a model means: its record with numbers for the names that mean nothing, and not where it comes from."""
    model = _model(graph)
    layers = model["layers"]
    numbers = {r["name"]: f"#{i}" for i, r in enumerate(layers) if r.get("kind") == "op" or "shares" in r}

    def port(text: Any) -> Any:
        if not isinstance(text, str):
            return text
        name, colon, index = text.partition(":")
        return numbers.get(name, name) + colon + index

    return {
        **{k: v for k, v in model.items() if k not in ("definition", "parameters")},
        "layers": [
            {**r, "name": numbers.get(r["name"], r["name"]), "inputs": [port(i) for i in r["inputs"]]} for r in layers
        ],
        "outputs": [{**r, "from": port(r["from"])} for r in model["outputs"]],
    }


def pretty(program: Program) -> str:
    """The JSON form for people: indented, in the order of the program."""
    return json.dumps(dump(program), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
