"""The form of a function of tensors: its operands, its arguments, its shape rule."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from specc.catalogue.axes import place_of_axis
from specc.catalogue.declare import Declaration, Param, Refusal
from specc.catalogue.layer import Inferred, as_tuple
from specc.catalogue.params import Flag, Integer, Optional, Tuple
from specc.diagnostics.codes import INPUT_COUNT, WRONG_DTYPE
from specc.program.dims import Dim
from specc.program.types import DTYPES, FLOATS, INTEGERS, NumberType, TensorType

NUMERIC: Final = (*FLOATS, *INTEGERS)
SIGNED: Final = (*FLOATS, *(name for name in INTEGERS if name[0] == "i"))
NOT_TEXT: Final = (*NUMERIC, "bool")

_NAMED: Final[dict[tuple[str, ...], str]] = {
    FLOATS: "floating-point numbers",
    NUMERIC: "numbers",
    SIGNED: "numbers with a sign",
    NOT_TEXT: "numbers or booleans",
    ("bool",): "bool",
}


class Operation(Declaration, abstract=True):
    """A function of tensors and numbers; a number comes as a `NumberType`.

    Class attributes: ``operands`` are the names of the tensors it takes, before its arguments, as in ``keras.ops``;
    ``takes_list`` says that the one operand is a list of tensors, ``variadic`` that any number of tensors follow the
    arguments, ``implied`` that its operand is found and not written; ``accepts`` are the dtypes it takes.
    """

    kind = "op"
    operands: ClassVar[tuple[str, ...]] = ("x",)
    takes_list: ClassVar[bool] = False
    variadic: ClassVar[bool] = False
    implied: ClassVar[bool] = False
    accepts: ClassVar[tuple[str, ...]] = NUMERIC

    def output(self, *inputs: TensorType) -> TensorType | tuple[TensorType, ...]:
        """The shape rule.

        Raises:
            Refusal: the inputs don't fit, or don't fit each other.
        """
        raise NotImplementedError(type(self).__name__)

    def flops(self, inputs: tuple[TensorType, ...], y: TensorType) -> Dim:
        """Operations per example: one for each element of the result, unless a subclass says otherwise."""
        return y.size

    def infer(self, inputs: tuple[TensorType, ...]) -> Inferred:
        """Output types and FLOPs for some inputs.

        Raises:
            Refusal: the inputs don't fit, or don't fit each other.
        """
        self._require_count(len(inputs))
        if all(map(is_number, inputs)):
            raise Refusal(INPUT_COUNT, f"`{type(self).__name__}` takes at least one tensor, it is given numbers only")
        for x in inputs:
            self.require(x, self.accepts)
        outputs = as_tuple(self.output(*inputs))
        return Inferred(outputs, (), self.flops(inputs, outputs[0]))

    def _require_count(self, found: int) -> None:
        name, wanted = type(self).__name__, len(self.operands)
        if self.takes_list or self.variadic:
            if found == 0:
                raise Refusal(INPUT_COUNT, f"`{name}` takes at least one tensor, it is given none")
        elif found != wanted:
            plural = "" if wanted == 1 else "s"
            raise Refusal(INPUT_COUNT, f"`{name}` takes {wanted} tensor{plural}, it is given {found}")

    def require(self, x: TensorType, admitted: tuple[str, ...]) -> None:
        """Refuse a dtype that isn't among ``admitted``."""
        if x.dtype in admitted:
            return
        named = _NAMED.get(admitted, " or ".join(admitted))
        target = "bool" if admitted == ("bool",) else "float32"
        castable = x.dtype != "string" and not (target == "bool" and x.is_float)
        raise Refusal(
            WRONG_DTYPE,
            f"`{type(self).__name__}` takes {named}, this is {x.dtype}",
            expected=named,
            found=str(x),
            help=(f"write `cast(x, {target})`",) if castable else (),
        )

    def keras_arguments(self, inputs: tuple[TensorType, ...]) -> dict[str, Any]:
        """The arguments for the function of the same name in ``keras.ops``; defaults too, as Keras's may differ.

        Raises:
            Refusal: a size is only known at run time where Keras needs a number.
        """
        return {name: getattr(self, name) for name in self.params}


class Mover(Operation, abstract=True):
    """Moves elements and computes nothing: takes any dtype, counts no operations."""

    accepts = DTYPES

    def flops(self, inputs: tuple[TensorType, ...], y: TensorType) -> Dim:
        return 0


def is_number(x: TensorType) -> bool:
    """Whether an operand is a plain number, which fits every shape."""
    return isinstance(x, NumberType)


def axis(default: Any = None, *, doc: str = "the axis; 1 is the first of an example, -1 the last") -> Integer:
    """A lone axis; without a default it must be given, as Keras's default is the batch."""
    return Integer(doc=doc) if default is None else Integer(default, doc=doc)


def axes() -> Param[Any]:
    """One axis, several, or none for all axes of an example."""
    return Optional(
        Tuple(Integer(), single=True, at_least=1),
        doc="the axis or axes; 1 is the first of an example, -1 the last, none for all of an example",
    )


def places(given: tuple[Dim, ...] | None, x: TensorType) -> tuple[int, ...]:
    """Where axes are in ``x.shape``, in order; all of them for none.

    Raises:
        Refusal: there is no such axis, or one is named twice.
    """
    if given is None:
        return tuple(range(x.rank))
    found = [place_of_axis(a, x, "axis") for a in given]
    if len(set(found)) < len(found):
        from specc.diagnostics.codes import REPEATED_ARGUMENT

        raise Refusal(REPEATED_ARGUMENT, f"an axis of {x} is named twice", argument="axis")
    return tuple(sorted(found))


def keepdims() -> Flag:
    """Whether the axes that are reduced stay, with size 1."""
    return Flag(False, doc="whether the reduced axes stay, with size 1")
