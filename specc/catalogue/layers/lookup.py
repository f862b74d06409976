"""Layers that look terms up in a vocabulary, which is learned from the training data unless a spec writes it.

Indices begin with the special ones: 0 for the mask token where there is one (in ``output_mode=int`` only), then
``num_oov_indices`` for terms that are not in the vocabulary, then its terms in order. In a learned one frequent
terms come first. XLA has no kernels for lookups.
"""

from __future__ import annotations

from typing import Any

from specc.catalogue.declare import Refusal, Value, show_value
from specc.catalogue.layers.encoding import encoded, output_mode
from specc.catalogue.learned import Absent, Learning, Terms, first_repeated
from specc.catalogue.params import Choice, Either, Flag, Integer, Label, Number, Optional, Text, Tuple
from specc.diagnostics.codes import CONFLICTING_ARGUMENTS, MISSING_ARGUMENT, UNKNOWN_SIZE, WRONG_DTYPE
from specc.program.dims import Dim
from specc.program.types import INTEGERS, TensorType

MODES = ("int", "one_hot", "multi_hot", "count", "tf_idf")


def max_tokens() -> Optional[Dim]:
    """The greatest size of the vocabulary."""
    return Optional(Integer(minimum=2), doc="greatest size of the vocabulary with the special terms, none for no limit")


def pad_to_max_tokens() -> Flag:
    """Whether codes are as long as the greatest vocabulary."""
    return Flag(False, doc="whether codes have the length `max_tokens` however many terms there are")


def idf_weights() -> Optional[tuple[float, ...]]:
    """How rare each term is."""
    return Optional(
        Tuple(Number(), at_least=1), doc="how rare each term is, for `output_mode=tf_idf`; learned with the terms"
    )


def _whole() -> Integer:
    """An integer of 64 bits."""
    return Integer(maximum=2**63 - 1)


def sparse() -> Absent:
    """Whether codes are sparse: never."""
    return Absent("sparse tensors have no type in a spec", doc="always false")


def encoding() -> Text:
    """How texts are bytes."""
    return Text("utf-8", doc="how texts are written as bytes")


class Looking(Learning, abstract=True):
    """Looks terms up. Subclasses have ``max_tokens``, ``output_mode``, ``vocabulary``, ``idf_weights`` and
    ``pad_to_max_tokens``, and say their special terms.
    """

    compiles = "never"
    dtype = None

    max_tokens: Optional[Dim]
    output_mode: Choice
    vocabulary: Optional[tuple[Any, ...]]
    idf_weights: Optional[tuple[float, ...]]
    pad_to_max_tokens: Flag

    @property
    def special(self) -> tuple[Any, ...]:
        """The terms that come before those of the vocabulary, in the order of their indices."""
        raise NotImplementedError(type(self).__name__)

    @property
    def terms(self) -> tuple[Any, ...]:
        """The vocabulary without special terms at its start."""
        given: tuple[Any, ...] = self.vocabulary or ()  # pyright: ignore[reportAssignmentType]
        count = len(self.special)
        return given[count:] if given[:count] == self.special else given

    @property
    def is_learned(self) -> bool:
        return self.vocabulary is not None

    @property
    def to_write(self) -> str:
        return "`vocabulary` and `idf_weights`" if self.mode == "tf_idf" else "`vocabulary`"

    @property
    def mode(self) -> str:
        return str(self.output_mode)

    def learned(self, adapted: Any) -> dict[str, Value]:
        table = getattr(adapted, "_lookup_layer", adapted)
        terms = tuple(t.item() if hasattr(t, "item") else t for t in table.get_vocabulary(include_special_tokens=False))
        found: dict[str, Value] = {"vocabulary": terms}
        if self.mode == "tf_idf":
            begin = len(self.special)
            weights = table.idf_weights.numpy()[begin : begin + len(terms)]
            found["idf_weights"] = tuple(float(w) for w in weights)
        return found

    def check(self) -> None:
        limit: Any = self.max_tokens
        if self.pad_to_max_tokens and limit is None:
            raise _missing("`pad_to_max_tokens` needs `max_tokens`", "max_tokens: an integer of at least 2")
        if self.idf_weights is not None and (self.mode != "tf_idf" or self.vocabulary is None):
            what = "output_mode=tf_idf" if self.mode != "tf_idf" else "a `vocabulary`"
            raise self._conflict("idf_weights", f"`idf_weights` go with {what}", what)
        if self.vocabulary is None:
            return
        terms = self.terms
        if not terms:
            raise self._conflict("vocabulary", "`vocabulary` has special terms only", "at least one other term")
        if (twice := first_repeated(terms)) is not None:
            raise self._conflict("vocabulary", f"`vocabulary` has {show_value(twice)} twice", "terms that differ")
        size = len(self.special) + len(terms)
        if isinstance(limit, int) and size > limit:
            most = f"at most {limit - len(self.special)} terms"
            message = f"{len(terms)} terms and {len(self.special)} special ones are more than `max_tokens`"
            raise self._conflict("vocabulary", message, most)
        if self.mode == "tf_idf":
            self._require_weights()

    def _require_weights(self) -> None:
        given: Any = self.idf_weights
        if given is None:
            message = "a `vocabulary` with `output_mode=tf_idf` needs `idf_weights`"
            raise _missing(message, "idf_weights: a number for each term")
        wanted = len(self.vocabulary or ())  # pyright: ignore[reportArgumentType]
        if len(given) != wanted:
            message = f"`idf_weights` are {len(given)} numbers, `vocabulary` has {wanted} terms"
            raise self._conflict("idf_weights", message, f"{wanted} numbers")

    def _conflict(self, argument: str, message: str, expected: str) -> Refusal:
        return Refusal(CONFLICTING_ARGUMENTS, message, expected=expected, argument=argument)

    def depth(self) -> Dim:
        """The length of a code.

        Raises:
            Refusal: it is not known before the vocabulary is learned.
        """
        if self.pad_to_max_tokens:
            return self.max_tokens  # pyright: ignore[reportReturnType]
        if self.vocabulary is None:
            raise Refusal(
                UNKNOWN_SIZE,
                f"with `output_mode={self.mode}` the output is as long as the vocabulary, which is not learned yet",
                expected="a size known when the model is built",
                help=(
                    "write `max_tokens=1000, pad_to_max_tokens=true`, with the greatest size that you want",
                    "or write the terms: `vocabulary=[…]`",
                    "or take the integers, for an `Embedding`: `output_mode=int`",
                ),
            )
        return len(self.special) + len(self.terms)

    def codes(self, x: TensorType) -> TensorType:
        """What is given out for terms ``x`` in any mode but ``int``."""
        dtype = "float32" if self.mode == "tf_idf" else "int64"
        return TensorType(dtype, encoded(self, x, self.mode, self.depth()))

    def flops(self, x: TensorType, y: TensorType) -> Dim:
        return y.size if self.mode == "tf_idf" else 0


def _missing(message: str, expected: str) -> Refusal:
    return Refusal(MISSING_ARGUMENT, message, expected=expected)


class Lookup(Looking, abstract=True):
    """Looks integers or texts up, or with ``invert`` what is at an index."""

    num_oov_indices: Integer
    mask_token: Optional[Any]
    oov_token: Optional[Any]
    invert: Flag

    @property
    def special(self) -> tuple[Any, ...]:
        masked = (self.mask_token,) if self.mask_token is not None and self.mode == "int" else ()
        return (*masked, *((self.oov_token,) * int(str(self.num_oov_indices))))

    def check(self) -> None:
        super().check()
        if self.invert and self.mode != "int":
            raise self._conflict("invert", "`invert` goes with `output_mode=int` only", "output_mode=int")
        self._require_no_special("mask_token", self.mask_token)
        if self.invert:
            self._require_no_special("oov_token", self.oov_token)

    def _require_no_special(self, name: str, token: Any) -> None:
        if token is not None and token in self.terms:
            message = f"`vocabulary` has the `{name}` {show_value(token)} among its terms"
            raise self._conflict("vocabulary", message, "special terms at the beginning only, or none of them")

    def output(self, x: TensorType) -> TensorType:
        if self.invert:
            return self._inverse(x)
        return x.with_dtype("int64") if self.mode == "int" else self.codes(x)

    def _inverse(self, x: TensorType) -> TensorType:
        raise NotImplementedError(type(self).__name__)


class StringLookup(Lookup):
    """Numbers texts by their place in a vocabulary.

    Shape: ``int`` ``[…] → […]``, of int64; ``one_hot`` ``[…] → […, terms]``, where a last axis of 1 is replaced;
    ``multi_hot``, ``count`` and ``tf_idf`` ``[n] → [terms]``. Without ``vocabulary`` it is learned from the training
    data. With ``invert`` the texts are looked up by their numbers.
    """

    accepts = "any"
    example = 'input color: string[7]  output y = color -> StringLookup(vocabulary=["red", "green", "blue"])'

    max_tokens = max_tokens()
    num_oov_indices = Integer(1, minimum=0, doc="indices for texts that are not in the vocabulary; 0: an error")
    mask_token = Optional(Text(), doc="the text that stands for padding, with the index 0")
    oov_token = Optional(Text(), "[UNK]", doc="what `invert` gives for an index without a text")
    vocabulary = Optional(Terms(Text()), doc="the texts in order; none to learn them")
    idf_weights = idf_weights()
    invert = Flag(False, doc="whether texts are looked up by their numbers")
    output_mode = output_mode(*MODES)
    pad_to_max_tokens = pad_to_max_tokens()
    sparse = sparse()
    encoding = encoding()
    name = Optional(Label(), doc="name of the layer, unique in its model")
    salt = Optional(
        Either(Integer(), Tuple(Integer(), length=2)),
        doc="key of the hash that spreads unknown texts over `num_oov_indices`; none for another hash",
    )

    def output(self, x: TensorType) -> TensorType:
        wanted = INTEGERS if self.invert else ("string",)
        if x.dtype not in wanted:
            what = "integers" if self.invert else "text"
            hint = () if self.invert or x.dtype not in INTEGERS else ("integers are looked up by `IntegerLookup`",)
            message = f"`StringLookup{'(invert=true)' if self.invert else ''}` takes {what}, this is {x.dtype}"
            raise Refusal(WRONG_DTYPE, message, expected=what, found=str(x), help=hint)
        return super().output(x)

    def _inverse(self, x: TensorType) -> TensorType:
        # Keras's symbolic tensor says int64.
        return x.with_dtype("string")


class IntegerLookup(Lookup):
    """Numbers integers by their place in a vocabulary.

    Shape: ``int`` ``[…] → […]``, of int64; ``one_hot`` ``[…] → […, terms]``, where a last axis of 1 is replaced;
    ``multi_hot``, ``count`` and ``tf_idf`` ``[n] → [terms]``. Without ``vocabulary`` it is learned from the training
    data. With ``invert`` the integers are looked up by their numbers.
    """

    accepts = "integer"
    example = "input code: int32[7]  output y = code -> IntegerLookup(vocabulary=[12, 36, 1138])"

    max_tokens = max_tokens()
    num_oov_indices = Integer(1, minimum=0, doc="indices for integers that are not in the vocabulary; 0: an error")
    mask_token = Optional(_whole(), doc="the integer that stands for padding, with the index 0")
    oov_token = Optional(_whole(), -1, doc="what `invert` gives for an index without an integer")
    vocabulary = Optional(Terms(_whole()), doc="the integers in order; none to learn them")
    vocabulary_dtype = Choice("int64", default="int64", doc="always int64")
    idf_weights = idf_weights()
    invert = Flag(False, doc="whether integers are looked up by their numbers")
    output_mode = output_mode(*MODES)
    sparse = sparse()
    pad_to_max_tokens = pad_to_max_tokens()
    oov_method = Choice(
        "floormod",
        "farmhash",
        default="floormod",
        doc="how unknown integers are spread over `num_oov_indices`: by their remainder, or evenly by a hash",
    )
    salt = Optional(
        Either(Integer(), Tuple(Integer(), length=2)),
        doc="key of the hash of `oov_method=farmhash`, none for another hash",
    )

    def check(self) -> None:
        super().check()
        if self.salt is not None and self.oov_method != "farmhash":
            raise self._conflict("salt", "`salt` goes with `oov_method=farmhash` only", "oov_method=farmhash")

    def _inverse(self, x: TensorType) -> TensorType:
        return x.with_dtype("int64")
