"""The names of a model's nodes: as Keras would give them, as a spec says, each once."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable
from functools import lru_cache
from threading import Lock
from typing import Final


class Labels:
    """The names that a spec gives to layers; in ``conv{i}`` ``{i}`` stands for what only elaboration knows."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        fixed = set(texts)
        open_ends = {text for text in fixed if "{" in text}
        self._fixed = fixed - open_ends
        parts = [".+".join(map(re.escape, re.split(r"\{\w+\}", text))) for text in sorted(open_ends)]
        self._pattern = re.compile("|".join(parts)) if parts else None

    def __contains__(self, name: object) -> bool:
        return name in self._fixed

    def may_give(self, name: str) -> bool:
        """Whether a name with something open in it could become this one."""
        return bool(self._pattern and self._pattern.fullmatch(name))


NO_LABELS: Final = Labels()

_ONE_AT_A_TIME: Final = Lock()
"""Threads of a Python program may build one model: no two of them get the same name."""


class Names:
    """Gives out names that are free.

    ``taken`` are the names of the nodes that are there already. ``labels`` are names that the spec gives to layers
    somewhere: what has no name of its own meaning (a function, the second use of a layer) leaves them free.
    """

    def __init__(self, taken: Container[str], labels: Labels = NO_LABELS) -> None:
        self._taken, self._labels = taken, labels
        self._counters: dict[str, int] = {}
        self._given: set[str] = set()

    def unique(self, base: str) -> str:
        """A name that is still free: ``base``, ``base_1``, ``base_2``, …"""
        with _ONE_AT_A_TIME:
            name = self.next(base)
            self._counters[base] = int(name[len(base) + 1 :] or 0) + 1
            self._given.add(name)
        return name

    def unlabelled(self, base: str) -> str:
        """A name that is free and that the spec gives to no layer."""
        if self._labels.may_give(self.next(base)):
            base += "-"  # `add_{i}` may become every `add_1`, but no `add-_1`
        while (name := self.next(base)) in self._labels:
            self._counters[base] = int(name[len(base) + 1 :] or 0) + 1
        return self.unique(base)

    def next(self, base: str) -> str:
        """The name that `unique` would give."""
        count = self._counters.get(base, 0)
        while (name := base if count == 0 else f"{base}_{count}") in self._taken or name in self._given:
            count += 1
        return name

    def claim(self, name: str) -> bool:
        """Take a name that the spec gives; False where it isn't free."""
        with _ONE_AT_A_TIME:
            if name in self._taken or name in self._given:
                return False
            self._given.add(name)
        return True


@lru_cache(maxsize=4096)
def snake_case(name: str) -> str:
    """The name that Keras gives to a layer of this class: ``MaxPooling2D`` → ``max_pooling2d``."""
    text = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W+", "", name))
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", text).lower()
