"""Makes a failing network small: fewer steps and fewer arguments, as long as it fails the same way."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from networks import Network, Step

from specc.catalogue.declare import Declaration, Refusal
from specc.catalogue.layer import Layer
from specc.catalogue.ops.base import Operation
from specc.program.dims import Expr, symbol
from specc.program.types import number_type

MOST_TRIES = 150


def shrunk(network: Network, finding: str, fails: Callable[[Network], bool]) -> Network:
    """The smallest network found that ``fails``; a step that the finding names is tried first, alone."""
    tries = 0
    for candidate in _named_in(network, finding):
        if fails(candidate):
            network = candidate
            break
    smaller = True
    while smaller:
        smaller = False
        for candidate in _candidates(network):
            tries += 1
            if tries > MOST_TRIES:
                return network
            if fails(candidate):
                network, smaller = candidate, True
                break
    return network


def _named_in(network: Network, finding: str) -> Iterator[Network]:
    """The networks of one step that a finding may be about."""
    for step in network.steps:
        kind = step.callee.name if isinstance(step.callee, Network) else type(step.callee).__name__
        said = [*(f"out_{r}:" for r in step.results), f"`{kind}`", f" {kind}.call", f"weight {kind.lower()}"]
        if any(s in finding.replace("_", "") or s in finding for s in said):
            yield from _of(network, (step,))
            if isinstance(step.callee, Network):
                yield step.callee


def _candidates(network: Network) -> Iterator[Network]:
    steps = network.steps
    if len(steps) > 1:
        size = len(steps)
        while size := size // 2:
            for start in range(0, len(steps), size):
                yield from _of(network, (*steps[:start], *steps[start + size :]))
    for place, step in enumerate(steps):
        if isinstance(step.callee, Network):
            yield step.callee
        for other in _simpler(network, step):
            yield from _of(network, (*steps[:place], other, *steps[place + 1 :]))


def _of(network: Network, steps: tuple[Step, ...]) -> Iterator[Network]:
    """The network of these steps; what they lack becomes inputs, with a name for each size that was arithmetic."""
    if not steps:
        return
    other = network.only(steps)
    sizes = {str(d): d for n in other.inputs for d in network.types[n].shape if isinstance(d, Expr)}
    fresh = {text: d if text.isidentifier() else symbol(f"S{i}") for i, (text, d) in enumerate(sizes.items())}
    inputs = {n: network.types[n] for n in other.inputs}
    simple = {
        n: t.with_shape(*(fresh[str(d)] if isinstance(d, Expr) else d for d in t.shape)) for n, t in inputs.items()
    }
    yield replace(other, types={**other.types, **simple})


def _simpler(network: Network, step: Step) -> Iterator[Step]:
    """The step with an argument less, where that leaves its results as they are."""
    if isinstance(step.callee, Network):
        return
    if step.bound:
        yield replace(step, bound="")
    types = tuple(network.types[o] if isinstance(o, str) else number_type(o) for o in step.operands)
    for argument in step.callee.given:
        kept = {n: v for n, v in step.callee.given.items() if n != argument}
        other = _made(type(step.callee), kept)
        if isinstance(other, Layer | Operation) and _makes(other, types) == [network.types[r] for r in step.results]:
            yield replace(step, callee=other)


def _made(declaration: type[Declaration], arguments: dict[str, object]) -> Declaration | None:
    if any(p.required and n not in arguments for n, p in declaration.params.items()):
        return None
    try:
        return declaration.make(**arguments)
    except Refusal:
        return None


def _makes(callee: Layer | Operation, types: tuple[object, ...]) -> list[object] | None:
    try:
        return list(callee.infer(types).outputs)  # type: ignore[arg-type]
    except Refusal:
        return None


def kind_of(finding: str) -> str:
    """What a finding is about, without the numbers and names in it."""
    return re.sub(r"[\d`'\"]+|out_\w+|specc .*", "#", finding)[:80]
