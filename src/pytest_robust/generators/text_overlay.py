"""Text in the picture."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._pixels import rounded, unit
from pytest_robust.generators._random import Seeds, row_generators
from pytest_robust.generators._sizes import LEVELS, Severities

SEVERITIES = Severities("text_overlay", (0.3, 0.45, 0.6, 0.8, 1))  # width of the text as a share of the picture's

HEIGHT, OUTLINE = 48, 4
"""Of letters as they are drawn, and how far the black reaches around them, in pixels."""


def printable(text: str) -> str:
    """`text`, if the font has its characters; raises ValueError."""
    if all(line.isascii() and line.isprintable() for line in text.split("\n")):
        return text
    raise ValueError(f"the font has no other characters than those of ASCII; {text!r} has some")


@generator(
    kind="field",
    scale="severity",
    levels=LEVELS,
    risk="A camera's time stamp, a watermark or a caption across the picture.",
)
def text_overlay(
    images: Images, *, severity: float, seeds: Seeds, text: Annotated[str, AfterValidator(printable)] = ""
) -> Images:
    """White text with a black outline in a corner: a share s of the picture's width, but not taller than the picture.

    Without `text` it is a date and below it a time, of a camera's clock; these and the corner depend on the row's seed.
    The font is the one within Pillow, drawn large and reduced. `images` (n, h, w, 1 or 3). Raises GenerationError for
    other channels and for severities other than 1 to 5.
    """
    import cv2

    (share,) = SEVERITIES.of(images, severity)
    height, width = images.shape[1:3]
    made = np.array(images, order="C")
    for rng, image in zip(row_generators(seeds), made, strict=True):
        second = np.datetime64("2020-01-01T00:00:00") + rng.integers(10 * 365 * 24 * 3600)
        letters = drawn(text or str(second).replace("T", "\n"))
        reduction = min(share * width / letters.shape[1], height / letters.shape[0])
        size = max(int(letters.shape[1] * reduction), 1), max(int(letters.shape[0] * reduction), 1)
        ink, cover = np.moveaxis(cv2.resize(letters, size, interpolation=cv2.INTER_AREA), 2, 0)[..., None]
        right, low = rng.integers(0, 2, 2) * (width - size[0], height - size[1])
        place = image[low : low + size[1], right : right + size[0]]
        place[...] = rounded(255 * ink + (1 - cover) * place)
    return made


@lru_cache(maxsize=64)
def drawn(text: str) -> NDArray[np.float32]:
    """Lines of text, shape (h, w, 2): where there is white, and where there is white or black, from 0 to 1."""
    import cv2
    from PIL import Image, ImageDraw

    font = builtin_font()
    ruler = ImageDraw.Draw(Image.new("L", (1, 1)))
    left, top, right, bottom = ruler.multiline_textbbox((0, 0), text, font=font)
    page = Image.new("L", (math.ceil(right - left) + 2 * OUTLINE, math.ceil(bottom - top) + 2 * OUTLINE))
    ImageDraw.Draw(page).multiline_text((OUTLINE - left, OUTLINE - top), text, fill=255, font=font)
    ink = np.asarray(page)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * OUTLINE + 1, 2 * OUTLINE + 1))
    return unit(np.stack([ink, cv2.dilate(ink, disc)], axis=2))


@lru_cache(maxsize=1)
def builtin_font() -> Any:
    """The font within Pillow; reading it takes longer than drawing with it."""
    from PIL import ImageFont

    return ImageFont.load_default(HEIGHT)
