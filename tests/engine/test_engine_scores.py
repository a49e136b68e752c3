"""Unfamiliar images beside familiar ones: the same numbers as scikit-learn's, whichever checks were judged."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score, roc_curve
from small_world import Answering, Brightest, cell, check, colours, nothing_known, plan, strange, sums_to_one

from pytest_robust.carriers import Evidence
from pytest_robust.engine.engine import Engine
from pytest_robust.engine.scores import edges_of, histogram
from pytest_robust.properties import registry

UNFAMILIAR = cell(strange, data="letters")
FINITE = check(UNFAMILIAR, sums_to_one, "sums_to_one")
AUROC = check(UNFAMILIAR, registry.get("ood_auroc"), "ood_auroc >= 0.5")
FPR = dataclasses.replace(check(UNFAMILIAR, registry.get("fpr_id_at_tpr95"), "fpr_id_at_tpr95 <= 0.5"), name="fpr")


def scores_after(*judged, of=(FINITE, AUROC, FPR), model=None):
    """What the summary of the cell tells when these checks of a plan were judged, in this order."""
    engine = Engine(plan(model or Brightest(), *of, statistics={"early_stopping": False}), cache=None)
    for one in judged:
        engine.judge(one)
    return engine.summary(UNFAMILIAR).scores


def test_the_numbers_are_those_of_scikit_learn():
    (found,) = scores_after(AUROC)
    answers = [Brightest().answers(images).max(axis=1) for images in (nothing_known()["images"], colours()["images"])]
    truth, values = np.repeat([1, 0], [24, 60]), -np.concatenate(answers).astype(float)
    assert found.score == "msp"
    assert found.auroc == pytest.approx(roc_auc_score(truth, values))
    false, true, thresholds = roc_curve(truth, values, drop_intermediate=False)
    at = int(np.argmax(true >= 0.95))
    assert (found.fpr_at_tpr95, found.threshold) == (pytest.approx(false[at]), pytest.approx(thresholds[at]))
    assert (sum(found.unfamiliar), sum(found.familiar)) == (24, 60)
    assert (found.edges[0], found.edges[-1]) == (values.min(), values.max())


@pytest.mark.parametrize("judged", [(FINITE,), (AUROC,), (FPR, FINITE), (FINITE, AUROC, FPR)])
def test_they_are_the_same_whichever_checks_were_judged(judged):
    assert scores_after(*judged) == scores_after(AUROC)


def test_where_no_claim_names_a_score_the_highest_probability_is_shown():
    assert [one.score for one in scores_after(FINITE, of=(FINITE,))] == ["msp"]
    assert scores_after(FINITE, of=(FINITE,)) == scores_after(FINITE)


def test_familiar_answers_that_are_no_probabilities_leave_the_scores_out_and_judge_what_can_be():
    known = colours()["images"]

    def broken_at_home(images):
        answers = Brightest().answers(images)
        answers[[any((image == other).all() for other in known) for image in images]] = np.nan
        return answers

    assert scores_after(FINITE, of=(FINITE,), model=Answering(function=broken_at_home)) == []


def evidence(values):
    return Evidence({"ids": np.arange(len(values)).astype(str), "score": np.asarray(values, float)})


def by_value(strange_rows, known_rows):
    return strange_rows["score"], known_rows["score"]


values = st.lists(st.floats(-1e6, 1e6) | st.sampled_from([0.0, 1.0, 1.0 + 2**-52]), min_size=1, max_size=60)


@settings(deadline=None)
@given(unfamiliar=values, familiar=values)
def test_every_row_is_in_a_bin_and_too_few_rows_have_no_threshold(unfamiliar, familiar):
    found = histogram("mine", by_value, evidence(unfamiliar), evidence(familiar))
    assert found is not None
    assert (sum(found.unfamiliar), sum(found.familiar)) == (len(unfamiliar), len(familiar))
    assert len(found.edges) == len(found.familiar) + 1 == 31
    assert (found.threshold is None) == (found.fpr_at_tpr95 is None) == (len(unfamiliar) < 20)
    if found.threshold is not None:
        assert sum(value >= found.threshold for value in unfamiliar) >= 0.95 * len(unfamiliar)
        reached = sum(value >= found.threshold for value in familiar) / len(familiar)
        assert found.fpr_at_tpr95 == pytest.approx(reached)


def test_scores_that_are_not_finite_are_not_drawn():
    assert histogram("mine", by_value, evidence([1.0, np.inf]), evidence([0.0])) is None


def test_bins_are_of_one_width():
    np.testing.assert_allclose(np.diff(edges_of(np.array([-2.0, 1.0, 4.0]))), 0.2)
    assert edges_of(np.array([3.0, 3.0]))[[0, -1]].tolist() == [2.5, 3.5]
