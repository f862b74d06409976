"""Attention: each place of the query takes a weighted mean of the values, by how its key fits."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from specc.catalogue.axes import place_of_axis
from specc.catalogue.declare import Refusal
from specc.catalogue.layer import MultiInputLayer, Weight
from specc.catalogue.layers.merging import refuse_unlike
from specc.catalogue.params import (
    Choice,
    Flag,
    Integer,
    Optional,
    Tuple,
    constraint,
    fraction,
    initializer,
    positive,
    regularizer,
    seed,
)
from specc.diagnostics.codes import CONFLICTING_ARGUMENTS, WRONG_RANK
from specc.program.deciding import equal
from specc.program.dims import Dim, Shape, size_of
from specc.program.types import TensorType


class Attending(MultiInputLayer, abstract=True):
    """Takes ``(query, value)`` or ``(query, value, key)``; without a key, the value is the key."""

    least = 2
    most: ClassVar[int | None] = 3
    rank = (2, 3, 4)

    use_causal_mask = Flag(False, doc="whether a step sees no later step; in Keras an argument of the call")

    def call_arguments(self, inputs: tuple[TensorType, ...]) -> dict[str, Any]:
        return {"use_causal_mask": True} if self.use_causal_mask else {}

    def keras_arguments(self, inputs: tuple[TensorType, ...]) -> dict[str, Any]:
        return {name: value for name, value in self.given.items() if name != "use_causal_mask"}

    def projection(self, name: str, taken: Shape, made: Shape) -> Iterable[Weight]:
        """The weights of one learned projection, for layers that have `use_bias`."""
        yield self.weight(f"{name}_kernel", *taken, *made)
        if getattr(self, "use_bias", False):
            yield self.weight(f"{name}_bias", *made)

    def require_fit(self, query: TensorType, value: TensorType, key: TensorType) -> None:
        """Refuse unlike ranks, and keys and values of unlike places."""
        if not query.rank == value.rank == key.rank:
            raise Refusal(
                WRONG_RANK,
                f"query, value and key of `{type(self).__name__}` have the same number of axes",
                expected=f"{query.rank} axes, as the query",
                found=f"{query}, {value} and {key}",
            )
        for axis, (a, b) in enumerate(zip(value.shape[:-1], key.shape[:-1], strict=True), start=1):
            self.require_equal(a, b, value, key, f"value and key need equal places, but on axis {axis}")

    def require_equal(self, a: Dim, b: Dim, left: TensorType, right: TensorType, where: str) -> None:
        """Refuse two sizes that aren't shown equal."""
        if not equal(a, b):
            raise refuse_unlike(a, b, left, right, f"in `{type(self).__name__}` {where}")


def _flash_attention() -> Optional[bool]:
    return Optional(Flag(), doc="only false or none: TensorFlow has no flash attention")


def require_initializers(layer: MultiHeadAttention | GroupQueryAttention) -> None:
    """Refuse none for first values: Keras makes copies of them, one for each projection."""
    for argument in ("kernel_initializer", "bias_initializer"):
        if getattr(layer, argument) is None:
            message = f"`{argument}` of `{type(layer).__name__}` can't be none"
            raise Refusal(CONFLICTING_ARGUMENTS, message, expected="an initializer", found="none", argument=argument)


def refuse_flash(wanted: bool | None) -> None:
    """Refuse what Keras has on other backends only."""
    if wanted:
        raise Refusal(
            CONFLICTING_ARGUMENTS,
            "TensorFlow has no flash attention",
            expected="false or none",
            found="true",
            argument="flash_attention",
        )


class MultiHeadAttention(Attending):
    """Attends several times side by side, each head in its own learned projection.

    Shape: query ``[T, C]``, value ``[S, V]``, key ``[S, K]`` → ``[T, C]``. Weights: kernels and biases of query, key,
    value and output: ``[C, heads, key_dim]``, ``[K, heads, key_dim]``, ``[V, heads, value_dim]``,
    ``[heads, value_dim, C]``. Vaswani et al. 2017, https://arxiv.org/abs/1706.03762.
    """

    spreads_inputs = True
    example = "input x: float32[17, 6]  output y = (x, x) -> MultiHeadAttention(2, 3)"

    num_heads = positive(doc="number of heads")
    key_dim = positive(doc="size of a head's query and key")
    value_dim = Optional(positive(), doc="size of a head's value, none for `key_dim`")
    dropout = fraction(0.0, doc="fraction of the attention dropped while training")
    use_bias = Flag(True, doc="whether the projections add a bias")
    output_shape = Optional(
        Tuple(positive(), single=True, at_least=1), doc="sizes that replace the query's last, none to keep it"
    )
    attention_axes = Optional(
        Tuple(Integer(), single=True, at_least=1), doc="axes it attends over, none for all but batch and channels"
    )
    sliding_window = Optional(positive(), doc="distance from which places don't see each other, none for no limit")
    flash_attention = _flash_attention()
    kernel_initializer = initializer("glorot_uniform", doc="first values of the kernels")
    bias_initializer = initializer("zeros", doc="first values of the biases")
    kernel_regularizer = regularizer(doc="penalty on the kernels")
    bias_regularizer = regularizer(doc="penalty on the biases")
    activity_regularizer = regularizer(doc="penalty on the outputs of the projections")
    kernel_constraint = constraint(doc="projection of the kernels after each step")
    bias_constraint = constraint(doc="projection of the biases after each step")
    use_gate = Flag(False, doc="whether a learned gate of the query multiplies the heads")
    seed = seed()

    def check(self) -> None:
        refuse_flash(self.flash_attention)
        require_initializers(self)

    def outputs(self, *inputs: TensorType) -> TensorType:
        query, value, key = _three(inputs)
        self.require_fit(query, value, key)
        attended = self._attended(query)
        if (self.use_causal_mask or self.sliding_window) and attended != [0]:
            # Keras makes its mask for that axis only.
            what = "use_causal_mask" if self.use_causal_mask else "sliding_window"
            raise Refusal(
                CONFLICTING_ARGUMENTS,
                f"`{what}` is for attention over the first axis alone",
                expected="a query of 2 axes, or `attention_axes=1`",
                found=str(query),
                argument=what,
            )
        for place, (a, b) in enumerate(zip(query.shape[:-1], value.shape[:-1], strict=True)):
            if place not in attended:
                self.require_equal(a, b, query, value, f"axis {place + 1} isn't attended over and must be equal, but")
        return self.result(*query.shape[:-1], *self._made(query))

    def _attended(self, query: TensorType) -> list[int]:
        if self.attention_axes is None:
            return list(range(query.rank - 1))
        places = [place_of_axis(axis, query, "attention_axes") for axis in self.attention_axes]
        if query.rank - 1 in places:
            raise Refusal(
                CONFLICTING_ARGUMENTS,
                "`attention_axes` can't hold the last axis, the channels",
                expected=f"axes from 1 to {query.rank - 1}",
                argument="attention_axes",
            )
        return places

    def _made(self, query: TensorType) -> Shape:
        """The sizes after those of the query's places."""
        return self.output_shape or (query.channels,)

    def weights_of(self, *inputs: TensorType) -> Iterable[Weight]:
        query, value, key = _three(inputs)
        head, value_head = self.key_dim, self.value_dim or self.key_dim
        yield from self.projection("query", (query.channels,), (self.num_heads, head))
        yield from self.projection("key", (key.channels,), (self.num_heads, head))
        if self.use_gate:
            yield from self.projection("gate", (query.channels,), (self.num_heads, value_head))
        yield from self.projection("value", (value.channels,), (self.num_heads, value_head))
        yield from self.projection("attention_output", (self.num_heads, value_head), self._made(query))

    def flops_of(self, inputs: tuple[TensorType, ...], outputs: tuple[TensorType, ...]) -> Dim:
        query, value, key = _three(inputs)
        heads, head, value_head = self.num_heads, self.key_dim, self.value_dim or self.key_dim
        asked, answered = size_of(query.shape[:-1]), size_of(value.shape[:-1])
        attended = self._attended(query)
        apart = size_of(size for place, size in enumerate(query.shape[:-1]) if place not in attended)
        pairs = asked * answered // apart
        bias = int(self.use_bias)
        projected = asked * heads * head * (2 * query.channels + bias)
        projected = projected + answered * heads * head * (2 * key.channels + bias)
        projected = projected + answered * heads * value_head * (2 * value.channels + bias)
        if self.use_gate:
            projected = projected + asked * heads * value_head * (2 * query.channels + bias + 1)
        made = outputs[0].size * (2 * heads * value_head + bias)
        return projected + 2 * pairs * heads * (head + value_head) + made


class GroupQueryAttention(Attending):
    """Attends like `MultiHeadAttention`, with fewer heads of keys and values than of queries.

    Shape: query ``[T, C]``, value ``[S, C]``, key ``[S, K]`` → ``[T, C]``. Weights: kernels and biases of query, key,
    value and output: ``[C, query_heads, head_dim]``, ``[K, heads, head_dim]``, ``[C, heads, head_dim]``,
    ``[query_heads, head_dim, C]``. Ainslie et al. 2023, https://arxiv.org/abs/2305.13245.
    """

    aliases = ("GroupedQueryAttention",)

    rank = 2
    spreads_inputs = True
    example = "input x: float32[17, 6]  output y = (x, x) -> GroupQueryAttention(5, 6, 3)"

    head_dim = positive(doc="size of a head's query, key and value")
    num_query_heads = positive(doc="number of heads of queries")
    num_key_value_heads = positive(doc="number of heads of keys and values, each for as many heads of queries")
    dropout = fraction(0.0, doc="fraction of the attention dropped while training")
    use_bias = Flag(True, doc="whether the projections add a bias")
    sliding_window = Optional(positive(), doc="distance from which places don't see each other, none for no limit")
    flash_attention = _flash_attention()
    kernel_initializer = initializer("glorot_uniform", doc="first values of the kernels")
    bias_initializer = initializer("zeros", doc="first values of the biases")
    kernel_regularizer = regularizer(doc="penalty on the kernels")
    bias_regularizer = regularizer(doc="penalty on the biases")
    activity_regularizer = regularizer(doc="penalty on the outputs of the projections")
    kernel_constraint = constraint(doc="projection of the kernels after each step")
    bias_constraint = constraint(doc="projection of the biases after each step")
    use_gate = Flag(False, doc="whether a learned gate of the query multiplies the heads")
    seed = seed()

    def check(self) -> None:
        refuse_flash(self.flash_attention)
        require_initializers(self)
        if equal(self.num_query_heads % self.num_key_value_heads, 0) is False:
            raise Refusal(
                CONFLICTING_ARGUMENTS,
                f"{self.num_query_heads} heads of queries can't be shared by {self.num_key_value_heads}",
                expected="`num_query_heads` to be a multiple of `num_key_value_heads`",
                argument="num_key_value_heads",
            )

    def outputs(self, *inputs: TensorType) -> TensorType:
        query, value, key = _three(inputs)
        self.require_fit(query, value, key)
        self.require_equal(query.channels, value.channels, query, value, "query and value need the same channels, but")
        return self.result(*query.shape)

    def weights_of(self, *inputs: TensorType) -> Iterable[Weight]:
        query, value, key = _three(inputs)
        asking, answering = (self.num_query_heads, self.head_dim), (self.num_key_value_heads, self.head_dim)
        yield from self.projection("query", (query.channels,), asking)
        yield from self.projection("key", (key.channels,), answering)
        if self.use_gate:
            yield from self.projection("gate", (query.channels,), asking)
        yield from self.projection("value", (value.channels,), answering)
        yield from self.projection("attention_output", asking, (query.channels,))

    def flops_of(self, inputs: tuple[TensorType, ...], outputs: tuple[TensorType, ...]) -> Dim:
        query, value, key = _three(inputs)
        asked, answered = query.shape[0], value.shape[0]
        bias = int(self.use_bias)
        asking, answering = self.num_query_heads * self.head_dim, self.num_key_value_heads * self.head_dim
        projected = asked * asking * (2 * query.channels + bias)
        projected = projected + answered * answering * (2 * (key.channels + value.channels) + 2 * bias)
        if self.use_gate:
            projected = projected + asked * asking * (2 * query.channels + bias + 1)
        return projected + 4 * asked * answered * asking + outputs[0].size * (2 * asking + bias)


class SingleHead(Attending, abstract=True):
    """Attends without projections. Shape: query ``[T, C]``, value ``[S, V]``, key ``[S, C]`` → ``[T, V]``."""

    accepts = "float"

    def outputs(self, *inputs: TensorType) -> TensorType:
        query, value, key = _three(inputs)
        self.require_fit(query, value, key)
        self.require_equal(query.channels, key.channels, query, key, "query and key need the same channels, but")
        for a, b in zip(query.shape[:-2], value.shape[:-2], strict=True):
            self.require_equal(a, b, query, value, "the axes before the steps must be equal, but")
        return self.result(*query.shape[:-1], value.channels)

    def flops_of(self, inputs: tuple[TensorType, ...], outputs: tuple[TensorType, ...]) -> Dim:
        query, value, _ = _three(inputs)
        pairs = size_of(query.shape[:-1]) * value.shape[-2]
        return 2 * pairs * (query.channels + value.channels)


class Attention(SingleHead):
    """Attends by dot products: ``softmax(query @ key^T) @ value``.

    Shape: query ``[T, C]``, value ``[S, V]``, key ``[S, C]`` → ``[T, V]``. Weights: scale ``[]`` with ``use_scale``,
    concat_score_weight ``[]`` with ``score_mode=concat``. Luong et al. 2015, https://arxiv.org/abs/1508.04025.
    """

    example = "input x: float32[17, 6]  input z: float32[11, 6]  output y = (x, z) -> Attention"

    use_scale = Flag(False, doc="whether the scores are multiplied by a learned number")
    score_mode = Choice("dot", "concat", default="dot", doc="dot products, or tanh of sums as in additive attention")
    dropout = fraction(0.0, doc="fraction of the attention dropped while training")
    seed = seed()

    def weights_of(self, *inputs: TensorType) -> Iterable[Weight]:
        if self.use_scale:
            yield self.weight("scale")
        if self.score_mode == "concat":
            yield self.weight("concat_score_weight")


class AdditiveAttention(SingleHead):
    """Attends by sums: ``softmax(sum(scale * tanh(query + key))) @ value``.

    Shape: query ``[T, C]``, value ``[S, V]``, key ``[S, C]`` → ``[T, V]``. Weights: scale ``[C]`` with ``use_scale``.
    Bahdanau et al. 2014, https://arxiv.org/abs/1409.0473.
    """

    example = "input x: float32[17, 6]  input z: float32[11, 6]  output y = (x, z) -> AdditiveAttention"

    use_scale = Flag(True, doc="whether each channel has a learned weight")
    dropout = fraction(0.0, doc="fraction of the attention dropped while training")

    def weights_of(self, *inputs: TensorType) -> Iterable[Weight]:
        if self.use_scale:
            yield self.weight("scale", inputs[0].channels)


def _three(inputs: tuple[TensorType, ...]) -> tuple[TensorType, TensorType, TensorType]:
    """Query, value and key."""
    query, value, *rest = inputs
    return query, value, rest[0] if rest else value
