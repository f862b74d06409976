"""A model as readable Keras code, so that nobody is locked in. Imports no Keras itself.

The code makes the model with new weights; where the spec begins with others, a comment says which.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable
from itertools import count
from typing import Any

from specc.catalogue.declare import Declaration
from specc.catalogue.layer import Layer
from specc.catalogue.ops.arithmetic import INFIX
from specc.catalogue.ops.base import Operation
from specc.lower.code import Code, literal
from specc.lower.model import holds_untrained, require_learned
from specc.lower.objects import in_a_row, inner_inputs
from specc.lower.operations import apply_operation, operand_types
from specc.program.graph import ModelGraph, Node, Operand, Port
from specc.program.program import Program
from specc.program.types import TensorType

_MODULES = {
    "layer": "keras.layers",
    "regularizer": "keras.regularizers",
    "initializer": "keras.initializers",
    "constraint": "keras.constraints",
}


def python_code(program: Program, name: str) -> str:
    """Python code with one function per model; running it as a script prints the model's summary.

    Raises:
        SpecError: a layer has yet to learn from data.
    """
    require_learned(program, program.models[name])
    order: dict[str, None] = {}
    _inner_first(program, name, order)
    names = _function_names(order)
    functions = [_function(program, program.models[n], names) for n in order]
    main = f'if __name__ == "__main__":\n    {names[name]}().summary()\n'
    helpers = [_NAMED] if any(_ambiguous(program.models[n]) for n in order) else []
    helpers += [_FROZEN] if any(not node.start.trainable for n in order for node in program.models[n].nodes) else []
    layers = [node.layer for n in order for node in program.models[n].nodes]
    helpers += [_SETTLED] if any(isinstance(x, Layer) and holds_untrained(x) for x in layers) else []
    modules = sorted({d.keras_class.partition(":")[0] for d in layers if d is not None and d.keras_class})
    imports = "".join(f"import {module}\n" for module in [*modules, "keras"])
    return "\n\n".join([f'"""Written by specc."""\n\n{imports}', *helpers, *functions, main])


_BEGINS = "# The spec begins this model with the weights of {}; this code makes new ones."

_NAMED = '''def named(made, name):
    """What an operation made; the operation gets a name, as Keras would give it one that a layer has."""
    first = made[0] if isinstance(made, (list, tuple)) else made
    first._keras_history.operation.name = name
    return made
'''


_FROZEN = '''def frozen(model):
    """A model whose weights training doesn't change."""
    model.trainable = False
    return model
'''


_SETTLED = '''def settled(layer, *inputs, **options):
    """What a layer makes. Those inside of one that isn't trained aren't either, which Keras doesn't see to."""
    made = layer(*inputs, **options)
    for part in layer._flatten_layers():
        if not part.trainable:
            part.trainable = True  # nothing happens where it is False already
            part.trainable = False
    return made
'''


def _ambiguous(graph: ModelGraph) -> bool:
    """Whether a layer has a name that Keras may give to an operation of the model (``add``, ``add_1``)."""
    given = {name for n in graph.nodes if n.kind == "op" for name in _AUTOMATIC.get(n.type_name, (n.type_name,))}
    return any(re.sub(r"_\d+$", "", n.name) in given for n in graph.nodes if n.kind != "op")


_AUTOMATIC = {
    "getitem": ("get_item",),
    "reshape": ("reshape",),
    "ravel": ("reshape",),
    "broadcast_to": ("tile",),
    "arange": ("get_item", "ones_like", "expand_dims", "repeat", "cumsum", "subtract", "multiply", "add"),
}
"""The names that Keras gives to operations, where they are not the function's."""


def _inner_first(program: Program, name: str, order: dict[str, None]) -> None:
    for node in program.models[name].nodes:
        if node.model is not None and node.model not in order:
            _inner_first(program, node.model, order)
    order[name] = None


def _function_names(models: Iterable[str]) -> dict[str, str]:
    """A name for each model's function; models whose names differ in case only get different ones."""
    found: dict[str, str] = {}
    for model in models:
        text = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", model).lower()
        name = f"build_{re.sub(r'[^0-9a-z_]', '_', text)}"
        while name in found.values():
            name += "_"
        found[model] = name
    return found


def _function(program: Program, graph: ModelGraph, names: dict[str, str]) -> str:
    body = _Body(program, graph, names)
    lines = [line for node in graph.nodes for line in body.lines(node)]
    inputs = ", ".join(f'"{n}": {body.variable(Port(n))}' for n in graph.inputs)
    outputs = ", ".join(f'"{n}": {body.variable(p)}' for n, p in graph.outputs.items())
    signature = f'def {names[graph.name]}(name="{graph.name}"):'
    return "\n".join(
        [signature, *(f"    {x}" for x in lines), f"    return keras.Model({{{inputs}}}, {{{outputs}}}, name=name)", ""]
    )


class _Body:
    """The lines of one function; a variable per tensor."""

    def __init__(self, program: Program, graph: ModelGraph, functions: dict[str, str]) -> None:
        self.program, self.graph, self.functions = program, graph, functions
        self._variables: dict[Port, str] = {}
        self._taken: set[str] = {"keras", "name", "named", "frozen", "settled", *functions.values()}
        self._layers: dict[str, str] = {}
        self._shared = {n.shares for n in graph.nodes if n.shares}
        self._names_operations = _ambiguous(graph)

    def variable(self, port: Port) -> str:
        if port not in self._variables:
            base = port.node if port.index == 0 else f"{port.node}_{port.index}"
            self._variables[port] = self._free(base)
        return self._variables[port]

    def _free(self, base: str) -> str:
        name = re.sub(r"\W", "_", base)
        name = f"{name}_" if keyword.iskeyword(name) or not name.isidentifier() else name
        while name in self._taken:
            name += "_"
        self._taken.add(name)
        return name

    def lines(self, node: Node) -> list[str]:
        """The lines that make one node's tensors."""
        if node.kind == "input":
            type_ = node.outputs[0]
            shape = _literal(tuple(d if isinstance(d, int) else None for d in type_.shape))
            call = f'keras.Input(shape={shape}, dtype="{type_.dtype}", name="{node.name}")'
            return [f"{self.variable(Port(node.name))} = {call}"]
        if isinstance(node.layer, Operation):
            made = self._operation(node)
            made = f'named({made}, "{node.name}")' if self._names_operations else made
            return [f"{self._targets(node)} = {made}"]
        lines = [_BEGINS.format(node.start.weights)] if node.start.weights is not None else list[str]()
        made = self._layers.get(node.shares or "") or self._layer(node)
        if node.name in self._shared:
            held = self._free(f"{node.name}_layer")
            lines.append(f"{held} = {made}")
            made = self._layers[node.name] = held
        return [*lines, f"{self._targets(node)} = {self._applied(node, made)}"]

    def _targets(self, node: Node) -> str:
        return ", ".join(self.variable(Port(node.name, i)) for i in range(len(node.outputs)))

    def _layer(self, node: Node) -> str:
        if node.model is not None:
            made = f'{self.functions[node.model]}(name="{node.name}")'
            return made if node.start.trainable else f"frozen({made})"
        assert isinstance(node.layer, Layer)
        types = tuple(self.graph.type_of(p) for p in node.ports)
        return _call(node.layer, {**node.layer.keras_arguments(types), "name": node.name}, types)

    def _applied(self, node: Node, made: str) -> str:
        operands = [self._operand(o) for o in node.inputs]
        if node.model is not None:
            inner = self.program.models[node.model]
            fed = ", ".join(f'"{n}": {o}' for n, o in zip(inner.inputs, operands, strict=True))
            answers = [f'["{n}"]' for n in inner.outputs]
            call = f"{made}({{{fed}}})"
            return call + answers[0] if len(answers) == 1 else f"{call}.values()"
        assert isinstance(node.layer, Layer)
        types = tuple(self.graph.type_of(p) for p in node.ports)
        extra = [f"{k}={_literal(v)}" for k, v in node.layer.call_arguments(types).items()]
        passed = [f"[{', '.join(o)}]" if isinstance(o, list) else o for o in node.layer.arranged(operands)]
        arguments = [*passed, *extra]
        untrained = holds_untrained(node.layer)
        call = f"settled({', '.join([made, *arguments])})" if untrained else f"{made}({', '.join(arguments)})"
        # What a cell returns is nested: its output, then a list of its memory.
        nested = node.layer.nests_outputs and len(node.outputs) > 1
        return f"keras.tree.flatten({call})" if nested else call

    def _operand(self, operand: Operand) -> str:
        return self.variable(operand) if isinstance(operand, Port) else repr(operand)

    def _operation(self, node: Node) -> str:
        assert isinstance(node.layer, Operation)
        types = operand_types(self.graph, node)
        if infix := INFIX.get(type(node.layer).__name__):
            return f" {infix} ".join(map(self._operand, node.inputs))
        numbers = count(1)

        def named(text: str) -> str:
            return f'named({text}, "{node.name}.{next(numbers)}")'

        wrap = named if self._names_operations and node.type_name == "arange" else None
        operands = [Code(self._operand(o), wrap) for o in node.inputs]
        return apply_operation(Code("keras", wrap), node.layer, operands, types, node.name).text


def _call(declaration: Declaration, arguments: dict[str, Any], inputs: tuple[TensorType, ...] = ()) -> str:
    if isinstance(declaration, Layer) and inputs and declaration.is_misjudged(inputs):
        # Keras's own rule for its shapes is wrong; those of a pipeline are found by tracing.
        name = f", name={_literal(arguments['name'])}" if "name" in arguments else ""
        return f"keras.layers.Pipeline([{_plain_call(declaration, arguments, inputs)}]{name})"
    return _plain_call(declaration, arguments, inputs)


def _plain_call(declaration: Declaration, arguments: dict[str, Any], inputs: tuple[TensorType, ...]) -> str:
    inner = inner_inputs(declaration, inputs)
    required = [n for n, p in declaration.params.items() if p.required and n in arguments]
    # Required arguments come first and by position, as people write them.
    leading = required if list(declaration.params)[: len(required)] == required else []
    by_position = [_literal(arguments[n], inner) for n in leading]
    named = [f"{k}={_literal(v, inner)}" for k, v in arguments.items() if not by_position or k not in required]
    made = declaration.keras_class.replace(":", ".") or f"{_MODULES[declaration.kind]}.{type(declaration).__name__}"
    return f"{made}({', '.join([*by_position, *named])})"


def _literal(value: Any, inputs: tuple[TensorType, ...] = ()) -> str:
    if isinstance(value, Layer) and inputs:
        return _call(value, value.keras_arguments(inputs), inputs)
    if isinstance(value, Declaration):
        return _call(value, value.given)
    if isinstance(value, tuple):
        inner = ", ".join(_literal(v, given) for v, given in in_a_row(value, inputs))
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    return literal(value)
