"""What differs between the places of a block → its parameters, and what stands for them in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from specc.catalogue.declare import Word
from specc.catalogue.params import Optional, Param, Tuple
from specc.catalogue.registry import kinds_of
from specc.importing.generic import Value
from specc.importing.steps import Step

_MOST: Final = 6
"""Most parameters of a block."""


@dataclass(eq=False)
class Parameter:
    """A parameter of a block: its kind, and its value in most applications, where that is its default."""

    name: str
    kind: str
    default: Any = None
    has_default: bool = False


class TooManyError(Exception):
    """What differs can't be parameters."""


class Columns:
    """The parameters of a block while they are found.

    Attributes:
        values: for each, its values: one for each place.
    """

    def __init__(self) -> None:
        self.values: dict[str, list[Any]] = {}
        self._parameters: dict[str, Parameter] = {}

    def slots(self, places: Sequence[Sequence[Step]]) -> dict[tuple[int, str], Any]:
        """The arguments of a block's steps, by the step's number and the name; ``places`` are its steps everywhere.

        Raises:
            TooManyError: too much differs, or what no parameter can be.
        """
        slots: dict[tuple[int, str], Any] = {}
        differing: list[tuple[tuple[int, str], list[Any]]] = []
        for number, steps in enumerate(zip(*places, strict=True)):
            for name in dict.fromkeys(k for s in steps for k in s.arguments):
                column = [_written(s, name) for s in steps]
                slots[number, name] = steps[0].arguments.get(name, column[0])
                if any(repr(v) != repr(column[0]) or has_value(v) for v in column):
                    differing.append(((number, name), column))
        # Lists come last: their items may be parameters that others need, too.
        for slot, column in sorted(differing, key=lambda d: any(isinstance(v, list) for v in d[1])):
            slots[slot] = self._slot(slot[1], column)
        return slots

    def parameters(self) -> dict[str, Parameter]:
        """The parameters, those with a default last: it is the value of most applications, where there are many."""
        for name, column in self.values.items():
            (_, count), *_ = Counter(map(repr, column)).most_common(1)
            common = next(v for v in column if sum(repr(w) == repr(v) for w in column) == count)
            if count >= 3 and count >= 0.6 * len(column) and not has_value(common):
                self._parameters[name].default, self._parameters[name].has_default = common, True
        return dict(sorted(self._parameters.items(), key=lambda item: item[1].has_default))

    def stands_for(self, column: Sequence[Any]) -> Value | None:
        """The parameter, or multiple of one, that has these values in all places."""
        for name, known in self.values.items():
            kind = _kind_of(known) or ""
            if known == column and [type(v) for v in known] == [type(v) for v in column]:
                return Value(name, kind)
            factor = _factor(column[0], known[0])
            if factor > 1 and all(_factor(a, b) == factor for a, b in zip(column, known, strict=True)):
                return Value(name, kind, factor)
        return None

    def _slot(self, name: str, column: list[Any]) -> Any:
        """What stands for an argument that has these values."""
        known = self.stands_for(column) or self._items(column)
        if known is not None:
            return known
        kind = _kind_of(column)
        if kind is None or len(self.values) == _MOST:
            raise TooManyError
        free = self._free(_NAMES.get(name, name))
        self.values[free] = _alike(column, kind)
        self._parameters[free] = Parameter(free, kind)
        return Value(free, kind)

    def _items(self, column: list[Any]) -> list[Any] | None:
        """A list whose items are the same in all places, or stand for parameters: ``[1, 1, filters]``."""
        if not all(isinstance(v, list) and len(v) == len(column[0]) for v in column):
            return None
        parts: list[Any] = []
        for items in zip(*column, strict=True):
            same = all(repr(i) == repr(items[0]) for i in items) and not has_value(items[0])
            part = items[0] if same else self.stands_for(list(items))
            if part is None:
                return None
            parts.append(part)
        return parts

    def _free(self, name: str) -> str:
        base = f"{name}_" if kinds_of(name) else name
        found, number = base, 1
        while found in self.values:
            number += 1
            found = f"{base}_{number}"
        return found


_NAMES: Final = {
    "kernel_size": "kernel", "strides": "stride", "dilation_rate": "dilation", "pool_size": "size",
    "num_heads": "heads",
}  # fmt: skip
"""What people call a parameter that is an argument of a layer inside."""


# ── Values ───────────────────────────────────────────────────────────────────────────────────────


def has_value(value: Any) -> bool:
    """Whether a value hangs on a parameter of the block that it stands in."""
    return isinstance(value, Value) or (isinstance(value, list) and any(map(has_value, value)))


def plain(param: Param[Any], value: Any) -> Any:
    """A value as a spec writes it: one number for equal ones."""
    while isinstance(param, Optional):
        param = param.inner
    if isinstance(param, Tuple) and isinstance(value, tuple):
        if param.single and param.length and len(set(map(repr, value))) == 1:
            return plain(param.item, value[0])
        return [plain(param.item, v) for v in value]
    return str(value) if isinstance(value, Word) else value


def _written(step: Step, name: str) -> Any:
    """The value of an argument as a spec writes it, by default too."""
    if step.kind == "block":
        return step.arguments[name]
    assert step.made is not None
    param = step.made.params[name]
    return plain(param, step.arguments.get(name, param.default))


_KINDS: Final[dict[type, str]] = {bool: "bool", int: "int", float: "float", str: "string", list: "list"}

_ADMITTED: Final = {
    "bool": {"bool"}, "int": {"int"}, "float": {"int", "float"}, "string": {"string"}, "list": {"int", "list"},
}  # fmt: skip


def _kind_of(column: list[Any]) -> str | None:
    """The kind of the parameter that takes all these values; None where there is none."""
    kinds = {v.kind if isinstance(v, Value) else _KINDS.get(type(v), "") for v in column}
    return next((kind for kind, admitted in _ADMITTED.items() if kinds <= admitted), None)


def _alike(column: list[Any], kind: str) -> list[Any]:
    """The values as those of one kind."""
    if kind == "list" and any(isinstance(v, int) for v in column):
        longest = max((len(v) for v in column if isinstance(v, list)), default=0)
        if not longest:
            raise TooManyError  # beside a parameter of unknown length
        return [[v] * longest if isinstance(v, int) else v for v in column]
    return [float(v) if isinstance(v, int) else v for v in column] if kind == "float" else column


def _factor(value: Any, known: Any) -> int:
    """How often a size is another one; 0 where it isn't a multiple."""
    if type(value) is int and type(known) is int:
        return value // known if known > 0 and value > 0 and value % known == 0 else 0
    if isinstance(value, Value) and isinstance(known, Value) and value.name == known.name and known.kind == "int":
        return value.factor // known.factor if value.factor % known.factor == 0 else 0
    return 0
