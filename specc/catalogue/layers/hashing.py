"""Layers that number categories by a hash: without a vocabulary, but different ones may get the same number."""

from __future__ import annotations

from specc.catalogue.declare import Refusal
from specc.catalogue.layer import Layer, MultiInputLayer, known
from specc.catalogue.layers.encoding import encoded, output_mode
from specc.catalogue.learned import Absent
from specc.catalogue.params import Choice, Either, Integer, Optional, Text, Tuple, positive
from specc.diagnostics.codes import BAD_ARGUMENT, SHAPE_MISMATCH, WRONG_RANK
from specc.program.types import FLOATS, INTEGERS, TensorType

_CATEGORIES = ("string", *INTEGERS)


class Hashed(Layer, abstract=True):
    """Gives out the numbers as int64, codes as float32, unless ``dtype`` says another."""

    accepts = _CATEGORIES
    compiles = "never"

    output_mode: Choice
    dtype = Optional(Choice("int32", "int64", *FLOATS), doc="dtype of the output")

    @property
    def compute_dtype(self) -> str:
        default = "int64" if self.output_mode == "int" else "float32"
        return str(self.dtype or default)


class Hashing(Hashed):
    """Numbers texts or integers by a hash.

    Shape: ``int`` ``[…] → […]``; ``one_hot`` ``[…] → […, num_bins]``, where a last axis of 1 is replaced;
    ``multi_hot`` and ``count`` ``[n] → [num_bins]``. FarmHash64, with ``salt`` SipHash64.
    """

    example = "input word: string[7]  output y = word -> Hashing(11)"

    num_bins = positive(doc="how many numbers there are")
    mask_value = Optional(Either(Integer(), Text()), doc="what gets the number 0, which nothing else then gets")
    salt = Optional(Either(Integer(minimum=0), Tuple(Integer(minimum=0), length=2)), doc="key of the hash")
    output_mode = output_mode("int", "one_hot", "multi_hot", "count")
    sparse = Absent("sparse tensors have no type in a spec", doc="always false")

    def check(self) -> None:
        if self.output_mode == "int" and self.compute_dtype in FLOATS:
            raise Refusal(
                BAD_ARGUMENT,
                "with `output_mode=int` the dtype is one of integers",
                expected="int32 or int64",
                found=self.compute_dtype,
                argument="dtype",
            )

    def output(self, x: TensorType) -> TensorType:
        if self.mask_value is not None and isinstance(self.mask_value, str) != (x.dtype == "string"):
            raise Refusal(
                BAD_ARGUMENT,
                f"`mask_value` must be one of the input's values, which are {x.dtype}",
                expected="a quoted text" if x.dtype == "string" else "an integer",
                found=str(self.mask_value),
                argument="mask_value",
            )
        if self.output_mode == "int":
            return self.result(*x.shape)
        if self.output_mode == "one_hot" and x.rank:
            known(x.channels, "the last axis of `Hashing`'s input")
        return self.result(*encoded(self, x, self.output_mode, self.num_bins))

    def is_misjudged(self, inputs: tuple[TensorType, ...]) -> bool:
        # Keras's shape rule makes one code of each example.
        return self.output_mode == "one_hot"


class HashedCrossing(Hashed, MultiInputLayer):
    """Numbers pairs of categories by a hash.

    Shape: ``[], [] → []`` or ``[1], [1] → [1]``; with ``one_hot`` ``→ [num_bins]``. FarmHash64.
    """

    rank = (0, 1)
    most = 2
    example = "input a: string[]  input b: string[]  output y = (a, b) -> HashedCrossing(11)"

    num_bins = positive(doc="how many numbers there are")
    output_mode = output_mode("int", "one_hot")
    sparse = Absent("sparse tensors have no type in a spec", doc="always false")
    trainable = None

    def outputs(self, *inputs: TensorType) -> TensorType:
        first, second = inputs
        for x in inputs:
            if x.rank and x.channels != 1:
                raise Refusal(
                    WRONG_RANK,
                    "`HashedCrossing` takes one category of each kind per example",
                    expected="tensors of the shape [] or [1]",
                    found=str(x),
                )
        if first.shape != second.shape:
            raise Refusal(
                SHAPE_MISMATCH,
                "`HashedCrossing` takes tensors of equal shapes",
                expected="[] and [], or [1] and [1]",
                found=f"{first} and {second}",
            )
        if self.output_mode == "int":
            return self.result(*first.shape)
        return self.result(*encoded(self, first, "one_hot", self.num_bins))
