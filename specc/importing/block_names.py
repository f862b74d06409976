"""Names for blocks, after what they do."""

from __future__ import annotations

import re
from typing import Final

from specc.catalogue.registry import kinds_of
from specc.importing.uses import Use

_SHORT: Final = {
    "BatchNormalization": "BN", "LayerNormalization": "LN", "Conv2D": "Conv", "Conv1D": "Conv", "Conv3D": "Conv",
    "DepthwiseConv2D": "Depthwise", "SeparableConv2D": "SeparableConv", "ReLU": "ReLU", "Activation": "",
    "ZeroPadding2D": "Pad", "MaxPooling2D": "Pool", "AveragePooling2D": "Pool",
}  # fmt: skip


_ASIDE: Final = ("BatchNormalization", "LayerNormalization", "Activation", "ReLU", "ZeroPadding2D", "Dropout")
"""Layers that don't say what a block is for."""


def definition_name(uses: list[Use], taken: set[str]) -> str:
    """A name for the block that stands in some places, other than those that are taken."""
    base = _described(uses)
    name, number = base, 1
    while name in taken or kinds_of(name):
        number += 1
        name = f"{base}{number}"
    return name


def _described(uses: list[Use]) -> str:
    use = uses[0]
    types = [s.type for s in use.steps]
    adds = any(t in ("Add", "add") for t in types)
    if any("Attention" in t for t in types):
        return "Attention" if len(types) < 5 else "Transformer"
    if types[-1] in ("Concatenate", "concatenate"):
        takes_input = any(r in use.inputs for r in use.steps[-1].refs)
        return "Cell" if adds else "DenseBlock" if takes_input else "Branches"
    if any(r in use.inputs for s in use.steps if s.type in ("Add", "add") for r in s.refs):
        return "Residual"
    if any("GlobalAverage" in t for t in types) and len(types) < 8:
        return "SqueezeExcite" if any(t in ("Multiply", "multiply") for t in types) else "Squeeze"
    words = [re.sub(r"\W", "", _SHORT.get(t, t)) for t in types]
    if len(words) <= 3 and len("".join(words)) <= 24:
        return _joined(words) or "Block"
    said = {"".join(w.capitalize() for w in re.findall(r"[A-Za-z]{3,}", u.prefix)) for u in uses} - {"Block"}
    if len(said) == 1 and (name := said.pop()):
        return name
    main = [w for t, w in zip(types, words, strict=True) if t not in _ASIDE and not t.startswith("BN")]
    if len(set(main)) == 1 and len(main) > 1:
        return f"{main[0]}s"
    return _joined(main) if len(set(main)) == 2 and len(_joined(main)) <= 24 else "Block"


def _joined(words: list[str]) -> str:
    return "".join(w[:1].upper() + w[1:] for w in dict.fromkeys(words) if w)
