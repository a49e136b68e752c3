"""Section 10, check by check: what is worse comes first, what only one suite has last; what is the same is counted."""

from __future__ import annotations

import pytest
from pages import Node, read
from sample import ATTACKS, record

from pytest_robust.record import CheckChange, Record
from pytest_robust.report.changes import changed, got_worse
from pytest_robust.report.html import render


def with_checks(*checks: CheckChange) -> Record:
    one = record()
    assert one.comparison is not None
    return one.model_copy(update={"comparison": one.comparison.model_copy(update={"checks": list(checks)})})


def check(name: str, before: str | None, now: str | None, **more: object) -> CheckChange:
    return CheckChange.model_validate({"id": name, "before": before, "now": now, **more})


LOST = check("weather::fog-5::accuracy", "PASS", "FAIL", estimate_before=0.9, estimate_now=0.7342)
REGRESSED = check("weather::fog-5::finite_outputs", "PASS", "PASS")
FALLEN = check("weather::fog-5::recall", "FAIL", "FAIL", estimate_before=0.6, estimate_now=0.5)
OPEN = check("weather::fog-3::accuracy", "FAIL", "NOT RUN", estimate_before=0.5)
FOUND = check("weather::snow-1::accuracy", "FAIL", "PASS", claim_before="accuracy >= 0.99")
BETTER = check("camera::pixelate-1::accuracy", "INCONCLUSIVE", "INCONCLUSIVE")
NEW = check("clean::clean::ece", None, "FAIL")
GONE = check("clean::clean::nll", "PASS", None)
SAME = check("clean::clean::accuracy", "PASS", "PASS")


@pytest.fixture(scope="module")
def section() -> Node:
    checks = [LOST, GONE, OPEN, NEW, FOUND, SAME, FALLEN, BETTER]
    return read(render(with_checks(*checks))).one("section", id="changes")


def rows(section: Node) -> list[str]:
    (table, *_) = section.all("table", **{"class": "changes"})
    return [row.words for row in table.one("tbody").all("tr")]


def test_each_check_stands_in_its_group(section: Node) -> None:
    assert [row.split()[0] for row in rows(section)] == [
        one.id for one in (LOST, FALLEN, OPEN, FOUND, BETTER, GONE, NEW)
    ]
    assert "1 check has the same verdict as before" in section.words


def test_a_row_says_what_was_and_what_is(section: Node) -> None:
    told = dict(zip([row.split()[0] for row in rows(section)], rows(section), strict=True))
    assert told[LOST.id].endswith("PASS FAIL 0.900 → 0.734 REGRESSED −0.078 (−0.098 to −0.058)")
    assert told[OPEN.id].endswith("FAIL NOT RUN 0.500 → – NOT PROVEN −0.010 (−0.030 to 0.010)")
    assert told[FOUND.id].endswith("another claim: before it was accuracy >= 0.99 FAIL PASS – → – not compared")
    assert told[BETTER.id].endswith("INCONCLUSIVE INCONCLUSIVE – → – IMPROVED +0.058 (0.038 to 0.078)")
    assert "no such check FAIL" in told[NEW.id]
    assert "PASS no such check" in told[GONE.id]


def test_checks_come_before_the_cells(section: Node) -> None:
    assert [head.words for head in section.all("h3")][:2] == ["Checks", "Cells, row by row"]


def test_a_record_that_tells_of_no_checks_shows_its_cells_alone() -> None:
    found = read(render(with_checks())).one("section", id="changes")
    assert "Checks" not in [head.words for head in found.all("h3")]
    assert len(found.all("table", **{"class": "changes"})) == 1


def test_many_checks_are_cut_and_counted() -> None:
    many = [check(f"s::c-{number}::accuracy", "PASS", "FAIL") for number in range(5000)]
    text = render(with_checks(*many))
    assert len(text.encode()) <= 2_000_000
    found = read(text).one("section", id="changes")
    assert f"{5000 - len(rows(found)):,} checks more left out here" in found.words


def test_hostile_names_stay_text() -> None:
    attack = "".join(ATTACKS)
    found = read(render(with_checks(check(attack, "PASS", "FAIL", claim_before=attack)))).one("section", id="changes")
    assert found.all("script") == found.all("img") == []
    assert "<script>alert(1)</script>" in found.words


@pytest.mark.parametrize(
    ("one", "worse"), [(LOST, True), (SAME, False), (FOUND, False), (NEW, False), (GONE, False), (OPEN, False)]
)
def test_worse_is_a_claim_that_was_proven_and_is_disproved(one: CheckChange, worse: bool) -> None:
    comparison = with_checks(one).comparison
    assert comparison is not None
    calm = [change for change in comparison.changes if change.trend != "REGRESSED"]
    assert got_worse(comparison.model_copy(update={"changes": calm})) == worse
    assert got_worse(comparison), "a cell that is proven to be worse is, whatever its verdicts"


def test_what_did_not_move_is_not_told_again_with_its_cell() -> None:
    """That every answer is finite says nothing of a cell that is worse, unless nothing else is claimed of it."""
    accuracy = check("weather::fog-5::accuracy", "FAIL", "FAIL", estimate_before=0.5, estimate_now=0.4)
    for checks, worse in (((accuracy, REGRESSED), [accuracy]), ((REGRESSED,), [REGRESSED])):
        comparison = with_checks(*checks).comparison
        assert comparison is not None
        assert [one.check for one in changed(comparison)["worse"]] == worse


def test_what_the_rows_prove_does_not_make_up_for_the_verdict() -> None:
    """A cell may be better as a whole, and its claim of every slice fail."""
    comparison = with_checks(check("camera::pixelate-1::recall", "PASS", "FAIL")).comparison
    assert comparison is not None
    assert [one.check.id for one in changed(comparison)["worse"]] == ["camera::pixelate-1::recall"]
