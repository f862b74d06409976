"""A training step of specc against its peers: plain and tuned ``model.fit``, Keras on JAX, ``jax.jit`` with optax,
PyTorch eager and compiled.

    pip install . -r bench/requirements.txt
    python bench/train.py [--rounds 5] [--workload convnet]… [--contender "fit, tuned"]… [--output bench/results]

For each workload every contender is a process that builds and compiles once, on the same data, batch, network, initial
weights, loss and optimizer; that they train the same is checked by the losses of their first steps. Then all train in
turn, round by round, each for about a second from the initial weights, while the others are stopped. Results of the
workloads that were asked for replace those in the output's `train.json`.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import Any

from training import report
from training.processes import Worker, WorkerFailed, run
from training.workloads import WORKLOADS

ROOT = Path(__file__).parent.parent
OURS = ["specc"]
PEERS = [report.PLAIN, report.TUNED, "Keras on JAX", "jax.jit + optax", "PyTorch", "torch.compile"]
AUGMENTING = [report.PLAIN, report.TUNED, *OURS]
FIRST_STEP = "first-step"


class Case:
    """One contender on one workload, and what was measured of it."""

    def __init__(self, label: str, contender: str, workload: str) -> None:
        self.label, self.contender, self.workload = label, contender, WORKLOADS[workload]
        self.worker: Worker | None = None
        self.ours = contender in OURS
        self.found: dict[str, Any] = {}
        self.fixed: list[float] = []

    def start(self, folder: Path, patience: float, seconds: float) -> Worker:
        """Build it; a round takes about so many seconds."""
        self.worker = Worker(self.contender, self.workload.name, folder, patience)
        try:
            said = self.worker.ready()
            self.epochs = max(1, round(seconds / said["epoch"]))
            self.found = {"note": said["note"], "losses": said["losses"], "seconds": []}
            _tell(f"  {self.label}: {said['note']}, built in {said['setup']:.0f} s, {self.epochs} epochs a round")
        except WorkerFailed as error:
            self._give_up(error)
        return self.worker

    def round(self) -> None:
        """Measure it once."""
        if "error" in self.found or self.worker is None:
            return
        try:
            self.found["seconds"].append(self._per_step("train"))
            if self.ours:
                self.fixed.append(self._per_step("train_fixed"))
        except WorkerFailed as error:
            self._give_up(error)

    def _per_step(self, do: str) -> float:
        assert self.worker is not None
        steps = len(self.workload.arrays()[0]) // self.workload.batch * self.epochs
        return self.worker.ask(do, self.epochs) / steps

    def _give_up(self, error: WorkerFailed) -> None:
        self.found = {"error": str(error)}
        _tell(f"  {self.label}: not measured: {error}")


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def cases_of(workload: str, contenders: list[str]) -> list[Case]:
    """Who takes part. With augmentation each is also measured without."""
    if workload != "augmentation":
        return [Case(name, name, workload) for name in contenders]
    names = [name for name in contenders if name in AUGMENTING]
    return [
        *(Case(name, name, workload) for name in names),
        *(Case(name + report.WITHOUT, name, "convnet") for name in names),
    ]


def measure(workload: str, asked: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """All contenders on one workload, in turn."""
    _tell(f"{WORKLOADS[workload].title}:")
    cases = cases_of(workload, asked.contender or [*PEERS, *OURS])
    with ExitStack() as workers:
        for case in cases:
            workers.enter_context(case.start(folder, asked.patience, asked.seconds))
        for number in range(asked.rounds):
            # Each begins a round once, so that none always comes after the same other one.
            first = number % len(cases)
            for case in cases[first:] + cases[:first]:
                case.round()
    found = {case.label: case.found for case in cases}
    found |= {case.label + report.FIXED: {"seconds": case.fixed} for case in cases if len(case.fixed) == asked.rounds}
    return {"date": date.today().isoformat(), "rounds": asked.rounds, "cases": found, "machine": report.machine()}


def first_step(asked: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Whole processes in turn, from their start to the end of their first step."""
    spec, script = str(ROOT / "specs" / "digits.model"), str(folder / "digits.py")
    run(["specc", "compile", spec, "--emit", "python", "-o", script])
    took: dict[str, list[float]] = {"specc train": [], "plain Keras script": []}
    for number in range(asked.rounds + 1):
        ours = ["specc", spec, str(folder / f"run{number}")]
        for label, arguments in zip(took, (ours, ["keras", script]), strict=True):
            seconds = _until_first_step(arguments)
            if number:  # the first round fills the caches of the disk
                took[label].append(seconds)
    return {"date": date.today().isoformat(), "rounds": asked.rounds, "seconds": took, "machine": report.machine()}


def _until_first_step(arguments: list[str]) -> float:
    began = time.perf_counter()
    said = run(["training.first_step", *arguments], KERAS_BACKEND="tensorflow")
    assert "first step" in said, said
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0, help="about how long a contender trains in a round")
    parser.add_argument("--workload", action="append", choices=[*WORKLOADS, FIRST_STEP], help="by default all")
    parser.add_argument("--contender", action="append", choices=[*PEERS, *OURS], help="by default all")
    parser.add_argument("--patience", type=float, default=600, help="seconds after which a contender is given up")
    parser.add_argument(
        "--output", type=Path, default=ROOT / "bench" / "results", help="folder of train.json, train.png"
    )
    asked = parser.parse_args()
    names = asked.workload or [*WORKLOADS, FIRST_STEP]
    results: dict[str, Any] = {"workloads": {}}
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work)
        needed = dict.fromkeys(n for name in names if name in WORKLOADS for n in (name, "convnet"))
        run(["training.prepare", work, *needed], KERAS_BACKEND="tensorflow")
        for name in names:
            if name == FIRST_STEP:
                results["first_step"] = first_step(asked, folder)
                print("\n".join(report.first_step(results["first_step"])), flush=True)
            else:
                results["workloads"][name] = measure(name, asked, folder)
                print("\n".join(report.table(name, results["workloads"][name])), flush=True)
    asked.output.mkdir(parents=True, exist_ok=True)
    file = asked.output / "train.json"
    results = report.merged(file, results)
    file.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")
    report.plot(results, asked.output / "train.png")
    print(f"\nMade {file} and train.png")


if __name__ == "__main__":
    main()
