"""What Keras and TensorFlow are known to do wrong, in one list. A test shows that each entry still holds."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from generated_cases import Drawn

from specc.catalogue.declare import Declaration
from specc.catalogue.layer import Layer
from specc.program.types import TensorType

Types = tuple[TensorType, ...]


@dataclass(frozen=True)
class Bug:
    """Something that Keras does otherwise than it says.

    Attributes:
        does: what happens.
        issue: where it is reported, or "unreported".
        line: a case that shows it, as `conformance.read` takes it.
        shows: beginnings of the differences that it makes.
        concerns: whether a layer with these inputs is one of its cases.
    """

    does: str
    issue: str
    line: str
    shows: tuple[str, ...]
    concerns: Callable[[Layer, Types], bool]


def named(*names: str) -> Callable[[Layer, Types], bool]:
    """Whether it is one of some layers."""
    return lambda layer, types: type(layer).__name__ in names


BUGS: Final[tuple[Bug, ...]] = ()


def bug_of(layer: Layer, types: Types) -> Bug | None:
    """The bug that a layer with these inputs meets, also one inside of it."""
    return next((b for b in BUGS if any(b.concerns(part, types) for part in parts(layer))), None)


def parts(value: Any) -> Iterable[Layer]:
    """A layer and those among its arguments."""
    if isinstance(value, tuple):
        for item in value:
            yield from parts(item)
    if isinstance(value, Declaration):
        if isinstance(value, Layer):
            yield value
        for item in value.given.values():
            yield from parts(item)


def ends_process(drawn: Drawn) -> bool:
    """Whether TensorFlow ends the process rather than refuse the case: not to be tried beside other cases."""
    sizes = drawn.arguments.get("output_size")
    small = 1 in (sizes if isinstance(sizes, tuple) else (sizes,)) or any(1 in t.shape[:-1] for t in drawn.types)
    return drawn.name.startswith("AdaptiveMax") and small
