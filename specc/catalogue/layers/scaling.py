"""Layers that learn from data how values are spread, and bring them to one scale or into bins."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from specc.catalogue.axes import place_of_axis
from specc.catalogue.declare import Refusal, Value
from specc.catalogue.layer import Weight, known
from specc.catalogue.layers.encoding import encoded, output_mode
from specc.catalogue.learned import Absent, Ascending, Grid, Learning, grid_numbers, grid_shape
from specc.catalogue.params import Flag, Integer, Number, Optional, Tuple, positive
from specc.diagnostics.codes import CONFLICTING_ARGUMENTS, MISSING_ARGUMENT, SHAPE_MISMATCH
from specc.program.deciding import equal
from specc.program.dims import Dim, Shape
from specc.program.types import FLOATS, INTEGERS, TensorType


class Normalization(Learning):
    """Brings values to mean 0 and variance 1: ``(x - mean) / max(sqrt(variance), 1e-7)``.

    Shape: ``[…] → […]``. ``invert`` does the opposite: ``mean + x * sqrt(variance)``. Without ``mean`` and ``variance``
    they are learned from the training data. Weights: none, or until then ``mean``, ``variance`` and ``count``.
    """

    example = "input x: float32[13, 17, 3]  output y = x -> Normalization(mean=[5, 7, 11], variance=[2, 3, 5])"

    axis = Optional(
        Tuple(Integer(), single=True),
        (-1,),
        doc="the axes with a mean of their own, 1 is the first of an example, -1 the last; none for one mean of all",
    )
    mean = Optional(Grid(), doc="the mean, or one for each place along `axis`; none to learn it")
    variance = Optional(Grid(), doc="the variance, or one for each place along `axis`; none to learn it")
    invert = Flag(False, doc="whether the opposite is done")

    @property
    def is_learned(self) -> bool:
        return self.mean is not None

    @property
    def to_write(self) -> str:
        return "`mean` and `variance`"

    def learned(self, adapted: Any) -> dict[str, Value]:
        found = {"mean": adapted.adapt_mean, "variance": adapted.adapt_variance}
        return {name: _plain(variable.numpy().tolist()) for name, variable in found.items()}

    def check(self) -> None:
        if (self.mean is None) != (self.variance is None):
            missing = "mean" if self.mean is None else "variance"
            raise Refusal(
                MISSING_ARGUMENT,
                f"`Normalization` needs `{missing}` as well",
                expected="both of `mean` and `variance`, or none of them",
                help=("without both, training learns them from the data",),
            )
        mean, variance = grid_shape(self.mean), grid_shape(self.variance)
        if mean != variance:
            raise Refusal(
                CONFLICTING_ARGUMENTS,
                "`mean` and `variance` must have the same length",
                expected=_counted(mean),
                found=_counted(variance),
                argument="variance",
            )
        if len(mean) > len(self.axis or ()):
            axes = len(self.axis or ())
            raise Refusal(
                CONFLICTING_ARGUMENTS,
                f"along {axes} axes there are no lists in {len(mean)} levels"
                if axes
                else "without `axis` there is one `mean` of all values",
                expected="one number" if not axes else f"a number, or lists in at most {axes} levels",
                found=_counted(mean),
                argument="mean",
            )
        if self.variance is not None and (least := min(grid_numbers(self.variance))) < 0:
            raise Refusal(
                CONFLICTING_ARGUMENTS,
                "a variance is never negative",
                expected="numbers of at least 0",
                found=str(least),
                argument="variance",
            )

    def output(self, x: TensorType) -> TensorType:
        kept = self._kept(x)
        given = grid_shape(self.mean)
        fitting = kept[len(kept) - len(given) :]
        if not all(count == 1 or equal(count, size) for count, size in zip(given, fitting, strict=True)):
            wanted = " times ".join(map(str, fitting))
            what = "channels" if self.axis == (-1,) else "places along `axis`"
            raise Refusal(
                SHAPE_MISMATCH,
                f"`mean` has {_counted(given)}, the input has {wanted} {what}",
                expected=f"one number or {wanted} numbers",
                found=str(x),
                argument="mean",
            )
        return self.result(*x.shape)

    def _kept(self, x: TensorType) -> Shape:
        """The sizes of the axes that have means of their own, in their order."""
        places = sorted({place_of_axis(axis, x, "axis") for axis in self.axis or ()})
        return tuple(known(x.shape[p], f"axis {p + 1} of `Normalization`'s input") for p in places)

    def weights(self, x: TensorType) -> Iterable[Weight]:
        if self.mean is None:
            yield self.weight("mean", *self._kept(x), trainable=False)
            yield self.weight("variance", *self._kept(x), trainable=False)
            yield Weight("count", (), trainable=False, dtype="int64")

    def flops(self, x: TensorType, y: TensorType) -> Dim:
        return 2 * y.size


def _plain(value: Any) -> Any:
    """Lists as tuples."""
    return tuple(map(_plain, value)) if isinstance(value, list) else value  # pyright: ignore[reportUnknownArgumentType]


def _counted(shape: tuple[int, ...]) -> str:
    return " times ".join(map(str, shape)) + " numbers" if shape else "one number"


class Discretization(Learning):
    """Sorts numbers into bins and gives the number of the bin, or its code.

    Shape: ``int`` ``[…] → […]``, of int32; ``one_hot`` ``[…] → […, bins]``, where a last axis of 1 is replaced;
    ``multi_hot`` and ``count`` ``[n, …] → […, bins]``. With ``num_bins`` the boundaries are learned from the training
    data, so that bins hold about equally many values.
    """

    # TensorFlow sorts no uint64 into bins.
    accepts = (*FLOATS, *(name for name in INTEGERS if name != "uint64"))
    example = "input x: float32[7]  output y = x -> Discretization([0, 0.5, 1])"

    bin_boundaries = Optional(Ascending(), doc="where bins begin; one bin more, for what is less; none to learn them")
    num_bins = Optional(positive(), doc="how many bins are learned")
    epsilon = Number(0.01, low=0.0, high=1.0, open_low=True, doc="how exactly they are learned, as a fraction")
    output_mode = output_mode("int", "one_hot", "multi_hot", "count")
    sparse = Absent("sparse tensors have no type in a spec", doc="always false")
    trainable = None

    @property
    def is_learned(self) -> bool:
        return self.bin_boundaries is not None

    @property
    def to_write(self) -> str:
        return "`bin_boundaries`"

    def learned(self, adapted: Any) -> dict[str, Value]:
        boundaries = tuple(float(b) for b in adapted.bin_boundaries)
        return {"bin_boundaries": boundaries, "num_bins": None, "epsilon": None}

    def check(self) -> None:
        if self.bin_boundaries is not None and self.num_bins is not None:
            raise Refusal(
                CONFLICTING_ARGUMENTS,
                "`bin_boundaries` and `num_bins` exclude each other",
                expected="the boundaries, or how many bins are learned",
                argument="num_bins",
            )
        if self.bin_boundaries is None and self.num_bins is None:
            raise Refusal(
                MISSING_ARGUMENT,
                "`Discretization` needs `bin_boundaries` or `num_bins`",
                expected="`bin_boundaries: a list of numbers in ascending order` or `num_bins: an integer`",
                help=("with `num_bins=5` five bins are learned from the training data",),
            )

    @property
    def depth(self) -> Dim:
        """How many bins there are."""
        if self.bin_boundaries is not None:
            return len(self.bin_boundaries) + 1
        assert self.num_bins is not None
        return self.num_bins

    def output(self, x: TensorType) -> TensorType:
        if self.output_mode == "int":
            return TensorType("int32", x.shape)
        return self.result(*encoded(self, x, self.output_mode, self.depth, many_axes=True))

    def flops(self, x: TensorType, y: TensorType) -> Dim:
        return y.size
