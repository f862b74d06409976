"""The rule of reshaping, which the layer `Reshape` and the function ``reshape`` share."""

from __future__ import annotations

from collections.abc import Sequence

from specc.catalogue.declare import Refusal
from specc.catalogue.layer import is_symbolic, known
from specc.diagnostics.codes import BAD_ARGUMENT, SHAPE_MISMATCH
from specc.program.deciding import equal, witness
from specc.program.dims import Dim, Shape, size_of
from specc.program.types import TensorType


def check_target(target: Sequence[Dim], argument: str) -> None:
    """Refuse a target that fits no tensor.

    Raises:
        Refusal: more than one size is -1, or one is 0.
    """
    if sum(size == -1 for size in target) > 1:
        message = f"`{argument}` has at most one -1"
        raise Refusal(BAD_ARGUMENT, message, expected="one size left open", argument=argument)
    if 0 in target:
        # A tensor without elements: Keras takes it, and fails where it is used.
        raise Refusal(BAD_ARGUMENT, f"a size of `{argument}` is 0", expected="sizes of at least 1", argument=argument)


def reshaped(x: TensorType, target: Sequence[Dim], argument: str) -> Shape:
    """The shape of ``x`` as ``target``, where -1 is what is left over.

    Raises:
        Refusal: the number of elements isn't that of ``x``.
    """
    stated = size_of(size for size in target if size != -1)
    left = x.size // stated if -1 in target else 1
    if not equal(stated * left, x.size):
        raise _unlike(x, target, stated, argument)
    return tuple(left if size == -1 else size for size in target)


def keras_target(x: TensorType, target: Sequence[Dim], argument: str) -> tuple[Dim, ...]:
    """The target for Keras: a size that is only known at run time becomes -1.

    Raises:
        Refusal: there are two of them, which Keras can't do.
    """
    shape = reshaped(x, target, argument)
    symbolic = [str(size) for size in shape if is_symbolic(size)]
    if len(symbolic) > 1:
        known(next(size for size in shape if is_symbolic(size)), f"all sizes of `{argument}` but {symbolic[1]}")
    return tuple(-1 if is_symbolic(size) else size for size in shape)


def _unlike(x: TensorType, target: Sequence[Dim], stated: Dim, argument: str) -> Refusal:
    shown = f"[{', '.join(map(str, target))}]"
    wanted = f"a multiple of {stated}" if -1 in target else str(stated)
    return Refusal(
        SHAPE_MISMATCH,
        f"{x} has {x.size} elements, `{argument}` {shown} needs {wanted}",
        expected=f"{wanted} elements",
        found=f"{x.size} elements",
        help=_example(x.size, stated, -1 in target),
        argument=argument,
    )


def _example(have: Dim, stated: Dim, is_open: bool) -> tuple[str, ...]:
    wanted = stated * (have // stated) if is_open else stated
    sizes = witness(have, wanted) if is_symbolic(have) or is_symbolic(wanted) else None
    if not sizes:
        return ()
    return (f"it does not fit for {', '.join(f'{name} = {size}' for name, size in sizes.items())}",)
