"""A model's graph → a Keras functional model with the same names.

Inputs and outputs are dicts by the spec's names, in declared order; batches stay implicit.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from typing import Any

from specc.catalogue.layer import Layer, Weight
from specc.catalogue.learned import Learning
from specc.catalogue.ops.base import Operation
from specc.check.learning import layers_inside
from specc.check.learning import unlearned as unlearned_nodes
from specc.diagnostics import Diagnostic, SpecError
from specc.diagnostics.codes import BAD_PLUGIN, NOT_LEARNED, OUT_OF_MEMORY, RUNTIME_FAILED
from specc.lower.objects import to_keras
from specc.lower.operations import apply_operation, operand_types
from specc.lower.quiet import import_tensorflow
from specc.program.graph import Cost, ModelGraph, Node, Operand, Port
from specc.program.program import Program, bytes_text
from specc.program.types import TensorType
from specc.source import Span


def build(program: Program, name: str, *, unlearned: bool = False) -> Any:
    """The ``keras.Model`` of a model or ensemble of the program; its weights are new.

    With ``unlearned``, layers that have yet to learn from data are built, too: with what they compute before, which
    is for those only who fill in what they learned elsewhere.

    Raises:
        SpecError: a layer has yet to learn from data, or Keras refuses what the compiler accepted; at its place.
    """
    if not unlearned:
        require_learned(program, program.models[name])
    import_tensorflow()
    return _Lowering(program).model(program.models[name], program.models[name].name)


def require_learned(program: Program, graph: ModelGraph) -> None:
    """Refuse a model with layers that have yet to learn from data: it would compute wrong numbers.

    Raises:
        SpecError: with a finding for each of them.
    """
    findings = [_not_learned(node) for node in unlearned_nodes(program, graph)]
    if findings:
        raise SpecError(*findings)


def _not_learned(node: Node) -> Diagnostic:
    assert isinstance(node.layer, Learning)
    return Diagnostic(
        NOT_LEARNED,
        f"`{node.type_name}` learns from the training data, and there are none",
        node.span,
        help=(
            "`specc train` learns it; the artifact's `spec.json` has what was learned",
            f"or write {node.layer.to_write}",
        ),
    )


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
            cost = partial(self.program.node_cost, node)
            made = _guarded(node.span, what, cost, lambda n=node, o=operands: self._apply(graph, n, o, layers))
            for index, tensor in enumerate(made):
                tensors[Port(node.name, index)] = tensor
        outputs = {key: tensors[port] for key, port in graph.outputs.items()}
        what = f"the model `{graph.name}`"
        cost = partial(self.program.cost, graph)
        return _guarded(graph.span, what, cost, lambda: keras.Model(inputs, outputs, name=keras_name(name)))

    def _operand(self, tensors: dict[Port, Any], operand: Operand) -> Any:
        return tensors[operand] if isinstance(operand, Port) else operand

    def _apply(self, graph: ModelGraph, node: Node, operands: list[Any], layers: dict[str, Any]) -> list[Any]:
        """The tensors that a node makes."""
        import keras

        if isinstance(node.layer, Operation):
            label = keras_name(node.name)
            made = apply_operation(keras, node.layer, operands, operand_types(graph, node), label)
            results = list(made) if isinstance(made, list | tuple) else [made]
            _name(results[0], label, operands)
            return results
        layer = layers.get(node.shares or node.name) or self._layer(graph, node)
        layers[node.name] = layer
        if node.model is not None:
            inner = self.program.models[node.model]
            answer = layer(dict(zip(inner.inputs, operands, strict=True)))
            return [answer[name] for name in inner.outputs]
        assert isinstance(node.layer, Layer)
        types = tuple(graph.type_of(p) for p in node.ports)
        answer = layer(*node.layer.arranged(operands), **node.layer.call_arguments(types))
        if holds_untrained(node.layer):
            settle(layer)
        made = keras.tree.flatten(answer)
        if node.layer.keras_class:
            _require_declared(node, layer, made)
        return made

    def _layer(self, graph: ModelGraph, node: Node) -> Any:
        if node.model is not None:
            made = self.model(self.program.models[node.model], node.name)
            made.trainable = node.start.trainable
            return made
        assert isinstance(node.layer, Layer)
        types = tuple(graph.type_of(p) for p in node.ports)
        return to_keras(node.layer, types, name=keras_name(node.name))


def holds_untrained(layer: Layer) -> bool:
    """Whether a layer, or one that it is given as an argument, is not to be trained."""
    return any(part.trainable is False for part in (layer, *layers_inside(layer)))


def settle(layer: Any) -> None:
    """Leave all layers inside of one that isn't trained untrained: Keras's constructors don't pass that on.

    Keras passes over a value that an attribute has already, so it takes two steps.
    """
    for part in layer._flatten_layers():
        if not part.trainable:
            part.trainable = True
            part.trainable = False


def _require_declared(node: Node, layer: Any, made: list[Any]) -> None:
    """Refuse a plugin's class of Keras that isn't what the plugin declares.

    Raises:
        SpecError: its outputs or weights are others.
    """
    pairs = (
        ("outputs", [f"{t.dtype} {list(static_shape(t))}" for t in node.outputs],
         [f"{m.dtype} {list(m.shape[1:])}" for m in made]),
        ("weights", [f"{list(_static(w))}{'' if w.trainable else ' not trained'}" for w in node.weights],
         [f"{list(w.shape)}{'' if w.trainable else ' not trained'}" for w in layer.weights]),
    )  # fmt: skip
    for what, declared, found in pairs:
        if declared != found and not (what == "weights" and node.shares):
            raise SpecError(
                Diagnostic(
                    BAD_PLUGIN,
                    f"the Keras class of `{node.type_name}` has other {what} than its declaration",
                    node.span,
                    expected=", ".join(declared) or "none",
                    found=", ".join(found) or "none",
                )
            )


def static_shape(type_: TensorType) -> tuple[int | None, ...]:
    """A shape as Keras takes it: None for sizes known at run time."""
    return tuple(d if isinstance(d, int) else None for d in type_.shape)


def keras_name(name: str) -> str:
    """The name of a node's layer in Keras."""
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


def _guarded(place: Span, what: str, cost: Callable[[], Cost], make: Callable[[], Any]) -> Any:
    """What ``make`` makes; an error of Keras, or too little memory, becomes a finding at ``place``."""
    import tensorflow as tf

    try:
        return make()
    except SpecError:
        raise
    except (MemoryError, tf.errors.ResourceExhaustedError):
        message = f"there is no memory for the weights of {what}, {bytes_text(cost().weight_bytes)}"
        hint = "make the model smaller; `specc show` lists what each layer takes"
        raise SpecError(Diagnostic(OUT_OF_MEMORY, message, place, help=(hint,))) from None
    except Exception as error:  # Keras raises all kinds; each is told at the line of the layer that it came from
        first = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise SpecError(Diagnostic(RUNTIME_FAILED, f"Keras refuses {what}: {first}", place)) from error


# ── Halves ───────────────────────────────────────────────────────────────────────────────────────


def halves(program: Program, graph: ModelGraph, model: Any, first: Collection[str]) -> tuple[Any, Any]:
    """A built model as two with the same layers, one after the other: the nodes named ``first``, then all others.

    The first one gives what the others take of it and of the inputs, by the names of the second one's inputs.
    """
    import keras

    lowering = _Lowering(program)
    layers = {n.name: model.get_layer(keras_name(n.name)) for n in graph.nodes if _owns_layer(n)}
    tensors: dict[Port, Any] = {}
    crossing = _crossing(graph, first)

    def apply(node: Node) -> None:
        operands = [lowering._operand(tensors, o) for o in node.inputs]
        for index, tensor in enumerate(lowering._apply(graph, node, operands, layers)):
            tensors[Port(node.name, index)] = tensor

    def given(name: str, type_: TensorType) -> Any:
        return keras.Input(shape=static_shape(type_), dtype=type_.dtype, name=name)

    inputs = {name: given(name, type_) for name, type_ in graph.inputs.items()}
    tensors |= {Port(name): tensor for name, tensor in inputs.items()}
    for node in graph.nodes:
        if node.name in first:
            apply(node)
    between = {name: tensors[port] for name, port in crossing.items()}
    before = keras.Model(inputs, between, name="before_step")
    passed = {name: given(name, graph.type_of(port)) for name, port in crossing.items()}
    tensors = {port: passed[name] for name, port in crossing.items()}
    for node in graph.nodes:
        if node.kind != "input" and node.name not in first:
            apply(node)
    outputs = {name: tensors[port] for name, port in graph.outputs.items()}
    return before, keras.Model(passed, outputs, name="step")


def _owns_layer(node: Node) -> bool:
    return node.kind in ("layer", "model") and node.shares is None


def _crossing(graph: ModelGraph, first: Collection[str]) -> dict[str, Port]:
    """The ports that the nodes after the first ones, or the outputs, take from these and from the inputs, by name."""
    early = {*first, *graph.inputs}
    taken = [port for node in graph.nodes if node.name not in early for port in node.ports]
    ports = dict.fromkeys(port for port in (*taken, *graph.outputs.values()) if port.node in early)
    return {f"given_{number}": port for number, port in enumerate(ports)}


def leaves(model: Any) -> list[Any]:
    """The layers of a Keras model, those of models inside of it in their place."""
    return [
        leaf
        for layer in getattr(model, "layers", ())
        for leaf in (leaves(layer) if hasattr(layer, "layers") else [layer])
    ]


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
        layer = model.get_layer(keras_name(node.name))
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
