"""Convolutions: a learned kernel moves over the axes before the channels.

A window covers ``(kernel_size - 1) * dilation_rate + 1`` of an axis. Padding ``valid`` leaves
``(size - window) // strides + 1`` positions, ``same`` and ``causal`` ``ceil(size / strides)``.
Source of the arithmetic: Dumoulin and Visin 2016, https://arxiv.org/abs/1603.07285.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from specc.catalogue.declare import Refusal
from specc.catalogue.layer import Layer, Weight
from specc.catalogue.layers.windows import positions, refuse_strides_with_dilation, spread
from specc.catalogue.params import (
    Flag,
    Optional,
    PerAxis,
    activation,
    constraint,
    data_format,
    initializer,
    padding,
    positive,
    regularizer,
)
from specc.diagnostics.codes import CONFLICTING_ARGUMENTS, SHAPE_MISMATCH
from specc.program.deciding import equal, is_fixed, less
from specc.program.dims import Dim, Shape, maximum, size_of
from specc.program.types import TensorType


class Convolution(Layer, abstract=True):
    """What all convolutions share; ``axes`` is how many axes the kernel moves over."""

    axes: ClassVar[int] = 0
    accepts = "float"

    kernel_size = PerAxis(doc="extent of the kernel on each axis")
    strides = PerAxis(1, doc="step of the kernel on each axis")
    padding = padding()
    data_format = data_format()
    dilation_rate = PerAxis(1, doc="distance between the taps of the kernel on each axis")
    activation = activation()
    use_bias = Flag(True, doc="whether a bias is added to each channel")
    bias_initializer = initializer("zeros", doc="first values of the bias")
    bias_regularizer = regularizer(doc="penalty on the bias")
    activity_regularizer = regularizer(doc="penalty on the output")
    bias_constraint = constraint(doc="projection of the bias after each step")

    def positions(self, x: TensorType) -> Shape:
        """The positions of the kernel on each axis."""
        return positions(x, spread(self.kernel_size, self.dilation_rate), self.strides, self.padding, "kernel")

    def bias(self, channels: Dim) -> Iterable[Weight]:
        """The bias, where there is one."""
        if self.use_bias:
            yield self.weight("bias", channels)

    @property
    def biases(self) -> int:
        """Operations per output element that the bias takes."""
        return int(self.use_bias)


class FullConvolution(Convolution, abstract=True):
    """Every filter sees all channels of its group."""

    filters = positive(doc="number of output channels")
    groups = positive(1, doc="number of groups of channels that are convolved apart").after("dilation_rate")
    kernel_initializer = initializer("glorot_uniform", doc="first values of the kernel").after("use_bias")
    kernel_regularizer = regularizer(doc="penalty on the kernel").after("bias_initializer")
    kernel_constraint = constraint(doc="projection of the kernel after each step").after("activity_regularizer")

    def check(self) -> None:
        refuse_strides_with_dilation(self.strides, self.dilation_rate)
        if equal(self.filters % self.groups, 0) is False:
            raise Refusal(
                CONFLICTING_ARGUMENTS,
                f"{self.filters} filters can't be split into {self.groups} equal groups",
                expected="`filters` to be a multiple of `groups`",
                argument="groups",
            )

    def output(self, x: TensorType) -> TensorType:
        if equal(x.channels % self.groups, 0) is False:
            raise Refusal(
                SHAPE_MISMATCH,
                f"{x.channels} channels can't be split into {self.groups} equal groups",
                expected=f"channels to be a multiple of {self.groups}",
                found=str(x),
                argument="groups",
            )
        return self.result(*self.positions(x), self.filters)

    def weights(self, x: TensorType) -> Iterable[Weight]:
        yield self.weight("kernel", *self.kernel_size, x.channels // self.groups, self.filters)
        yield from self.bias(self.filters)

    def flops(self, x: TensorType, y: TensorType) -> Dim:
        return y.size * (2 * size_of(self.kernel_size) * (x.channels // self.groups) + self.biases)


class Conv1D(FullConvolution):
    """Convolves along one axis, such as time.

    Shape: ``[steps, C] → [positions, filters]``. Weights: kernel ``[k, C // groups, filters]``, bias ``[filters]``.
    ``causal`` padding lets a position see no later step.
    """

    aliases = ("Convolution1D",)

    axes = 1
    rank = 2
    example = "input x: float32[17, 3]  output y = x -> Conv1D(5, 3, padding=causal)"

    padding = padding("causal").after("strides")


class Conv2D(FullConvolution):
    """Convolves along two axes, such as a picture's.

    Shape: ``[H, W, C] → [positions, positions, filters]``. Weights: kernel ``[k, k, C // groups, filters]``, bias
    ``[filters]``.
    """

    aliases = ("Convolution2D",)

    axes = 2
    rank = 3
    example = "input x: float32[13, 17, 3]  output y = x -> Conv2D(5, 3)"


class Conv3D(FullConvolution):
    """Convolves along three axes, such as a volume's or a film's.

    Shape: ``[D, H, W, C] → [positions, positions, positions, filters]``. Weights: kernel
    ``[k, k, k, C // groups, filters]``, bias ``[filters]``.
    """

    aliases = ("Convolution3D",)

    axes = 3
    rank = 4
    example = "input x: float32[11, 13, 17, 3]  output y = x -> Conv3D(5, 3)"


class DepthwiseConvolution(Convolution, abstract=True):
    """Every channel is convolved on its own, ``depth_multiplier`` times."""

    depth_multiplier = positive(1, doc="number of outputs for each input channel").after("padding")
    depthwise_initializer = initializer("glorot_uniform", doc="first values of the kernel").after("use_bias")
    depthwise_regularizer = regularizer(doc="penalty on the kernel").after("bias_initializer")
    depthwise_constraint = constraint(doc="projection of the kernel after each step").after("activity_regularizer")

    def output(self, x: TensorType) -> TensorType:
        return self.result(*self.positions(x), x.channels * self.depth_multiplier)

    def weights(self, x: TensorType) -> Iterable[Weight]:
        yield self.weight("kernel", *self.kernel_size, x.channels, self.depth_multiplier)
        yield from self.bias(x.channels * self.depth_multiplier)

    def flops(self, x: TensorType, y: TensorType) -> Dim:
        return y.size * (2 * size_of(self.kernel_size) + self.biases)


class DepthwiseConv1D(DepthwiseConvolution):
    """Convolves each channel on its own along one axis.

    Shape: ``[steps, C] → [positions, C * depth_multiplier]``. Weights: kernel ``[k, C, depth_multiplier]``, bias
    ``[C * depth_multiplier]``.
    """

    axes = 1
    rank = 2
    example = "input x: float32[17, 3]  output y = x -> DepthwiseConv1D(3)"


class DepthwiseConv2D(DepthwiseConvolution):
    """Convolves each channel on its own along two axes.

    Shape: ``[H, W, C] → [positions, positions, C * depth_multiplier]``. Weights: kernel
    ``[k, k, C, depth_multiplier]``, bias ``[C * depth_multiplier]``.
    """

    axes = 2
    rank = 3
    example = "input x: float32[13, 17, 3]  output y = x -> DepthwiseConv2D(3)"


class SeparableConvolution(Convolution, abstract=True):
    """A depthwise convolution, then one of size 1 over all channels. Chollet 2016, https://arxiv.org/abs/1610.02357."""

    filters = positive(doc="number of output channels")
    depth_multiplier = positive(1, doc="number of depthwise outputs for each input channel").after("dilation_rate")
    depthwise_initializer = initializer("glorot_uniform", doc="first values of the depthwise kernel").after("use_bias")
    pointwise_initializer = initializer("glorot_uniform", doc="first values of the pointwise kernel").after(
        "depthwise_initializer"
    )
    depthwise_regularizer = regularizer(doc="penalty on the depthwise kernel").after("bias_initializer")
    pointwise_regularizer = regularizer(doc="penalty on the pointwise kernel").after("depthwise_regularizer")
    depthwise_constraint = constraint(doc="projection of the depthwise kernel").after("activity_regularizer")
    pointwise_constraint = constraint(doc="projection of the pointwise kernel").after("depthwise_constraint")

    def output(self, x: TensorType) -> TensorType:
        return self.result(*self.positions(x), self.filters)

    def weights(self, x: TensorType) -> Iterable[Weight]:
        inner = x.channels * self.depth_multiplier
        yield self.weight("depthwise_kernel", *self.kernel_size, x.channels, self.depth_multiplier)
        yield self.weight("pointwise_kernel", *(1 for _ in self.kernel_size), inner, self.filters)
        yield from self.bias(self.filters)

    def flops(self, x: TensorType, y: TensorType) -> Dim:
        inner = x.channels * self.depth_multiplier
        places = size_of(y.shape[:-1])
        return places * 2 * inner * (size_of(self.kernel_size) + self.filters) + y.size * self.biases


class SeparableConv1D(SeparableConvolution):
    """Convolves each channel on its own along one axis, then mixes the channels.

    Shape: ``[steps, C] → [positions, filters]``. Weights: depthwise_kernel ``[k, C, m]``, pointwise_kernel
    ``[1, C * m, filters]``, bias ``[filters]``, where m is ``depth_multiplier``.
    """

    aliases = ("SeparableConvolution1D",)

    axes = 1
    rank = 2
    example = "input x: float32[17, 3]  output y = x -> SeparableConv1D(5, 3)"


class SeparableConv2D(SeparableConvolution):
    """Convolves each channel on its own along two axes, then mixes the channels.

    Shape: ``[H, W, C] → [positions, positions, filters]``. Weights: depthwise_kernel ``[k, k, C, m]``,
    pointwise_kernel ``[1, 1, C * m, filters]``, bias ``[filters]``, where m is ``depth_multiplier``.
    """

    aliases = ("SeparableConvolution2D",)

    axes = 2
    rank = 3
    example = "input x: float32[13, 17, 3]  output y = x -> SeparableConv2D(5, 3)"


class TransposedConvolution(Convolution, abstract=True):
    """Spreads each input over a kernel's extent: the shapes of a convolution backwards.

    ``valid``: ``(size - 1) * strides + max(kernel, strides)``; ``same``: ``size * strides``. With ``output_padding``
    it is ``(size - 1) * strides + kernel + output_padding``, for ``same`` ``kernel % 2`` instead of ``kernel``.
    """

    filters = positive(doc="number of output channels")
    output_padding = Optional(
        PerAxis(minimum=0), doc="size added at the end of each axis, none for the size that the padding says"
    ).after("padding")
    kernel_initializer = initializer("glorot_uniform", doc="first values of the kernel").after("use_bias")
    kernel_regularizer = regularizer(doc="penalty on the kernel").after("bias_initializer")
    kernel_constraint = constraint(doc="projection of the kernel after each step").after("activity_regularizer")

    def check(self) -> None:
        refuse_strides_with_dilation(self.strides, self.dilation_rate)
        self._refuse_lost_positions()
        for extra, step in zip(self.output_padding or (), self.strides, strict=False):
            if is_fixed(extra) and is_fixed(step) and less(extra, step) is False:
                raise Refusal(
                    CONFLICTING_ARGUMENTS,
                    f"`output_padding` must be below `strides`, {extra} isn't below {step}",
                    expected=f"at most {step - 1}",
                    found=str(extra),
                    argument="output_padding",
                )

    def _refuse_lost_positions(self) -> None:
        """The result must have a place for each input; Keras fails without when it runs."""
        kernel = spread(self.kernel_size, self.dilation_rate)
        if self.padding == "same" and any(
            k % 2 == 0 and p == 0 for k, p in zip(kernel, self.output_padding or (), strict=False)
        ):
            raise Refusal(
                CONFLICTING_ARGUMENTS,
                "with `padding=same` and an even kernel, `output_padding` 0 leaves no place for the last input",
                expected="at least 1, or none",
                found="0",
                argument="output_padding",
            )

    def output(self, x: TensorType) -> TensorType:
        kernel = spread(self.kernel_size, self.dilation_rate)
        added = self.output_padding or (None,) * len(kernel)
        sizes = map(self._spread_size, x.shape, kernel, self.strides, added)
        return self.result(*sizes, self.filters)

    def _spread_size(self, size: Dim, kernel: Dim, step: Dim, added: Dim | None) -> Dim:
        if self.padding == "valid":
            return (size - 1) * step + (maximum(kernel, step) if added is None else kernel + added)
        return size * step if added is None else (size - 1) * step + kernel % 2 + added

    def weights(self, x: TensorType) -> Iterable[Weight]:
        yield self.weight("kernel", *self.kernel_size, self.filters, x.channels)
        yield from self.bias(self.filters)

    def flops(self, x: TensorType, y: TensorType) -> Dim:
        return 2 * x.size * size_of(self.kernel_size) * self.filters + y.size * self.biases


class Conv1DTranspose(TransposedConvolution):
    """Spreads a sequence along its axis; with strides it gets longer.

    Shape: ``[steps, C] → [longer, filters]``. Weights: kernel ``[k, filters, C]``, bias ``[filters]``.
    """

    aliases = ("Convolution1DTranspose",)

    axes = 1
    rank = 2
    example = "input x: float32[7, 3]  output y = x -> Conv1DTranspose(5, 3, strides=2)"


class Conv2DTranspose(TransposedConvolution):
    """Spreads a picture along two axes; with strides it gets larger.

    Shape: ``[H, W, C] → [larger, larger, filters]``. Weights: kernel ``[k, k, filters, C]``, bias ``[filters]``.
    """

    aliases = ("Convolution2DTranspose",)

    axes = 2
    rank = 3
    example = "input x: float32[7, 11, 3]  output y = x -> Conv2DTranspose(5, 3, strides=2, padding=same)"


class Conv3DTranspose(TransposedConvolution):
    """Spreads a volume along three axes; with strides it gets larger.

    Shape: ``[D, H, W, C] → [larger, larger, larger, filters]``. Weights: kernel ``[k, k, k, filters, C]``, bias
    ``[filters]``.
    """

    aliases = ("Convolution3DTranspose",)

    axes = 3
    rank = 4
    example = "input x: float32[3, 5, 7, 2]  output y = x -> Conv3DTranspose(5, 3, strides=2, padding=same)"

    output_padding = Optional(
        PerAxis(minimum=0), doc="size added at the end of each axis, none for the size that the padding says"
    ).after("data_format")
