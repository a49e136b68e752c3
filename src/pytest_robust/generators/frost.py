"""Frost, as in ImageNet-C and CIFAR-10-C, from pictures of your own."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np

from pytest_robust.carriers import Images
from pytest_robust.errors import GenerationError
from pytest_robust.generators import generator
from pytest_robust.generators._pixels import LUMA, WHOLE
from pytest_robust.generators._random import Seeds, uniforms
from pytest_robust.generators._rows import by_blocks
from pytest_robust.generators._sizes import LEVELS, Severities

SEVERITIES = Severities(
    "frost",
    at_32=((1, 0.2, 0.2), (1, 0.3, 0.2), (0.9, 0.4, 0.2), (0.85, 0.4, 0.2), (0.75, 0.45, 0.2)),
    at_224=((1, 0.4, 1), (0.8, 0.6, 1), (0.7, 0.7, 1), (0.65, 0.7, 1), (0.6, 0.75, 1)),
    lengths=(2,),
)  # share of the image, share of the frost, and scale of the frost's picture

ENDINGS = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff"})


@generator(
    kind="corruption",
    scale="severity",
    levels=LEVELS,
    risk="Frost on the window or the lens.",
)
@by_blocks
def frost(images: Images, *, severity: float, seeds: Seeds, folder: Path) -> Images:
    """a x + b frost, with a picture of frost out of a folder, cut at random. Hendrycks & Dietterich 2019.

    The authors' pictures of frost are of unknown origin, so that none come with this: `folder` holds yours, PNG or JPEG
    for instance. For images of 224 pixels they are taken as they are, for 32 scaled to a fifth, as published, and in
    proportion otherwise; a picture that does not cover the image is enlarged until it does. `ice` needs no pictures.
    `images` (n, h, w, 1 or 3). Raises GenerationError for a folder without readable pictures, for other channels and
    for severities other than 1 to 5.
    """
    share, strength, scale = SEVERITIES.of(images, severity)
    height, width, channels = images.shape[1:]
    found = scaled(folder, scale, height, width)
    made = np.empty(images.shape, np.uint8)
    for (chosen, down, right), image, row in zip(uniforms(seeds, (3,)).tolist(), images, made, strict=True):
        picture = found[int(chosen * len(found))]
        top = int(down * (picture.shape[0] - height + 1))
        left = int(right * (picture.shape[1] - width + 1))
        cut = picture[top : top + height, left : left + width].astype(np.float32)
        levels = image * np.float32(share) + np.float32(strength) * (cut if channels == 3 else (cut @ LUMA)[..., None])
        row[...] = np.minimum(levels + WHOLE, 255).astype(np.uint8)
    return made


@lru_cache(maxsize=8)
def scaled(folder: Path, scale: float, height: int, width: int) -> list[Images]:
    """The pictures in a folder, times a scale, or larger where they would not cover height x width."""
    import cv2

    made = []
    for picture in pictures(folder):
        factor = max(scale, height / picture.shape[0], width / picture.shape[1])
        size = max(round(picture.shape[1] * factor), width), max(round(picture.shape[0] * factor), height)
        made.append(np.asarray(cv2.resize(picture, size), dtype=np.uint8))
    return made


@lru_cache(maxsize=4)
def pictures(folder: Path) -> list[Images]:
    """The pictures (h, w, 3) in a folder, in the order of their names. Raises GenerationError."""
    from PIL import Image

    if not folder.is_dir():
        raise GenerationError(f"frost: {folder} is not a folder; give the folder in which your pictures of frost lie")
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in ENDINGS and path.name[0] != ".")
    if not paths:
        raise GenerationError(f"frost: {folder} holds no pictures; looked for {', '.join(sorted(ENDINGS))}")
    found = []
    for path in paths:
        try:
            with Image.open(path) as picture:
                found.append(np.asarray(picture.convert("RGB")))
        except Exception as error:
            raise GenerationError(f"frost: {path} is not a readable image ({error}); replace it") from error
    return found
