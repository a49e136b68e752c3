"""The constants of a corruption, and the rule for sizes that nobody published.

ImageNet-C and CIFAR-10-C (Hendrycks & Dietterich, ICLR 2019) give constants for images of 224 and of 32 pixels. The
side of an image is its shorter one. At 32 and 224 the published constants hold exactly; elsewhere

- a length in pixels (a radius, a sigma) is linear in the side between 32 and 224, and proportional to it outside;
- a strength (an amount of noise, a share, a quality) is linear in the logarithm of the side between 32 and 224,
  and constant outside.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from pytest_robust.carriers import Images
from pytest_robust.errors import GenerationError

LEVELS = (1, 2, 3, 4, 5)
SMALL, LARGE = 32, 224

Table = Sequence[float] | Sequence[Sequence[float]]


@dataclass(frozen=True)
class Severities:
    """The constants of one corruption: a number or a row of numbers for each of the five severities.

    `at_224` is `at_32` where absent. `lengths` are the places in a row of what is measured in pixels.

    >>> blur = Severities("blur", at_32=(0.4, 0.6, 0.7, 0.8, 1), at_224=(1, 2, 3, 4, 6), lengths=(0,))
    >>> [blur.of(np.zeros((1, side, side, 3), np.uint8), 3) for side in (16, 32, 224, 448)]
    [(0.35,), (0.7,), (3.0,), (6.0,)]
    """

    name: str
    at_32: Table
    at_224: Table | None = None
    lengths: tuple[int, ...] = ()
    channels: tuple[int, ...] = (1, 3)
    smallest: int = 1
    """The least side in pixels that the corruption can do."""

    def of(self, images: Images, severity: float) -> tuple[float, ...]:
        """The constants for images (n, h, w, c) of this size, at a severity.

        Raises GenerationError for a severity other than 1, 2, 3, 4, 5, for images that are too small, and for channels
        that the corruption cannot do.
        """
        if severity not in LEVELS:
            raise GenerationError(f"{self.name}: there is no severity {severity:g}; there are 1, 2, 3, 4 and 5")
        side = refuse_images(self.name, images, channels=self.channels, smallest=self.smallest)
        tables = (self.at_32, self.at_32 if self.at_224 is None else self.at_224)
        small, large = (np.reshape(table, (5, -1))[int(severity) - 1] for table in tables)
        return tuple(
            _length(side, *ends) if place in self.lengths else _strength(side, *ends)
            for place, ends in enumerate(zip(small, large, strict=True))
        )


def refuse_images(name: str, images: Images, *, channels: Collection[int] = (1, 3), smallest: int = 1) -> int:
    """The side of images (n, h, w, c). Raises GenerationError for other channels, and for a side under `smallest`."""
    height, width, found = images.shape[1:]
    if found not in channels:
        known = " or ".join({1: "grey (1 channel)", 3: "RGB (3 channels)"}[number] for number in channels)
        raise GenerationError(f"{name}: images have {found} channels; give {known}")
    side: int = min(height, width)
    if side < smallest:
        least = f"{smallest} x {smallest}"
        raise GenerationError(f"{name}: images are {width} x {height} pixels; it needs at least {least}")
    return side


def _length(side: int, small: float, large: float) -> float:
    nearest = min(max(side, SMALL), LARGE)
    return float(np.interp(nearest, (SMALL, LARGE), (small, large)) * side / nearest)


def _strength(side: int, small: float, large: float) -> float:
    return float(np.interp(np.log(side), np.log((SMALL, LARGE)), (small, large)))
