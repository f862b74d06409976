"""Methods of Keras's layers replaced for a while, where a step can do the same faster."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any


def layers_of(model: Any, *types: type) -> list[Any]:
    """The layers of a Keras model that are of some types, not of subtypes; those inside of others too."""
    return [layer for layer in model._flatten_layers() if type(layer) in types]


@contextmanager
def replaced(name: str, methods: Mapping[Any, Callable[..., Any]]) -> Iterator[None]:
    """Meanwhile some layers have another method of a name."""
    for layer, method in methods.items():
        setattr(layer, name, method)
    try:
        yield
    finally:
        for layer in methods:
            delattr(layer, name)
