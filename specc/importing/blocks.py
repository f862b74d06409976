"""Subgraphs that repeat → blocks with parameters for what differs.

Windows that do the same may become one block; the best of them does, by how much shorter the text gets. Then the same
is done again, in the blocks, too: so blocks contain blocks.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from specc.importing.block_names import definition_name
from specc.importing.candidates import BONUS, Candidate, candidate, saved
from specc.importing.generic import Unsaid, infer
from specc.importing.parameters import Parameter
from specc.importing.steps import Body, Ref, Step, is_chain
from specc.importing.uses import Use, taken_in, uses_of
from specc.importing.windows import Keys, alike


@dataclass(eq=False)
class Block:
    """A part that repeats; ``fits`` is False where its types are wrong for some sizes."""

    body: Body
    parameters: dict[str, Parameter]
    key: Any
    fits: bool = True

    @property
    def is_chain(self) -> bool:
        """Whether it is a row of layers, which needs no inputs in its text."""
        inputs = [Ref(None, i) for i in range(len(self.body.inputs))]
        return is_chain(self.body.steps, inputs, list(self.body.outputs.values()))


@dataclass
class Structured:
    """Bodies in which what repeats is a block, and the blocks, each before those that apply it."""

    bodies: list[Body]
    blocks: dict[str, Block] = field(default_factory=dict[str, Block])


def find_blocks(bodies: list[Body], keys: Keys, refused: frozenset[Any] = frozenset()) -> Structured:
    """The bodies with blocks in place of what repeats; ``refused`` are keys of windows that must not become blocks.

    ``keys`` are those given out so far.
    """
    found = Structured(bodies)
    taken = {body.name for body in bodies}
    while True:
        inner = {name: b.body for name, b in found.blocks.items()}
        best = _best([*bodies, *inner.values()], keys, refused)
        if best is None:
            break
        block = _block(best, definition_name(best.uses, taken), inner)
        if not block.fits and not block.is_chain:
            refused |= {block.key}
            continue
        taken.add(block.body.name)
        found.blocks[block.body.name] = block
        _apply(block, best.uses)
    found.blocks = {b.body.name: b for b in _inner_first(found.blocks)}
    return found


def _best(pool: Sequence[Body], keys: Keys, refused: frozenset[Any]) -> Candidate | None:
    """The repeated window that makes the text shortest."""
    taken = {id(body): taken_in(body) for body in pool}
    best, least = None, 0.0
    for group in sorted(alike(pool, keys), key=lambda g: -g.most):
        if group.most * BONUS <= least:
            break
        for shape, uses in uses_of(group, taken):
            key = group.key, shape
            if key in refused or saved(uses) <= least or (made := candidate(key, uses)) is None:
                continue
            # Where types are not known for all sizes, a block of several inputs has none to say what they are.
            if made.worth > least and (made.is_chain or all(u.body.is_typed for u in uses)):
                best, least = made, made.worth
    return best


def _block(made: Candidate, name: str, blocks: Mapping[str, Body]) -> Block:
    """A block with steps of its own."""
    first = made.uses[0]
    inputs = dict(zip(_named(("x", "other"), "x", len(first.inputs)), made.types, strict=True))
    body = Body(name, inputs, parameters=frozenset(made.parameters), is_block=True)
    copies: dict[int, Step] = {}

    def moved(value: Any) -> Any:
        if not isinstance(value, Ref):
            return value
        if value.step is not None and id(value.step) in copies:
            return Ref(copies[id(value.step)], value.index)
        return Ref(None, first.inputs.index(value))

    for place, step in enumerate(first.steps):
        copies[id(step)] = copy = Step(
            step.kind,
            step.type,
            {k: v for (p, k), v in made.slots.items() if p == place},
            [moved(i) for i in step.inputs],
            step.outputs,
            label=made.names[place],
            made=step.made,
            has_weights=step.has_weights,
        )
        body.steps.append(copy)
    body.outputs = dict(zip(_named(("y",), "y", len(first.outputs)), map(moved, first.outputs), strict=True))
    fits = True
    try:
        fits = body.is_typed = infer(body, blocks)
    except Unsaid:
        body.is_typed = False
    return Block(body, made.parameters, made.key, fits)


def _named(few: Sequence[str], letter: str, count: int) -> Sequence[str]:
    """Names for inputs or outputs."""
    return few[:count] if count <= len(few) else [f"{letter}{i + 1}" for i in range(count)]


def _apply(block: Block, uses: Sequence[Use]) -> None:
    """Put applications of a block in their places."""
    by_body: dict[int, list[Use]] = defaultdict(list)
    for use in uses:
        by_body[id(use.body)].append(use)
    for here in by_body.values():
        body, instead = here[0].body, dict[Ref, Ref]()
        labels = Counter([*(s.label for s in body.steps), *(u.prefix for u in here)])
        for use in reversed(here):
            call = Step(
                "block",
                block.body.name,
                use.values,
                list(use.inputs),
                tuple(body.type_of(r) for r in use.outputs),
                label=use.prefix if use.prefix and labels[use.prefix] == 1 else None,
                has_weights=any(s.has_weights for s in use.steps),
            )
            instead |= {ref: Ref(call, i) for i, ref in enumerate(use.outputs)}
            body.steps[use.start : use.start + len(use.steps)] = [call]
        for step in body.steps:
            step.inputs = [instead.get(i, i) if isinstance(i, Ref) else i for i in step.inputs]
        body.outputs = {k: instead.get(r, r) for k, r in body.outputs.items()}


def _inner_first(blocks: dict[str, Block]) -> Iterator[Block]:
    done: set[str] = set()

    def visit(name: str) -> Iterator[Block]:
        if name not in done:
            done.add(name)
            for step in blocks[name].body.steps:
                if step.kind == "block":
                    yield from visit(step.type)
            yield blocks[name]

    for name in blocks:
        yield from visit(name)
