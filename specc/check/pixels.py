"""Rules about the range of inputs: pixels are scaled once, not twice and not never.

What is known of a value goes forward through the layers, and through models in models with what they are given, so
that a model that scales its own input counts as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from specc.check.follow import DISTURBING, MOVING, is_own
from specc.check.plans import trained_models
from specc.check.weights import is_published
from specc.diagnostics import Diagnostic, Related
from specc.diagnostics.codes import NOT_SCALED, SCALED_TWICE
from specc.program.graph import ModelGraph, Node
from specc.program.program import Program
from specc.source import Span

_STEEP: Final = 1 / 8
"""A scale of at most this much brings pixels down; greater ones spread or shift what was scaled before."""

_KEEPS_RANGE: Final = frozenset((
    *MOVING, *DISTURBING,
    "Resizing", "CenterCrop", "RandomCrop", "RandomFlip", "RandomRotation", "RandomZoom", "RandomTranslation",
    "RandomContrast", "RandomBrightness", "ZeroPadding1D", "ZeroPadding2D", "Cropping1D", "Cropping2D",
    "UpSampling1D", "UpSampling2D", "MaxPooling1D", "MaxPooling2D", "AveragePooling1D", "AveragePooling2D",
    "cast", "flip", "pad", "getitem",
))  # fmt: skip
"""What leaves pixels in about their range."""

_NORMALIZING: Final = frozenset((
    "BatchNormalization", "LayerNormalization", "GroupNormalization", "Normalization", "UnitNormalization",
))  # fmt: skip

_LEARNING: Final = ("Dense", "Conv1D", "Conv2D", "Conv3D", "SeparableConv1D", "SeparableConv2D")


@dataclass(frozen=True)
class _Known:
    """What is known of a value: that it holds what an input gave, how large that is, and where it was scaled down."""

    from_input: bool = False
    largest: int | None = None
    is_scaled: bool = False
    is_spread: bool = False
    """Whether it was made even larger."""
    place: Span | None = field(default=None, compare=False)


_NOTHING: Final = _Known()
_INPUT: Final = _Known(from_input=True)


@dataclass
class _Walk:
    """One walk through a model and those in it; each model is entered once for what its inputs are known to be."""

    program: Program
    found: list[Diagnostic] = field(default_factory=list[Diagnostic])
    data: Span | None = None
    _seen: dict[tuple[str, tuple[_Known, ...]], list[_Known]] = field(
        default_factory=dict[tuple[str, tuple[_Known, ...]], list[_Known]]
    )

    def model(self, graph: ModelGraph, inputs: tuple[_Known, ...]) -> list[_Known]:
        """What is known of the outputs, given what is of the inputs."""
        key = (graph.name, inputs)
        if key in self._seen:
            return self._seen[key]
        self._seen[key] = [_NOTHING] * len(graph.outputs)
        known: dict[str, list[_Known]] = dict(zip(graph.inputs, ([i] for i in inputs), strict=False))
        normalized = {p.node for n in graph.nodes if n.type_name in _NORMALIZING for p in n.ports}
        for node in graph.nodes:
            if node.kind != "input":
                known[node.name] = self._node(node, [known[p.node][p.index] for p in node.ports], normalized)
        self._seen[key] = [known[p.node][p.index] for p in graph.outputs.values()]
        return self._seen[key]

    def _node(self, node: Node, given: list[_Known], normalized: set[str]) -> list[_Known]:
        if all(g == _NOTHING for g in given) and node.kind != "model" and _scale(node) is None:
            return [_NOTHING] * len(node.outputs)
        if is_published(self.program, node):
            return [_NOTHING] * len(node.outputs)  # these weights expect pixels of their own
        if node.kind == "model" and node.model is not None:
            return self.model(self.program.models[node.model], tuple(given))
        if len(given) == 1 and (scale := _scale(node)) is not None:
            return [self._scaled(node, given[0], scale)]
        if node.type_name in _KEEPS_RANGE and len(given) == 1:
            return given * len(node.outputs)
        if node.type_name in _LEARNING and len(given) == 1 and node.name not in normalized:
            self._require_scaled(node, given[0])
        return [_NOTHING] * len(node.outputs)

    def _scaled(self, node: Node, given: _Known, scale: float) -> _Known:
        if scale > 1 and given.largest is not None and not given.is_scaled:
            return _Known(given.from_input, given.largest, is_spread=True)
        if scale > _STEEP:
            # Spread again, or not scaled by much: nothing more is known, except that somebody thought of it.
            return _NOTHING
        if given.is_spread:
            return _NOTHING
        if given.is_scaled and given.place is not None:
            self.found.append(self._twice(node.span, given.place))
        return _Known(given.from_input, is_scaled=given.from_input, place=node.span)

    def _twice(self, place: Span, other: Span) -> Diagnostic:
        if not is_own(self.program, place):
            place, other = other, place
        related = (Related(other, "here, too"),)
        return Diagnostic(
            SCALED_TWICE,
            "these values are scaled down twice",
            place,
            related=related,
            help=("take one of the two out",),
        )

    def _require_scaled(self, node: Node, given: _Known) -> None:
        if given.largest is None or given.is_scaled:
            return
        data = (Related(self.data, f"these data have values up to {given.largest}"),) if self.data else ()
        how = "that were made even larger" if given.is_spread else "as they are"
        message = f"this `{node.type_name}` is given values from 0 to {given.largest} {how}, which makes learning hard"
        hint = f"scale them before: `Rescaling(1 / {given.largest})`, or put a `BatchNormalization` there"
        self.found.append(Diagnostic(NOT_SCALED, message, node.span, related=data, help=(hint,)))


def _scale(node: Node) -> float | None:
    """The factor by which a node scales all values, None where it does something else."""
    name = node.type_name
    if name == "Rescaling":
        scale: Any = getattr(node.layer, "scale", None)
        return max(abs(float(s)) for s in scale) if isinstance(scale, tuple) else abs(float(scale))  # pyright: ignore
    numbers = [i for i in node.inputs if isinstance(i, int | float)]
    if node.kind != "op" or len(numbers) != 1 or len(node.inputs) != 2:
        return None
    if name == "multiply":
        return abs(float(numbers[0]))
    if name == "divide" and isinstance(node.inputs[1], int | float):
        return abs(1 / node.inputs[1]) if node.inputs[1] else None
    return None


def scaled_once(program: Program) -> Iterator[Diagnostic]:
    """Nothing scales values down that were scaled down before."""
    walk = _Walk(program)
    for model in program.models.values():
        walk.model(model, (_INPUT,) * len(model.inputs))
    for target, plan in program.trains.values_of.items():
        for model in trained_models(program, target):
            walk.model(model, _augmented(program, target, plan, model))
    yield from walk.found


def _augmented(program: Program, target: str, plan: dict[str, Any], model: ModelGraph) -> tuple[_Known, ...]:
    """What augmentation leaves of each input."""
    scaled: list[_Known] = []
    for name in model.inputs:
        layers = plan.get("augment", {}).get(name, ())
        steep = [s for layer in layers if (s := getattr(layer, "scale", None)) is not None and _is_steep(layer, s)]
        place = program.place("train", target, "augment", name)
        scaled.append(_Known(from_input=True, is_scaled=bool(steep), place=place))
    return tuple(scaled)


def _is_steep(layer: Any, scale: Any) -> bool:
    values: tuple[Any, ...] = scale if isinstance(scale, tuple) else (scale,)
    return type(layer).__name__ == "Rescaling" and all(abs(float(v)) <= _STEEP for v in values)


def pixels_are_scaled(program: Program) -> Iterator[Diagnostic]:
    """Pictures, whose values go up to 255, are scaled or normalized before a layer learns from them."""
    for target, plan in program.trains.values_of.items():
        data = program.data.values_of.get(plan["data"])
        if data is None:
            continue
        walk = _Walk(program, data=program.place("data", plan["data"]))
        for model in trained_models(program, target):
            pixels = (largest_pixel(data["source"], model, name) for name in model.inputs)
            walk.model(model, tuple(_NOTHING if p is None else _Known(from_input=True, largest=p) for p in pixels))
        yield from (d for d in walk.found if d.code == NOT_SCALED)


def largest_pixel(source: Any, model: ModelGraph, name: str) -> int | None:
    """The largest value of the pictures that an input is given, as far as the source of the data says so."""
    kind = type(source).__name__
    if kind == "Images":
        column, largest = "image", 255
    elif kind == "Sklearn" and source.name == "digits":
        column, largest = "image", 16
    else:
        return None
    given = getattr(source, "inputs", None)
    columns: Any = given.get(name) if isinstance(given, dict) else given if len(model.inputs) == 1 else None  # pyright: ignore
    if columns is None:
        columns = (column,) if name == column or len(model.inputs) == 1 else ()
    return largest if column in columns else None
