"""Sums of products: matrices and Einstein's convention."""

from __future__ import annotations

import re

from specc.catalogue.declare import Refusal
from specc.catalogue.ops.base import Operation
from specc.catalogue.ops.broadcast import promote, require_equal
from specc.catalogue.params import Text
from specc.diagnostics.codes import BAD_ARGUMENT, INPUT_COUNT, WRONG_RANK
from specc.program.deciding import equal
from specc.program.dims import Dim, size_of
from specc.program.types import FLOATS, TensorType


class matmul(Operation):
    """The product of matrices in the last two axes: ``[…, m, k], […, k, n] → […, m, n]``.

    The axes before them are equal, or 1. A vector for each example is a matrix of one row or column: `expand_dims`.
    """

    operands = ("x1", "x2")
    accepts = FLOATS

    def output(self, *inputs: TensorType) -> TensorType:
        left, right = inputs
        for x in inputs:
            self._require_matrix(x, left, right)
        if left.rank != right.rank:
            raise Refusal(
                WRONG_RANK,
                f"can't multiply matrices of {left.rank} and {right.rank} axes",
                expected="the same number of axes",
                found=f"{left} and {right}",
                help=("give the smaller one an axis of size 1: `expand_dims(x, 1)`",),
            )
        m, k = left.shape[-2:]
        inner, n = right.shape[-2:]
        hint = f"can't multiply a matrix of {k} columns with one of {inner} rows"
        require_equal(k, inner, left, right, hint, "as many rows as columns before")
        lead = (self._common(a, b, left, right) for a, b in zip(left.shape[:-2], right.shape[:-2], strict=True))
        return TensorType(promote(left, right), (*lead, m, n))

    def _require_matrix(self, x: TensorType, left: TensorType, right: TensorType) -> None:
        if x.rank >= 2:
            return
        raise Refusal(
            WRONG_RANK,
            f"`matmul` takes at least 2 axes, this has {x.rank}",
            expected="at least 2 axes (the batch axis is not counted)",
            found=f"{left} and {right}",
            help=("make a row of a vector with `expand_dims(x, 1)`, a column with `expand_dims(x, -1)`",),
        )

    def _common(self, a: Dim, b: Dim, left: TensorType, right: TensorType) -> Dim:
        if a == 1 or b == 1:
            return b if a == 1 else a
        require_equal(a, b, left, right, f"can't multiply matrices over axes of {a} and {b}", "equal sizes, or 1")
        return a

    def flops(self, inputs: tuple[TensorType, ...], y: TensorType) -> Dim:
        return 2 * y.size * inputs[0].channels


_SUBSCRIPTS = re.compile(r"[A-Za-z]+(,[A-Za-z]+)*->[A-Za-z]+")


class einsum(Operation):
    """Sums of products in Einstein's convention: ``einsum("bthd,bshd->bhts", q, k)``.

    A letter for each axis, the batch's first in every operand and in the result; letters that the result lacks are
    summed over. Source: https://numpy.org/doc/stable/reference/generated/numpy.einsum.html
    """

    operands = ()
    variadic = True
    accepts = FLOATS

    subscripts = Text(doc="a letter for each axis of each operand, an arrow, a letter for each axis of the result")

    def check(self) -> None:
        text = self.subscripts.replace(" ", "")
        if not _SUBSCRIPTS.fullmatch(text):
            raise self._wrong("`subscripts` are letters for each operand, an arrow, letters for the result")
        *terms, result = self._terms()
        if any(len(set(t)) < len(t) for t in (*terms, result)):
            raise self._wrong("a letter stands twice in one group")
        if unknown := sorted(set(result) - set("".join(terms))):
            raise self._wrong(f"`{unknown[0]}` of the result stands in no operand")
        batch = result[0]
        if any(t[0] != batch or batch in t[1:] for t in terms):
            raise self._wrong("the first letter of each operand and of the result is the batch's, and the same")

    def _terms(self) -> list[str]:
        return self.subscripts.replace(" ", "").replace("->", ",").split(",")

    def _wrong(self, message: str) -> Refusal:
        return Refusal(
            BAD_ARGUMENT,
            message,
            expected='subscripts such as "bij,bjk->bik"',
            found=f'"{self.subscripts}"',
            argument="subscripts",
        )

    def output(self, *inputs: TensorType) -> TensorType:
        *terms, result = self._terms()
        if len(terms) != len(inputs):
            raise Refusal(
                INPUT_COUNT,
                f"the subscripts have {len(terms)} operand{'' if len(terms) == 1 else 's'}, {len(inputs)} are given",
                expected=str(len(terms)),
                found=str(len(inputs)),
            )
        sizes = self._sizes(terms, inputs)
        return TensorType(promote(*inputs), tuple(sizes[letter] for letter in result[1:]))

    def _sizes(self, terms: list[str], inputs: tuple[TensorType, ...]) -> dict[str, Dim]:
        sizes: dict[str, Dim] = {}
        owner: dict[str, TensorType] = {}
        for term, x in zip(terms, inputs, strict=True):
            if len(term) != x.rank + 1:
                raise Refusal(
                    WRONG_RANK,
                    f"`{term}` has letters for {len(term)} axes, the batch's too; {x} has {x.rank + 1}",
                    expected=f"{x.rank + 1} letters",
                    found=term,
                    argument="subscripts",
                )
            for letter, size in zip(term[1:], x.shape, strict=True):
                have = sizes.setdefault(letter, size)
                before = owner.setdefault(letter, x)
                if not equal(have, size):
                    require_equal(have, size, before, x, f"`{letter}` is {have} and {size}")
        return sizes

    def flops(self, inputs: tuple[TensorType, ...], y: TensorType) -> Dim:
        *terms, _ = self._terms()
        return len(inputs) * size_of(self._sizes(terms, inputs).values())
