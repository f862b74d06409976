"""Looks at the data of a spec before training: at a sample of it, in the way that training would read all."""

from __future__ import annotations

from specc.catalogue.objects.data import Given
from specc.check.plans import trained_models
from specc.data.load import examine
from specc.diagnostics import Diagnostic, SpecError
from specc.program.program import Program


def look_at_data(program: Program) -> tuple[list[Diagnostic], list[str]]:
    """What is wrong with the data of each training, and lines that say what was found of those that are right.

    Data that several trainings of one model share are looked at once.
    """
    findings: list[Diagnostic] = []
    lines: list[str] = []
    seen: set[tuple[str, str]] = set()
    for target in program.trains:
        models, plan = trained_models(program, target), program.trains[target]
        if not models or plan.data not in program.data or (plan.data, models[0].name) in seen:
            continue
        seen.add((plan.data, models[0].name))
        if isinstance(program.data[plan.data].source, Given):
            lines.append(f"`{plan.data}` is handed over by a Python program: here is nothing to look at")
            continue
        try:
            lines += examine(program, program.data[plan.data], models[0], plan.loss).found()
        except SpecError as error:
            findings.extend(error.diagnostics)
    return findings, lines
