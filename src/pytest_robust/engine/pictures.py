"""Small pictures for the record: WebP as `data:` addresses, of a bounded size."""

from __future__ import annotations

import base64
import importlib.util
import io
from collections.abc import Sequence

import numpy as np

from pytest_robust.carriers import Images

LONGEST = 12_000
"""Characters of an address."""
LARGEST_SIDE = 96
"""Pixels."""
QUALITIES = (90, 75, 60, 45, 30, 15)
AMPLIFIED = 10


def can_draw() -> bool:
    """Whether Pillow is installed. Nothing is imported."""
    return importlib.util.find_spec("PIL") is not None


def data_uri(
    image: Images,
    *,
    side: int = LARGEST_SIDE,
    longest: int = LONGEST,
    qualities: Sequence[int | None] = (None, *QUALITIES),
) -> str | None:
    """An image (h, w, c) uint8 as `data:image/webp;base64,...`; None where it has neither 1, 3 nor 4 channels.

    The first of `qualities` that fits, None for lossless; at most `side` pixels and `longest` characters.
    """
    from PIL import Image

    if image.shape[-1] not in (1, 3, 4):
        return None
    pixels = np.repeat(image, 3, axis=-1) if image.shape[-1] == 1 else image
    picture = Image.fromarray(np.ascontiguousarray(pixels))
    picture.thumbnail((side, side))
    while True:
        for quality in qualities:
            buffer = io.BytesIO()
            picture.save(buffer, "WEBP", lossless=quality is None, quality=quality or 100)
            written = "data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode()
            if len(written) <= longest:
                return written
        picture = picture.resize((max(1, picture.width // 2), max(1, picture.height // 2)))


def difference(original: Images, perturbed: Images) -> Images:
    """128 + 10 x (perturbed - original), clipped to 0-255.

    >>> difference(np.uint8([[[100]]]), np.uint8([[[103]]])).item()
    158
    """
    change = perturbed.astype(np.int16) - original.astype(np.int16)
    return np.clip(128 + AMPLIFIED * change, 0, 255).astype(np.uint8)
