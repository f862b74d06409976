"""For authors of plugins: a declaration against its Keras class. Imports Keras."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from specc.catalogue.layer import Layer
from specc.compiler import Compilation
from specc.lower.model import static_shape
from specc.lower.objects import to_keras
from specc.plugins import Plugin
from specc.program.types import FLOATS, TensorType
from specc.source import Source


def differences(declaration: type[Layer]) -> list[str]:
    """Every way in which a layer's example and its Keras class differ: shapes, dtypes, weights.

    A test of a plugin is one line: ``assert differences(ScaleBy) == []``.
    """
    own = Plugin(declaration.__name__, "0", declaration.__module__)
    text = f"model Example {{ {declaration.example} }}"
    graph = Compilation(Source("<example>", text), plugins=(own,)).model("Example")
    node = next(n for n in graph.nodes if n.type_name == declaration.__name__)
    layer = node.layer
    assert isinstance(layer, Layer)
    types = tuple(graph.type_of(port) for port in node.ports)
    built: Any = to_keras(layer, types)

    def called(tensors: list[Any]) -> list[tuple[str, tuple[int | None, ...]]]:
        made = built(*layer.arranged(tensors), **layer.call_arguments(types))
        return [(keras.backend.standardize_dtype(t.dtype), tuple(t.shape[1:])) for t in keras.tree.flatten(made)]

    declared = [(t.dtype, static_shape(t)) for t in node.outputs]
    symbolic = called([keras.KerasTensor((None, *static_shape(t)), dtype=t.dtype) for t in types])
    run = called([_batch(t) for t in types])
    weights = [(tuple(w.shape), w.trainable) for w in node.weights]
    theirs = [(tuple(w.shape), w.trainable) for w in built.weights]
    pairs = (("symbolic outputs", declared, symbolic), ("outputs", declared, run), ("weights", weights, theirs))
    return [f"{what}: declared {ours}, Keras has {found}" for what, ours, found in pairs if ours != found]


def _batch(type_: TensorType) -> Any:
    """Two examples of small numbers."""
    values = np.random.default_rng(7).uniform(0.5, 2, (2, *(d for d in type_.shape if isinstance(d, int))))
    return values.astype(type_.dtype if type_.dtype in FLOATS and type_.dtype != "bfloat16" else "float32")
