"""Makes ``coffees.csv``: orders of a coffee house, and the tip that follows from what was ordered and how long it took.

Run: ``python make_coffees.py``.
"""

import csv
import random
from pathlib import Path

DRINKS = {"espresso": 2.2, "cappuccino": 3.4, "latte": 3.8, "filter": 2.6, "mocha": 4.1}
MILKS = {"none": 0.0, "cow": 0.2, "oat": 0.7, "soy": 0.5}
CITIES = {10115: 1.0, 20095: 1.1, 50667: 0.95, 80331: 1.25}


def order(draw: random.Random) -> list[str | int]:
    """Drink, milk, zip code, shots, minutes of waiting, and the tip."""
    drink, milk, city = (draw.choice(list(kinds)) for kinds in (DRINKS, MILKS, CITIES))
    shots, minutes = draw.randint(1, 3), draw.gammavariate(3, 4)
    price = (DRINKS[drink] + MILKS[milk] + 0.6 * (shots - 1)) * CITIES[city]
    tip = 0.12 * price + (0.4 if minutes < 8 else 0.0) + draw.gauss(0, 0.02)
    return [drink, milk, city, shots, f"{minutes:.2f}", f"{max(tip, 0):.3f}"]


def main() -> None:
    """Write the file beside this script."""
    draw = random.Random(11)
    with Path(__file__).with_name("coffees.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["drink", "milk", "zip", "shots", "minutes", "tip"])
        rows.writerows(order(draw) for _ in range(900))


if __name__ == "__main__":
    main()
