"""Layers that spread the values of pictures over their whole range."""

from __future__ import annotations

from specc.catalogue.declare import Refusal
from specc.catalogue.layer import known
from specc.catalogue.layers.pictures import NUMBERS, Recolored, value_range
from specc.catalogue.params import Number, data_format, positive, sizes
from specc.diagnostics.codes import KERNEL_TOO_LARGE
from specc.program.dims import Dim
from specc.program.types import TensorType


class AutoContrast(Recolored):
    """Spreads each channel of a picture over the whole range, at inference too: ``(x - min) / (max - min)``, scaled.

    Shape: ``[H, W, C] → [H, W, C]``. A channel of one value stays as it is.
    """

    accepts = NUMBERS
    example = "input image: uint8[13, 17, 3]  output y = image -> AutoContrast"

    value_range = value_range()

    def flops(self, x: TensorType, y: TensorType) -> Dim:
        return 4 * y.size


class Equalization(Recolored):
    """Spreads the values of each channel so that all are about equally frequent, while training only.

    Shape: ``[H, W, C] → [H, W, C]``. Keras counts frequencies over the whole batch, not for each picture.
    """

    example = "input image: float32[13, 17, 3]  output y = image -> Equalization"

    value_range = value_range()
    bins = positive(256, doc="how many values are told apart")
    data_format = data_format()

    def output(self, x: TensorType) -> TensorType:
        known(x.channels, "the number of channels of `Equalization`'s input")
        return super().output(x)

    def is_misjudged(self, inputs: tuple[TensorType, ...]) -> bool:
        # Keras gives out the symbolic input itself, which then comes from its own output.
        return True

    def flops(self, x: TensorType, y: TensorType) -> Dim:
        return 2 * y.size


class ContrastLimitedAdaptiveHistogramEqualization(Recolored):
    """Equalizes each tile of a picture on its own, at inference too (CLAHE).

    Shape: ``[H, W, C] → [H, W, C]``. Integers stay integers. Between the middles of tiles it is interpolated; what is
    more frequent than ``clip_limit`` times the mean is shared out. Zuiderveld 1994, Graphics Gems IV.
    """

    accepts = NUMBERS
    example = (
        "input image: float32[13, 17, 3]  output y = image -> ContrastLimitedAdaptiveHistogramEqualization"
        "(tile_grid_size=[2, 3])"
    )

    value_range = value_range()
    clip_limit = Number(4.0, doc="greatest frequency as a multiple of the mean, no limit from 0 down")
    tile_grid_size = sizes(2, (8, 8), doc="tiles along the height and the width")
    data_format = data_format()

    def output(self, x: TensorType) -> TensorType:
        for size, tiles, along in zip(x.shape, self.tile_grid_size, ("height", "width"), strict=False):
            if isinstance(size, int) and isinstance(tiles, int) and -(-size // tiles) * tiles > 2 * size:
                raise Refusal(
                    KERNEL_TOO_LARGE,
                    f"{tiles} tiles along the {along} of a picture with {size}: mirrored once, it fills {2 * size}",
                    expected=f"at most {2 * size} tiles along the {along}",
                    found=str(x),
                    argument="tile_grid_size",
                )
        made = super().output(x)
        # Keras's symbolic tensor says float32 for integers; what it computes is of the input's dtype.
        return made if x.is_float else made.with_dtype(x.dtype)

    def flops(self, x: TensorType, y: TensorType) -> Dim:
        return 8 * y.size
