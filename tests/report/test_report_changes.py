"""Section 10: what changed since the baseline, regressions first, and what it means for the decision."""

from __future__ import annotations

import pytest
from pages import Node, read
from sample import hostile, record

from pytest_robust.record import Record
from pytest_robust.report.html import render


@pytest.fixture(scope="module")
def sample() -> Record:
    return record()


@pytest.fixture(scope="module")
def section(sample: Record) -> Node:
    return read(render(sample)).one("section", id="changes")


def test_what_it_is_compared_with(section: Node, sample: Record) -> None:
    assert sample.comparison is not None
    earlier = sample.comparison.baseline
    for text in (earlier.digest, earlier.model_sha256, earlier.started, earlier.suite, "at most 0.01", "Holm"):
        assert text in section.words
    assert "the same as in this run" not in section.words
    model = earlier.model_copy(update={"model_sha256": sample.model.sha256})
    same = sample.model_copy(update={"comparison": sample.comparison.model_copy(update={"baseline": model})})
    assert "the same as in this run" in read(render(same)).one("section", id="changes").words


def test_cells_that_changed_are_rows_with_their_failures_below(section: Node) -> None:
    table = section.one("table", **{"class": "changes"})
    rows = [row.words for row in table.one("tbody").all("tr")]
    assert rows[0] == "weather::fog-5 REGRESSED −0.078 −0.098 to −0.058 41 2 500 3.2e-11"
    assert rows[1].startswith("digits-900 (0), digits-901 (1), ")
    assert rows[1].endswith("digits-919 (9) and 21 more")
    assert rows[2].startswith("weather::fog-3 NOT PROVEN −0.010")
    assert rows[4].startswith("camera::pixelate-1 IMPROVED +0.058")
    assert rows[5] == "digits-900 (0)"
    assert len(rows) == 6
    assert "In 1 cell every row is right or wrong as it was." in section.words


def test_rows_without_names_are_counted(sample: Record) -> None:
    assert sample.comparison is not None
    changes = [one.model_copy(update={"failures": []}) for one in sample.comparison.changes]
    bare = sample.model_copy(update={"comparison": sample.comparison.model_copy(update={"changes": changes})})
    words = read(render(bare)).one("section", id="changes").words
    assert "41 rows whose names are not known" in words
    assert "1 row whose names" in words


def test_what_was_not_compared_is_named_by_reason(section: Node) -> None:
    (line,) = section.one("ul").all("li")
    assert line.words == "the baseline has no evidence of it: camera::contrast-1, camera::contrast-3"


def test_without_a_baseline_the_section_is_named_as_absent(sample: Record) -> None:
    page = read(render(sample.model_copy(update={"comparison": None})))
    assert page.all("section", id="changes") == []
    assert "10 Change since the baseline: this run is compared with no other." in page.one("section", id="limits").words
    assert all(link.attributes["href"] != "#changes" for link in page.one("nav").all("a"))


def test_a_regression_is_a_no_though_every_claim_is_proven(sample: Record) -> None:
    proven = [verdict for verdict in sample.verdicts if verdict.outcome == "PASS" and not verdict.xfail]
    words = read(render(sample.model_copy(update={"verdicts": proven}))).one("section", id="decision").words
    assert "No claim is disproved, but something is proven to be worse than in the baseline." in words
    assert "1 cell proven to be worse than in the baseline: see section 10." in words
    assert "Mend what got worse since the baseline" in words
    assert "red: 0, and 1 cell worse than in the baseline" in words


def test_looks_are_told_in_the_protocol(sample: Record) -> None:
    words = read(render(sample)).one("section", id="protocol").words
    assert "“test”: 12 models judged on these rows here, this one included; “letters”: 1 model judged" in words
    none = sample.model_copy(update={"run": sample.run.model_copy(update={"looks": {}})})
    assert "Looks at the data" not in read(render(none)).one("section", id="protocol").words


def test_a_page_with_ten_thousand_rows_in_each_of_two_hundred_cells_holds_its_record(sample: Record) -> None:
    bits = "A" * 1668
    cells = [sample.cells[0].model_copy(update={"id": f"s::{number}", "right_rows": bits}) for number in range(200)]
    text = render(only_cells(sample, cells))
    assert len(text.encode()) <= 2_000_000
    assert text.count(bits) == 200


def only_cells(sample: Record, cells: list) -> Record:
    return sample.model_copy(update={"cells": cells, "verdicts": sample.verdicts[:5]})


def test_many_changes_are_cut_and_counted(sample: Record) -> None:
    assert sample.comparison is not None
    one = sample.comparison.changes[0]
    changes = [one.model_copy(update={"id": f"s::{number}"}) for number in range(3000)]
    large = sample.model_copy(update={"comparison": sample.comparison.model_copy(update={"changes": changes})})
    text = render(large)
    assert len(text.encode()) <= 2_000_000
    section = read(text).one("section", id="changes")
    shown = len(section.one("tbody").all("th"))
    assert f"{3000 - shown:,} cells more left out here" in section.words


def test_hostile_names_stay_text() -> None:
    section = read(render(hostile())).one("section", id="changes")
    assert section.all("script") == section.all("img") == []
    assert "<script>alert(1)</script>" in section.words
