"""Exports of a trained model. An export counts when its file was loaded in a process of its own and agreed."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

import specc
from specc.artifact.manifest import ExportRecord
from specc.artifact.tensors import load_arrays, save_arrays
from specc.data.raw import Array
from specc.diagnostics import Diagnostic, SpecError
from specc.diagnostics.codes import EXPORT_DISAGREES, RUNTIME_FAILED
from specc.lower.model import leaves
from specc.source import Span

FILES: Final = {"keras": "model.keras", "saved_model": "saved_model"}
TOLERANCE: Final = 1e-5
"""Largest difference that still counts as agreement: absolute, or relative to the largest value of the output."""

_CHECK: Final = """
import sys
sys.path.append(sys.argv[1])
from specc.artifact.check_export import main
main(sys.argv[2:])
"""


def export_all(
    model: Any, samples: Mapping[str, Array], folder: Path, formats: tuple[str, ...], place: Span
) -> dict[str, ExportRecord]:
    """Write exports into ``folder`` and compare each, loaded anew, with the model on ``samples``.

    Raises:
        SpecError: an export can't be written or loaded, or disagrees; at ``place``.
    """
    if not all(len(v) for v in samples.values()):
        raise ValueError("an export is compared on one example at least")
    folder.mkdir()
    for name in formats:
        _write(model, name, folder / FILES[name], place)
    expected = {name: np.asarray(value) for name, value in model(dict(samples), training=False).items()}
    modules = sorted({type(layer).__module__ for layer in leaves(model)})
    own = [module for module in modules if module.partition(".")[0] != "keras"]
    found = _answers(samples, {name: folder / FILES[name] for name in formats}, own, place)
    return {name: _agreement(name, expected, answers, place) for name, answers in found.items()}


def _write(model: Any, name: str, path: Path, place: Span) -> None:
    try:
        if name == "keras":
            model.save(path)
        else:
            model.export(path, format="tf_saved_model", verbose=False)
    except OSError:
        raise
    except Exception as error:  # Keras and TensorFlow raise all kinds
        message = f"the model can't be exported as `{name}`: {_first_line(str(error)) or type(error).__name__}"
        raise SpecError(Diagnostic(RUNTIME_FAILED, message, place, help=_without(name))) from error


def _answers(
    samples: Mapping[str, Array], exports: dict[str, Path], modules: list[str], place: Span
) -> dict[str, dict[str, Array]]:
    """What the exported files answer to the samples, each loaded in a new process, which imports plugins' modules."""
    with tempfile.TemporaryDirectory(prefix="specc-") as work:
        given, folder = Path(work) / "inputs.npz", Path(work) / "answers"
        folder.mkdir()
        save_arrays(given, samples)
        errors = _check(given, folder, exports, modules)
        found: dict[str, dict[str, Array]] = {}
        for name in exports:
            try:
                found[name] = load_arrays(folder / f"{name}.npz")
            except (OSError, ValueError, EOFError):
                message = f"the exported {FILES[name]} can't be loaded: {errors}"
                raise SpecError(Diagnostic(EXPORT_DISAGREES, message, place, help=_without(name))) from None
        return found


def _check(given: Path, folder: Path, exports: dict[str, Path], modules: list[str]) -> str:
    """Run the checks; the last line of what went wrong."""
    root = str(Path(specc.__file__).parent.parent)
    files = [*(f"class={module}" for module in modules), *(f"{name}={path}" for name, path in exports.items())]
    # -P: no module is ever imported from the folder that the user happens to be in.
    command = [sys.executable, "-P", "-c", _CHECK, root, str(given), str(folder), *files]
    # This process may hold all of a GPU's memory that TensorFlow asked for at its start.
    environment = {"TF_FORCE_GPU_ALLOW_GROWTH": "true", **os.environ}
    done = subprocess.run(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    lines = done.stderr.strip().splitlines()
    return lines[-1][:300] if lines else f"its process ended with {done.returncode}"


def _agreement(name: str, expected: dict[str, Array], answers: dict[str, Array], place: Span) -> ExportRecord:
    absolute, relative, examples = 0.0, 0.0, 0
    for key, value in expected.items():
        if key not in answers or answers[key].shape != value.shape:
            message = f"the exported {FILES[name]} has no output `{key}` of the model's shape"
            raise SpecError(Diagnostic(EXPORT_DISAGREES, message, place, help=_without(name)))
        here = _differences(answers[key], value)
        if not min(here) <= TOLERANCE:
            raise SpecError(_disagrees(name, key, here[0], place))
        absolute, relative, examples = max(absolute, here[0]), max(relative, here[1]), len(value)
    return ExportRecord(
        path=f"exports/{FILES[name]}",
        examples=examples,
        largest_absolute_difference=absolute,
        largest_relative_difference=relative,
    )


def _differences(found: Array, expected: Array) -> tuple[float, float]:
    """The largest difference, absolute and relative to the largest value; infinite where one has no number there."""
    left, right = found.astype(np.float64), expected.astype(np.float64)
    same = (left == right) | (np.isnan(left) & np.isnan(right))
    with np.errstate(invalid="ignore"):
        difference = np.where(same, 0.0, np.abs(left - right))
    largest = float(np.nan_to_num(difference, nan=np.inf).max(initial=0.0))
    finite = np.abs(right[np.isfinite(right)])
    return largest, largest / max(float(finite.max(initial=0.0)), 1e-12)


def _disagrees(name: str, output: str, difference: float, place: Span) -> Diagnostic:
    return Diagnostic(
        EXPORT_DISAGREES,
        f"the exported {FILES[name]} differs from the model by {difference:.3g} in `{output}`",
        place,
        expected=f"at most {TOLERANCE:g}",
        found=f"{difference:.3g}",
        help=_without(name),
    )


def _without(name: str) -> tuple[str, ...]:
    return (f"take `{name}` out of the formats",)


def _first_line(text: str) -> str:
    return (text.strip().splitlines() or [""])[0][:300]
