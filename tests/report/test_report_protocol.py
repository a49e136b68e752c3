"""What the images at hand can settle, claim by claim."""

from __future__ import annotations

import pytest
from pages import Node, read, rows_of
from sample import record

from pytest_robust.record import Power
from pytest_robust.report.html import render

SAMPLE = record()


@pytest.fixture(scope="module")
def page() -> Node:
    return read(render(SAMPLE))


def test_the_protocol_tells_at_which_truth_the_images_settle_each_claim(page: Node) -> None:
    accuracy, drop, aurc = rows_of(page, "Power of each claim")
    assert accuracy == ["accuracy >= 0.8", "25", "500", "≥ 0.846", "≤ 0.721"]
    assert drop == ["accuracy_drop <= 0.06assuming that rows change", "8", "500", "no truth", "≥ 0.131"]
    assert aurc == ["aurc <= 0.05no plan: for its test, no formula is known", "1", "500", "–", "–"]


def test_a_record_of_before_there_was_power_has_none_and_many_claims_are_cut() -> None:
    def protocol(*power: Power) -> Node:
        told = SAMPLE.protocol.model_copy(update={"power": list(power)})
        return read(render(SAMPLE.model_copy(update={"protocol": told}))).one("section", id="protocol")

    assert "settle each" not in protocol().words
    assert "What these images can settle" not in protocol().words
    many = protocol(*(Power(claim=f"accuracy >= 0.{number}", checks=1, images=9) for number in range(1000)))
    listed = len(many.one("div", role="region", **{"aria-label": "Power of each claim"}).all("tr")) - 1
    assert 0 < listed < 1000
    assert f"{1000 - listed} claims more left out" in many.words
