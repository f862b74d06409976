"""What a declaration can't say by itself of the values that make sense for it: one table, by layer and argument.

A hint replaces the values that the kind of an argument suggests. Without one, values come from the argument's own
schema (`argument_values`).
"""

from typing import Any, Final

VALUES: Final[dict[tuple[str, str], tuple[Any, ...]]] = {
    ("EinsumDense", "equation"): (
        "abc,cd->abd", "abc,cbd->adb", "abc,bd->adbc", "...c,cd->...d", "ab...,bc->ac...", "ab,bc->ac",
        "...ab,bcd->...acd", "abcd,de->abce", "abc,ac->ab", "abb,bc->ac", "abc->ab", "abc,cd->abde", "...ab,bc->ac",
        "nonsense", 3,
    ),
    ("EinsumDense", "bias_axes"): (None, "d", "b", "bd", "c", "a", "", "z", 3),
    ("EinsumDense", "output_shape"): (
        5, (5,), (None, 5), (7, 5), (5, 7), (None, None), (None, 2, 5), (), (0, 5), (5, None), "d",
    ),
    ("MultiHeadAttention", "attention_axes"): (None, 1, (1,), 2, (1, 2), -1, -2, 0, 5, "text"),
    ("Embedding", "input_dim"): (13, 2),
    ("ReversibleEmbedding", "input_dim"): (13, 2),
    ("ReversibleEmbedding", "output_dim"): (5, 7, 1, 0, 2.5),
}  # fmt: skip
"""Values tried, right and wrong ones."""

CALLS: Final[dict[tuple[str, str], tuple[str, ...]]] = {
    ("RNN", "cell"): (
        "GRUCell(3)", "LSTMCell(2)", "SimpleRNNCell(5)", "[LSTMCell(2), GRUCell(3)]", "[]", "Dense(5)",
        "StackedRNNCells([SimpleRNNCell(5), LSTMCell(3)])",
    ),
    ("StackedRNNCells", "cells"): ("[GRUCell(5)]", "[LSTMCell(2), GRUCell(3)]", "[SimpleRNNCell(3), Dense(5)]", "[]"),
    ("Bidirectional", "layer"): (
        "LSTM(3)", "GRU(2, return_sequences=true)", "SimpleRNN(3, return_state=true)", "RNN(LSTMCell(2))", "Dense(5)",
        "ConvLSTM1D(2, 3, return_sequences=true)",
    ),
    ("Bidirectional", "backward_layer"): (
        "LSTM(3, go_backwards=true)", "GRU(2, return_sequences=true, go_backwards=true)", "GRU(2)", "none",
    ),
}  # fmt: skip
"""The same for layers inside of layers, as `conformance` reads them."""

LOOKS_UP: Final = (
    "AugMix", "CategoryEncoding", "ContrastLimitedAdaptiveHistogramEqualization", "Embedding", "Equalization",
    "RandAugment", "ReversibleEmbedding", "take_along_axis",
)  # fmt: skip
"""What fails on values beyond its table: in networks it takes what is fed, not what was computed."""

MASKS: Final = ("Masking", "Embedding", "ReversibleEmbedding")
"""Layers that may mark steps as padding, which Keras hands on to later ones."""

NOT_IN_NETWORKS: Final = ("getitem",)
"""Operations that aren't written as calls."""

DIVIDES: Final = ("floor_divide", "mod")
"""Operations that fail where integers are divided by 0: integers that are fed are 0 and 1."""

SLOW: Final = (
    "Bidirectional", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D", "Conv3DTranspose", "GRU", "LSTM", "MelSpectrogram",
    "Pipeline", "RandAugment", "RNN", "SimpleRNN", "TimeDistributed",
)  # fmt: skip
"""Layers of which fewer cases are tried in one run, and fewer networks have more than one."""
