"""Scikit-learn's handwritten digits as 32x32 RGB images, and letters made the same way that are none of them.

The digits were made by scanning a form, binarising it at 32x32 pixels and counting the ink in every 4x4 block: 8x8
counts of 0 to 16. Letters go the same way here, from a font instead of a pen.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from sklearn.datasets import load_digits

from pytest_robust.carriers import Images
from pytest_robust.datasets import ArrayDataset, from_arrays

CLASSES = tuple("0123456789")
TRAINING_ROWS = 897
"""The rest, 900 rows, is for tests. The rows come form by form, so the test digits are mostly of other writers."""

LETTERS = "ACEFHJKMNPRTUVWXYdfhkmnprtuwx"
"""Left out: those that a reader may take for a digit (B D G I L O Q S Z, a b e g i j l o q s y z), and c and v,
which are C and V once they fill the box."""
VARIANTS = 20
"""So many drawings of each letter, no two alike."""

Counts = NDArray[np.int64]


def test() -> ArrayDataset:
    """The 900 digits that the network has never seen."""
    return digits(slice(TRAINING_ROWS, None))


def train() -> ArrayDataset:
    """The 897 digits that it was trained on."""
    return digits(slice(None, TRAINING_ROWS))


def letters() -> ArrayDataset:
    """580 letters, without labels: no answer of the network can be right."""
    drawn = [(f"{letter}-{variant:02d}", counts) for letter in LETTERS for variant, counts in enumerate(draw(letter))]
    return from_arrays(upscale(np.stack([counts for _, counts in drawn])), ids=[name for name, _ in drawn])


def digits(rows: slice) -> ArrayDataset:
    """Some of the 1,797 digits; the id of each is its row in scikit-learn's table."""
    found = load_digits()
    ids = [f"digits-{row:04d}" for row in range(len(found.target))]
    return from_arrays(upscale(found.images[rows].astype(np.int64)), found.target[rows], ids=ids[rows], classes=CLASSES)


def upscale(counts: Counts) -> Images:
    """Ink counts (n, 8, 8) of 0 to 16 as RGB images (n, 32, 32, 3), bilinearly.

    All weights are multiples of 1/8, so every product is exact and the pixels are the same on every machine.
    """
    centres = (np.arange(32) + 0.5) / 4 - 0.5
    weights = np.maximum(0, 1 - abs(np.clip(centres, 0, 7)[:, None] - np.arange(8)))
    grey = np.rint(weights @ counts @ weights.T * 255 / 16).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=3)


def draw(letter: str) -> Iterator[Counts]:
    """Ink counts (8, 8) of a letter's variants, which differ in pen, slant and width and fill the box as digits do."""
    font = ImageFont.load_default(96)  # a font that ships within Pillow
    rng = np.random.default_rng(ord(letter))
    for _ in range(VARIANTS):
        page = Image.new("L", (192, 192))
        pen = int(rng.integers(0, 6))
        ImageDraw.Draw(page).text((96, 96), letter, fill=255, font=font, anchor="mm", stroke_width=pen)
        tilted = page.rotate(rng.uniform(-15, 15), Image.Resampling.BICUBIC)
        glyph = tilted.crop(tilted.getbbox())
        width = min(32, round(rng.uniform(0.8, 1.1) * 32 * glyph.width / glyph.height))
        box = np.zeros((32, 32), dtype=np.int64)
        start = (32 - width) // 2
        box[:, start : start + width] = np.asarray(glyph.resize((width, 32), Image.Resampling.BOX)) > 127
        yield box.reshape(8, 4, 8, 4).sum(axis=(1, 3))
