"""A network as steps, each of which can be left out, and its text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from specc.catalogue.declare import Declaration, show_value
from specc.catalogue.layer import Layer
from specc.catalogue.ops.base import Operation
from specc.program.dims import Expr
from specc.program.types import TensorType

Operand: TypeAlias = str | float | int
"""The name of a value, or a number among the operands of an operation."""


@dataclass(frozen=True)
class Step:
    """One application. ``bound`` is the name of the layer or model where it is used more than once."""

    results: tuple[str, ...]
    operands: tuple[Operand, ...]
    callee: Layer | Operation | Network
    bound: str = ""

    @property
    def names(self) -> list[str]:
        """The operands that are values."""
        return [o for o in self.operands if isinstance(o, str)]

    @property
    def applied(self) -> str:
        """What is applied, as a spec writes it."""
        return f"{self.callee.name}()" if isinstance(self.callee, Network) else repr(self.callee)

    def lines(self, bound: set[str]) -> Iterator[str]:
        """The lines of it; ``bound`` are the names that have been given already."""
        if self.bound and self.bound not in bound:
            bound.add(self.bound)
            yield f"{self.bound} = {self.applied}"
        yield f"{', '.join(self.results)} = {self._call()}"

    def _call(self) -> str:
        shown = [o if isinstance(o, str) else show_value(o) for o in self.operands]
        if isinstance(self.callee, Operation):
            return _operation(self.callee, shown)
        taken = shown[0] if len(shown) == 1 else f"({', '.join(shown)})"
        return f"{taken} -> {self.bound or self.applied}"


def _operation(operation: Operation, operands: list[str]) -> str:
    named = [f"{name}={show_value(value)}" for name, value in operation.given.items()]
    if operation.takes_list:
        operands = [f"[{', '.join(operands)}]"]
    if operation.variadic:
        return f"{type(operation).__name__}({', '.join([*map(show_value, operation.given.values()), *operands])})"
    return f"{type(operation).__name__}({', '.join([*operands, *named])})"


@dataclass(frozen=True)
class Network:
    """A model: every value that is made is an output, so that all of them are compared."""

    name: str
    types: dict[str, TensorType] = field(default_factory=dict[str, TensorType])
    """The types of all values, inputs too."""
    inputs: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()

    @property
    def text(self) -> str:
        """The spec, models inside of it first."""
        inner = {n.name: n for s in self.steps if isinstance(n := s.callee, Network)}
        return "".join(n.text + "\n" for n in inner.values()) + self._own()

    def _own(self) -> str:
        bound = set[str]()
        lines = [f"input {n}: {self.types[n]}" for n in self.inputs]
        lines += [line for step in self.steps for line in step.lines(bound)]
        lines += [f"output out_{name} = {name}" for name in self.made]
        return f"model {self.name} {{\n" + "".join(f"    {line}\n" for line in lines) + "}\n"

    @property
    def made(self) -> list[str]:
        """The values that steps make."""
        return [r for step in self.steps for r in step.results]

    @property
    def symbols(self) -> list[str]:
        """The sizes that are known at run time only."""
        dims = [d for n in self.inputs for d in self.types[n].shape if isinstance(d, Expr)]
        return sorted({s.name for d in dims for s in d.symbols})

    def count(self) -> int:
        """How many layers and operations it has, those of inner models too."""
        return sum(s.callee.count() if isinstance(s.callee, Network) else 1 for s in self.steps)

    def drawn(self) -> Counter[str]:
        """How often each layer or operation stands in it, and each of their arguments (``Conv2D.strides``)."""
        found = Counter[str]()
        for step in self.steps:
            found += step.callee.drawn() if isinstance(step.callee, Network) else Counter(_named(step.callee))
        return found

    def only(self, steps: tuple[Step, ...]) -> Network:
        """The network of some of its steps; values that nobody makes any more become inputs."""
        made, inputs = set[str](), dict[str, None]()
        for step in steps:
            inputs |= dict.fromkeys(n for n in step.names if n not in made)
            made |= set(step.results)
        return replace(self, inputs=tuple(inputs), steps=steps)


def _named(value: Any) -> Iterator[str]:
    if isinstance(value, tuple):
        for item in value:
            yield from _named(item)
    if isinstance(value, Declaration):
        name = type(value).__name__
        yield name
        for argument, given in value.given.items():
            yield f"{name}.{argument}"
            yield from _named(given)
