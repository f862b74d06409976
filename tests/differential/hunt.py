"""Hunts for networks on which specc and Keras differ; by hand, in ranges of seeds, side by side:

    python tests/differential/hunt.py --first 0 --count 5000 --out /tmp/hunt &
    python tests/differential/hunt.py --first 5000 --count 5000 --out /tmp/hunt &
    python tests/differential/hunt.py --table /tmp/hunt

A failure is written as ``SEED.model``, shrunk, with what differs above it. A range that was broken off goes on where
it was.
"""

import argparse
import json
import os
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

if __name__ == "__main__":
    here = Path(__file__).resolve().parent
    sys.path[:0] = [str(here), str(here.parent / "catalogue"), str(here.parent.parent)]
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from generated_cases import layers
from network_compare import Refused, compared
from network_draw import draw, operations
from network_shrink import kind_of, shrunk
from networks import Network

FORGET = 20
"""After how many networks Keras's memory of names is cleared."""


@dataclass
class Tally:
    """What a range of seeds came to."""

    networks: int = 0
    applications: int = 0
    refused: Counter[str] = field(default_factory=Counter[str])
    drawn: Counter[str] = field(default_factory=Counter[str])
    failures: dict[int, str] = field(default_factory=dict[int, str])

    def add(self, other: "Tally") -> None:
        self.networks += other.networks
        self.applications += other.applications
        self.refused += other.refused
        self.drawn += other.drawn
        self.failures |= other.failures

    def missing(self) -> list[str]:
        """The layers and operations that were never drawn."""
        return [name for name in [*layers(), *operations()] if not self.drawn[name]]

    def table(self) -> str:
        """How often each layer and each of its arguments was drawn, the rarest first."""
        lines = [f"{self.networks} networks, {self.applications} layers, {len(self.failures)} failures"]
        lines += [f"refused by a rule over the whole program: {dict(self.refused)}"] if self.refused else []
        for name in sorted([*layers(), *operations()], key=lambda n: self.drawn[n]):
            inner = {k.partition(".")[2]: v for k, v in self.drawn.items() if k.startswith(f"{name}.")}
            shown = ", ".join(f"{argument} {count}" for argument, count in sorted(inner.items()))
            lines.append(f"{self.drawn[name]:6} {name:28} {shown}")
        return "\n".join(lines)


def try_seed(seed: int, tally: Tally) -> str | None:
    """Compare the network of a seed; what to print where it fails."""
    network = draw(seed)
    tally.networks += 1
    tally.applications += network.count()
    tally.drawn += network.drawn()
    found = compared(network)
    if isinstance(found, Refused):
        tally.refused.update(found.codes)
        return None if found.codes <= EXPECTED else _told(seed, network, [f"specc refuses: {sorted(found.codes)}"])
    if not found:
        return None
    kind = kind_of(found[0])

    def fails(other: Network) -> bool:
        again = compared(other)
        return not isinstance(again, Refused) and any(kind_of(f) == kind for f in again)

    small = shrunk(network, found[0], fails)
    again = compared(small)
    return _told(seed, small, found[:5] if isinstance(again, Refused) else again[:5])


EXPECTED = frozenset({"E516"})
"""Rules over the whole program that a network may break though each layer is right: a softmax of one value."""


def _told(seed: int, network: Network, found: list[str]) -> str:
    return "".join(f"# {line}\n" for line in (f"seed {seed}", *found)) + network.text


def hunt(first: int, count: int, out: Path) -> Tally:
    """Try a range of seeds; failures and the tally are written to a folder, progress to standard output."""
    import keras

    keras.config.disable_traceback_filtering()
    out.mkdir(parents=True, exist_ok=True)
    record = out / f"tally-{first}-{count}.json"
    tally, begin = _resumed(record), time.monotonic()
    start = first + tally.networks
    for seed in range(start, first + count):
        (out / f"at-{first}").write_text(str(seed), encoding="utf-8")
        if told := try_seed(seed, tally):
            tally.failures[seed] = told
            (out / f"{seed}.model").write_text(told, encoding="utf-8")
        if seed % FORGET == 0:
            keras.backend.clear_session()
        if (seed + 1) % 100 == 0 or seed == first + count - 1:
            record.write_text(json.dumps(tally.__dict__), encoding="utf-8")
            each = (time.monotonic() - begin) / (seed - start + 1)
            print(f"{seed - first + 1} of {count}, {each:.2f} s each, {len(tally.failures)} failures", flush=True)
    return tally


def _resumed(record: Path) -> Tally:
    if not record.exists():
        return Tally()
    found = json.loads(record.read_text(encoding="utf-8"))
    failures = {int(seed): told for seed, told in found["failures"].items()}
    return Tally(found["networks"], found["applications"], Counter(found["refused"]), Counter(found["drawn"]), failures)


def together(out: Path) -> Tally:
    """The tallies of all ranges in a folder as one."""
    total = Tally()
    for record in sorted(out.glob("tally-*.json")):
        total.add(_resumed(record))
    return total


def main() -> int:
    parser = argparse.ArgumentParser(description="Hunt for networks on which specc and Keras differ.")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--count", type=int, default=1000, help="how many seeds")
    parser.add_argument("--out", type=Path, default=Path("hunt"), help="folder for failures and tallies")
    parser.add_argument("--table", type=Path, help="print what the ranges in this folder came to")
    given = parser.parse_args()
    tally = together(given.table) if given.table else hunt(given.first, given.count, given.out)
    print(tally.table())
    return 1 if tally.failures else 0


if __name__ == "__main__":
    sys.exit(main())
