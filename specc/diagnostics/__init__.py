"""Diagnostics: the data (`Diagnostic`, `Report`), the catalogue of codes, and the renderers."""

from specc.diagnostics.diagnostic import (
    Diagnostic,
    Fix,
    Related,
    Report,
    SpecError,
    closest,
    did_you_mean,
)

__all__ = ["Diagnostic", "Fix", "Related", "Report", "SpecError", "closest", "did_you_mean"]
