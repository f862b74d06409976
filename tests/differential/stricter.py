"""Where specc refuses what Keras takes: each kind of case by name, with the reason. What is in no row is a mistake."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from generated_cases import Drawn

from specc.catalogue.declare import Refusal

ATTENTIONS: Final = ("Attention", "AdditiveAttention", "MultiHeadAttention", "GroupQueryAttention")
MERGING: Final = ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate", "Dot")


@dataclass(frozen=True)
class Stricter:
    """A rule of specc's own.

    Attributes:
        reason: why.
        code: of the finding, as a pattern.
        says: what its message has in it, as a pattern.
        line: a case of it, as `generated_cases.written` takes it.
        layers: those that it is about, none for all.
        arguments: those that it is about, none for all.
        value: what the argument at fault is.
    """

    reason: str
    code: str
    says: str
    line: str
    layers: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    value: Callable[[Any], bool] | None = None

    def holds(self, drawn: Drawn, refusal: Refusal) -> bool:
        """Whether a refusal is by this rule."""
        return (
            re.fullmatch(self.code, refusal.code.id) is not None
            and re.search(self.says, refusal.message) is not None
            and (not self.layers or drawn.name in self.layers)
            and (not self.arguments or refusal.argument in self.arguments)
            and (self.value is None or self.value(drawn.arguments.get(refusal.argument or "")))
        )


def no_number(value: Any) -> bool:
    """Whether it is no number, and no list of numbers."""
    if isinstance(value, tuple):
        return not value or any(map(no_number, value))
    return isinstance(value, bool) or not isinstance(value, int | float)


def no_flag(value: Any) -> bool:
    """Whether it is neither true nor false."""
    return not isinstance(value, bool)


STRICTER: Final = (
    # ── Kinds of values ──────────────────────────────────────────────────────────────────────────
    Stricter("a flag is true or false; Keras takes what Python takes for it", "E302", "must be true or false",
             "[11] -> Dense(7, use_bias=1)", value=no_flag),
    Stricter("names are parts of weights' paths and of file names", "E302", "must be a quoted text of letters",
             "[11] -> Dense(7, name='')", arguments=("name",)),
    Stricter("a bool, none or a list is no number; Keras counts true as 1, or looks at the value when it trains",
             "E302", "must be (a number|an integer)", "[11] -> Dense(true)", value=no_number),
    Stricter("the order of axes has one word; Keras takes any empty value for the default", "E302",
             "must be channels_last", "[17, 3] -> AdaptiveAveragePooling1D(5, [])", arguments=("data_format",)),
    Stricter("an activation that does nothing is a mistake", "E302", "`activation` can't be none",
             "[7] -> Activation(none)", ("Activation",)),
    Stricter("Keras ignores a mode that it doesn't know", "E302", "must be one of horizontal",
             "[13, 17, 3] -> RandomFlip(sideways)", ("RandomFlip",)),
    Stricter("bounds of the correction are numbers by name, checked before training", "E302", "must be a record of",
             "[11] -> BatchNormalization(renorm_clipping={'unknown': 1})", ("BatchNormalization",)),
    Stricter("an integer has no decimals; Keras cuts them, or looks when it trains", "E302", "must be an integer",
             "[7, 11] -> Dropout(0, seed=2.5)", value=lambda value: isinstance(value, float)),
    Stricter("Keras looks at the dtype of the way back when it is taken", "E302", "must be one of float16",
             "int32[7] -> ReversibleEmbedding(13, 5, reverse_dtype='nonsense')", arguments=("reverse_dtype",)),
    Stricter("sizes of an output that the equation doesn't have; Keras cuts them", "E302", "`output_shape` has",
             "[7, 11] -> EinsumDense('abc,bcd->ad', [7, 5])", ("EinsumDense",)),
    # ── Bounds that Keras doesn't look at, or only when it trains ────────────────────────────────
    Stricter("a seed is a natural number", "E303", "must be an integer of at least 0",
             "[7, 11] -> Dropout(0.5, seed=-1)",
             arguments=("seed",)),
    Stricter("rates of dropout outside 0..1 are cut silently by Keras, or fail when it trains", "E303",
             "must be a number of at least 0", "[17, 3] -> LSTM(5, dropout=1.5)",
             arguments=("dropout", "recurrent_dropout", "rate")),
    Stricter("a momentum outside 0..1 makes moving means run away", "E303", "must be a number of at least 0",
             "[7, 11] -> BatchNormalization(momentum=2)", arguments=("momentum", "renorm_momentum")),
    Stricter("a negative epsilon takes the root of a negative number", "E303", "must be a number of at least 0",
             "[7, 11] -> LayerNormalization(epsilon=-1)", arguments=("epsilon",)),
    Stricter("a variance is never negative; Keras makes NaN of it", "E308", "a variance is never negative",
             "[7, 3] -> Normalization(mean=1, variance=-1)", ("Normalization",)),
    Stricter("scores are capped by a number above 0; Keras turns their sign around", "E303", "must be a number above 0",
             "[7, 5] -> ReversibleEmbedding(13, 5, logit_soft_cap=-1)", ("ReversibleEmbedding",)),
    Stricter("a size of 0 makes a picture without points", "E303", "must be an integer of at least 1",
             "[13, 17, 3] -> RandomCrop(0, 7)", ("RandomCrop", "CenterCrop", "Resizing"), ("height", "width")),
    Stricter("a mask must fit the input; Keras finds out when it trains", "E40.", "`noise_shape` has",
             "[7, 11] -> Dropout(0.5, [none, 5, 3])", arguments=("noise_shape",)),
    Stricter("a mask is a list of sizes; Keras finds out when it trains", "E30.", "must be a(n integer| list)",
             "[7, 11] -> AlphaDropout(0.5, 'nonsense')", arguments=("noise_shape",)),
    Stricter("a penalty for matrices needs a matrix; Keras finds out when it trains", "E302",
             "is for weights of 2 axes",
             "[7, 3] -> Conv1D(5, 3, kernel_regularizer=OrthogonalRegularizer())"),
    Stricter("bounds of a correction are at least 0", "E303", "must be a number of at least 0",
             "[11] -> BatchNormalization(renorm_clipping={'rmin': -0.5})", arguments=("renorm_clipping",)),
    Stricter("without chains and operations nothing is mixed; Keras finds out when it trains", "E303",
             "must be a(n integer| number)", "[13, 17, 3] -> AugMix(num_chains=0)", ("AugMix",),
             ("num_chains", "chain_depth", "alpha")),
    Stricter("bins are learned to some exactness; Keras looks when it learns", "E303", "must be a number above 0",
             "[7] -> Discretization([0, 1], epsilon=0)", ("Discretization",)),
    Stricter("colors are mixed of 3 channels or 1; Keras fails for others if it draws such an operation",
             "E400", "takes pictures of 3 or 1 channels",
             "[13, 17, 29] -> AugMix([0, 1], 2, 1, [0, 0.2], 0.5, false, nearest, 3)"),
    Stricter("tensors with holes have no type in a spec", "E302", "must be false",
             "[7] -> Discretization([0, 1], sparse=none)", arguments=("sparse", "ragged")),
    Stricter("a probability is at most 1; Keras looks at one number and not at a pair", "E303",
             "`(factor|scale)` must be a number of at least 0 and of at most 1",
             "[13, 17, 3] -> RandomInvert([1, 1.5])"),
    Stricter("0 is no length; Keras takes it for none", "E303", "must be an integer of at least 1",
             "[1009] -> MelSpectrogram(64, 17, 0, num_mel_bins=7)", ("MelSpectrogram",), ("sequence_length",)),
    Stricter("outside of `RNN` a cell drops what it drew for the first batch, or fails at the second one", "E308",
             "outside of `RNN` would be drawn once", "[3], [5] -> GRUCell(5, dropout=0.2)"),
    Stricter("a number that makes no bins, no operations, no channels or no terms is a mistake", "E303",
             "must be an integer of at least [01]", "string[], string[] -> HashedCrossing(0)",
             ("Equalization", "HashedCrossing", "Hashing", "MelSpectrogram", "MultiHeadAttention", "RandAugment",
              "TextVectorization")),
    Stricter("Keras looks at one number, and not at a pair of bounds, or when it trains", "E303",
             "factor` must be a(n integer| number) of at least|`sigma` must be",
             "[13, 17, 3] -> RandomRotation([-1.5, 1])"),
    Stricter("powers, frequencies and strengths are above 0, or not below", "E303", "must be a number",
             "[1009] -> MelSpectrogram(64, 17, num_mel_bins=7, top_db=-1)", ("MelSpectrogram", "MixUp")),
    Stricter("a range has two ends; Keras looks at them when it trains", "E302", "`value_range` must be",
             "[13, 17, 3] -> RandomInvert([0.2, 0.2], [0.5, 0.5, 0.5])", arguments=("value_range",)),
    Stricter("Keras reads how texts are written only where it has to", "E302", "must be a quoted text",
             "string[7] -> StringLookup(vocabulary=['red'], encoding=none)", arguments=("encoding", "oov_token")),
    Stricter("Keras has the penalty on the outputs of this layer without reading it", "E302", "must be a regularizer",
             "[17, 3] -> SimpleRNN(5, activity_regularizer='nonsense')", ("SimpleRNN",), ("activity_regularizer",)),
    Stricter("tensors with holes or of unequal lengths have no type in a spec", "E302", "can't be true",
             "string[], string[] -> HashedCrossing(11, sparse=true)", arguments=("sparse", "ragged")),
    # ── Dtypes ───────────────────────────────────────────────────────────────────────────────────
    Stricter("integers and bools are looked up or made floats first; Keras computes with what comes", "E403",
             "takes floating-point numbers, this is (u?int|bool)", "int32[7, 11] -> ReLU"),
    Stricter("of texts nothing is computed, also where Keras passes them through", "E403",
             "takes floating-point numbers, this is string", "string[7, 11] -> Dropout(0)"),
    Stricter("floats are looked up nowhere; Keras cuts their decimals", "E403", "takes (integers|int).*, this is",
             "[5] -> Embedding(13, 7)"),
    Stricter("Keras calls the layer inside without its own dtype", "E308", "this `TimeDistributed` calculates in",
             "[7, 11] -> TimeDistributed(Dense(5), dtype=float16)", ("TimeDistributed",)),
    Stricter("numbers with decimals are no categories", "E403", "takes string or int.*, this is (b?float|bool)",
             "[7] -> Hashing(11)"),
    Stricter("bools are no colors", "E403", "takes float16 or .*, this is (bool|string)",
             "bool[13, 17, 3] -> RandomSharpness(0.5)"),
    Stricter("Keras casts while training, and not at inference", "E403", "this `RandomCrop` calculates in",
             "float64[13, 17, 3] -> RandomCrop(7, 11)", ("RandomCrop",)),
    Stricter("counts in half floats come out as float32, if at all", "E302", "can't count in",
             "int32[7] -> CategoryEncoding(11, dtype=mixed_float16)"),
    # ── Shapes ───────────────────────────────────────────────────────────────────────────────────
    Stricter("axis 0 is the batch: examples must not change each other", "E30.", "is the batch",
             "[7, 11] -> Softmax(0)"),
    Stricter("axis 0 is the batch; Keras shares along the last axis then", "E303", "must be an integer of at least 1",
             "[7, 11, 3] -> PReLU(shared_axes=0)", ("PReLU",), ("shared_axes",)),
    Stricter("values are counted for each channel; Keras asks how many there are when it trains", "E408",
             "the number of channels of `Equalization`", "[13, 17, N] -> Equalization()", ("Equalization",)),
    Stricter("a text is never equal to a number; Keras compares only where there is more than one bin", "E302",
             "`mask_value` must be one of the input's values",
             "string[7] -> Hashing(1, mask_value=2)", ("Hashing",)),
    Stricter("channels are no steps to attend over; Keras does it", "E308", "can't hold the last axis",
             "[17, 6], [17, 6] -> MultiHeadAttention(2, 3, attention_axes=2)", ("MultiHeadAttention",)),
    Stricter("the number of steps that are written out must be known; Keras fails in a graph", "E408",
             "of an unrolled loop", "[N, 3] -> LSTM(5, unroll=true)"),
    Stricter("an axis of 1 is replaced by codes, which others aren't: it must be known", "E408", "the last axis of",
             "string[N] -> Hashing(11, output_mode=one_hot)"),
    Stricter("a list of factors is for as many channels; Keras makes more channels of one", "E400",
             "numbers, the input has .* channels", "[13, 17, 1] -> Rescaling([0.5, 1, 2])"),
    Stricter("sound and texts come one for each example; Keras takes more axes of some", "E401",
             "takes (tensors of (1 axis|0 or 1 axes)|a list of terms)",
             "[29, 1009] -> MelSpectrogram(64, 17, num_mel_bins=7)",
             ("MelSpectrogram", "TextVectorization")),
    Stricter("Keras calls the layer inside without saying that it goes back, or looks for any table", "E(400|302)",
             "the way back takes|takes a layer with a kernel",
             "[13, 17, 3] -> SpectralNormalization(ReversibleEmbedding(13, 5))", ("TimeDistributed",
             "SpectralNormalization")),
    Stricter("Keras also lays windows of one more, which a graph refuses", "E...", "TensorFlow can't (make one|divide)",
             "[17, 3] -> AdaptiveAveragePooling1D(1)"),
    Stricter("tensors that are merged have the same number of axes; Keras's shape rule and its run differ there",
             "E401",
             "takes tensors of the same number of axes", "[7, 11], [11] -> Add", MERGING),
    Stricter("one tensor is nothing to merge", "E406", "takes at least 2 tensors", "[7, 11] -> Add", MERGING),
    Stricter("a picture comes in a batch; Keras takes one alone too", "E401", "takes tensors of 3 axes",
             "[17, 3] -> CenterCrop(7, 11)"),
    Stricter("attention looks over steps of vectors; Keras's shape rule knows no others", "E401", "takes tensors of 2",
             "[6], [11, 6] -> Attention", ATTENTIONS),
    Stricter("Keras repeats an axis of 1 in attention, and gives a shape that it doesn't have", "E400",
             "in `.*` (the axes|query and key|value and key|axis)",
             "[1, 17, 6], [7, 11, 6] -> Attention", ATTENTIONS),
    Stricter("memory of another shape or dtype is repeated or cast silently", "E400", "the memory of this",
             "[5, 11, 13, 3], [1, 11, 7], [9, 11, 7] -> ConvLSTM2D(7, 3)"),
    Stricter("memory that no cell takes is forgotten silently", "E406", "with the memory before",
             "[3], [5], [7], [7], [7] -> StackedRNNCells([GRUCell(5), LSTMCell(7)])"),
    Stricter("windows are laid when the model is built; Keras fails in a graph", "E408", "that `Adaptive.*` divides",
             "[N, 3] -> AdaptiveAveragePooling1D(5)"),
    Stricter("a layer inside of a layer is given what it takes alone; Keras calls it without its checks", "E401",
             "takes tensors of", "[7, 13, 17, 3] -> TimeDistributed(MaxPooling1D(3, 2))", ("TimeDistributed",
             "Pipeline")),
    Stricter("what marks padding is no tensor of a spec", "E406", "takes (one tensor|2 to 3 tensors)",
             "[7, 11], [7, 11] -> Softmax(1)"),
    Stricter("the length of a text's terms must be the same in all batches", "E408", "hangs on the longest text",
             "string[] -> TextVectorization(vocabulary=['good', 'bad'])", ("TextVectorization",)),
    Stricter("a step that is padding has channels", "E401", "`Masking` takes tensors of",
             "[] -> Masking", ("Masking",)),
    Stricter("for more axes Keras's shape rule and its run differ, for none it makes one code of the batch", "E401",
             "takes a list (of integers )?per example", "int32[] -> CategoryEncoding(11)"),
    Stricter("TensorFlow has no flash attention; Keras notices on long sequences only", "E308",
             "has no flash attention",
             "[7, 17, 6], [5, 11, 3] -> MultiHeadAttention(2, 3, flash_attention=true)", ATTENTIONS),
)  # fmt: skip


def rule_of(drawn: Drawn, refusal: Refusal) -> Stricter | None:
    """The rule that a refusal is by, None where there is none."""
    return next((rule for rule in STRICTER if rule.holds(drawn, refusal)), None)
