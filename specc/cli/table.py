"""The table of ``specc show``: what people know from ``model.summary()``, with symbolic shapes and FLOPs."""

from __future__ import annotations

from typing import Any

from specc.catalogue.declare import to_json
from specc.cli.common import columns
from specc.program.graph import Cost, ModelGraph, Node
from specc.program.json import graph_hash
from specc.program.program import Program, bytes_text, show_dim
from specc.program.types import TensorType


def model_table(program: Program, model: ModelGraph, width: int | None, *, expand: bool = False) -> list[str]:
    """The lines of the table; narrower than ``width`` by leaving out connections first, FLOPs next."""
    what = "Ensemble" if model.kind == "ensemble" else "Model"
    given = ", ".join(f"{k}={v}" for k, v in model.parameters.items())
    version = f"  version {program.version}" if program.version else ""
    lines = [f"{what}: {model.name}" + (f"  ({given})" if given else "") + version]
    header = ["Layer (type)", "Output shape", "Params", "FLOPs", "Connected to"]
    rows = [header, *(_row(program, n) for n in model.nodes)]
    lines += _fitted(rows, width)
    lines += [f"Output {name}: {shape_text(t)} {t.dtype}" for name, t in model.output_types.items()]
    lines += _totals(program.cost(model))
    if expand:
        for inner in dict.fromkeys(n.model for n in model.nodes if n.model is not None):
            lines += ["", *model_table(program, program.models[inner], width, expand=True)]
    return lines


def _fitted(rows: list[list[str]], width: int | None) -> list[str]:
    for kept in (5, 4, 3, 2):
        cut = [row[:kept] for row in rows]
        lines = columns(cut, right=(2, 3))
        longest = max(map(len, lines))
        if width is None or longest <= width or kept == 2:
            rule = "─" * longest
            return [lines[0], rule, *lines[1:], rule]
    return []


def _row(program: Program, node: Node) -> list[str]:
    cost = program.node_cost(node)
    shapes = " ".join(map(shape_text, node.outputs))
    name = f"{node.name} ({node.type_name})"
    sources = ", ".join(str(i) for i in node.inputs)
    shared = f"  (shares {node.shares})" if node.shares else ""
    return [name, shapes, show_dim(cost.parameters), show_dim(cost.flops), sources + shared]


def shape_text(type_: TensorType) -> str:
    """``(None, H, W, 64)``, as Keras writes it: None is the batch."""
    return f"({', '.join(['None', *map(str, type_.shape)])}{',' if not type_.shape else ''})"


def _totals(cost: Cost) -> list[str]:
    return [
        f"Total params: {show_dim(cost.parameters)} ({bytes_text(cost.weight_bytes)})",
        f"Trainable params: {show_dim(cost.trainable)}",
        f"Non-trainable params: {show_dim(cost.frozen)}",
        f"FLOPs per example: {show_dim(cost.flops)}",
    ]


def model_record(program: Program, model: ModelGraph) -> dict[str, Any]:
    """The table as data; sizes that hang on symbols are texts."""
    cost = program.cost(model)
    return {
        "model": model.name,
        "kind": model.kind,
        "hash": graph_hash(program),
        "version": program.version,
        "parameters": {
            k: v if isinstance(v, int | float | str | bool) else str(v) for k, v in model.parameters.items()
        },
        "inputs": {n: _type_record(t) for n, t in model.inputs.items()},
        "outputs": {n: _type_record(t) for n, t in model.output_types.items()},
        "layers": [_node_record(program, n) for n in model.nodes],
        "params": to_json(cost.parameters),
        "trainable_params": to_json(cost.trainable),
        "non_trainable_params": to_json(cost.frozen),
        "weight_bytes": to_json(cost.weight_bytes),
        "flops": to_json(cost.flops),
    }


def _type_record(type_: TensorType) -> dict[str, Any]:
    return {"dtype": type_.dtype, "shape": [to_json(d) for d in type_.shape]}


def _node_record(program: Program, node: Node) -> dict[str, Any]:
    cost = program.node_cost(node)
    return {
        "name": node.name,
        "type": node.type_name,
        "kind": node.kind,
        "inputs": [str(i) for i in node.inputs],
        "outputs": [_type_record(t) for t in node.outputs],
        "shares": node.shares,
        "params": to_json(cost.parameters),
        "flops": to_json(cost.flops),
    }
