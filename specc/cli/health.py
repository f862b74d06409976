"""What ``specc doctor`` finds out."""

from __future__ import annotations

import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from specc import __version__

_PACKAGES = (
    "tensorflow",
    "keras",
    "numpy",
    "lark",
    "networkx",
    "pydantic",
    "scikit-learn",
    "safetensors",
    "tensorboard",
)


def examine() -> dict[str, Any]:
    """``facts`` by name, and ``problems`` as sentences."""
    facts: dict[str, Any] = {"specc": __version__, "python": platform.python_version(), "platform": platform.platform()}
    problems: list[str] = []
    for package in _PACKAGES:
        try:
            facts[package] = version(package)
        except PackageNotFoundError:
            facts[package] = "missing"
            problems.append(f"{package} is not installed; run `pip install specc` again")
    facts["cores"] = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    _examine_grammar(facts, problems)
    _examine_tensorflow(facts, problems)
    return {"facts": facts, "problems": problems}


def _examine_grammar(facts: dict[str, Any], problems: list[str]) -> None:
    from specc.compiler import compile_text

    checked = compile_text("model Probe { input x: float[3]  output y = x -> Dense(2) }")
    facts["front end"] = "works" if checked.report.ok else "broken"
    if not checked.report.ok:
        problems.append("the front end can't compile a small spec")


def _examine_tensorflow(facts: dict[str, Any], problems: list[str]) -> None:
    if os.environ.get("KERAS_BACKEND", "tensorflow") != "tensorflow":
        problems.append("KERAS_BACKEND is set to another backend than tensorflow; unset it")
        return
    try:
        from specc.lower.quiet import import_tensorflow
        from specc.training.step.xla import why_lost

        tf = import_tensorflow()
        facts["gpus"] = len(tf.config.list_physical_devices("GPU"))
        compiled = tf.function(lambda x: x * 2.0 + 1.0, jit_compile=True)
        facts["xla"] = "works" if float(compiled(tf.constant(3.0))) == 7.0 else "gives wrong results"
        if (lost := why_lost()) is not None:
            facts["xla"] = "lost"
            problems.append(f"XLA compiles nothing: {lost}")
    except Exception as error:  # whatever is broken in an installation, the doctor says it
        facts.setdefault("xla", "broken")
        problems.append(f"TensorFlow does not work here: {type(error).__name__}: {str(error).splitlines()[0]}")
    if sys.platform == "win32":
        problems.append("TensorFlow has no GPU support on Windows; use WSL2")
