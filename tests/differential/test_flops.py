"""FLOPs as specc counts them against TensorFlow's profiler, and for which layers the two count differently, and why."""

from typing import Final

import pytest
from conformance import example_of, read
from flops_profiler import profiled
from generated_cases import layers
from layer_cases import ACCEPTED

pytestmark = pytest.mark.keras

ALIKE: Final = """Add Average AveragePooling1D AveragePooling2D CenterCrop Concatenate Conv1D Conv2D Conv2DTranspose
    Conv3D Cropping1D Cropping2D Cropping3D Dense DepthwiseConv1D DepthwiseConv2D Dot EinsumDense Flatten
    GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D HashedCrossing Hashing Identity IntegerLookup
    Masking MaxPooling1D MaxPooling2D Maximum Minimum Multiply Permute Pipeline Rescaling Reshape SeparableConv1D
    SeparableConv2D SpectralNormalization StringLookup Subtract TextVectorization TimeDistributed ZeroPadding1D
    ZeroPadding2D ZeroPadding3D""".split()  # noqa: SIM905 - read as words
"""Layers for which both count the same."""

DIFFERENT: Final = {
    "the profiler counts a loop's body once, specc each step":
        "Bidirectional ConvLSTM1D ConvLSTM2D ConvLSTM3D GRU LSTM RNN SimpleRNN",
    "the profiler counts each gate's functions, specc no activations inside of layers":
        "GRUCell LSTMCell SimpleRNNCell StackedRNNCells",
    "the profiler counts each elementary function of an activation that it knows, specc 1 for each element":
        "Activation ELU LeakyReLU PReLU ReLU Softmax",
    "specc counts what happens while training, the profiler what happens when predicting: nothing":
        "ActivityRegularization AlphaDropout CutMix Dropout Equalization GaussianDropout GaussianNoise AugMix "
        "RandAugment RandomBrightness RandomColorJitter RandomContrast RandomElasticTransform "
        "RandomErasing RandomGaussianBlur RandomInvert RandomPerspective "
        "RandomRotation RandomShear RandomTranslation RandomZoom Solarization "
        "SpatialDropout1D SpatialDropout2D SpatialDropout3D",
    "the profiler counts the functions that a normalization is made of, which TensorFlow joins or leaves out":
        "BatchNormalization GroupNormalization LayerNormalization Normalization RMSNormalization UnitNormalization",
    "the profiler knows no kernels for volumes, specc counts them like those for pictures":
        "AveragePooling3D Conv3DTranspose MaxPooling3D",
    "Keras pools twice over windows of two sizes and picks, specc counts each input once":
        "AdaptiveAveragePooling1D AdaptiveAveragePooling2D AdaptiveAveragePooling3D AdaptiveMaxPooling1D "
        "AdaptiveMaxPooling2D AdaptiveMaxPooling3D",
    "the profiler doesn't count the greatest of an axis": "GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D",
    "the profiler doesn't count some products of einsum, and counts masks, scales and softmax":
        "AdditiveAttention Attention GroupQueryAttention MultiHeadAttention",
    "the profiler counts how indices and sizes are computed": "Embedding RepeatVector ReversibleEmbedding "
        "UpSampling1D UpSampling3D Conv1DTranspose",
    "the profiler doesn't count how points are interpolated": "Resizing UpSampling2D",
    "the profiler counts the steps of finding bins and histograms as they are written, specc 1 for each result":
        "AutoContrast CategoryEncoding ContrastLimitedAdaptiveHistogramEqualization Discretization",
    "the profiler doesn't count Fourier transforms, or counts the functions around them":
        "MelSpectrogram STFTSpectrogram",
    "the profiler's graph can't hold the seed that they draw from":
        "MixUp RandomColorDegeneration RandomGrayscale RandomHue RandomPosterization RandomSaturation RandomSharpness",
}  # fmt: skip
"""Layers that are counted differently, by the reason."""

UNEQUAL: Final = [name for names in DIFFERENT.values() for name in names.split()]
ONLY_MOVING: Final = ("RandomCrop", "RandomFlip")
"""Counted as nothing by specc, and by the profiler when predicting."""

DIFFERENT_ARGUMENTS: Final = {
    "activation": "specc counts no activations inside of layers",
    "normalize": "specc counts the product only",
    "dilation_rate": "TensorFlow on CPUs makes a larger picture of parts, and the profiler counts all of it",
}
"""Arguments with which the layers of the first table are counted differently, with the reason."""

DIFFERENT_CASES: Final = {
    "EinsumDense": "the profiler doesn't count products of einsum that aren't matrix products",
    "TimeDistributed": "what is inside may be counted differently",
    "Pipeline": "what is inside may be counted differently",
    "Hashing": "the profiler counts how what stands for nothing is told apart",
    "IntegerLookup": "the profiler counts how indices are moved past the special ones",
    "StringLookup": "the profiler counts how indices are moved past the special ones",
    "TextVectorization": "the profiler counts how indices are moved past the special ones",
    "Conv2DTranspose": "specc counts each input with the whole kernel, the profiler each output with its share of it",
}
"""Layers of the first table of which only the example is counted alike, with the reason."""


def test_every_layer_is_in_one_table():
    assert sorted([*ALIKE, *UNEQUAL, *ONLY_MOVING]) == sorted(layers())


@pytest.mark.parametrize("name", [*ALIKE, *ONLY_MOVING])
def test_flops_are_those_of_the_profiler(name: str):
    lines = [example_of(layers()[name]), *([] if name in DIFFERENT_CASES else ACCEPTED[name])]
    cases = [case for case in map(read, lines) if not set(DIFFERENT_ARGUMENTS) & set(case.layer.given)]
    counted = {str(case.layer): (case.layer.infer(case.types).flops, profiled(case)) for case in cases[:4]}
    assert {k: ours for k, (ours, _) in counted.items()} == {k: theirs for k, (_, theirs) in counted.items()}


@pytest.mark.parametrize("name", UNEQUAL)
def test_what_is_counted_differently_still_is(name: str):
    case = read(example_of(layers()[name]))
    assert profiled(case) != case.layer.infer(case.types).flops, "counted alike now: it can move to the other table"
