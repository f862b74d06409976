"""The weights that Keras publishes for its applications, by Keras's own download."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from specc.data.raw import Array
from specc.diagnostics import Diagnostic, SpecError
from specc.diagnostics.codes import NO_DOWNLOAD, RUNTIME_FAILED
from specc.program.graph import ModelGraph
from specc.source import Span


class _Unreachable(Exception):
    """A file that Keras asked for and that could not be had; it carries where it would lie."""

    def __init__(self, name: str, folder: str, origin: str, reason: str) -> None:
        super().__init__(reason)
        self.name, self.folder, self.origin = name, folder, origin


def published(graph: ModelGraph, place: Span) -> tuple[dict[str, Array], str]:
    """The arrays of ImageNet for an architecture of the standard library, in Keras's order; and which file they are.

    Raises:
        SpecError: the file isn't there and can't be fetched, or Keras has none for these arguments.
    """
    import keras

    build = getattr(keras.applications, graph.definition)
    takes = inspect.signature(build).parameters
    given = {n: v for n, v in graph.parameters.items() if n in takes and n != "input_shape"}
    asked: list[str] = []
    try:
        with _watched(asked):
            model = build(weights="imagenet", **given, **_shape(graph, takes))
    except _Unreachable as error:
        raise SpecError(_not_there(graph, place, error)) from None
    except ValueError as error:
        first = str(error).strip().splitlines()[0]
        raise SpecError(Diagnostic(RUNTIME_FAILED, f"Keras has no such weights: {first}", place)) from None
    return dict(_scaled(model)), f"imagenet {asked[-1]}" if asked else "imagenet"


def _shape(graph: ModelGraph, takes: Any) -> dict[str, Any]:
    """The size of pictures, which decides on the file of some architectures; with a classifier it is Keras's own."""
    shape = graph.parameters.get("input_shape")
    if graph.parameters.get("include_top", True) or shape is None or None in shape:
        return {}
    return {"input_shape": tuple(shape)} if "input_shape" in takes else {}


def _scaled(model: Any) -> Iterator[tuple[str, Array]]:
    """The arrays of all weights, layer by layer.

    With these weights Keras puts a `Rescaling` by one factor per channel after the `Normalization` of an EfficientNet.
    Divided into its variance, that is the same: ``(x - mean) / sqrt(variance) * scale``.
    """
    import numpy as np

    from specc.lower.model import leaves

    layers = leaves(model)
    for number, layer in enumerate(layers):
        after = layers[number + 1] if number + 1 < len(layers) else None
        scale = np.asarray(getattr(after, "scale", 1.0), "float64")
        for variable in (*layer.trainable_weights, *layer.non_trainable_weights):
            array = variable.numpy()
            if type(layer).__name__ == "Normalization" and variable.name == "variance" and scale.ndim:
                array = (array / scale**2).astype(array.dtype)
            yield f"{layer.name}/{variable.path}", array


@contextmanager
def _watched(asked: list[str]) -> Iterator[None]:
    """Notes which files Keras asks for, and says of one that can't be had where it would lie."""
    from keras.src.utils import file_utils

    original = file_utils.get_file

    def get_file(fname: Any = None, origin: Any = None, *args: Any, **kwargs: Any) -> Any:
        folder = Path(kwargs.get("cache_dir") or file_utils.config.keras_home()) / kwargs.get(
            "cache_subdir", "datasets"
        )
        try:
            path = original(fname, origin, *args, **kwargs)
        except Exception as error:  # no network, no such host, a hash that differs
            raise _Unreachable(str(fname), str(folder), str(origin), str(error).strip().splitlines()[0]) from None
        asked.append(str(fname))
        return path

    file_utils.get_file = get_file
    try:
        yield
    finally:
        file_utils.get_file = original


def _not_there(graph: ModelGraph, place: Span, error: _Unreachable) -> Diagnostic:
    return Diagnostic(
        NO_DOWNLOAD,
        f"the weights of ImageNet for `{graph.definition}` can't be fetched: {error}",
        place,
        help=(
            f"get the file {error.origin}",
            f"and put it there: {error.folder}/{error.name}",
            'or take other weights: `weights="file.h5"`',
        ),
    )
