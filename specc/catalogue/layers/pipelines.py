"""Layers in a row as one layer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from specc.catalogue.declare import Refusal
from specc.catalogue.layer import Layer, MultiInputLayer, Weight, only_output
from specc.catalogue.layers.scaling import Normalization
from specc.catalogue.params import Object, Tuple
from specc.diagnostics.codes import BAD_ARGUMENT
from specc.program.dims import Dim
from specc.program.types import TensorType


class Pipeline(Layer):
    """Applies layers one after the other.

    Shape: the first layer's input to the last layer's output. Weights: those of the layers, in their order. A row of
    layers that is written ``a -> b -> c`` needs none: each of them is then a layer of the model.
    """

    accepts = "any"
    example = "input image: uint8[13, 17, 3]  output y = image -> Pipeline([Rescaling(1/255), RandomFlip(horizontal)])"

    layers = Tuple(Object("layer"), at_least=1, doc="the layers, each of one tensor")
    trainable = None
    dtype = None

    def check(self) -> None:
        for layer in self._row:
            if isinstance(layer, Normalization):
                raise Refusal(
                    BAD_ARGUMENT,
                    "in a `Pipeline` Keras loses the statistics of a `Normalization`",
                    expected="other layers",
                    help=("write it before: `x -> Normalization -> Pipeline([…])`",),
                    argument="layers",
                )
            if isinstance(layer, MultiInputLayer) or getattr(layer, "return_state", False):
                raise Refusal(
                    BAD_ARGUMENT,
                    f"`Pipeline` takes layers of one input and one output, not `{type(layer).__name__}`",
                    expected="one input and one output",
                    argument="layers",
                )

    @property
    def _row(self) -> tuple[Layer, ...]:
        row: Any = self.layers
        return row

    def steps(self, x: TensorType) -> Iterator[tuple[Layer, TensorType]]:
        """Each layer with what it gets.

        Raises:
            Refusal: one can't take what the one before makes.
        """
        for layer in self._row:
            layer.require_input(x)
            yield layer, x
            x = only_output(layer, x, "layers")

    def output(self, x: TensorType) -> TensorType:
        *_, (last, given) = self.steps(x)
        return only_output(last, given, "layers")

    def weights(self, x: TensorType) -> Iterable[Weight]:
        for number, (layer, given) in enumerate(self.steps(x)):
            for weight in layer.weights(given):
                trainable = weight.trainable and bool(layer.trainable)
                yield replace(weight, name=f"{number}_{weight.name}", trainable=trainable)

    def flops(self, x: TensorType, y: TensorType) -> Dim:
        total: Dim = 0
        for layer, given in self.steps(x):
            made = only_output(layer, given, "layers")
            total = total + layer.flops(given, made)
        return total
