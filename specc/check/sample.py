"""Looks at the data of a spec before training: at a sample of it, in the way that training would read all."""

from __future__ import annotations

from specc.check.plans import trained_models
from specc.data.load import examine
from specc.data.skipping import Account
from specc.diagnostics import Diagnostic, SpecError
from specc.program.program import Program


def look_at_data(program: Program) -> tuple[list[Diagnostic], list[Account]]:
    """What is wrong with the data of each training, and what was found of those that are right.

    Data that several trainings of one model share are looked at once.
    """
    findings: list[Diagnostic] = []
    accounts: list[Account] = []
    seen: set[tuple[str, str]] = set()
    for target in program.trains:
        models, plan = trained_models(program, target), program.trains[target]
        if not models or plan.data not in program.data or (plan.data, models[0].name) in seen:
            continue
        seen.add((plan.data, models[0].name))
        try:
            accounts.append(examine(program, program.data[plan.data], models[0], plan.loss))
        except SpecError as error:
            findings.extend(error.diagnostics)
    return findings, accounts
