"""Layers that mix pictures with each other, or with changed copies, while training; at inference they do nothing."""

from __future__ import annotations

from typing import ClassVar

from specc.catalogue.layers.pictures import NUMBERS, Augmentation, interpolation, require_channels, value_range, within
from specc.catalogue.params import Flag, Number, data_format, positive, seed
from specc.program.dims import Dim
from specc.program.types import TensorType


class Mixing(Augmentation, abstract=True):
    """Mixes the pictures of a batch, whose targets are then mixed in the same shares.

    A layer of a model sees no targets: so it works in ``augment`` only, for targets that can be mixed.
    """

    compiles = "never"
    mixes_targets: ClassVar[bool] = True


class MixUp(Mixing):
    """Mixes each picture with another one of the batch: ``w * a + (1 - w) * b``; and their targets alike.

    Shape: ``[H, W, C] → [H, W, C]``. ``w`` is drawn from Beta(alpha, alpha). Zhang et al. 2017,
    https://arxiv.org/abs/1710.09412.
    """

    accepts = "float"
    example = "input image: float32[13, 17, 3]  output y = image -> MixUp"

    alpha = Number(0.2, low=0.0, open_low=True, doc="how evenly is mixed; small: hardly, 1: any share")
    data_format = data_format()
    seed = seed()

    def flops(self, x: TensorType, y: TensorType) -> Dim:
        return 3 * y.size


class CutMix(Mixing):
    """Puts a rectangle of another picture of the batch into each; targets are mixed by their shares of the area.

    Shape: ``[H, W, C] → [H, W, C]``. Yun et al. 2019, https://arxiv.org/abs/1905.04899.
    """

    accepts = NUMBERS
    example = "input image: float32[13, 17, 3]  output y = image -> CutMix"

    factor = within(0.0, default=1.0, doc="how evenly is mixed; a number `f` draws it from 0 to `f`")
    seed = seed()
    data_format = data_format()


class RandAugment(Augmentation):
    """Applies a few changes of shape and color, drawn anew for each batch.

    Shape: ``[H, W, C] → [H, W, C]``, with 3 channels or 1. Cubuk et al. 2019, https://arxiv.org/abs/1909.13719.
    """

    accepts = NUMBERS
    compiles = "inference"
    example = "input image: uint8[13, 17, 3]  output y = image -> RandAugment(factor=0.3)"

    value_range = value_range()
    num_ops = positive(2, doc="how many changes")
    factor = within(0.0, default=0.5, doc="greatest strength of each, or both bounds")
    interpolation = interpolation()
    seed = seed()
    data_format = data_format()

    def output(self, x: TensorType) -> TensorType:
        require_channels(self, x, 3, 1)
        return super().output(x)

    def flops(self, x: TensorType, y: TensorType) -> Dim:
        return self.num_ops * y.size


class AugMix(Augmentation):
    """Mixes pictures with copies that went through chains of changes.

    Shape: ``[H, W, C] → [H, W, C]``, with 3 channels or 1. Hendrycks et al. 2019, https://arxiv.org/abs/1912.02781.
    Keras draws which changes are in the chains once, when training begins, and their strengths for each batch.
    """

    accepts = NUMBERS
    compiles = "inference"
    example = "input image: uint8[13, 17, 3]  output y = image -> AugMix(factor=0.2)"

    value_range = value_range()
    num_chains = positive(3, doc="how many copies")
    chain_depth = positive(3, doc="how many changes in a row")
    factor = within(0.0, default=0.3, doc="greatest strength of each, or both bounds")
    alpha = Number(1.0, low=0.0, open_low=True, doc="how evenly copies are mixed")
    all_ops = Flag(True, doc="whether brightness, contrast, sharpness and grey are among the changes")
    interpolation = interpolation()
    seed = seed()
    data_format = data_format()

    def output(self, x: TensorType) -> TensorType:
        require_channels(self, x, 3, 1)
        return super().output(x)

    def flops(self, x: TensorType, y: TensorType) -> Dim:
        return self.num_chains * self.chain_depth * y.size
