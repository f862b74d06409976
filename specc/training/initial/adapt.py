"""Learns from the training data what layers compute with before training starts: program → program.

A layer such as ``Normalization()`` learns by Keras's own ``adapt`` from the values that reach it. What it learned is
arguments, ``Normalization(mean=[…], variance=[…])``: so the program that is trained, and that the artifact holds, is
complete and learns nothing more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any, Final

import numpy as np

from specc.catalogue.learned import Learning
from specc.check.learning import is_unlearned, unlearned
from specc.data.raw import Array
from specc.data.stored import Stored, Values, is_stored
from specc.diagnostics import Diagnostic, Related, SpecError
from specc.diagnostics.codes import CANNOT_LEARN
from specc.lower.model import build
from specc.lower.objects import to_keras
from specc.program.graph import ModelGraph, Node, Port
from specc.program.program import Program

_BATCH: Final = 256

_PART_BYTES: Final = 1 << 28
"""More than so many bytes are learned from in parts, wherever they are, as Keras does it with batches: the statistics
of the parts are joined."""


def adapt(program: Program, target: str, inputs: Mapping[str, Values]) -> Program:
    """The program after the layers of a model or ensemble have learned; the same one where none has anything to learn.

    Args:
        inputs: the training examples, ``[examples, …]`` by the name of an input, in memory or stored.

    Raises:
        SpecError: a layer can't learn from them; at the place of the layer.
    """
    graph = program.models[target]
    if next(iter(unlearned(program, graph)), None) is None:
        return program
    learner = _Learner(program, dict(program.models))
    learner.models[target] = learner.learned(graph, inputs)
    return replace(program, models=_inner_first(learner.models))


def _inner_first(models: Mapping[str, ModelGraph]) -> dict[str, ModelGraph]:
    """Models in their order, each after those that it uses as layers."""
    found: dict[str, ModelGraph] = {}

    def add(name: str) -> None:
        if name not in found:
            for node in models[name].nodes:
                if node.model is not None:
                    add(node.model)
            found[name] = models[name]

    for name in models:
        add(name)
    return found


@dataclass
class _Learner:
    """Models while they learn; those that have learned take the place of what they were."""

    program: Program
    models: dict[str, ModelGraph]
    _names: dict[tuple[Any, ...], str] = field(default_factory=dict[tuple[Any, ...], str])
    _kept: list[Mapping[str, Values]] = field(default_factory=list[Mapping[str, Values]])

    def learned(self, graph: ModelGraph, inputs: Mapping[str, Values]) -> ModelGraph:
        """A model whose layers have learned from what reaches them for some inputs."""
        graph = replace(graph, members=dict(graph.members))
        for node in list(graph.nodes):
            if node.shares is not None:
                first = graph[node.shares]
                graph.members[node.name] = replace(node, layer=first.layer, model=first.model)
            elif node.model is not None and self._has_unlearned(node.model):
                inner = self.models[node.model]
                given = {n: self._values(graph, p, inputs) for n, p in zip(inner.inputs, node.ports, strict=True)}
                graph.members[node.name] = replace(node, model=self._nested(inner, given))
            elif is_unlearned(node):
                values = [self._values(graph, port, inputs) for port in _reaching(graph, node)]
                graph.members[node.name] = self._node(graph, node, values)
        return graph

    def _has_unlearned(self, name: str) -> bool:
        return next(iter(unlearned(self.program, self.program.models[name])), None) is not None

    def _nested(self, graph: ModelGraph, inputs: Mapping[str, Values]) -> str:
        """The name of a nested model after it has learned; one that gets other values elsewhere is another model."""
        original = self.program.models[graph.name]
        key = (graph.name, *map(id, inputs.values()))
        if key not in self._names:
            self._kept.append(inputs)  # what an id belongs to must live on
            taken = graph.name in self._names.values()
            free = (f"{graph.name}_{n}" for n in count(2))
            name = next(n for n in free if n not in self.models) if taken else graph.name
            self._names[key] = name
            self.models[name] = replace(self.learned(original, inputs), name=name)
        return self._names[key]

    def _node(self, graph: ModelGraph, node: Node, values: Sequence[Values]) -> Node:
        """A node whose layer has learned from values, ``[examples, …]`` of each use."""
        types = tuple(graph.type_of(p) for p in node.ports)
        assert isinstance(node.layer, Learning)
        adapted = to_keras(node.layer, name=node.name.replace("/", "."))
        # Further uses of the layer may have other sizes, which are only known at run time.
        alike = [v for v in values if v.shape[1:] == values[0].shape[1:]]
        try:
            adapted.adapt(_to_learn_from(alike))
            layer = node.layer.with_learned(adapted)
            inferred = layer.infer(types)
        except Exception as error:  # Keras raises all kinds, e.g. for a vocabulary without a term
            raise SpecError(self._failure(node, str(error).strip().splitlines()[0])) from error
        if inferred.outputs != node.outputs:
            found = " and ".join(map(str, inferred.outputs))
            message = f"with what it learned it gives {found} instead of {' and '.join(map(str, node.outputs))}"
            raise SpecError(self._failure(node, message))
        return replace(node, layer=layer, weights=inferred.weights, flops=inferred.flops)

    def _failure(self, node: Node, reason: str) -> Diagnostic:
        data = [span for path, span in self.program.places.items() if path[:1] == ("data",) and len(path) == 2]
        return Diagnostic(
            CANNOT_LEARN,
            f"`{node.type_name}` can't learn from these data: {reason}",
            node.span,
            related=tuple(Related(span, "the data") for span in data[:1]),
        )

    def _values(self, graph: ModelGraph, port: Port, inputs: Mapping[str, Values]) -> Values:
        """What reaches a port: an input as it is, else what the model up to there makes of the inputs."""
        if port.node in graph.inputs:
            return inputs[port.node]
        import tensorflow as tf

        part = _up_to(graph, port)
        models = {**self.models, part.name: part}
        model = build(replace(self.program, models=models), part.name)
        size = len(next(iter(inputs.values())))

        def made(rows: Any) -> Array:
            numbers = range(size)[rows] if isinstance(rows, slice) else rows
            parts = (numbers[start : start + _BATCH] for start in range(0, len(numbers), _BATCH))
            keys = [slice(p.start, p.stop) if isinstance(p, range) else p for p in parts]
            batches = ({n: tf.constant(inputs[n][key]) for n in part.inputs} for key in keys)
            return np.concatenate([np.asarray(model(batch, training=False)["value"]) for batch in batches])

        if is_stored(inputs):
            return Stored(made, size, made(slice(0, 1)))
        return made(slice(0, size))


def _to_learn_from(values: Sequence[Values]) -> Any:
    """All values as one array; or, where they are many, as parts whose sizes hang on their shape alone."""
    first = values[0]
    of_an_example = int(np.prod(first.shape[1:])) * (64 if first.dtype == object else first.dtype.itemsize)
    size = max(1, _PART_BYTES // (_BATCH * max(1, of_an_example))) * _BATCH
    if sum(map(len, values)) <= size:
        return np.concatenate([v[:] for v in values])
    parts = (v[start : start + size] for v in values for start in range(0, len(v), size))
    return (part if part.ndim > 1 else part[:, np.newaxis] for part in parts)


def _reaching(graph: ModelGraph, node: Node) -> Iterable[Port]:
    """What a layer is applied to, in all of its uses but those that hang on itself."""
    (first,) = node.ports
    yield first
    for other in graph.nodes:
        if other.shares == node.name and node.name not in graph.leading_to([other.ports[0].node], owners=True):
            yield other.ports[0]


def _up_to(graph: ModelGraph, port: Port) -> ModelGraph:
    """The part of a model that makes one port, as a model of its own."""
    wanted = graph.leading_to([port.node], owners=True)
    members = {name: node for name, node in graph.members.items() if name in wanted}
    return replace(graph, members=members, outputs={"value": port})
