"""Whether all layers can compute in the dtype that a plan says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from specc.diagnostics import Diagnostic, Related, SpecError
from specc.program.program import Program


def policies_suit_layers(program: Program) -> Iterator[Diagnostic]:
    """Layers and functions take what a ``dtype_policy`` makes of what comes before them."""
    for target, plan in program.trains.values_of.items():
        if plan.get("dtype_policy", "float32") == "float32" or target not in program.models:
            continue
        from specc.program.precision import with_policies

        try:
            with_policies(program, target)
        except SpecError as error:
            related = Related(program.place("train", target, "dtype_policy"), "the policy is set here")
            yield from (replace(d, related=(*d.related, related)) for d in error.diagnostics)
