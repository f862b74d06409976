"""Cells: one step of a recurrent layer. Inside of `RNN` they go over all steps; alone they make one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, TypeGuard

from specc.catalogue.declare import Declaration, Refusal
from specc.catalogue.layer import Inferred, Layer, T, Weight, known
from specc.catalogue.layers.recurrent import (
    Gated,
    Looping,
    go_backwards,
    require_bias_values,
    require_memory,
    return_sequences,
    return_state,
    stateful,
    unroll,
)
from specc.catalogue.params import Either, Flag, Object, Tuple, activation, seed
from specc.diagnostics.codes import BAD_ARGUMENT, CONFLICTING_ARGUMENTS
from specc.program.dims import Dim
from specc.program.types import TensorType


class OneStep:
    """What all cells share: they take the input of a step and the memory before it, and return output and memory."""

    if TYPE_CHECKING:

        def memory(self, x: TensorType) -> tuple[TensorType, ...]: ...

    def infer(self, inputs: tuple[TensorType, ...]) -> Inferred:
        assert isinstance(self, Layer)
        _refuse_dropout(self)
        if inputs:
            self.require_input(inputs[0])
            require_memory(self, inputs[1:], self.memory(inputs[0]), "the input of a step,")
        return Layer.infer(self, inputs[:1])

    def arranged(self, operands: list[T]) -> list[T | list[T]]:
        x, *memory = operands
        return [x, memory]


def _refuse_dropout(cell: Layer) -> None:
    """Refuse dropout in a cell that stands alone: Keras draws what it drops once, for the first batch; `RNN` anew."""
    for name in ("dropout", "recurrent_dropout"):
        if getattr(cell, name, 0.0):
            raise Refusal(
                CONFLICTING_ARGUMENTS,
                f"`{name}` of a `{type(cell).__name__}` outside of `RNN` would be drawn once, for the first batch",
                expected="0",
                found=str(getattr(cell, name)),
                help=("put `Dropout` before the cell, or the cell into `RNN`",),
                argument=name,
            )
    for inner in getattr(cell, "cells", ()):
        _refuse_dropout(inner)


class Cell(OneStep, Gated, abstract=True):
    """A cell with weights of its own."""

    rank = 1
    nests_outputs = True

    def output(self, x: TensorType) -> tuple[TensorType, ...]:
        return (self.result(self.units), *self.memory(x))

    def flops(self, x: TensorType, y: TensorType) -> Dim:
        return self.step_flops(x.channels)


class SimpleRNNCell(Cell):
    """One step of `SimpleRNN`.

    Shape: input ``[C]``, memory ``[units]`` → output and memory ``[units]``. Weights: kernel ``[C, units]``,
    recurrent_kernel ``[units, units]``, bias ``[units]``.
    """

    example = (
        "input x: float32[3]  input h: float32[5]  y, memory = (x, h) -> SimpleRNNCell(5)  output y  output memory"
    )

    seed = seed().after("recurrent_dropout")


class LSTMCell(Cell):
    """One step of `LSTM`.

    Shape: input ``[C]``, two memories ``[units]`` → output and two memories ``[units]``. Weights: kernel
    ``[C, 4 * units]``, recurrent_kernel ``[units, 4 * units]``, bias ``[4 * units]``. Hochreiter and Schmidhuber 1997.
    """

    gates = 4
    states = 2
    example = (
        "input x: float32[3]  input h: float32[5]  input c: float32[5]  "
        "y, memory, carry = (x, h, c) -> LSTMCell(5)  output y  output memory  output carry"
    )

    recurrent_activation = activation("sigmoid", doc="function applied to the gates").after("activation")
    unit_forget_bias = Flag(True, doc="whether the forget gate's bias starts at 1").after("bias_initializer")
    seed = seed().after("recurrent_dropout")

    def check(self) -> None:
        require_bias_values(self)


class GRUCell(Cell):
    """One step of `GRU`.

    Shape: input ``[C]``, memory ``[units]`` → output and memory ``[units]``. Weights: kernel ``[C, 3 * units]``,
    recurrent_kernel ``[units, 3 * units]``, bias ``[2, 3 * units]``, without ``reset_after`` ``[3 * units]``.
    Cho et al. 2014, https://arxiv.org/abs/1406.1078.
    """

    gates = 3
    example = "input x: float32[3]  input h: float32[5]  y, memory = (x, h) -> GRUCell(5)  output y  output memory"

    recurrent_activation = activation("sigmoid", doc="function applied to the gates").after("activation")
    reset_after = Flag(True, doc="whether the reset gate is applied after the product, as cuDNN does").after(
        "recurrent_dropout"
    )
    seed = seed().after("reset_after")

    def bias_shape(self) -> tuple[Dim, ...]:
        width = self.units * self.gates
        return (2, width) if self.reset_after else (width,)


def is_cell(declaration: object) -> TypeGuard[Cell | StackedRNNCells]:
    """Whether it makes one step of a recurrent layer."""
    return isinstance(declaration, Cell | StackedRNNCells)


def require_cells(declarations: Iterable[Declaration], argument: str) -> None:
    """Refuse what makes no step of a recurrent layer."""
    for declaration in declarations:
        if not is_cell(declaration):
            name = type(declaration).__name__
            hint = (f"`{name}` goes over all steps by itself; its cell is `{name}Cell`",)
            raise Refusal(
                BAD_ARGUMENT,
                f"`{argument}` takes cells, not `{name}`",
                expected="`LSTMCell`, `GRUCell`, `SimpleRNNCell` or `StackedRNNCells`",
                found=f"`{name}`",
                help=hint if name in ("LSTM", "GRU", "SimpleRNN") else (),
                argument=argument,
            )


class StackedRNNCells(OneStep, Layer):
    """Cells one after another, as one cell: each takes the output of the one before.

    Shape: input ``[C]``, the memories of all cells → the last cell's output, and the memories. Weights: those of the
    cells, in order.
    """

    rank = 1
    accepts = "float"
    nests_outputs = True
    example = (
        "input x: float32[3]  input a: float32[5]  input b: float32[7]  "
        "y, p, q = (x, a, b) -> StackedRNNCells([GRUCell(5), GRUCell(7)])  output y  output p  output q"
    )

    cells = Tuple(Object("layer"), at_least=1, doc="the cells, the first takes the input")

    def check(self) -> None:
        require_cells(self.cells, "cells")

    def steps(self, x: TensorType) -> Iterator[tuple[Cell | StackedRNNCells, TensorType]]:
        """Each cell with what it takes."""
        for cell in self.cells:
            assert is_cell(cell)
            yield cell, x
            x = cell.output(x)[0]

    def memory(self, x: TensorType) -> tuple[TensorType, ...]:
        return tuple(m for cell, taken in self.steps(x) for m in cell.memory(taken))

    def output(self, x: TensorType) -> tuple[TensorType, ...]:
        *_, (last, taken) = self.steps(x)
        return (last.output(taken)[0], *self.memory(x))

    def weights(self, x: TensorType) -> Iterable[Weight]:
        for number, (cell, taken) in enumerate(self.steps(x)):
            for weight in cell.weights(taken):
                yield replace(weight, name=f"{number}_{weight.name}")

    def step_flops(self, channels: Dim) -> Dim:
        x = self.result(channels)
        return sum((cell.step_flops(taken.channels) for cell, taken in self.steps(x)), start=0)

    def flops(self, x: TensorType, y: TensorType) -> Dim:
        return self.step_flops(x.channels)

    def arranged(self, operands: list[T]) -> list[T | list[T]]:
        """Keras wants the memories of a cell that has several in a list of their own."""
        x, *memory = operands
        nested: list[T | list[T]] = []
        for cell in self.cells:
            assert is_cell(cell)
            count = memories_of(cell)
            nested.append(memory[:count] if count > 1 else memory[0])
            memory = memory[count:]
        return [x, nested]  # type: ignore[list-item]  # one list deeper than other layers nest


def memories_of(cell: Cell | StackedRNNCells) -> int:
    """How many memories a cell has."""
    return cell.states if isinstance(cell, Cell) else sum(memories_of(c) for c in cell.cells if is_cell(c))


class RNN(Looping, Layer):
    """Takes a cell over the steps of a sequence; a list of cells is one after another, as in `StackedRNNCells`.

    Shape: ``[steps, C] → [units]`` of the last cell, with ``return_sequences`` ``[steps, units]``; ``return_state``
    adds the memories of all cells. Weights: the cell's.
    """

    rank = 2
    accepts = "float"
    nests_outputs = True
    example = "input x: float32[17, 3]  output y = x -> RNN([LSTMCell(5), GRUCell(7)], return_sequences=true)"

    cell = Either(Object("layer"), Tuple(Object("layer"), at_least=1), doc="the cell, or cells one after another")
    return_sequences = return_sequences()
    return_state = return_state()
    go_backwards = go_backwards()
    stateful = stateful()
    unroll = unroll()
    zero_output_for_mask = Flag(False, doc="whether masked steps return 0 rather than the output before them")

    def check(self) -> None:
        self.refuse_stateful()
        require_cells(self.cell if isinstance(self.cell, tuple) else (self.cell,), "cell")

    @property
    def step(self) -> Cell | StackedRNNCells:
        """The cell, several as one."""
        made = StackedRNNCells.make(cells=self.cell, dtype=self.dtype) if isinstance(self.cell, tuple) else self.cell
        assert is_cell(made)
        return made

    def memory(self, x: TensorType) -> tuple[TensorType, ...]:
        return tuple(m.with_dtype(self.compute_dtype) for m in self.step.memory(x.with_shape(x.channels)))

    def output(self, x: TensorType) -> tuple[TensorType, ...]:
        if self.unroll:
            known(x.shape[0], "the number of steps of an unrolled loop")
        y = self.step.output(x.with_shape(x.channels))[0]
        steps = x.shape[:1] if self.return_sequences else ()
        return (self.result(*steps, y.channels), *(self.memory(x) if self.return_state else ()))

    def weights(self, x: TensorType) -> Iterable[Weight]:
        return self.step.weights(x.with_shape(x.channels))

    def flops(self, x: TensorType, y: TensorType) -> Dim:
        return x.shape[0] * self.step.step_flops(x.channels)

    def arranged(self, operands: list[T]) -> list[T | list[T]]:
        x, *memory = operands
        return self.step.arranged(operands) if memory else [x]
