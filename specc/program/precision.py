"""Mixed precision, program → program: the layers of a model compute in the dtype that its plan says.

As with ``keras.config.set_dtype_policy``, a layer that says no ``dtype`` of its own takes the policy, also inside of
models and wrappers; its weights stay float32. Layers that make an output of the model, through functions too, keep
float32, so that probabilities and the loss are exact (https://www.tensorflow.org/guide/mixed_precision).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from specc.catalogue.bind import diagnostic_of
from specc.catalogue.declare import Refusal
from specc.catalogue.layer import Layer
from specc.catalogue.ops.base import Operation
from specc.diagnostics import SpecError
from specc.program.graph import ModelGraph, Node, Port
from specc.program.program import Program
from specc.program.types import number_type

PLAIN = "float32"
"""The policy that changes nothing."""


def with_policies(program: Program, target: str) -> Program:
    """The program whose layers of a model, or of the members of an ensemble, have the policies of their plans.

    Raises:
        SpecError: a layer or function can't take what the policy makes of its inputs; at its place.
    """
    models = dict(program.models)
    ensemble = program.ensembles.get(target)
    trained = [member.model for member in ensemble.members] if ensemble is not None else [target]
    for name in trained:
        policy = _policy(program, name, target)
        if policy != PLAIN:
            _Caster(program.models, models, policy).cast(name)
    return program if models == program.models else replace(program, models=models)


def _policy(program: Program, *targets: str) -> str:
    """The policy of the first of some targets that has a plan."""
    plans = [program.trains.values_of[t] for t in targets if t in program.trains]
    return plans[0].get("dtype_policy", PLAIN) if plans else PLAIN


class _Caster:
    """Gives models a policy; ``models`` are all of the program's, of which those that are reached are replaced."""

    def __init__(self, before: Mapping[str, ModelGraph], models: dict[str, ModelGraph], policy: str) -> None:
        self.before, self.models, self.policy = before, models, policy

    def cast(self, name: str) -> None:
        exact = self._exact(name)
        for inner in reversed(list(exact)):
            self.models[inner] = self._graph(self.before[inner], exact[inner])

    def _exact(self, name: str) -> dict[str, set[str]]:
        """The nodes that keep float32, by model, each model before those in it."""
        found = {name: _last(self.before[name])}
        for outer in self._outer_first(name):
            for node in self.before[outer].nodes:
                if node.model is not None:
                    ends = _last(self.before[node.model]) if _is_in(node, found[outer]) else set[str]()
                    found[node.model] = found.pop(node.model, set[str]()) | ends
        return found

    def _outer_first(self, name: str) -> list[str]:
        """A model and those in it; a model comes after all that use it, as the program has inner ones first."""
        reached = {name}
        order = list(self.before)
        for outer in reversed(order[: order.index(name) + 1]):
            if outer in reached:
                reached |= {node.model for node in self.before[outer].nodes if node.model is not None}
        return [m for m in reversed(order) if m in reached]

    def _graph(self, graph: ModelGraph, exact: set[str]) -> ModelGraph:
        made = replace(graph, members={})
        for node in graph.nodes:
            if node.kind == "input":
                made.add(node)
            elif node.model is not None:
                self._add_model(made, node, self.models[node.model])
            else:
                made.add(self._applied(made, node, PLAIN if _is_in(node, exact) else self.policy))
        return made

    def _add_model(self, made: ModelGraph, node: Node, inner: ModelGraph) -> None:
        """Add the use of a model; what it takes is brought back to the dtypes that its inputs have."""
        inputs: list[Port] = []
        for index, (port, wanted) in enumerate(zip(node.ports, inner.inputs.values(), strict=True)):
            given = made.type_of(port)
            if given.dtype != wanted.dtype:
                name = f"{node.name}.cast_{index}"
                made.add(Node(name, "op", (port,), (given.with_dtype(wanted.dtype),), node.span, _cast(wanted.dtype)))
                port = Port(name)
            inputs.append(port)
        types = zip(node.outputs, inner.output_types.values(), strict=True)
        made.add(replace(node, inputs=tuple(inputs), outputs=tuple(t.with_dtype(i.dtype) for t, i in types)))

    def _applied(self, made: ModelGraph, node: Node, policy: str) -> Node:
        """A layer or function applied to what came out before it."""
        types = tuple(made.type_of(i) if isinstance(i, Port) else number_type(i) for i in node.inputs)
        assert node.layer is not None
        try:
            layer = with_dtype(node.layer, policy) if isinstance(node.layer, Layer) else node.layer
            return replace(node, layer=layer, outputs=layer.infer(types).outputs)
        except Refusal as refusal:
            finding = diagnostic_of(refusal, node.span)
            hint = f"layers compute in `{self.policy}`; give this one, or those before it, `dtype=float32`"
            raise SpecError(replace(finding, help=(*finding.help, hint))) from None


def _cast(dtype: str) -> Operation:
    from specc.catalogue.ops.elementwise import cast

    return cast.make(dtype=dtype)


def _last(graph: ModelGraph) -> set[str]:
    """The layers and models that make the outputs, through functions of tensors too."""
    found: set[str] = set()
    pending = [port.node for port in graph.outputs.values()]
    while pending:
        node = graph[pending.pop()]
        if node.kind == "op":
            pending += [port.node for port in node.ports]
        elif node.name not in found:
            found.add(node.shares or node.name)
    return found


def _is_in(node: Node, names: set[str]) -> bool:
    return (node.shares or node.name) in names


def with_dtype(layer: Layer, policy: str) -> Layer:
    """A layer with a policy, and those inside of it, each if it says no dtype of its own and takes one."""
    values: dict[str, Any] = {name: _inside(value, policy) for name, value in layer.given.items()}
    param = layer.params.get("dtype")
    if param is not None and "dtype" not in values and policy in param.words:
        values["dtype"] = policy
    return layer if values == layer.given else type(layer).make(**values)


def _inside(value: Any, policy: str) -> Any:
    if isinstance(value, tuple):
        # Arguments of layers hold anything.
        return tuple(_inside(item, policy) for item in value)  # type: ignore[reportUnknownVariableType]
    return with_dtype(value, policy) if isinstance(value, Layer) else value
