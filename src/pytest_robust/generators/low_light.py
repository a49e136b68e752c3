"""Too little light, and the noise that comes with it."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import scipy

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._inversion import Inversion, inversion
from pytest_robust.generators._light import decoded
from pytest_robust.generators._random import Seeds
from pytest_robust.generators._rows import by_blocks
from pytest_robust.generators._sizes import LEVELS, Severities

READ_NOISE = 2.0
"""Electrons, of an ordinary CMOS sensor."""

SEVERITIES = Severities(
    "low_light",
    at_32=((1, 800), (1.5, 400), (2, 200), (2.5, 100), (3, 50)),
    at_224=((1, 400), (1.5, 160), (2, 70), (2.5, 35), (3, 20)),
)  # stops by which the picture is darker, and electrons that white makes in a pixel


@generator(
    kind="field",
    scale="severity",
    levels=LEVELS,
    risk="Dusk, night and unlit rooms: a dark picture made of few photons, whatever the gain.",
)
@by_blocks
def low_light(images: Images, *, severity: float, seeds: Seeds) -> Images:
    """encode(2^-stops (Poisson(E decode(x)) + N(0, r)) / E): few electrons, read out, and shown too dark.

    Computed in the linear light of sRGB and rounded to 8 bits. E electrons stand for white; the read noise r is 2
    electrons. Each value has its own noise; a small picture has less, being an average of many pixels of a sensor.
    `images` (n, h, w, 1 or 3). Raises GenerationError for other channels and for severities other than 1 to 5.
    """
    stops, electrons = SEVERITIES.of(images, severity)
    return exposed(stops, electrons).draw_each(seeds, images).astype(np.uint8)


@lru_cache(maxsize=8)
def exposed(stops: float, electrons: float) -> Inversion:
    """The distribution of the level that is shown of each level."""
    # A level is shown, or a lower one, where the electrons stay under what leads to the next level, rounded.
    ends = decoded((np.arange(256) + 0.5) / 255) * 2**stops * electrons
    most = int(electrons + 10 * electrons**0.5) + 20
    counts = np.arange(most + 1)
    photons = np.diff(scipy.special.pdtr(counts, decoded(np.arange(256) / 255)[:, None] * electrons), prepend=0)
    chances = photons @ scipy.special.ndtr((ends - counts[:, None]) / READ_NOISE)
    chances[:, -1] = 1
    return inversion(np.arange(256, dtype=np.int16), np.minimum(chances, 1), bits=12)
