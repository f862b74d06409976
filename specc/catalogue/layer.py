"""The form of a layer: arguments, shape rule, weights and FLOPs in one class. Lowering is derived from it.

FLOPs are counted per example as a multiply-add of 2, so a matrix product of ``n`` outputs over ``k`` inputs is
``2·n·k``; adding a bias is 1 per output. What isn't a product of matrices or a convolution counts 1 per output
element where it computes, 0 where it only moves data. An activation inside another layer isn't counted.

Weights may have sizes that hang on symbols: so a block can be checked for every number of channels. Who makes a
model of it refuses weights of unknown size.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, TypeAlias, TypeVar

from specc.catalogue.declare import Declaration, Refusal
from specc.catalogue.fitting import require_activity_fit, require_fit
from specc.catalogue.params import Choice, Flag, Label, Optional
from specc.diagnostics.codes import BAD_ARGUMENT, INPUT_COUNT, UNKNOWN_SIZE, WRONG_DTYPE, WRONG_RANK
from specc.program.dims import Dim, Expr, Shape, size_of
from specc.program.types import DTYPES, FLOATS, INTEGERS, TensorType

T = TypeVar("T")

Accepts: TypeAlias = Literal["number", "float", "integer", "string", "any"]
Compiles: TypeAlias = Literal["always", "inference", "never"]

_DTYPES: dict[str, tuple[str, ...]] = {
    "number": (*FLOATS, *INTEGERS, "bool"),
    "float": FLOATS,
    "integer": INTEGERS,
    "string": ("string",),
    "any": DTYPES,
}


@dataclass(frozen=True, slots=True)
class Weight:
    """A variable that a layer owns, in the order in which Keras lists it."""

    name: str
    shape: Shape
    trainable: bool = True
    dtype: str = "float32"

    @property
    def size(self) -> Dim:
        return size_of(self.shape)


@dataclass(frozen=True, slots=True)
class Inferred:
    """What a layer makes of its inputs. ``flops`` is per example."""

    outputs: tuple[TensorType, ...]
    weights: tuple[Weight, ...]
    flops: Dim


class Layer(Declaration, abstract=True):
    """A layer of one tensor. Subclasses say `output`, and where they have any `weights` and `flops`.

    Class attributes: ``rank`` are the admitted numbers of axes without the batch axis (None for any), ``accepts``
    the dtypes, ``example`` the body of a block that uses the layer, for the reference pages; the tests run it.
    """

    kind = "layer"
    rank: ClassVar[int | tuple[int, ...] | None] = None
    accepts: ClassVar[Accepts | tuple[str, ...]] = "number"
    example: ClassVar[str] = ""
    nests_outputs: ClassVar[bool] = False
    """Whether Keras returns some of several outputs in lists inside of the list of them."""
    compiles: ClassVar[Compiles] = "always"

    name = Optional(Label(), doc="name of the layer, unique in its model")
    trainable = Flag(True, doc="whether training changes the weights")
    dtype = Optional(
        Choice("float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"),
        doc="dtype or policy",
    )

    @classmethod
    def _refuse_incomplete(cls) -> None:
        super()._refuse_incomplete()
        if not cls._has_shape_rule():
            raise TypeError(f"{cls.__name__} has no shape rule")
        if not cls.example:
            raise TypeError(f"{cls.__name__} has no example")

    @classmethod
    def _has_shape_rule(cls) -> bool:
        return cls.output is not Layer.output

    @property
    def compute_dtype(self) -> str:
        """The dtype that it calculates in, and of its output."""
        return (self.dtype or "float32").removeprefix("mixed_")

    @property
    def variable_dtype(self) -> str:
        """The dtype of its weights; a mixed policy keeps them in float32."""
        return "float32" if self.dtype is None or self.dtype.startswith("mixed_") else self.dtype

    def result(self, *shape: Dim) -> TensorType:
        """A tensor of the dtype that the layer calculates in."""
        return TensorType(self.compute_dtype, shape)

    def weight(self, name: str, *shape: Dim, trainable: bool = True) -> Weight:
        """A weight of the dtype that the layer keeps them in.

        Raises:
            Refusal: its first values or its penalty are not for weights of that shape.
        """
        require_fit(self, name, shape, self.variable_dtype)
        # Of a layer inside of another, the outer one asks for its weights: so each says by itself what isn't trained.
        return Weight(name, shape, trainable and self.trainable is not False, self.variable_dtype)

    def output(self, x: TensorType) -> TensorType | tuple[TensorType, ...]:
        """The shape rule: the type of the output for an input of type ``x``.

        Raises:
            Refusal: the layer can't take ``x``.
        """
        raise NotImplementedError(type(self).__name__)

    def weights(self, x: TensorType) -> Iterable[Weight]:
        """The weights the layer owns once it saw ``x``, in Keras's order of ``layer.weights``."""
        return ()

    def flops(self, x: TensorType, y: TensorType) -> Dim:
        """Operations per example, see the module's rule."""
        return 0

    def infer(self, inputs: tuple[TensorType, ...]) -> Inferred:
        """Output types, weights and FLOPs for some inputs.

        Raises:
            Refusal: a rank, dtype or size isn't one that the layer takes.
        """
        if len(inputs) != 1:
            raise self.wrong_count("one tensor", len(inputs))
        x = inputs[0]
        self.require_input(x)
        outputs = as_tuple(self.output(x))
        require_activity_fit(self, outputs[0].rank)
        return Inferred(outputs, tuple(self.weights(x)), self.flops(x, outputs[0]))

    def require_input(self, x: TensorType) -> None:
        """Refuse a rank or dtype that the layer doesn't take."""
        ranks = (self.rank,) if isinstance(self.rank, int) else self.rank
        if ranks is not None and x.rank not in ranks:
            wanted = " or ".join(map(str, ranks))
            axes = "axis" if wanted == "1" else "axes"
            raise Refusal(
                WRONG_RANK,
                f"`{type(self).__name__}` takes tensors of {wanted} {axes} per example, this one has {x.rank}",
                expected=f"{wanted} {axes} (the batch axis is not counted)",
                found=str(x),
                help=self.rank_help(x),
            )
        admitted = self.accepts if isinstance(self.accepts, tuple) else _DTYPES[self.accepts]
        if x.dtype not in admitted:
            named = " or ".join(self.accepts) if isinstance(self.accepts, tuple) else _NAMES[self.accepts]
            raise Refusal(
                WRONG_DTYPE,
                f"`{type(self).__name__}` takes {named}, this is {x.dtype}",
                expected=named,
                found=str(x),
                help=self.dtype_help(x),
            )

    def rank_help(self, x: TensorType) -> tuple[str, ...]:
        """What to do about a wrong rank."""
        if isinstance(self.rank, int) and x.rank > self.rank == 1:
            return ("put `Flatten` or a global pooling layer before it",)
        return ()

    def dtype_help(self, x: TensorType) -> tuple[str, ...]:
        """What to do about a wrong dtype."""
        if self.accepts == "float" and x.dtype in INTEGERS:
            return ("make floats of it: `Rescaling(1)` or, for pixels, `Rescaling(1/255)`",)
        return ()

    def wrong_count(self, wanted: str, found: int) -> Refusal:
        return Refusal(
            INPUT_COUNT,
            f"`{type(self).__name__}` takes {wanted}, it is given {found}",
            expected=wanted,
            found=f"{found} tensor{'' if found == 1 else 's'}",
        )

    def keras_arguments(self, inputs: tuple[TensorType, ...]) -> dict[str, Any]:
        """The arguments for the Keras layer of the same name; override only where Keras differs."""
        return self.given

    def is_misjudged(self, inputs: tuple[TensorType, ...]) -> bool:
        """Whether Keras gives a wrong shape, or none, for the layer's output before it runs.

        Then it is lowered as ``Pipeline([layer])``, whose shapes Keras finds by tracing.
        """
        return False

    def call_arguments(self, inputs: tuple[TensorType, ...]) -> dict[str, Any]:
        """What Keras takes at the call of the layer and a spec at the layer."""
        return {}

    def arranged(self, operands: list[T]) -> list[T | list[T]]:
        """The tensors of a call as Keras takes them: each an argument of its own, or some of them in a list."""
        return [*operands]


class MultiInputLayer(Layer, abstract=True):
    """A layer of several tensors; says `outputs` (and `weights_of`, `flops_of`) in terms of all of them.

    Class attributes: ``least`` and ``most`` are how many it takes; with ``spreads_inputs`` Keras takes them as
    arguments of their own, else as one list.
    """

    least: ClassVar[int] = 2
    most: ClassVar[int | None] = None
    spreads_inputs: ClassVar[bool] = False

    def outputs(self, *inputs: TensorType) -> TensorType | tuple[TensorType, ...]:
        """The shape rule over all inputs."""
        raise NotImplementedError(type(self).__name__)

    def weights_of(self, *inputs: TensorType) -> Iterable[Weight]:
        return ()

    def flops_of(self, inputs: tuple[TensorType, ...], outputs: tuple[TensorType, ...]) -> Dim:
        return 0

    @classmethod
    def _has_shape_rule(cls) -> bool:
        return cls.outputs is not MultiInputLayer.outputs

    def infer(self, inputs: tuple[TensorType, ...]) -> Inferred:
        if len(inputs) < self.least or (self.most is not None and len(inputs) > self.most):
            raise self.wrong_count(self._wanted(), len(inputs))
        for x in inputs:
            self.require_input(x)
        outputs = as_tuple(self.outputs(*inputs))
        require_activity_fit(self, outputs[0].rank)
        return Inferred(outputs, tuple(self.weights_of(*inputs)), self.flops_of(inputs, outputs))

    def arranged(self, operands: list[T]) -> list[T | list[T]]:
        return [*operands] if self.spreads_inputs else [operands]

    def _wanted(self) -> str:
        if self.most == self.least:
            return f"{self.least} tensors"
        return f"at least {self.least} tensors" if self.most is None else f"{self.least} to {self.most} tensors"


_NAMES = {
    "number": "numbers",
    "float": "floating-point numbers",
    "integer": "integers",
    "string": "text",
    "any": "any dtype",
}


def as_tuple(outputs: TensorType | tuple[TensorType, ...]) -> tuple[TensorType, ...]:
    return (outputs,) if isinstance(outputs, TensorType) else outputs


def only_output(layer: Layer, x: TensorType, argument: str) -> TensorType:
    """What a layer inside of another makes, where that takes one tensor of it.

    Raises:
        Refusal: the layer makes several, or can't take ``x``.
    """
    first, *others = as_tuple(layer.output(x))
    if others:
        name = type(layer).__name__
        raise Refusal(
            BAD_ARGUMENT,
            f"`{argument}` takes layers of one input and one output, this `{name}` has {1 + len(others)} outputs",
            expected="one input and one output",
            argument=argument,
        )
    return first


def known(dim: Dim, what: str) -> int:
    """A size that must be a number.

    Raises:
        Refusal: it hangs on a run-time size.
    """
    if isinstance(dim, int):
        return dim
    names = ", ".join(sorted(f"`{s.name}`" for s in dim.symbols))
    raise Refusal(
        UNKNOWN_SIZE,
        f"{what} must be known, but {dim} hangs on {names}",
        expected="a size known when the model is built",
        found=str(dim),
        help=("give the size a number in the input's type, or use a layer for any size, such as a global pooling",),
    )


def is_symbolic(value: Any) -> bool:
    """Whether a value is a size that isn't a number."""
    return isinstance(value, Expr)
