"""Colours drawn by rows."""

from __future__ import annotations

import numpy as np

from pytest_robust.carriers import Images
from pytest_robust.generators._random import Seeds, uniforms


def uniform_pictures(images: Images, seeds: Seeds) -> Images:
    """Pictures of the shape of `images`, each in one colour, uniform over all levels of each channel."""
    colours = (uniforms(seeds, (images.shape[3],)) * np.float32(256)).astype(np.uint8)
    return np.ascontiguousarray(np.broadcast_to(colours[:, None, None], images.shape))
