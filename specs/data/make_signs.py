"""Writes signs/: small colour pictures of signs, a folder for each form.

python specs/data/make_signs.py
"""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

SIZE, COUNT, FINE = 32, 40, 4
CORNERS = {"triangle": 3, "diamond": 4, "round": 40}


def picture(random: np.random.Generator, corners: int) -> Image.Image:
    """One sign with a rim, somewhere on a ground of another colour; drawn large, so that its edges get smooth."""
    ground, rim, inside = (tuple(map(int, random.integers(0, 256, 3))) for _ in range(3))
    image = Image.new("RGB", (SIZE * FINE, SIZE * FINE), ground)
    center = random.uniform(0.4, 0.6, 2) * SIZE * FINE
    radius, turn = random.uniform(0.25, 0.38) * SIZE * FINE, random.uniform(-0.15, 0.15) - np.pi / 2
    angles = turn + 2 * np.pi * np.arange(corners) / corners
    for share, color in ((1.0, rim), (0.65, inside)):
        points = center + share * radius * np.stack([np.cos(angles), np.sin(angles)], axis=-1)
        ImageDraw.Draw(image).polygon([tuple(map(float, p)) for p in points], fill=color)
    return image.resize((SIZE, SIZE), Image.Resampling.BOX)


def main() -> None:
    random = np.random.default_rng(13)
    for name, corners in CORNERS.items():
        folder = Path(__file__).parent / "signs" / name
        folder.mkdir(parents=True, exist_ok=True)
        for number in range(COUNT):
            picture(random, corners).quantize(64).save(folder / f"{number:02}.png", optimize=True)


if __name__ == "__main__":
    main()
