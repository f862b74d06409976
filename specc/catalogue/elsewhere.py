"""What other libraries call otherwise, and how the language writes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from specc.catalogue.left_out import why
from specc.diagnostics.codes import UNKNOWN_LAYER, UNKNOWN_OBJECT
from specc.diagnostics.diagnostic import Diagnostic
from specc.source import Span

SHORT: Final = {"mse": "MeanSquaredError", "mae": "MeanAbsoluteError", "bce": "BinaryCrossentropy"}
"""Texts that Keras takes for a loss or metric."""

_CROSSENTROPY: Final = "`SparseCategoricalCrossentropy(from_logits=true)`"
_TORCH: Final = {
    "CrossEntropyLoss": _CROSSENTROPY, "NLLLoss": _CROSSENTROPY, "cross_entropy": _CROSSENTROPY,
    "BCEWithLogitsLoss": "`BinaryCrossentropy(from_logits=true)`", "BCELoss": "`BinaryCrossentropy()`",
    "MSELoss": "`MeanSquaredError()`", "L1Loss": "`MeanAbsoluteError()`", "SmoothL1Loss": "`Huber()`",
    "HuberLoss": "`Huber()`", "KLDivLoss": "`KLDivergence()`", "PoissonNLLLoss": "`Poisson()`",
    "CosineEmbeddingLoss": "`CosineSimilarity()`", "HingeEmbeddingLoss": "`Hinge()`",
    "LayerNorm": "`LayerNormalization`", "GroupNorm": "`GroupNormalization`", "RMSNorm": "`RMSNormalization`",
    "BatchNorm": "`BatchNormalization`", **{f"ConvTranspose{n}d": f"`Conv{n}DTranspose`" for n in (1, 2, 3)},
    "Upsample": "`UpSampling2D`", **{f"ZeroPad{n}d": f"`ZeroPadding{n}D`" for n in (1, 2, 3)},
    "EmbeddingBag": "`Embedding`",
    **{f"{short}{n}d": f"`{long}`" for n in (1, 2, 3)
       for short, long in (("BatchNorm", "BatchNormalization"), ("InstanceNorm", "GroupNormalization(groups=-1)"))},
    **{f"{short}{n}d": f"`{long}{n}D`" for n in (1, 2, 3) for short, long in (
        ("MaxPool", "MaxPooling"), ("AvgPool", "AveragePooling"), ("AdaptiveAvgPool", "AdaptiveAveragePooling"),
        ("AdaptiveMaxPool", "AdaptiveMaxPooling"), ("Dropout", "SpatialDropout"))},
    **{name: f"`Activation({word})`" for name, word in (
        ("GELU", "gelu"), ("SiLU", "silu"), ("Swish", "swish"), ("Tanh", "tanh"), ("Sigmoid", "sigmoid"),
        ("Mish", "mish"), ("SELU", "selu"), ("CELU", "celu"), ("ReLU6", "relu6"), ("Softplus", "softplus"),
        ("Softsign", "softsign"), ("LogSoftmax", "log_softmax"), ("LogSigmoid", "log_sigmoid"),
        ("Hardswish", "hard_swish"), ("Hardsigmoid", "hard_sigmoid"), ("Hardtanh", "hard_tanh"))},
}  # fmt: skip
"""What PyTorch calls otherwise."""

_OTHERS: Final = {
    "Input": "an input is declared: `input x: float32[28, 28, 1]`",
    "Sequential": "layers in a row are written `a -> b -> c`",
    "Model": "a model is declared: `model Name { … }`",
    "Linear": "it is called `Dense` here, and the size of its input is found",
    **{short: f"did you mean `{long}`?" for short, long in SHORT.items()},
    **{name: f"it is written {here} here" for name, here in _TORCH.items()},
}


def unknown(kinds: Sequence[str], name: str, span: Span, otherwise: Sequence[str]) -> Diagnostic:
    """The finding for a name that is nothing of some kinds; ``otherwise`` is its help where no table has it."""
    code = UNKNOWN_LAYER if "layer" in kinds else UNKNOWN_OBJECT
    if (reason := why(name, *kinds)) is not None:
        return Diagnostic(code, f"a spec can't say `{name}`", span, help=(reason,))
    help = (_OTHERS[name],) if name in _OTHERS else tuple(otherwise)
    return Diagnostic(code, f"unknown {' or '.join(kinds)} `{name}`", span, help=help)
