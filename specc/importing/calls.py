"""Where a layer is applied, and to what: the ``inbound_nodes`` of a configuration, in Keras 3's form and Keras 2's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from specc.diagnostics import Diagnostic, SpecError
from specc.diagnostics.codes import CYCLE, NOT_A_KERAS_MODEL
from specc.elaborate.json_records import fields_of, items_of
from specc.elaborate.json_text import JsonValue

Origin: TypeAlias = tuple[str, int]
"""An application: the name of the layer, and the how manyth it is of it."""


@dataclass(frozen=True)
class Call:
    """One application of a layer: its arguments as Keras saved them."""

    record: JsonValue
    node: int
    args: tuple[JsonValue, ...]
    kwargs: Mapping[str, JsonValue]

    @property
    def origin(self) -> Origin:
        return name_of(self.record), self.node

    def tensors(self) -> Iterator[JsonValue]:
        """The tensors it takes, wherever they stand."""
        for value in (*self.args, *self.kwargs.values()):
            yield from tensors_in(value)


def no_model(message: str, place: JsonValue) -> Diagnostic:
    """The finding that a text isn't the configuration of a model."""
    return Diagnostic(NOT_A_KERAS_MODEL, message, place.span, pointer=place.pointer)


def name_of(record: JsonValue) -> str:
    """The name of a layer."""
    for place in (record.at("config", "name"), record.at("name")):
        if isinstance(place.value, str):
            return place.value
    return str(record.at("class_name").value).lower()


def is_tensor(value: JsonValue) -> bool:
    """Whether a value stands for the result of a layer: ``["dense", 0, 0]``, or an object that says so."""
    return _is_history(value) or value.at("class_name").value == "__keras_tensor__"


def _is_history(value: JsonValue) -> bool:
    items = value.value
    return isinstance(items, list) and len(items) in (3, 4) and [type(v.value) for v in items[:3]] == [str, int, int]


def history(value: JsonValue) -> tuple[str, int, int]:
    """The layer that made a tensor, the how manyth of its applications, the how manyth of its results.

    Raises:
        SpecError: there is none.
    """
    place = value if _is_history(value) else value.at("config", "keras_history")
    if not _is_history(place):
        raise SpecError(no_model("this is no tensor of a model", value))
    name, node, index = place.plain()[:3]
    return name, node, index


def tensors_in(value: JsonValue) -> Iterator[JsonValue]:
    """The tensors inside of a value, in order."""
    if is_tensor(value):
        yield value
    elif isinstance(value.value, list):
        for item in value.value:
            yield from tensors_in(item)
    elif isinstance(value.value, dict):
        for key in sorted(value.value):
            yield from tensors_in(value.value[key])


def flat(struct: JsonValue, *, as_written: bool = False) -> list[tuple[str, JsonValue]]:
    """The tensors of a model's inputs or outputs, with their keys where they are a dictionary.

    Those of a dictionary are in the order of their keys, as Keras counts them, or ``as_written``.
    """
    if is_tensor(struct):
        return [("", struct)]
    content = struct.value
    if isinstance(content, dict):
        keys = list(content) if as_written else sorted(content)
        pairs = [(k, key, v) for k in keys for key, v in flat(content[k], as_written=as_written)]
        return [(k if key == "" else f"{k}_{key}", v) for k, key, v in pairs]
    return (
        [found for item in content for found in flat(item, as_written=as_written)] if isinstance(content, list) else []
    )


def calls_of(record: JsonValue) -> Iterator[Call]:
    """The applications of a layer."""
    for number, node in enumerate(items_of(record, "inbound_nodes")):
        if isinstance(node.value, list):  # Keras 2: [["conv", 0, 0, {…}], …]
            first = node.value[0].value if node.value else []
            kwargs = first[3] if isinstance(first, list) and len(first) > 3 else node
            inputs = tuple(node.value) if node.value and _is_history(node.value[0]) else (node,)
            yield Call(record, number, inputs, fields_of(kwargs))
        else:
            args = node.at("args").value
            yield Call(record, number, tuple(args) if isinstance(args, list) else (), fields_of(node, "kwargs"))


Numbering: TypeAlias = Mapping[str, int]
"""For layers whose applications are not counted from 0: the number of their first."""


def numbering(calls: Mapping[Origin, Call]) -> dict[str, int]:
    """How the applications of layers are counted: Keras 2 begins with 1 for models, as they were made by one, too."""
    count: dict[str, int] = {}
    for name, _ in calls:
        count[name] = count.get(name, 0) + 1
    taken = (history(t)[:2] for call in calls.values() for t in call.tensors())
    return {name: 1 for name, node in taken if node >= count.get(name, node + 1)}


def origin_of(value: JsonValue, first: Numbering) -> Origin:
    """The application that made a tensor."""
    name, node, _ = history(value)
    return name, node - first.get(name, 0)


def in_order(calls: Mapping[Origin, Call], known: Iterable[Origin], first: Numbering) -> list[Call]:
    """The applications, each after those it takes from; otherwise as they stand. ``first`` says how they are counted.

    Raises:
        SpecError: one takes from what isn't there, or they take from each other in a ring.
    """
    done, order = set(known), list[Call]()
    for pending in calls:
        path: dict[Origin, list[Origin]] = {}
        while True:
            if pending not in done and pending not in path:
                path[pending] = _sources(calls, pending, done, first)
            elif pending in path:
                place = calls[pending].record
                message = f"the layer `{pending[0]}` takes from itself"
                raise SpecError(Diagnostic(CYCLE, message, place.span, pointer=place.pointer))
            while path and not path[next(reversed(path))]:
                origin, _ = path.popitem()
                done.add(origin)
                order.append(calls[origin])
            if not path:
                break
            pending = path[next(reversed(path))].pop()
    return order


def _sources(calls: Mapping[Origin, Call], origin: Origin, done: set[Origin], first: Numbering) -> list[Origin]:
    """What an application takes from, last first."""
    found: list[Origin] = []
    for tensor in calls[origin].tensors():
        source = origin_of(tensor, first)
        if source not in calls and source not in done:
            raise SpecError(no_model(f"there is no result {source[1]} of a layer `{source[0]}`", tensor))
        found.append(source)
    return found[::-1]


def names_of(records: Sequence[JsonValue]) -> list[str]:
    """The names of some layers.

    Raises:
        SpecError: one stands twice.
    """
    names: dict[str, JsonValue] = {}
    for record in records:
        if (first := names.setdefault(name_of(record), record)) is not record:
            message = f"there are two layers called `{name_of(record)}`, here and at {first.pointer}"
            raise SpecError(no_model(message, record))
    return list(names)
