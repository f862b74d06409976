"""Random networks that specc accepts: of all layers and operations, guided by their own rules."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cache
from typing import Any

from argument_values import right
from generated_cases import bases, layers
from hints import DIVIDES, LOOKS_UP, MASKS, NOT_IN_NETWORKS, SLOW
from keras_bugs import bug_of, parts
from networks import Network, Operand, Step

from specc.catalogue.declare import Refusal
from specc.catalogue.layer import Inferred, Layer, MultiInputLayer
from specc.catalogue.ops.base import Operation
from specc.catalogue.registry import declarations
from specc.program.dims import symbol
from specc.program.types import DTYPES, TensorType, number_type

LARGEST = 20_000
"""Most elements of a value or a weight: what is tried is shapes, not speed."""

LEAST, MOST = 3, 40
"""How many layers a network has."""

TRIES = 12


@cache
def operations() -> dict[str, type[Operation]]:
    """The functions of tensors; ``getitem`` and those without operands are written otherwise."""
    found = declarations("op")
    return {n: d for n, d in found.items() if issubclass(d, Operation) and not d.implied and n not in NOT_IN_NETWORKS}


def draw(seed: int) -> Network:
    """The network of a seed. Of two layers that it has for sure, the first goes through the catalogue in order."""
    rng = random.Random(seed)
    names = list(layers())
    wanted = [names[seed % len(names)], rng.choice(names)]
    count = round(LEAST + (MOST - LEAST) * rng.random() ** 2.5)
    inner = []
    if rng.random() < 0.2:
        drawn = _Drawing(rng, "Inner").network([rng.choice(names)], rng.randint(1, 4), [])
        inner = [drawn] if drawn.steps else []
    return _Drawing(rng, "Drawn").network(wanted, max(LEAST, count - 4 * len(inner)), inner)


def some(
    declaration: type[Layer] | type[Operation], rng: random.Random, share: float, *, needed: bool = True
) -> dict[str, Any]:
    """Values for what must be given, if that is ``needed``, and for a share of the other arguments."""
    drawn: dict[str, Any] = {}
    for name, param in declaration.params.items():
        if name == "name":
            continue  # unique in the whole model
        if not needed if param.required else rng.random() > share:
            continue
        if values := right(declaration, name):
            drawn[name] = rng.choice(values)
    return drawn


class _Drawing:
    """A network while it is drawn."""

    def __init__(self, rng: random.Random, name: str) -> None:
        self.rng, self.name = rng, name
        self.types: dict[str, TensorType] = {}
        self.inputs: list[str] = []
        self.steps: list[Step] = []

    def network(self, wanted: list[str], count: int, inner: list[Network]) -> Network:
        """A network of about ``count`` steps with all ``wanted`` layers and all ``inner`` models."""
        rng = self.rng
        plan: list[str | Network] = [*wanted, *inner]
        plan += [self._any_name() for _ in range(count - len(plan))]
        rng.shuffle(plan)
        for item in plan:
            if isinstance(item, Network):
                self._nest(item)
            elif item in operations():
                self._operate(operations()[item])
            else:
                self._apply(layers()[item], sure=item in wanted or not self.steps)
        return Network(self.name, self.types, tuple(self.inputs), tuple(self.steps))

    def _any_name(self) -> str:
        names = list(operations() if self.rng.random() < 0.25 else layers())
        name = self.rng.choice(names)
        return self.rng.choice(names) if name in SLOW else name

    # ── Layers ───────────────────────────────────────────────────────────────────────────────────

    def _apply(self, declaration: type[Layer], *, sure: bool) -> None:
        """Apply a layer to what is there, or else to new inputs if it must be ``sure``."""
        for _ in range(TRIES):
            operands = self._operands(declaration)
            arguments = self._arguments(declaration)
            if operands and self._try_layer(declaration, arguments, operands):
                return
        for _ in range(TRIES if sure or self.rng.random() < 0.3 else 0):
            base = self.rng.choice(bases(declaration))
            arguments = {**self._some(declaration, 0.1, needed=False), **base.arguments}
            if self._try_layer(declaration, arguments, [self._blurred(t) for t in base.types]):
                return

    def _try_layer(self, declaration: type[Layer], arguments: dict[str, Any], operands: list[str | TensorType]) -> bool:
        """Add a step if specc takes it; types among the operands become inputs then."""
        types = tuple(self.types[o] if isinstance(o, str) else o for o in operands)
        try:
            layer = declaration.make(**arguments)
            made = layer.infer(types)
            layer.keras_arguments(types)
        except Refusal:
            return False
        if not _is_small(made) or bug_of(layer, types, masked=self._masked()) or not self._can_run(layer, operands):
            return False
        bound = f"layer_{len(self.steps)}" if self.rng.random() < 0.15 else ""
        self._add(self._given(operands), layer, made.outputs, bound)
        if bound:
            again = [self._like(t) for t in types]
            self._add(self._given(again), layer, made.outputs, bound)
        return True

    def _can_run(self, layer: Layer, operands: list[str | TensorType]) -> bool:
        """Whether it computes with any values: it has nothing to learn first, and looks up what is fed only."""
        if not all(getattr(part, "is_learned", True) for part in parts(layer)):
            return False
        looks_up = any(type(part).__name__ in LOOKS_UP for part in parts(layer))
        return not looks_up or all(o in self.inputs or not isinstance(o, str) for o in operands)

    def _masked(self) -> bool:
        """Whether some step may mark padding."""
        made = (part for s in self.steps if isinstance(s.callee, Layer | Network) for part in _layers(s.callee))
        return any(type(layer).__name__ in MASKS for layer in made)

    def _arguments(self, declaration: type[Layer]) -> dict[str, Any]:
        """Arguments of a written case with some others, or drawn altogether."""
        if self.rng.random() < 0.4:
            return {**self.rng.choice(bases(declaration)).arguments, **self._some(declaration, 0.08, needed=False)}
        return self._some(declaration, 0.2)

    def _some(self, declaration: type[Layer] | type[Operation], share: float, *, needed: bool = True) -> dict[str, Any]:
        return some(declaration, self.rng, share, needed=needed)

    # ── Operations and models ────────────────────────────────────────────────────────────────────

    def _operate(self, declaration: type[Operation]) -> None:
        for _ in range(TRIES):
            count = self.rng.randint(1, 3) if declaration.takes_list or declaration.variadic else None
            names = self._fitting(count or len(declaration.operands), declaration.accepts)
            if not names:
                return
            operands: list[Operand] = [*names]
            if not declaration.takes_list and len(operands) > 1 and self.rng.random() < 0.2:
                operands[-1] = self.rng.choice((2, 0.5, -1))
            types = tuple(self.types[o] if isinstance(o, str) else number_type(o) for o in operands)
            if declaration.__name__ in DIVIDES and not all(t.is_float for t in types):
                continue
            if declaration.__name__ in LOOKS_UP and not all(o in self.inputs for o in operands):
                continue
            try:
                operation = declaration.make(**self._some(declaration, 0.3))
                made = operation.infer(types)
                operation.keras_arguments(types)
            except Refusal:
                continue
            if _is_small(made) and not bug_of(operation, types):
                self._add(operands, operation, made.outputs)
                return

    def _nest(self, inner: Network) -> None:
        """Apply a model once or twice, its second time as a copy of its own or sharing its weights."""
        bound = self.rng.choice(("", "encoder"))
        outputs = tuple(inner.types[n] for n in inner.made)
        for _ in range(self.rng.randint(1, 2)):
            self._add(self._given([self._like(inner.types[n]) for n in inner.inputs]), inner, outputs, bound)

    # ── Values ───────────────────────────────────────────────────────────────────────────────────

    def _add(
        self,
        operands: list[Operand],
        callee: Layer | Operation | Network,
        outputs: tuple[TensorType, ...],
        bound: str = "",
    ) -> None:
        first = sum(len(s.results) for s in self.steps)
        results = tuple(f"v{first + i}" for i in range(len(outputs)))
        self.types |= dict(zip(results, outputs, strict=True))
        self.steps.append(Step(results, tuple(operands), callee, bound))

    def _given(self, operands: list[str | TensorType]) -> list[Operand]:
        """The operands by name; types become inputs."""
        return [o if isinstance(o, str) else self._input(o) for o in operands]

    def _input(self, type_: TensorType) -> str:
        name = f"x{len(self.inputs)}"
        self.types[name] = type_
        self.inputs.append(name)
        return name

    def _operands(self, declaration: type[Layer]) -> list[str | TensorType] | None:
        """Values that a layer may take, by rank and dtype; further ones mostly like the first."""
        most = 1
        if issubclass(declaration, MultiInputLayer):
            most = declaration.most or declaration.least + 2
            most = self.rng.randint(declaration.least, most)
        ranks = (declaration.rank,) if isinstance(declaration.rank, int) else declaration.rank
        fitting = [n for n in self.types if ranks is None or self.types[n].rank in ranks]
        if not fitting:
            return None
        first = self._recent(fitting)
        others = [self._like(self.types[first]) if self.rng.random() < 0.7 else self._recent(fitting)
                  for _ in range(most - 1)]  # fmt: skip
        return [first, *others]

    def _fitting(self, count: int, dtypes: tuple[str, ...]) -> list[str]:
        names = [n for n, t in self.types.items() if t.dtype in dtypes]
        if not names:
            return []
        first = self._recent(names)
        alike = [n for n in names if self.types[n] == self.types[first]]
        return [first, *(self._recent(alike if self.rng.random() < 0.8 else names) for _ in range(count - 1))]

    def _like(self, type_: TensorType) -> str | TensorType:
        """A value of that very type: one that is there, or a new input."""
        there = [n for n, t in self.types.items() if t == type_]
        # A model inside may look integers up: it gets some that are fed.
        fed = there if type_.is_float else [n for n in there if n in self.inputs]
        if fed:
            return self.rng.choice(fed)
        return type_ if _can_be_input(type_) else self.rng.choice(there)

    def _recent(self, names: list[str]) -> str:
        """One of some values, the last ones more often: so networks become deep."""
        return names[-1 - int(len(names) * self.rng.random() ** 3)]

    def _blurred(self, type_: TensorType) -> TensorType:
        """A type with some size unknown, or of another dtype, sometimes."""
        rng, shape = self.rng, list(type_.shape)
        if shape and rng.random() < 0.4:
            place = rng.randrange(len(shape))
            shape[place] = symbol(f"T{len(self.inputs)}_{place}")
        if rng.random() < 0.1:
            type_ = type_.with_dtype(rng.choice(DTYPES))
        return type_.with_shape(*shape)


def _layers(callee: Layer | Network) -> Iterator[Layer]:
    """All layers of a step, inner ones too."""
    if isinstance(callee, Layer):
        yield from parts(callee)
        return
    for step in callee.steps:
        if isinstance(step.callee, Layer | Network):
            yield from _layers(step.callee)


def _can_be_input(type_: TensorType) -> bool:
    """Whether an input can be declared of it: with numbers and names, not arithmetic over them."""
    return all(isinstance(d, int) or str(d).isidentifier() for d in type_.shape)


def _is_small(made: Inferred) -> bool:
    """Whether all sizes are small, or unknown at run time only; and no weight hangs on those."""
    values = all(_size(t.shape) <= LARGEST and t.rank <= 5 for t in made.outputs)
    return values and all(isinstance(w.size, int) and w.size <= LARGEST for w in made.weights)


def _size(shape: tuple[Any, ...]) -> int:
    size = 1
    for dim in shape:
        size *= dim if isinstance(dim, int) else 8
    return size
