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
    if any("Attention" in t for t in types):
        return "Attention" if len(types) < 5 else "Transformer"
    if any(r in use.inputs for s in use.steps if s.type in ("Add", "add") for r in s.refs):
        return "Residual"
    scales = any(t in ("Multiply", "multiply") for t in types)
    if scales and any("GlobalAverage" in t for t in types) and len(types) < 8:
        return "SqueezeExcite"
    if types[-1] in ("Concatenate", "concatenate"):
        return "DenseBlock" if any(r in use.inputs for r in use.steps[-1].refs) else "Branches"
    words = [re.sub(r"\W", "", _SHORT.get(t, t)) for t in types]
    if len(words) <= 3 and len("".join(words)) <= 24:
        return "".join(w[:1].upper() + w[1:] for w in dict.fromkeys(words) if w) or "Block"
    said = {"".join(w.capitalize() for w in re.findall(r"[A-Za-z]{3,}", u.prefix)) for u in uses}
    return said.pop() or "Block" if len(said) == 1 else "Block"
