"""The weights that a model has, by the names under which files keep them."""

from __future__ import annotations

from collections.abc import Iterator

from specc.catalogue.layer import Weight
from specc.program.graph import ModelGraph, Node
from specc.program.program import Program


def declared_weights(program: Program, graph: ModelGraph) -> dict[str, Weight]:
    """The weights of a model by path: ``conv2d/kernel``, inside of models ``member/conv2d/kernel``."""
    return dict(_walk(program, graph, ""))


def _walk(program: Program, graph: ModelGraph, path: str) -> Iterator[tuple[str, Weight]]:
    for node in graph.nodes:
        if node.shares is not None:
            continue
        if node.model is not None:
            yield from _walk(program, program.models[node.model], f"{path}{node.name}/")
        for weight in node.weights:
            yield f"{path}{node.name}/{weight.name}", weight


def started_nodes(program: Program, graph: ModelGraph, path: str = "") -> Iterator[tuple[str, Node]]:
    """The models inside of a model that begin with weights from elsewhere, with their paths; the outermost only."""
    for node in graph.nodes:
        if node.model is None or node.shares is not None:
            continue
        here = f"{path}{node.name}"
        if node.start.weights is not None:
            yield here, node
        else:
            yield from started_nodes(program, program.models[node.model], f"{here}/")
