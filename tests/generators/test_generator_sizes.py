"""The rule for sizes that nobody published."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_robust.generators import registry
from pytest_robust.generators._sizes import Severities

RULED = Severities(
    "ruled",
    at_32=((0.1, 1), (0.2, 2), (0.3, 3), (0.4, 4), (0.5, 5)),
    at_224=((0.5, 2), (0.6, 4), (0.7, 6), (0.8, 8), (0.9, 10)),
    lengths=(1,),
)


def at(side: int, severity: int = 1, other: int = 0) -> tuple[float, ...]:
    return RULED.of(np.zeros((1, side, side + other, 3), np.uint8), severity)


def published() -> list[Severities]:
    modules = [__import__(member.make.__module__, fromlist=["SEVERITIES"]) for member in registry.all()]
    return [module.SEVERITIES for module in modules if hasattr(module, "SEVERITIES")]


@pytest.mark.parametrize("table", published(), ids=lambda table: table.name)
@pytest.mark.parametrize("side", [32, 224])
def test_published_sizes_have_the_published_constants_to_the_bit(table, side):
    rows = table.at_32 if side == 32 or table.at_224 is None else table.at_224
    images = np.zeros((1, side, side, 3), np.uint8)
    for severity in (1, 2, 3, 4, 5):
        assert table.of(images, severity) == tuple(np.ravel(rows[severity - 1]).astype(float))


def test_the_shorter_side_decides():
    assert at(32, other=500) == at(32)


@given(st.integers(1, 31))
def test_below_32_a_length_shrinks_with_the_side_and_a_strength_stays(side):
    assert at(side, 3) == pytest.approx((0.3, 3 * side / 32))


@given(st.integers(225, 5000))
def test_above_224_a_length_grows_with_the_side_and_a_strength_stays(side):
    assert at(side, 3) == pytest.approx((0.7, 6 * side / 224))


@given(st.integers(32, 223))
def test_in_between_both_go_from_one_to_the_other(side):
    (strength, length), (strength_next, length_next) = at(side), at(side + 1)
    assert 0.1 <= strength < strength_next <= 0.5
    assert length == pytest.approx(1 + (side - 32) / 192)
    assert length_next - length == pytest.approx(1 / 192)


def test_a_strength_is_half_way_at_the_geometric_mean():
    assert at(85)[0] == pytest.approx(0.3, abs=0.002)


@given(st.integers(1, 1000), st.integers(1, 4))
def test_a_higher_severity_stays_higher_at_every_size(side, severity):
    assert all(low < high for low, high in zip(at(side, severity), at(side, severity + 1), strict=True))


@pytest.mark.parametrize(
    ("name", "authors"),
    [("gaussian_noise", 0.12), ("speckle_noise", 0.25), ("impulse_noise", 0.05), ("jpeg_compression", 50)],
)
def test_at_64_pixels_the_rule_comes_near_the_constants_that_the_authors_chose_there(name, authors):
    """Tiny-ImageNet-C, severity 3: the constants of 32 and 224 pixels are up to a factor of 3 away."""
    table = next(table for table in published() if table.name == name)
    assert table.of(np.zeros((1, 64, 64, 3), np.uint8), 3)[0] == pytest.approx(authors, rel=0.25)
