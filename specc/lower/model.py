"""A model's graph → a Keras functional model with the same names.

Inputs and outputs are dicts by the spec's names, in declared order; batches stay implicit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from specc.catalogue.layer import Layer, Weight
from specc.catalogue.ops.base import Operation
from specc.diagnostics import Diagnostic, SpecError
from specc.diagnostics.codes import RUNTIME_FAILED
from specc.lower.objects import to_keras
from specc.lower.operations import apply_operation, operand_types
from specc.lower.quiet import import_tensorflow
from specc.program.graph import ModelGraph, Node, Operand, Port
from specc.program.program import Program
from specc.program.types import TensorType
from specc.source import Span


def build(program: Program, name: str) -> Any:
    """The ``keras.Model`` of a model or ensemble of the program; its weights are new.

    Raises:
        SpecError: Keras refuses what the compiler accepted; at the place of the layer.
    """
    import_tensorflow()
    return _Lowering(program).model(program.models[name], program.models[name].name)


class _Lowering:
    def __init__(self, program: Program) -> None:
        self.program = program

    def model(self, graph: ModelGraph, name: str) -> Any:
        """One model; every node is built once, in order, without recursion over the graph."""
        import keras

        tensors: dict[Port, Any] = {}
        layers: dict[str, Any] = {}
        inputs: dict[str, Any] = {}
        for node in graph.nodes:
            if node.kind == "input":
                tensors[Port(node.name)] = inputs[node.name] = keras.Input(
                    shape=static_shape(node.outputs[0]), dtype=node.outputs[0].dtype, name=node.name
                )
                continue
            operands = [self._operand(tensors, o) for o in node.inputs]
            what = f"`{node.type_name}`"
            made = _guarded(node.span, what, lambda n=node, o=operands: self._apply(graph, n, o, layers))
            for index, tensor in enumerate(made):
                tensors[Port(node.name, index)] = tensor
        outputs = {key: tensors[port] for key, port in graph.outputs.items()}
        what = f"the model `{graph.name}`"
        return _guarded(graph.span, what, lambda: keras.Model(inputs, outputs, name=_keras_name(name)))

    def _operand(self, tensors: dict[Port, Any], operand: Operand) -> Any:
        return tensors[operand] if isinstance(operand, Port) else operand

    def _apply(self, graph: ModelGraph, node: Node, operands: list[Any], layers: dict[str, Any]) -> list[Any]:
        """The tensors that a node makes."""
        import keras

        if isinstance(node.layer, Operation):
            label = _keras_name(node.name)
            made = apply_operation(keras, node.layer, operands, operand_types(graph, node), label)
            results = list(made) if isinstance(made, list | tuple) else [made]
            _name(results[0], label, operands)
            return results
        layer = layers.get(node.shares or "") or self._layer(graph, node)
        layers[node.name] = layer
        if node.model is not None:
            inner = self.program.models[node.model]
            answer = layer(dict(zip(inner.inputs, operands, strict=True)))
            return [answer[name] for name in inner.outputs]
        assert isinstance(node.layer, Layer)
        types = tuple(graph.type_of(p) for p in node.ports)
        answer = layer(*node.layer.arranged(operands), **node.layer.call_arguments(types))
        if not layer.trainable:
            freeze(layer)
        return keras.tree.flatten(answer)

    def _layer(self, graph: ModelGraph, node: Node) -> Any:
        if node.model is not None:
            return self.model(self.program.models[node.model], node.name)
        assert isinstance(node.layer, Layer)
        types = tuple(graph.type_of(p) for p in node.ports)
        return to_keras(node.layer, types, name=_keras_name(node.name))


def freeze(layer: Any) -> None:
    """Leave the layers inside of a layer untrained, too: Keras's constructors don't pass ``trainable=False`` on.

    TensorFlow passes over a value that an attribute has already, so it takes two steps.
    """
    layer.trainable = True
    layer.trainable = False


def static_shape(type_: TensorType) -> tuple[int | None, ...]:
    """A shape as Keras takes it: None for sizes known at run time."""
    return tuple(d if isinstance(d, int) else None for d in type_.shape)


def _keras_name(name: str) -> str:
    return name.replace("/", ".")


def _name(tensor: Any, name: str, operands: list[Any]) -> None:
    """Call the operation that made a tensor ``name``, and those on its way from the operands ``name.1``, ``name.2``, ….

    ``keras.ops`` take no name. Keras gives them one of its own (``add``, ``add_1``), which a layer of the model may
    have already.
    """
    import keras

    before = {id(o) for o in operands}
    pending, seen = [tensor], set[int]()
    while pending:
        operation = pending.pop()._keras_history.operation
        if id(operation) in seen:
            continue
        operation.name = f"{name}.{len(seen)}" if seen else name
        seen.add(id(operation))
        pending.extend(t for t in keras.tree.flatten(operation.input) if id(t) not in before)


def _guarded(place: Span, what: str, make: Callable[[], Any]) -> Any:
    """What ``make`` makes; an error of Keras becomes a finding at ``place``."""
    try:
        return make()
    except SpecError:
        raise
    except Exception as error:  # Keras raises all kinds; each is told at the line of the layer that it came from
        first = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise SpecError(Diagnostic(RUNTIME_FAILED, f"Keras refuses {what}: {first}", place)) from error


# ── Weights ──────────────────────────────────────────────────────────────────────────────────────


def named_weights(program: Program, name: str, model: Any) -> dict[str, Any]:
    """The variables of a built model by path: ``conv2d/kernel``, inside of models ``member/conv2d/kernel``.

    Raises:
        AssertionError: Keras's weights are not those that the layer declares.
    """
    found: dict[str, Any] = {}
    _collect(program, program.models[name], model, "", found)
    return found


def _collect(program: Program, graph: ModelGraph, model: Any, path: str, found: dict[str, Any]) -> None:
    for node in graph.nodes:
        if node.kind in ("input", "op") or node.shares is not None:
            continue
        layer = model.get_layer(_keras_name(node.name))
        if node.model is not None:
            _collect(program, program.models[node.model], layer, f"{path}{node.name}/", found)
            continue
        _check_weights(node, layer.weights)
        for weight, variable in zip(node.weights, layer.weights, strict=True):
            found[f"{path}{node.name}/{weight.name}"] = variable


def _check_weights(node: Node, variables: list[Any]) -> None:
    declared = [_static(w) for w in node.weights]
    actual = [tuple(v.shape) for v in variables]
    assert declared == actual, f"{node.type_name} declares weights {declared}, Keras made {actual}"


def _static(weight: Weight) -> tuple[int, ...]:
    return tuple(d for d in weight.shape if isinstance(d, int))
