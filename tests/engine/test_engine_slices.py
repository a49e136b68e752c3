"""Claims of every slice: rows stay in the slice of their base image, whatever is made of it and whoever asks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import binomtest
from small_world import CLEAN, COLOURS, Brightest, cell, check, colours, grain, mix, on_both, plan, right

from pytest_robust.datasets import ArrayDataset
from pytest_robust.engine.engine import Engine
from pytest_robust.engine.slices import luma
from pytest_robust.errors import DataError, OptionError
from pytest_robust.properties import mean_property, registry
from pytest_robust.properties._confusions import confusions_from
from pytest_robust.properties._cost_table import costs_from
from pytest_robust.suite import parse_confusion

HERE = Path(__file__)
PATIENT = {"early_stopping": False}
MARKED = {"test": f"{HERE}:marked"}


def marked() -> Any:
    """Colours of which a model that looks for the brightest channel is wrong about the blue ones: they are swapped."""
    found = colours(300, seed=5)
    blue = found["labels"] == 2
    found["images"][blue] = found["images"][blue][..., [2, 1, 0]]
    hours = np.arange(300) % 24
    return {**found, "metadata": {"camera": np.where(blue, "rear", "front"), "hour": hours}}


def verdict(one: Any, *, cache: Path | None = None, data: Any = MARKED, **suite: Any) -> Any:
    return Engine(plan(Brightest(), one, data=data, **suite), cache=cache).judge(one)


def answered() -> tuple[np.ndarray, np.ndarray]:
    """Labels, and whether the model is right."""
    found = marked()
    return found["labels"], Brightest().answers(found["images"]).argmax(axis=1) == found["labels"]


def test_each_class_is_judged_by_its_own_rows_worst_first() -> None:
    found = verdict(check(cell(CLEAN), right, "right >= 0.6 by class"), statistics=PATIENT)
    labels, correct = answered()
    expected = {f"class {COLOURS[k]}": (int((labels == k).sum()), correct[labels == k].mean()) for k in range(3)}
    assert {one.name: (one.n, pytest.approx(one.estimate)) for one in found.slices} == expected
    estimates = [one.estimate for one in found.slices]
    assert estimates == sorted(estimates)
    assert found.by == "class"
    assert (found.outcome, found.n, found.estimate) == ("FAIL", 300, estimates[0])
    assert {one.name: one.outcome for one in found.slices} == {
        "class blue": "FAIL",
        "class red": "PASS",
        "class green": "PASS",
    }
    for one in found.slices:
        exact = binomtest(round(one.n * one.estimate), one.n).proportion_ci(0.95, method="exact")
        assert one.interval == pytest.approx((exact.low, exact.high), abs=1e-9)


def test_counterexamples_are_rows_of_a_bad_slice() -> None:
    found = verdict(check(cell(CLEAN), right, "right >= 0.6 by class"))
    assert found.outcome == "FAIL"
    assert {example.label for example in found.counterexamples} == {"blue"}
    without = verdict(check(cell(CLEAN), right, "right >= 0.97"))
    assert {example.label for example in without.counterexamples} <= {*COLOURS}


def test_a_claim_that_holds_everywhere_passes_and_says_which_slice_came_nearest() -> None:
    found = verdict(check(cell(CLEAN), right, "right >= 0.2 by hour"))
    assert (found.outcome, found.by) == ("PASS", "hour")
    assert [one.outcome for one in found.slices] == ["PASS"] * 3, "24 hours are cut in thirds"
    assert {one.name for one in found.slices} == {"hour low (<= 7)", "hour middle (to 15)", "hour high (> 15)"}
    assert found.slices[0].name in found.reason
    assert found.counterexamples == []


@pytest.mark.parametrize("level", [None, 3])
def test_brightness_is_that_of_the_clean_images_whatever_is_made_of_them(level: int | None) -> None:
    where = cell(CLEAN) if level is None else cell(grain, level)
    found = verdict(check(where, right, "right >= 0.5 by brightness"), statistics=PATIENT)
    bright = luma(marked()["images"]).mean(axis=(1, 2))
    low, high = np.sort(bright)[[99, 199]]
    names = {f"brightness low (<= {low:.3g})", f"brightness middle (to {high:.3g})", f"brightness high (> {high:.3g})"}
    assert {one.name for one in found.slices} == names
    if level is None:
        _, correct = answered()
        shares = {one.name: one.estimate for one in found.slices}
        assert shares[f"brightness low (<= {low:.3g})"] == pytest.approx(correct[bright <= low].mean())


def test_slices_are_cut_on_the_whole_data_set_whatever_rows_are_drawn() -> None:
    one = check(cell(CLEAN), right, "right >= 0.5 by contrast")
    few = verdict(one, statistics={"rows": 40, "early_stopping": False})
    whole = verdict(one, statistics=PATIENT)
    assert {one.name for one in few.slices} == {one.name for one in whole.slices}
    assert sum(one.n for one in few.slices) == few.n == 40


def test_light_is_measured_once_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    claims = [check(cell(CLEAN), right, f"right >= 0.2 by {by}") for by in ("brightness", "contrast", "brightness")]
    read: list[int] = []

    def rows(self: ArrayDataset, indices: Any) -> Any:
        read.append(len(indices))
        return original(self, indices)

    original = ArrayDataset.rows
    monkeypatch.setattr(ArrayDataset, "rows", rows)

    def rows_read(cache: Path | None) -> int:
        read.clear()
        engine = Engine(plan(Brightest(), *claims, data=MARKED, statistics=PATIENT), cache=cache)
        for one in claims:
            engine.judge(one)
        return sum(read)

    once = rows_read(None)
    assert 600 <= once < 608, "once for the model, in whole chunks, and once for the light"
    assert rows_read(tmp_path) == once
    assert rows_read(tmp_path) == 0


def test_verdicts_do_not_depend_on_the_order_of_checks_or_on_a_cache(tmp_path: Path) -> None:
    claims = [
        check(cell(grain, 2), right, "right >= 0.6 by class"),
        check(cell(CLEAN), right, "right >= 0.7 by camera"),
        check(cell(grain, 2), right, "right >= 0.6 by brightness"),
    ]
    expected = [verdict(one) for one in claims]
    for cache in (None, tmp_path, tmp_path):
        engine = Engine(plan(Brightest(), *claims, data=MARKED), cache=cache)
        assert [engine.judge(one) for one in reversed(claims)] == expected[::-1]


def test_what_the_record_calls_the_data_covers_the_metadata_that_slice_it() -> None:
    def sha256(claim: str) -> str:
        one = check(cell(CLEAN), right, claim)
        engine = Engine(plan(Brightest(), one, data=MARKED), cache=None)
        engine.judge(one)
        (data,) = engine.data()
        return data.sha256

    plain = sha256("right >= 0.5")
    assert sha256("right >= 0.5 by class") == plain
    assert len({plain, sha256("right >= 0.5 by camera"), sha256("right >= 0.5 by hour")}) == 3


def test_a_row_of_two_parents_is_in_the_slice_of_the_first() -> None:
    found = verdict(check(cell(mix, 0.5), on_both, "on_both >= 0.5 by camera"), statistics=PATIENT)
    engine = Engine(plan(Brightest(), data=MARKED), cache=None)
    site = engine._bench.site(cell(mix, 0.5))
    first = marked()["metadata"]["camera"][site.draw.first]
    assert {one.name: one.n for one in found.slices} == {
        f"camera {name}": int((first == name).sum()) for name in ("front", "rear")
    }


@mean_property(range=(0, 1), truths={"label"}, summary="Share right, of the rows that are answered surely.")
def surely_right(evidence: Any) -> Any:
    return np.ma.array(evidence.correct, mask=evidence.confidence < 0.9)


def test_rows_that_are_not_asked_are_in_no_slice() -> None:
    found = verdict(check(cell(CLEAN), surely_right, "surely_right >= 0.5 by class"), statistics=PATIENT)
    labels, correct = answered()
    sure = Brightest().answers(marked()["images"]).max(axis=1) >= 0.9
    assert 0 < sure.sum() < 300
    assert {one.name: (one.n, pytest.approx(one.estimate)) for one in found.slices} == {
        f"class {COLOURS[k]}": (int((sure & (labels == k)).sum()), correct[sure & (labels == k)].mean())
        for k in range(3)
    }


def test_several_draws_of_a_row_are_one_value_in_its_slice() -> None:
    thrice = replace(cell(grain, 3), draws=3)
    found = verdict(check(thrice, right, "right >= 0.6 by class"), statistics=PATIENT)
    assert sum(one.n for one in found.slices) == 300
    assert "betting" in found.method


@pytest.mark.parametrize(
    ("by", "message"),
    [("camra", r"data 'test' cannot be sliced by 'camra'; did you mean 'camera'"), ("size", "does not tell the size")],
)
def test_what_cannot_be_sliced_is_an_error(by: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        verdict(check(cell(CLEAN), right, f"right >= 0.5 by {by}"))


@pytest.mark.parametrize(
    ("name", "options", "claim"),
    [
        ("mistake_cost", {"costs": costs_from({"rde": {"blue": 3}})}, "mistake_cost <= 0.5"),
        ("never", {"never": confusions_from([parse_confusion("rde -> blue")], [""])}, "never"),
    ],
)
def test_classes_are_checked_before_the_model_is_asked_anything(name: str, options: Any, claim: str) -> None:
    model = Brightest()
    one = check(cell(CLEAN), registry.get(name).bound(options), claim)
    with pytest.raises(OptionError, match=r"the model has no class 'rde'; did you mean 'red'\?"):
        Engine(plan(model, one), cache=None).judge(one)
    assert model.asked == []
