"""Colour at half the resolution."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._pixels import each, rounded
from pytest_robust.generators._random import Seeds
from pytest_robust.generators._rows import by_blocks
from pytest_robust.generators._sizes import refuse_images
from pytest_robust.generators._ycc import BT601, transformed

TO_RGB = np.linalg.inv(BT601).astype(np.float64)


@generator(
    kind="pipeline",
    risk="Frames from a video stream, which stores colour at half the resolution, for a model trained on full colour.",
)
@by_blocks
def chroma_subsampling(images: Images, *, severity: float, seeds: Seeds) -> Images:  # noqa: ARG001
    """4:2:0: Cb and Cr averaged over blocks of 2 x 2 pixels, and repeated, as fast decoders do. Y stays as it is.

    By the matrix of BT.601; rounded once, at the end, and clipped. Where a side is odd, the blocks at the right and
    lower edge are half as large. `images` (n, h, w, 3). Raises GenerationError for other channels.
    """
    refuse_images("chroma_subsampling", images, channels=(3,))

    def subsample(image: NDArray[Any]) -> NDArray[Any]:
        height, width = image.shape[:2]
        ycc = transformed(image, BT601)
        # An edge pixel that stands in the block twice leaves the mean of a cut block as it is.
        even = np.pad(ycc[..., 1:], ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
        coarse = (even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2]) / 4
        ycc[..., 1:] = coarse.repeat(2, axis=0).repeat(2, axis=1)[:height, :width]
        return rounded(transformed(ycc, TO_RGB))

    made: Images = each(images, subsample)
    return made
