"""Section 7 on the page: scores, doubt, and whether the model guesses."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pages import Node, read, rows_of
from sample import record

from pytest_robust.record import CellSummary, Record, Verdict
from pytest_robust.report import unfamiliar
from pytest_robust.report.html import render

SAMPLE = record()


@pytest.fixture(scope="module")
def section() -> Node:
    return read(render(SAMPLE)).one("section", id="unfamiliar")


def cell(of: Record, name: str) -> CellSummary:
    return next(one for one in of.cells if one.id == name)


def test_each_score_of_an_unfamiliar_cell_has_a_row_with_its_numbers(section: Node) -> None:
    found = cell(SAMPLE, "letters::unfamiliar").scores
    first, second = rows_of(section, "Unfamiliar inputs")
    assert first[0] == "letters::unfamiliar"
    numbers = [[one.score, f"{one.auroc:.3f}", f"{one.fpr_at_tpr95:.3f}"] for one in found]
    assert [first[3:6], second] == numbers
    assert re.fullmatch(r"\w+ ood_auroc >= 0.9 observed 0.860", first[6])
    figures = [figure.words for figure in section.all("figcaption") if "AUROC" in figure.words]
    assert [words.split(" AUROC")[0].split(" by ")[1] for words in figures] == ["msp", "knn"]
    assert f"FPR at TPR 95 % {found[0].fpr_at_tpr95:.3f}" in figures[0]


def test_a_cell_of_an_older_record_has_no_scores_and_says_so() -> None:
    cells = [one.model_copy(update={"scores": [], "disagreement": []}) for one in SAMPLE.cells]
    section = read(render(SAMPLE.model_copy(update={"cells": cells}))).one("section", id="unfamiliar")
    assert rows_of(section, "Unfamiliar inputs")[0][3:6] == ["not recorded", "–", "–"]
    assert not [one for one in section.all("h3") if one.attributes.get("id") == "disagreement"]


def test_ambiguous_cells_tell_what_is_known_and_whether_the_model_guesses(section: Node) -> None:
    rows = {row[0]: row for row in rows_of(section, "Ambiguous inputs")}
    blends = [f"between-two-digits::blend-{weight}lies between two classes" for weight in (0.3, 0.5, 0.7)]
    assert list(rows) == [*blends, "people::votespeople have voted on it"]
    half = rows[blends[1]]
    assert half[1:4] == ["500", "0.710", "0.360"]
    assert half[4] == "Graceful: at least 80 % are proven not to be answered at random."
    assert "INCONCLUSIVE entropy_rise >= 0.1 observed 0.112" in half[5]
    assert rows["people::votespeople have voted on it"][4] == "–"


def test_figures_of_doubt_stand_beside_each_other(section: Node) -> None:
    titles = [svg.one("title").words for svg in section.all("svg", **{"class": "figure"})]
    assert "between-two-digits::blend: entropy against weight" in titles
    assert "Doubt of the model and of people in people::votes" in titles


def verdict(**changes: object) -> Verdict:
    one = next(v for v in SAMPLE.verdicts if v.property == "not_random")
    return one.model_copy(update=changes)


@pytest.mark.parametrize(
    ("operator", "outcome", "word"),
    [
        (">=", "PASS", "Graceful: at least 80 %"),
        (">=", "FAIL", "Guessing: it is disproved that 80 %"),
        ("<=", "PASS", "Guessing: at most 80 %"),
        ("<=", "FAIL", "Graceful: more than 80 %"),
        (">=", "INCONCLUSIVE", "INCONCLUSIVE: neither is proven."),
        (">=", "NOT RUN", "NOT RUN: neither is proven."),
    ],
)
def test_guessing_is_told_as_the_verdict_says(operator: str, outcome: str, word: str) -> None:
    assert unfamiliar.guessing([verdict(operator=operator, outcome=outcome)]).startswith(word)


def test_what_nobody_asked_is_not_told() -> None:
    assert unfamiliar.guessing([v for v in SAMPLE.verdicts if v.property != "not_random"]) == ""


@settings(deadline=None)
@given(st.floats(0.001, 1))
def test_the_bound_is_told_to_the_digit(threshold: float) -> None:
    told = unfamiliar.guessing([verdict(threshold=round(threshold, 3), outcome="PASS")])
    found = re.search(r"at least ([\d.e-]+) %", told)
    assert found
    assert float(found[1]) == pytest.approx(100 * round(threshold, 3), rel=1e-4)


def test_a_ladder_has_the_mass_that_was_claimed_and_rises_by_level() -> None:
    (ladder,) = unfamiliar.ladders(SAMPLE)
    assert [(rung.name, rung.entropy, rung.mass) for rung in ladder.rungs] == [
        ("0.3", 0.12, 0.94),
        ("0.5", 0.36, 0.71),
        ("0.7", 0.15, 0.93),
    ]
    bare = SAMPLE.model_copy(update={"verdicts": [], "cells": list(reversed(SAMPLE.cells))})
    (unclaimed,) = unfamiliar.ladders(bare)
    assert [(rung.value, rung.mass) for rung in unclaimed.rungs] == [(0.3, None), (0.5, None), (0.7, None)]


def test_where_nothing_of_the_kind_was_asked_the_section_is_absent_and_named() -> None:
    labelled = [one for one in SAMPLE.cells if one.truth == "label"]
    page = read(render(SAMPLE.model_copy(update={"cells": labelled})))
    assert "unfamiliar" not in [node.attributes["id"] for node in page.all("section")]
    assert (
        "7 Unfamiliar and ambiguous inputs: the model was asked about nothing" in page.one("section", id="limits").words
    )


def test_numbers_that_are_none_are_drawn_nowhere() -> None:
    broken = []
    for one in SAMPLE.cells:
        scores = [s.model_copy(update={"edges": [float("nan"), *s.edges[1:]]}) for s in one.scores]
        bins = [b.model_copy(update={"model": float("nan")}) for b in one.disagreement]
        broken.append(one.model_copy(update={"scores": scores, "disagreement": bins, "mean_entropy": float("nan")}))
    section = read(render(SAMPLE.model_copy(update={"cells": broken}))).one("section", id="unfamiliar")
    drawn = [value for svg in section.all("svg") for node in svg.all() for value in node.attributes.values()]
    assert not [value for value in drawn if "nan" in value]
