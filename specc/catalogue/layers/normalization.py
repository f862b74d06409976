"""Normalizations: bring values to a common scale, then scale and shift them by learned numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from specc.catalogue.axes import place_of_axis
from specc.catalogue.declare import Param, Refusal, Value
from specc.catalogue.layer import Layer, Weight
from specc.catalogue.params import (
    Flag,
    Integer,
    Number,
    Optional,
    Tuple,
    constraint,
    fraction,
    initializer,
    regularizer,
)
from specc.diagnostics.codes import OUT_OF_RANGE, REPEATED_ARGUMENT, SHAPE_MISMATCH
from specc.program.deciding import equal, less
from specc.program.dims import Dim, Shape
from specc.program.types import TensorType


class Normalizing(Layer, abstract=True):
    """What all normalizations with learned scale and shift share. Shape: ``[…] → […]``."""

    axis = Integer(-1, doc="the axis of the channels; 1 is the first of an example, -1 the last")
    epsilon = Number(0.001, low=0.0, doc="added to the variance, against division by 0")
    center = Flag(True, doc="whether beta is added")
    scale = Flag(True, doc="whether the result is multiplied by gamma")
    beta_initializer = initializer("zeros", doc="first values of beta")
    gamma_initializer = initializer("ones", doc="first values of gamma")
    beta_regularizer = regularizer(doc="penalty on beta")
    gamma_regularizer = regularizer(doc="penalty on gamma")
    beta_constraint = constraint(doc="projection of beta after each step")
    gamma_constraint = constraint(doc="projection of gamma after each step")

    def normalized(self, x: TensorType) -> Shape:
        """The sizes of gamma and beta."""
        return (x.shape[place_of_axis(self.axis, x, "axis")],)

    def output(self, x: TensorType) -> TensorType:
        self.normalized(x)
        return self.result(*x.shape)

    def weights(self, x: TensorType) -> Iterable[Weight]:
        if self.scale:
            yield self.weight("gamma", *self.normalized(x))
        if self.center:
            yield self.weight("beta", *self.normalized(x))

    def flops(self, x: TensorType, y: TensorType) -> Dim:
        # One each for mean, deviation, variance and division, one each for gamma and beta.
        return x.size * (4 + int(self.center) + int(self.scale))


class Clipping(Param[dict[str, float]]):
    """Bounds of the correction of batch renormalization: ``{ rmin = 0.5  rmax = 2  dmax = 5 }``."""

    expects = "a record of rmin, rmax and dmax, each a number of at least 0"
    names = ("rmin", "rmax", "dmax")

    def accept(self, value: Value) -> dict[str, float]:
        if not isinstance(value, Mapping) or not set(value) <= set(self.names):
            raise self.refuse(value)
        number = Number(low=0.0)
        number.name = self.name
        bounds = {str(name): number.accept(bound) for name, bound in value.items()}
        if bounds.get("rmax", float("inf")) < bounds.get("rmin", 0.0):
            raise self.refuse(value, help=("`rmax` is at least `rmin`",))
        return bounds

    def schema(self) -> dict[str, Any]:
        bound = {"type": "number", "minimum": 0}
        return {"type": "object", "properties": dict.fromkeys(self.names, bound), "additionalProperties": False}


class BatchNormalization(Normalizing):
    """Brings each channel to mean 0 and variance 1 over the batch; at inference, by moving means.

    Shape: ``[…] → […]``. Weights: gamma, beta, and not trained moving_mean, moving_variance, each of the axis's size;
    with ``renorm`` also moving_stddev, renorm_mean, renorm_stddev. Ioffe and Szegedy 2015,
    https://arxiv.org/abs/1502.03167; renorm: Ioffe 2017, https://arxiv.org/abs/1702.03275.
    """

    example = "input x: float32[13, 17, 3]  output y = x -> BatchNormalization"

    momentum = fraction(0.99, doc="weight of the past in the moving mean and variance").after("axis")
    moving_mean_initializer = initializer("zeros", doc="first values of the moving mean").after("gamma_initializer")
    moving_variance_initializer = initializer("ones", doc="first values of the moving variance").after(
        "moving_mean_initializer"
    )
    renorm = Flag(False, doc="whether moving statistics correct those of the batch").after("gamma_constraint")
    renorm_clipping = Optional(Clipping(), doc="bounds of the correction, none for no bounds").after("renorm")
    renorm_momentum = fraction(0.99, doc="weight of the past in the correction").after("renorm_clipping")
    synchronized = Flag(False, doc="whether the statistics are taken over all devices").after("renorm_momentum")

    def weights(self, x: TensorType) -> Iterable[Weight]:
        yield from super().weights(x)
        moving = ("moving_mean", "moving_variance")
        for name in (*moving, "moving_stddev", "renorm_mean", "renorm_stddev") if self.renorm else moving:
            yield self.weight(name, *self.normalized(x), trainable=False)


class LayerNormalization(Normalizing):
    """Brings each example to mean 0 and variance 1 over its channels.

    Shape: ``[…] → […]``. Weights: gamma, beta, each with the sizes of the axes. Ba et al. 2016,
    https://arxiv.org/abs/1607.06450.
    """

    example = "input x: float32[7, 11]  output y = x -> LayerNormalization"

    axis = Tuple(
        Integer(), (-1,), single=True, at_least=1, doc="the axes it normalises over; 1 is the first of an example"
    )

    def normalized(self, x: TensorType) -> Shape:
        return tuple(x.shape[place] for place in places_of(self.axis, x))


class RMSNormalization(Layer):
    """Brings the root of the mean square over its channels to 1, without a mean taken off.

    Shape: ``[…] → […]``. Weights: scale, with the size of the axis. Zhang and Sennrich 2019,
    https://arxiv.org/abs/1910.07467.
    """

    example = "input x: float32[7, 11]  output y = x -> RMSNormalization"
    accepts = "float"

    axis = Integer(-1, doc="the axis it normalises over, always the last")
    epsilon = Number(1e-6, low=0.0, doc="number added to the mean square")

    def output(self, x: TensorType) -> TensorType:
        if place_of_axis(self.axis, x, "axis") != x.rank - 1:
            # Keras builds a scale for any axis, and multiplies it along the last one.
            message = "`RMSNormalization` normalises over the last axis"
            raise Refusal(OUT_OF_RANGE, message, expected="-1", found=str(self.axis), argument="axis")
        return self.result(*x.shape)

    def weights(self, x: TensorType) -> Iterable[Weight]:
        yield self.weight("scale", x.channels)

    def flops(self, x: TensorType, y: TensorType) -> Dim:
        return 4 * y.size


class GroupNormalization(Normalizing):
    """Brings groups of channels of each example to mean 0 and variance 1.

    Shape: ``[…] → […]``. Weights: gamma, beta, each of the axis's size. Wu and He 2018,
    https://arxiv.org/abs/1803.08494. ``groups=-1`` makes each channel a group: instance normalization.
    """

    example = "input x: float32[13, 17, 6]  output y = x -> GroupNormalization(3)"

    groups = Integer(32, minimum=-1, doc="number of groups of channels, -1 for one per channel")

    def check(self) -> None:
        if self.groups == 0:
            raise Refusal(
                OUT_OF_RANGE,
                "`groups` must be at least 1, or -1",
                expected="an integer of at least 1, or -1",
                found="0",
                argument="groups",
            )

    def output(self, x: TensorType) -> TensorType:
        (channels,) = self.normalized(x)
        if self.groups != -1 and equal(channels % self.groups, 0) is False:
            few = less(channels, self.groups)
            raise Refusal(
                SHAPE_MISMATCH,
                f"{channels} channels can't be split into {self.groups} equal groups",
                expected=f"channels to be a multiple of {self.groups}",
                found=str(x),
                help=(f"give `groups`, whose default is 32; {channels} channels take at most {channels} groups",)
                if few
                else (),
                argument="groups",
            )
        return super().output(x)


class UnitNormalization(Layer):
    """Brings vectors to length 1.

    Shape: ``[…] → […]``.
    """

    accepts = "float"
    example = "input x: float32[7, 11]  output y = x -> UnitNormalization"

    axis = Tuple(Integer(), (-1,), single=True, at_least=1, doc="the axes of the vectors; 1 is the first of an example")

    def output(self, x: TensorType) -> TensorType:
        places_of(self.axis, x)
        return self.result(*x.shape)

    def flops(self, x: TensorType, y: TensorType) -> Dim:
        return 3 * x.size


def places_of(axes: tuple[Dim, ...], x: TensorType) -> list[int]:
    """Where some axes are in ``x.shape``, in Keras's order: sorted as they are written."""
    found = [place_of_axis(axis, x, "axis") for axis in sorted(axes, key=lambda a: a if isinstance(a, int) else 0)]
    if len(set(found)) < len(found):
        message = f"`axis` names an axis of {x} twice"
        raise Refusal(REPEATED_ARGUMENT, message, expected="each axis once", argument="axis")
    return found
