"""Preprocessing, as it is declared in the suite: from camera pixels to what the network was trained on.

Every step is a differentiable torch operation on float pixels, so that an attack goes through the very
computation that a prediction goes through. The order is fixed: resize, crop, channels, range, mean and
std, layout.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from pytest_robust.errors import ModelError, nearest

if TYPE_CHECKING:
    import torch

Scale = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Shift = Annotated[float, Field(allow_inf_nan=False)]


def one_or_many(value: Any) -> Any:
    """`0.5` is as good as `[0.5]`."""
    return value if isinstance(value, (list, tuple)) else [value]


def is_size(value: Any) -> Any:
    """Refuse what is no size, in words of ours: pydantic's own are about each member of the union."""
    sides = value if isinstance(value, (list, tuple)) and len(value) == 2 else [value]
    if all(isinstance(side, int) and not isinstance(side, bool) and side > 0 for side in sides):
        return value
    raise ValueError("a size is one number of pixels, `256`, or `[height, width]`")


Size = Annotated[int | tuple[int, int], BeforeValidator(is_size)]


class Preprocessing(BaseModel):
    """The keys of `preprocess:` under `model:`; call it to preprocess.

    Takes pixels (n, c, h, w) float in [0, 1]; keeps the graph. Raises ModelError where the images do not fit.

    >>> print(Preprocessing(resize=256, crop=224, mean=0.5, std=0.25))
    resize 256 (shorter side, bilinear), crop 224 x 224, range 0-1, mean 0.5, std 0.25, NCHW
    """

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    resize: Size | None = None
    """Pixels of the shorter side, keeping the aspect ratio, or `[height, width]`."""
    crop: Size | None = None
    """The centre of this size: one side of a square, or `[height, width]`."""
    mean: Annotated[tuple[Shift, ...], BeforeValidator(one_or_many), Field(min_length=1)] = (0.0,)
    """Subtracted: one number, or one a channel; in the unit of `range`."""
    std: Annotated[tuple[Scale, ...], BeforeValidator(one_or_many), Field(min_length=1)] = (1.0,)
    """Divided by, after `mean`: one number, or one a channel; in the unit of `range`."""
    range: Literal["0-1", "0-255", "-1-1"] = "0-1"
    """What the darkest and the brightest pixel become."""
    layout: Literal["NCHW", "NHWC"] = "NCHW"
    """Where the network expects the channels."""
    channels: Literal["rgb", "bgr", "gray"] = "rgb"
    """`rgb` is as the image comes; `gray` is 0.2989 R + 0.587 G + 0.114 B, as in torchvision."""
    interpolation: Literal["bilinear", "bicubic", "nearest"] = "bilinear"
    """How `resize` interpolates; bicubic is clipped to the range of a pixel, as in Pillow."""
    antialias: bool = True
    """Whether `resize` smooths before it shrinks, as Pillow and torchvision do and OpenCV does not."""

    @model_validator(mode="before")
    @classmethod
    def names_are_known(cls, value: Any) -> Any:
        """A key that is not known is answered with the nearest one."""
        known = sorted(cls.model_fields)
        for name in value if isinstance(value, dict) else ():
            if name not in known:
                raise ValueError(f"unknown key {name!r}; {nearest(str(name), known)}")
        return value

    @model_validator(mode="after")
    def scales_agree(self) -> Self:
        """A mean that no pixel can reach is one for pixels of another range: the commonest mistake of a pipeline."""
        furthest = max(self.mean, key=abs)
        if self.range != "0-255" and abs(furthest) > 1:
            raise ValueError(
                f"the mean {furthest:g} lies outside the range {self.range} of the pixels; "
                "write `range: 0-255`, or divide mean and std by 255"
            )
        return self

    def __call__(self, pixels: torch.Tensor) -> torch.Tensor:
        # A fixed memory layout: kernels may round differently for another one.
        made = self._colour(self._crop(self._resize(pixels.contiguous())))
        factor, offset = {"0-1": (1, 0), "0-255": (255, 0), "-1-1": (2, -1)}[self.range]
        made = made.clone() if factor == 1 else made * factor + offset  # a network may write into what it is given
        if (self.mean, self.std) != ((0.0,), (1.0,)):
            made = (made - self._per_channel("mean", made)) / self._per_channel("std", made)
        return made if self.layout == "NCHW" else made.permute(0, 2, 3, 1).contiguous()

    def __str__(self) -> str:
        steps = []
        if isinstance(self.resize, int):
            steps.append(f"resize {self.resize} (shorter side, {self.interpolation})")
        elif self.resize is not None:
            steps.append(f"resize {self.resize[0]} x {self.resize[1]} ({self.interpolation})")
        if self.crop is not None:
            steps.append("crop {} x {}".format(*pair(self.crop)))
        if self.channels != "rgb":
            steps.append(self.channels)
        steps.append(f"range {self.range}")
        if (self.mean, self.std) != ((0.0,), (1.0,)):
            steps += [f"{name} {' '.join(f'{v:g}' for v in getattr(self, name))}" for name in ("mean", "std")]
        return ", ".join([*steps, self.layout])

    def _resize(self, pixels: torch.Tensor) -> torch.Tensor:
        from torch.nn.functional import interpolate

        height, width = pixels.shape[-2:]
        size = self.resize
        if size is None:
            return pixels
        if isinstance(size, int):
            short, long = sorted((height, width))
            longer = int(size * long / short)
            size = (size, longer) if height <= width else (longer, size)
        if size == (height, width):
            return pixels
        if self.interpolation == "nearest":
            return interpolate(pixels, size, mode="nearest-exact")
        resized = interpolate(pixels, size, mode=self.interpolation, align_corners=False, antialias=self.antialias)
        return resized.clamp(0, 1) if self.interpolation == "bicubic" else resized

    def _crop(self, pixels: torch.Tensor) -> torch.Tensor:
        if self.crop is None:
            return pixels
        (height, width), (tall, wide) = pixels.shape[-2:], pair(self.crop)
        if tall > height or wide > width:
            raise ModelError(
                f"preprocess: cannot crop {tall} x {wide} from images of {height} x {width}; "
                "resize them first, or crop less"
            )
        top, left = round((height - tall) / 2), round((width - wide) / 2)
        return pixels[..., top : top + tall, left : left + wide]

    def _colour(self, pixels: torch.Tensor) -> torch.Tensor:
        if self.channels == "rgb" or (self.channels == "gray" and pixels.shape[1] == 1):
            return pixels
        if pixels.shape[1] != 3:
            raise ModelError(
                f"preprocess: channels: {self.channels} is made from 3 channels, the images have {pixels.shape[1]}; "
                "write channels: rgb to hand them on as they are"
            )
        if self.channels == "bgr":
            return pixels.flip(1)
        weights = pixels.new_tensor([0.2989, 0.587, 0.114]).reshape(1, 3, 1, 1)
        return (pixels * weights).sum(dim=1, keepdim=True)

    def _per_channel(self, name: Literal["mean", "std"], pixels: torch.Tensor) -> torch.Tensor:
        values = getattr(self, name)
        if len(values) not in (1, pixels.shape[1]):
            raise ModelError(
                f"preprocess: {name} has {len(values)} numbers for {pixels.shape[1]} channels; "
                "give one, or one a channel"
            )
        return pixels.new_tensor(values).reshape(1, -1, 1, 1)


def pair(size: int | tuple[int, int]) -> tuple[int, int]:
    """Height and width.

    >>> pair(224)
    (224, 224)
    """
    return (size, size) if isinstance(size, int) else size


AS_IT_COMES = Preprocessing()
