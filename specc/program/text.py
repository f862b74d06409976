"""A program's graph as text for people."""

from __future__ import annotations

from specc.catalogue.declare import show_value
from specc.program.graph import ModelGraph, Node
from specc.program.program import Program


def graph_text(program: Program, model: ModelGraph) -> str:
    """One line per node: ``name: types = Layer(arguments) <- inputs``; models inside of it come first."""
    parts = [graph_text(program, inner) for inner in _inner(program, model)]
    lines = [f"{model.kind} {model.name}"]
    lines += [f"  {_line(node)}" for node in model.nodes]
    lines += [f"  output {name} = {port}" for name, port in model.outputs.items()]
    return "\n".join([*(p.rstrip("\n") + "\n" for p in parts), *lines]) + "\n"


def _inner(program: Program, model: ModelGraph) -> list[ModelGraph]:
    names = dict.fromkeys(n.model for n in model.nodes if n.model is not None)
    return [program.models[n] for n in names]


def _line(node: Node) -> str:
    types = ", ".join(map(str, node.outputs))
    if node.kind == "input":
        return f"{node.name}: {types} = input"
    given = node.layer.given if node.layer is not None else {}
    arguments = ", ".join(f"{k}={show_value(v)}" for k, v in given.items() if k != "name")
    inputs = ", ".join(map(str, node.inputs))
    shared = f" (shares {node.shares})" if node.shares else ""
    return f"{node.name}: {types} = {node.type_name}({arguments}) <- {inputs}{shared}"
