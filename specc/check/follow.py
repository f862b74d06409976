"""Follows a value backwards to what made it: through layers that change nothing of note, and into nested models."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from specc.program.graph import ModelGraph, Node, Port
from specc.program.program import Program
from specc.source import Span

DISTURBING: Final = frozenset((
    "Dropout", "AlphaDropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D",
    "GaussianNoise", "GaussianDropout",
))  # fmt: skip
"""Layers that change values in training only."""

MOVING: Final = frozenset((
    "Identity", "Flatten", "Reshape", "Permute", "RepeatVector", "ActivityRegularization",
    "Masking", "reshape", "ravel", "transpose", "swapaxes", "moveaxis", "expand_dims", "squeeze",
    "stop_gradient",
))  # fmt: skip
"""Layers and functions that keep all values."""

ACTIVATED: Final = frozenset((
    "Activation", "Dense", "EinsumDense", "Conv1D", "Conv2D", "Conv3D", "Conv1DTranspose",
    "Conv2DTranspose", "Conv3DTranspose", "DepthwiseConv1D", "DepthwiseConv2D", "SeparableConv1D",
    "SeparableConv2D",
))  # fmt: skip
"""Layers whose argument `activation` is the last thing that they do."""

_NAMED: Final[Mapping[str, str]] = {
    "Softmax": "softmax",
    "ReLU": "relu",
    "LeakyReLU": "leaky_relu",
    "ELU": "elu",
    "BatchNormalization": "linear",
    "LayerNormalization": "linear",
    "GroupNormalization": "linear",
}
_FUNCTIONS: Final = frozenset((
    "softmax", "log_softmax", "sigmoid", "log_sigmoid", "hard_sigmoid", "sparsemax", "relu",
    "relu6", "leaky_relu", "elu", "selu", "gelu", "silu", "hard_silu", "softplus", "softsign",
    "tanh",
))  # fmt: skip

_ARITHMETIC: Final = frozenset(("add", "subtract", "multiply", "divide", "true_divide"))

_STEPS: Final = 10_000
"""Most nodes that are looked through: models in models can stand for more than anybody can walk."""


@dataclass(frozen=True)
class Site:
    """A node in its model, and the nodes that stand for that model in those around it."""

    graph: ModelGraph
    node: Node
    around: tuple[tuple[ModelGraph, Node], ...] = ()


def passes_quietly(node: Node) -> bool:
    """Whether a node neither makes nor bounds values: it moves them, or disturbs them in training only."""
    return node.type_name in MOVING or node.type_name in DISTURBING


def maker(
    program: Program,
    graph: ModelGraph,
    port: Port,
    passes: Callable[[Node], bool] = passes_quietly,
    around: tuple[tuple[ModelGraph, Node], ...] = (),
) -> Site:
    """What made a value, seen through nodes that ``passes`` admits and through the borders of models.

    An input of the outermost model is where it ends, too.
    """
    node = graph[port.node]
    for _ in range(_STEPS):
        if node.kind == "model" and node.model is not None:
            around = (*around, (graph, node))
            graph = program.models[node.model]
            port = list(graph.outputs.values())[port.index]
        elif node.kind == "input" and around:
            position = list(graph.inputs).index(node.name)
            (graph, outer), around = around[-1], around[:-1]
            port = outer.ports[position]
        elif passes(node) and len(node.ports) == 1:
            port = node.ports[0]
        else:
            break
        node = graph[port.node]
    return Site(graph, node, around)


def activation_of(node: Node) -> str | None:
    """The activation that is the last thing a node does, ``linear`` for none; None where it can't be said."""
    name = node.type_name
    if node.kind == "op":
        return name if name in _FUNCTIONS else None
    if name in _NAMED:
        return _NAMED[name]
    if node.layer is None or name not in ACTIVATED:
        return None
    return str(getattr(node.layer, "activation", None) or "linear")


def is_arithmetic(node: Node) -> bool:
    """Whether a node adds a number to all values, or multiplies them by one."""
    if node.type_name == "Rescaling":
        return True
    numbers = [i for i in node.inputs if isinstance(i, int | float)]
    return node.kind == "op" and node.type_name in _ARITHMETIC and len(numbers) == 1 and len(node.inputs) == 2


def last_activation(program: Program, site: Site) -> str | None:
    """The activation of a value's maker; for a mean of several, the one that all have."""
    if site.node.type_name != "Average":
        return activation_of(site.node)
    found = {activation_of(maker(program, site.graph, p, around=site.around).node) for p in site.node.ports}
    return found.pop() if len(found) == 1 else None


def is_own(program: Program, span: Span) -> bool:
    """Whether a place is in the file that is compiled, not in one that it imports."""
    return span.source is program.source or span.source.name == program.source.name
