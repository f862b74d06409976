"""Imports TensorFlow and Keras without the noise that they print on standard error."""

from __future__ import annotations

import logging
import os
import warnings
from functools import cache
from typing import Any

from specc.lower.xla_cache import keep_programs

_SETTINGS = {
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_ENABLE_ONEDNN_OPTS": "1",
    "KERAS_BACKEND": "tensorflow",
    "GRPC_VERBOSITY": "ERROR",
    "ABSL_MIN_LOG_LEVEL": "3",
}


@cache
def import_tensorflow() -> Any:
    """The module ``tensorflow``; Keras may be imported from here on."""
    for name, value in _SETTINGS.items():
        os.environ.setdefault(name, value)
    keep_programs()
    warnings.filterwarnings("ignore", category=UserWarning, module=r"keras(\..*)?")
    with _muted_stderr():
        import tensorflow as tf
    tf.get_logger().setLevel(logging.ERROR)
    logging.getLogger("absl").setLevel(logging.ERROR)
    return tf


class _muted_stderr:  # noqa: N801  (reads like the context manager it is)
    """Sends what C++ libraries print while they load to nowhere; Python's own errors still come as exceptions."""

    def __enter__(self) -> None:
        self._kept = os.dup(2)
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 2)
        os.close(null)

    def __exit__(self, *_: object) -> None:
        os.dup2(self._kept, 2)
        os.close(self._kept)
