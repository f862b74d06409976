"""What specc knows of the layers: arguments, shapes, weights. Imports no Keras."""

from __future__ import annotations

from collections.abc import Iterable

from specc.catalogue.layer import Layer, MultiInputLayer, Weight
from specc.catalogue.params import Flag, Number
from specc.program.dims import Dim
from specc.program.types import TensorType


class ScaleBy(Layer):
    """Multiplies each channel by a learned number: ``x * scale``.

    Shape: ``[…] → […]``. Weights: scale, with the size of the last axis.
    """

    keras_class = "acme_layers.keras_layers:ScaleBy"
    accepts = "float"
    example = "input x: float32[7, 11]  output y = x -> ScaleBy(0.5)"

    initial = Number(1.0, low=0.0, doc="first value of the numbers")
    learned = Flag(True, doc="whether training changes them")

    def output(self, x: TensorType) -> TensorType:
        return self.result(*x.shape)

    def weights(self, x: TensorType) -> Iterable[Weight]:
        yield self.weight("scale", x.channels, trainable=self.learned)

    def flops(self, x: TensorType, y: TensorType) -> Dim:
        return y.size


class Outer(MultiInputLayer):
    """The products of all elements of two vectors.

    Shape: ``[n]``, ``[m] → [n, m]``.
    """

    keras_class = "acme_layers.keras_layers:Outer"
    least = most = 2
    rank = 1
    accepts = "float"
    example = "input x: float32[7]  input z: float32[11]  output y = (x, z) -> Outer"

    def outputs(self, *inputs: TensorType) -> TensorType:
        x, z = inputs
        return self.result(*x.shape, *z.shape)
