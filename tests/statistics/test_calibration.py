"""Calibration figures against their definitions and against perfectly calibrated models."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import binom

from pytest_robust.statistics.calibration import (
    EDGES,
    bin_of,
    calibration_error,
    equal_mass_edges,
    reliability,
    risk_coverage,
)

answers = st.integers(1, 60).flatmap(
    lambda n: st.tuples(
        arrays(np.float64, n, elements=st.one_of(st.sampled_from([0.0, 0.5, 0.9, 1.0]), st.floats(0, 1))),
        arrays(np.bool_, n),
    )
)


def calibrated(seed: int, n: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    confidence = rng.beta(5, 1, n)
    return confidence, rng.random(n) < confidence


@given(answers)
@settings(deadline=None)
def test_plug_in_is_the_sum_over_bins(drawn) -> None:
    confidence, correct = drawn
    expected = 0.0
    for number in range(15):
        low, high = EDGES[number], EDGES[number + 1]
        rows = [i for i, c in enumerate(confidence) if low < c <= high or (number == 0 and c == 0)]
        if rows:
            expected += abs(sum(float(correct[i]) - confidence[i] for i in rows)) / len(confidence)
    plug_in, debiased = calibration_error(confidence, correct)
    assert plug_in == pytest.approx(expected, abs=1e-12)
    assert 0 <= debiased <= plug_in + 1e-12 <= 1 + 2e-12


@pytest.mark.parametrize("n", [200, 1000, 10000])
def test_debiasing_takes_off_part_of_what_noise_adds_to_a_perfectly_calibrated_model(n: int) -> None:
    found = np.array([calibration_error(*calibrated(seed, n)) for seed in range(60)]).mean(axis=0)
    confidence, _ = calibrated(99, 200_000)
    place = bin_of(confidence)
    noise = sum(
        np.sqrt((place == b).mean() * (confidence * (1 - confidence))[place == b].mean() * 2 / np.pi / n)
        for b in np.unique(place)
    )
    assert found[0] == pytest.approx(noise, rel=0.1)
    assert 0.4 * found[0] < found[1] < 0.7 * found[0]


@pytest.mark.parametrize(("n", "reference"), [(200, 0.039), (1000, 0.018), (10000, 0.005)])
def test_a_perfectly_calibrated_model_that_is_right_nine_times_in_ten_shows_the_reference_error(
    n: int, reference: float
) -> None:
    """The published figures hold for confidences of mean .91; where they spread more, the plug-in is biased more."""
    found = []
    for seed in range(100 if n < 10000 else 30):
        rng = np.random.default_rng(seed)
        confidence = rng.beta(10, 1, n)
        found.append(calibration_error(confidence, rng.random(n) < confidence)[0])
    assert np.mean(found) == pytest.approx(reference, abs=0.0015)


@pytest.mark.parametrize(("edge", "number"), [(0.0, 0), (1e-12, 0), (1.0, 14), (1 - 1e-12, 14), (0.5, 7)])
def test_the_first_bin_holds_0_and_the_last_one_1(edge: float, number: int) -> None:
    """A bin that leaves out p = 1 forgets the rows that a saturated softmax makes."""
    assert bin_of(np.array([edge])).tolist() == [number]
    wrong = 0.0 if edge > 0.5 else 1.0
    assert calibration_error(np.full(50, edge), np.full(50, wrong))[0] == pytest.approx(abs(wrong - edge))


def test_debiased_is_nearly_unbiased_where_the_model_is_off() -> None:
    truth, found = 0.1, []
    for seed in range(200):
        confidence, _ = calibrated(seed, 600)
        confidence = np.maximum(confidence, truth)
        correct = np.random.default_rng(1000 + seed).random(600) < confidence - truth
        found.append(calibration_error(confidence, correct))
    plug_in, debiased = np.mean(found, axis=0) - truth
    assert plug_in > 0.002
    assert abs(debiased) < 0.04 * truth


@given(answers, st.integers(1, 20), st.randoms())
@settings(deadline=None)
def test_bins_of_equal_mass_do_not_depend_on_the_order_of_rows_and_keep_ties_together(drawn, bins, random) -> None:
    confidence, correct = drawn
    edges = equal_mass_edges(confidence, bins)
    assert (np.diff(edges) > 0).all()
    assert edges[0] == 0
    assert edges[-1] == 1
    assert len(edges) <= bins + 1
    order = list(range(len(confidence)))
    random.shuffle(order)
    assert equal_mass_edges(confidence[order], bins).tolist() == edges.tolist()
    one, other = reliability(confidence, correct, bins=bins), reliability(confidence[order], correct[order], bins=bins)
    assert [b.count for b in one] == [b.count for b in other]
    assert [b.accuracy for b in one] == pytest.approx([b.accuracy for b in other])


def test_bins_of_equal_mass_hold_equally_many_distinct_confidences() -> None:
    confidence, correct = calibrated(0, 1500)
    bins = reliability(confidence, correct)
    assert [b.count for b in bins] == [100] * 15
    assert [b.confidence for b in bins] == sorted(b.confidence for b in bins)
    place = bin_of(confidence, equal_mass_edges(confidence))
    assert bins[3].accuracy == pytest.approx(correct[place == 3].mean())
    assert bins[3].confidence == pytest.approx(confidence[place == 3].mean())


def test_one_confidence_for_all_rows_is_one_bin() -> None:
    (found,) = reliability(np.full(40, 0.75), np.arange(40) < 30)
    assert (found.confidence, found.accuracy, found.count) == (0.75, 0.75, 40)
    assert found.band == pytest.approx(tuple(binom.ppf([0.025, 0.975], 40, 0.75) / 40))


def test_a_calibrated_model_stays_within_the_band_as_often_as_promised() -> None:
    found = [b for seed in range(40) for b in reliability(*calibrated(seed, 1500))]
    outside = sum(not b.band[0] <= b.accuracy <= b.band[1] for b in found)
    assert outside <= binom.isf(1e-4, len(found), 0.05)
    confidence, correct = calibrated(1, 1500)
    assert sum(not b.band[0] <= b.accuracy <= b.band[1] for b in reliability(confidence, ~correct)) > 7


def test_no_rows_draw_nothing() -> None:
    nothing = np.array([])
    assert reliability(nothing, nothing.astype(bool)) == []
    assert risk_coverage(nothing, nothing.astype(bool)) == []


@given(answers, st.randoms())
@settings(deadline=None)
def test_risk_is_the_expected_error_over_all_orders_of_ties(drawn, random) -> None:
    """For every coverage: rows surer than the last answered count whole, its ties by their mean."""
    confidence, correct = drawn
    n = len(confidence)
    curve = risk_coverage(confidence, correct, points=n)
    for coverage, risk in curve:
        k = round(coverage * n)
        last = np.sort(confidence)[::-1][k - 1]
        surer, tied = confidence > last, confidence == last
        wrong = (~correct[surer]).sum() + (k - surer.sum()) * (~correct[tied]).mean()
        assert risk == pytest.approx(wrong / k)
    assert curve[-1] == (1.0, pytest.approx((~correct).mean()))
    order = list(range(n))
    random.shuffle(order)
    again = risk_coverage(confidence[order], correct[order], points=n)
    assert np.array(again) == pytest.approx(np.array(curve))


@pytest.mark.parametrize("n", [1, 49, 50, 51, 1234])
def test_risk_coverage_has_at_most_fifty_points_that_rise(n: int) -> None:
    curve = risk_coverage(*calibrated(2, n))
    assert len(curve) == min(n, 50)
    assert [share for share, _ in curve] == sorted({share for share, _ in curve})
