"""What Keras and TensorFlow are known to do wrong or not at all, in one list. A test shows that each entry still holds."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from generated_cases import Drawn

from specc.catalogue.declare import Declaration
from specc.catalogue.layer import Layer
from specc.program.types import TensorType

Types = tuple[TensorType, ...]


@dataclass(frozen=True)
class Bug:
    """Something that Keras does otherwise than it says, or can't do.

    Attributes:
        does: what happens.
        issue: where it is reported, or "unreported".
        line: a case that shows it, as `conformance.read` takes it.
        shows: beginnings of the differences that it makes.
        concerns: whether a layer with these inputs is one of its cases.
    """

    does: str
    issue: str
    line: str
    shows: tuple[str, ...]
    concerns: Callable[[Layer, Types], bool]


def _volume_dtype(layer: Layer, types: Types) -> bool:
    name = type(layer).__name__
    return "Pooling3D" in name and not name.startswith("Global") and layer.compute_dtype in ("float16", "float64")


def _enlarges(layer: Layer, types: Types) -> bool:
    if type(layer).__name__ != "CenterCrop" or layer.compute_dtype == "float32":
        return False
    wanted = (getattr(layer, "height"), getattr(layer, "width"))  # noqa: B009
    return any(not isinstance(have, int) or have < want for have, want in zip(types[0].shape, wanted, strict=False))


def _other_dtype_back(layer: Layer, types: Types) -> bool:
    if type(layer).__name__ != "ReversibleEmbedding" or not types[0].is_float:
        return False
    return getattr(layer, "reverse_dtype") is not None or types[0].dtype != layer.compute_dtype  # noqa: B009


def _resized_integers(layer: Layer, types: Types) -> bool:
    return type(layer).__name__ == "Resizing" and not types[0].is_float


def _dilated_transpose(layer: Layer, types: Types) -> bool:
    return type(layer).__name__.endswith("Transpose") and any(d != 1 for d in getattr(layer, "dilation_rate"))  # noqa: B009


def _moved_integers(layer: Layer, types: Types) -> bool:
    return type(layer).__name__ == "TimeDistributed" and not types[0].is_float


def _fused(layer: Layer, types: Types) -> bool:
    return getattr(layer, "use_cudnn", None) is True


REFUSED = "only Keras refuses"

BUGS: Final = (
    Bug("TensorFlow has no kernels for volumes of these dtypes on CPUs",
        "unreported", "[11, 13, 17, 3] -> AveragePooling3D(dtype=float64)", (REFUSED,), _volume_dtype),
    Bug("a picture that `CenterCrop` makes larger is float32, whatever the layer's dtype and its symbolic tensor say",
        "unreported", "[13, 17, 3] -> CenterCrop(19, 23, dtype=float16)", ("run dtype",), _enlarges),
    Bug("the way back of `ReversibleEmbedding` casts nothing: the result is of the wider dtype of input and table, or of "
        "`reverse_dtype`, the symbolic tensor of the layer's",
        "unreported", "float64[7, 5] -> ReversibleEmbedding(13, 5)", ("run dtype", "symbolic dtype"), _other_dtype_back),
    Bug("the symbolic tensor of resized integers is float32, what is computed is of the input's dtype",
        "unreported", "uint8[13, 17, 3] -> Resizing(7, 11)", ("symbolic dtype",), _resized_integers),
    Bug("TensorFlow has no transposed convolution with dilation on CPUs, but for one that it finds by itself",
        "unreported", "float16[7, 11, 3] -> Conv2DTranspose(5, 3, dilation_rate=2, dtype=float16)", (REFUSED,),
        _dilated_transpose),
    Bug("the symbolic tensor of `TimeDistributed` is a float, also where the layer inside moves integers",
        "unreported", "int32[7, 11, 3] -> TimeDistributed(Flatten())", ("symbolic dtype",), _moved_integers),
    Bug("cuDNN is for GPUs: on CPUs `use_cudnn=true` fails when it runs",
        "unreported", "[17, 3] -> GRU(5, use_cudnn=true)", (REFUSED,), _fused),
)  # fmt: skip


def bug_of(layer: Layer, types: Types) -> Bug | None:
    """The bug that a layer with these inputs meets, also one inside of it."""
    return next((b for b in BUGS if any(b.concerns(part, types) for part in parts(layer))), None)


def parts(value: Any) -> Iterator[Layer]:
    """A layer and those among its arguments."""
    if isinstance(value, tuple):
        for item in value:
            yield from parts(item)
    if isinstance(value, Declaration):
        if isinstance(value, Layer):
            yield value
        for item in value.given.values():
            yield from parts(item)


def ends_process(drawn: Drawn) -> bool:
    """Whether TensorFlow ends the process rather than refuse the case: not to be tried beside other cases."""
    sizes = drawn.arguments.get("output_size")
    small = 1 in (sizes if isinstance(sizes, tuple) else (sizes,)) or any(1 in t.shape[:-1] for t in drawn.types)
    return drawn.name.startswith("AdaptiveMax") and small
