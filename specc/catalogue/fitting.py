"""What first values and penalties ask of what they are for: some are for matrices only.

Keras finds the first values that don't fit when it makes the weight, and the penalties when it trains.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from specc.catalogue.declare import Declaration, Refusal
from specc.diagnostics.codes import BAD_ARGUMENT
from specc.program.deciding import equal, less
from specc.program.dims import Shape

_AXES: Final = {"identity": (2, 2), "orthogonal": (2, 99), "stft": (3, 3), "orthogonalregularizer": (2, 2)}
"""The least and the most axes of a weight, by the name of what is for it."""


def require_fit(owner: Declaration, weight: str, shape: Shape, dtype: str) -> None:
    """Refuse first values of a weight, and a penalty on it, that its shape or its dtype don't admit."""
    rank = len(shape)
    for kind in ("initializer", "regularizer"):
        if (argument := _argument_for(type(owner), weight, kind)) is None:
            continue
        name = _name(getattr(owner, argument))
        least, most = _AXES.get(name, (0, 99))
        if not least <= rank <= most:
            raise _refusal(owner, argument, f"`{weight}`", rank)
        if name == "stft":
            _require_waves(owner, argument, weight, shape)
        if name == "orthogonal" and dtype == "bfloat16":
            raise Refusal(
                BAD_ARGUMENT,
                f"TensorFlow can't make orthogonal first values in bfloat16, as `{argument}` asks for `{weight}`",
                expected="another initializer, or weights of another dtype",
                help=("with `dtype=mixed_bfloat16` the weights are float32",),
                argument=argument,
            )


def _require_waves(owner: Declaration, argument: str, weight: str, shape: Shape) -> None:
    """Refuse a shape that waves don't have: Keras makes ``[length, 1, frequencies]`` whatever it is asked for.

    Frequencies are counted in steps of ``1 / (frequencies - 1)``, so there are two of them at least.
    """
    length, channels, frequencies = shape
    given = getattr(getattr(owner, argument), "window", None)
    fits = equal(channels, 1) is True and less(frequencies, 2) is not True
    if fits and (not isinstance(given, tuple) or equal(length, len(given)) is True):
        return
    window = f"{len(given)}" if isinstance(given, tuple) else "length"
    raise Refusal(
        BAD_ARGUMENT,
        f"`{argument}` makes waves of [{window}, 1, frequencies], `{weight}` of `{type(owner).__name__}` is "
        f"[{', '.join(map(str, shape))}]",
        expected="a kernel for 1 channel and at least 2 frequencies, as long as the window",
        argument=argument,
    )


def require_activity_fit(owner: Declaration, rank: int) -> None:
    """Refuse a penalty on an output that is for matrices, where an output of ``rank`` axes and its batch are none."""
    penalty = getattr(owner, "activity_regularizer", None)
    if _name(penalty) in _AXES and rank != 1:
        raise _refusal(owner, "activity_regularizer", "the output with its batch", rank + 1)


@cache
def _argument_for(owner: type[Declaration], weight: str, kind: str) -> str | None:
    """The argument that says the first values of a weight, or the penalty on it."""
    stems = [n.removesuffix(f"_{kind}") for n in owner.params if n.endswith(f"_{kind}")]
    exact = (s for s in stems if weight in (s, f"{s}_kernel") or (weight, s) == ("kernel", "depthwise"))
    ending = (s for s in stems if weight.endswith(f"_{s}"))
    stem = next(exact, None) or next(ending, None)
    return stem and f"{stem}_{kind}"


def _name(value: Any) -> str:
    """What an initializer or regularizer is called, as a word or as an object."""
    return value if isinstance(value, str) else type(value).__name__.lower()


def _refusal(owner: Declaration, argument: str, what: str, rank: int) -> Refusal:
    axes = "axis" if rank == 1 else "axes"
    name = _name(getattr(owner, argument))
    least, most = _AXES[name]
    wanted = f"{least} axes" if least == most else f"at least {least} axes"
    return Refusal(
        BAD_ARGUMENT,
        f"`{argument}` is for weights of {wanted}, {what} of `{type(owner).__name__}` has {rank} {axes}",
        expected=f"one for {rank} {axes}",
        argument=argument,
    )
