"""Field effects and pipelines through albumentations."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
from pictures import pictures, seeds

from pytest_robust.errors import GenerationError, OptionError
from pytest_robust.generators import registry
from pytest_robust.registry import check_options

PIPELINE = registry.get("albumentations")


def run(transforms, images=None):
    images = pictures(3, 32) if images is None else images
    options = check_options(PIPELINE.make, {"transforms": transforms}, given=PIPELINE.given)
    return PIPELINE(images, severity=0.0, seeds=seeds(len(images)), **options)


def test_a_pipeline_does_what_its_transforms_do():
    images = pictures(3, 32)
    made = run([{"HorizontalFlip": {"p": 1.0}}, {"InvertImg": {"p": 1.0}}], images)
    assert np.array_equal(made, 255 - images[:, :, ::-1])


def test_a_choice_takes_transforms_of_its_own_and_depends_on_the_row():
    images = np.repeat(pictures(1, 32), 40, axis=0)
    made = run(
        [{"OneOf": {"transforms": [{"HorizontalFlip": {"p": 1.0}}, {"VerticalFlip": {"p": 1.0}}], "p": 1.0}}], images
    )
    flips = {images[0, :, ::-1].tobytes(), images[0, ::-1].tobytes()}
    assert {row.tobytes() for row in made} == flips


@pytest.mark.parametrize(
    ("transforms", "message"),
    [
        (["RandomRian"], r"albumentations has no transform 'RandomRian'; did you mean 'RandomRain'"),
        (["Compost"], "did you mean 'Compose'"),
        (["os"], "albumentations has no transform 'os'"),
        ([{"RandomRain": {"rain_typ": "heavy"}}], r"RandomRain has no argument 'rain_typ'; did you mean 'rain_type'"),
        ([{"RandomRain": {"rain_type": "cats"}}], r"RandomRain refuses .*drizzle"),
        ([{"Blur": {}, "Flip": {}}], "is not one transform; write a name"),
    ],
)
def test_a_wrong_transform_is_named_with_what_would_be_right(transforms, message):
    with pytest.raises(OptionError, match=message):
        run(transforms)


@pytest.mark.parametrize("wrong", [[], "HorizontalFlip", [3], None])
def test_a_wrong_list_is_an_option_error(wrong):
    with pytest.raises(OptionError, match="transforms"):
        check_options(PIPELINE.make, {"transforms": wrong}, given=PIPELINE.given)


def test_transforms_are_asked_for():
    with pytest.raises(OptionError, match="transforms"):
        check_options(PIPELINE.make, {}, given=PIPELINE.given)


@pytest.mark.parametrize("transform", [{"Crop": {"x_max": 9, "y_max": 9, "p": 1.0}}, {"ToFloat": {"p": 1.0}}])
def test_a_transform_that_changes_shape_or_type_is_refused(transform):
    with pytest.raises(GenerationError, match=r"from uint8 of shape .*leave out"):
        run([transform])


def test_a_transform_that_fails_is_named():
    with pytest.raises(GenerationError, match=r"albumentations raised ValueError"):
        run([{"RandomRain": {"p": 1.0}}], pictures(1, 32, channels=1))


@pytest.mark.parametrize("name", ["rain", "sun_flare", "shadow", "iso_noise"])
def test_effects_leave_a_picture_recognisable_at_the_lowest_severity_and_not_empty_at_the_highest(name):
    images = pictures(16, 64)
    weak, strong = (registry.get(name)(images, severity=s, seeds=seeds(16)) for s in (1, 5))
    assert np.corrcoef(weak.ravel(), images.ravel())[0, 1] > 0.9
    assert np.corrcoef(strong.ravel(), images.ravel())[0, 1] > 0.2
    assert strong.std() > 10


def test_shadows_only_darken_and_flares_only_brighten():
    images = pictures(8, 48)
    assert (registry.get("shadow")(images, severity=5, seeds=seeds(8)) <= images).all()
    assert (registry.get("sun_flare")(images, severity=5, seeds=seeds(8)) >= images.astype(int) - 1).all()


def test_shadows_take_the_stated_share_of_the_light():
    images = np.full((20, 64, 64, 3), 200, np.uint8)
    made = registry.get("shadow")(images, severity=3, seeds=seeds(20))
    assert set(np.unique(made)) == {200, 100, 50}, "no shadow, one, and two on top of each other"


def test_the_network_is_not_asked_for_a_newer_version():
    """albumentations asks when it is imported, unless told not to."""
    program = (
        "import socket\n"
        "def refuse(*_): raise SystemExit('the network was asked')\n"
        "socket.getaddrinfo = refuse\n"
        "from pytest_robust.generators._effects import library\n"
        "assert library().Compose\n"
    )
    clean = {key: value for key, value in os.environ.items() if key != "NO_ALBUMENTATIONS_UPDATE"}
    subprocess.run([sys.executable, "-W", "error", "-c", program], check=True, env=clean)


def test_importing_all_generators_imports_no_heavy_library():
    program = (
        "import sys\n"
        "from pytest_robust.generators import registry\n"
        "registry.all()\n"
        "loaded = {'torch', 'cv2', 'PIL', 'albumentations'} & set(sys.modules)\n"
        "assert not loaded, loaded\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
