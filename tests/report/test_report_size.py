"""The page stays under 2 MB, with all its sections, whatever the suite; what is left out is counted."""

from __future__ import annotations

import re

import pytest
from complete import complete, large
from pages import Node, read

from pytest_robust.report.html import render


def sections(page: Node) -> list[str]:
    return [node.attributes["id"] for node in page.all("section") if "added" not in node.attributes.get("class", "")]


def left_out(section: Node, what: str) -> int:
    lines = [node.words for node in section.all("p", **{"class": "left-out"})]
    found = [re.match(rf"([\d,]+) {what}s? more left out", line) for line in lines]
    return sum(int(match[1].replace(",", "")) for match in found if match)


@pytest.mark.parametrize("checks", [200, 5_000])
def test_every_part_of_a_large_record_is_shown_or_counted(checks: int) -> None:
    record = large(checks)
    text = render(record)
    assert len(text.encode()) <= 2_000_000
    page = read(text)
    assert sections(page) == sections(read(render(complete())))
    listed = [row for row in page.one("section", id="checks").all("tr") if row.all("td")]
    assert len(listed) > 150
    assert len(listed) + left_out(page.one("section", id="checks"), "check") == len(record.verdicts) > checks
    added = page.all("section", **{"class": "added"})
    assert len(added) + left_out(page.one("main"), "section") == len(record.sections)
    residual = page.one("section", id="residual")
    (table,) = residual.all("table", **{"class": "waivers"})
    assert len(table.one("tbody").all("tr")) + left_out(residual, "waiver") == len(record.waivers)


@pytest.mark.parametrize("length", [100_000, 3_000_000])
def test_no_text_is_so_long_that_the_page_is_not_short(length: int) -> None:
    record, text = complete(), "x<" * (length // 2)
    suite = record.suite.model_copy(update={"name": text, "path": text, "text": text})
    run = record.run.model_copy(update={"command": text, "warnings": [text]})
    verdict = record.verdicts[4].model_copy(update={"id": text, "claim": text, "reason": text, "xfail": text})
    page = render(record.model_copy(update={"suite": suite, "run": run, "verdicts": [verdict, *record.verdicts]}))
    assert len(page.encode()) <= 2_000_000


def test_a_page_about_nothing_is_small() -> None:
    nothing = {name: [] for name in ("verdicts", "cells", "data", "hazards", "waivers", "sections")}
    bare = complete().model_copy(update={**nothing, "comparison": None, "lineage": None})
    assert len(render(bare).encode()) <= 150_000
