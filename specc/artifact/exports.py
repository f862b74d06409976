"""Exports of a trained model. An export counts when its file was loaded in a process of its own and agreed."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

import numpy as np

from specc.artifact.manifest import ExportRecord
from specc.data.raw import Array
from specc.diagnostics import Diagnostic, SpecError
from specc.diagnostics.codes import EXPORT_DISAGREES
from specc.source import Span

FILES: Final = {"keras": "model.keras", "saved_model": "saved_model"}
TOLERANCE: Final = 1e-5
"""Largest absolute or relative difference that still counts as agreement."""


def export_all(
    model: Any, samples: dict[str, Array], folder: Path, formats: tuple[str, ...], place: Span
) -> dict[str, ExportRecord]:
    """Write exports into ``folder`` and compare each, loaded anew, with the model on ``samples``.

    Raises:
        SpecError: an export can't be loaded or disagrees; at ``place``.
    """
    folder.mkdir()
    for name in formats:
        if name == "keras":
            model.save(folder / FILES[name])
        else:
            model.export(folder / FILES[name], format="tf_saved_model", verbose=False)
    expected = {k: np.asarray(v) for k, v in model(samples, training=False).items()}
    with tempfile.TemporaryDirectory(prefix="specc-") as work:
        np.savez(Path(work) / "inputs.npz", **_as_arrays(samples))
        found = {name: _answers(name, folder / FILES[name], Path(work), place) for name in formats}
    return {
        name: _compared(name, f"exports/{FILES[name]}", expected, answers, place) for name, answers in found.items()
    }


def _as_arrays(samples: dict[str, Array]) -> dict[str, Any]:
    return {name: np.asarray(value) for name, value in samples.items()}


def _answers(name: str, path: Path, work: Path, place: Span) -> dict[str, Array]:
    """What the exported file answers to the samples, in a new process."""
    output = work / f"{name}.npz"
    command = [
        sys.executable,
        "-m",
        "specc.artifact.check_export",
        name,
        str(path),
        str(work / "inputs.npz"),
        str(output),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0 or not output.is_file():
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        message = f"the exported {FILES[name]} can't be loaded: {reason[:300]}"
        raise SpecError(Diagnostic(EXPORT_DISAGREES, message, place, help=(f"take `{name}` out of the formats",)))
    with np.load(output, allow_pickle=False) as loaded:
        return {key: loaded[key] for key in loaded.files}


def _compared(name: str, path: str, expected: dict[str, Array], answers: dict[str, Array], place: Span) -> ExportRecord:
    absolute, relative, size = 0.0, 0.0, 0
    for key, value in expected.items():
        if key not in answers or answers[key].shape != value.shape:
            message = f"the exported {FILES[name]} has no output `{key}` of the model's shape"
            raise SpecError(Diagnostic(EXPORT_DISAGREES, message, place))
        difference = np.abs(answers[key].astype(np.float64) - value.astype(np.float64))
        absolute = max(absolute, float(difference.max(initial=0.0)))
        scale = max(float(np.abs(value).max(initial=0.0)), 1e-12)
        relative = max(relative, float(difference.max(initial=0.0)) / scale)
        size = len(value)
    if not min(absolute, relative) <= TOLERANCE:
        message = f"the exported {FILES[name]} differs from the model by {absolute:.3g}"
        raise SpecError(
            Diagnostic(EXPORT_DISAGREES, message, place, expected=f"at most {TOLERANCE:g}", found=f"{absolute:.3g}")
        )
    return ExportRecord(
        path=path, examples=size, largest_absolute_difference=absolute, largest_relative_difference=relative
    )
