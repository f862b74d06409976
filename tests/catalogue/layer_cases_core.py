"""Cases of the layers over volumes, the adaptive poolings, einsum, attention, and of what goes over steps."""

ACCEPTED = {
    "MaxPooling3D": [
        "[11, 13, 17, 3] -> MaxPooling3D()",
        "[11, 13, 17, 3] -> MaxPooling3D([2, 3, 5], [1, 2, 3], same)",
    ],
    "AveragePooling3D": [
        "[11, 13, 17, 3] -> AveragePooling3D([2, 3, 5])",
        "[11, 13, 17, 3] -> AveragePooling3D(3, strides=2, padding=same)",
    ],
    "GlobalAveragePooling3D": ["[11, 13, 17, 3] -> GlobalAveragePooling3D(keepdims=true)"],
    "GlobalMaxPooling3D": ["[11, 13, 17, 3] -> GlobalMaxPooling3D(channels_last, true)"],
    "AdaptiveAveragePooling1D": ["[17, 3] -> AdaptiveAveragePooling1D([5])", "[3, 2] -> AdaptiveAveragePooling1D(7)"],
    "AdaptiveAveragePooling2D": ["[13, 17, 3] -> AdaptiveAveragePooling2D([5, 7])"],
    "AdaptiveAveragePooling3D": ["[11, 13, 17, 3] -> AdaptiveAveragePooling3D([2, 5, 7])"],
    "AdaptiveMaxPooling1D": ["[17, 3] -> AdaptiveMaxPooling1D(2)", "[3, 2] -> AdaptiveMaxPooling1D(7)"],
    "AdaptiveMaxPooling2D": ["[13, 17, 3] -> AdaptiveMaxPooling2D([5, 7], channels_last)"],
    "AdaptiveMaxPooling3D": ["[11, 13, 17, 3] -> AdaptiveMaxPooling3D(3)"],
    "Conv3DTranspose": [
        "[3, 5, 7, 2] -> Conv3DTranspose(11, [2, 3, 5], strides=[3, 2, 1])",
        "[3, 5, 7, 2] -> Conv3DTranspose(11, 3, 2, same, use_bias=false)",
        "[3, 5, 7, 2] -> Conv3DTranspose(11, 3, strides=2, output_padding=1)",
    ],
    "Cropping3D": ["[11, 13, 17, 3] -> Cropping3D()", "[11, 13, 17, 3] -> Cropping3D([[1, 2], [3, 5], [0, 7]])"],
    "ZeroPadding3D": ["[11, 13, 17, 3] -> ZeroPadding3D()", "[11, 13, 17, 3] -> ZeroPadding3D([1, 2, 3])"],
    "UpSampling3D": ["[3, 5, 7, 2] -> UpSampling3D([1, 2, 3])", "[3, 5, 7, 2] -> UpSampling3D()"],
    "SpatialDropout3D": ["[3, 5, 7, 2] -> SpatialDropout3D(0.2, channels_last, 3)"],
    "EinsumDense": [
        "[7, 11] -> EinsumDense('abc,cd->abd', [7, 5])",
        "[7, 11] -> EinsumDense('abc,cd->abd', [none, 5], relu, 'd')",
        "[7, 11] -> EinsumDense('abc,bcd->ad', 5, bias_axes='d')",
        "[7, 11] -> EinsumDense('...c,cd->...d', 5, bias_axes='d')",
        "[7, 3, 11] -> EinsumDense('...c,c->...c', 11)",
        "[7, 3, 11] -> EinsumDense('...bc,cde->...bde', [none, 2, 5], bias_axes='be')",
        "[7, 11, 3] -> EinsumDense('ab...,bc->ac...', 5, bias_axes='c')",
        "[7, 11] -> EinsumDense('abc,de->adebc', [2, 5, 7, 11], bias_axes='eb')",
        "[11] -> EinsumDense('ab,bc->ac', 5, kernel_initializer=HeNormal(), dtype=float64)",
    ],
    "ReversibleEmbedding": [
        "int32[7] -> ReversibleEmbedding(13, 5, false)",
        "[7, 5] -> ReversibleEmbedding(13, 5)",
        "[7, 5] -> ReversibleEmbedding(13, 5, tie_weights=false, logit_soft_cap=3)",
        "int64[7] -> ReversibleEmbedding(13, 5, mask_zero=true, dtype=float16)",
    ],
    "GroupQueryAttention": [
        "[17, 6], [11, 6] -> GroupQueryAttention(7, 4, 2)",
        "[17, 6], [11, 6], [11, 13] -> GroupQueryAttention(7, 3, 1, use_bias=false, dropout=0.1)",
        "[17, 6], [17, 6] -> GroupQueryAttention(7, 6, 3, sliding_window=5, use_causal_mask=true, use_gate=true)",
    ],
    "ConvLSTM1D": [
        "[7, 13, 3] -> ConvLSTM1D(5, 3, return_sequences=true, return_state=true)",
        "[7, 13, 3] -> ConvLSTM1D(5, 3, 2, same, use_bias=false)",
    ],
    "ConvLSTM2D": [
        "[5, 11, 13, 3] -> ConvLSTM2D(7, [2, 3], padding=same, return_sequences=true)",
        "[5, 11, 13, 3] -> ConvLSTM2D(7, 3, dilation_rate=[2, 3], return_state=true, go_backwards=true)",
        "[5, 11, 13, 3], [9, 11, 7], [9, 11, 7] -> ConvLSTM2D(7, 3)",
    ],
    "ConvLSTM3D": ["[3, 5, 7, 11, 2] -> ConvLSTM3D(2, [2, 3, 5], dropout=0.1)"],
    "RNN": [
        "[17, 3] -> RNN(LSTMCell(5), return_state=true)",
        "[17, 3] -> RNN(SimpleRNNCell(5), true, go_backwards=true)",
        "[17, 3] -> RNN([GRUCell(5), LSTMCell(7)], return_sequences=true, return_state=true)",
        "[17, 3] -> RNN(StackedRNNCells([SimpleRNNCell(5), GRUCell(7)]), unroll=true)",
        "[17, 3], [5] -> RNN(GRUCell(5), zero_output_for_mask=true)",
        "[17, 3], [5], [7], [7] -> RNN([GRUCell(5), LSTMCell(7)])",
        "[17, 3] -> RNN(LSTMCell(5, dtype=float64), dtype=float64)",
    ],
    "LSTMCell": [
        "[3], [5], [5] -> LSTMCell(5, use_bias=false)",
        "[3], [5], [5] -> LSTMCell(5, unit_forget_bias=false, seed=3)",
    ],
    "GRUCell": ["[3], [5] -> GRUCell(5, reset_after=false)", "[3], [5] -> GRUCell(5, dtype=float64)"],
    "SimpleRNNCell": ["[3], [5] -> SimpleRNNCell(5, relu)"],
    "StackedRNNCells": ["[3], [5], [7], [7] -> StackedRNNCells([GRUCell(5), LSTMCell(7)])"],
    "SpectralNormalization": [
        "[11] -> SpectralNormalization(Dense(5))",
        "[13, 17, 3] -> SpectralNormalization(Conv2D(5, 3, use_bias=false), 3)",
        "[13, 17, 3] -> SpectralNormalization(DepthwiseConv2D(3))",
        "[7, 11] -> SpectralNormalization(EinsumDense('abc,cd->abd', [7, 5]))",
    ],
}

REFUSED_BY_BOTH = [
    "[11] -> Dense(7, bias_initializer=orthogonal)",
    "[17, 3] -> Conv1D(5, 3, kernel_initializer=identity)",
    "[13, 17, 3] -> DepthwiseConv2D(3, depthwise_initializer=Identity())",
    "[17, 3] -> LSTM(5, dtype=bfloat16)",
    "[5, 11, 13, 3] -> ConvLSTM2D(5, 3, bias_initializer=none)",
    "[7, 11] -> LayerNormalization(axis=[-1, 2])",
    "[7, 17, 6], [7, 17, 6] -> MultiHeadAttention(2, 3, sliding_window=5)",
    "[7, 11, 3] -> TimeDistributed(Bidirectional(LSTM(5), merge_mode=none))",
]
"""Lines that neither takes."""
