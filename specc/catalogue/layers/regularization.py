"""Layers that disturb values while training, against overfitting; at inference they change nothing."""

from __future__ import annotations

from specc.catalogue.declare import Refusal
from specc.catalogue.layer import Layer
from specc.catalogue.params import Number, Optional, Tuple, data_format, fraction, positive, seed
from specc.diagnostics.codes import SHAPE_MISMATCH, WRONG_RANK
from specc.program.deciding import equal
from specc.program.dims import Dim
from specc.program.types import TensorType


class Disturbing(Layer, abstract=True):
    """Keeps the shape. Shape: ``[…] → […]``."""

    accepts = "float"

    def output(self, x: TensorType) -> TensorType:
        return self.result(*x.shape)

    def flops(self, x: TensorType, y: TensorType) -> Dim:
        return y.size


def _noise_shape() -> Optional[tuple[Dim | None, ...]]:
    return Optional(
        Tuple(Optional(positive())),
        doc="the mask's sizes, with the batch: 1 for an axis that shares one draw, none for the input's size",
    )


class Masked(Disturbing, abstract=True):
    """Draws a mask of a given shape."""

    noise_shape = _noise_shape()

    def output(self, x: TensorType) -> TensorType:
        if self.noise_shape is not None:
            self._require_fit(self.noise_shape, x)
        return self.result(*x.shape)

    def _require_fit(self, noise: tuple[Dim | None, ...], x: TensorType) -> None:
        if len(noise) != x.rank + 1:
            raise Refusal(
                WRONG_RANK,
                f"`noise_shape` has {len(noise)} sizes, the input has {x.rank + 1} axes with the batch",
                expected=f"{x.rank + 1} sizes, the first for the batch",
                found=str(x),
                argument="noise_shape",
            )
        batch, *sizes = noise
        if batch not in (None, 1):
            raise _misfit(batch, "none or 1", "the batch", x)
        for axis, (wanted, size) in enumerate(zip(sizes, x.shape, strict=True), start=1):
            if wanted is not None and wanted != 1 and not equal(wanted, size):
                raise _misfit(wanted, f"none, 1 or {size}", f"axis {axis}", x)


def _misfit(found: Dim | None, expected: str, where: str, x: TensorType) -> Refusal:
    return Refusal(
        SHAPE_MISMATCH,
        f"`noise_shape` has {found} for {where}, the input is {x}",
        expected=expected,
        found=str(found),
        argument="noise_shape",
    )


class Dropout(Masked):
    """Sets a fraction of the values to 0 while training and scales the others up by ``1 / (1 - rate)``.

    Shape: ``[…] → […]``. Srivastava et al. 2014, https://jmlr.org/papers/v15/srivastava14a.html.
    """

    example = "input x: float32[7, 11]  output y = x -> Dropout(0.2)"

    rate = fraction(doc="fraction of the values set to 0")
    noise_shape = _noise_shape()
    seed = seed()


class AlphaDropout(Masked):
    """Dropout that keeps mean and variance, for networks of ``selu``.

    Shape: ``[…] → […]``. Klambauer et al. 2017, https://arxiv.org/abs/1706.02515.
    """

    example = "input x: float32[7, 11]  output y = x -> AlphaDropout(0.2)"

    rate = Number(low=0.0, high=1.0, open_high=True, doc="fraction of the values dropped")
    noise_shape = _noise_shape()
    seed = seed()


class SpatialDropout1D(Disturbing):
    """Sets whole channels of a sequence to 0 while training.

    Shape: ``[steps, C] → [steps, C]``. Tompson et al. 2014, https://arxiv.org/abs/1411.4280.
    """

    rank = 2
    example = "input x: float32[17, 3]  output y = x -> SpatialDropout1D(0.2)"

    rate = fraction(doc="fraction of the channels set to 0")
    seed = seed()
    trainable = None  # Keras's constructor has no such argument


class SpatialDropout2D(Disturbing):
    """Sets whole channels of a picture to 0 while training.

    Shape: ``[H, W, C] → [H, W, C]``. Tompson et al. 2014, https://arxiv.org/abs/1411.4280.
    """

    rank = 3
    example = "input x: float32[13, 17, 3]  output y = x -> SpatialDropout2D(0.2)"

    rate = fraction(doc="fraction of the channels set to 0")
    data_format = data_format()
    seed = seed()
    trainable = None  # Keras's constructor has no such argument


class SpatialDropout3D(Disturbing):
    """Sets whole channels of a volume to 0 while training.

    Shape: ``[D, H, W, C] → [D, H, W, C]``. Tompson et al. 2014, https://arxiv.org/abs/1411.4280.
    """

    rank = 4
    example = "input x: float32[11, 13, 17, 3]  output y = x -> SpatialDropout3D(0.2)"

    rate = fraction(doc="fraction of the channels set to 0")
    data_format = data_format()
    seed = seed()
    trainable = None  # Keras's constructor has no such argument


class GaussianNoise(Disturbing):
    """Adds normal noise of mean 0 while training.

    Shape: ``[…] → […]``.
    """

    example = "input x: float32[7, 11]  output y = x -> GaussianNoise(0.1)"

    stddev = fraction(doc="standard deviation of the noise")
    seed = seed()


class GaussianDropout(Disturbing):
    """Multiplies by normal noise of mean 1 and variance ``rate / (1 - rate)`` while training.

    Shape: ``[…] → […]``. Srivastava et al. 2014, https://jmlr.org/papers/v15/srivastava14a.html.
    """

    example = "input x: float32[7, 11]  output y = x -> GaussianDropout(0.2)"

    # Keras takes 1 too and divides by 0 while training.
    rate = Number(low=0.0, high=1.0, open_high=True, doc="fraction that a dropout of the same strength drops")
    seed = seed()


class ActivityRegularization(Disturbing):
    """Adds a penalty on its input to the loss and returns the input.

    Shape: ``[…] → […]``. Penalty: ``l1 * sum(|x|) + l2 * sum(x^2)``, divided by the batch size.
    """

    example = "input x: float32[7, 11]  output y = x -> ActivityRegularization(l2=0.01)"

    l1 = Number(0.0, low=0.0, doc="weight of the absolute values")
    l2 = Number(0.0, low=0.0, doc="weight of the squares")
