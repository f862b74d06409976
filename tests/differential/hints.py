"""What a declaration can't say by itself of the values that make sense for it: one table, by layer and argument.

A hint replaces the values that the kind of an argument suggests. Without one, values come from the argument's own
schema (`argument_values`).
"""

from typing import Any, Final

VALUES: Final[dict[tuple[str, str], tuple[Any, ...]]] = {
    ("EinsumDense", "equation"): (
        "abc,cd->abd", "abc,cbd->adb", "abc,bd->adbc", "...c,cd->...d", "ab...,bc->ac...", "ab,bc->ac", "...ab,bcd->...acd",
        "abcd,de->abce", "abc,ac->ab", "abb,bc->ac", "abc->ab", "abc,cd->abde", "...ab,bc->ac", "nonsense", 3,
    ),
    ("EinsumDense", "bias_axes"): (None, "d", "b", "bd", "c", "a", "", "z", 3),
    ("EinsumDense", "output_shape"): (5, (5,), (None, 5), (7, 5), (5, 7), (None, None), (None, 2, 5), (), (0, 5), (5, None), "d"),
    ("ReversibleEmbedding", "output_dim"): (5, 7, 1, 0, -1, 2.5, "text"),
    ("MultiHeadAttention", "attention_axes"): (None, 1, (1,), 2, (1, 2), -1, -2, 0, 5, "text"),
    ("TimeDistributed", "layer"): (),
}  # fmt: skip
"""Values tried, right and wrong ones; an empty tuple leaves it to the schema."""

SIZES: Final[dict[tuple[str, str], tuple[int, ...]]] = {
    ("Embedding", "input_dim"): (13, 2),
    ("ReversibleEmbedding", "input_dim"): (13, 2),
}
"""Integers tried where small ones would make what is looked up fall outside of the table."""

SLOW: Final = ("ConvLSTM3D", "Conv3DTranspose", "ConvLSTM2D")
"""Layers of which fewer cases are tried in one run."""

NOT_IN_NETWORKS: Final = ("getitem",)
"""Operations that aren't written as calls."""
