"""What a run made, as it is told."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from specc.diagnostics import Diagnostic, SpecError
from specc.diagnostics.codes import CANNOT_RESUME
from specc.source import whole_file
from specc.training.folder import CHECKPOINTS, RECORD, UNFINISHED, opened
from specc.training.reports.verdict import Verdict


@dataclass(frozen=True)
class RunResult:
    """What a run made."""

    folder: Path
    target: str
    metrics: dict[str, float]
    split: str
    seconds: float
    members: dict[str, dict[str, float]]
    verdicts: dict[str, Verdict]
    """What the curves say, by what was trained."""
    was_finished: bool = False
    """Whether there was nothing left to do."""

    def summary(self) -> list[str]:
        """Lines that say what was reached and where it lies."""
        lines = [f"{self.target}: {_metrics_text(self.metrics)} on the {self.split} split, in {self.seconds:.0f} s"]
        lines += [f"  member {name}: {_metrics_text(m)}" for name, m in self.members.items()]
        for name, found in self.verdicts.items():
            lines += [f"  {name}, {found}", *(f"    try: {way}" for way in found.ways)]
        made = sorted(p.name + ("/" if p.is_dir() else "") for p in self.folder.iterdir())
        return [
            *lines,
            f"{'It was finished before:' if self.was_finished else 'Made'} {self.folder}: {', '.join(made)}",
        ]


def _metrics_text(metrics: dict[str, float]) -> str:
    return "  ".join(f"{name} {value:.4f}" for name, value in metrics.items())


def finished(folder: Path) -> RunResult:
    """The result of a run that was finished before.

    Raises:
        SpecError: its record can't be read.
    """
    if any((folder / name).exists() for name in (CHECKPOINTS, UNFINISHED)):
        with opened(folder) as place:
            place.tidy()
    try:
        record = json.loads((folder / RECORD).read_bytes())
        said = {name: Verdict(v["name"], v["seen"], tuple(v["ways"])) for name, v in record["verdicts"].items()}
        told = (record[name] for name in ("target", "metrics", "split", "seconds", "members"))
        return RunResult(folder, *told, said, was_finished=True)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SpecError(
            Diagnostic(CANNOT_RESUME, f"`{folder / RECORD}` can't be read: {error}", whole_file(folder))
        ) from None
