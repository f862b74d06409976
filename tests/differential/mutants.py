"""Wrong declarations, each a way to be wrong; the generated cases must notice every one of them."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from specc.catalogue.layer import Layer, Weight
from specc.catalogue.layers import (
    activations,
    convolution,
    dense,
    merging,
    normalization,
    pooling,
    preprocessing,
    recurrent,
    regularization,
    reshaping,
    wrappers,
)
from specc.catalogue.params import Choice, Flag, Number, Optional, PerAxis, padding, positive
from specc.program.types import TensorType


class Conv2D(convolution.Conv2D, abstract=True):
    """One row too many where there are strides."""

    def output(self, x: TensorType) -> TensorType:
        y = super().output(x)
        return y if self.strides == (1, 1) else y.with_shape(y.shape[0] + 1, *y.shape[1:])


class Conv1D(convolution.Conv1D, abstract=True):
    """Forgets the stride where the size is a symbol."""

    def output(self, x: TensorType) -> TensorType:
        y = super().output(x)
        return y if isinstance(x.shape[0], int) else y.with_shape(x.shape[0] - 2, *y.shape[1:])


class AveragePooling2D(pooling.AveragePooling2D, abstract=True):
    """Height and width exchanged."""

    def output(self, x: TensorType) -> TensorType:
        height, width, channels = super().output(x).shape
        return self.result(width, height, channels)


class MaxPooling2D(pooling.MaxPooling2D, abstract=True):
    """Another dtype than what it computes in."""

    def output(self, x: TensorType) -> TensorType:
        return super().output(x).with_dtype("float16")


class LSTM(recurrent.LSTM, abstract=True):
    """Without its bias."""

    def weights(self, x: TensorType) -> Iterable[Weight]:
        return list(super().weights(x))[:2]


class GRU(recurrent.GRU, abstract=True):
    """A bias of the same shape with and without ``reset_after``."""

    def bias_shape(self) -> tuple[int, ...]:
        return (2, self.units * 3)  # type: ignore[return-value]


class Dense(dense.Dense, abstract=True):
    """Weights in the wrong order."""

    def weights(self, x: TensorType) -> Iterable[Weight]:
        return list(super().weights(x))[::-1]


class Embedding(dense.Embedding, abstract=True):
    """A weight of another dtype than the layer keeps them in."""

    def weights(self, x: TensorType) -> Iterable[Weight]:
        return [replace(w, dtype="float32") for w in super().weights(x)]


class BatchNormalization(normalization.BatchNormalization, abstract=True):
    """Moving statistics that are trained."""

    def weights(self, x: TensorType) -> Iterable[Weight]:
        return [replace(w, trainable=True) for w in super().weights(x)]


class LayerNormalization(normalization.LayerNormalization, abstract=True):
    """A weight too many: beta without ``center``."""

    def weights(self, x: TensorType) -> Iterable[Weight]:
        return [self.weight("gamma", *self.normalized(x)), self.weight("beta", *self.normalized(x))]


class Dropout(regularization.Dropout, abstract=True):
    """Too lenient: a rate up to 2."""

    rate = Number(low=0.0, high=2.0, doc="fraction")


class GaussianNoise(regularization.GaussianNoise, abstract=True):
    """Too strict: no deviation above 0.5."""

    stddev = Number(low=0.0, high=0.5, doc="standard deviation")


class RepeatVector(reshaping.RepeatVector, abstract=True):
    """Too strict: at least twice."""

    n = positive(doc="how often")

    def check(self) -> None:
        if self.n == 1:
            raise self.params["n"].refuse(self.n)


class UpSampling2D(reshaping.UpSampling2D, abstract=True):
    """Too lenient: a factor of 0."""

    size = PerAxis(2, minimum=0, doc="factors")


class MaxPooling1D(pooling.MaxPooling1D, abstract=True):
    """Too lenient: a padding that poolings don't have."""

    padding = padding("causal")


class DepthwiseConv2D(convolution.DepthwiseConv2D, abstract=True):
    """Too strict: without padding."""

    padding = Choice("valid", default="valid", doc="edges")


class SeparableConv2D(convolution.SeparableConv2D, abstract=True):
    """Too lenient: any number of axes."""

    rank = None


class GlobalMaxPooling2D(pooling.GlobalMaxPooling2D, abstract=True):
    """Forgets an argument."""

    keepdims = Flag(False, doc="whether axes stay")

    def output(self, x: TensorType) -> TensorType:
        return self.result(x.channels)


class PReLU(activations.PReLU, abstract=True):
    """Shares no axes."""

    def weights(self, x: TensorType) -> Iterable[Weight]:
        yield self.weight("alpha", *x.shape)


class Softmax(activations.Softmax, abstract=True):
    """Takes an axis that isn't there."""

    def output(self, x: TensorType) -> TensorType:
        return self.result(*x.shape)


class Concatenate(merging.Concatenate, abstract=True):
    """Looks at the first tensor only."""

    def outputs(self, *inputs: TensorType) -> TensorType:
        return self.result(*inputs[0].shape)


class CategoryEncoding(preprocessing.CategoryEncoding, abstract=True):
    """Too lenient: floats, and all modes for all shapes."""

    accepts = "any"


class Masking(preprocessing.Masking, abstract=True):
    """Too lenient: a mask of none."""

    mask_value = Optional(Number(), 0.0, doc="value")


class Bidirectional(wrappers.Bidirectional, abstract=True):
    """Half of the weights."""

    def weights(self, x: TensorType) -> Iterable[Weight]:
        every = list(super().weights(x))
        return every[: len(every) // 2]


MUTANTS: Final[tuple[type[Layer], ...]] = tuple(
    value for value in list(globals().values()) if isinstance(value, type) and value.__module__ == __name__
)
