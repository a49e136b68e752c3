"""Noise with the spectrum of photographs."""

from __future__ import annotations

import numpy as np
import scipy

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._pixels import rounded
from pytest_robust.generators._random import Seeds, row_generators

SPREAD = 48.0
"""Standard deviation in levels, about that of photographs; one value in 130 is cut."""


@generator(
    kind="outlier",
    truth="unfamiliar",
    risk="A feed that has the statistics of pictures and shows nothing: clouds, haze, a defocused or synthetic frame.",
)
def pink_noise(images: Images, *, severity: float, seeds: Seeds) -> Images:  # noqa: ARG001
    """Gaussian noise whose amplitude falls as 1 / f, f in cycles a pixel, as it does in photographs (Field 1987).

    Independent in every channel; mean 128, standard deviation 48 levels, rounded half up and cut at 0 and 255. `images`
    (n, h, w, c) of any size and number of channels; nothing of them is used but their shape.
    """
    height, width, channels = images.shape[1:]
    frequencies = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.fftfreq(width))
    gains = np.divide(1, frequencies, out=np.zeros_like(frequencies), where=frequencies > 0)
    gains *= SPREAD / max(float(np.sqrt(np.mean(gains**2))), 1e-12)  # of one pixel, no wave is left
    made = np.empty(images.shape, np.uint8)
    for rng, place in zip(row_generators(seeds), made, strict=True):
        waves = scipy.fft.rfft2(rng.standard_normal((channels, height, width))) * gains[:, : width // 2 + 1]
        place[...] = rounded(128 + scipy.fft.irfft2(waves, (height, width))).transpose(1, 2, 0)
    return made
