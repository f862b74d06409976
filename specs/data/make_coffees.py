"""Writes coffees.csv: orders of a coffee house, where what is paid follows from what was ordered. Run once; seed fixed."""

from __future__ import annotations

from pathlib import Path

import numpy as np

DRINKS = {"espresso": 2.2, "cappuccino": 3.4, "latte": 3.8, "filter": 2.6, "mocha": 4.1}
MILKS = {"none": 0.0, "cow": 0.2, "oat": 0.7, "soy": 0.5}
CITIES = {10115: 1.0, 20095: 1.1, 50667: 0.95, 80331: 1.25}

rng = np.random.default_rng(11)
rows = ["drink,milk,zip,shots,minutes,tip"]
for _ in range(900):
    drink, milk = rng.choice(list(DRINKS)), rng.choice(list(MILKS))
    code = int(rng.choice(list(CITIES)))
    shots, minutes = int(rng.integers(1, 4)), float(rng.gamma(3.0, 4.0))
    price = (DRINKS[drink] + MILKS[milk] + 0.6 * (shots - 1)) * CITIES[code]
    tip = 0.12 * price + (0.4 if minutes < 8 else 0.0) + rng.normal(0, 0.02)
    rows.append(f"{drink},{milk},{code},{shots},{minutes:.2f},{max(tip, 0):.3f}")
Path(__file__).with_name("coffees.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
