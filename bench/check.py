"""Time of ``specc check specs/resnet.model`` against importing Keras and building the same network.

    python bench/check.py [--rounds 5]

Both are whole processes, run in turn; the ratio is of medians. The peer's script is what
``specc compile --emit python`` writes.
The installed package is measured (``pip install .``), whose modules are compiled to bytecode, as Keras's are.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
SPEC = str(ROOT / "specs" / "resnet.model")


def seconds(command: list[str], folder: str) -> float:
    """Wall time of a process that must succeed."""
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    began = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, capture_output=True, env=environment)
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    specc = str(Path(sys.executable).with_name("specc"))
    with tempfile.TemporaryDirectory() as work:
        script = Path(work) / "resnet.py"
        subprocess.run([specc, "compile", SPEC, "--emit", "python", "-o", str(script)], check=True, capture_output=True)
        # Building is the peer's work; printing its table is not.
        script.write_text(script.read_text().replace(".summary()", ""))
        commands = {"specc check": [specc, "check", SPEC], "keras import + build": [sys.executable, str(script)]}
        for command in commands.values():
            seconds(command, work)
        times: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(rounds):
            for name, command in commands.items():
                times[name].append(seconds(command, work))
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {rounds} rounds")
    for name, found in times.items():
        print(f"{name:22} median {statistics.median(found):.3f} s   min {min(found):.3f}   max {max(found):.3f}")
    ours, peer = (statistics.median(times[name]) for name in commands)
    print(f"ratio: 1/{peer / ours:.1f}")


if __name__ == "__main__":
    main()
