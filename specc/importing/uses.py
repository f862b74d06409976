"""Windows as places where a block could stand: what goes in and out, and what the names there have in common."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from specc.catalogue.declare import Declaration
from specc.importing.parameters import has_value, plain
from specc.importing.steps import Body, Ref, Step
from specc.importing.windows import Alike, Window

_MOST_OUTPUTS: Final = 3

Shape: TypeAlias = tuple[Any, ...]
"""Which results of a window are taken outside, and the dtypes and ranks of what it takes."""


@dataclass(eq=False)
class Use:
    """One place where a window stands.

    Attributes:
        prefix: what the names of its steps begin with.
        is_apart: whether the names beside it don't begin so.
        values: those of the block's parameters.
    """

    body: Body
    start: int
    steps: list[Step]
    inputs: list[Ref]
    outputs: list[Ref]
    prefix: str = ""
    is_apart: bool = False
    values: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True)
class Taken:
    """Where each tensor of a body is taken last; one behind the end for outputs of the body.

    Attributes:
        last: the position, by tensor.
        reach: for each step, the last of those of its results.
    """

    last: dict[Ref, int]
    reach: list[int]


def taken_in(body: Body) -> Taken:
    """Where the tensors of a body are taken."""
    last = {ref: i for i, step in enumerate(body.steps) for ref in step.refs}
    last |= dict.fromkeys(body.outputs.values(), len(body.steps))
    reach = [max((last.get(Ref(s, i), -1) for i in range(len(s.outputs))), default=-1) for s in body.steps]
    return Taken(last, reach)


def uses_of(alike: Alike, taken: Mapping[int, Taken]) -> Iterator[tuple[Shape, list[Use]]]:
    """The places that one block could stand in: they give the same to what is around them, and differ in plain values.

    ``taken`` says for each body, by its id, where its tensors are taken.
    """
    groups: dict[Shape, dict[Any, list[Use]]] = defaultdict(lambda: defaultdict(list))
    for window in alike.windows:
        where = taken[id(window.body)]
        if outputs := _outputs(window, alike.length, where):
            steps = window.body.steps[window.start : window.start + alike.length]
            use = Use(window.body, window.start, steps, list(window.inputs), [Ref(steps[p], i) for p, i in outputs])
            use.prefix, use.is_apart = _prefix(window.body, window.start, alike.length)
            shape = outputs, tuple(_rank(window.body, r) for r in window.inputs)
            groups[shape][tuple(map(_fixed, steps))].append(use)
    for shape, by_words in groups.items():
        yield from ((shape, uses) for uses in by_words.values() if len(uses) > 1)


def _outputs(window: Window, length: int, taken: Taken) -> tuple[tuple[int, int], ...]:
    """The results of a window that are taken outside, by step and number; none where it can't be a block."""
    end = window.start + length
    reaching = [p for p in range(window.start, end) if taken.reach[p] >= end]
    if len(reaching) > _MOST_OUTPUTS or not window.inputs:
        return ()
    found = tuple(
        (p - window.start, i)
        for p in reaching
        for i in range(len(window.body.steps[p].outputs))
        if taken.last.get(Ref(window.body.steps[p], i), -1) >= end
    )
    return found if len(found) <= _MOST_OUTPUTS else ()


def _rank(body: Body, ref: Ref) -> tuple[str, int]:
    type_ = body.type_of(ref)
    return type_.dtype, type_.rank


# ── Names in common ──────────────────────────────────────────────────────────────────────────────


def _prefix(body: Body, start: int, length: int) -> tuple[str, bool]:
    """What the names of a window's steps begin with, and whether those around it don't."""
    labels = [s.label for s in body.steps[start : start + length] if s.label]
    if len(labels) < 2:
        return (labels[0], False) if labels else ("", False)
    common = _common(labels)
    around = [body.steps[i].label for i in (start - 1, start + length) if 0 <= i < len(body.steps)]
    return common, bool(common) and not any(label is not None and _begins(label, common) for label in around)


def _common(labels: Sequence[str]) -> str:
    """What some names begin with, up to a sign between words."""
    first, last = min(labels), max(labels)
    same = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
    if same < len(first) or not _begins(last, first):
        same = max(first.rfind(sign, 0, same) for sign in "_.-")
    return first[: max(same, 0)].strip("_.-")


def _begins(label: str, prefix: str) -> bool:
    return label == prefix or (label.startswith(prefix) and label[len(prefix) : len(prefix) + 1] in ("_", ".", "-"))


# ── What may differ ──────────────────────────────────────────────────────────────────────────────


def _fixed(step: Step) -> str:
    """The arguments that can't become parameters: objects, and what has no other value by default."""
    if step.fixed is None:
        step.fixed = repr(sorted((k, repr(v)) for k, v in step.arguments.items() if not _may_differ(step, k, v)))
    return step.fixed


def _may_differ(step: Step, name: str, value: Any) -> bool:
    if has_value(value) or step.kind == "block":
        return True
    if step.made is None or step.kind == "op":
        return False
    param = step.made.params[name]
    is_plain = isinstance(plain(param, value), int | float | str | list)
    return is_plain and param.default is not None and not isinstance(param.default, Declaration)
