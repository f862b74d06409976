"""Layers around a layer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from specc.catalogue.declare import Declaration, Refusal, show_value
from specc.catalogue.layer import Layer, MultiInputLayer, Weight, as_tuple, only_output
from specc.catalogue.layers.merging import refuse_unlike
from specc.catalogue.layers.recurrent import Gated, Looping
from specc.catalogue.params import Choice, Object, Optional, positive
from specc.diagnostics.codes import BAD_ARGUMENT, CONFLICTING_ARGUMENTS, WRONG_RANK
from specc.program.deciding import equal
from specc.program.dims import Dim
from specc.program.types import TensorType


class Wrapper(Layer, abstract=True):
    """A layer around ``layer``."""

    accepts = "any"

    layer: Object

    def inner_input(self, x: TensorType) -> TensorType:
        """What the inner layer gets of ``x``."""
        return x


def _inner(declaration: Declaration) -> Layer:
    assert isinstance(declaration, Layer)
    return declaration


class Bidirectional(Looping, Wrapper):
    """Runs a recurrent layer forwards and another one backwards, and merges what they return.

    Shape: that of ``layer``, with ``concat`` the channels of both; ``merge_mode=none`` returns both. With
    ``return_state`` the memories of the first, then of the second, follow. Weights: those of the forward layer, then of
    the backward layer, which is a copy of ``layer`` unless ``backward_layer`` is given. Schuster and Paliwal 1997.
    """

    nests_outputs = True
    stateful = False
    keyword_only = ("backward_layer",)  # Keras has `weights` before it
    example = "input x: float32[17, 3]  output y = x -> Bidirectional(LSTM(5))"

    layer = Object("layer", doc="the recurrent layer")
    merge_mode = Optional(
        Choice("concat", "sum", "mul", "ave"), "concat", doc="how the two outputs become one, none to return both"
    )
    backward_layer = Optional(Object("layer"), doc="the layer that runs backwards, none for a copy of the first")

    def check(self) -> None:
        for argument, layer in (("layer", self.layer), ("backward_layer", self.backward_layer)):
            if layer is not None and (not isinstance(layer, Looping) or isinstance(layer, Wrapper)):
                raise Refusal(
                    BAD_ARGUMENT,
                    f"`Bidirectional` takes a recurrent layer, not `{type(layer).__name__}`",
                    expected="`LSTM`, `GRU`, `SimpleRNN`, `RNN` or `ConvLSTM2D`",
                    found=f"`{type(layer).__name__}`",
                    argument=argument,
                )
        if self.backward_layer is not None:
            self._require_opposite()

    def _require_opposite(self) -> None:
        """The two layers return the same, in opposite directions."""
        for name in ("go_backwards", "return_sequences", "return_state"):
            first, second = getattr(self.layer, name), getattr(self.backward_layer, name)
            wanted = not first if name == "go_backwards" else first
            if second != wanted:
                raise Refusal(
                    CONFLICTING_ARGUMENTS,
                    f"`{name}` of `backward_layer` is {show_value(second)}",
                    expected=f"{show_value(wanted)}, as `layer` has {show_value(first)}",
                    argument="backward_layer",
                )

    @property
    def _both(self) -> tuple[Layer, Layer]:
        first = _inner(self.layer)
        return first, first if self.backward_layer is None else _inner(self.backward_layer)

    def require_input(self, x: TensorType) -> None:
        for layer in self._both:
            layer.require_input(x)

    def memory(self, x: TensorType) -> tuple[TensorType, ...]:
        return tuple(m for layer in self._both if isinstance(layer, Looping) for m in layer.memory(x))

    def output(self, x: TensorType) -> tuple[TensorType, ...]:
        (first, *ahead), (second, *back) = (as_tuple(layer.output(x)) for layer in self._both)
        first, second = self.result(*first.shape), self.result(*second.shape)
        if self.merge_mode is None:
            return (first, second, *ahead, *back)
        if self.merge_mode == "concat":
            return (first.with_channels(first.channels + second.channels), *ahead, *back)
        if not equal(first.channels, second.channels):
            raise refuse_unlike(first.channels, second.channels, first, second, f"`merge_mode={self.merge_mode}` needs")
        return (first, *ahead, *back)

    def weights(self, x: TensorType) -> Iterable[Weight]:
        for direction, layer in zip(("forward", "backward"), self._both, strict=True):
            for weight in layer.weights(x):
                yield replace(weight, name=f"{direction}_{weight.name}")

    def flops(self, x: TensorType, y: TensorType) -> Dim:
        merging = 0 if self.merge_mode in (None, "concat") else y.size
        return sum((layer.flops(x, y) for layer in self._both), start=merging)


class TimeDistributed(Wrapper):
    """Applies a layer to every step of a sequence, with the same weights.

    Shape: ``[steps, …] → [steps, …]``, where the layer makes the second … of the first. Weights: the layer's.
    """

    example = "input film: float32[7, 13, 17, 3]  output y = film -> TimeDistributed(Conv2D(5, 3))"

    layer = Object("layer", doc="the layer for each step")

    def check(self) -> None:
        if isinstance(self.layer, MultiInputLayer) or getattr(self.layer, "return_state", False):
            raise Refusal(
                BAD_ARGUMENT,
                f"`TimeDistributed` takes a layer of one input and one output, not `{type(self.layer).__name__}`",
                expected="one input and one output",
                argument="layer",
            )
        if type(self.layer).__name__ == "Pipeline":
            # Keras asks for a shape rule, and a pipeline has none.
            raise Refusal(
                BAD_ARGUMENT,
                "`TimeDistributed` can't take a `Pipeline`",
                expected="one layer",
                help=("write one `TimeDistributed` after the other",),
                argument="layer",
            )
        inner = _inner(self.layer).compute_dtype
        if inner != self.compute_dtype:
            # Keras calls the layer within its own dtype, without the casts of the layer's.
            raise Refusal(
                CONFLICTING_ARGUMENTS,
                f"this `TimeDistributed` calculates in {self.compute_dtype}, its layer in {inner}",
                expected="one dtype for both",
                found=f"{self.compute_dtype} and {inner}",
                help=("give `dtype` to both of them",),
                argument="dtype",
            )

    def inner_input(self, x: TensorType) -> TensorType:
        if x.rank < 2:
            raise Refusal(
                WRONG_RANK,
                f"`TimeDistributed` takes steps of tensors, at least 2 axes per example, this one has {x.rank}",
                expected="at least 2 axes (the batch axis is not counted)",
                found=str(x),
            )
        return x.with_shape(*x.shape[1:])

    def output(self, x: TensorType) -> TensorType:
        step = self.inner_input(x)
        inner = _inner(self.layer)
        inner.require_input(step)
        y = only_output(inner, step, "layer")
        return y.with_shape(x.shape[0], *y.shape)

    def weights(self, x: TensorType) -> Iterable[Weight]:
        return _inner(self.layer).weights(self.inner_input(x))

    def flops(self, x: TensorType, y: TensorType) -> Dim:
        return x.shape[0] * _inner(self.layer).flops(self.inner_input(x), y.with_shape(*y.shape[1:]))


class SpectralNormalization(Wrapper):
    """Divides the kernel of a layer by its largest singular value at each step of training.

    Shape: that of ``layer``. Weights: the layer's kernel, then vector_u ``[1, n]``, which is not trained, for a kernel
    whose last size is n, then the layer's others. Miyato et al. 2018, https://arxiv.org/abs/1802.05957.
    """

    # Keras casts the result to the dtype of the input: of integers it would leave nothing.
    accepts = "float"
    example = "input x: float32[13, 17, 3]  output y = x -> SpectralNormalization(Conv2D(5, 3))"

    layer = Object("layer", doc="the layer, one with a kernel")
    power_iterations = positive(1, doc="how often the singular value is made more exact at each step")

    def output(self, x: TensorType) -> TensorType:
        layer = _inner(self.layer)
        layer.require_input(x)
        if [w.name for w in layer.weights(x)][:1] != ["kernel"] or isinstance(layer, Looping | Wrapper | Gated):
            raise Refusal(
                BAD_ARGUMENT,
                f"`SpectralNormalization` takes a layer with a kernel, not `{type(layer).__name__}`",
                expected="a layer such as `Dense` or `Conv2D`",
                found=f"`{type(layer).__name__}`",
                argument="layer",
            )
        y = only_output(layer, x, "layer")
        return self.result(*y.shape)

    def weights(self, x: TensorType) -> Iterable[Weight]:
        kernel, *others = _inner(self.layer).weights(x)
        yield kernel
        yield Weight("vector_u", (1, kernel.shape[-1]), trainable=False, dtype=kernel.dtype)
        yield from others

    def flops(self, x: TensorType, y: TensorType) -> Dim:
        return _inner(self.layer).flops(x, y)
