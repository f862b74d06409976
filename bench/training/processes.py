"""Workers from outside: started, asked in turn, and stopped while another one works."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, Self

from training import report

BENCH = Path(__file__).parent.parent


class WorkerFailed(Exception):
    """A contender can't go on; says why."""


def environment(**more: str) -> dict[str, str]:
    """The environment of a measured process: it finds this benchmark and specc."""
    paths = [str(BENCH), str(BENCH.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "TF_CPP_MIN_LOG_LEVEL": "3", **more}


def run(arguments: list[str], **more: str) -> str:
    """What a Python process prints that must succeed.

    Raises:
        SystemExit: it failed; with what it said.
    """
    done = subprocess.run([sys.executable, "-m", *arguments], capture_output=True, text=True, env=environment(**more))
    if done.returncode:
        raise SystemExit(f"`{' '.join(arguments)}` failed:\n{done.stderr}")
    return done.stdout


class Worker:
    """A contender's process. It runs only between a request and its answer.

    Args:
        log: where its standard error goes.
        patience: seconds that an answer may take.
    """

    def __init__(self, contender: str, workload: str, folder: Path, patience: float) -> None:
        self.patience = patience
        settings = {"KERAS_BACKEND": "jax" if contender == "Keras on JAX" else "tensorflow"}
        if contender == report.TUNED:
            settings["TF_ENABLE_ONEDNN_OPTS"] = "1"
        self.log = folder / f"{workload}, {contender}.log".replace("/", "-")
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "training.worker", contender, workload, str(folder)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=environment(**settings),
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()

    def ready(self) -> dict[str, Any]:
        """What it says when all is compiled.

        Raises:
            WorkerFailed: it can't be built.
        """
        answer = self._answer()
        self.process.send_signal(signal.SIGSTOP)
        return answer

    def ask(self, do: str, epochs: int) -> float:
        """Seconds of so many epochs.

        Raises:
            WorkerFailed: it failed or took too long.
        """
        assert self.process.stdin is not None
        self.process.send_signal(signal.SIGCONT)
        self.process.stdin.write(json.dumps({"do": do, "epochs": epochs}).encode() + b"\n")
        self.process.stdin.flush()
        seconds = self._answer()["seconds"]
        self.process.send_signal(signal.SIGSTOP)
        return seconds

    def _answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        if not select.select([self.process.stdout], [], [], self.patience)[0]:
            raise WorkerFailed(f"no answer in {self.patience:.0f} s")
        line = self.process.stdout.readline()
        if not line:
            raise WorkerFailed(f"ended with {self.process.wait()}: {self._last_words()}")
        answer = json.loads(line)
        if "error" in answer:
            raise WorkerFailed(answer["error"])
        return answer

    def _last_words(self) -> str:
        lines = self.log.read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"
