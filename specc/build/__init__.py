"""Builds programs in Python: the same networks and plans as in `.model` files, with the same checks."""

from specc.build.blocks import block
from specc.build.errors import BuildError
from specc.build.model import Model
from specc.build.program import Program
from specc.build.sections import data, ensemble, export, train, tune
from specc.build.types import (
    bfloat16,
    bool_,
    float16,
    float32,
    float64,
    int8,
    int16,
    int32,
    int64,
    string,
    uint8,
    uint16,
    uint32,
    uint64,
)
from specc.build.values import Layer, ManyLayer, Tensor

__all__ = [
    "BuildError", "Layer", "ManyLayer", "Model", "Program", "Tensor", "bfloat16", "block", "bool_", "data", "ensemble",
    "export", "float16", "float32", "float64", "int8", "int16", "int32", "int64", "string", "train", "tune", "uint8",
    "uint16", "uint32", "uint64",
]  # fmt: skip
