"""The graph of a model for TensorBoard: a node per layer, with its arguments, its inputs and the shapes it makes.

Keras's callback writes its model as JSON, in which TensorBoard finds no way to a layer with several inputs. This is the
form that TensorFlow's own graphs have.
"""

from __future__ import annotations

from typing import Any

from specc.lower.model import static_shape
from specc.program.graph import ModelGraph, Node, Port
from specc.program.program import Program
from specc.program.to_text import value_text


def graph_def(program: Program, target: str) -> Any:
    """A ``GraphDef``. The nodes of a model in it stand below the name of its node: ``member/dense``."""
    from tensorboard.compat.proto.graph_pb2 import GraphDef

    made = GraphDef()
    _add(made, program, program.models[target], "", {})
    return made


def _add(made: Any, program: Program, graph: ModelGraph, path: str, inputs: dict[str, str]) -> None:
    """Add the nodes of a model whose inputs, by name, are others' outputs."""
    there: dict[Port, str] = {}
    for node in graph.nodes:
        name = f"{path}{node.name}"
        taken = (
            [there[port] for port in node.ports] if node.kind != "input" else [*filter(None, [inputs.get(node.name)])]
        )
        if node.model is None:
            _node(made, name, node, taken)
            there |= {Port(node.name, i): name if i == 0 else f"{name}:{i}" for i in range(len(node.outputs))}
            continue
        inner = program.models[node.model]
        _add(made, program, inner, f"{name}/", dict(zip(inner.inputs, taken, strict=True)))
        for index, port in enumerate(inner.outputs.values()):
            there[Port(node.name, index)] = _name(program, inner, port, f"{name}/")


def _name(program: Program, graph: ModelGraph, port: Port, path: str) -> str:
    """What an output of a model in a model is called in the graph."""
    node = graph[port.node]
    if node.model is not None:
        inner = program.models[node.model]
        return _name(program, inner, list(inner.outputs.values())[port.index], f"{path}{node.name}/")
    return f"{path}{node.name}" + (f":{port.index}" if port.index else "")


def _node(made: Any, name: str, node: Node, inputs: list[str]) -> None:
    new = made.node.add(name=name, op=node.type_name, input=inputs)
    for key, value in (node.layer.given if node.layer is not None else {}).items():
        new.attr[key].s = value_text(node.layer.params[key], value).encode()
    if node.shares is not None:
        new.attr["shares"].s = node.shares.encode()
    for type_ in node.outputs:
        shape = new.attr["_output_shapes"].list.shape.add()
        for size in (None, *static_shape(type_)):
            shape.dim.add(size=-1 if size is None else size)
