"""Layers without Keras: what every declaration must have, what refusals say, FLOPs, and rules over symbols."""

import pytest
from conformance import example_of, layer, read, refused
from layer_cases import ACCEPTED, REFUSED_BY_BOTH, REFUSED_BY_SPECC

from specc.catalogue.declare import Refusal
from specc.catalogue.layer import Layer, MultiInputLayer
from specc.catalogue.layers.reshaping import Moving
from specc.catalogue.params import positive
from specc.catalogue.registry import declarations, find
from specc.compiler import compile_text
from specc.program.dims import Expr
from specc.program.types import TensorType

LAYERS = {name: d for name, d in declarations("layer").items() if issubclass(d, Layer)}


@pytest.mark.parametrize("name", LAYERS)
def test_docs_say_what_it_does_and_its_shapes(name: str):
    first, _, rest = (LAYERS[name].__doc__ or "").partition("\n")
    assert first and rest
    assert "Shape: " in rest, "every layer's documentation has a shape line"
    owns = list(LAYERS[name].__mro__)
    has_weights = any(
        "weights" in vars(c) or "weights_of" in vars(c) for c in owns if c not in (Layer, MultiInputLayer)
    )
    assert ("Weights: " in rest) == has_weights


@pytest.mark.parametrize("name", LAYERS)
def test_the_example_is_accepted(name: str):
    case = read(example_of(LAYERS[name]))
    assert type(case.layer).__name__ == name
    assert case.layer.infer(case.types).outputs


@pytest.mark.parametrize("name", LAYERS)
def test_the_example_is_valid_language(name: str):
    declaration = LAYERS[name]
    compiled = compile_text(f"model Example {{ {declaration.example} }}")
    assert list(compiled.report) == []
    case = read(example_of(declaration))
    outputs = tuple(compiled.model("Example").output_types.values())
    assert outputs == case.layer.infer(case.types).outputs[: len(outputs)]


def test_every_example_and_case_is_another_one():
    lines = [example_of(d) for d in LAYERS.values()] + [line for lines in ACCEPTED.values() for line in lines]
    assert len(lines) == len(set(lines))


@pytest.mark.parametrize("line", [line for lines in ACCEPTED.values() for line in lines])
def test_accepted(line: str):
    assert refused(line) is None


@pytest.mark.parametrize("line", [*REFUSED_BY_BOTH, *(line for lines in REFUSED_BY_SPECC.values() for line in lines)])
def test_refused_with_a_way_to_see_why(line: str):
    refusal = refused(line)
    assert refusal and refusal.expected
    assert not refusal.message.endswith(".")


# ── Incomplete declarations ──────────────────────────────────────────────────────────────────────


def test_a_layer_without_a_shape_rule_is_refused():
    with pytest.raises(TypeError, match="Shapeless has no shape rule"):

        class Shapeless(Layer):
            """Does something."""

            example = "input x: float32[7]  output y = x -> Shapeless"


def test_a_layer_of_several_tensors_without_a_shape_rule_is_refused():
    with pytest.raises(TypeError, match="Shapeless has no shape rule"):

        class Shapeless(MultiInputLayer):
            """Does something."""

            example = "input x: float32[7]  output y = (x, x) -> Shapeless"


def test_a_layer_without_an_example_is_refused():
    with pytest.raises(TypeError, match="Exampleless has no example"):

        class Exampleless(Moving):
            """Does something."""

            def output(self, x: TensorType) -> TensorType:
                return x


def test_an_argument_without_documentation_is_refused():
    with pytest.raises(TypeError, match="arguments without documentation: count"):

        class Undocumented(Moving):
            """Does something."""

            example = "input x: float32[7]  output y = x -> Undocumented(3)"
            count = positive()

            def output(self, x: TensorType) -> TensorType:
                return x


def test_refused_declarations_are_not_found():
    assert not any(find("layer", name) for name in ("Shapeless", "Exampleless", "Undocumented"))


# ── What refusals say ────────────────────────────────────────────────────────────────────────────

MESSAGES = {
    "[13, 17, 3] -> Conv2D(5, [3, 19])": """\
kernel-too-large: the kernel covers 19 along the width, but the input has only 17
expected: at least 19 along the width
found: float32[13, 17, 3]
help: use `padding=same`, a smaller window, or fewer strided layers before this one""",
    "[H, 5, C] -> Conv2D(7, 3, dilation_rate=3)": """\
kernel-too-large: the kernel covers 7 along the width, but the input has only 5
expected: at least 7 along the width
found: float32[H, 5, C]
help: use `padding=same`, a smaller window, or fewer strided layers before this one""",
    "[3] -> MaxPooling1D(5)": """\
wrong-rank: `MaxPooling1D` takes tensors of 2 axes per example, this one has 1
expected: 2 axes (the batch axis is not counted)
found: float32[3]""",
    "[3, 2] -> MaxPooling1D(5)": """\
kernel-too-large: the pooling window covers 5 along the steps, but the input has only 3
expected: at least 5 along the steps
found: float32[3, 2]
help: use `padding=same`, a smaller window, or fewer strided layers before this one""",
    "[13, 17, 3] -> Conv2D(4, 3, groups=2)": """\
shape-mismatch: 3 channels can't be split into 2 equal groups
expected: channels to be a multiple of 2
found: float32[13, 17, 3]""",
    "[13, 17, 3] -> Conv2D(5, 3, 2, dilation_rate=2)": """\
conflicting-arguments: `strides` above 1 and `dilation_rate` above 1 exclude each other
expected: 1 for one of them
found: strides [2, 2] and dilation_rate [2, 2]""",
    "uint8[13, 17, 3] -> Conv2D(5, 3)": """\
wrong-dtype: `Conv2D` takes floating-point numbers, this is uint8
expected: floating-point numbers
found: uint8[13, 17, 3]
help: make floats of it: `Rescaling(1)` or, for pixels, `Rescaling(1/255)`""",
    "[T, 64], [S, 64] -> Add": """\
shape-mismatch: `Add` needs equal sizes, but on axis 1, T meets S
expected: equal sizes
found: float32[T, 64] and float32[S, 64]
help: named sizes are different unless shown equal: T and S differ for S = 2, T = 3""",
    "[7, 11], [5, 11] -> Concatenate": """\
shape-mismatch: `Concatenate` along axis 2 needs the other sizes equal, but on axis 1, 7 meets 5
expected: equal sizes
found: float32[7, 11] and float32[5, 11]""",
    "[T, 6] -> Reshape([3, 2])": """\
shape-mismatch: float32[T, 6] has 6*T elements, `target_shape` [3, 2] needs 6
expected: 6 elements
found: 6*T elements
help: it does not fit for T = 2""",
    "[7, 11] -> Reshape([5, -1])": """\
shape-mismatch: float32[7, 11] has 77 elements, `target_shape` [5, -1] needs a multiple of 5
expected: a multiple of 5 elements
found: 77 elements""",
    "[17, N] -> Normalization(mean=1, variance=2)": """\
unknown-size: axis 2 of `Normalization`'s input must be known, but N hangs on `N`
expected: a size known when the model is built
found: N
help: give the size a number in the input's type, or use a layer for any size, such as a global pooling""",
    "[T, 3] -> LSTM(5, unroll=true)": """\
unknown-size: the number of steps of an unrolled loop must be known, but T hangs on `T`
expected: a size known when the model is built
found: T
help: give the size a number in the input's type, or use a layer for any size, such as a global pooling""",
    "[7, 11] -> Softmax(3)": """\
out-of-range: `axis` 3 is no axis of float32[7, 11]
expected: 1 to 2 or -2 to -1
found: 3
help: axis 0 is the batch, 1 the first axis of an example, -1 the last""",
    "[7, 11] -> BatchNormalization(axis=0)": """\
out-of-range: `axis` 0 is the batch axis
expected: 1 to 2 or -2 to -1
found: 0
help: axis 0 is the batch, 1 the first axis of an example, -1 the last""",
    "[13, 17, 6] -> GroupNormalization": """\
shape-mismatch: 6 channels can't be split into 32 equal groups
expected: channels to be a multiple of 32
found: float32[13, 17, 6]
help: give `groups`, whose default is 32; 6 channels take at most 6 groups""",
    "[17, 3] -> Bidirectional(Dense(5))": """\
bad-argument: `Bidirectional` takes a recurrent layer, not `Dense`
expected: `LSTM`, `GRU`, `SimpleRNN`, `RNN` or `ConvLSTM2D`
found: `Dense`""",
    "[17, 6], [11, 5], [13, 5] -> MultiHeadAttention(2, 3)": """\
shape-mismatch: in `MultiHeadAttention` value and key need equal places, but on axis 1, 11 meets 13
expected: equal sizes
found: float32[11, 5] and float32[13, 5]""",
    "[17, 6] -> Add": """\
input-count: `Add` takes at least 2 tensors, it is given 1
expected: at least 2 tensors
found: 1 tensor""",
    "[13, 17, 3] -> Conv2D(5, [3, 3, 3])": """\
bad-argument: `kernel_size` must be an integer of at least 1 or a list of 2, each integer of at least 1
expected: an integer of at least 1 or a list of 2, each integer of at least 1
found: [3, 3, 3]""",
    "[17, 3] -> Cropping1D(9)": """\
shape-mismatch: `cropping` takes 18 of an axis of size 17 and leaves nothing
expected: less than 17
found: float32[17, 3]""",
}


@pytest.mark.parametrize("line", MESSAGES)
def test_message(line: str):
    refusal = refused(line)
    assert refusal
    lines = [f"{refusal.code.name}: {refusal.message}"]
    lines += [f"expected: {refusal.expected}"] if refusal.expected else []
    lines += [f"found: {refusal.found}"] if refusal.found else []
    assert "\n".join(lines + [f"help: {h}" for h in refusal.help]) == MESSAGES[line]


# ── Symbols ──────────────────────────────────────────────────────────────────────────────────────

SYMBOLIC = {
    "[H, W, C] -> Conv2D(64, 3, strides=2, padding=same)": "float32[(H + 1)//2, (W + 1)//2, 64]",
    "[H, W, C] -> Conv2D(64, 3)": "float32[H - 2, W - 2, 64]",
    "[H, W, C] -> DepthwiseConv2D(3, padding=same, depth_multiplier=2)": "float32[H, W, 2*C]",
    "[T, C] -> Conv1DTranspose(5, 4, strides=2, padding=same)": "float32[2*T, 5]",
    "[T, 64], [T, 64] -> Add": "float32[T, 64]",
    "[T, 64], [S, 64] -> Concatenate(1)": "float32[S + T, 64]",
    "[H, W, C] -> Flatten": "float32[C*H*W]",
    "[H, 6] -> Reshape([-1, 2, 3])": "float32[H, 2, 3]",
    "[T, 6], [S, 5] -> MultiHeadAttention(2, 3)": "float32[T, 6]",
    "[T, C] -> Bidirectional(LSTM(5, return_sequences=true))": "float32[T, 10]",
    "[H, W, C] -> UpSampling2D([2, 3])": "float32[2*H, 3*W, C]",
    "[T, C] -> ZeroPadding1D([2, 3])": "float32[T + 5, C]",
}


@pytest.mark.parametrize("line", SYMBOLIC)
def test_shape_rules_work_on_symbols(line: str):
    case = read(line)
    assert str(case.layer.infer(case.types).outputs[0]) == SYMBOLIC[line]


def test_channels_may_be_symbols_while_a_block_is_checked():
    case = read("[H, W, C] -> Conv2D(7, 3)")
    kernel, bias = case.layer.infer(case.types).weights
    assert isinstance(kernel.size, Expr) and str(kernel.shape[2]) == "C"
    assert bias.shape == (7,)


def test_reshape_gives_keras_one_open_size():
    case = read("[T, 6] -> Reshape([-1, 3])")
    assert case.layer.keras_arguments(case.types) == {"target_shape": (-1, 3)}


def test_reshape_cannot_give_keras_two_open_sizes():
    case = read("[T, S, 6] -> Permute([2, 1, 3])")
    reshape = layer("Reshape([-1, 3])")
    assert reshape.keras_arguments(case.types) == {"target_shape": (-1, 3)}
    twice = type(reshape).make(target_shape=(case.types[0].shape[0], -1, 3))
    with pytest.raises(Refusal, match="must be known"):
        twice.keras_arguments(case.types)


# ── FLOPs: a multiply-add is 2, a bias 1 per output ──────────────────────────────────────────────

FLOPS = {
    "[11] -> Dense(7)": 7 * (2 * 11 + 1),
    "[5, 11] -> Dense(7, use_bias=false)": 5 * 7 * 2 * 11,
    "[13, 17, 3] -> Conv2D(5, 3)": (11 * 15 * 5) * (2 * 3 * 3 * 3 + 1),
    "[13, 17, 6] -> Conv2D(4, 3, groups=2)": (11 * 15 * 4) * (2 * 3 * 3 * 3 + 1),
    "[13, 17, 3] -> DepthwiseConv2D(3)": (11 * 15 * 3) * (2 * 3 * 3 + 1),
    "[17, 3] -> SeparableConv1D(5, 3)": 15 * 3 * 2 * 3 + 15 * 5 * (2 * 3 + 1),
    "[7, 3] -> Conv1DTranspose(5, 3, 2)": 7 * 3 * 3 * 5 * 2 + 15 * 5,
    "[17, 3] -> SimpleRNN(5)": 17 * (2 * 3 * 5 + 2 * 5 * 5 + 5),
    "[17, 3] -> LSTM(5)": 17 * 4 * (2 * 3 * 5 + 2 * 5 * 5 + 5),
    "[7, 11] -> TimeDistributed(Dense(5))": 7 * 5 * (2 * 11 + 1),
    "[7, 11], [11, 5] -> Dot([2, 1])": 7 * 5 * 2 * 11,
    "[7, 11] -> Flatten": 0,
    "[17, 6], [11, 6] -> Attention()": 17 * 11 * 2 * (6 + 6),
    "[17, 6], [17, 6] -> MultiHeadAttention(1, 6, use_bias=false)": 4 * 2 * 17 * 6 * 6 + 2 * 17 * 17 * (6 + 6),
}


@pytest.mark.parametrize("line", FLOPS)
def test_flops(line: str):
    case = read(line)
    assert case.layer.infer(case.types).flops == FLOPS[line]
