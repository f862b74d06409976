"""Layers that make spectrograms of sound."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from specc.catalogue.declare import Refusal
from specc.catalogue.layer import Layer, Weight, known
from specc.catalogue.layers.windows import positions
from specc.catalogue.params import (
    Choice,
    Either,
    Flag,
    Integer,
    Number,
    Optional,
    Tuple,
    data_format,
    padding,
    positive,
)
from specc.diagnostics.codes import BAD_ARGUMENT, CONFLICTING_ARGUMENTS, KERNEL_TOO_LARGE
from specc.program.dims import Dim
from specc.program.types import FLOATS, INTEGERS, TensorType

_WINDOWS = (
    "barthann", "bartlett", "blackman", "blackmanharris", "bohman", "boxcar", "cosine", "exponential", "flattop",
    "hamming", "hann", "lanczos", "nuttall", "parzen", "taylor", "triang", "tukey",
)  # fmt: skip
"""Windows of ``scipy.signal`` that need no arguments."""


def _window(*words: str) -> Optional[Any]:
    return Optional(
        Either(Choice(*words), Tuple(Number(), at_least=1)),
        "hann",
        doc="how the samples of a frame are weighed, by name or as a number for each; none: all alike",
    )


def _require_window(window: Any, length: Dim) -> None:
    if isinstance(window, tuple) and len(window) != length:  # pyright: ignore[reportUnknownArgumentType]
        raise Refusal(
            CONFLICTING_ARGUMENTS,
            f"`window` has {len(window)} numbers for a frame of {length} samples",  # pyright: ignore
            expected=f"{length} numbers",
            argument="window",
        )


def _wrong_dtype(layer: str, dtype: str, expected: str) -> Refusal:
    message = f"`{layer}` can't calculate in {dtype.removeprefix('mixed_')}"
    return Refusal(BAD_ARGUMENT, message, expected=expected, found=dtype, argument="dtype")


class MelSpectrogram(Layer):
    """The spectrum of sound over time in bands that people hear as equally wide.

    Shape: ``[samples] → [num_mel_bins, frames]``, with one frame more than strides fit: ``samples // sequence_stride
    + 1`` for an even ``fft_length``; both ends are mirrored. In decibels by default, where Keras cuts at ``top_db``
    below the loudest point of the whole batch. Bands: Stevens et al. 1937, as in HTK, ``1127 * log(1 + f / 700)``.
    """

    rank = 1
    accepts = (*FLOATS, *INTEGERS)
    example = (
        "input sound: float32[1009]  "
        "output y = sound -> MelSpectrogram(fft_length=64, sequence_stride=17, num_mel_bins=7)"
    )

    fft_length = positive(2048, doc="samples of each Fourier transform")
    sequence_stride = positive(512, doc="samples from one frame to the next")
    sequence_length = Optional(positive(), doc="samples of a frame, at most `fft_length`, which is the default")
    window = _window("hann", "hamming")
    sampling_rate = positive(16000, doc="samples per second")
    num_mel_bins = positive(128, doc="number of bands")
    min_freq = Number(20.0, low=0.0, doc="where the lowest band begins, in Hertz")
    max_freq = Optional(Number(low=0.0, open_low=True), doc="where the highest ends, none for half the sampling rate")
    power_to_db = Flag(True, doc="whether the result is in decibels")
    top_db = Number(80.0, low=0.0, doc="greatest distance from the loudest point, in decibels")
    mag_exp = Number(2.0, low=0.0, open_low=True, doc="power that magnitudes are raised to")
    min_power = Number(1e-10, low=0.0, open_low=True, doc="least power before decibels are taken")
    ref_power = Number(1.0, doc="the power of 0 decibels")

    def check(self) -> None:
        length = self.sequence_length or self.fft_length
        if isinstance(length, int) and isinstance(self.fft_length, int) and length > self.fft_length:
            raise Refusal(
                CONFLICTING_ARGUMENTS,
                "a frame is at most as long as its Fourier transform",
                expected=f"`sequence_length` of at most {self.fft_length}",
                found=str(length),
                argument="sequence_length",
            )
        _require_window(self.window, length)
        if self.compute_dtype == "float64":
            # Keras subtracts float32 from it.
            raise _wrong_dtype("MelSpectrogram", str(self.dtype), "float16, bfloat16 or float32")

    def output(self, x: TensorType) -> TensorType:
        (samples,) = x.shape
        half = self.fft_length // 2
        if isinstance(samples, int) and isinstance(half, int) and samples <= half:
            raise Refusal(
                KERNEL_TOO_LARGE,
                f"{samples} samples are too few for `fft_length={self.fft_length}`, half of which is mirrored",
                expected=f"at least {half + 1} samples",
                found=str(x),
                help=("take a smaller `fft_length`",),
            )
        frames = (samples + 2 * half - self.fft_length) // self.sequence_stride + 1
        return self.result(self.num_mel_bins, frames)

    def is_misjudged(self, inputs: tuple[TensorType, ...]) -> bool:
        # Keras's shape rule counts a frame too many for some lengths.
        return True

    def flops(self, x: TensorType, y: TensorType) -> Dim:
        # The Fourier transform of each frame at 5·n·log2(n), and the product with the bands.
        frames, size = y.shape[1], self.fft_length
        transform = 5 * size * (size.bit_length() - 1) if isinstance(size, int) else 0
        return frames * (transform + 2 * (size // 2 + 1) * self.num_mel_bins)


class STFTSpectrogram(Layer):
    """The spectrum of sound over time by short Fourier transforms, whose kernels are weights.

    Shape: ``[samples, C] → [frames, C * bins]``, with ``expand_dims`` ``[frames, bins, C]``. There are
    ``fft_length // 2 + 1`` bins, twice as many with ``mode=stft``, and as many frames as a convolution has positions.
    Weights: real_kernel, imag_kernel; trained unless ``trainable=false``.
    """

    rank = 2
    accepts = "float"
    example = "input sound: float32[101, 3]  output y = sound -> STFTSpectrogram(frame_length=13)"

    mode = Choice(
        "log",
        "magnitude",
        "psd",
        "real",
        "imag",
        "angle",
        "stft",
        default="log",
        doc="what is given out: the logarithm of magnitudes, magnitudes, power, a part, the angle, or both parts",
    )
    frame_length = Integer(256, minimum=2, doc="samples of a frame")
    frame_step = Optional(positive(), doc="samples from one frame to the next, none for half a frame")
    fft_length = Optional(
        Integer(minimum=2), doc="samples of each transform, none for the next power of two from `frame_length` on"
    )
    window = _window(*_WINDOWS)
    periodic = Flag(False, doc="whether the window goes on periodically")
    scaling = Optional(Choice("density", "spectrum"), "density", doc="what the power of a frame is divided by")
    padding = padding()
    expand_dims = Flag(False, doc="whether bins get an axis of their own, as for a picture")
    data_format = data_format()

    @property
    def _step(self) -> Dim:
        return self.frame_step or self.frame_length // 2

    @property
    def _size(self) -> int:
        if self.fft_length is not None:
            return known(self.fft_length, "`fft_length`")
        return 1 << (known(self.frame_length, "`frame_length`") - 1).bit_length()

    @property
    def _bins(self) -> int:
        return self._size // 2 + 1

    def check(self) -> None:
        frame = known(self.frame_length, "`frame_length`")
        if self.frame_step is not None and known(self.frame_step, "`frame_step`") > frame:
            raise self._conflict("frame_step", "frames must not leave samples out", f"at most {frame}")
        if self._size < frame:
            raise self._conflict("fft_length", "a transform is at least as long as a frame", f"at least {frame}")
        _require_window(self.window, frame)
        if self.compute_dtype == "bfloat16":
            raise _wrong_dtype("STFTSpectrogram", str(self.dtype), "float16, float32 or float64")

    def _conflict(self, argument: str, message: str, expected: str) -> Refusal:
        return Refusal(CONFLICTING_ARGUMENTS, message, expected=expected, argument=argument)

    def output(self, x: TensorType) -> TensorType:
        channels = known(x.channels, "the number of channels of `STFTSpectrogram`'s input")
        (frames,) = positions(x, (self.frame_length,), (self._step,), self.padding, "frame")
        bins = self._bins * (2 if self.mode == "stft" else 1)
        return self.result(frames, bins, channels) if self.expand_dims else self.result(frames, bins * channels)

    def weights(self, x: TensorType) -> Iterable[Weight]:
        parts = {"real": ("real",), "imag": ("imag",)}.get(self.mode, ("real", "imag"))
        for part in parts:
            yield self.weight(f"{part}_kernel", self.frame_length, 1, self._bins)

    def flops(self, x: TensorType, y: TensorType) -> Dim:
        kernels = 1 if self.mode in ("real", "imag") else 2
        return y.shape[0] * x.channels * kernels * 2 * self.frame_length * self._bins
