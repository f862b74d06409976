"""Layers per second: checking a spec of thousands of layers, against building the same network with Keras.

    python bench/layers.py [--rounds 3] [--layers 30000] [--keras 30000]

The spec is written out flat for the most part, so that reading counts; some of it stands in loops. Both sides are
whole processes, run in turn. A process's start (checking or building 10 layers) is also measured and subtracted, in
favour of Keras: importing it takes seconds. The peer's script is what ``specc compile --emit python`` writes.
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

IMAGE = """\
    x{i} = x{p} -> Conv2D(8, {k}, padding=same, use_bias=false, name="conv{i}") -> BatchNormalization
    y{i} = x{i} -> ReLU -> Conv2D(8, 3, padding=same)
    x{n} = (x{i}, y{i}) -> Add -> Activation(relu)
"""
VECTOR = """\
    x{i} = x{p} -> Dense({u}, activation=relu) -> Dropout(0.{d})
    y{i} = x{i} -> LayerNormalization(epsilon=1e-6) -> Dense({u}, kernel_initializer=he_normal)
    x{n} = x{i} + y{i}
"""
LOOP = """\
    for i in range(10) {{
        h = x{p} -> Dense({u}, activation=gelu) -> BatchNormalization(momentum=0.9)
        x{p} = x{p} + (h -> Dense(16))
    }}
"""

DEEP = """\
import sys, threading

def main():
    exec({code!r}, {{"__name__": "__main__"}})

sys.setrecursionlimit(10**6)
threading.stack_size(1 << 30)
thread = threading.Thread(target=main)
thread.start()
thread.join()
"""


def spec(layers: int) -> str:
    """A model of about so many layers: blocks of six or five layers written out, and loops of forty."""
    lines = ["model Big {", "    input image: float32[16, 16, 8]", "    x0 = image"]
    count, last, flat, at = 0, 0, False, 0
    while count < layers - 2:
        at += 2
        if not flat and count >= layers // 2:
            lines.append(f"    x{at} = x{last} -> GlobalAveragePooling2D -> Dense(16)")
            flat, last, at, count = True, at, at + 2, count + 2
        if not flat:
            lines.append(IMAGE.format(i=at - 1, n=at, p=last, k=1 + at % 3))
            last, count = at, count + 6
        elif at % 100 == 0:
            lines.append(LOOP.format(p=last, u=8 + at % 7))
            count += 40
        else:
            lines.append(VECTOR.format(i=at - 1, n=at, p=last, u=16, d=1 + at % 5))
            last, count = at, count + 5
    return "\n".join([*lines, f"    output y = x{last} -> Dense(3, activation=softmax)", "}", ""])


def seconds(command: list[str], folder: str) -> float:
    """Wall time of a process that must succeed."""
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    began = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, capture_output=True, env=environment)
    return time.perf_counter() - began


def prepared(specc: str, work: Path, layers: int, keras: bool) -> list[str]:
    """The command that checks so many layers, or builds them."""
    file = work / f"big{layers}.model"
    file.write_text(spec(layers))
    limit = ["--max-source", str(1 << 24)]
    if not keras:
        return [specc, "check", str(file), *limit]
    script = work / f"big{layers}.py"
    subprocess.run(
        [specc, "compile", str(file), "--emit", "python", "-o", str(script)], check=True, capture_output=True
    )
    # Building is the peer's work; printing its table is not. Keras recurses as deep as the network is.
    script.write_text(DEEP.format(code=script.read_text().replace(".summary()", "")))
    return [sys.executable, str(script)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--layers", type=int, default=30_000)
    parser.add_argument("--keras", type=int, default=30_000, help="layers that Keras builds: minutes a round")
    asked = parser.parse_args()
    specc = str(Path(sys.executable).with_name("specc"))
    ours = [10, asked.layers // 4, asked.layers // 2, asked.layers]
    theirs = [10, asked.keras]
    with tempfile.TemporaryDirectory() as work:
        commands = {("specc", n): prepared(specc, Path(work), n, False) for n in ours}
        commands |= {("keras", n): prepared(specc, Path(work), n, True) for n in theirs}
        times: dict[tuple[str, int], list[float]] = {key: [] for key in commands}
        seconds(commands["specc", 10], work)
        seconds(commands["keras", 10], work)
        for _ in range(asked.rounds):
            for key, command in commands.items():
                times[key].append(seconds(command, work))
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {asked.rounds} rounds")
    rates: dict[str, float] = {}
    for (name, count), found in times.items():
        median = statistics.median(found)
        took = median - statistics.median(times[name, 10])
        rates[name] = (count - 10) / took if took > 0 else 0.0
        shown = f"{rates[name]:>8,.0f} layers/s without its start" if count > 10 else ""
        print(f"{name} {count:>6,} layers: median {median:6.2f} s ({min(found):.2f}–{max(found):.2f}) {shown}")
    print(f"ratio: {rates['specc'] / rates['keras']:.0f}")


if __name__ == "__main__":
    main()
