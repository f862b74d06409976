"""Layers that learn from data before training starts, and the kinds of arguments that say what one has learned.

What such a layer learned is arguments like any other: ``Normalization`` without a mean becomes
``Normalization(mean=[…], variance=[…])``. So a program that has learned is a program, complete in its JSON form.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

from specc.catalogue.declare import REQUIRED, Missing, Param, Value
from specc.catalogue.layer import Layer
from specc.catalogue.params import Flag, Number, Tuple


class Learning(Layer, abstract=True):
    """A layer that learns from data before training starts, unless its arguments say what it would learn."""

    @property
    def is_learned(self) -> bool:
        """Whether the arguments say all that it needs to compute."""
        raise NotImplementedError(type(self).__name__)

    def learned(self, adapted: Any) -> dict[str, Value]:
        """The arguments to give it besides those it has, None for those to take away.

        Args:
            adapted: the Keras layer of it, after its ``adapt``.
        """
        raise NotImplementedError(type(self).__name__)

    def with_learned(self, adapted: Any) -> Layer:
        """The layer with what its Keras layer has learned.

        Raises:
            Refusal: what was learned is nothing that it can compute with.
        """
        learned = self.learned(adapted)
        kept = {name: value for name, value in self.given.items() if name not in learned}
        return type(self).make(**kept, **{name: value for name, value in learned.items() if value is not None})

    @property
    def to_write(self) -> str:
        """What a spec writes so that nothing is to be learned, in words for messages."""
        raise NotImplementedError(type(self).__name__)


# ── Arguments ────────────────────────────────────────────────────────────────────────────────────


class Absent(Flag):
    """A flag of Keras that is never set here; ``why`` is said to who sets it."""

    def __init__(self, why: str, *help: str, doc: str) -> None:
        super().__init__(False, doc=doc)
        self.why, self.help = why, help
        self.expects = "false"
        self.words = ("false",)

    def accept(self, value: Value) -> bool:
        if value is True:
            raise self.refuse(value, message=f"`{self.name}` can't be true: {self.why}", help=self.help)
        return super().accept(value)

    def schema(self) -> dict[str, Any]:
        return {"const": False}


class Terms(Tuple[Any]):
    """A vocabulary: a list of terms. A file is none, as a spec reads nothing but its imports."""

    def __init__(self, item: Param[Any], *, doc: str = "") -> None:
        super().__init__(item, at_least=1, doc=doc)
        self.expects = f"a list of terms, each {item.expects}"

    def accept(self, value: Value) -> tuple[Any, ...]:
        if isinstance(value, str):
            hints = (
                'write the terms: `vocabulary=["red", "green"]`',
                f"or leave `{self.name}` out: training learns it from the data",
            )
            raise self.refuse(value, message="a spec reads no files, also not for a vocabulary", help=hints)
        return super().accept(value)


def first_repeated(terms: Iterable[Any]) -> Any:
    """The first term that was there before, None where there is none."""
    seen = set[Any]()
    for term in terms:
        if term in seen:
            return term
        seen.add(term)
    return None


class Ascending(Tuple[float]):
    """Numbers none of which is less than the one before."""

    def __init__(self, *, doc: str = "") -> None:
        super().__init__(Number(), doc=doc)
        self.expects = "a list of numbers in ascending order"

    def accept(self, value: Value) -> tuple[float, ...]:
        numbers = super().accept(value)
        if any(a > b for a, b in pairwise(numbers)):
            raise self.refuse(value)
        return numbers


class Grid(Param[Any]):
    """A number, or a list of numbers, or a list of equally long lists of them, and so on."""

    expects = "a number, or a list of numbers or of equally long lists of them"

    def __init__(self, default: Any | Missing = REQUIRED, *, doc: str = "") -> None:
        super().__init__(default, doc=doc)
        self.item = Number()

    def __set_name__(self, owner: type, name: str) -> None:
        super().__set_name__(owner, name)
        self.item.name = name

    def accept(self, value: Value) -> Any:
        if not isinstance(value, tuple | list):
            return self.item.accept(value)
        items: Sequence[Any] = [self.accept(v) for v in value]
        if not items or len({grid_shape(i) for i in items}) > 1:
            raise self.refuse(value)
        return tuple(items)

    def schema(self) -> dict[str, Any]:
        return {"type": ["number", "array"]}


def grid_shape(value: Any) -> tuple[int, ...]:
    """The lengths of a grid's lists, from the outermost inwards; none for a number."""
    return (len(value), *grid_shape(value[0])) if isinstance(value, tuple) else ()


def grid_numbers(value: Any) -> Iterable[float]:
    """All numbers of a grid."""
    if isinstance(value, tuple):
        for item in value:
            yield from grid_numbers(item)
    else:
        yield value
