"""Layers around a layer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from specc.catalogue.declare import Declaration, Refusal
from specc.catalogue.layer import Layer, MultiInputLayer, Weight, as_tuple
from specc.catalogue.layers.recurrent import Recurrent
from specc.catalogue.params import Choice, Object, Optional
from specc.diagnostics.codes import BAD_ARGUMENT, WRONG_RANK
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


class Bidirectional(Wrapper):
    """Runs a recurrent layer forwards and a copy of it backwards, and merges what they return.

    Shape: that of ``layer``, with ``concat`` twice as many channels; ``merge_mode=none`` returns both. With
    ``return_state`` the memories of the first, then of the second, follow. Weights: those of the forward layer, then of
    the backward layer. Schuster and Paliwal 1997.
    """

    rank = 2
    example = "input x: float32[17, 3]  output y = x -> Bidirectional(LSTM(5))"

    layer = Object("layer", doc="the recurrent layer")
    merge_mode = Optional(
        Choice("concat", "sum", "mul", "ave"), "concat", doc="how the two outputs become one, none to return both"
    )

    def check(self) -> None:
        if not isinstance(self.layer, Recurrent):
            raise Refusal(
                BAD_ARGUMENT,
                f"`Bidirectional` takes a recurrent layer, not `{type(self.layer).__name__}`",
                expected="`LSTM`, `GRU` or `SimpleRNN`",
                found=f"`{type(self.layer).__name__}`",
                argument="layer",
            )

    def require_input(self, x: TensorType) -> None:
        super().require_input(x)
        _inner(self.layer).require_input(x)

    def output(self, x: TensorType) -> tuple[TensorType, ...]:
        y, *states = as_tuple(_inner(self.layer).output(x))
        y = self.result(*y.shape)
        if self.merge_mode is None:
            return (y, y, *states, *states)
        merged = y.with_channels(2 * y.channels) if self.merge_mode == "concat" else y
        return (merged, *states, *states)

    def weights(self, x: TensorType) -> Iterable[Weight]:
        for direction in ("forward", "backward"):
            for weight in _inner(self.layer).weights(x):
                yield replace(weight, name=f"{direction}_{weight.name}")

    def flops(self, x: TensorType, y: TensorType) -> Dim:
        merging = 0 if self.merge_mode in (None, "concat") else y.size
        return 2 * _inner(self.layer).flops(x, y) + merging


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
        (y,) = as_tuple(inner.output(step))
        return y.with_shape(x.shape[0], *y.shape)

    def weights(self, x: TensorType) -> Iterable[Weight]:
        return _inner(self.layer).weights(self.inner_input(x))

    def flops(self, x: TensorType, y: TensorType) -> Dim:
        return x.shape[0] * _inner(self.layer).flops(self.inner_input(x), y.with_shape(*y.shape[1:]))
