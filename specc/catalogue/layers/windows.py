"""Windows that move over axes: what convolutions and poolings share."""

from __future__ import annotations

from specc.catalogue.declare import Refusal
from specc.diagnostics.codes import CONFLICTING_ARGUMENTS, KERNEL_TOO_LARGE
from specc.program.deciding import is_fixed, less
from specc.program.dims import Dim, Shape
from specc.program.types import TensorType

AXIS_NAMES = {1: ("steps",), 2: ("height", "width"), 3: ("depth", "height", "width")}
"""What the axes that a window moves over are called."""


def positions(x: TensorType, window: Shape, strides: Shape, padding: str, what: str) -> Shape:
    """How many positions a window has on each axis of ``x`` but the last, the channels.

    ``same`` and ``causal`` padding: one per stride. ``valid``: as many as fit. A window is assumed to fit an axis of
    symbolic size.

    Raises:
        Refusal: a window is larger than its axis.
    """
    if padding != "valid":
        return tuple((size + step - 1) // step for size, step in zip(x.shape, strides, strict=False))
    for name, size, width in zip(AXIS_NAMES[len(window)], x.shape, window, strict=False):
        if is_fixed(size) and less(size, width):
            raise Refusal(
                KERNEL_TOO_LARGE,
                f"the {what} covers {width} along the {name}, but the input has only {size}",
                expected=f"at least {width} along the {name}",
                found=str(x),
                help=("use `padding=same`, a smaller window, or fewer strided layers before this one",),
            )
    return tuple((size - width) // step + 1 for size, width, step in zip(x.shape, window, strides, strict=False))


def spread(kernel: Shape, dilation: Shape) -> Shape:
    """The extent of a kernel whose taps are ``dilation`` apart."""
    return tuple((size - 1) * rate + 1 for size, rate in zip(kernel, dilation, strict=True))


def refuse_strides_with_dilation(strides: Shape, dilation: Shape) -> None:
    """Keras has no convolution that does both."""
    if any(s != 1 for s in strides) and any(d != 1 for d in dilation):
        raise Refusal(
            CONFLICTING_ARGUMENTS,
            "`strides` above 1 and `dilation_rate` above 1 exclude each other",
            expected="1 for one of them",
            found=f"strides {_listed(strides)} and dilation_rate {_listed(dilation)}",
            argument="dilation_rate",
        )


def _listed(sizes: tuple[Dim, ...]) -> str:
    return f"[{', '.join(map(str, sizes))}]"
