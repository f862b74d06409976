"""Recurrent layers: one step after another, each with a memory of those before it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from specc.catalogue.declare import Refusal
from specc.catalogue.layer import Inferred, Layer, T, Weight, known
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
from specc.diagnostics.codes import CONFLICTING_ARGUMENTS, SHAPE_MISMATCH
from specc.program.deciding import equal
from specc.program.dims import Dim
from specc.program.types import TensorType


class Gated(Layer, abstract=True):
    """What one step computes from its input and the memory before it; ``gates`` times a dense layer of both.

    Class attributes: ``states`` is how many memories there are.
    """

    gates: ClassVar[int] = 1
    states: ClassVar[int] = 1
    accepts = "float"

    units = positive(doc="size of the output and of each memory")
    activation = activation("tanh")
    use_bias = Flag(True, doc="whether a bias is added")
    kernel_initializer = initializer("glorot_uniform", doc="first values of the kernel")
    recurrent_initializer = initializer("orthogonal", doc="first values of the recurrent kernel")
    bias_initializer = initializer("zeros", doc="first values of the bias")
    kernel_regularizer = regularizer(doc="penalty on the kernel")
    recurrent_regularizer = regularizer(doc="penalty on the recurrent kernel")
    bias_regularizer = regularizer(doc="penalty on the bias")
    kernel_constraint = constraint(doc="projection of the kernel after each step of training")
    recurrent_constraint = constraint(doc="projection of the recurrent kernel after each step of training")
    bias_constraint = constraint(doc="projection of the bias after each step of training")
    # Keras cuts a dropout outside of 0 to 1 silently; specc refuses it.
    dropout = fraction(0.0, doc="fraction of the inputs dropped while training")
    recurrent_dropout = fraction(0.0, doc="fraction of the memory dropped while training")

    def memory(self, x: TensorType) -> tuple[TensorType, ...]:
        """The types of what is remembered from one step to the next."""
        return (self.result(self.units),) * self.states

    def weights(self, x: TensorType) -> Iterable[Weight]:
        width = self.units * self.gates
        yield self.weight("kernel", x.channels, width)
        yield self.weight("recurrent_kernel", self.units, width)
        if self.use_bias:
            yield self.weight("bias", *self.bias_shape())

    def bias_shape(self) -> tuple[Dim, ...]:
        """The shape of the bias."""
        return (self.units * self.gates,)

    def step_flops(self, channels: Dim) -> Dim:
        """Operations for one step."""
        return self.gates * self.units * (2 * (channels + self.units) + int(self.use_bias))


class Looping:
    """What all layers share that go over steps: they take the memory before the first step after the sequence."""

    if TYPE_CHECKING:
        stateful: Any

        def memory(self, x: TensorType) -> tuple[TensorType, ...]: ...

    def refuse_stateful(self) -> None:
        """Refuse a memory that lasts from one batch to the next."""
        if self.stateful:
            raise Refusal(
                CONFLICTING_ARGUMENTS,
                "`stateful` memory needs a fixed batch size, and a spec has none",
                expected="false",
                found="true",
                help=("return the memory with `return_state=true`",),
                argument="stateful",
            )

    def infer(self, inputs: tuple[TensorType, ...]) -> Inferred:
        assert isinstance(self, Layer)
        if len(inputs) > 1:
            self.require_input(inputs[0])
            require_memory(self, inputs[1:], self.memory(inputs[0]), "one tensor, or")
        return Layer.infer(self, inputs[:1])

    def arranged(self, operands: list[T]) -> list[T | list[T]]:
        sequence, *memory = operands
        return [sequence, memory] if memory else [sequence]


def require_memory(layer: Layer, found: tuple[TensorType, ...], wanted: tuple[TensorType, ...], or_else: str) -> None:
    """Refuse what isn't the memory of a recurrent layer; ``or_else`` begins the sentence of what it takes."""
    if len(found) != len(wanted):
        listed = ", ".join(map(str, wanted))
        raise layer.wrong_count(f"{or_else} {1 + len(wanted)} with the memory before: {listed}", 1 + len(found))
    for have, want in zip(found, wanted, strict=True):
        same = have.rank == want.rank and all(equal(a, b) for a, b in zip(have.shape, want.shape, strict=True))
        if not same or not have.is_float:
            raise Refusal(
                SHAPE_MISMATCH,
                f"the memory of this `{type(layer).__name__}` is {want}, it is given {have}",
                expected=str(want),
                found=str(have),
            )


def require_bias_values(layer: Any) -> None:
    """Refuse none for the first values of a bias of which one part starts at 1: Keras calls it for the others."""
    if layer.use_bias and layer.unit_forget_bias and layer.bias_initializer is None:
        raise Refusal(
            CONFLICTING_ARGUMENTS,
            "`unit_forget_bias` needs first values for the other gates' biases",
            expected="`bias_initializer`, or `unit_forget_bias=false`",
            found="none",
            argument="bias_initializer",
        )


def return_sequences() -> Flag:
    """Shared by all layers that go over steps, as are the next ones."""
    return Flag(False, doc="whether every step's output is returned rather than the last one's")


def return_state() -> Flag:
    return Flag(False, doc="whether the memory after the last step is returned as well")


def go_backwards() -> Flag:
    return Flag(False, doc="whether the steps are taken from the last to the first")


def stateful() -> Flag:
    return Flag(False, doc="only false: memory across batches needs a fixed batch size")


def unroll() -> Flag:
    return Flag(False, doc="whether the loop is written out, which needs a known number of steps")


class Recurrent(Looping, Gated, abstract=True):
    """What recurrent layers share.

    Shape: ``[steps, C] → [units]``, with ``return_sequences`` ``[steps, units]``. With ``return_state`` the memory
    after the last step follows as further outputs. The memory before the first step may be given: ``(x, h) -> GRU(5)``.
    """

    rank = 2

    activity_regularizer = regularizer(doc="penalty on the output").after("bias_regularizer")
    return_sequences = return_sequences().after("recurrent_dropout")
    return_state = return_state().after("return_sequences")
    go_backwards = go_backwards().after("return_state")
    stateful = stateful().after("go_backwards")
    unroll = unroll().after("stateful")

    def check(self) -> None:
        self.refuse_stateful()

    def output(self, x: TensorType) -> tuple[TensorType, ...]:
        steps = x.shape[:1] if self.return_sequences else ()
        if self.unroll:
            known(x.shape[0], "the number of steps of an unrolled loop")
        return (self.result(*steps, self.units), *(self.memory(x) if self.return_state else ()))

    def flops(self, x: TensorType, y: TensorType) -> Dim:
        return x.shape[0] * self.step_flops(x.channels)


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

    def check(self) -> None:
        super().check()
        require_bias_values(self)


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
