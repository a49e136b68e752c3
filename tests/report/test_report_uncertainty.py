"""Claims on doubt in section 6, beside the figures."""

from __future__ import annotations

import pytest
from pages import Node, read, rows_of
from sample import record

from pytest_robust.report import checks
from pytest_robust.report.html import render

SAMPLE = record()


@pytest.fixture(scope="module")
def page() -> Node:
    return read(render(SAMPLE))


def test_claims_on_doubt_stand_by_family_in_section_6(page: Node) -> None:
    found = rows_of(page, "Claims on calibration and on holding back")
    assert [row[0] for row in found] == ["Knows what it knows", "ece <= 0.05", "Holds back", "aurc <= 0.05"]
    assert found[1][1:4] == ["clean::clean", "INCONCLUSIVE", "0.021 none"]
    assert found[1][4] == "+0.029"


def test_families_have_failed_claims_first_and_records_without_families_none() -> None:
    first = next(verdict for verdict in SAMPLE.verdicts if verdict.property == "ece")
    one = [first.model_copy(update={"outcome": outcome}) for outcome in ("PASS", "FAIL")]
    ((family, found),) = checks.of_families(one, ("Holds back", "Knows what it knows"))
    assert family == "Knows what it knows"
    assert [verdict.outcome for verdict in found] == ["FAIL", "PASS"]
    assert checks.of_families([v.model_copy(update={"family": None}) for v in one], ("Knows what it knows",)) == []
