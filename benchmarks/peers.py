"""What `corruptions.py` compares with: other libraries, and plain vectorised versions, of the same published formulas.

Each maker takes the images (n, h, w, 3) uint8 and the constants of the corruption, and returns a function without
arguments that makes all results, uint8 of the same shape. A library is listed only where it computes the formula. The
plain versions are what one would write in ten lines: a float batch in torch where all rows can be done at once, else a
loop over images with OpenCV or PIL. None seeds its rows, which is a part of what ours does.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import numpy as np

Make = Callable[[], Any]
Maker = Callable[..., Make]
PEERS: dict[str, dict[str, Maker]] = {}
"""Corruption -> name of the peer -> its maker."""


def peer(corruption: str, name: str) -> Callable[[Maker], Maker]:
    """List a maker. Raising ImportError when called means that the peer is not installed."""

    def listed(maker: Maker) -> Maker:
        PEERS.setdefault(corruption, {})[name] = maker
        return maker

    return listed


def each(images: np.ndarray, function: Callable[[np.ndarray], np.ndarray]) -> Make:
    return lambda: np.stack([function(image) for image in images])


def levels(image: np.ndarray) -> np.ndarray:
    """From [0, 1] to uint8, truncated as published."""
    return (np.clip(image, 0, 1) * 255).astype(np.uint8)


def transformed(images: np.ndarray, name: str, **options: Any) -> Make:
    """A transform of albumentations on each image."""
    import albumentations

    transform = albumentations.Compose([getattr(albumentations, name)(p=1.0, **options)])
    return each(images, lambda image: transform(image=image)["image"])


def floats(images: np.ndarray) -> Any:
    import torch

    return torch.from_numpy(images).float() / 255


def pixels(batch: Any) -> np.ndarray:
    """A float tensor as truncated uint8."""
    import torch

    return batch.clamp(0, 1).mul(255).to(torch.uint8).numpy()


@peer("gaussian_noise", "plain")
def _(images: np.ndarray, scale: float) -> Make:
    import torch

    return lambda: pixels(floats(images) + scale * torch.randn(images.shape))


@peer("gaussian_noise", "albumentations")
def _(images: np.ndarray, scale: float) -> Make:
    return transformed(images, "GaussNoise", std_range=(scale, scale))


@peer("gaussian_noise", "torchvision")
def _(images: np.ndarray, scale: float) -> Make:
    from torchvision.transforms import v2

    noise = v2.GaussianNoise(sigma=scale)
    return lambda: pixels(noise(floats(images)))


def streak(radius: float, sigma: float, degrees: float) -> tuple[np.ndarray, tuple[int, int]]:
    steps = np.arange(2 * int(radius) + 1)
    weights = np.exp(-(steps**2) / (2 * sigma**2))
    x, y = (np.ceil(steps * f(np.radians(degrees)) - 0.5).astype(int) for f in (np.cos, np.sin))
    kernel = np.zeros((np.ptp(y) + 1, np.ptp(x) + 1), np.float32)
    kernel[y - y.min(), x - x.min()] = weights / weights.sum()
    return kernel, (int(-x.min()), int(-y.min()))


def streaked(image: np.ndarray, radius: float, sigma: float, degrees: float) -> np.ndarray:
    import cv2

    kernel, anchor = streak(radius, sigma, degrees)
    return cv2.filter2D(image, -1, kernel, anchor=anchor, borderType=cv2.BORDER_REPLICATE)


@peer("motion_blur", "plain")
def _(images: np.ndarray, radius: float, sigma: float) -> Make:
    rng = np.random.default_rng()
    return each(images, lambda image: streaked(image, radius, sigma, rng.uniform(-45, 45)))


@peer("defocus_blur", "plain")
def _(images: np.ndarray, radius: float, alias: float) -> Make:
    import cv2

    places = np.arange(-8, 9)
    inside = (places[:, None] ** 2 + places**2 <= radius**2).astype(np.float32)
    kernel = cv2.GaussianBlur(inside / inside.sum(), (3, 3), alias)
    return each(images, lambda image: levels(cv2.filter2D(np.float32(image) / 255, -1, kernel)))


@peer("defocus_blur", "albumentations")
def _(images: np.ndarray, radius: float, alias: float) -> Make:
    if radius < 1:
        raise NotImplementedError("a radius of whole pixels only")
    return transformed(images, "Defocus", radius=(int(radius), int(radius)), alias_blur=(alias, alias))


@peer("fog", "plain")
def _(images: np.ndarray, amount: float, decay: float) -> Make:
    rng = np.random.default_rng()
    n, height, width, _ = images.shape
    side = 1 << (max(height, width) - 1).bit_length()

    def plasma() -> np.ndarray:
        grid, wobble = np.zeros((n, 1, 1), np.float32), 100.0
        while grid.shape[1] < side:
            half = grid.shape[1]
            noise = wobble**2 * (rng.random((3, n, half, half), dtype=np.float32) * 2 - 1)
            below, right = np.roll(grid, -1, 1), np.roll(grid, -1, 2)
            centre = (grid + below + right + np.roll(below, -1, 2)) / 4 + noise[0]
            finer = np.empty((n, 2 * half, 2 * half), np.float32)
            finer[:, ::2, ::2], finer[:, 1::2, 1::2] = grid, centre
            finer[:, ::2, 1::2] = (centre + np.roll(centre, 1, 1) + grid + right) / 4 + noise[1]
            finer[:, 1::2, ::2] = (centre + np.roll(centre, 1, 2) + grid + below) / 4 + noise[2]
            grid, wobble = finer, wobble / decay
        grid -= grid.min(axis=(1, 2), keepdims=True)
        return grid / grid.max(axis=(1, 2), keepdims=True)

    def fog() -> np.ndarray:
        x = images / np.float32(255)
        top = x.max(axis=(1, 2, 3), keepdims=True)
        return levels((x + amount * plasma()[:, :height, :width, None]) * top / (top + np.float32(amount)))

    return fog


@peer("snow", "plain")
def _(images: np.ndarray, *constants: float) -> Make:
    import cv2

    mean, deviation, size, threshold, radius, sigma, weight = constants
    rng = np.random.default_rng()

    def snow(image: np.ndarray) -> np.ndarray:
        layer = rng.normal(mean, deviation, image.shape[:2]).astype(np.float32)
        layer = zoomed(layer, size)
        layer[layer < threshold] = 0
        flakes = streaked(levels(layer), radius, sigma, rng.uniform(-135, -45))[..., None] / np.float32(255)
        x = np.float32(image) / 255
        grey = cv2.cvtColor(x, cv2.COLOR_RGB2GRAY)[..., None]
        x = weight * x + (1 - weight) * np.maximum(x, grey * 1.5 + 0.5)
        return levels(x + flakes + np.rot90(flakes, 2))

    return each(images, snow)


@peer("jpeg_compression", "PIL")
def _(images: np.ndarray, quality: float) -> Make:
    from PIL import Image

    def compressed(image: np.ndarray) -> np.ndarray:
        file = BytesIO()
        Image.fromarray(image).save(file, "JPEG", quality=round(quality))
        return np.asarray(Image.open(file))

    return each(images, compressed)


@peer("jpeg_compression", "albumentations")
def _(images: np.ndarray, quality: float) -> Make:
    # It takes RGB for BGR: turned around, it computes the same.
    swapped = np.ascontiguousarray(images[..., ::-1])
    made = transformed(swapped, "ImageCompression", quality_range=(round(quality), round(quality)))
    return lambda: made()[..., ::-1]


@peer("jpeg_compression", "torchvision")
def _(images: np.ndarray, quality: float) -> Make:
    import torch
    from torchvision.transforms import v2

    jpeg = v2.JPEG((round(quality), round(quality)))
    return lambda: jpeg(torch.from_numpy(images).permute(0, 3, 1, 2)).permute(0, 2, 3, 1).numpy()


@peer("elastic_transform", "plain")
def _(images: np.ndarray, amplitude: float, sigma: float, jitter: float) -> Make:
    import cv2

    rng = np.random.default_rng()
    height, width = images.shape[1:3]
    centre, arm = np.float32([width // 2, height // 2]), min(height, width) // 3
    corners = np.float32([centre + arm, centre + np.array([arm, -arm]), centre - arm])
    grid_y, grid_x = np.indices((height, width), dtype=np.float32)
    reach = 2 * int(3 * sigma + 0.5) + 1

    def elastic(image: np.ndarray) -> np.ndarray:
        affine = cv2.getAffineTransform(corners, corners + rng.uniform(-jitter, jitter, (3, 2)).astype(np.float32))
        x = cv2.warpAffine(np.float32(image) / 255, affine, (width, height), borderMode=cv2.BORDER_REFLECT_101)
        fields = rng.random((2, height, width), dtype=np.float32) * 2 - 1
        dy, dx = (amplitude * cv2.GaussianBlur(f, (reach, reach), sigma, borderType=cv2.BORDER_REFLECT) for f in fields)
        return levels(cv2.remap(x, grid_x + dx, grid_y + dy, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT))

    return each(images, elastic)


def zoomed(image: np.ndarray, factor: float) -> np.ndarray:
    import cv2

    side = len(image)
    kept = int(np.ceil(side / factor))
    stretched = round(kept * factor)
    step = (kept - 1) / (stretched - 1)
    start = (side - kept) // 2 + (stretched - side) // 2 * step
    matrix = np.array([[step, 0, start], [0, step, start]])
    return cv2.warpAffine(image, matrix, (side, side), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)


@peer("zoom_blur", "plain")
def _(images: np.ndarray, end: float, step: float) -> Make:
    factors = np.arange(1, end, step)

    def smeared(image: np.ndarray) -> np.ndarray:
        x = np.float32(image) / 255
        return levels((x + sum(zoomed(x, factor) for factor in factors)) / (len(factors) + 1))

    return each(images, smeared)


@peer("zoom_blur", "albumentations")
def _(images: np.ndarray, end: float, step: float) -> Make:
    return transformed(images, "ZoomBlur", max_factor=(end, end), step_factor=(step, step))


@peer("contrast", "plain")
def _(images: np.ndarray, factor: float) -> Make:
    def contrast() -> np.ndarray:
        x = floats(images)
        mean = x.mean(dim=(1, 2), keepdim=True)
        return pixels((x - mean) * factor + mean)

    return contrast


@peer("brightness", "plain")
def _(images: np.ndarray, rise: float) -> Make:
    def brightness() -> np.ndarray:
        x = floats(images)
        value = x.amax(dim=3, keepdim=True)
        brighter = (value + rise).clamp_max(1)
        return pixels(x.where(value > 0, 1.0) * brighter / value.where(value > 0, 1.0))

    return brightness


@peer("brightness", "albumentations")
def _(images: np.ndarray, rise: float) -> Make:
    shift = (255 * rise, 255 * rise)
    return transformed(
        images, "HueSaturationValue", hue_shift_limit=(0, 0), sat_shift_limit=(0, 0), val_shift_limit=shift
    )


@peer("pixelate", "PIL")
def _(images: np.ndarray, share: float) -> Make:
    from PIL import Image

    height, width = images.shape[1:3]
    small, box = (int(width * share), int(height * share)), Image.Resampling.BOX
    return each(
        images, lambda image: np.asarray(Image.fromarray(image).resize(small, box).resize((width, height), box))
    )


def _imagecorruptions(name: str) -> Maker:
    def maker(images: np.ndarray, *_: float) -> Make:
        # It was written for the packages of 2020. Two names are gone since: a type, and a module that it finds its
        # pictures of frost with, which is not asked for here.
        np.float_ = np.float64  # type: ignore[attr-defined]
        sys.modules.setdefault("pkg_resources", SimpleNamespace(resource_filename=None))  # type: ignore[arg-type]
        from imagecorruptions import corrupt

        return each(images, lambda image: corrupt(image, severity=3, corruption_name=name))

    return maker


for _name in list(PEERS):
    peer(_name, "imagecorruptions")(_imagecorruptions(_name))
