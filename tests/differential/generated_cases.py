"""Cases of every layer, made from its declaration: one argument, type or number of inputs changed at a time, and many.

They begin from the layer's example and from the cases that are written down (`layer_cases`).
"""

import ast
import random
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from argument_values import right, tried
from conformance import Case, example_of, read, read_types, value_of
from hints import SLOW
from layer_cases import ACCEPTED

from specc.catalogue.bind import positional
from specc.catalogue.declare import Declaration, show_value
from specc.catalogue.layer import Layer
from specc.catalogue.registry import declarations
from specc.program.dims import symbol
from specc.program.types import TensorType

DTYPES = ("float16", "bfloat16", "float64", "int32", "int64", "uint8", "bool", "string")
OTHER_SIZE = 29
"""A prime that no example has."""


@dataclass(frozen=True)
class Drawn:
    """Arguments as they would be written, right or wrong, and the types that the layer is applied to.

    Attributes:
        varied: what was changed of an example: names of arguments, ``rank``, ``dtype``, ``size``, ``count``.
    """

    declaration: type[Layer]
    arguments: dict[str, Any]
    types: tuple[TensorType, ...]
    varied: tuple[str, ...] = field(default=(), compare=False)

    @property
    def name(self) -> str:
        return self.declaration.__name__

    @property
    def text(self) -> str:
        """A spec of the case."""
        inputs = "  ".join(f"input x{i}: {t}" for i, t in enumerate(self.types))
        names = [f"x{i}" for i in range(len(self.types))]
        taken = names[0] if len(names) == 1 else f"({', '.join(names)})"
        arguments = ", ".join(f"{n}={show_value(v)}" for n, v in self.arguments.items())
        return f"model Case {{ {inputs}  output y = {taken} -> {self.name}({arguments}) }}"

    def make(self) -> Case:
        """The case as specc has it.

        Raises:
            Refusal: specc refuses the arguments.
        """
        return Case(self.types, self.declaration.make(**self.arguments))


def layers() -> dict[str, type[Layer]]:
    """All layers by name."""
    return {name: d for name, d in declarations("layer").items() if issubclass(d, Layer)}


@cache
def bases(declaration: type[Layer]) -> tuple[Drawn, ...]:
    """What is written down of a layer, its example first."""
    lines = [example_of(declaration), *ACCEPTED.get(declaration.__name__, ())]
    return tuple(Drawn(declaration, _arguments(c.layer), c.types) for c in map(read, lines))


def _arguments(layer: Declaration) -> dict[str, Any]:
    return dict(layer.given)


def systematic(declaration: type[Layer]) -> Iterator[Drawn]:
    """One change at a time to the example, and changes of types to all that is written down."""
    example, *written = bases(declaration)
    for name in declaration.params:
        for value in tried(declaration, name):
            yield replace(example, arguments={**example.arguments, name: value}, varied=(name,))
    for base in (example, *written):
        yield from _other_types(base)


def _other_types(base: Drawn) -> Iterator[Drawn]:
    for place, x in enumerate(base.types):
        for kind, other in _types_like(x):
            yield replace(base, types=(*base.types[:place], other, *base.types[place + 1 :]), varied=(kind,))
    yield replace(base, types=base.types[:-1], varied=("count",)) if len(base.types) > 1 else base
    yield replace(base, types=(*base.types, base.types[-1]), varied=("count",))
    for dtype in DTYPES:
        if len(base.types) > 1:
            yield replace(base, types=tuple(t.with_dtype(dtype) for t in base.types), varied=("dtype",))


def _types_like(x: TensorType) -> Iterator[tuple[str, TensorType]]:
    yield "rank", x.with_shape(*x.shape[1:])
    yield "rank", x.with_shape(OTHER_SIZE, *x.shape)
    yield "rank", x.with_shape()
    for dtype in DTYPES:
        yield "dtype", x.with_dtype(dtype)
    for axis in range(x.rank):
        before, after = x.shape[:axis], x.shape[axis + 1 :]
        for size in (1, OTHER_SIZE):
            yield "size", x.with_shape(*before, size, *after)
        yield "unknown", x.with_shape(*before, symbol("N"), *after)
    yield "unknown", x.with_shape(*(symbol(f"N{axis}") for axis in range(x.rank)))


def combined(declaration: type[Layer], rng: random.Random) -> Iterator[Drawn]:
    """Random changes of several arguments, mostly to right values, without end."""
    while True:
        base = rng.choice(bases(declaration))
        names = rng.sample(list(declaration.params), min(rng.randint(2, 4), len(declaration.params)))
        arguments = dict(base.arguments)
        for name in names:
            choices = tried(declaration, name) if rng.random() < 0.1 else right(declaration, name)
            if choices:
                arguments[name] = rng.choice(choices)
        yield replace(base, arguments=arguments, varied=tuple(names))


def drawn(declaration: type[Layer], count: int, seed: int) -> list[Drawn]:
    """Some cases of a layer: two thirds single changes, the others combined; all single changes for count 0."""
    rng = random.Random(seed * 1_000_003 + zlib.crc32(declaration.__name__.encode()))
    single = list(systematic(declaration))
    if not count:
        return single
    if declaration.__name__ in SLOW:
        count = max(2, count // 2)
    several = combined(declaration, rng)
    chosen = rng.sample(single, min(len(single), count - count // 3))
    return [*chosen, *(next(several) for _ in range(count // 3))]


def written(line: str) -> Drawn:
    """The case of a line such as ``[11] -> Dense(true)``, right or wrong."""
    types, _, call = line.partition("->")
    node = ast.parse(call.strip(), mode="eval").body
    if not isinstance(node, ast.Call):
        node = ast.Call(node, [], [])
    declaration = layers()[ast.unparse(node.func)]
    by_position = dict(zip(positional(declaration), map(value_of, node.args), strict=False))
    return Drawn(
        declaration, by_position | {k.arg: value_of(k.value) for k in node.keywords if k.arg}, read_types(types)
    )
