"""Pictures against the weights that Keras publishes: they are given as those were that the weights were learned from.

What becomes of a pixel on its way to such a model is followed as long as it is a number of each channel times the
pixel, plus another one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from math import sqrt
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from specc.check.pixels import largest_pixel
from specc.check.plans import trained_models
from specc.check.weights import architectures, is_published
from specc.diagnostics import Diagnostic, Related, SpecError
from specc.diagnostics.codes import WRONG_PREPROCESSING
from specc.program.graph import ModelGraph, Node
from specc.program.program import Program
from specc.source import Span

if TYPE_CHECKING:
    from specc.data.stored import Values

_Numbers: TypeAlias = tuple[float, ...]

_CLOSE: Final = 0.02
"""How far from what is expected a pixel may be, as a share of the range: numbers in specs are rounded."""

_MOST: Final = 255.0
"""The largest value of a pixel, as pictures in files have it."""


@dataclass(frozen=True)
class _Pixels:
    """What became of the pixels of a picture: ``scale * pixel + offset`` by channel.

    Attributes:
        order: ``rgb``, ``bgr`` where the channels were reversed, ``gray`` where all are the same.
        most: the largest value of a pixel, None where nothing says it.
    """

    scale: _Numbers
    offset: _Numbers
    order: str = "rgb"
    most: float | None = None

    def moved(self, scale: Any, offset: Any) -> _Pixels | None:
        """After one more multiplication and addition, by a number each or one for each channel."""
        size = len(self.scale)
        by, plus = _each(scale, size), _each(offset, size)
        if by is None or plus is None:
            return None
        scales = tuple(s * b for s, b in zip(self.scale, by, strict=True))
        return replace(
            self, scale=scales, offset=tuple(o * b + p for o, b, p in zip(self.offset, by, plus, strict=True))
        )

    def reversed(self) -> _Pixels:
        order = {"rgb": "bgr", "bgr": "rgb"}.get(self.order, self.order)
        return replace(self, scale=self.scale[::-1], offset=self.offset[::-1], order=order)

    @property
    def ends(self) -> str:
        """The least and the largest value, in words."""
        most = 1.0 if self.most is None else self.most
        low, high = self.offset, tuple(s * most + o for s, o in zip(self.scale, self.offset, strict=True))
        return f"{_listed(low)} to {_listed(high)}"


_PLAIN: Final = _Pixels((1.0,) * 3, (0.0,) * 3, most=_MOST)
_DEVIATION: Final = (0.229, 0.224, 0.225)
_MEAN: Final = (0.485, 0.456, 0.406)

MODES: Final[Mapping[str, _Pixels]] = {
    "caffe": _Pixels((1.0,) * 3, (-103.939, -116.779, -123.68), "bgr", _MOST),
    "tf": _Pixels((1 / 127.5,) * 3, (-1.0,) * 3, most=_MOST),
    "torch": _Pixels(
        tuple(1 / _MOST / d for d in _DEVIATION),
        tuple(-m / d for m, d in zip(_MEAN, _DEVIATION, strict=True)),
        most=_MOST,
    ),
}
"""The ways of ``keras.applications.imagenet_utils.preprocess_input``."""

MODE_OF: Final[Mapping[str, str | None]] = {
    "vgg": "caffe", "resnet": "caffe",
    "resnet_v2": "tf", "xception": "tf", "inception_v3": "tf", "inception_resnet_v2": "tf", "nasnet": "tf",
    "mobilenet": "tf", "mobilenet_v2": "tf",
    "densenet": "torch",
    "mobilenet_v3": None, "efficientnet": None, "efficientnet_v2": None, "convnext": None,
}  # fmt: skip
"""The way that each file of `std/applications` needs; None for those that take pixels from 0 to 255 as they are."""

_WITHOUT: Final[Mapping[str, str]] = {"mobilenet_v3": "tf", "convnext": "torch"}
"""The way that is needed instead with ``include_preprocessing=false``, where it is one for all models of a file."""

_KEEPS: Final = frozenset((
    "Identity", "Resizing", "CenterCrop", "RandomCrop", "RandomFlip", "RandomRotation", "RandomZoom",
    "RandomTranslation", "RandomContrast", "RandomBrightness", "Cropping2D", "UpSampling2D", "MaxPooling2D",
    "AveragePooling2D", "cast", "stop_gradient",
))  # fmt: skip
"""What leaves pixels and channels as they are, or nearly so."""

_COPIES: Final = frozenset(("Concatenate", "concatenate", "repeat", "tile", "broadcast_to"))
"""What makes three equal channels of one."""


def published_weights_see_their_pixels(program: Program) -> Iterator[Diagnostic]:
    """Models that begin with published weights are given pixels as these weights expect them."""
    for target, plan in program.trains.values_of.items():
        data = program.data.values_of.get(plan["data"])
        if data is None:
            continue
        for model in trained_models(program, target):
            source = data["source"]
            yield from mismatches(program, target, model, lambda m, name, s=source: largest_pixel(s, m, name))


def require_expected_pixels(program: Program, target: str, inputs: Mapping[str, Any]) -> None:
    """Refuse examples that models with published weights would see in another range than these expect.

    Args:
        inputs: the training examples, arrays ``[examples, …]`` by name.

    Raises:
        SpecError: with a finding for each such model.
    """
    from specc.weights.declared import started_nodes  # only here: a check has no use for it

    models = [m for m in trained_models(program, target) if next(started_nodes(program, m), None) is not None]
    plan = program.train_plan(target)
    source = program.data.values_of[plan.data]["source"] if plan is not None and plan.data in program.data else None

    def most(model: ModelGraph, name: str) -> float | None:
        return largest_pixel(source, model, name) or _measured(inputs[name])

    found = [d for model in models for d in mismatches(program, target, model, most)]
    if found:
        raise SpecError(*found)


def _measured(values: Values) -> float | None:
    """The largest pixel that examples can have, by those that there are; None where they were changed before."""
    from specc.data.stored import extent  # only here: a check needs no NumPy

    if values.dtype.kind not in "uif" or not len(values):
        return None
    low, high = extent(values)
    return None if low < 0 or high > _MOST else 1.0 if high <= 1 else _MOST


def mismatches(
    program: Program, target: str, model: ModelGraph, most: Callable[[ModelGraph, str], float | None]
) -> Iterator[Diagnostic]:
    """The models with published weights in a model that are given other pixels.

    Args:
        target: whose plan trains the model.
        most: the largest pixel of an input; None where that isn't known.
    """
    plan = program.trains.values_of.get(target, {})
    walk = _Walk(program, program.place("data", str(plan.get("data"))))
    given: list[_Pixels | None] = []
    for name, type_ in model.inputs.items():
        channels = type_.shape[-1] if type_.rank == 3 else None
        known = {1: _Pixels((1.0,), (0.0,), "gray"), 3: _Pixels((1.0,) * 3, (0.0,) * 3)}.get(channels)  # pyright: ignore
        layers = plan.get("augment", {}).get(name, ())
        known = known if all(type(layer).__name__ in _KEEPS for layer in layers) else None
        given.append(replace(known, most=most(model, name)) if known is not None else None)
    walk.model(model, tuple(given))
    yield from walk.found


def expected(graph: ModelGraph) -> tuple[str | None, _Pixels] | None:
    """What an architecture of the library expects: the way, None for pixels as they are; None where it isn't known."""
    family = architectures().get(graph.definition)
    if family is None:
        return None
    mode = MODE_OF[family]
    if graph.parameters.get("include_preprocessing") is False:
        if family not in _WITHOUT:
            return None
        mode = _WITHOUT[family]
    return mode, _PLAIN if mode is None else MODES[mode]


@dataclass
class _Walk:
    """One walk through a model and those in it; each is entered once for what its inputs are known to be."""

    program: Program
    data: Span
    found: list[Diagnostic] = field(default_factory=list[Diagnostic])
    _seen: dict[tuple[str, tuple[_Pixels | None, ...]], list[_Pixels | None]] = field(
        default_factory=dict[tuple[str, tuple[_Pixels | None, ...]], list[_Pixels | None]]
    )

    def model(self, graph: ModelGraph, inputs: tuple[_Pixels | None, ...]) -> list[_Pixels | None]:
        """What is known of the outputs, given what is of the inputs."""
        key = (graph.name, inputs)
        if key not in self._seen:
            known: dict[str, list[_Pixels | None]] = {n: [i] for n, i in zip(graph.inputs, inputs, strict=True)}
            for node in graph.nodes:
                if node.kind != "input":
                    known[node.name] = self._node(graph, node, [known[p.node][p.index] for p in node.ports])
            self._seen[key] = [known[p.node][p.index] for p in graph.outputs.values()]
        return self._seen[key]

    def _node(self, graph: ModelGraph, node: Node, given: list[_Pixels | None]) -> list[_Pixels | None]:
        if node.model is None:
            return [after(node, given)] * len(node.outputs)
        inner = self.program.models[node.model]
        if not is_published(self.program, graph.owner(node)):
            return self.model(inner, tuple(given))
        if (wanted := expected(inner)) is not None and given[0] is not None and len(given[0].scale) == 3:
            self._compare(node, inner, given[0], *wanted)
        return [None] * len(node.outputs)

    def _compare(self, node: Node, inner: ModelGraph, pixels: _Pixels, mode: str | None, wanted: _Pixels) -> None:
        if _agree(pixels, wanted):
            return
        order = "" if pixels.order in ("gray", wanted.order) else f", {_ORDERS[pixels.order]}"
        known = "" if pixels.most is not None else " for values from 0 to 1"
        way = "take what changes the pixels out: this model does it itself"
        if mode is not None:
            way = f'write `picture -> Preprocess({mode}) -> …`, and `from "std/preprocessing" import Preprocess`'
        self.found.append(
            Diagnostic(
                WRONG_PREPROCESSING,
                f"the weights of this `{inner.definition}` were learned from other pixels than it is given",
                node.span,
                expected=f"{wanted.ends}, {_ORDERS[wanted.order]}",
                found=f"{pixels.ends}{known}{order}",
                related=(Related(self.data, "the data"),),
                help=(way, *_range_hint(pixels)),
            )
        )


_ORDERS: Final = {"rgb": "red, green and blue", "bgr": "blue, green and red", "gray": "of one channel"}


def _range_hint(pixels: _Pixels) -> tuple[str, ...]:
    if pixels.most in (None, _MOST) or not _is_untouched(pixels):
        return ()
    first = f"Rescaling(255 / {pixels.most:g})"
    return (f"that takes pixels from 0 to 255: these go up to {pixels.most:g}, so `{first}` comes first",)


def _agree(pixels: _Pixels, wanted: _Pixels) -> bool:
    """Whether pixels became what is expected; where their range isn't known, whether that can be."""
    if pixels.order not in ("gray", wanted.order):
        return pixels.most is None and _is_untouched(pixels)
    spans = [s * _MOST for s in wanted.scale]
    low = all(abs(o - e) <= _CLOSE * s for o, e, s in zip(pixels.offset, wanted.offset, spans, strict=True))
    if pixels.most is None:
        factors = [s / e for s, e in zip(pixels.scale, wanted.scale, strict=True)]
        is_even = max(factors) - min(factors) <= _CLOSE * abs(max(factors))
        return (low and min(factors) > 0 and is_even) or _is_untouched(pixels)
    reached = [s * pixels.most for s in pixels.scale]
    return low and all(abs(r - s) <= 2 * _CLOSE * s for r, s in zip(reached, spans, strict=True))


def _is_untouched(pixels: _Pixels) -> bool:
    """Whether nothing was done: data of which nothing is known may be as they must be."""
    return set(pixels.scale) == {1.0} and set(pixels.offset) == {0.0}


def after(node: Node, given: list[_Pixels | None]) -> _Pixels | None:
    """What a layer or function makes of pixels; None where that is another thing."""
    first = given[0] if given else None
    if first is None or any(g != first for g in given):
        return None
    name, layer = node.type_name, node.layer
    if name in _COPIES:
        return _copied(node, first)
    if len(given) != 1:
        return None
    if name == "Rescaling":
        return first.moved(getattr(layer, "scale", 1.0), getattr(layer, "offset", 0.0))
    if name == "Normalization":
        return _normalized(layer, first)
    if name == "flip":
        axis: Any = getattr(layer, "axis", None)
        axes: tuple[Any, ...] = axis if isinstance(axis, tuple) else (axis,)
        if None in axes or not node.ports:
            return None
        return first.reversed() if -1 in axes or 3 in axes else first
    if node.kind == "op" and len(node.inputs) == 2:
        return _calculated(name, node, first)
    return first if name in _KEEPS else None


def _copied(node: Node, pixels: _Pixels) -> _Pixels | None:
    channels = node.outputs[0].shape[-1] if node.outputs[0].rank == 3 else None
    if len(pixels.scale) != 1 or channels != 3:
        return None
    return replace(pixels, scale=pixels.scale * 3, offset=pixels.offset * 3, order="gray")


def _normalized(layer: Any, pixels: _Pixels) -> _Pixels | None:
    size = len(pixels.scale)
    if layer.mean is None or layer.invert or layer.axis not in ((-1,), (3,), None):
        return None
    mean, variance = _each(layer.mean, size), _each(layer.variance, size)
    if mean is None or variance is None:
        return None
    by = tuple(1 / max(sqrt(v), 1e-7) for v in variance)
    return pixels.moved(by, tuple(-m * b for m, b in zip(mean, by, strict=True)))


def _calculated(name: str, node: Node, pixels: _Pixels) -> _Pixels | None:
    """After an operation with one number."""
    left, right = node.inputs
    number = next((i for i in (left, right) if isinstance(i, int | float)), None)
    if number is None:
        return None
    match name:
        case "add":
            return pixels.moved(1.0, number)
        case "multiply":
            return pixels.moved(number, 0.0)
        case "subtract":
            return pixels.moved(1.0, -number) if number is right else pixels.moved(-1.0, number)
        case "divide" | "true_divide" if number is right and number:
            return pixels.moved(1 / number, 0.0)
        case _:
            return None


def _each(value: Any, size: int) -> _Numbers | None:
    """A number for each channel; None where there are more or fewer."""
    numbers = tuple(value) if isinstance(value, tuple | list) else (value,) * size  # pyright: ignore
    numbers = numbers * size if len(numbers) == 1 else numbers
    if len(numbers) != size or not all(isinstance(n, int | float) for n in numbers):
        return None
    return tuple(float(n) for n in numbers)


def _listed(numbers: _Numbers) -> str:
    shown = [f"{n:.3g}" for n in numbers]
    return shown[0] if len(set(shown)) == 1 else f"[{', '.join(shown)}]"
