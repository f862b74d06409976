"""Writes discs.npz: grey pictures of discs and squares on a noisy ground, and for each pixel what it shows.

python specs/data/make_discs.py
"""

from pathlib import Path

import numpy as np

SIZE, COUNT = 32, 210


def main() -> None:
    random = np.random.default_rng(11)
    rows, columns = np.mgrid[:SIZE, :SIZE]
    masks = np.zeros((COUNT, SIZE, SIZE), np.uint8)
    for mask in masks:
        for kind in (1, 2):
            y, x = random.integers(6, SIZE - 6, 2)
            radius = random.integers(3, 7)
            distances = (abs(rows - y), abs(columns - x))
            inside = np.hypot(*distances) <= radius if kind == 1 else np.maximum(*distances) < radius
            mask[inside] = kind
    noise = random.integers(0, 6, masks.shape)
    pictures = (np.where(masks > 0, 9, 2) + noise).astype(np.uint8) * 16
    np.savez_compressed(Path(__file__).with_name("discs.npz"), picture=pictures[..., np.newaxis], mask=masks)


if __name__ == "__main__":
    main()
