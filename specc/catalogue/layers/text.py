"""Layers that make numbers of texts. XLA has no kernels for texts."""

from __future__ import annotations

from typing import Any

from specc.catalogue.declare import Refusal
from specc.catalogue.layers.encoding import output_mode
from specc.catalogue.layers.lookup import MODES, Looking, encoding, idf_weights, max_tokens, pad_to_max_tokens, sparse
from specc.catalogue.learned import Absent, Terms
from specc.catalogue.params import Choice, Either, Optional, Text, Tuple, positive
from specc.diagnostics.codes import CONFLICTING_ARGUMENTS, UNKNOWN_SIZE, WRONG_RANK
from specc.program.dims import Dim
from specc.program.types import TensorType


class TextVectorization(Looking):
    """Splits texts into terms and numbers these by their place in a vocabulary.

    Shape: of a text ``[]`` or ``[1]``: ``int`` ``→ [output_sequence_length]``, of int64, filled up with 0;
    ``multi_hot``, ``count`` and ``tf_idf`` ``→ [terms]``. With ``split=none`` of terms ``[n]``: ``int`` ``→ [n]``,
    ``one_hot`` ``→ [n, terms]``. Without ``vocabulary`` it is learned from the training data.
    """

    accepts = "string"
    rank = (0, 1)
    example = (
        "input text: string[]  "
        'output y = text -> TextVectorization(vocabulary=["good", "bad"], output_sequence_length=7)'
    )

    max_tokens = max_tokens()
    standardize = Optional(
        Choice("lower_and_strip_punctuation", "lower", "strip_punctuation"),
        "lower_and_strip_punctuation",
        doc="what is done to texts before they are split",
    )
    split = Optional(
        Choice("whitespace", "character"), "whitespace", doc="where texts are split, none for what is split already"
    )
    ngrams = Optional(
        Either(positive(), Tuple(positive(), at_least=1)),
        doc="how many terms in a row make one: a number for all up to it, a list for these; none for single terms",
    )
    output_mode = output_mode(*MODES)
    output_sequence_length = Optional(positive(), doc="number of integers per text; what is longer is cut")
    pad_to_max_tokens = pad_to_max_tokens()
    vocabulary = Optional(Terms(Text()), doc="the terms in order; none to learn them")
    idf_weights = idf_weights()
    sparse = sparse()
    ragged = Absent("ragged tensors have no type in a spec", "give `output_sequence_length`", doc="always false")
    encoding = encoding()

    @property
    def special(self) -> tuple[Any, ...]:
        return ("", "[UNK]") if self.mode == "int" else ("[UNK]",)

    def check(self) -> None:
        super().check()
        if self.output_sequence_length is not None and self.mode != "int":
            raise self._conflict(
                "output_sequence_length", "`output_sequence_length` goes with `output_mode=int` only", "output_mode=int"
            )
        if "" in self.terms:
            message = "`vocabulary` has the empty text, which stands for padding, among its terms"
            raise self._conflict("vocabulary", message, "special terms at the beginning only, or none of them")
        if self.mode == "one_hot" and self.split is not None:
            raise Refusal(
                CONFLICTING_ARGUMENTS,
                "`output_mode=one_hot` of texts that are split would be ragged, which has no type in a spec",
                expected="another `output_mode`, or `split=none`",
                argument="output_mode",
            )

    def output(self, x: TensorType) -> TensorType:
        count = self._terms_of(x)
        if self.mode != "int":
            return self.codes(x.with_shape(count))
        return TensorType("int64", (self._length(count),))

    def _terms_of(self, x: TensorType) -> Dim:
        """How many terms an example is given as; 0 where it is split into them."""
        if self.split is None:
            if x.rank == 0:
                # Keras takes the batch for one example.
                raise Refusal(
                    WRONG_RANK,
                    "`TextVectorization` with `split=none` takes a list of terms per example",
                    expected="1 axis (the batch axis is not counted)",
                    found=str(x),
                )
            return x.shape[0]
        if x.rank == 1 and x.shape[0] != 1:
            raise Refusal(
                WRONG_RANK,
                "`TextVectorization` splits one text per example",
                expected="string[] or string[1]",
                found=str(x),
                help=("terms that are split already are taken with `split=none`",),
            )
        return 0

    def _length(self, count: Dim) -> Dim:
        if self.output_sequence_length is not None:
            return self.output_sequence_length
        if self.split is None and self.ngrams is None:
            return count
        raise Refusal(
            UNKNOWN_SIZE,
            "the number of integers hangs on the longest text of each batch",
            expected="`output_sequence_length`, or another `output_mode`",
            help=("write `output_sequence_length=50`, with as many terms as texts should have at most",),
        )

    def is_misjudged(self, inputs: tuple[TensorType, ...]) -> bool:
        # Keras forgets that an axis of 1 goes away, and the number of terms that aren't split.
        if self.mode == "int":
            return self.output_sequence_length is None
        return self.split is not None and inputs[0].rank == 1
