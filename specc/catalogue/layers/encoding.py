"""How layers of categories give out what they found: as integers, or as codes of 0 and 1."""

from __future__ import annotations

from specc.catalogue.declare import Refusal
from specc.catalogue.layer import Layer
from specc.catalogue.params import Choice
from specc.diagnostics.codes import BAD_ARGUMENT, WRONG_RANK
from specc.program.dims import Dim, Shape
from specc.program.types import TensorType

_MEANINGS = {
    "int": "the integer",
    "one_hot": "a code for each",
    "multi_hot": "one code per example",
    "count": "how often each comes",
    "tf_idf": "that, weighed by how rare it is",
}


def output_mode(*modes: str) -> Choice:
    """What is given out; the first is the default."""
    said = ", ".join(f"{mode}: {_MEANINGS[mode]}" for mode in modes)
    return Choice(*modes, default=modes[0], doc=f"what is given out: {said}")


def encoded(layer: Layer, x: TensorType, mode: str, depth: Dim, *, many_axes: bool = False) -> Shape:
    """The shape of codes of length ``depth``, for ``one_hot`` of each element, else of each example.

    Args:
        many_axes: whether examples of more axes are encoded along their first.

    Raises:
        Refusal: an example has none or too many axes for one code.
    """
    if mode == "one_hot":
        return (*(x.shape[:-1] if x.rank and x.channels == 1 else x.shape), depth)
    if x.rank != 1 and not (many_axes and x.rank):
        # For more axes Keras's shape rule and its run differ; for none it makes one code of the whole batch.
        raise Refusal(
            WRONG_RANK,
            f"`{type(layer).__name__}` with `output_mode={mode}` takes a list per example",
            expected="1 axis (the batch axis is not counted)",
            found=str(x),
            help=("`output_mode=one_hot` encodes every element on its own",),
        )
    if layer.compute_dtype in ("float16", "bfloat16") and x.rank == 1:
        raise Refusal(
            BAD_ARGUMENT,
            f"`{type(layer).__name__}` can't count in {layer.compute_dtype}",
            expected="float32 or float64",
            found=layer.compute_dtype,
            argument="dtype",
        )
    return (*x.shape[1:], depth)
