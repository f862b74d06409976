"""A dense layer over any axes, said as an einsum equation."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from string import ascii_letters
from typing import Any, Final

from specc.catalogue.declare import Refusal
from specc.catalogue.layer import Layer, Weight
from specc.catalogue.params import Optional, Text, Tuple, activation, constraint, initializer, positive, regularizer
from specc.diagnostics.codes import BAD_ARGUMENT, SHAPE_MISMATCH, WRONG_RANK
from specc.program.deciding import equal
from specc.program.dims import Dim, Shape, size_of
from specc.program.types import TensorType

_FORM: Final = re.compile(r"(\.\.\.)?([a-zA-Z]+)(\.\.\.)?,([a-zA-Z]+)->(\.\.\.)?([a-zA-Z]+)(\.\.\.)?")


@dataclass(frozen=True, slots=True)
class Equation:
    """``...ab,bc->...ac``: the letters of input, kernel and output; ``left``, ``right``: where ``...`` stands."""

    taken: str
    kernel: str
    made: str
    left: bool
    right: bool


class EinsumDense(Layer):
    """Multiplies by a kernel as an einsum equation says: ``activation(einsum(equation, x, kernel) + bias)``.

    Shape: each letter of the output has the size that the input has there, or that ``output_shape`` says.
    Weights: kernel, with the sizes of its letters; bias with ``bias_axes``, from the first of them to the end, 1
    elsewhere. The equation's first letter is the batch, unless ``...`` stands before.
    """

    example = 'input x: float32[7, 11]  output y = x -> EinsumDense("btc,cd->btd", [none, 5], bias_axes="d")'
    accepts = "float"

    equation = Text(doc='the einsum equation, such as "abc,cd->abd", "...c,cd->...d" or "ab...,bc->ac..."')
    output_shape = Tuple(
        Optional(positive()),
        single=True,
        at_least=1,
        doc="the output's sizes after the batch, without those of `...`; none where the input says it",
    )
    activation = activation()
    bias_axes = Optional(Text(), doc="the letters of the output along which a bias is added, none for no bias")
    kernel_initializer = initializer("glorot_uniform", doc="first values of the kernel")
    bias_initializer = initializer("zeros", doc="first values of the bias")
    kernel_regularizer = regularizer(doc="penalty on the kernel")
    bias_regularizer = regularizer(doc="penalty on the bias")
    kernel_constraint = constraint(doc="projection of the kernel after each step")
    bias_constraint = constraint(doc="projection of the bias after each step")

    def check(self) -> None:
        found = self._read()
        for where, letters in (("input", found.taken), ("kernel", found.kernel), ("output", found.made)):
            if len(set(letters)) != len(letters):
                raise self._bad(f"a letter stands twice in its {where}")
        if lost := set(found.made) - set(found.taken + found.kernel):
            raise self._bad(f"`{min(lost)}` of the output is in neither input nor kernel")
        if lost := set(found.kernel) - set(found.taken + found.made):
            raise self._bad(f"`{min(lost)}` of the kernel is in neither input nor output")
        if lost := set(self.bias_axes or "") - set(found.made):
            message = f"`bias_axes` has `{min(lost)}`, which is no letter of the output"
            raise Refusal(BAD_ARGUMENT, message, expected=f"letters of {found.made}", argument="bias_axes")
        if self.bias_axes == "":
            raise Refusal(BAD_ARGUMENT, "`bias_axes` names no letter", expected="letters or none", argument="bias_axes")
        if not found.left and found.taken[0] in found.kernel:
            raise self._bad(f"`{found.taken[0]}` is the batch, whose size no kernel can have")
        if not found.left and found.taken[0] != found.made[0]:
            raise self._bad(f"`{found.taken[0]}` is the batch and must stay the output's first letter")
        if not found.left and found.made[0] in (self.bias_axes or ""):
            message = f"`bias_axes` has `{found.made[0]}`, the batch, whose size no bias can have"
            raise Refusal(BAD_ARGUMENT, message, expected=f"letters of {found.made[1:]}", argument="bias_axes")
        wanted = len(found.made) - (not found.left)
        if len(self.output_shape) != wanted:
            raise Refusal(
                BAD_ARGUMENT,
                f"`output_shape` has {len(self.output_shape)} sizes, the equation's output {wanted} after the batch",
                expected=f"{wanted} sizes",
                found=str(len(self.output_shape)),
                argument="output_shape",
            )

    def _read(self) -> Equation:
        match = _FORM.fullmatch(self.equation)
        if match is None:
            raise self._bad("that isn't a form that it can have")
        left, taken, right, kernel, made_left, made, made_right = match.groups()
        if (left, right) != (made_left, made_right) or (left and right):
            raise self._bad("`...` stands at the same end of input and output")
        if right and len(taken) < 2:
            raise self._bad("`...` at the end needs two letters before it, the batch and another")
        return Equation(taken, kernel, made, bool(left), bool(right))

    def _bad(self, why: str) -> Refusal:
        return Refusal(
            BAD_ARGUMENT,
            f"the equation doesn't fit: {why}",
            expected='"[X],[Y]->[Z]", "...[X],[Y]->...[Z]" or "[X]...,[Y]->[Z]..."',
            found=f'"{self.equation}"',
            argument="equation",
        )

    def _sizes(self, x: TensorType) -> tuple[Mapping[str, Dim], Shape]:
        """The size of each letter but the batch's, and of the axes that pass through."""
        form = self._read()
        letters = form.taken if form.left else form.taken[1:]
        passing = x.rank - len(letters)
        if passing < 0 or (passing and not (form.left or form.right)):
            raise Refusal(
                WRONG_RANK,
                f'"{self.equation}" takes {len(letters)} axes after the batch, the input has {x.rank}',
                expected=f"{len(letters)} axes",
                found=str(x),
            )
        own = x.shape[passing:] if form.left else x.shape[: len(letters)]
        sizes: dict[str, Dim] = dict(zip(letters, own, strict=True))
        made = form.made if form.left else form.made[1:]
        for letter, size in zip(made, self.output_shape, strict=True):
            if size is None and letter not in sizes:
                raise self._unsaid(letter)
            if size is not None and not equal(sizes.setdefault(letter, size), size):
                raise self._unlike(letter, size, sizes[letter], x)
        return sizes, x.shape[:passing] if form.left else x.shape[len(letters) :]

    def _unsaid(self, letter: str) -> Refusal:
        return Refusal(
            BAD_ARGUMENT,
            f"`output_shape` says none for `{letter}`, whose size the input doesn't say",
            expected="a number there",
            argument="output_shape",
        )

    def _unlike(self, letter: str, said: Dim, found: Dim, x: TensorType) -> Refusal:
        return Refusal(
            SHAPE_MISMATCH,
            f"`output_shape` says {said} for `{letter}`, which is {found} in the input",
            expected=f"{found} or none",
            found=str(x),
            argument="output_shape",
        )

    def output(self, x: TensorType) -> TensorType:
        form = self._read()
        sizes, passing = self._sizes(x)
        made = tuple(sizes[letter] for letter in form.made if letter in sizes)
        return self.result(*passing, *made) if form.left else self.result(*made, *passing)

    def weights(self, x: TensorType) -> Iterable[Weight]:
        form = self._read()
        sizes, passing = self._sizes(x)
        yield self.weight("kernel", *(sizes[letter] for letter in form.kernel))
        if self.bias_axes:
            first = min(form.made.index(letter) for letter in self.bias_axes)
            own = (sizes[letter] if letter in self.bias_axes else 1 for letter in form.made[first:])
            yield self.weight("bias", *own, *(() if form.left else (1,) * len(passing)))

    def flops(self, x: TensorType, y: TensorType) -> Dim:
        form = self._read()
        sizes, passing = self._sizes(x)
        products = size_of((*sizes.values(), *passing))
        summed = set(form.taken) & set(form.kernel) - set(form.made)
        return products * (2 if summed else 1) + (y.size if self.bias_axes else 0)

    def keras_arguments(self, inputs: tuple[TensorType, ...]) -> dict[str, Any]:
        """Keras forgets the sizes that ``output_shape`` leaves to the input: it gets those that are numbers.

        Of several axes that pass through in front, its shape rule turns the order around: they get letters.
        """
        if not inputs:
            return self.given
        form = self._read()
        sizes, passing = self._sizes(inputs[0])
        made = [sizes[letter] for letter in form.made if letter in sizes]
        arguments = dict(self.given)
        if form.left and len(passing) > 1:
            free = [letter for letter in ascii_letters if letter not in form.taken + form.kernel + form.made]
            front = "".join(free[: len(passing) + 1])
            arguments["equation"] = f"{front}{form.taken},{form.kernel}->{front}{form.made}"
            made = [*passing, *made]
        return {**arguments, "output_shape": tuple(size if isinstance(size, int) else None for size in made)}
