"""Writes sums.npz: sums such as ``07+45=52`` as numbers of their characters, and the character that follows each.

python specs/data/make_sums.py
"""

from pathlib import Path

import numpy as np

CHARACTERS = "0123456789+="


def main() -> None:
    random = np.random.default_rng(5)
    pairs = random.permutation([(a, b) for a in range(50) for b in range(50)])
    texts = [f"{a:02}+{b:02}={a + b:02}" for a, b in pairs]
    numbers = np.array([[CHARACTERS.index(c) for c in text] for text in texts], np.int32)
    target = Path(__file__).with_name("sums.npz")
    np.savez_compressed(target, tokens=numbers[:, :-1].astype(np.uint8), following=numbers[:, 1:].astype(np.uint8))


if __name__ == "__main__":
    main()
