"""From a picture to pixels, the same for every reader of pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from pydantic import Field

from pytest_robust.carriers import Images
from pytest_robust.errors import DataError

if TYPE_CHECKING:
    from PIL import Image

Channels = Literal["rgb", "gray"]
Size = tuple[Annotated[int, Field(gt=0)], Annotated[int, Field(gt=0)]]
"""Height and width."""

GRAY = ("L", "1", "LA")
EIGHT_BIT = (*GRAY, "P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr", "HSV", "LAB")


def check_mode(mode: str, name: str) -> None:
    """Raise DataError, naming the picture, unless it has 8 bits a channel."""
    if mode not in EIGHT_BIT:
        raise DataError(f"{name} has pixels of mode {mode}, not 8 bits a channel; convert it first")


def to_pixels(picture: Image.Image, channels: Channels, size: Size | None) -> Images:
    """A picture as (h, w, c) uint8, transparency dropped; resized, bilinear and smoothed, where a size is given."""
    from PIL import Image

    if "transparency" in picture.info:  # Pillow warns unless it is made a channel first
        picture = picture.convert("RGBA")
    picture = picture.convert("RGB" if channels == "rgb" else "L")
    if size is not None and picture.size != size[::-1]:
        picture = picture.resize(size[::-1], Image.Resampling.BILINEAR)
    return np.asarray(picture).reshape(picture.height, picture.width, -1)


def check_sizes(first: tuple[str, tuple[int, int]], other: tuple[str, tuple[int, int]]) -> None:
    """Raise DataError, naming both, for two pictures of different (width, height)."""
    if first[1] != other[1]:
        told = " and ".join(f"{name} is {height} x {width}" for name, (width, height) in (first, other))
        raise DataError(f"images differ in size: {told}; write `size: [height, width]` to resize them all")
