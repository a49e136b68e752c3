"""The four noises: mean and variance by brightness, as their definitions say."""

from __future__ import annotations

import numpy as np
import pytest
from pictures import SOME, seeds

from pytest_robust.generators import registry

SCALES = {
    "gaussian_noise": {32: (0.04, 0.06, 0.08, 0.09, 0.10), 224: (0.08, 0.12, 0.18, 0.26, 0.38)},
    "speckle_noise": {32: (0.06, 0.1, 0.12, 0.16, 0.2), 224: (0.15, 0.2, 0.35, 0.45, 0.6)},
    "shot_noise": {32: (500, 250, 100, 75, 50), 224: (60, 25, 12, 5, 3)},
    "impulse_noise": {32: (0.01, 0.02, 0.03, 0.05, 0.07), 224: (0.03, 0.06, 0.09, 0.17, 0.27)},
}
CASES = [(side, severity) for side in (32, 224) for severity in SOME]


def noisy(name: str, side: int, severity: int, grey: int) -> np.ndarray:
    """About 200,000 values of a picture of one grey."""
    n = 64 if side == 32 else 2
    images = np.full((n, side, side, 3), grey, np.uint8)
    return registry.get(name)(images, severity=severity, seeds=seeds(n))


def truncated_moments(values: np.ndarray) -> tuple[float, float]:
    levels = np.floor(np.clip(values, 0, 1) * 255 + 1e-9)
    return levels.mean(), levels.std()


def assert_moments(made: np.ndarray, expected: tuple[float, float]) -> None:
    """Mean and standard deviation within five standard errors (a kurtosis up to 10 allowed for)."""
    error = max(expected[1], 0.5) / np.sqrt(made.size)
    assert abs(made.mean() - expected[0]) < 5 * error
    assert abs(made.std() - expected[1]) < 5 * error * 1.5


@pytest.mark.parametrize(("side", "severity"), CASES)
@pytest.mark.parametrize("grey", [20, 128, 240])
def test_gaussian_noise_adds_a_normal_number_of_the_published_deviation(side, severity, grey):
    scale = SCALES["gaussian_noise"][side][severity - 1]
    normal = np.random.default_rng(1).normal(0, scale, 2_000_000)
    assert_moments(noisy("gaussian_noise", side, severity, grey), truncated_moments(grey / 255 + normal))


@pytest.mark.parametrize(("side", "severity"), CASES)
@pytest.mark.parametrize("grey", [0, 60, 200])
def test_speckle_noise_grows_with_the_signal(side, severity, grey):
    scale = SCALES["speckle_noise"][side][severity - 1]
    normal = np.random.default_rng(1).normal(0, scale, 2_000_000)
    assert_moments(noisy("speckle_noise", side, severity, grey), truncated_moments(grey / 255 * (1 + normal)))


@pytest.mark.parametrize(("side", "severity"), CASES)
@pytest.mark.parametrize("grey", [0, 60, 200])
def test_shot_noise_counts_photons(side, severity, grey):
    photons = SCALES["shot_noise"][side][severity - 1]
    counts = np.random.default_rng(1).poisson(grey / 255 * photons, 2_000_000)
    made = noisy("shot_noise", side, severity, grey)
    assert_moments(made, truncated_moments(counts / photons))
    assert set(np.unique(made)) <= set(np.floor(np.clip(np.arange(3 * photons) / photons, 0, 1) * 255 + 1e-3))


@pytest.mark.parametrize(("side", "severity"), CASES)
def test_impulse_noise_hits_the_published_share_of_values_and_leaves_the_rest(side, severity):
    share = SCALES["impulse_noise"][side][severity - 1]
    made = noisy("impulse_noise", side, severity, 100)
    assert set(np.unique(made)) == {0, 100, 255}
    error = 5 * np.sqrt(share / made.size)
    assert abs((made == 0).mean() - share / 2) < error
    assert abs((made == 255).mean() - share / 2) < error
    hit = made != 100
    all_three = hit.all(axis=3).mean()
    assert abs(all_three - share**3) < 5 * np.sqrt(share**3 / hit[..., 0].size) + 1e-4, "channels are hit on their own"


@pytest.mark.parametrize("name", ["gaussian_noise", "speckle_noise"])
def test_values_are_independent_of_their_neighbours(name):
    noise = noisy(name, 32, 5, 128).astype(float) - 128
    for axis in (1, 2, 3):
        shifted = np.roll(noise, 1, axis=axis)
        assert abs(np.corrcoef(noise.ravel(), shifted.ravel())[0, 1]) < 0.012
