"""Recurrent layers: one step after another, each with a memory of those before it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from specc.catalogue.declare import Refusal
from specc.catalogue.layer import Layer, Weight, known
from specc.catalogue.params import (
    Choice,
    Either,
    Flag,
    activation,
    constraint,
    fraction,
    initializer,
    positive,
    regularizer,
    seed,
)
from specc.diagnostics.codes import CONFLICTING_ARGUMENTS
from specc.program.dims import Dim
from specc.program.types import TensorType


class Recurrent(Layer, abstract=True):
    """What recurrent layers share.

    Shape: ``[steps, C] → [units]``, with ``return_sequences`` ``[steps, units]``. With ``return_state`` the memory
    after the last step follows as further outputs.
    """

    gates: ClassVar[int] = 1
    states: ClassVar[int] = 1
    rank = 2

    units = positive(doc="size of the output and of each memory")
    activation = activation("tanh")
    use_bias = Flag(True, doc="whether a bias is added")
    kernel_initializer = initializer("glorot_uniform", doc="first values of the kernel")
    recurrent_initializer = initializer("orthogonal", doc="first values of the recurrent kernel")
    bias_initializer = initializer("zeros", doc="first values of the bias")
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
    return_sequences = Flag(False, doc="whether every step's output is returned rather than the last one's")
    return_state = Flag(False, doc="whether the memory after the last step is returned as well")
    go_backwards = Flag(False, doc="whether the steps are taken from the last to the first")
    stateful = Flag(False, doc="only false: memory across batches needs a fixed batch size")
    unroll = Flag(False, doc="whether the loop is written out, which needs a known number of steps")

    def check(self) -> None:
        if self.stateful:
            raise Refusal(
                CONFLICTING_ARGUMENTS,
                "`stateful` memory needs a fixed batch size, and a spec has none",
                expected="false",
                found="true",
                help=("return the memory with `return_state=true`",),
                argument="stateful",
            )

    def output(self, x: TensorType) -> tuple[TensorType, ...]:
        steps = x.shape[:1] if self.return_sequences else ()
        if self.unroll:
            known(x.shape[0], "the number of steps of an unrolled loop")
        memory = (self.result(self.units),) * self.states if self.return_state else ()
        return (self.result(*steps, self.units), *memory)

    def weights(self, x: TensorType) -> Iterable[Weight]:
        width = self.units * self.gates
        yield self.weight("kernel", x.channels, width)
        yield self.weight("recurrent_kernel", self.units, width)
        if self.use_bias:
            yield self.weight("bias", *self.bias_shape())

    def bias_shape(self) -> tuple[Dim, ...]:
        """The shape of the bias."""
        return (self.units * self.gates,)

    def flops(self, x: TensorType, y: TensorType) -> Dim:
        each_step = 2 * self.units * (x.channels + self.units) + self.units * int(self.use_bias)
        return x.shape[0] * self.gates * each_step


def _use_cudnn() -> Either:
    return Either(Choice("auto"), Flag(), default="auto", doc="whether NVIDIA's fused kernel is used; auto: if it can")


class SimpleRNN(Recurrent):
    """Feeds its output back: ``h = activation(x @ kernel + h @ recurrent_kernel + bias)`` at each step.

    Shape: ``[steps, C] → [units]``, with ``return_sequences`` ``[steps, units]``; ``return_state`` adds ``[units]``.
    Weights: kernel ``[C, units]``, recurrent_kernel ``[units, units]``, bias ``[units]``.
    """

    example = "input x: float32[17, 3]  output y = x -> SimpleRNN(5)"

    seed = seed().after("unroll")


class LSTM(Recurrent):
    """Keeps a long memory behind gates: what to let in, what to forget, what to show.

    Shape: ``[steps, C] → [units]``, with ``return_sequences`` ``[steps, units]``; ``return_state`` adds two of
    ``[units]``. Weights: kernel ``[C, 4 * units]``, recurrent_kernel ``[units, 4 * units]``, bias ``[4 * units]``.
    Hochreiter and Schmidhuber 1997.
    """

    gates = 4
    states = 2
    example = "input x: float32[17, 3]  output y = x -> LSTM(5, return_sequences=true)"

    recurrent_activation = activation("sigmoid", doc="function applied to the gates").after("activation")
    unit_forget_bias = Flag(True, doc="whether the forget gate's bias starts at 1").after("bias_initializer")
    seed = seed().after("recurrent_dropout")
    use_cudnn = _use_cudnn().after("unroll")


class GRU(Recurrent):
    """Keeps a memory behind two gates: what to reset, what to update.

    Shape: ``[steps, C] → [units]``, with ``return_sequences`` ``[steps, units]``; ``return_state`` adds ``[units]``.
    Weights: kernel ``[C, 3 * units]``, recurrent_kernel ``[units, 3 * units]``, bias ``[2, 3 * units]``, without
    ``reset_after`` ``[3 * units]``. Cho et al. 2014, https://arxiv.org/abs/1406.1078.
    """

    gates = 3
    example = "input x: float32[17, 3]  output y = x -> GRU(5)"

    recurrent_activation = activation("sigmoid", doc="function applied to the gates").after("activation")
    seed = seed().after("recurrent_dropout")
    reset_after = Flag(True, doc="whether the reset gate is applied after the product, as cuDNN does").after("unroll")
    use_cudnn = _use_cudnn().after("reset_after")

    def bias_shape(self) -> tuple[Dim, ...]:
        width = self.units * self.gates
        return (2, width) if self.reset_after else (width,)
