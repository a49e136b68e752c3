"""Section 9: the least that is known to fool the model, from the record alone."""

from __future__ import annotations

import numpy as np
import pytest
from pages import read
from sample import record

from pytest_robust.record import Counterexample, Kept, Record, Region, Verdict
from pytest_robust.record.rows import pack
from pytest_robust.report.cells import by_series
from pytest_robust.report.counterexamples import least
from pytest_robust.report.html import render

SAMPLE = record()
FOG = next(verdict for verdict in SAMPLE.verdicts if verdict.id == "weather::fog-5::accuracy")


def with_fog(*right: tuple[bool, ...]) -> Record:
    """Which of the first rows are right in fog of severity 1, 3 and 5."""
    rows = dict(zip((1.0, 3.0, 5.0), right, strict=True))
    cells = [
        cell.model_copy(update={"n": len(rows[cell.severity]), "right_rows": pack(np.array(rows[cell.severity]))})
        if cell.generator == "fog" and cell.severity is not None
        else cell
        for cell in SAMPLE.cells
    ]
    return SAMPLE.model_copy(update={"cells": cells})


def told(one: Record, verdict: Verdict = FOG, **example: object) -> str:
    row = verdict.counterexamples[0].model_copy(update={"smallest": None, **example})
    return least(verdict, row, by_series(one.cells))


def test_the_lowest_level_that_the_suite_saw_wrong_is_told_with_those_it_saw_right() -> None:
    fog = with_fog((True, True, False), (True, False, False), (False, False, False))
    assert told(fog, position=0) == "first wrong at severity 5; right at 1, 3"
    assert told(fog, position=1) == "first wrong at severity 3; right at 1"
    assert told(fog, position=2) == "wrong at severity 1, the lowest asked"


def test_the_smallest_input_that_still_fails_is_told_by_its_level_and_shown() -> None:
    fog = with_fog((True,), (False,), (False,))
    simplest = FOG.counterexamples[0].smallest
    assert simplest is not None
    assert told(fog, position=0, smallest=simplest) == "still fails at severity 0.5"
    own = simplest.model_copy(update={"level": "5"})
    assert told(fog, position=0, smallest=own) == "fails at no lower severity looked at"
    shorter = simplest.model_copy(update={"level": "fog-2"})
    assert told(fog, position=0, smallest=shorter) == "still fails with fog-2 alone"
    counted = []
    for one in (simplest, own, shorter):
        rows = [row.model_copy(update={"smallest": one}) for row in FOG.counterexamples]
        page = read(render(SAMPLE.model_copy(update={"verdicts": [FOG.model_copy(update={"counterexamples": rows})]})))
        first = page.one("ol", **{"class": "gallery"}).children[0]
        counted.append((len(first.all("img")), [when.words for when in first.all("p", **{"class": "when"})]))
    assert counted == [
        (5, ["before", "after", "at 0.5"]),
        (3, ["before", "after"]),
        (5, ["before", "after", "fog-2 alone"]),
    ]


def test_the_part_that_is_enough_is_told_and_framed_at_the_level_of_the_check_too() -> None:
    fog = with_fog((True,), (False,), (False,))
    region = Region(top=20, left=3, height=6, width=9, image_height=32, image_width=48)
    simplest = FOG.counterexamples[0].smallest
    assert simplest is not None
    for level, words, heading in (
        ("0.5", "still fails at severity 0.5, with 6 x 9 of 32 x 48 pixels changed", "at 0.5, framed"),
        ("5", "fails at no lower severity looked at, but still with 6 x 9 of 32 x 48 pixels changed", "at 5, framed"),
        ("fog-2", "still fails with fog-2 alone, with 6 x 9 of 32 x 48 pixels changed", "fog-2 alone, framed"),
    ):
        part = simplest.model_copy(update={"level": level, "region": region})
        assert told(fog, position=0, smallest=part) == words
        rows = [row.model_copy(update={"smallest": part}) for row in FOG.counterexamples]
        page = read(render(SAMPLE.model_copy(update={"verdicts": [FOG.model_copy(update={"counterexamples": rows})]})))
        first = page.one("ol", **{"class": "gallery"}).children[0]
        assert len(first.all("img")) == 5
        assert [when.words for when in first.all("p", **{"class": "when"})][-1] == heading
        frames = first.all("svg", **{"class": "frame"})
        assert [frame.attributes["viewbox"] for frame in frames] == ["0 0 48 32"] * 2
        places = [[line.attributes[name] for name in ("x", "y", "width", "height")] for line in frames[0].all("rect")]
        assert places == [["3", "20", "9", "6"]] * 2


def test_what_a_search_found_comes_before_what_the_suite_saw() -> None:
    fog = with_fog((True,), (False,), (False,))
    assert told(fog, position=0, level="2.5") == "smallest severity found to fool it: 2.5"
    attack = next(v for v in SAMPLE.verdicts if v.id == "attack::fmn-8/255::accuracy")
    assert told(SAMPLE, attack, level="3/255") == "smallest epsilon found to fool it: 3/255"


@pytest.mark.parametrize("position", [None, -1, 7])
def test_a_row_that_is_not_known_to_have_been_asked_is_told_nothing_of(position: int | None) -> None:
    assert told(with_fog((True,), (False,), (False,)), position=position) == ""


def test_a_claim_on_several_cells_is_told_by_the_cell_that_is_shown() -> None:
    wider = FOG.model_copy(update={"cell": "fog", "severity": None})
    fog = with_fog((True,), (False,), (False,))
    assert told(fog, wider, position=0, cell="fog-5") == "first wrong at severity 3; right at 1"


def test_rows_of_a_damaged_record_are_not_known() -> None:
    cells = [cell.model_copy(update={"right_rows": "no base64"}) for cell in SAMPLE.cells]
    assert told(SAMPLE.model_copy(update={"cells": cells}), position=0) == ""


def test_it_stands_below_the_row_on_the_page() -> None:
    page = read(render(SAMPLE))
    lines = [p.words for p in page.one("section", id="counterexamples").all("p", **{"class": "row"})]
    known = [row for v in SAMPLE.verdicts for row in v.counterexamples if row.smallest]
    assert sum(line.endswith("still fails at severity 0.5") for line in lines) == len(known) > 0


def test_one_that_is_kept_says_how_to_replay_it() -> None:
    row, other = FOG.counterexamples[:2]
    kept = [Kept(check=FOG.id, row=row.row, id="0123456789ab"), Kept(check="gone", row=other.row, id="b" * 12)]
    page = read(render(SAMPLE.model_copy(update={"run": SAMPLE.run.model_copy(update={"kept": kept})})))
    lines = [p.words for p in page.one("section", id="counterexamples").all("p", **{"class": "replay"})]
    assert lines == ["robust replay 0123456789ab"]


def test_pictures_are_spent_on_the_checks_that_are_shown() -> None:
    """Those that the page has no room to list must not use up the room for the pictures of the others."""
    row = Counterexample(row="r", label=None, before=[], after=[], original=FOG.counterexamples[0].original)
    shown = FOG.model_copy(update={"counterexamples": [row] * 5})
    many = [shown.model_copy(update={"id": f"s::c-{number}::accuracy"}) for number in range(3000)]
    page = read(render(SAMPLE.model_copy(update={"verdicts": many})))
    section = page.one("section", id="counterexamples")
    listed = section.all("details")
    assert 0 < len(listed) < 3000
    assert f"{3000 - len(listed):,} checks more left out" in section.words
    assert len(listed[0].all("img")) == 5
