"""The public names of Keras that a spec can't say, by kind, each with the reason and the way out."""

from __future__ import annotations

from typing import Final

_BARE: Final = "it is the bare base of others and computes nothing"
_CODE: Final = "what it computes is code, and a spec runs none"

LEFT_OUT: Final[dict[str, dict[str, str]]] = {
    "layer": {
        "Lambda": f"{_CODE}; operations are written in place: `relu(x)`, `x * 2`",
        "TFSMLayer": f"{_CODE}, that of a SavedModel; `specc import` reads a `.keras` file as data",
        "TorchModuleWrapper": f"{_CODE}, that of a PyTorch module; write its layers",
        "JaxLayer": f"{_CODE}, that of a JAX function; write its layers and functions",
        "FlaxLayer": f"{_CODE}, that of a Flax module; write its layers",
        "Layer": _BARE,
        "Wrapper": f"{_BARE}; `TimeDistributed`, `Bidirectional` and `SpectralNormalization` are wrappers",
        "InputLayer": "an input is declared: `input x: float32[28, 28, 1]`",
        "InputSpec": "it is no layer; the type of an input says what it is: `input x: float32[28, 28, 1]`",
        "MaxNumBoundingBoxes": "it pads dicts of boxes, for which a spec has no type; pad them when the data are made",
    },
    "loss": {
        "Loss": _BARE,
        "CTC": "its targets have another length than its outputs, and data can't give such yet",
        "Circle": "it compares the examples of a batch with each other; data can't give classes for an embedding yet",
    },
    "metric": {
        "Metric": _BARE,
        "MeanMetricWrapper": f"{_CODE}, that of a Python function",
        "Mean": "it measures one tensor, not outputs against targets",
        "Sum": "it measures one tensor, not outputs against targets",
    },
    "optimizer": {
        "Optimizer": _BARE,
        "LossScaleOptimizer": "mixed precision adds it itself; every optimizer has `loss_scale_factor`",
        "MultiOptimizer": "a model is trained by one optimizer; `Muon` has Adam for what is no matrix",
        "OptimizerMap": "a model is trained by one optimizer; `Muon` has Adam for what is no matrix",
    },
    "schedule": {"LearningRateSchedule": _BARE},
    "regularizer": {"Regularizer": _BARE},
    "constraint": {"Constraint": _BARE},
    "initializer": {"Initializer": _BARE},
}


def why(name: str, *kinds: str) -> str | None:
    """Why a spec can't say a name of Keras that is of one of some kinds; None where it has none of that name."""
    return next((LEFT_OUT[kind][name] for kind in kinds if name in LEFT_OUT.get(kind, ())), None)
