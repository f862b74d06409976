"""Runs command lines of specc, each in a child that is forked after TensorFlow was imported and before it was used.

So a process that trains costs a second and not ten. A job is a line of JSON on standard input: the `arguments`, the
folder `cwd`, and how the child ends early, where it does:

- `at`: it kills itself at that moment, counted from 1, or sends itself the `signal`. Moments are before and after each
  operation by which something reaches the disk, in the middle of each file of tensors, and after each call of the
  training step.
- `after`: it is killed so many seconds after its start.
- `seen` and `signal`: it gets the signal when it has printed the text on standard error.

The answer is a line of JSON: `code` as `subprocess` has it, how many `moments` there were, the `seconds` from the
signal to the end, `out` and `err`.
"""

import importlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Job = dict[str, Any]


# ── The side of the tests ────────────────────────────────────────────────────────────────────────


@contextmanager
def forks() -> Iterator[Callable[..., Job]]:
    """A function that runs one job and returns its answer."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, __file__]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        given, answers = process.stdin, process.stdout

        def run(*arguments: str, **job: Any) -> Job:
            given.write(json.dumps({"arguments": list(map(str, arguments)), **job}) + "\n")
            given.flush()
            return json.loads(answers.readline())

        yield run
        given.close()


# ── The process that forks ───────────────────────────────────────────────────────────────────────


def main() -> None:
    """Answer jobs until there are no more."""
    from specc.lower.quiet import import_tensorflow

    import_tensorflow()
    for name in ("cli.main", "training.run", "training.reports.report", "artifact.write"):
        importlib.import_module(f"specc.{name}")
    for name in ("keras", "sklearn.datasets", "sklearn.model_selection"):
        importlib.import_module(name)

    for line in sys.stdin:
        print(json.dumps(_answer(json.loads(line))), flush=True)


def _answer(job: Job) -> Job:
    with tempfile.TemporaryDirectory() as folder:
        out, err, moments = (Path(folder) / name for name in ("out", "err", "moments"))
        for path in (out, err, moments):
            path.touch()
        began = time.monotonic()
        child = os.fork()
        if child == 0:
            os._exit(_child(job, out, err, moments))
        sent = began
        if "after" in job:
            time.sleep(job["after"])
            os.kill(child, signal.SIGKILL)
        elif "seen" in job:
            while job["seen"] not in err.read_text() and os.waitpid(child, os.WNOHANG) == (0, 0):
                time.sleep(0.01)
            sent = time.monotonic()
            os.kill(child, job["signal"])
        _, status = os.waitpid(child, 0)
        return {
            "code": os.waitstatus_to_exitcode(status),
            "seconds": time.monotonic() - sent,
            "moments": len(moments.read_bytes()),
            "out": out.read_text(),
            "err": err.read_text(),
        }


def _child(job: Job, out: Path, err: Path, moments: Path) -> int:
    """Run the command line in this process."""
    for number, path in ((1, out), (2, err)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_APPEND), number)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(job.get("cwd", "."))
    number = job.get("signal", signal.SIGKILL)
    _count_moments(os.open(moments, os.O_WRONLY | os.O_APPEND), job.get("at"), number)
    from specc.cli.main import run

    try:
        return run(job["arguments"])
    finally:
        sys.stdout.flush()


def _count_moments(file: int, at: int | None, number: int) -> None:
    import specc.training.checkpoint as checkpoint
    from specc.training.step.training_step import TrainingStep

    passed = 0

    def moment() -> None:
        nonlocal passed
        passed += 1
        os.write(file, b".")
        if passed == at:
            os.kill(os.getpid(), number)

    def around(owner: Any, name: str) -> None:
        original = getattr(owner, name)

        def watched(*arguments: Any, **named: Any) -> Any:
            moment()
            answer = original(*arguments, **named)
            moment()
            return answer

        setattr(owner, name, watched)

    def torn(path: Path, weights: Any) -> None:
        save(path, weights)
        whole = path.read_bytes()
        path.write_bytes(whole[: len(whole) // 2])
        moment()
        path.write_bytes(whole)

    save = checkpoint.save_weights
    checkpoint.save_weights = torn
    for owner, name in ((os, "fsync"), (os, "rename"), (os, "replace"), (shutil, "rmtree"), (TrainingStep, "run")):
        around(owner, name)


if __name__ == "__main__":
    main()
