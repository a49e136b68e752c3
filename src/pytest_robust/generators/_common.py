"""What random chains are drawn from unless told otherwise: common effects, which any image of any size can have."""

from __future__ import annotations

from pytest_robust.generators._chain import Step
from pytest_robust.generators.brightness import brightness
from pytest_robust.generators.contrast import contrast
from pytest_robust.generators.defocus_blur import defocus_blur
from pytest_robust.generators.fog import fog
from pytest_robust.generators.gaussian_noise import gaussian_noise
from pytest_robust.generators.impulse_noise import impulse_noise
from pytest_robust.generators.jpeg_compression import jpeg_compression
from pytest_robust.generators.motion_blur import motion_blur
from pytest_robust.generators.pixelate import pixelate
from pytest_robust.generators.shot_noise import shot_noise
from pytest_robust.generators.snow import snow
from pytest_robust.generators.zoom_blur import zoom_blur

COMMON = [
    Step(generator)
    for generator in (
        brightness,
        contrast,
        defocus_blur,
        fog,
        gaussian_noise,
        impulse_noise,
        jpeg_compression,
        motion_blur,
        pixelate,
        shot_noise,
        snow,
        zoom_blur,
    )
]
