"""A network as specc sees it against the Keras model that it is lowered to."""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from conformance import tf_strings
from networks import Network

from specc.compiler import Compilation, compile_text
from specc.diagnostics import SpecError
from specc.lower.model import build, named_weights
from specc.program.dims import substitute
from specc.program.graph import ModelGraph
from specc.program.program import Program
from specc.program.types import FLOATS, TensorType

BATCHES = (2, 3)
"""Of the first run and of the second, one of which is as for predictions and one as in training."""

SIZES = ((11, 13, 9, 7), (8, 6, 14, 10), (29, 31, 37, 41))
"""What unknown sizes are in a run: two of these, the third where one doesn't fit."""


@dataclass(frozen=True)
class Refused:
    """specc refuses a network by a rule over the whole program."""

    codes: frozenset[str]


def compared(network: Network) -> Refused | list[str]:
    """How specc and Keras differ on a network."""
    return of_text(network.text, network.name, network.symbols)


def of_text(text: str, name: str, symbols: list[str]) -> Refused | list[str]:
    """How specc and Keras differ on a spec.

    Args:
        symbols: the names of its sizes that are known at run time only.
    """
    compilation = compile_text(text)
    if errors := compilation.report.errors:
        return Refused(frozenset(e.code.id for e in errors))
    try:
        return list(_compared(compilation, name, text, symbols))
    except SpecError as error:
        return [f"only Keras refuses: {error.diagnostics[0].message}"]
    except Exception as error:  # Keras raises all kinds
        first = (str(error).strip() or type(error).__name__).splitlines()
        return [f"Keras fails: {type(error).__name__} {' '.join(first)[:400]}"]


def _compared(compilation: Compilation, name: str, text: str, symbols: list[str]) -> Iterator[str]:
    program = compilation.program
    graph = program.models[name]
    model = build(program, name)
    for key, type_ in graph.output_types.items():
        symbolic = model.output[key]
        shape = tuple(d if isinstance(d, int) else None for d in type_.shape)
        yield from _unlike(f"symbolic shape of {key}", shape, tuple(symbolic.shape[1:]))
        yield from _unlike(f"symbolic dtype of {key}", type_.dtype, symbolic.dtype)
    yield from _weights(program, graph, model)
    runs = 0
    for sizes in SIZES:
        values = dict(zip(symbols, sizes * (1 + len(symbols) // len(sizes)), strict=False))
        numbers = _with_numbers(text, values)
        if numbers is None:
            continue
        yield from _same_at(program, graph, numbers.program, name, values)
        training = (runs + zlib.crc32(text.encode())) % 2 == 1
        yield from _run(model, numbers.program.models[name], BATCHES[runs], training=training)
        runs += 1
        if runs == 2 or not symbols:
            return


def _with_numbers(text: str, values: dict[str, int]) -> Compilation | None:
    """The same spec with numbers for unknown sizes; None where they don't fit."""
    for name, size in values.items():
        text = re.sub(rf"\b{name}\b", str(size), text)
    compilation = compile_text(text)
    return None if compilation.report.errors else compilation


def _same_at(program: Program, graph: ModelGraph, numbers: Program, name: str, values: dict[str, int]) -> Iterator[str]:
    """Whether rules over symbols say the same as rules over numbers."""
    other = numbers.models[name]
    for key, type_ in graph.output_types.items():
        yield from _unlike(f"at {values}, {key}", type_.substitute(dict(values)), other.output_types[key])
    cost, known = program.cost(graph), numbers.cost(other)
    yield from _unlike(f"flops at {values}", substitute(cost.flops, dict(values)), known.flops)


def _weights(program: Program, graph: ModelGraph, model: Any) -> Iterator[str]:
    found = named_weights(program, graph.name, model)
    ours = dict(_declared(program, graph, ""))
    yield from _unlike("weights' names", list(ours), list(found))
    for path, (shape, dtype, trainable) in ours.items():
        variable = found.get(path)
        if variable is not None:
            theirs = (tuple(variable.shape), variable.dtype, bool(variable.trainable))
            yield from _unlike(f"weight {path}", (shape, dtype, trainable), theirs)
    cost = program.cost(graph)
    yield from _unlike("parameters", cost.parameters, model.count_params())
    trainable = sum(_count(v.shape) for v in model.trainable_weights)
    yield from _unlike("trainable parameters", cost.trainable, trainable)
    yield from _unlike("weights", len(found), len(model.weights))


def _declared(program: Program, graph: ModelGraph, path: str) -> Iterator[tuple[str, tuple[Any, str, bool]]]:
    """Every weight by path: its shape, dtype and whether it is trained."""
    for node in graph.nodes:
        if node.shares is not None:
            continue
        if node.model is not None:
            yield from _declared(program, program.models[node.model], f"{path}{node.name}/")
        trained = bool(getattr(node.layer, "trainable", True))
        for weight in node.weights:
            yield f"{path}{node.name}/{weight.name}", (weight.shape, weight.dtype, weight.trainable and trained)


def _count(shape: Any) -> int:
    size = 1
    for dim in shape:
        size *= dim
    return size


def _run(model: Any, graph: ModelGraph, batch: int, *, training: bool) -> Iterator[str]:
    """What the model makes of a random batch, run eagerly."""
    fed = {n: example_batch(t, batch, seed) for seed, (n, t) in enumerate(graph.inputs.items())}
    made = model(fed, training=training)
    for key, type_ in graph.output_types.items():
        yield from _unlike(f"run shape of {key}", (batch, *type_.shape), tuple(made[key].shape))
        yield from _unlike(f"run dtype of {key}", type_.dtype, made[key].dtype.name)


def example_batch(type_: TensorType, batch: int, seed: int) -> Any:
    """Random numbers from 0.1 to 1, integers 0 and 1, or texts of them."""
    import keras
    import numpy as np

    rng = np.random.default_rng(seed)
    if type_.dtype in FLOATS:
        return keras.ops.cast(rng.uniform(0.1, 1.0, (batch, *type_.shape)), type_.dtype)
    values = rng.integers(0, 2, (batch, *type_.shape))
    if type_.dtype == "string":
        return tf_strings(values)
    return keras.ops.cast(values, type_.dtype)


def _unlike(what: str, ours: Any, keras: Any) -> Iterator[str]:
    if ours != keras:
        yield f"{what}: specc {ours}, Keras {keras}"
