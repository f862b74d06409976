"""What bits hang on besides the spec, the data and the seed: the machine and the versions of the libraries."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from typing import Any

from specc.lower.xla_cache import processor


def machine() -> dict[str, Any]:
    """The machine, as the record of a run has it.

    Whether TensorFlow calls oneDNN's kernels on the CPU is decided when it is loaded. specc asks for them; whoever
    loads TensorFlow before, or sets ``TF_ENABLE_ONEDNN_OPTS=0``, decides otherwise.
    """
    import tensorflow as tf
    from tensorflow.python.util import _pywrap_util_port

    return {
        "platform": platform.platform(),
        "processor": processor(),
        "cores": os.cpu_count(),
        "oneDNN": _pywrap_util_port.IsMklEnabled(),
        "gpus": [
            tf.config.experimental.get_device_details(d).get("device_name", d.name)
            for d in tf.config.list_physical_devices("GPU")
        ],
    }


def differences(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """What of two machines is different and may change bits, in words."""
    names = ("processor", "cores", "oneDNN", "gpus")
    return [f"{n} was {one.get(n)}, is {other.get(n)}" for n in names if one.get(n) != other.get(n)]


def on_gpu() -> bool:
    """Whether there is a GPU to train on."""
    import tensorflow as tf

    return bool(tf.config.list_physical_devices("GPU"))
