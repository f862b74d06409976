"""What a training takes of memory: the estimate before it begins, the sizes where it was too much."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from math import prod
from typing import Any

from specc.data.budget import free_memory
from specc.data.columns import bind_sizes
from specc.data.split import Split
from specc.data.stored import Stored, Values
from specc.diagnostics import Diagnostic, SpecError
from specc.diagnostics.codes import OUT_OF_MEMORY
from specc.program.dims import Dim
from specc.program.graph import ModelGraph
from specc.program.plans import TrainPlan
from specc.program.program import Program, bytes_text
from specc.program.types import ITEM_BYTES


@dataclass(frozen=True)
class Sizes:
    """Bytes of the parts of a training. The activations are those of one batch, each output of each layer once."""

    weights: int
    gradients: int
    optimizer: int
    activations: int
    data: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.weights + self.gradients + self.optimizer + self.activations + self.data

    def text(self, batch: int) -> str:
        """``about 1.2 GiB: weights 90 MiB, …``"""
        parts = {
            "weights": self.weights,
            "gradients": self.gradients,
            "the optimizer's state": self.optimizer,
            f"what layers make of a batch of {batch}": self.activations,
            "the data": self.data,
        }
        return f"about {bytes_text(self.total)}: " + ", ".join(
            f"{name} {bytes_text(size)}" for name, size in parts.items()
        )


def sizes_of(program: Program, model: Any, plan: TrainPlan, train: Split, graph: ModelGraph | None) -> Sizes:
    """What the training of a compiled Keras model takes; ``graph`` is what it was built from, where it was."""
    arrays = [*train.inputs.values(), *train.targets.values(), *train.weights.values()]
    batch = min(plan.batch_size, train.size)
    return Sizes(
        weights=_of_variables(model.weights),
        gradients=_of_variables(model.trainable_variables),
        optimizer=_of_variables(model.optimizer.variables) if model.optimizer is not None else 0,
        activations=batch * _activations(program, graph, train.inputs) if graph is not None else 0,
        data=sum(map(_of_array, arrays)),
    )


def warning(sizes: Sizes, plan: TrainPlan, available: int | None) -> str | None:
    """The line that a training needs more than the machine has; None where it fits or nobody knows."""
    if available is None or sizes.total <= available:
        return None
    return f"this needs {sizes.text(plan.batch_size)}; {bytes_text(available)} are free here"


def out_of_memory(program: Program, plan: TrainPlan, sizes: Sizes) -> Diagnostic:
    """The finding that the memory was not enough, with the sizes."""
    smaller = f"lower the batch size: `batch_size = {max(1, plan.batch_size // 2)}`"
    lighter = "an optimizer with less state, such as `SGD()`, takes less"
    ways = {smaller: sizes.activations, lighter: sizes.optimizer, "make the model smaller": sizes.weights}
    return Diagnostic(
        OUT_OF_MEMORY,
        f"training needs more memory than there is: {sizes.text(plan.batch_size)}",
        program.place("train", plan.target, "batch_size"),
        help=tuple(sorted(ways, key=lambda way: -ways[way])),
    )


@contextmanager
def memory_errors(program: Program, plan: TrainPlan, sizes: Callable[[], Sizes]) -> Iterator[None]:
    """Tells the sizes, as far as things were made, where what is done meanwhile takes too much memory.

    Raises:
        SpecError: it does.
    """
    import tensorflow as tf

    try:
        yield
    except (tf.errors.ResourceExhaustedError, MemoryError):
        raise SpecError(out_of_memory(program, plan, sizes())) from None


def available() -> int | None:
    """Bytes that are free for the training: of the GPU where there is one, else of the machine; None if unknown."""
    import tensorflow as tf

    if tf.config.list_physical_devices("GPU"):
        return _of_gpu()
    return free_memory()


def _of_gpu() -> int | None:
    from tensorflow.python.client import device_lib

    limits = [d.memory_limit for d in device_lib.list_local_devices() if d.device_type == "GPU"]
    return min(limits) if limits else None


def _activations(program: Program, graph: ModelGraph, inputs: Mapping[str, Values]) -> int:
    """Bytes of all that the layers of a model make of one example."""
    found: dict[str, Dim] = {}
    for name, type_ in graph.inputs.items():
        if name in inputs:
            bind_sizes(type_, inputs[name].shape[1:], found)
    return _made(program, graph, found)


def _made(program: Program, graph: ModelGraph, known: dict[str, Dim]) -> int:
    total = 0
    for node in graph.nodes:
        if node.model is not None:
            inner, inside = program.models[node.model], dict[str, Dim]()
            for type_, port in zip(inner.inputs.values(), node.ports, strict=True):
                shape = graph.type_of(port).substitute(known).shape
                bind_sizes(type_, tuple(d if isinstance(d, int) else 1 for d in shape), inside)
            total += _made(program, inner, inside)
            continue
        for type_ in node.outputs:
            shape = type_.substitute(known).shape
            total += prod(d for d in shape if isinstance(d, int)) * ITEM_BYTES[type_.dtype]
    return total


def _of_variables(variables: Iterable[Any]) -> int:
    return sum(prod(v.shape) * ITEM_BYTES.get(v.dtype, 4) for v in variables)


def _of_array(array: Values) -> int:
    if isinstance(array, Stored):
        return 0
    return array.size * ITEM_BYTES["string"] if array.dtype == object else array.nbytes
