"""What Keras and TensorFlow are known to do wrong, or not at all, in one list. A test shows that each entry holds."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from generated_cases import Drawn

from specc.catalogue.declare import Declaration
from specc.catalogue.layer import Layer
from specc.catalogue.ops.base import Operation
from specc.program.types import NumberType, TensorType

Types: TypeAlias = tuple[TensorType, ...]
Callee: TypeAlias = Layer | Operation


@dataclass(frozen=True)
class Bug:
    """Something that Keras does otherwise than it says, or can't do.

    Attributes:
        does: what happens.
        issue: where it is reported, or "unreported".
        spec: the body of a model that shows it.
        shows: beginnings of the differences that it makes.
        concerns: whether a layer or operation with these inputs is one of its cases.
        if_masked: whether it is one only where Keras hands on which steps are padding.
    """

    does: str
    issue: str
    spec: str
    shows: tuple[str, ...]
    concerns: Callable[[Any, Types], bool]
    if_masked: bool = False


def _name(callee: Callee) -> str:
    return type(callee).__name__


def _volume_dtype(layer: Layer, types: Types) -> bool:
    volume = "Pooling3D" in _name(layer) and not _name(layer).startswith("Global")
    return volume and layer.compute_dtype in ("float16", "float64")


def _enlarges(layer: Any, types: Types) -> bool:
    if _name(layer) != "CenterCrop" or layer.compute_dtype == "float32":
        return False
    wanted = (layer.height, layer.width)
    return any(not isinstance(have, int) or have < want for have, want in zip(types[0].shape, wanted, strict=False))


def _other_dtype_back(layer: Any, types: Types) -> bool:
    if _name(layer) != "ReversibleEmbedding" or not types[0].is_float:
        return False
    return layer.reverse_dtype is not None or types[0].dtype != layer.compute_dtype


def _integers_stay(layer: Layer, types: Types) -> bool:
    lookups = ("StringLookup", "IntegerLookup", "TextVectorization")
    pictures = ("Resizing", "RandomGrayscale", "ContrastLimitedAdaptiveHistogramEqualization")
    return _name(layer) in lookups or (_name(layer) in pictures and not types[0].is_float)


def _dilated_transpose(layer: Any, types: Types) -> bool:
    return _name(layer).endswith("Transpose") and any(d != 1 for d in layer.dilation_rate)


def _moved_integers(layer: Layer, types: Types) -> bool:
    return _name(layer) == "TimeDistributed" and not layer.infer(types).outputs[0].is_float


def _fused(layer: Any, types: Types) -> bool:
    return getattr(layer, "use_cudnn", None) is True


def _mixed_codes(layer: Any, types: Types) -> bool:
    return _name(layer) == "CategoryEncoding" and str(layer.dtype).startswith("mixed_")


def _long_softmax(callee: Any, types: Types) -> bool:
    if _name(callee) == "MultiHeadAttention":
        axes = callee.attention_axes
        return types[0].rank == 4 and axes is not None and len(axes) == 1
    words = [v for v in callee.given.values() if v in ("softmax", "log_softmax")]
    return types[0].rank >= 4 and (bool(words) or _name(callee).lower() in ("softmax", "log_softmax"))


def _orthogonal_outputs(layer: Any, types: Types) -> bool:
    penalty = getattr(layer, "activity_regularizer", None)
    return _name(penalty) == "OrthogonalRegularizer" and layer.compute_dtype != "float32"


def _attends_to_more(layer: Layer, types: Types) -> bool:
    return ("Attention" in _name(layer) and types[0].rank > 2) or _name(layer) == "Softmax"


def _mean_of_integers(layer: Layer, types: Types) -> bool:
    mean = _name(layer).startswith("GlobalAveragePooling")
    return mean and not types[0].is_float and layer.compute_dtype != "float32"


def _unknown_groups(layer: Any, types: Types) -> bool:
    unowned = _name(layer) == "GroupNormalization" and not layer.center and not layer.scale
    return unowned and not all(isinstance(d, int) for d in types[0].shape)


def _forgets_dtype(operation: Operation, types: Types) -> bool:
    names = ("logsumexp", "normalize", "reciprocal")
    return _name(operation) in names and types[0].dtype != "float32"


def _large_unsigned(operation: Callee, types: Types) -> bool:
    return isinstance(operation, Operation) and any(t.dtype == "uint64" for t in types)


def _own_dtype(layer: Any, types: Types) -> bool:
    states = _name(layer) == "Bidirectional" and layer.layer.return_state
    return states and layer.compute_dtype != layer.layer.compute_dtype


def _unequal_strides(layer: Any, types: Types) -> bool:
    moving = _name(layer) in ("DepthwiseConv2D", "SeparableConv2D") and len(set(layer.strides)) > 1
    return moving and layer.compute_dtype != "float32"


def _mixed_half(layer: Any, types: Types) -> bool:
    return _name(layer) == "CutMix" and layer.compute_dtype in ("float16", "bfloat16")


def _masked_steps(layer: Layer, types: Types) -> bool:
    return _name(layer) == "TimeDistributed"


def _masked_pictures(layer: Layer, types: Types) -> bool:
    return _name(layer).startswith("ConvLSTM")


def _sparse_halves(layer: Any, types: Types) -> bool:
    cell = _name(layer).endswith("Cell") and layer.compute_dtype in ("float16", "bfloat16")
    return cell and "sparsemax" in (layer.activation, getattr(layer, "recurrent_activation", None))


def _number_beside_half(operation: Operation, types: Types) -> bool:
    numbers = any(isinstance(t, NumberType) for t in types)
    return _name(operation) in ("mod", "arctan2") and numbers and types[0].dtype != "float32"


def _few_values(layer: Any, types: Types) -> bool:
    return _name(layer) == "Discretization" and layer.bin_boundaries is None


def _unequal_halves(layer: Any, types: Types) -> bool:
    other = layer.backward_layer if _name(layer) == "Bidirectional" else None
    return other is not None and getattr(other, "units", 0) != getattr(layer.layer, "units", 0)


def _one_point(layer: Any, types: Types) -> bool:
    return _name(layer) == "RandomPerspective" and 1 in types[0].shape[:2]


def _no_place_for_others(layer: Any, types: Types) -> bool:
    return getattr(layer, "num_oov_indices", 1) == 0


def _kept_size(layer: Any, types: Types) -> bool:
    return _name(layer) == "RandomCrop" and (layer.height, layer.width) != types[0].shape[:2]


REFUSED = ("only Keras refuses", "Keras fails")

BUGS: Final = (
    Bug("TensorFlow has no kernels for volumes of these dtypes on CPUs", "unreported",
        "input x: float32[11, 13, 17, 3]  output y = x -> AveragePooling3D(2, dtype=float64)", REFUSED, _volume_dtype),
    Bug("a picture that `CenterCrop` makes larger is float32, whatever the layer's dtype and its symbolic tensor say",
        "unreported", "input x: float32[13, 17, 3]  output y = x -> CenterCrop(19, 23, dtype=float16)",
        ("run dtype",), _enlarges),
    Bug("the way back of `ReversibleEmbedding` casts nothing: the result is of the wider dtype of input and table, or "
        "of `reverse_dtype`, the symbolic tensor of the layer's", "unreported",
        "input x: float64[7, 5]  output y = x -> ReversibleEmbedding(13, 5)",
        ("run dtype", "symbolic dtype"), _other_dtype_back),
    Bug("the symbolic tensor of resized integers and of codes of terms is float32, or int64 for texts; what is made "
        "is of the input's dtype, or int64",
        "unreported", "input x: uint8[13, 17, 3]  output y = x -> Resizing(7, 11)",
        ("symbolic dtype",), _integers_stay),
    Bug("TensorFlow has no transposed convolution with dilation on CPUs, but for float32", "unreported",
        "input x: float16[7, 11, 3]  output y = x -> Conv2DTranspose(5, 3, dilation_rate=2, dtype=float16)",
        REFUSED, _dilated_transpose),
    Bug("the symbolic tensor of `TimeDistributed` is a float, also where the layer inside moves integers",
        "unreported", "input x: int32[7, 11, 3]  output y = x -> TimeDistributed(Flatten())",
        ("symbolic dtype",), _moved_integers),
    Bug("cuDNN is for GPUs: on CPUs `use_cudnn=true` fails when it runs", "unreported",
        "input x: float32[17, 3]  output y = x -> GRU(5, use_cudnn=true)", REFUSED, _fused),
    Bug("codes of a mixed policy are of the dtype of its variables, not of what it computes in", "unreported",
        "input x: int32[7]  output y = x -> CategoryEncoding(5, one_hot, dtype=mixed_bfloat16)",
        ("run dtype", *REFUSED), _mixed_codes),
    Bug("oneDNN's softmax takes at most 5 axes with the batch", "unreported",
        "input x: float32[3, 5, 7, 2, 11]  output y = x -> Softmax()", REFUSED, _long_softmax),
    Bug("`OrthogonalRegularizer` multiplies outputs of another dtype by float32", "unreported",
        "input x: float32[7]  output y = x -> Dense(5, activity_regularizer=OrthogonalRegularizer(), dtype=float64)",
        REFUSED, _orthogonal_outputs),
    Bug("attention to more than one axis of steps takes no mask, nor does a softmax", "unreported",
        "input x: float32[11, 13, 5]  m = x -> Masking  output y = (m, m) -> MultiHeadAttention(3, 2)",
        REFUSED, _attends_to_more, if_masked=True),
    Bug("TensorFlow has no depthwise convolution with unequal strides on CPUs, but for float32", "unreported",
        "input x: float32[13, 17, 3]  output y = x -> DepthwiseConv2D(3, [2, 3], same, dtype=float64)",
        REFUSED, _unequal_strides),
    Bug("`CutMix` can't be trained in half floats", "unreported",
        "input x: float32[13, 17, 3]  output y = x -> CutMix(dtype=bfloat16)", REFUSED, _mixed_half),
    Bug("`TimeDistributed` hands the mask of its input on, also where what it makes has other axes", "unreported",
        "input x: int32[5, 3]  e = x -> Embedding(13, 7, mask_zero=true)  t = e -> TimeDistributed(GRU(5))  "
        "output y = (t, t) -> MultiHeadAttention(2, 3)", REFUSED, _masked_steps, if_masked=True),
    Bug("`sparsemax` of half floats can't be traced, as Keras does with cells", "unreported",
        "input x: float32[3]  input h: float32[5]  y, s = (x, h) -> GRUCell(5, sparsemax, dtype=float16)  output y",
        REFUSED, _sparse_halves),
    Bug("a mask of positions isn't one of steps, which a `ConvLSTM` takes it for", "unreported",
        "input x: float32[7, 11, 3]  output y = x -> Masking -> ConvLSTM1D(2, 3, return_sequences=true)",
        REFUSED, _masked_pictures, if_masked=True),
    Bug("`mod` and `arctan2` take a number beside half floats or small integers for float32 or int32", "unreported",
        "input x: bfloat16[7, 11]  output y = mod(x, 0.5)", ("run dtype", "symbolic dtype"), _number_beside_half),
    Bug("the symbolic tensors of `logsumexp`, `normalize` and `reciprocal` are float32", "unreported",
        "input x: float64[7, 3]  output y = logsumexp(x)", ("symbolic dtype",), _forgets_dtype),
    Bug("the symbolic tensor of `Bidirectional` has the channels of its first layer twice", "unreported",
        "input x: float32[17, 3]  output y = x -> Bidirectional(LSTM(5), backward_layer=LSTM(3, go_backwards=true))",
        ("symbolic shape", "known sizes"), _unequal_halves),
    Bug("the mean of integers is float32, whatever the layer's dtype", "unreported",
        "input x: int32[7, 3]  output y = x -> GlobalAveragePooling1D(dtype=float64)",
        ("run dtype",), _mean_of_integers),
    Bug("`GroupNormalization` asks how many channels there are, also where it has no weights", "unreported",
        "input x: float32[7, C]  output y = x -> GroupNormalization(1, center=false, scale=false)",
        REFUSED, _unknown_groups),
    Bug("functions of uint64 take it for uint32, before they run, when they run or both; TensorFlow lacks some",
        "unreported", "input x: uint64[3]  input y: uint64[3]  output z = add(x, y)",
        ("run dtype", "symbolic dtype", *REFUSED), _large_unsigned),
    Bug("the symbolic memories of `Bidirectional` are of its own dtype, what runs is of the dtype of its layers",
        "unreported",
        "input x: float32[17, 3]  y, a, b = x -> Bidirectional(GRU(5, return_state=true), dtype=mixed_float16)  "
        "output y  output a  output b",
        ("run dtype", "symbolic dtype"), _own_dtype),
)  # fmt: skip


HANGS_ON_DATA: Final = (
    Bug("`Discretization` makes codes of as many bins as it found, which are fewer where values are few", "unreported",
        "", ("run shape",), _few_values),
    Bug("without indices for what isn't in the vocabulary a lookup fails on it", "unreported", "", REFUSED,
        _no_place_for_others),
    Bug("`RandomCrop` leaves pictures as they are when predicting, against its symbolic shape", "unreported", "",
        ("run shape",), _kept_size),
    Bug("`RandomPerspective` can't turn a picture of one row or column around", "unreported", "", REFUSED, _one_point),
)  # fmt: skip
"""What hangs on data or chance, so that no model shows it for sure, or what no model can have."""


def bug_of(callee: Callee, types: Types, *, masked: bool = False) -> Bug | None:
    """A bug that a layer or operation with these inputs meets, also a layer inside of it."""
    return next(bugs_of(callee, types, masked=masked), None)


def bugs_of(callee: Callee, types: Types, *, masked: bool = False) -> Iterator[Bug]:
    """All of them."""
    met = (b for b in (*BUGS, *HANGS_ON_DATA) if masked or not b.if_masked)
    return (b for b in met if any(b.concerns(part, types) for part in parts(callee)))


def parts(value: Any) -> Iterator[Any]:
    """A layer or operation, and the layers among its arguments."""
    if isinstance(value, tuple):
        for item in value:
            yield from parts(item)
    if isinstance(value, Layer | Operation):
        yield value
    if isinstance(value, Declaration):
        for item in value.given.values():
            yield from parts(item)


def ends_process(drawn: Drawn) -> bool:
    """Whether TensorFlow ends the process rather than refuse the case: not to be tried beside other cases."""
    sizes = drawn.arguments.get("output_size")
    small = 1 in (sizes if isinstance(sizes, tuple) else (sizes,)) or any(1 in t.shape[:-1] for t in drawn.types)
    return drawn.name.startswith("AdaptiveMax") and small
