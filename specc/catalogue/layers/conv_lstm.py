"""An LSTM whose products are convolutions: for sequences of pictures."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from specc.catalogue.layer import Layer, Weight, known
from specc.catalogue.layers.recurrent import (
    Looping,
    go_backwards,
    require_bias_values,
    return_sequences,
    return_state,
    stateful,
)
from specc.catalogue.layers.windows import AXIS_NAMES, positions, refuse_strides_with_dilation, spread
from specc.catalogue.params import (
    Flag,
    PerAxis,
    activation,
    constraint,
    data_format,
    fraction,
    initializer,
    padding,
    positive,
    regularizer,
    seed,
)
from specc.program.dims import Dim, size_of
from specc.program.types import TensorType


class ConvLSTM(Looping, Layer, abstract=True):
    """What they share; ``axes`` is how many axes the kernel moves over. X. Shi et al. 2015, https://arxiv.org/abs/1506.04214."""

    axes: ClassVar[int] = 0
    accepts = "float"

    filters = positive(doc="number of output channels")
    kernel_size = PerAxis(doc="extent of the kernel on each axis")
    strides = PerAxis(1, doc="step of the kernel on each axis, over the input")
    padding = padding()
    data_format = data_format()
    dilation_rate = PerAxis(1, doc="distance between the taps of the kernel on each axis")
    recurrent_activation = activation("sigmoid", doc="function applied to the gates").after("activation")
    activation = activation("tanh")
    use_bias = Flag(True, doc="whether a bias is added")
    kernel_initializer = initializer("glorot_uniform", doc="first values of the kernel")
    recurrent_initializer = initializer("orthogonal", doc="first values of the recurrent kernel")
    bias_initializer = initializer("zeros", doc="first values of the bias")
    unit_forget_bias = Flag(True, doc="whether the forget gate's bias starts at 1")
    kernel_regularizer = regularizer(doc="penalty on the kernel")
    recurrent_regularizer = regularizer(doc="penalty on the recurrent kernel")
    bias_regularizer = regularizer(doc="penalty on the bias")
    activity_regularizer = regularizer(doc="penalty on the output")
    kernel_constraint = constraint(doc="projection of the kernel after each step of training")
    recurrent_constraint = constraint(doc="projection of the recurrent kernel after each step of training")
    bias_constraint = constraint(doc="projection of the bias after each step of training")
    # Keras cuts a dropout outside of 0 to 1 silently; specc refuses it.
    dropout = fraction(0.0, doc="fraction of the inputs dropped while training")
    recurrent_dropout = fraction(0.0, doc="fraction of the memory dropped while training")
    seed = seed()
    return_sequences = return_sequences()
    return_state = return_state()
    go_backwards = go_backwards()
    stateful = stateful()

    def check(self) -> None:
        self.refuse_stateful()
        require_bias_values(self)
        refuse_strides_with_dilation(self.strides, self.dilation_rate)

    def _step(self, x: TensorType) -> TensorType:
        """The type of one step's output."""
        picture = x.with_shape(*x.shape[1:])
        for name, size in zip(AXIS_NAMES[self.axes], picture.shape, strict=False):
            known(size, f"the {name} of a step of `{type(self).__name__}`")
        kernel = spread(self.kernel_size, self.dilation_rate)
        return self.result(*positions(picture, kernel, self.strides, self.padding, "kernel"), self.filters)

    def memory(self, x: TensorType) -> tuple[TensorType, ...]:
        return (self._step(x),) * 2

    def output(self, x: TensorType) -> tuple[TensorType, ...]:
        steps = x.shape[:1] if self.return_sequences else ()
        memory = self.memory(x)
        return (self.result(*steps, *memory[0].shape), *(memory if self.return_state else ()))

    def weights(self, x: TensorType) -> Iterable[Weight]:
        yield self.weight("kernel", *self.kernel_size, x.channels, 4 * self.filters)
        yield self.weight("recurrent_kernel", *self.kernel_size, self.filters, 4 * self.filters)
        if self.use_bias:
            yield self.weight("bias", 4 * self.filters)

    def flops(self, x: TensorType, y: TensorType) -> Dim:
        each = 2 * size_of(self.kernel_size) * (x.channels + self.filters) + int(self.use_bias)
        return x.shape[0] * 4 * self._step(x).size * each


class ConvLSTM1D(ConvLSTM):
    """An LSTM over sequences of rows.

    Shape: ``[steps, W, C] → [positions of W, filters]``, after the steps with ``return_sequences``;
    ``return_state`` adds two of one step. Weights: kernel ``[k, C, 4 * filters]``, recurrent_kernel
    ``[k, filters, 4 * filters]``, bias ``[4 * filters]``.
    """

    axes = 1
    rank = 3
    example = "input x: float32[7, 13, 3]  output y = x -> ConvLSTM1D(5, 3)"


class ConvLSTM2D(ConvLSTM):
    """An LSTM over films.

    Shape: ``[steps, H, W, C] → [positions of H, W, filters]``, after the steps with ``return_sequences``;
    ``return_state`` adds two of one step. Weights: kernel ``[k, k, C, 4 * filters]``, recurrent_kernel
    ``[k, k, filters, 4 * filters]``, bias ``[4 * filters]``.
    """

    axes = 2
    rank = 4
    example = "input x: float32[5, 11, 13, 3]  output y = x -> ConvLSTM2D(5, 3)"


class ConvLSTM3D(ConvLSTM):
    """An LSTM over sequences of volumes.

    Shape: ``[steps, D, H, W, C] → [positions of D, H, W, filters]``, after the steps with ``return_sequences``;
    ``return_state`` adds two of one step. Weights: kernel ``[k, k, k, C, 4 * filters]``, recurrent_kernel
    ``[k, k, k, filters, 4 * filters]``, bias ``[4 * filters]``.
    """

    axes = 3
    rank = 5
    example = "input x: float32[3, 5, 7, 11, 2]  output y = x -> ConvLSTM3D(5, 3)"
