"""First values of weights, with Keras's names, arguments and defaults.

``fan_in`` and ``fan_out`` are the numbers of inputs and outputs that one weight of the tensor connects.
Source: https://keras.io/api/layers/initializers/ and the papers that each one names.
"""

from __future__ import annotations

from specc.catalogue.declare import Declaration, Refusal
from specc.catalogue.params import Choice, Either, Flag, Integer, Number, Optional, Tuple, seed
from specc.diagnostics.codes import CONFLICTING_ARGUMENTS
from specc.program.dims import Dim


class Initializer(Declaration, abstract=True):
    """The first values of a weight tensor."""

    kind = "initializer"


def _input_axes() -> Optional[tuple[Dim, ...]]:
    return Optional(Tuple(Integer()), doc="axes that make up `fan_in`, none for Keras's guess")


def _output_axes() -> Optional[tuple[Dim, ...]]:
    return Optional(Tuple(Integer()), doc="axes that make up `fan_out`, none for Keras's guess")


class FanInitializer(Initializer, abstract=True):
    """Random values whose size goes by how many inputs or outputs a weight connects."""

    seed = seed()
    input_axes = _input_axes()
    output_axes = _output_axes()


class Zeros(Initializer):
    """All zeros."""


class Ones(Initializer):
    """All ones."""


class Constant(Initializer):
    """All the same number."""

    aliases = ("constant",)

    value = Number(0.0, doc="the number")


class Identity(Initializer):
    """The identity matrix times ``gain``; for tensors of two axes."""

    aliases = ("IdentityInitializer",)

    gain = Number(1.0, doc="value on the diagonal")


class RandomNormal(Initializer):
    """Drawn from the normal distribution ``N(mean, stddev)``."""

    mean = Number(0.0, doc="mean of the values")
    stddev = Number(0.05, low=0.0, doc="standard deviation of the values")
    seed = seed()


class TruncatedNormal(Initializer):
    """Drawn from the normal distribution ``N(mean, stddev)``; beyond two ``stddev`` it is drawn again."""

    mean = Number(0.0, doc="mean of the values")
    stddev = Number(0.05, low=0.0, doc="standard deviation before the cut")
    seed = seed()


class RandomUniform(Initializer):
    """Drawn evenly from ``[minval, maxval)``."""

    minval = Number(-0.05, doc="least value")
    maxval = Number(0.05, doc="greatest value")
    seed = seed()

    def check(self) -> None:
        if self.minval > self.maxval:
            raise Refusal(
                CONFLICTING_ARGUMENTS,
                "`minval` must be at most `maxval`",
                expected=f"at most {self.maxval:g}",
                found=f"{self.minval:g}",
                argument="minval" if "minval" in self.given else "maxval",
            )


class VarianceScaling(Initializer):
    """Drawn with variance ``scale / n``, where ``n`` is the fan that ``mode`` names.

    The ``uniform`` distribution is even in ``±sqrt(3 * scale / n)``.
    """

    scale = Number(1.0, low=0.0, open_low=True, doc="factor on the variance")
    mode = Choice("fan_in", "fan_out", "fan_avg", default="fan_in", doc="what the variance is divided by")
    distribution = Choice(
        "truncated_normal",
        "untruncated_normal",
        "uniform",
        default="truncated_normal",
        doc="form of the distribution",
    )
    seed = seed()
    input_axes = _input_axes()
    output_axes = _output_axes()


class GlorotUniform(FanInitializer):
    """Drawn evenly from ``±sqrt(6 / (fan_in + fan_out))``.

    Glorot and Bengio 2010, https://proceedings.mlr.press/v9/glorot10a.html.
    """


class GlorotNormal(FanInitializer):
    """Drawn from a cut normal distribution of variance ``2 / (fan_in + fan_out)``.

    Glorot and Bengio 2010, https://proceedings.mlr.press/v9/glorot10a.html.
    """


class HeUniform(FanInitializer):
    """Drawn evenly from ``±sqrt(6 / fan_in)``; made for ReLU.

    He et al. 2015, https://arxiv.org/abs/1502.01852.
    """


class HeNormal(FanInitializer):
    """Drawn from a cut normal distribution of variance ``2 / fan_in``; made for ReLU.

    He et al. 2015, https://arxiv.org/abs/1502.01852.
    """


class LecunUniform(FanInitializer):
    """Drawn evenly from ``±sqrt(3 / fan_in)``; made for SELU.

    Klambauer et al. 2017, https://arxiv.org/abs/1706.02515.
    """


class LecunNormal(FanInitializer):
    """Drawn from a cut normal distribution of variance ``1 / fan_in``; made for SELU.

    Klambauer et al. 2017, https://arxiv.org/abs/1706.02515.
    """


class Orthogonal(Initializer):
    """A random orthogonal matrix times ``gain``; for tensors of at least two axes.

    Saxe et al. 2013, https://arxiv.org/abs/1312.6120.
    """

    aliases = ("OrthogonalInitializer",)

    gain = Number(1.0, doc="factor on the matrix")
    seed = seed()


class STFT(Initializer):
    """Waves for the kernel of a convolution, which then is a short-time Fourier transform.

    For kernels ``[length, 1, frequencies]``, as in `STFTSpectrogram`.
    """

    aliases = ("STFTInitializer", "stft")

    side = Choice("real", "imag", default="real", doc="cosines or sines")
    window = Optional(
        Either(Choice("hann", "hamming", "blackman", "bartlett", "boxcar"), Tuple(Number(), at_least=1)),
        "hann",
        doc="what the waves are multiplied by, none for nothing",
    )
    scaling = Optional(Choice("density", "spectrum"), "density", doc="how the window is scaled, none for not at all")
    periodic = Flag(False, doc="whether the window goes on periodically")
