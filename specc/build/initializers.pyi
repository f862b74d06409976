"""Written by `python -m specc.build.stubs`."""

from collections.abc import Sequence
from typing import Literal

from specc.build.objects import (
    Initializer,
    Size,
)

class Constant(Initializer):
    """All the same number."""
    def __init__(self, value: float = 0.0) -> None: ...

class GlorotNormal(Initializer):
    """Drawn from a cut normal distribution of variance ``2 / (fan_in + fan_out)``."""
    def __init__(
        self,
        seed: Size | None = None,
        input_axes: Sequence[Size] | None = None,
        output_axes: Sequence[Size] | None = None,
    ) -> None: ...

class GlorotUniform(Initializer):
    """Drawn evenly from ``±sqrt(6 / (fan_in + fan_out))``."""
    def __init__(
        self,
        seed: Size | None = None,
        input_axes: Sequence[Size] | None = None,
        output_axes: Sequence[Size] | None = None,
    ) -> None: ...

class HeNormal(Initializer):
    """Drawn from a cut normal distribution of variance ``2 / fan_in``; made for ReLU."""
    def __init__(
        self,
        seed: Size | None = None,
        input_axes: Sequence[Size] | None = None,
        output_axes: Sequence[Size] | None = None,
    ) -> None: ...

class HeUniform(Initializer):
    """Drawn evenly from ``±sqrt(6 / fan_in)``; made for ReLU."""
    def __init__(
        self,
        seed: Size | None = None,
        input_axes: Sequence[Size] | None = None,
        output_axes: Sequence[Size] | None = None,
    ) -> None: ...

class Identity(Initializer):
    """The identity matrix times ``gain``; for tensors of two axes."""
    def __init__(self, gain: float = 1.0) -> None: ...

class LecunNormal(Initializer):
    """Drawn from a cut normal distribution of variance ``1 / fan_in``; made for SELU."""
    def __init__(
        self,
        seed: Size | None = None,
        input_axes: Sequence[Size] | None = None,
        output_axes: Sequence[Size] | None = None,
    ) -> None: ...

class LecunUniform(Initializer):
    """Drawn evenly from ``±sqrt(3 / fan_in)``; made for SELU."""
    def __init__(
        self,
        seed: Size | None = None,
        input_axes: Sequence[Size] | None = None,
        output_axes: Sequence[Size] | None = None,
    ) -> None: ...

class Ones(Initializer):
    """All ones."""
    def __init__(self) -> None: ...

class Orthogonal(Initializer):
    """A random orthogonal matrix times ``gain``; for tensors of at least two axes."""
    def __init__(self, gain: float = 1.0, seed: Size | None = None) -> None: ...

class RandomNormal(Initializer):
    """Drawn from the normal distribution ``N(mean, stddev)``."""
    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: Size | None = None) -> None: ...

class RandomUniform(Initializer):
    """Drawn evenly from ``[minval, maxval)``."""
    def __init__(self, minval: float = -0.05, maxval: float = 0.05, seed: Size | None = None) -> None: ...

class STFT(Initializer):
    """Waves for the kernel of a convolution, which then is a short-time Fourier transform."""
    def __init__(
        self,
        side: Literal["real", "imag"] = "real",
        window: Literal["hann", "hamming", "blackman", "bartlett", "boxcar"] | Sequence[float] | None = "hann",
        scaling: Literal["density", "spectrum"] | None = "density",
        periodic: bool = False,
    ) -> None: ...

class TruncatedNormal(Initializer):
    """Drawn from the normal distribution ``N(mean, stddev)``; beyond two ``stddev`` it is drawn again."""
    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: Size | None = None) -> None: ...

class VarianceScaling(Initializer):
    """Drawn with variance ``scale / n``, where ``n`` is the fan that ``mode`` names."""
    def __init__(
        self,
        scale: float = 1.0,
        mode: Literal["fan_in", "fan_out", "fan_avg"] = "fan_in",
        distribution: Literal["truncated_normal", "untruncated_normal", "uniform"] = "truncated_normal",
        seed: Size | None = None,
        input_axes: Sequence[Size] | None = None,
        output_axes: Sequence[Size] | None = None,
    ) -> None: ...

class Zeros(Initializer):
    """All zeros."""
    def __init__(self) -> None: ...
