"""What the tests of lowering share: compiling and building a text, real inputs for any model."""

from typing import Any

import numpy as np

from specc.compiler import Compilation, compile_text
from specc.lower.model import build
from specc.program.graph import ModelGraph
from specc.program.program import Program
from specc.program.types import TensorType
from specc.training.initial.adapt import adapt


def built(text: str, name: str | None = None) -> tuple[Compilation, ModelGraph, Any]:
    """The compilation of a text, the graph of its model and the Keras model made of it."""
    done = compile_text(text)
    graph = done.model(name)
    return done, graph, build(done.program, graph.name)


def example_inputs(graph: ModelGraph, size: int = 2, free: int = 16, seed: int = 0) -> dict[str, np.ndarray]:
    """Random inputs ``[size, …]`` by name; sizes that are known at run time are ``free``."""
    random = np.random.default_rng(seed)
    return {name: _example(random, type_, size, free) for name, type_ in graph.inputs.items()}


def _example(random: np.random.Generator, type_: TensorType, size: int, free: int) -> np.ndarray:
    shape = (size, *(d if isinstance(d, int) else free for d in type_.shape))
    if type_.is_float:
        return random.normal(size=shape).astype(type_.dtype)
    if type_.dtype == "string":
        return random.choice(["latte", "oat", "tea"], shape).astype(object)
    return random.integers(0, 4, shape).astype(type_.dtype)


def learned(program: Program, name: str) -> Program:
    """The program after the layers of a model have learned from random examples, so that it can be built."""
    return adapt(program, name, example_inputs(program.models[name], size=32))


def answers(model: Any, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The outputs by name."""
    return {name: np.asarray(value) for name, value in model(inputs, training=False).items()}
