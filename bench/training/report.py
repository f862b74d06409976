"""What was measured, as JSON, a table and a plot.

A case is one contender on one workload: ``{"seconds": [per step, by round], "note": …}`` or ``{"error": …}``.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from training.workloads import WORKLOADS

Cases = dict[str, dict[str, Any]]

PLAIN, TUNED = "fit", "fit, tuned"
WITHOUT = " without"
"""Ends the label of a case that is measured beside the augmented ones, without augmentation."""
FIXED = ", one fixed batch"
"""Ends the label of a case without input pipeline."""

_TOLERANCES = (1e-3, 1e-3, 1e-2)
"""Relative ones of the losses that are compared. Differences of roundings grow with each step."""


def machine() -> dict[str, Any]:
    """What figures hang on."""
    names = ("specc", "tensorflow", "keras", "jax", "jaxlib", "optax", "torch", "numpy")
    return {
        "platform": platform.platform(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "versions": {name: found for name in names if (found := _version(name))},
    }


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def median(case: dict[str, Any]) -> float:
    """Median of the rounds."""
    return statistics.median(case["seconds"])


def speed(cases: Cases, label: str, than: str = PLAIN) -> float | None:
    """How many times as fast a case is as another one: the median of the ratios, round by round."""
    one, other = cases.get(label, {}), cases.get(than, {})
    if "seconds" not in one or "seconds" not in other:
        return None
    return statistics.median(b / a for a, b in zip(one["seconds"], other["seconds"], strict=True))


def table(name: str, found: dict[str, Any]) -> list[str]:
    """The lines of one workload."""
    cases: Cases = found["cases"]
    lines = [f"\n{WORKLOADS[name].title}; {found['rounds']} rounds", _row("", "ms/step", "min–max", "× fit", "")]
    for label, case in cases.items():
        if "error" in case:
            lines.append(f"{label:<30} not measured: {case['error']}")
            continue
        if label.endswith(FIXED):
            continue
        ms = [1e3 * s for s in case["seconds"]]
        plain = PLAIN + WITHOUT if label.endswith(WITHOUT) else PLAIN
        times = speed(cases, label, plain)
        shown = f"{times:.2f}" if times else ""
        lines.append(_row(label, f"{statistics.median(ms):.3f}", f"{min(ms):.3f}–{max(ms):.3f}", shown, case["note"]))
    return lines + _said(cases)


def _row(label: str, ms: str, spread: str, times: str, note: str) -> str:
    return f"{label:<30} {ms:>9} {spread:>17} {times:>6}  {note}".rstrip()


def _said(cases: Cases) -> list[str]:
    """What follows from the cases: augmentation, input pipeline, and whether the losses agree."""
    lines: list[str] = []
    for label, case in cases.items():
        if "error" in case:
            continue
        without = cases.get(label + WITHOUT)
        if without is not None and "seconds" in without:
            cost = statistics.median(1e3 * (a - b) for a, b in zip(case["seconds"], without["seconds"], strict=True))
            lines.append(f"augmentation costs {cost:.3f} ms per step: {label}")
        fixed = cases.get(label + FIXED)
        if fixed is not None and "seconds" in fixed:
            share = statistics.median((a - b) / a for a, b in zip(case["seconds"], fixed["seconds"], strict=True))
            lines.append(f"input pipeline takes {max(share, 0):.1%} of the time: {label}")
    return lines + [f"NOT EQUAL: {line}" for line in unequal(cases)]


def unequal(cases: Cases) -> list[str]:
    """Contenders whose first losses aren't those of plain ``fit``: what they train is something else."""
    known = {label: case["losses"] for label, case in cases.items() if case.get("losses")}
    expected = next(iter(known.values()), [])
    return [
        f"{label}: the first losses are {losses}, not {expected}"
        for label, losses in known.items()
        if any(abs(a - b) > t * max(1.0, abs(b)) for a, b, t in zip(losses, expected, _TOLERANCES, strict=True))
    ]


def first_step(found: dict[str, Any]) -> list[str]:
    """The lines about the time to the first step."""
    lines = [f"\nfrom the start of the process to the first step of digits; {found['rounds']} rounds"]
    for label, seconds in found["seconds"].items():
        lines.append(f"{label:<30} {statistics.median(seconds):>7.2f} s  {min(seconds):.2f}–{max(seconds):.2f}")
    ours, peer = found["seconds"].values()
    ratio = statistics.median(b / a for a, b in zip(ours, peer, strict=True))
    return [*lines, f"ratio {ratio:.2f}"]


def merged(file: Path, new: dict[str, Any]) -> dict[str, Any]:
    """Results with those that a file has of other workloads: workloads can be measured one at a time."""
    old = json.loads(file.read_text()) if file.exists() else {}
    both = {**old, **new, "workloads": {**old.get("workloads", {}), **new["workloads"]}}
    both["workloads"] = {name: both["workloads"][name] for name in WORKLOADS if name in both["workloads"]}
    return both


def plot(results: dict[str, Any], file: Path) -> None:
    """Bars of how many times as fast as plain ``fit`` each contender is, by workload."""
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    shown = {name: w["cases"] for name, w in results["workloads"].items() if PLAIN in w["cases"]}
    if not shown:
        return
    height = 0.28 * sum(len(_bars(cases)) + 2 for cases in shown.values())
    figure, axes = pyplot.subplots(
        len(shown),
        1,
        figsize=(8, height + 1),
        squeeze=False,
        sharex=True,
        layout="constrained",
        gridspec_kw={"height_ratios": [len(_bars(cases)) + 1 for cases in shown.values()]},
    )
    for axis, (name, cases) in zip(axes[:, 0], shown.items(), strict=True):
        bars = _bars(cases)
        colours = ["tab:orange" if label.startswith("specc") else "tab:blue" for label in bars]
        axis.barh(list(bars), list(bars.values()), color=colours)
        for place, value in enumerate(bars.values()):
            axis.text(value, place, f" {value:.2f}", va="center", fontsize=8)
        axis.axvline(1, color="grey", linewidth=0.8)
        axis.invert_yaxis()
        axis.tick_params(labelsize=8)
        axis.set_title(f"{WORKLOADS[name].title}: plain fit {1e3 * median(cases[PLAIN]):.2f} ms/step", fontsize=9)
    axes[-1, 0].set_xlabel("times as fast as plain fit")
    figure.savefig(file, dpi=110)


def _bars(cases: Cases) -> dict[str, float]:
    found = {label: speed(cases, label) for label in cases if not label.endswith((FIXED, WITHOUT))}
    return {label: value for label, value in found.items() if value is not None}
