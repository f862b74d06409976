"""Makes ``pendulum.csv``: computed periods of pendulums of a length, mass and first angle, with a little noise.

The period is T = 2π √(l/g) (1 + θ²/16 + 11 θ⁴/3072), the first terms of the exact series; mass plays no part.
Run: ``python make_pendulum.py``.
"""

import csv
import math
import random
from pathlib import Path


def main() -> None:
    draw = random.Random(4)
    with (Path(__file__).parent / "pendulum.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["length_m", "mass_kg", "angle_rad", "period_s"])
        for _ in range(600):
            length, mass, angle = draw.uniform(0.2, 3.0), draw.uniform(0.1, 2.0), draw.uniform(0.05, 1.5)
            period = 2 * math.pi * math.sqrt(length / 9.81) * (1 + angle**2 / 16 + 11 * angle**4 / 3072)
            writer.writerow([f"{length:.3f}", f"{mass:.3f}", f"{angle:.3f}", f"{period + draw.gauss(0, 0.01):.4f}"])


if __name__ == "__main__":
    main()
