"""Makes ``brackets.csv``: texts of brackets, half of them balanced, half with one bracket wrong.

Run: ``python make_brackets.py``.
"""

import csv
import random
from pathlib import Path

PAIRS = {"(": ")", "[": "]", "<": ">"}


def balanced(draw: random.Random, pairs: int) -> str:
    """A balanced text of ``pairs`` pairs of brackets."""
    text, open_ = "", []
    while pairs or open_:
        if pairs and (not open_ or draw.random() < 0.5):
            open_.append(draw.choice(list(PAIRS)))
            text += open_[-1]
            pairs -= 1
        else:
            text += PAIRS[open_.pop()]
    return text


def spoiled(draw: random.Random, text: str) -> str:
    """The text with one bracket replaced by another."""
    at = draw.randrange(len(text))
    return text[:at] + draw.choice([b for b in "()[]<>" if b != text[at]]) + text[at + 1 :]


def main() -> None:
    draw = random.Random(20)
    with (Path(__file__).parent / "brackets.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["text", "label"])
        seen: set[str] = set()  # no text comes twice, so that none can be in two splits
        while len(seen) < 2000:
            text = balanced(draw, draw.randint(1, 8))
            label = "balanced" if len(seen) % 2 else "unbalanced"
            text = text if label == "balanced" else spoiled(draw, text)
            if text not in seen:
                seen.add(text)
                writer.writerow([text, label])


if __name__ == "__main__":
    main()
