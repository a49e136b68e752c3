"""Mean corruption errors on the page: the value, and in units of what."""

from __future__ import annotations

import pytest
from pages import Node, read, rows_of
from sample import record

from pytest_robust.record import Record, Verdict
from pytest_robust.report import corruption_error
from pytest_robust.report.html import render

SAMPLE = record()


@pytest.fixture(scope="module")
def page() -> Node:
    return read(render(SAMPLE))


def claimed(name: str, claim: str, **more: object) -> Verdict:
    return SAMPLE.verdicts[0].model_copy(
        update={"id": f"weather::all::{name}", "property": name, "claim": claim, **more}
    )


def of(*verdicts: Verdict) -> Record:
    return SAMPLE.model_copy(update={"verdicts": list(verdicts)})


def test_a_mean_corruption_error_stands_with_the_errors_that_it_is_measured_in() -> None:
    told = claimed("mce", "mce(reference=alexnet) <= 0.9", operator="<=", threshold=0.9, estimate=0.71)
    page = read(render(of(told)))
    (row,) = rows_of(page, "Mean corruption errors")
    assert row[0] == "weather::all::mce"
    assert row[2].startswith("0.710")
    assert row[3] == "≤ 0.9"
    assert row[5].startswith("AlexNet’s published errors on ImageNet-C")
    assert "No mCE is given" not in page.one("section", id="limits").words


def test_where_none_was_claimed_the_limits_say_so(page: Node) -> None:
    assert "No mCE is given: it was not claimed." in page.one("section", id="limits").words
    assert "Mean corruption error" not in page.one("section", id="corruptions").words


@pytest.mark.parametrize(
    ("claim", "words"),
    [
        ("relative_mce(reference=none) <= 1", "none: the plain mean"),
        ("mce(reference = ours.csv) <= 1", "the errors in ours.csv"),
        ("mce <= 1", "not recorded"),
    ],
)
def test_a_reference_is_told_in_words(claim: str, words: str) -> None:
    assert corruption_error.reference(claim).startswith(words)
